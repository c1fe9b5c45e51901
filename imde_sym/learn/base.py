"""What all of `learn` asks of models: their values at many points, and the errors there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.errors import LearningError, shown
from ..base.libraries import is_torch
from ..base.spread import sample
from ..fields import VectorField
from ..fields.callables import BACKENDS
from ..fields.domain import box_of
from .backends import double_jax, library


def batched(model: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A model of one point, (d,) to (d,), as a function of many, (..., d) to (..., d); jitted, or a torch module's in float64."""
    model = as_model(model)
    if is_torch(model):
        torch = library("torch", "evaluating a model")
        dtype = next((p.dtype for p in model.parameters()), torch.float64)  # type: ignore[attr-defined]

        def run(x: Any) -> np.ndarray:
            points = torch.as_tensor(np.asarray(x), dtype=dtype)
            with torch.no_grad():
                return np.asarray(BACKENDS["torch"].batch(model, points).double().numpy())

        return run
    jax = double_jax("evaluating a model")
    many: Callable[[Any], Any] = jax.jit(jax.numpy.vectorize(model, signature="(d)->(d)"))

    def evaluate(x: Any) -> Any:
        try:
            return many(x)
        except ValueError as error:
            if "core dimension" not in str(error):
                raise
            raise LearningError(f"a model takes one point, (d,), to a point, (d,); this one does not: {error}") from None

    return evaluate


def as_numpy(values: Any) -> np.ndarray:
    """Arrays of any library as numpy's."""
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)


def mean_error(first: Any, second: Any) -> float:
    """The mean over the points of the max-norm of a difference: Error(f, g) of Zhu et al. (ICML 2022)."""
    return mean_size(np.asarray(first) - np.asarray(second))


def mean_size(values: Any) -> float:
    """The mean over points (N, d) of the max-norm."""
    return float(np.mean(np.max(np.abs(as_numpy(values)), axis=-1)))


def points_of(points: Any, domain: Any, field: VectorField, seed: int = 0) -> np.ndarray:
    """Sobol points of a domain, (N, d), or the points given. Raises LearningError for another shape."""
    if isinstance(points, int | np.integer):
        return sample(box_of(field, domain, LearningError), int(points), seed=seed)
    given = real_array(points, "points")
    if given.ndim != 2 or given.shape[1] != field.dimension:
        raise LearningError(f"points must be a number or a finite array (N, {field.dimension}); got shape {given.shape}")
    return given


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


def as_model(model: Any) -> Callable[[Any], Any]:
    """A model as it is. Raises LearningError for what cannot be called."""
    if not callable(model):
        raise LearningError(f"a model is called at a point and returns the field there; {shown(model)} cannot be called")
    found: Callable[[Any], Any] = model
    return found
