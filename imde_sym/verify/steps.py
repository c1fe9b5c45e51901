"""Steps of Runge-Kutta methods in mpmath arithmetic; implicit ones by Newton with the exact Jacobian."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath

from ..equations import ModifiedField
from ..errors import ConvergenceError
from ..methods import ButcherTableau
from .numbers import evaluate, number

MAX_ITERATIONS = 50


class Stepper:
    """One step of the method of `F`, applied to the truncated field F, at the working precision in force."""

    def __init__(self, F: ModifiedField, method: ButcherTableau | None = None):
        method = method or F.method
        self._program, self._explicit, self._F = F.program, method.is_explicit, F
        self._A = [[number(a) for a in row] for row in method.A]
        self._b = [number(b) for b in method.b]
        self._title = method.title

    def __call__(self, x: Sequence[Any], h: Any) -> list[Any]:
        """The point after one step of size h. Raises ConvergenceError if the stages are not found."""
        stages = self._forward(x, h) if self._explicit else self._newton(x, h)
        return [v + h * sum(b * g[m] for b, g in zip(self._b, stages, strict=True)) for m, v in enumerate(x)]

    def _point(self, x: Sequence[Any], h: Any, row: Sequence[Any], stages: Sequence[Sequence[Any]]) -> list[Any]:
        pairs = [(a, g) for a, g in zip(row, stages, strict=False) if a]
        return [v + h * sum(a * g[m] for a, g in pairs) for m, v in enumerate(x)]

    def _forward(self, x: Sequence[Any], h: Any) -> list[list[Any]]:
        stages: list[list[Any]] = []
        for row in self._A:
            stages.append(evaluate(self._program, self._point(x, h, row, stages), h))
        return stages

    def _newton(self, x: Sequence[Any], h: Any) -> list[list[Any]]:
        s, d = len(self._b), len(x)
        stages = [evaluate(self._program, x, h)] * s
        tolerance = mpmath.mpf(10) ** (3 - mpmath.mp.dps)
        for _ in range(MAX_ITERATIONS):
            residual, system = mpmath.matrix(s * d, 1), mpmath.eye(s * d)
            for i, row in enumerate(self._A):
                point = self._point(x, h, row, stages)
                value = evaluate(self._program, point, h)
                jacobian = evaluate(self._F.jacobian_program, point, h)
                for m in range(d):
                    residual[i * d + m] = stages[i][m] - value[m]
                    for j, a in enumerate(row):
                        if a:
                            for n in range(d):
                                system[i * d + m, j * d + n] -= h * a * jacobian[m * d + n]
            try:
                correction = mpmath.lu_solve(system, residual)
            except ZeroDivisionError:
                break
            stages = [[stages[i][m] - correction[i * d + m] for m in range(d)] for i in range(s)]
            size = max(abs(v) for g in stages for v in g)
            if max(abs(c) for c in correction) <= tolerance * max(size, 1):
                return stages
        raise ConvergenceError(
            f"Newton's method for the stages of {self._title} did not converge with h = {mpmath.nstr(h, 5)}: take smaller steps"
        )
