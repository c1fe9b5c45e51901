"""Exact flows in double precision, for many points at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import ConvergenceError
from ..codegen import Program
from ..codegen.arrays import function_caller, power
from ..codegen.numbers import nearest
from ..fields import GradedField
from .taylor import TaylorSeries

CALL = function_caller("numpy", "scipy.special")
TERMS = 22
EPSILON = 1e-18
"""Size of the last Taylor terms against the solution: below the rounding error of a double."""
MAX_STEPS = 20_000
HOPELESS = 20
"""So many times more steps of the present length than are allowed are not begun."""
TOO_MANY = f"the flow needs over {MAX_STEPS} steps: it has a singularity, or time is too long"


class FloatFlow(TaylorSeries):
    """φ_t of a field in float64, at many points; each takes steps of its own length. `h` is the step in the coefficients."""

    def __init__(self, field: GradedField, h: float = 0.0):
        super().__init__(field, h)

    def __call__(self, x: np.ndarray, time: Any) -> np.ndarray:
        """The points reached from x, shape (N, d), after `time`, a number or an array (N,).

        Raises ConvergenceError where a solution blows up or leaves the set on which the field is defined.
        """
        x = x.copy()
        left = np.broadcast_to(time, len(x)).copy()
        for _ in range(MAX_STEPS):
            moving = np.flatnonzero(left)
            if not len(moving):
                reached: np.ndarray = x
                return reached
            series, reach = self._expand(x[moving])
            _within_reach(np.max(np.abs(left[moving]) / reach))
            step = np.sign(left[moving]) * np.minimum(np.abs(left[moving]), reach)
            x[moving] = np.polynomial.polynomial.polyval(step, series, tensor=False).T
            left[moving] -= step
        raise ConvergenceError(TOO_MANY)

    def path(self, x0: np.ndarray, times: np.ndarray) -> np.ndarray:
        """The solution at increasing or decreasing `times`, from x0 (d,) at the first of them; shape (times, d).

        One expansion serves all times within its reach. Raises ConvergenceError as the call does.
        """
        sign = np.sign(times[-1] - times[0])
        ahead, x = sign * (times - times[0]), np.array(x0).reshape(1, -1)
        found, now = np.empty((len(times), x.shape[1])), 0.0
        start = 0
        for _ in range(MAX_STEPS):
            series, reach = self._expand(x)
            _within_reach((ahead[-1] - now) / reach[0])
            stop = int(np.searchsorted(ahead, now + reach[0], side="right"))
            found[start:stop] = np.polynomial.polynomial.polyval(sign * (ahead[start:stop] - now), series[:, :, 0]).T
            if stop == len(times):
                return found
            x = np.polynomial.polynomial.polyval(sign * reach, series, tensor=False).T
            now, start = now + reach[0], stop
        raise ConvergenceError(TOO_MANY)

    def _expand(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Taylor coefficients (TERMS + 1, d, points), and the time to which they serve, for each point."""
        with np.errstate(all="ignore"):
            series = np.stack(self._taylor(x, TERMS), axis=1)
            scale = np.maximum(np.max(np.abs(x), axis=1), 1.0)
            tops = np.max(np.abs(series[-2:]), axis=1)
            reach = np.min((EPSILON * scale / tops) ** (1 / np.arange(TERMS - 1, TERMS + 1))[:, None], axis=0)
        self._check(x, series)
        return series, reach

    def _check(self, x: np.ndarray, series: np.ndarray) -> None:
        bad = ~np.all(np.isfinite(series), axis=(0, 1))
        if bad.any():
            raise ConvergenceError(
                f"the flow reaches {x[bad][0].tolist()}, where the field is not finite: choose other points or a shorter time"
            )

    def _run(self, program: Program, x: Any) -> Sequence[Any]:
        return program.run(list(x.T), 0.0, nearest, power, CALL)

    def _zeros(self, count: int, x: Any) -> np.ndarray:
        return np.zeros((count, len(x)))

    def _cauchy(self, a: np.ndarray, b: np.ndarray, k: int) -> Any:
        return np.einsum("kn,kn->n", a[: k + 1], b[k::-1])

    def _number(self, value: Any) -> Any:
        return nearest(value)


def _within_reach(steps: float) -> None:
    """Raise ConvergenceError at once where so many steps of the present length are hopelessly many."""
    if steps > HOPELESS * MAX_STEPS:
        raise ConvergenceError(TOO_MANY)
