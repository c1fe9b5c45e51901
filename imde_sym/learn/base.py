"""What all of `learn` asks of models: their values at many points, and the errors there."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.errors import LearningError, shown
from ..base.spread import sample
from ..fields import VectorField
from ..fields.domain import box_of


def as_numpy(values: Any) -> np.ndarray:
    """Arrays of any library as numpy's. Raises LearningError for lists that are none."""
    if str(getattr(values, "dtype", "")).endswith("bfloat16"):  # which numpy has not
        values = values.float() if hasattr(values, "float") else values.astype("float32")
    try:
        return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
    except (TypeError, ValueError, RecursionError):
        raise LearningError(f"{shown(values)} is not an array: its rows differ in length or kind") from None


def mean_error(first: Any, second: Any) -> float:
    """The mean over the points of the max-norm of a difference: Error(f, g) of Zhu et al. (ICML 2022)."""
    return mean_size(np.asarray(first) - np.asarray(second))


def mean_size(values: Any) -> float:
    """The mean over points (N, d) of the max-norm."""
    return float(np.mean(np.max(np.abs(as_numpy(values)), axis=-1)))


def rounding(x: Any) -> float:
    """The mean size of the rounding errors of points (N, d)."""
    values = as_numpy(x)
    return float(np.finfo(values.dtype).eps) * mean_size(values)


def points_of(points: Any, domain: Any, field: VectorField, seed: int = 0) -> np.ndarray:
    """Sobol points of a domain, (N, d), or the points given, (..., d). Raises LearningError for another shape."""
    if isinstance(points, int | np.integer):
        return sample(box_of(field, domain, LearningError), int(points), seed=seed)
    given = real_array(points, "points")
    if given.ndim < 2 or given.shape[-1] != field.dimension:
        raise LearningError(f"points must be a number or a finite array (N, {field.dimension}); got shape {given.shape}")
    return given.reshape(-1, field.dimension)


def real_array(values: Any, what: str, ndim: int | None = None, finite: bool = True) -> np.ndarray:
    """Numbers as an array of floats. Raises LearningError for anything else, another dimension, or what is not finite."""
    if isinstance(values, list | tuple) or hasattr(type(values), "__array__") or hasattr(type(values), "__float__"):
        try:
            given = np.asarray(values)
            found = given.astype(float) if given.dtype.kind in "iufO" else None
        except Exception:  # whatever an entry raises when it is asked for its value
            found = None
        if found is not None and (not finite or np.all(np.isfinite(found))) and ndim in (None, found.ndim):
            return found
    shape = "" if ndim is None else f" of {ndim} dimension(s)"
    raise LearningError(f"{what} must be {'finite ' if finite else ''}real numbers, an array{shape}; got {shown(values)}")
