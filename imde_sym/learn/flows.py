"""The exact flow in double precision, for many points at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import ConvergenceError, LearningError
from ..codegen import Program
from ..codegen.numbers import nearest
from ..fields import FieldLike, GradedField, VectorField, as_graded
from ..verify.taylor import TaylorSeries
from .backends import double_jax, function_caller, library, power
from .base import as_model, real_array

CALL = function_caller("numpy", "scipy.special")
TERMS = 22
TOLERANCE = 1e-11
"""Of flows of trained models, relative and absolute."""
EPSILON = 1e-18
"""Size of the last Taylor terms against the solution: below the rounding error of a double."""
MAX_STEPS = 20_000
HOPELESS = 20
"""So many times more steps of the present length than are allowed are not begun."""
TOO_MANY = f"the flow needs over {MAX_STEPS} steps: it has a singularity, or time is too long"


@checked
class BatchFlow(TaylorSeries):
    """φ_t of a field by Taylor series of 22 terms in float64; each point takes steps of its own length.

    Accurate to rounding, so to some 1e-15 times the condition of the flow. `h` is the step in the field's coefficients.

    >>> flow = BatchFlow.of(VectorField.parse("x' = -x"))
    >>> flow([[1.0], [2.0]], 1.0).round(9).tolist()
    [[0.367879441], [0.735758882]]
    >>> flow.path([1.0], [0.0, 0.5, 1.0]).shape
    (3, 1)
    """

    def __init__(self, field: GradedField, h: float = 0.0):
        super().__init__(field, h)

    @classmethod
    def of(cls, field: FieldLike) -> BatchFlow:
        """The flow of a field. Raises LearningError where a parameter has no value."""
        return cls(graded(field))

    def __call__(self, x: Any, time: Any) -> np.ndarray:
        """The points reached from x, shape (N, d), after `time`, a number or an array (N,).

        Raises ConvergenceError where a solution blows up or leaves the set on which the field is defined.
        """
        x = real_array(x, "x", 2).copy()
        left = np.broadcast_to(real_array(time, "time"), len(x)).copy()
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

    def path(self, x0: Any, times: Any) -> np.ndarray:
        """The solution at increasing or decreasing `times`, from x0 (d,) at the first of them; shape (times, d).

        One expansion serves all times within its reach. Raises ConvergenceError as the call does.
        """
        times = real_array(times, "times", 1)
        sign = np.sign(times[-1] - times[0])
        ahead, x = sign * (times - times[0]), np.array(real_array(x0, "x0", 1)).reshape(1, -1)
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


@checked
def learned_path(model: Any, x0: Any, times: Any) -> np.ndarray:
    """The flow of a trained model from x0 (d,) at increasing times, (times, d): Dormand-Prince 8 with tolerance 1e-11.

    Raises ConvergenceError where the model's solution blows up.

    >>> import jax, diffrax
    >>> jax.config.update("jax_enable_x64", True)
    >>> learned_path(lambda x: -x, [1.0], [0.0, 1.0]).round(6).tolist()
    [[1.0], [0.367879]]
    """
    dfx, jnp = library("diffrax", "the flow of a model"), double_jax("the flow of a model").numpy
    model, start = as_model(model), jnp.asarray(real_array(x0, "x0", 1))
    times = jnp.asarray(real_array(times, "times", 1))
    if len(times) < 2 or not np.all(np.diff(times) > 0):
        raise LearningError("times must increase, and be at least two")
    solution = dfx.diffeqsolve(
        dfx.ODETerm(lambda _t, y, _args: model(y)),
        dfx.Dopri8(),
        times[0],
        times[-1],
        None,
        start,
        saveat=dfx.SaveAt(ts=times),
        stepsize_controller=dfx.PIDController(rtol=TOLERANCE, atol=TOLERANCE),
        max_steps=MAX_STEPS,
        throw=False,
    )
    if solution.result != dfx.RESULTS.successful or not np.all(np.isfinite(solution.ys)):
        raise ConvergenceError("the flow of the model blows up: shorten the time, or stay where the model was trained")
    return np.asarray(solution.ys)


def graded(field: VectorField) -> GradedField:
    """A field of numbers in its ring. Raises LearningError where a parameter has no value."""
    if field.free_parameters:
        raise LearningError(f"parameter {field.free_parameters[0]} of the field has no value: use with_parameters")
    return as_graded(field)
