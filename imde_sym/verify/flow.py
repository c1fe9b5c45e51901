"""The exact flow to any precision, by Taylor series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath

from ..base.errors import ConvergenceError
from ..base.sharing import working_digits
from ..codegen import Program
from ..fields import GradedField
from .numbers import evaluate, number
from .taylor import Jet, TaylorSeries

MAX_STEPS = 3_000


class ReferenceFlow(TaylorSeries):
    """φ_t of a graded field with the step h in it, accurate to about the mpmath working precision in force.

    A step takes `terms` Taylor coefficients and is as long as they allow.
    """

    def __init__(self, field: GradedField, h: Any = 0):
        super().__init__(field, h)

    def __call__(self, x: Sequence[Any], time: Any) -> list[Any]:
        """The point reached from x after `time`. Raises ConvergenceError where the solution blows up."""
        x, left = list(x), mpmath.mpmathify(time)
        epsilon = mpmath.mpf(10) ** (-working_digits())
        terms = int(working_digits() * 1.2) + 6
        for _ in range(MAX_STEPS):
            if left == 0:
                return x
            series = self._taylor(x, terms)
            scale = max(max((abs(v) for v in x), default=1), mpmath.mpf(1))
            reach = abs(left)
            for k in (terms - 1, terms):
                top = max(abs(c[k]) for c in series)
                if top:
                    reach = min(reach, (epsilon * scale / top) ** (mpmath.mpf(1) / k))
            step = left if reach >= abs(left) else mpmath.sign(left) * reach
            x = [mpmath.polyval(c[::-1], step) for c in series]
            left = left - step
        raise ConvergenceError(f"the reference solution needs over {MAX_STEPS} steps: it has a singularity, or time is too long")

    def _run(self, program: Program, x: Any) -> Sequence[Any]:
        return evaluate(program, x)

    def _zeros(self, count: int, _: Any) -> Jet:
        return [mpmath.mpf(0)] * count

    def _cauchy(self, a: Jet, b: Jet, k: int) -> Any:
        return mpmath.fdot(zip(a[: k + 1], b[k::-1], strict=True))

    def _number(self, value: Any) -> Any:
        return number(value)
