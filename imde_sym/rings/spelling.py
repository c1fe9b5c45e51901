"""How symbols are written in stored formulas, and read back with their names and assumptions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import count
from typing import Any

import sympy
from sympy.core.assumptions import _assume_defined

from ..errors import ParseError
from .text import STORED, expression_text

_READABLE = re.compile(r"[^\W\d]\w*")
Written = str | dict[str, Any]
"""A symbol as data: its name; or {"written", "name", "assumptions"} where it is written otherwise or has assumptions."""


class Spelling:
    """A different text for each symbol: its name where the parser can read that, else s1, s2, ...

    avoid : names that mean something else, such as undefined functions
    """

    def __init__(self, symbols: Iterable[sympy.Symbol], avoid: Collection[str] = ()):
        symbols = list(dict.fromkeys(symbols))
        names = {s.name for s in symbols}
        fresh = (f"s{i}" for i in count(1) if f"s{i}" not in names)
        self.written: dict[sympy.Symbol, str] = {}
        for s in symbols:
            taken = {*self.written.values(), *avoid, *STORED}
            self.written[s] = s.name if _READABLE.fullmatch(s.name) and s.name not in taken else next(fresh)
        self.codes = {s: sympy.Symbol(text) for s, text in self.written.items() if s != sympy.Symbol(text)}
        self.names: dict[str, sympy.Expr] = {text: s for s, text in self.written.items()}

    def text(self, expression: sympy.Expr) -> str:
        return expression_text(expression.xreplace(self.codes))

    def data(self, symbol: sympy.Symbol) -> Written:
        text = self.written[symbol]
        if symbol not in self.codes:
            return text
        more = {"name": symbol.name if symbol.name != text else "", "assumptions": _facts(symbol)}
        return {"written": text} | {k: v for k, v in more.items() if v}


def _facts(symbol: sympy.Symbol) -> dict[str, bool]:
    """Assumptions from which sympy derives all others of the symbol; one where that suffices."""
    plain = sympy.Symbol(symbol.name)
    known = {k: v for k, v in symbol.assumptions0.items() if plain.assumptions0.get(k) != v}
    alone = ({k: v} for k, v in known.items() if sympy.Symbol(symbol.name, **{k: v}) == symbol)
    return next(alone, known)


def read_symbols(data: Any) -> dict[str, sympy.Symbol]:
    """The symbols of a list of `Written`, by their texts. Raises ParseError for anything else."""
    if not isinstance(data, list):
        raise ParseError(f"symbols must be a list of names, got {str(data)[:60]!r}")
    pairs = list(map(_read, data))
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ParseError(f"a symbol occurs twice in {str(data)[:60]}")
    return found


def _read(entry: Any) -> tuple[str, sympy.Symbol]:
    fields: Mapping[str, Any] = {"written": entry} if isinstance(entry, str) else entry
    if not isinstance(fields, dict) or not isinstance(text := fields.get("written"), str) or not _READABLE.fullmatch(text):
        raise ParseError(f"symbols must be a list of names, it holds {str(entry)[:60]!r}")
    name, facts = fields.get("name", text), fields.get("assumptions", {})
    if not isinstance(name, str) or not name or not isinstance(facts, dict):
        raise ParseError(f"the symbol {text} needs a name and an object of assumptions")
    if wrong := next((k for k, v in facts.items() if k not in _assume_defined or not isinstance(v, bool)), None):
        raise ParseError(f"the symbol {text} has the assumption {str(wrong)[:40]!r}: sympy knows none of that name and value")
    try:
        return text, sympy.Symbol(name, **facts)
    except ValueError:  # sympy's InconsistentAssumptions
        raise ParseError(f"the assumptions of the symbol {text} contradict each other") from None
