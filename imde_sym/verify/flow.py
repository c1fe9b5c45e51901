"""The exact flow to any precision, by Taylor series."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import mpmath

from ..base.errors import ConvergenceError, FieldError
from ..base.sharing import working_digits
from ..codegen import Program
from ..fields import GradedField
from .numbers import evaluate, number
from .taylor import Jet, TaylorSeries

MAX_STEPS = 3_000
Piece = tuple[Any, Any, list[Jet]]
"""Where a step begins, how long it is, and the Taylor coefficients there."""


def _value(series: Sequence[Jet], step: Any) -> list[Any]:
    return [mpmath.polyval(c[::-1], step) for c in series]


class DensePath:
    """A solution at all times of an interval, from the Taylor series of its steps."""

    def __init__(self, start: list[Any], pieces: Sequence[Piece]):
        self._start, self._pieces = start, pieces
        self.end = pieces[-1][0] + pieces[-1][1] if pieces else mpmath.mpf(0)
        self._begins = [abs(at) for at, _, _ in pieces]

    def __call__(self, time: Any) -> list[Any]:
        """The point at a time between 0 and `end`. Raises FieldError for others."""
        t = mpmath.mpmathify(time)
        if abs(t) > abs(self.end) or t * self.end < 0:
            raise FieldError(f"the path goes from t = 0 to {mpmath.nstr(self.end, 8)}; got {mpmath.nstr(t, 8)}")
        if not self._pieces:
            return list(self._start)
        at, _, series = self._pieces[max(0, bisect_right(self._begins, abs(t)) - 1)]
        return _value(series, t - at)


class ReferenceFlow(TaylorSeries):
    """φ_t of a graded field with the step h in it, accurate to about the mpmath working precision in force.

    A step takes `terms` Taylor coefficients and is as long as they allow.

    >>> from imde_sym.fields import VectorField, as_graded
    >>> flow = ReferenceFlow(as_graded(VectorField.parse("x' = x")))
    >>> round(float(flow([1], 1)[0]), 12)  # e
    2.718281828459
    >>> round(float(flow.path([1], 1)(0.5)[0]), 12)  # at any time between
    1.6487212707
    """

    def __init__(self, field: GradedField, h: Any = 0):
        super().__init__(field, h)

    def __call__(self, x: Sequence[Any], time: Any) -> list[Any]:
        """The point reached from x after `time`. Raises ConvergenceError where the solution blows up."""
        point = list(x)
        for _, step, series in self._pieces(point, time):
            point = _value(series, step)
        return point

    def path(self, x: Sequence[Any], time: Any) -> DensePath:
        """The solution from x over all times from 0 to `time`, each point as accurate as the last; raises as a call does."""
        return DensePath(list(x), list(self._pieces(x, time)))

    def _pieces(self, x: Sequence[Any], time: Any) -> Iterator[Piece]:
        """Steps, one after the other."""
        x, left, at = list(x), mpmath.mpmathify(time), mpmath.mpf(0)
        epsilon = mpmath.mpf(10) ** (-working_digits())
        terms = int(working_digits() * 1.2) + 6
        for _ in range(MAX_STEPS):
            if left == 0:
                return
            series = self._taylor(x, terms)
            scale = max(max((abs(v) for v in x), default=1), mpmath.mpf(1))
            reach = abs(left)
            for k in (terms - 1, terms):
                top = max(abs(c[k]) for c in series)
                if top:
                    reach = min(reach, (epsilon * scale / top) ** (mpmath.mpf(1) / k))
            step = left if reach >= abs(left) else mpmath.sign(left) * reach
            if at + step == at:  # as close to a singularity as the digits allow
                break
            yield at, step, series
            x, at, left = _value(series, step), at + step, left - step
        raise ConvergenceError(f"the reference solution needs over {MAX_STEPS} steps: it has a singularity, or time is too long")

    def _run(self, program: Program, x: Any) -> Sequence[Any]:
        return evaluate(program, x)

    def _zeros(self, count: int, _: Any) -> Jet:
        return [mpmath.mpf(0)] * count

    def _cauchy(self, a: Jet, b: Jet, k: int) -> Any:
        return mpmath.fdot(zip(a[: k + 1], b[k::-1], strict=True))

    def _number(self, value: Any) -> Any:
        return number(value)
