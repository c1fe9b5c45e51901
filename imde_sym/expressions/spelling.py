"""Symbols by their names: one name, one symbol; how they are written in stored formulas, and read back.

A user may give a symbol's name wherever the symbol is meant. A symbol that has the name of another one, but other
assumptions, is neither taken for it nor for something new: it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import count
from typing import Any

import sympy
from sympy.core.assumptions import _assume_defined
from sympy.core.function import AppliedUndef

from ..base.errors import FieldError, ParseError, UnknownNameError
from .vocabulary import STORED
from .writing import expression_text

_READABLE = re.compile(r"[^\W\d]\w*")
Written = str | dict[str, Any]
"""A symbol as data: its name; or {"written", "name", "assumptions"} where it is written otherwise or has assumptions."""


def as_symbol(given: object, what: str = "a variable") -> sympy.Symbol:
    """A symbol, or the one of this name. Raises FieldError, for functions such as x(t) with what to write instead.

    >>> as_symbol(" x ")
    x
    """
    if isinstance(given, str) and _READABLE.fullmatch(given.strip()):
        return sympy.Symbol(given.strip())
    if type(given) not in (sympy.Symbol, sympy.Dummy):
        hint = f"; write the symbol {given.func}" if isinstance(given, AppliedUndef) else ""
        raise FieldError(f"{what} must be a sympy symbol or its name; got {str(given)[:60]!r} ({type(given).__name__}){hint}")
    assert isinstance(given, sympy.Symbol)
    if not given.is_commutative:
        raise FieldError(f"{what} must commute with the others; {given} is a noncommutative symbol")
    return given


def find_symbol(given: object, known: Iterable[sympy.Symbol], what: str) -> sympy.Symbol:
    """The one of the known symbols that a user means by a symbol or by a name.

    Raises UnknownNameError, and FieldError for a symbol with the name of a known one and other assumptions.

    >>> find_symbol("p", sympy.symbols("p, q"), "a variable")
    p
    """
    names = {s.name: s for s in known}
    name = given.name if isinstance(given, sympy.Symbol) else str(given).strip()
    if name not in names:
        raise UnknownNameError(what, name, names)
    if isinstance(given, sympy.Symbol):
        one_symbol_a_name([names[name], given])
    return names[name]


def one_symbol_a_name(symbols: Iterable[sympy.Symbol]) -> None:
    """Raise FieldError where two different symbols have one name: formulas could not tell them apart.

    >>> one_symbol_a_name(sympy.symbols("p, q"))
    """
    seen: dict[str, sympy.Symbol] = {}
    for s in sorted({*symbols}, key=sympy.default_sort_key):
        other = seen.setdefault(s.name, s)
        if other != s:
            kinds = " and ".join(map(_described, (other, s)))
            raise FieldError(f"two different symbols are called {s.name!r}, with other assumptions: {kinds}. Use one of them")


def _described(symbol: sympy.Symbol) -> str:
    return ", ".join(k if v else f"not {k}" for k, v in _facts(symbol).items()) or f"a plain {type(symbol).__name__}"


def step_symbol(symbols: Iterable[sympy.Symbol | str]) -> sympy.Symbol:
    """The step size in formulas: h; h_step where one of the symbols, or names of functions, is h.

    >>> step_symbol(sympy.symbols("x h"))
    h_step
    """
    return new_symbol("h", symbols, "h_step")


def new_symbol(name: str, symbols: Iterable[sympy.Symbol | str], otherwise: str = "") -> sympy.Symbol:
    """A symbol of this name; where it is taken, of the other name, and of that with an underscore more while it is taken too.

    >>> new_symbol("h", ["g"]), new_symbol("h", ["h"]), new_symbol("h", ["h"], "step")
    (h, h_, step)
    """
    names = {*map(str, symbols)}
    if name in names:
        name = otherwise or f"{name}_"
    while name in names:
        name += "_"
    return sympy.Symbol(name)


class Spelling:
    """A different text for each symbol: its name where the parser can read that, else s1, s2, ...

    avoid : names that mean something else, such as undefined functions

    >>> Spelling(sympy.symbols("p, q")).written
    {p: 'p', q: 'q'}
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
        """The expression as text that `parse_expression` reads back in the names of `names`.

        >>> Spelling([sympy.Symbol("x y")]).text(2 * sympy.Symbol("x y"))
        '2*s1'
        """
        return expression_text(expression.xreplace(self.codes))

    def data(self, symbol: sympy.Symbol) -> Written:
        """The symbol as plain data for `read_symbols`: its name, with assumptions where it has some.

        >>> Spelling([sympy.Symbol("x y")]).data(sympy.Symbol("x y"))
        {'written': 's1', 'name': 'x y'}
        """
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
    """The symbols of a list of `Written`, by their texts. Raises ParseError for anything else.

    >>> read_symbols(["p", {"written": "s1", "name": "x y"}])
    {'p': p, 's1': x y}
    """
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
