"""Programs over sets: what values a frozen program takes on pieces of its domain, by ball arithmetic.

Beside the value at the centre c of a piece goes a slope, S with g(z) - g(c) = Σ_j S_j (z_j - c_j) for every z in the piece
(Krawczyk and Neumaier 1985): products and quotients have slopes by themselves, a function has its derivative over the range
of its argument, which is the mean of f' over a segment, since balls are convex. So a bound of |g| is wrong by the square of the
width of the piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from ..fields import GradedField
from ..rings.balls import SLOPES, Balls, ball
from .builder import Builder
from .program import Program

ENTIRE = ("exp", "sin", "cos", "sinh", "cosh", "erf")
"""Functions without singularities."""


class Slopes:
    """A value on many pieces: `point`, balls (n,) at the centres, and `slopes`, balls (d, n); none for a constant.

    sides : (d, n), how far each coordinate goes from the centre at most
    """

    def __init__(self, point: Balls, slopes: Balls | None = None, sides: Any = None):
        self.point, self.slopes, self.sides = point, slopes, sides

    @cached_property
    def reach(self) -> np.ndarray:
        """(d, n): by how much each coordinate can change the value at most."""
        if self.slopes is None:
            return np.zeros((1, 1))
        reach: np.ndarray = self.slopes.upper * self.sides * (1 + 2.0**-50)
        return reach

    @cached_property
    def range(self) -> Balls:
        """Balls that hold all values on each piece."""
        if self.slopes is None:
            return self.point
        return Balls(self.point.centre, (self.point.radius + self.reach.sum(axis=0)) * (1 + 2.0**-45))

    def _with(self, point: Balls, slopes: Balls | None) -> Slopes:
        return Slopes(point, slopes, self.sides)

    def __add__(self, other: Slopes) -> Slopes:
        one, two = (self, other) if self.slopes is not None else (other, self)
        slopes = one.slopes if two.slopes is None or one.slopes is None else one.slopes + two.slopes
        return one._with(self.point + other.point, slopes)

    def __mul__(self, other: Slopes) -> Slopes:
        point = self.point * other.point
        if other.slopes is None:
            return self._with(point, None if self.slopes is None else self.slopes * other.point)
        if self.slopes is None:
            return other._with(point, other.slopes * self.point)
        return self._with(point, self.point * other.slopes + other.range * self.slopes)

    def __neg__(self) -> Slopes:
        return self._with(-self.point, None if self.slopes is None else -self.slopes)

    def _along(self, point: Balls, factor: Any) -> Slopes:
        """The value at the centres, and the slopes times a factor, which is worked out where there are slopes."""
        return self._with(point, None if self.slopes is None else factor() * self.slopes)

    def reciprocal(self) -> Slopes:
        """1/g."""
        point = self.point.reciprocal()
        return self._along(point, lambda: -(point * self.range.reciprocal()))

    def apply(self, name: str, *others: Slopes) -> Slopes:
        """A function by its name."""
        if name == "pow":
            return (others[0] * self.apply("log")).apply("exp")
        point = self.point.apply(name, *(o.point for o in others))
        if name == "sqrt":
            return self._along(point, lambda: (point + self.range.apply("sqrt")).reciprocal())
        return self._along(point, lambda: SLOPES[name](self.range))


def coordinates(centre: np.ndarray, sides: np.ndarray) -> list[Slopes]:
    """The variables on the pieces with these centres and half sides, both (d, n)."""
    d, n = centre.shape
    units = np.broadcast_to(np.eye(d)[:, :, None], (d, d, n)).astype(centre.dtype)
    return [Slopes(Balls(c), Balls(u, np.zeros((d, n))), sides) for c, u in zip(centre, units, strict=True)]


def enclose(program: Program, inputs: Sequence[Any], h: float) -> list[Any]:
    """The outputs of a program, for inputs that are all Balls or all Slopes.

    Raises RingError for a function without enclosure and a constant that is no number.
    """
    lift = Slopes if inputs and isinstance(inputs[0], Slopes) else lambda b: b

    def power(value: Any, exponent: Fraction) -> Any:
        q = exponent.denominator
        if q == 2:
            value = value.apply("sqrt")
        elif q > 2:
            value = (lift(ball(Fraction(1, q))) * value.apply("log")).apply("exp")
        return value if exponent > 0 else value.reciprocal()

    with np.errstate(all="ignore"):  # what is not finite has the radius inf
        return program.run(inputs, lift(Balls(h)), lambda v: lift(ball(v)), power, lambda name, a, *b: a.apply(name, *b))


def is_entire(program: Program) -> bool:
    """Whether the outputs have no singularity anywhere, as one sees by the operations."""
    return not any(i[0] == "power" or (i[0] == "call" and i[1] not in ENTIRE) for i in program.instructions)


def grade_program(graded: GradedField) -> Program:
    """A program whose outputs are the components of each grade, grade after grade."""
    builder = Builder(graded.ring)
    return builder.program([builder.polynomial(p) for grade in graded.grades for p in grade.components])
