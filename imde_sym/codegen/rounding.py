"""What rounding to 53 bits explains: code held against the expressions that a user wrote.

Generated code may be exact as a formula and useless in float64. So the part of order 1 is run in floats at a few points
and compared with the user's own components in 40 digits. A running error analysis of those components, as they are
written, says how much the best code can lose (N. Higham, Accuracy and Stability of Numerical Algorithms, section 3.3).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
import sympy

from ..base.errors import CodegenError, ImdeError, WrongCodeError
from ..base.spread import spread_points
from ..expressions.functions import in_floats, in_mpmath
from ..rings import real
from .numbers import nearest
from .program import Program

MP = mpmath.MPContext()
MP.dps = 40
UNIT = MP.mpf(2) ** -53
SLACK = 1e-9
"""How much of the sum of the absolute values of its terms a component may be off."""
GROWTH = 64
"""By what factor code may exceed the error that the analysis finds for the expressions as written."""
POINTS, TRIALS = 3, 12
BOXES = ((-1.5, 1.5), (0.2, 2.0), (2.0, 20.0))
"""Where points are looked for, in turn, if neither a domain nor an initial value is known."""


class Ball(NamedTuple):
    """A number, a bound of what rounding makes of it, and the sum of the absolute values of its terms."""

    value: Any
    error: Any
    scale: Any

    def __add__(self, other: Any) -> Ball:
        value = self.value + other.value
        return Ball(value, self.error + other.error + UNIT * abs(value), self.scale + other.scale)

    def __mul__(self, other: Any) -> Ball:
        value = self.value * other.value
        spread = abs(self.value) * other.error + abs(other.value) * self.error + self.error * other.error
        return Ball(value, spread + UNIT * abs(value), self.scale * other.scale)


def _constant(value: Any) -> Ball:
    if isinstance(value, Fraction):
        number = MP.mpf(value.numerator) / value.denominator
    elif isinstance(value, sympy.Basic):
        number = MP.mpmathify(value.evalf(45))
    else:
        number = MP.mpmathify(value)
    size = abs(number)
    return Ball(number, UNIT * size, size)


def _near(function: Any, ball: Ball, *rest: Ball) -> Ball:
    """A function value, its error from the values at the ends of the argument's ball."""
    others = [b.value for b in rest]
    value = function(ball.value, *others)
    error = sum(abs(function(ball.value + d, *others) - value) for d in (ball.error, -ball.error)) if ball.error else 0
    for i, b in enumerate(rest):
        moved = [*others[:i], b.value + b.error, *others[i + 1 :]]
        error += abs(function(ball.value, *moved) - value)
    return Ball(value, error + 2 * UNIT * abs(value), abs(value))


def _power(ball: Ball, exponent: Fraction) -> Ball:
    def power(x: Any) -> Any:
        root = x if exponent.denominator == 1 else MP.root(x, exponent.denominator)
        return root if exponent > 0 else 1 / root

    return _near(power, ball)


def _call(name: str, *arguments: Ball) -> Ball:
    return _near(_mpmath(name), *arguments)


def _mpmath(name: str) -> Any:
    """A function of 40-digit numbers. Raises CodegenError for one that nobody has."""
    function = in_mpmath(name, MP)
    if function is None:
        raise CodegenError(f"{name} is a function that neither mpmath nor sympy evaluates")
    return function


def balls(program: Program, inputs: Sequence[float], h: float = 0.0) -> list[Ball] | None:
    """The outputs in 40 digits with error bounds for float64; None where they are not finite or not real."""
    exact = [Ball(MP.mpf(v), MP.zero, abs(MP.mpf(v))) for v in inputs]
    try:
        found = program.run(exact, _constant(h), _constant, _power, _call)
    except (ArithmeticError, ValueError, mpmath.libmp.ComplexResult):
        return None
    numbers = [x for b in found for x in b]
    return found if all(isinstance(x, int | MP.mpf) and MP.isfinite(x) for x in numbers) else None


def floats(program: Program, inputs: Sequence[float], h: float = 0.0) -> list[float]:
    """The outputs in float64 as the targets round them; nan where a function has no value."""
    return program.run(list(inputs), h, nearest, _float_power, _float_call)


def _float_power(base: float, exponent: Fraction) -> float:
    try:
        q = exponent.denominator
        root = base if q == 1 else math.sqrt(base) if q == 2 else math.pow(base, 1 / q)
        return root if exponent > 0 else 1.0 / root
    except (ArithmeticError, ValueError):
        return math.copysign(math.inf, base) if base == 0 else math.nan


