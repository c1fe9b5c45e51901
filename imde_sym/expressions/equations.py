"""Systems of equations from text: lines, comments, what is a variable, a parameter, the time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile, takewhile
from typing import Any

import sympy

from ..base.errors import ParseError
from .derivatives import Derivatives, alone
from .grammar import CLOSING, Grammar
from .reading import NameTable
from .tokens import Token, letters_apart, shorten, tokens
from .vocabulary import FUNCTIONS, plain_name

AUTO = "auto"
_NAME = re.compile(r"([^\W\d_])(\d*)")
_COMMENT = re.compile(r"#|(?<!\\)%|(?<!\d)//|//(?!\d)")
_WORD = re.compile(r"[^\W\d]\w*")
_FULL_STOP = re.compile(r"\.(?=\s*(?:$|\n|\\\\|\\end|\$))(?<!\d\.)")
EXAMPLE = 'write "x\' = ...", "dx/dt = ..." or "x\'\' = ..."'


@dataclass
class Unsolved:
    """Equations as pairs of sides in `variables` and `highest`, the derivatives to be solved for."""

    variables: dict[str, sympy.Symbol]
    velocities: dict[str, sympy.Symbol]
    highest: dict[str, sympy.Dummy]
    sides: list[tuple[sympy.Expr, sympy.Expr]] = field(default_factory=list)
    constants: dict[str, sympy.Symbol] = field(default_factory=dict)
    time: sympy.Symbol | None = None


def velocity_names(positions: Sequence[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """q -> v; q1, q2 -> v1, v2; x, y -> vx, vy; theta -> v_theta; an underscore more where that is taken.

    >>> velocity_names(["q1", "q2"])
    {'q1': 'v1', 'q2': 'v2'}
    """
    matches = [_NAME.fullmatch(p) for p in positions]
    stems = {m[1] for m in matches if m}
    if all(matches) and len(stems) == 1:
        names = {p: f"v{m[2]}" for p, m in zip(positions, matches, strict=True) if m}
    else:
        names = {p: f"v{p}" if len(p) == 1 else f"v_{p}" for p in positions}
    taken = {*taken}
    return {p: v + "_" if v in taken else v for p, v in names.items()}


def read_equations(text: str, parameters: Mapping[str, sympy.Symbol] | str, functions: Sequence[str], time: str) -> Unsolved:
    """The equations of a text, separated by ';', ',' or line ends. Raises ParseError with the text and a column.

    parameters : symbols by name, or "auto": every name that is nothing else
    functions  : names of undefined functions
    """
    declared = {} if parameters == AUTO else dict(parameters)  # type: ignore[arg-type]
    clean = _without_comments(text)
    found = letters_apart(tokens(clean, equations=True), {*declared, *functions}.__contains__)
    reader = Derivatives(text, [*found], declared, functions, time)
    equations = [_sides(text, e) for e in _split(reader.read())]
    if not equations:
        raise ParseError("no equation given; an example is \"p' = -10*sin(q); q' = p\"", text)
    time = _time(text, reader.times, declared, time)
    equations = _name_left_sides(equations, declared)
    orders = _orders(text, equations)
    names = list(orders)
    velocities = velocity_names([n for n in names if orders[n] == 2], [*names, *declared])
    _check_names([*names, *velocities.values()], [*declared], functions, time)
    variables = {n: sympy.Symbol(n) for n in [*names, *velocities.values()]}
    highest = {n: sympy.Dummy(n) for n in names}
    system = Unsolved(variables, {n: variables[v] for n, v in velocities.items()}, highest, [], declared)
    scope = _Scope(text, system, {n: sympy.Function(n) for n in functions}, time, parameters == AUTO)
    for sides in equations:
        left, right = (Grammar(text, [*letters_apart(side, scope.means), _end(side)], scope).parse() for side in sides)
        system.sides.append((left, right))
    scope.finish()
    if scope.timed:
        system.time = sympy.Symbol(time)
    return system


class _Scope(NameTable):
    """Variables, parameters and the time of a system; undeclared names are collected, to be named all at once."""

    def __init__(self, text: str, system: Unsolved, functions: Mapping[str, Any], time: str, auto: bool):
        super().__init__(system.variables | system.constants | dict(functions), text)
        self.system, self.auto = system, auto
        self.time = time if time not in self.table else None
        self.timed = False
        self.missing: list[Token] = []

    def symbol(self, token: Token) -> sympy.Expr:
        if token.text == self.time:
            self.timed = True
            return sympy.Symbol(token.text)
        return super().symbol(token)

    def unknown(self, token: Token) -> sympy.Expr:
        symbol = sympy.Symbol(token.text)
        if self.auto and token.text not in FUNCTIONS and not self.hint(token.text):
            self.system.constants[token.text] = self.table[token.text] = symbol
            self._own.add(token.text)
            self._plain.setdefault(plain_name(token.text), []).append(token.text)
        elif all(token.text != t.text for t in self.missing):
            self.missing.append(token)
        return symbol

    def finish(self) -> None:
        """Raise ParseError if a name has no meaning, saying how it gets one."""
        if not self.missing:
            return
        first, names = self.missing[0], [t.text for t in self.missing][:8]
        few = ", ".join(names)
        accepted = ", ".join([*self.table, "e"][:20])
        hint = self.hint(first.text) or f'; constants are declared by parameters="{few}", or all at once by parameters="auto"'
        unknown = f"unknown symbol{'s' * (len(names) > 1)} {', '.join(map(repr, names))}"
        raise ParseError(f"{unknown} in {shorten(self.text)!r}; accepted: {accepted}{hint}", self.text, first.column)

    def moves(self, name: str) -> bool:
        return self.resolve(name) in self.system.highest

    def derivative(self, token: Token) -> sympy.Expr:
        name = self.resolve(token.text) or token.text
        if name in self.system.velocities and token.order == 1:
            return self.system.velocities[name]
        return self.system.highest[name]


def _end(side: Sequence[Token]) -> Token:
    at = side[-1].end if side else 0
    return Token("end", "", at, at)


def _without_comments(text: str) -> str:
    """The text with spaces for comments and for full stops at the end of lines."""
    lines = []
    for line in text.split("\n"):
        match = _COMMENT.search(line)
        if match is None:
            lines.append(line)
            continue
        before, rest = line[: match.start()], line[match.end() :].strip()
        if match[0] != "#" and before.strip() and _is_formula(rest, text):
            raise ParseError(
                f"{match[0]} in {shorten(line)!r} can be read as a remainder or quotient of integers, which is not smooth, "
                "or as the beginning of a comment: write # before comments",
                text,
            )
        lines.append(before + " " * (len(line) - len(before)))
    return _FULL_STOP.sub(" ", "\n".join(lines))


def _is_formula(rest: str, text: str) -> bool:
    """Whether what follows % could be an operand: nothing but signs of formulas and names that occur elsewhere, too."""
    words = _WORD.findall(rest)
    known = all(len(re.findall(rf"(?<!\w){re.escape(w)}(?!\w)", text)) > 1 or w in FUNCTIONS for w in words)
    return known and bool(re.fullmatch(r"[\w.][\w\s.()+\-*/^,;']*", rest))


def _split(found: Sequence[Token]) -> list[list[Token]]:
    """Tokens cut at ';', and at commas and line ends outside brackets; a line that begins with a sign continues another."""
    body = list(found[:-1])
    wrapped = [t for t in body if t.text != "\n"]
    if len(wrapped) > 1 and wrapped[0].text in ("{", "[") and wrapped[-1].text == CLOSING[wrapped[0].text]:
        body = body[body.index(wrapped[0]) + 1 : len(body) - 1 - body[::-1].index(wrapped[-1])]
    equations: list[list[Token]] = [[]]
    depth = 0
    for i, token in enumerate(body):
        operator = token.kind == "operator"
        depth = max(0, depth + (operator and token.text in CLOSING) - (operator and token.text in CLOSING.values()))
        if token.text == "\n" and (depth or _continues(equations[-1], body[i + 1 :])):
            continue
        if token.kind == "newline" or token.text == ";" or (token.text == "," and not depth):
            depth = 0
            equations.append([])
        else:
            equations[-1].append(token)
    return [e for e in equations if e]


def _continues(before: Sequence[Token], after: Sequence[Token]) -> bool:
    rest = dropwhile(lambda t: t.kind == "newline", after)
    line = [*takewhile(lambda t: t.kind != "newline", rest)]
    if not before or not line:
        return False
    signs = ("+", "-", "*", "/", "^")
    return before[-1].text in (*signs, "=") or (line[0].text in signs and all(t.text != "=" for t in line))


def _sides(text: str, equation: Sequence[Token]) -> list[list[Token]]:
    sides: list[list[Token]] = [[]]
    for token in equation:
        if token.kind == "operator" and token.text == "=":
            sides.append([])
        else:
            sides[-1].append(token)
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
            _refuse_definition(text, left)
        for token in used:
            if token.order > 2:
                what = f"a derivative of order {token.order} of {token.text}"
                raise ParseError(f"{what}: equations of first and second order are read", text, token.column)
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


def _refuse_definition(text: str, left: Sequence[Token]) -> None:
    shown = shorten(text[left[0].start : left[-1].end])
    if len(left) == 4 and left[1].text in "([":
        why = "looks like an initial value: those are for the flow or the check, a field has equations only"
        raise ParseError(f"{shown!r} {why}", text, left[0].column)
    raise ParseError(
        f"{shown!r} = ... is not an equation for a derivative; {EXAMPLE}. A parameter gets its value by parameters={{...}}, "
        "an abbreviation is to be written out",
        text,
        left[0].column,
    )


def _check_names(names: list[str], declared: list[str], functions: Sequence[str], time: str) -> None:
    if len(set(names)) < len(names):
        raise ParseError(f"a velocity would have the name of a variable among {', '.join(names)}: rename that variable")
    if clash := set(names) & {*declared}:
        raise ParseError(f"{', '.join(sorted(clash))} is both a variable and a parameter")
    if clash := {*names, *declared, time} & {*functions}:
        raise ParseError(f"{', '.join(sorted(clash))} is both a symbol and a function")
