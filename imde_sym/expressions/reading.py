"""An expression from text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any

import sympy
from sympy.core.function import UndefinedFunction

from ..base.errors import ParseError
from .grammar import Grammar
from .tokens import Token, greek, letters_apart, shorten, tokens
from .vocabulary import CONSTANTS, FUNCTIONS, RESERVED, SPOKEN, SYNONYMS, plain_name

_WORDS = {*FUNCTIONS, *SYNONYMS, *SPOKEN, "pow", "partial"}


class NameTable:
    """A scope of declared names; one that is typeset differently is found where only one fits: ω for omega, x₁ for x_1."""

    time: str | None = None

    def __init__(self, names: Mapping[str, Any], text: str, otherwise: str = ""):
        self.text, self._otherwise = text, otherwise
        self.functions = {n: v for n, v in names.items() if isinstance(v, UndefinedFunction)}
        self.table: dict[str, sympy.Expr] = {n: v for n, v in (CONSTANTS | dict(names)).items() if n not in self.functions}
        self._own = {n for n in names if n not in self.functions}

    @cached_property
    def _plain(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for n in self.table:
            found.setdefault(plain_name(n), []).append(n)
        return found

    def resolve(self, name: str) -> str | None:
        """The declared name that this one means."""
        if name in self.table:
            return name
        found = self._plain.get(plain_name(name), ()) if name not in SPOKEN else ()
        return found[0] if len(found) == 1 else None

    def symbol(self, token: Token) -> sympy.Expr:
        """What the name stands for. Raises ParseError where nothing has that name."""
        name = self.resolve(token.text)
        if name is not None:
            return self.table[name]
        if token.text in SPOKEN:
            return SPOKEN[token.text]
        return self.unknown(token)

    def unknown(self, token: Token) -> sympy.Expr:
        """Raise ParseError with the names that are accepted, and the nearest one."""
        name, accepted = token.text, ", ".join([*self.table, "e"])
        if name in RESERVED:
            raise ParseError(f"{name!r} is a word of programs, not a symbol, in {shorten(self.text)!r}", self.text, token.column)
        unknown = f"unknown symbol {name!r} in {shorten(self.text)!r}; accepted: {accepted}{self.hint(name) or self._otherwise}"
        raise ParseError(unknown, self.text, token.column)

    def hint(self, name: str, known: Collection[str] = ()) -> str:
        """What the name may have meant: xy is perhaps x*y, ωt is ω*t, and so is wt where t is the time, sinx is sin(x).

        known : names that are going to have a meaning, too
        """
        if name in FUNCTIONS:
            return f"; {name} is a function: its argument stands in brackets, {name}(...)"

        def given(part: str) -> bool:
            return self.declares(part) or part == self.time or part in known

        if factors := _factors(name, given):
            return f"; a product is written {'*'.join(factors)} or {' '.join(factors)}"
        for i in range(1, len(name)):
            head, tail = name[:i], name[i:]
            if head in FUNCTIONS and given(tail):
                return f"; a function is written {head}({tail}) or {head} {tail}"
            two = len(name) == 2 and name.isalpha() and head.islower()  # Cm and Km are names, rN is a product
            moving = two and (self.moves(tail) or tail == self.time or (tail.islower() and self.moves(head)))
            if moving or (i == 1 and greek(name)):
                return f"; a product is written {head}*{tail} or {head} {tail}"
        return ""

    def called(self, name: str) -> str:
        """The hint for a name before a bracket."""
        return self.hint(name)

    def means(self, name: str) -> bool:
        """Whether the name stands for something."""
        return self.resolve(name) is not None or name in self.functions

    def declares(self, name: str) -> bool:
        """Whether the user gave the name, rather than the package."""
        return self.resolve(name) in self._own

    def moves(self, name: str) -> bool:  # noqa: ARG002
        """Whether the name is a function of time: none is here."""
        return False

    def derivative(self, token: Token) -> sympy.Expr:
        """Raise ParseError: an expression alone has no derivatives."""
        raise ParseError(f"{token.text}' stands where no derivative is expected", self.text, token.column)


def _factors(name: str, given: Callable[[str], bool]) -> list[str]:
    """Given names that make up this one when they are written one after the other, two or more; [] where there are none."""
    ways: dict[int, list[str]] = {0: []}
    for end in range(1, len(name) + 1):
        starts = (i for i in ways if (i, end) != (0, len(name)) and given(name[i:end]))
        if (start := next(starts, None)) is not None:
            ways[end] = [*ways[start], name[start:end]]
    return ways.get(len(name), []) if name else []


class LookUp:
    """A scope that asks a function for every name."""

    time: str | None = None

    def __init__(self, look_up: Callable[[str], sympy.Expr]):
        self.look_up = look_up
        self.functions: dict[str, UndefinedFunction] = {}

    def symbol(self, token: Token) -> sympy.Expr:
        """What the caller finds for the name."""
        return self.look_up(token.text)

    def declares(self, name: str) -> bool:  # noqa: ARG002
        """Whether the user gave the name: not known here."""
        return False

    moves = declares

    def hint(self, name: str, known: Collection[str] = ()) -> str:  # noqa: ARG002
        """No nearest name: which ones there are is not known here."""
        return ""

    called = hint

    def derivative(self, token: Token) -> sympy.Expr:
        """Raise ParseError: an expression alone has no derivatives."""
        raise ParseError(f"{token.text}' stands where no derivative is expected", column=token.column)


def undeclared(text: str, names: Mapping[str, Any]) -> list[str]:
    """The names in a text that are neither among `names` nor functions or constants.

    >>> undeclared("p^2/(2m) - k*cos(q)", {"q": 0, "p": 0})
    ['m', 'k']
    """
    scope = NameTable(names, text)
    found = [*letters_apart(tokens(text), scope.means)]
    bare = [t.text for t, after in pairwise(found) if t.kind == "name" and after.text != "("]  # f(x) may be a function
    return [n for n in dict.fromkeys(bare) if not scope.means(n) and n not in _WORDS and n not in RESERVED]


def parse_expression(
    text: str, names: Mapping[str, sympy.Expr] | Callable[[str], sympy.Expr], floats: bool = False, otherwise: str = ""
) -> sympy.Expr:
    """Read `text` as a sympy expression in the given names; never evaluated as Python.

    names  : mapping from accepted names to expressions, or a callable that does the look-up; a name that
             stands for a sympy.Function("V") is accepted as an undefined function V(...). `pi`, π and Euler's e are
             known where no name says otherwise
    floats : read decimals as doubles, not as the exact rationals that they spell
    otherwise : what is said of an unknown name that is not a product of known ones: how names are declared
    Raises ParseError with the text and the column, naming the culprit.

    >>> parse_expression("1/4 - √3/6", {})
    1/4 - sqrt(3)/6
    >>> x = sympy.Symbol("x")
    >>> parse_expression(r"2x(1 - x²) + \\frac{1}{2} e^{-x}", {"x": x})
    2*x*(1 - x**2) + exp(-x)/2
    """
    found = tokens(text)
    if callable(names):
        return Grammar(text, found, LookUp(names), floats).parse()
    scope = NameTable(names, text, otherwise)
    return Grammar(text, [*letters_apart(found, scope.means)], scope, floats).parse()
