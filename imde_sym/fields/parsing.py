"""Systems of equations as text: first and second order, with time and undefined functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sympy

from ..errors import ParseError
from ..rings import parse_expression

_EQUATION = re.compile(
    r"^\s*(?:(?P<name>[^\W\d]\w*)\s*(?P<primes>''?)"
    r"|d\s*(?P<first>[^\W\d]\w*)\s*/\s*dt|d\^?2\s*(?P<second>[^\W\d]\w*)\s*/\s*dt\^?2)\s*$"
)
_PRIMED = re.compile(r"([^\W\d]\w*)\s*'")
_NAME = re.compile(r"([^\W\d_])(\d*)")


class System(NamedTuple):
    """What the text says; `time` is the symbol of time where it occurs."""

    variables: list[sympy.Symbol]
    components: list[sympy.Expr]
    constants: dict[str, sympy.Symbol]
    time: sympy.Symbol | None


def parse_system(text: str, parameters: Iterable[str], functions: Sequence[str], time: str) -> System:
    """Read equations separated by ';' or line ends. Raises ParseError, naming the culprit."""
    equations = [_split(e) for e in re.split(r"[;\n]", text) if e.strip()]
    if not equations:
        raise ParseError("no equation given; an example is \"p' = -10*sin(q); q' = p\"")
    names = [n for n, _, _ in equations]
    if len(set(names)) < len(names):
        raise ParseError(f"two equations for one variable among {', '.join(names)}")
    velocities = velocity_names([n for n, order, _ in equations if order == 2], names)
    names += velocities.values()
    if len(set(names)) < len(names):
        raise ParseError(f"a velocity would have the name of a variable among {', '.join(names)}: rename that variable")
    if clash := set(names) & {*parameters}:
        raise ParseError(f"{', '.join(sorted(clash))} is both a variable and a parameter")
    if clash := {*names, *parameters, time} & {*functions}:
        raise ParseError(f"{', '.join(sorted(clash))} is both a symbol and a function")
    variables = {n: sympy.Symbol(n) for n in names}
    constants = {n: sympy.Symbol(n) for n in parameters}
    table: dict[str, Any] = variables | constants | {n: sympy.Function(n) for n in functions}
    t = sympy.Symbol(time)
    scope = table if time in table or not _mentions(time, equations) else table | {time: t}
    right = {n: parse_expression(_unprimed(body, velocities), scope) for n, _, body in equations}
    components = [variables[velocities[n]] if n in velocities else right[n] for n, _, _ in equations]
    components += [right[n] for n in velocities]
    return System(list(variables.values()), components, constants, t if scope is not table else None)


def _split(equation: str) -> tuple[str, int, str]:
    left, equal, right = equation.partition("=")
    match = _EQUATION.match(left)
    if not equal or match is None:
        raise ParseError(
            f"{equation.strip()[:60]!r} is not an equation; write \"x' = ...\", \"dx/dt = ...\" or \"x'' = ...\""
        )
    order = 2 if match["second"] or match["primes"] == "''" else 1
    return match["name"] or match["first"] or match["second"], order, right


def _mentions(name: str, equations: list[tuple[str, int, str]]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", body) for _, _, body in equations)


def _unprimed(text: str, velocities: Mapping[str, str]) -> str:
    def velocity(match: re.Match[str]) -> str:
        if match[1] not in velocities:
            raise ParseError(f"{match[0]} stands on a right-hand side, but {match[1]} has no equation of second order")
        return velocities[match[1]]

    return _PRIMED.sub(velocity, text)


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