def _float_call(name: str, *arguments: float) -> float:
    try:
        found = in_floats(name)
        return found(*arguments) if found else float(_mpmath(name)(*map(MP.mpf, arguments)))
    except OverflowError:
        return -math.inf if name == "sinh" and arguments[0] < 0 else math.inf
    except (ArithmeticError, ValueError, TypeError):
        return math.nan


@dataclass(frozen=True)
class Difference:
    """Where code and field differ. `ill` says that the field as written loses as much."""

    component: int
    point: tuple[float, ...]
    found: float
    expected: float
    ill: bool


def difference(code: Sequence[float], exact: Sequence[Ball], point: Sequence[float]) -> Difference | None:
    """The worst component that is off by more than the slack; one that rounding does not explain comes first."""
    worst: Difference | None = None
    for m, (found, ball) in enumerate(zip(code, exact, strict=True)):
        error = abs(MP.mpf(found) - ball.value) if math.isfinite(found) else MP.inf
        if error > SLACK * ball.scale + MP.mpf(2) ** -1022:
            new = Difference(m, tuple(point), float(found), float(ball.value), bool(error <= GROWTH * ball.error))
            worst = new if worst is None or (worst.ill and not new.ill) else worst
    return worst


def compare(code: Program, written: Program, points: Sequence[Sequence[float]], kept: Sequence[int]) -> Difference | None:
    """The worst difference between code in float64 and the written field over points.

    Left out are points where the field is not finite, or not in float64 as it is written.

    kept : which entries of a point the code takes; the others are built in. At most POINTS points are looked at.
    """
    ill, seen = None, 0
    for point in points:
        exact = balls(written, point)
        if exact is None or not all(map(math.isfinite, floats(written, point))):
            continue
        found = difference(floats(code, [point[i] for i in kept]), exact, point)
        if found is not None and not found.ill:
            return found
        ill, seen = ill or found, seen + 1
        if seen == POINTS:
            break
    return ill


def same(a: Program, b: Program, points: Sequence[Sequence[float]]) -> bool:
    """Whether two programs have the same value in 40 digits at the first point where both have one, for a step of 0.1."""
    for point in points:
        left, right = balls(a, point, 0.1), balls(b, point, 0.1)
        if left is not None and right is not None:
            pairs = zip(left, right, strict=True)
            return all(abs(u.value - v.value) <= MP.mpf(10) ** -20 * (u.scale + v.scale) for u, v in pairs)
    return False


def trial_points(count: int, domain: Any = None, x0: Any = None, parameters: int = 0) -> list[list[float]]:
    """Points for a field with `count` variables, parameters behind them: its initial value, its domain, else moderate ones."""
    boxes, first = [], []
    try:
        if x0 is not None:
            first = [[real(v, "x0") for v in x0]]
            boxes.append([(v - 0.1 - abs(v) / 4, v + 0.1 + abs(v) / 4) for v in first[0]])
        if domain is not None:
            sides = domain.values() if isinstance(domain, Mapping) else domain
            boxes.append([(real(a, "a bound"), real(b, "a bound")) for a, b in sides])
    except (ImdeError, TypeError, ValueError):
        first, boxes = [], []
    boxes = [b for b in boxes if len(b) == count]
    known = bool(boxes)
    boxes += [[b] * count for b in BOXES]
    each = TRIALS // len(boxes)
    values = spread_points([(0.3, 1.7)] * max(parameters, 1), TRIALS + 1)[:, :parameters].tolist()
    states = [p for p in first if len(p) == count]
    for box in boxes:
        states += spread_points(box, each).tolist()
    if not known:  # one of each box first
        states = [states[i + each * j] for i in range(each) for j in range(len(boxes))]
    return [[*s, *v] for s, v in zip(states, values, strict=False)]


def describe(found: Difference, names: Sequence[str], variables: Sequence[str]) -> str:
    """The difference in words."""
    point = ", ".join(f"{n} = {v:.6g}" for n, v in zip(names, found.point, strict=True))
    name = variables[found.component]
    return f"at {point}: {name}' is {found.found:.9g} in float64, the field as written is {found.expected:.9g}"


def refuse(found: Difference, names: Sequence[str], variables: Sequence[str]) -> WrongCodeError:
    """The error for code that differs from the field."""
    return WrongCodeError(
        f"the code would not compute the field that was given, {describe(found, names, variables)}; it is not emitted"
    )
