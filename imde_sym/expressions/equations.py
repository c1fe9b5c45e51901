"""Systems of equations from text: lines, comments, what is a variable, a parameter, the time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy

from ..base.errors import ParseError
from .declaring import AUTO
from .derivatives import Derivatives, alone
from .grammar import Grammar
from .labels import without_labels
from .lines import numbers_joined, outside, split, without_comments, without_units
from .programs import Definition, read_program
from .reading import NameTable
from .tokens import Token, letters_apart, shorten, tokens
from .vocabulary import FUNCTIONS, RESERVED, plain_name

_NAME = re.compile(r"([^\W\d_])(\d*)")
LETTERS = "vajscp"
"""Derivatives of a position: velocity, acceleration, jerk, and what physicists call snap, crackle and pop."""
MAX_DERIVATIVE = len(LETTERS) + 1
MAX_DEFINED = 20_000
"""So many tokens a definition may come to, with those that it is made of."""
EXAMPLE = 'write "x\' = ...", "dx/dt = ..." or "x\'\' = ..."'


@dataclass
class Unsolved:
    """Equations as pairs of sides in `variables` and `highest`, the derivatives to be solved for."""

    variables: dict[str, sympy.Symbol]
    lower: dict[str, list[sympy.Symbol]]
    """For each unknown its derivatives below the highest, from the first on."""
    highest: dict[str, sympy.Dummy]
    sides: list[tuple[sympy.Expr, sympy.Expr]] = field(default_factory=list)
    constants: dict[str, sympy.Symbol] = field(default_factory=dict)
    time: sympy.Symbol | None = None

    @classmethod
    def of_orders(cls, orders: Mapping[str, int], taken: Iterable[str]) -> Unsolved:
        """The unknowns and their lower derivatives, before there are equations."""
        taken = {*orders, *taken}
        names: dict[str, list[str]] = {n: [] for n in orders}
        for k, letter in enumerate(LETTERS, 1):
            found = velocity_names([n for n in orders if orders[n] > k], taken, letter)
            for n, v in found.items():
                names[n].append(v)
            taken |= {*found.values()}
        below = [v[k] for k in range(len(LETTERS)) for v in names.values() if len(v) > k]
        symbols = {n: sympy.Symbol(n) for n in [*orders, *below]}
        lower = {n: [symbols[v] for v in found] for n, found in names.items()}
        return cls(symbols, lower, {n: sympy.Dummy(n) for n in orders})

    def derivative(self, name: str, order: int) -> sympy.Expr:
        """The symbol of a derivative: that of a lower one, or the unknown for the highest."""
        lower = self.lower[name]
        return lower[order - 1] if order <= len(lower) else self.highest[name]


def velocity_names(positions: Sequence[str], taken: Iterable[str] = (), letter: str = "v") -> dict[str, str]:
    """q -> v; q1, q2 -> v1, v2; x, y -> vx, vy; theta -> v_theta; an underscore more where that is taken.

    >>> velocity_names(["q1", "q2"])
    {'q1': 'v1', 'q2': 'v2'}
    """
    matches = [_NAME.fullmatch(p) for p in positions]
    stems = {m[1] for m in matches if m}
    if all(matches) and len(stems) == 1:
        names = {p: f"{letter}{m[2]}" for p, m in zip(positions, matches, strict=True) if m}
    else:
        names = {p: f"{letter}{p}" if len(p) == 1 else f"{letter}_{p}" for p in positions}
    taken = {*taken}
    for p in names:
        while names[p] in taken:
            names[p] += "_"
    return names


def read_equations(
    text: str, parameters: Mapping[str, sympy.Symbol] | str, functions: Sequence[str], time: str, entries: Sequence[str] = ()
) -> Unsolved:
    """The equations of a text, separated by ';', ',' or line ends. Raises ParseError with the text and a column.

    parameters : symbols by name, or "auto": every name that is nothing else
    functions  : names of undefined functions
    entries    : the variables of a right-hand side that is code and does not name them, such as "return [v, -x]"
    """
    declared = {} if parameters == AUTO else dict(parameters)  # type: ignore[arg-type]
    clean, constants = without_units(without_labels(without_comments(text), declared))
    declared |= {n: sympy.Symbol(n) for n in constants if n not in declared}
    definitions: list[Definition] = []
    if program := read_program(text, clean, [*declared, *functions], time, entries):
        equations, definitions, time = program
        names = [t.text for d in definitions for t in d.tokens]
    else:
        found = letters_apart(tokens(clean, equations=True), {*declared, *functions}.__contains__)
        reader = Derivatives(text, numbers_joined(text, [*found], declared), declared, functions, time)
        equations = [_sides(text, e) for e in split(reader.read())]
        time = _time(text, reader.times, declared, time)
        equations, names = _name_left_sides(equations, declared), []
    if not equations:
        raise ParseError("no equation given; an example is \"p' = -10*sin(q); q' = p\"", text)
    orders = _orders(text, equations)
    names += [t.text for sides in equations for side in sides for t in side if t.kind == "name"]
    # v is the velocity where text of second order uses it; names that are less known are kept apart from those in the text
    system = Unsolved.of_orders(orders, [*declared, time] + (names if max(orders.values()) > 2 else []))
    system.constants = declared
    if parameters == AUTO:
        _refuse_two_meanings(text, system, names)
    _check_names([*system.variables], [*declared], functions, time)
    scope = _Scope(text, system, {n: sympy.Function(n) for n in functions}, time, parameters == AUTO)
    for definition in definitions:
        scope.define(definition)
    for sides in equations:
        left, right = (Grammar(text, [*letters_apart(side, scope.means), _end(side)], scope).parse() for side in sides)
        system.sides.append((left, right))
    scope.finish()
    if scope.timed:
        system.time = sympy.Symbol(time)
    return system


FEW_HINTS = 2
"""Of many names that may be products so many are explained."""


class _Scope(NameTable):
    """Variables, parameters and the time of a system; undeclared names are collected, to be named all at once."""

    def __init__(self, text: str, system: Unsolved, functions: Mapping[str, Any], time: str, auto: bool):
        super().__init__(system.variables | system.constants | dict(functions), text)
        self.system, self.auto = system, auto
        self.time = time if time not in self.table else None
        self.timed = False
        self.missing: list[Token] = []
        self.taken: list[Token] = []  # for constants, where all other names are
        self._sizes: dict[str, int] = {}

    def define(self, definition: Definition) -> None:
        """An abbreviation: from now on the name means what it stands for. Raises ParseError where it has a meaning already."""
        name, found = definition
        if self.means(name.text):
            what = f"{name.text} = ... gives a second meaning to {name.text}: an abbreviation is defined once"
            raise ParseError(f"{what}, in {shorten(self.text)!r}", self.text, name.column)
        size = sum(self._sizes.get(t.text, 1) for t in found)
        if size > MAX_DEFINED:
            raise ParseError(f"the definition of {name.text} is too long with those that it uses", self.text, name.column)
        self._sizes[name.text] = size
        self.table[name.text] = Grammar(self.text, [*letters_apart(found, self.means), _end(found)], self).parse()
        self._own.add(name.text)
        self._plain.setdefault(plain_name(name.text), []).append(name.text)

    def symbol(self, token: Token) -> sympy.Expr:
        if token.text == self.time:
            self.timed = True
            return sympy.Symbol(token.text)
        return super().symbol(token)

    def unknown(self, token: Token) -> sympy.Expr:
        symbol = sympy.Symbol(token.text)
        if token.text in RESERVED:
            super().unknown(token)
        if self.time and re.fullmatch(rf"d{re.escape(self.time)}|d[A-Z]?W\w*", token.text):
            what = f"{token.text} stands alone in {shorten(self.text)!r}: write dx/d{self.time} = ... for dx = ... d{self.time}"
            raise ParseError(f"{what}; stochastic equations have no modified equation here", self.text, token.column)
        if self.auto and token.text not in FUNCTIONS and not self.hint(token.text):
            self.system.constants[token.text] = self.table[token.text] = symbol
            self._own.add(token.text)
            self._plain.setdefault(plain_name(token.text), []).append(token.text)
            self.taken.append(token)
        elif all(token.text != t.text for t in self.missing):
            self.missing.append(token)
        return symbol

    def called(self, name: str) -> str:
        factor = f"a product is written {name}*(...)" if self.auto else f'a factor is declared by parameters="{name}"'
        return self.hint(name) or f'; {factor}; a function is declared by functions=["{name}"]'

    def finish(self) -> None:
        """Raise ParseError if a name has no meaning, saying how it gets one."""
        self.missing += [t for t in self.taken if self.hint(t.text)]  # Bx, where B came after it
        if not self.missing:
            return
        first, names = self.missing[0], [t.text for t in self.missing][:8]
        accepted = ", ".join([*self.table, "e"][:20])
        hints = {n: found for n in names if (found := self.hint(n, [m for m in names if m != n]))}
        constants = ", ".join(n for n in names if n not in hints)
        hint = "".join([*hints.values()][:FEW_HINTS])
        if hints and self.auto:
            hint += "; a constant of such a name is declared by itself, by parameters="
        if constants:
            hint += f'; constants are declared by parameters="{constants}" of VectorField, or all at once by parameters="auto"'
        unknown = f"unknown symbol{'s' * (len(names) > 1)} {', '.join(map(repr, names))}"
        raise ParseError(f"{unknown} in {shorten(self.text)!r}; accepted: {accepted}{hint}", self.text, first.column)

    def moves(self, name: str) -> bool:
        return self.resolve(name) in self.system.highest

    def derivative(self, token: Token) -> sympy.Expr:
        return self.system.derivative(self.resolve(token.text) or token.text, token.order)


def _end(side: Sequence[Token]) -> Token:
    at = side[-1].end if side else 0
    return Token("end", "", at, at)


def _sides(text: str, equation: Sequence[Token]) -> list[list[Token]]:
    sides = outside(equation, "=")
    if len(sides) == 1 and equation[0].text == "Eq" and [t.text for t in equation[1:2]] == ["("] and equation[-1].text == ")":
        sides = outside(equation[2:-1], ",")
    if len(sides) != 2 or not sides[0]:
        shown = text[equation[0].start : equation[-1].end]
        raise ParseError(f"{shorten(shown)!r} is not an equation; {EXAMPLE}", text, equation[0].column)
    return sides


def _time(text: str, times: Mapping[str, int], declared: Mapping[str, Any], time: str) -> str:
    """The one independent variable of all quotients d/dt."""
    if len(times) > 1:
        raise ParseError(f"derivatives by {' and '.join(times)}: only ordinary equations, in one time, are read", text)
    for found, column in times.items():
        if found in declared:
            raise ParseError(f"{found} is a parameter, and the variable of a derivative d/d{found}", text, column)
        return found
    return time


def _name_left_sides(equations: list[list[list[Token]]], declared: Mapping[str, Any]) -> list[list[list[Token]]]:
    """dx = ... and xdot = ...: names alone on the left become derivatives, there and wherever else they occur."""
    right = {t.text for _, side in equations for t in side if t.kind == "name"}
    left = {side[0].text for side, _ in equations if len(side) == 1 and side[0].kind == "name"}
    meant = {name: found for name in left - {*declared} if (found := alone(name, right))}
    if not all(name.startswith("D") for name in left) or len(left) < len(equations):  # Du beside others is a coefficient
        meant = {name: found for name, found in meant.items() if not name.startswith("D")}

    def renamed(token: Token) -> Token:
        if token.kind != "name" or token.text not in meant:
            return token
        name, order = meant[token.text]
        return token._replace(kind="derivative", text=name, order=order)

    return [[[renamed(t) for t in side] for side in sides] for sides in equations]


def _orders(text: str, equations: list[list[list[Token]]]) -> dict[str, int]:
    """The variables in the order of their equations, and of which order each is."""
    orders: dict[str, int] = {}
    plain: dict[str, str] = {}
    for left, right in equations:
        used = [t for t in left if t.kind == "derivative"] or [t for t in right if t.kind == "derivative"]
        if not used:
            _refuse_definition(text, left, right)
        for token in used:
            if token.order > MAX_DERIVATIVE:
                what = f"a derivative of order {token.order} of {token.text}"
                raise ParseError(f"{what}: equations up to order {MAX_DERIVATIVE} are read", text, token.column)
            name = plain.setdefault(plain_name(token.text), token.text)
            name = name if plain_name(name) != plain_name(token.text) or name in orders else token.text
            orders[name] = max(orders.get(name, 1), token.order)
    for _, right in equations:
        for token in right:
            name = plain.get(plain_name(token.text), "") if token.kind == "derivative" else token.text
            if token.kind == "derivative" and orders.get(name, 0) < token.order:
                what = f"{token.text}{chr(39) * token.order} stands on a right-hand side"
                raise ParseError(f"{what}, but {token.text} has no equation of that order", text, token.column)
    return orders


def _refuse_definition(text: str, left: Sequence[Token], right: Sequence[Token]) -> None:
    shown = shorten(text[left[0].start : left[-1].end])
    if re.fullmatch(r"\w+\s*[\[(]\s*[\d.]+\s*[\])]", shown):
        why = "looks like an initial value: these are given at 0, x(0) = 1, or as x0=[...]"
        raise ParseError(f"{shown!r} {why}", text, left[0].column)
    value = text[right[0].start : right[-1].end] if right and all(t.kind != "name" for t in right) else "..."
    raise ParseError(
        f"{shown!r} = ... is not an equation for a derivative; {EXAMPLE}. A parameter gets its value by "
        f'parameters="{shown} = {shorten(value)}", an abbreviation is to be written out',
        text,
        left[0].column,
    )


def _refuse_two_meanings(text: str, system: Unsolved, names: Iterable[str]) -> None:
    """Where all names are parameters, v may be one or the velocity."""
    for n, lower in system.lower.items():
        if both := {s.name for s in lower} & {*names}:
            v = both.pop()
            order = [s.name for s in lower].index(v) + 1
            meant = n + "'" * order
            message = f"{v} can be read as {meant} or as a parameter: write {meant}, or declare the parameters"
            raise ParseError(f"{message} one by one, in {shorten(text)!r}", text)


def _check_names(names: list[str], declared: list[str], functions: Sequence[str], time: str) -> None:
    if len(set(names)) < len(names):
        raise ParseError(f"a velocity would have the name of a variable among {', '.join(names)}: rename that variable")
    if clash := set(names) & {*declared}:
        raise ParseError(f"{', '.join(sorted(clash))} is both a variable and a parameter")
    if clash := {*names, *declared, time} & {*functions}:
        raise ParseError(f"{', '.join(sorted(clash))} is both a symbol and a function")
