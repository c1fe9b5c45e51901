"""What all of `learn` needs: its errors, its libraries on demand, and models seen as functions of many points."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np

from ..base.errors import CodegenError, LearningError
from ..base.libraries import library as optional_library
from ..expressions.functions import spellings
from ..fields import VectorField
from ..fields.callables import BACKENDS
from ..rings import to_sympy

EXTRA = "learn"


def library(name: str, purpose: str) -> ModuleType:
    """An optional library of the extra `learn`. Raises MissingLibraryError where it is not installed."""
    return optional_library(name, purpose, EXTRA)


def double_jax(purpose: str) -> ModuleType:
    """JAX, in double precision: below it the differences that `learn` is about are rounding errors.

    Raises MissingLibraryError without JAX, LearningError where it computes in single precision. The switch
    is global to a process and must come before the first array, so it is left to the caller.
    """
    jax = library("jax", purpose)
    if not jax.config.jax_enable_x64:
        raise LearningError(
            f"{purpose} needs double precision, and JAX is set to single: put "
            "jax.config.update('jax_enable_x64', True) at the top of the script"
        )
    return jax


def power(a: Any, exponent: Fraction) -> Any:
    """Rational powers, for `Program.run` on arrays."""
    return a ** float(exponent)


def function_caller(functions: str, special: str) -> Callable[..., Any]:
    """The functions of a program in an array library, for `Program.run`: from the module `functions`, others from `special`."""

    names = spellings("numpy")

    def call(name: str, *arguments: Any) -> Any:
        if name == "pow":
            return arguments[0] ** arguments[1]
        module, _, own = names.get(name, name).rpartition(":")
        found = getattr(library(special if module else functions, f"the function {name}"), own, None)
        if found is None:
            raise CodegenError(f"{name} has no form in {functions}")
        return found(*arguments)

    return call


def is_torch(model: Any) -> bool:
    """Whether a model is a torch module; torch is not imported for the question."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(model, torch.nn.Module)


def batched(model: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A model of one point, (d,) to (d,), as a function of many, (..., d) to (..., d); jitted, or a torch module's in float64."""
    if is_torch(model):
        torch = library("torch", "evaluating a model")
        dtype = next((p.dtype for p in model.parameters()), torch.float64)  # type: ignore[attr-defined]

        def run(x: Any) -> np.ndarray:
            points = torch.as_tensor(np.asarray(x), dtype=dtype)
            with torch.no_grad():
                return BACKENDS["torch"].batch(model, points).double().numpy()

        return run
    jax = double_jax("evaluating a model")
    return jax.jit(jax.numpy.vectorize(model, signature="(d)->(d)"))


def mean_error(first: Any, second: Any) -> float:
    """The mean over the points of the max-norm of a difference: Error(f, g) of Zhu et al. (ICML 2022)."""
    return float(np.mean(np.max(np.abs(np.asarray(first) - np.asarray(second)), axis=-1)))


def box(domain: Sequence[Sequence[Any]] | None, field: VectorField) -> np.ndarray:
    """A domain as an array (d, 2) of bounds; by default the catalogue's. Raises LearningError for another shape."""
    given = field.info.get("domain") if domain is None else domain
    if given is None:
        raise LearningError(
            f"{field.name or 'the field'} has no domain of its own: give [low, high] for each of {field.variables}"
        )
    try:
        bounds = np.array([[float(to_sympy(x)) for x in pair] for pair in given])
    except (TypeError, ValueError) as error:
        raise LearningError(f"a domain holds one pair of numbers [low, high] for each variable, got {given!r}: {error}") from None
    if bounds.shape != (field.dimension, 2) or not np.all(bounds[:, 0] < bounds[:, 1]):
        raise LearningError(f"a domain holds [low, high] with low < high for each of {field.variables}, got {given!r}")
    return bounds


def sample(bounds: np.ndarray, count: int, sampling: str = "sobol", seed: int = 0) -> np.ndarray:
    """`count` points of a box, (count, d): "uniform" (random), "sobol" (scrambled), "grid" (count rounded to a power of d).

    Raises LearningError for another name or a count below 1, MissingLibraryError without SciPy for "sobol".
    """
    if count < 1:
        raise LearningError(f"at least one point is needed, got count={count}")
    d = len(bounds)
    if sampling == "grid":
        sides = max(1, round(count ** (1 / d)))
        axes = [np.linspace(low, high, sides) for low, high in bounds]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, d)
    if sampling == "uniform":
        unit = np.random.default_rng(seed).random((count, d))
    elif sampling == "sobol":
        sobol = library("scipy.stats.qmc", "Sobol points").Sobol(d, rng=np.random.default_rng(seed))
        unit = sobol.random_base2(max(0, (count - 1).bit_length()))[:count]
    else:
        raise LearningError(f"sampling {sampling!r} is not one of 'uniform', 'sobol', 'grid'")
    return bounds[:, 0] + unit * (bounds[:, 1] - bounds[:, 0])


def axes(ax: Any, purpose: str) -> Any:
    """The Axes given, or those of a new figure."""
    return ax or optional_library("matplotlib.pyplot", purpose, "plot").subplots()[1]
