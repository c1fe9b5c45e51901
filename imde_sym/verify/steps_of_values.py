"""Steps of methods that hand on several values, with their starting procedure found from smoothness, in mpmath arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Any

import mpmath

from ..base.errors import ConvergenceError
from ..base.sharing import working_digits
from ..method.families.general_linear import ValueMethod
from .numbers import evaluate, number
from .steps import MAX_SWEEPS, MethodField, Point, Stepper, counted, stepper

STRETCH = 10
"""Steps along which the values of a smooth run are found; what they leave out is of the size of h to this power."""
LOST = 9
"""Digits that extrapolation over the stretch costs."""


class ValueStepper:
    """Runs of a method from the values S(x) of its starting procedure; called as a step it gives value 0 of the next ones.

    Among all runs through y_n = x the one that belongs to the underlying one-step method is smooth: what the values have beyond
    u_l y_n, a function of the point that is analytic in h, hardly differs from its extrapolation over some steps. So a stretch of
    steps is solved for together, the stages included, by sweeps along it; its end is closed by extrapolation.
    """

    def __init__(self, method: ValueMethod, field: MethodField):
        A, U, B, V = method.matrices
        parts = len(field.values)
        self._title, self._field = method.title, field
        self._A, self._B = (
            [[[number(x) for x in row] for row in m] for m in (ms if len(ms) == parts else ms * parts)] for ms in (A, B)
        )
        self._U, self._V = ([[number(x) for x in row] for row in m] for m in (U, V))
        self._u = [number(x) for x in method.start]
        r = len(self._u)
        matrix = mpmath.matrix(r, r)
        for i in range(r):
            matrix[i, 0] = -self._u[i]
            for j in range(1, r):
                matrix[i, j] = self._V[i][j] - (i == j)
        self._inverse = matrix**-1

    def __call__(self, x: Sequence[Any], h: Any, size: Any) -> Point:
        """The underlying one-step method."""
        return self.advance(x, h, size, 1)

    def advance(self, x: Sequence[Any], h: Any, size: Any, count: int) -> Point:
        """Value 0 after `count` steps from the starting values at x. Raises ConvergenceError where stages are not found."""
        values, stages = self.start(x, h, size)
        for _ in counted(count):
            stages = self._stages(values, stages, h, size)
            values = self._new(values, [self._slopes(p, h) for p in stages], size)
        return values[0]

    def start(self, x: Sequence[Any], h: Any, size: Any) -> tuple[list[Point], list[Point]]:
        """The values S(x), and the stages of the step from them. Raises ConvergenceError where sweeps do not settle."""
        d, r, steps = range(len(x)), range(len(self._u)), range(STRETCH)
        points = [list(x) for _ in range(STRETCH + 1)]
        sigma = [[[mpmath.mpf(0) for _ in d] for _ in r] for _ in steps]
        stages = [[list(x) for _ in self._U] for _ in steps]
        weights = [(-1) ** (STRETCH - 1 - j) * comb(STRETCH, j) for j in steps]
        tolerance = mpmath.mpf(10) ** (LOST - working_digits()) * max(1, *(abs(v) for v in x))
        for sweep in range(MAX_SWEEPS):
            end = [[mpmath.fdot(weights, [s[l][m] for s in sigma]) for m in d] for l in r]
            change = mpmath.mpf(0)
            for j in steps:
                values = [[self._u[l] * points[j][m] + sigma[j][l][m] for m in d] for l in r]
                slopes = [self._slopes(p, h) for p in stages[j]]
                found = [self._point(row, values, [A[i] for A in self._A], slopes, size) for i, row in enumerate(self._U)]
                new = self._new(values, slopes, size)
                following = sigma[j + 1] if j + 1 < STRETCH else end
                residual = [[self._u[l] * new[0][m] + following[l][m] - new[l][m] for m in d] for l in r]
                for l in r[1:]:
                    for m in d:
                        moved = sum(self._inverse[l, i] * residual[i][m] for i in r)
                        sigma[j][l][m] += moved
                        change = max(change, abs(moved))
                change = max(
                    change, *(abs(a - b) for p, q in zip(found, stages[j], strict=True) for a, b in zip(p, q, strict=True))
                )
                change = max(change, *(abs(a - b) for a, b in zip(new[0], points[j + 1], strict=True)))
                stages[j], points[j + 1] = found, new[0]
            if change <= tolerance and sweep > STRETCH:
                return [[self._u[l] * x[m] + sigma[0][l][m] for m in d] for l in r], stages[0]
        raise ConvergenceError(
            f"no starting values of {self._title} were found with h = {mpmath.nstr(size, 5)}: take smaller steps"
        )

    def _stages(self, values: Sequence[Point], points: list[Point], h: Any, size: Any) -> list[Point]:
        tolerance = mpmath.mpf(10) ** (3 - working_digits())
        for _ in range(MAX_SWEEPS):
            slopes = [self._slopes(p, h) for p in points]
            found = [self._point(row, values, [A[i] for A in self._A], slopes, size) for i, row in enumerate(self._U)]
            change = max(abs(a - b) for p, q in zip(found, points, strict=True) for a, b in zip(p, q, strict=True))
            points = found
            if change <= tolerance * max(1, *(abs(v) for p in points for v in p)):
                return points
        raise ConvergenceError(f"the stages of {self._title} were not found with h = {mpmath.nstr(size, 5)}: take smaller steps")

    def _slopes(self, point: Sequence[Any], h: Any) -> list[Point]:
        return [evaluate(program, point, h) for program in self._field.values]

    def _new(self, values: Sequence[Point], slopes: Sequence[Sequence[Point]], size: Any) -> list[Point]:
        return [self._point(row, values, [B[l] for B in self._B], slopes, size) for l, row in enumerate(self._V)]

    def _point(
        self,
        row: Sequence[Any],
        values: Sequence[Point],
        weights: Sequence[Sequence[Any]],
        slopes: Sequence[Sequence[Point]],
        size: Any,
    ) -> Point:
        """Σ row·values + size Σ_ν Σ_j w^ν_j f_ν(Y_j)."""
        pairs = [(w, slope[v]) for v, own in enumerate(weights) for w, slope in zip(own, slopes, strict=True) if w]
        terms = [(u, y) for u, y in zip(row, values, strict=True) if u]
        return [sum(u * y[m] for u, y in terms) + size * sum(w * g[m] for w, g in pairs) for m in range(len(values[0]))]


@stepper.register
def _(method: ValueMethod, field: MethodField) -> Stepper:
    return ValueStepper(method, field)
