"""The exact flow in double precision, for many points at once."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import ConvergenceError, LearningError
from ..fields import FieldLike, GradedField, VectorField, as_graded
from ..verify.batch import MAX_STEPS, FloatFlow
from .backends import library
from .base import real_array
from .calling import batched, numbers

TOLERANCE = 1e-11
"""Of flows of trained models, relative and absolute."""
MAX_CALLS = 12 * MAX_STEPS
"""Of a model whose flow is followed."""


@checked
class BatchFlow(FloatFlow):
    """φ_t of a field by Taylor series of 22 terms in float64; each point takes steps of its own length.

    Accurate to rounding, so to some 1e-15 times the condition of the flow. `h` is the step in the field's coefficients.
    Raises LearningError for a parameter without a value and points of another shape; when called, ConvergenceError where a
    solution cannot be followed.

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
        return super().__call__(real_array(x, "x", 2), real_array(time, "time"))

    def path(self, x0: Any, times: Any) -> np.ndarray:
        """The solution at increasing or decreasing `times`, from x0 (d,) at the first of them; shape (times, d).

        One expansion serves all times within its reach. Raises ConvergenceError as the call does.
        """
        return super().path(real_array(x0, "x0", 1), real_array(times, "times", 1))


@checked
def learned_path(model: Any, x0: Any, times: Any, *, args: Sequence[Any] = ()) -> Any:
    """The flow of a trained model from x0 (d,) at increasing times, (times, d): Dormand-Prince 8 with tolerance 1e-11.

    model : of torch or JAX, or a corrected one, called as `debias` says;  args : what it takes besides the point and the time
    A state x0 in pieces comes back in pieces, numpy's arrays with the times in front.
    Raises ConvergenceError where the model's solution blows up, LearningError for a model that cannot be called.

    >>> learned_path(lambda x: -x, [1.0], [0.0, 1.0]).round(6).tolist()  # doctest: +SKIP
    [[1.0], [0.367879]]
    """
    x0, state = numbers(model, x0, many=False)
    start, times = real_array(x0, "x0", 1), real_array(times, "times", 1)
    if len(times) < 2 or not np.all(np.diff(times) > 0):
        raise LearningError("times must increase, and be at least two")
    field, solve = batched(model, args, state), library("scipy.integrate", "the flow of a model").solve_ivp
    calls = count()

    def slope(t: float, y: np.ndarray) -> np.ndarray:
        if next(calls) > MAX_CALLS:
            raise ConvergenceError(f"the flow of the model takes over {MAX_CALLS} evaluations: shorten the time")
        return field(y, t)

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = solve(slope, (times[0], times[-1]), start, "DOP853", times, rtol=TOLERANCE, atol=TOLERANCE)
    if not found.success or not np.all(np.isfinite(found.y)):
        raise ConvergenceError("the flow of the model blows up: shorten the time, or stay where the model was trained")
    path = np.asarray(found.y.T)
    return path if state is None else state.split(path)


def graded(field: VectorField) -> GradedField:
    """A field of numbers in its ring. Raises LearningError where a parameter has no value."""
    if field.free_parameters:
        raise LearningError(f"parameter {field.free_parameters[0]} of the field has no value: use with_parameters")
    return as_graded(field)
