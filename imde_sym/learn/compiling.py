"""What JAX compiles: once for a structure of the model and a shape of the points, whatever the weights and the step."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from .backends import library

Make = Callable[[Any], Callable[..., Any]]


@dataclass(frozen=True)
class Wanted:
    """What is to be compiled; equal where the same code results."""

    make: Make = field(compare=False)
    structure: Any
    fixed: tuple[Any, ...]
    rule: Hashable


def compiled(make: Make, model: Any, rule: Hashable, known: dict[Any, Any] | None = None) -> Callable[..., Any]:
    """make(model), a function of arrays, compiled; the arrays in a model are arguments of the code.

    rule  : all that `make` depends on besides
    known : where the code of bare functions is kept. What they hold may change while they are the same object, so that
            it ends with what asked for it; that of pytrees is kept for the process
    """
    jax = library("jax", "a model")
    leaves, structure = jax.tree_util.tree_flatten(model)
    fixed = tuple(None if isinstance(a, jax.Array | np.ndarray) else a for a in leaves)
    wanted = Wanted(make, structure, fixed, rule)
    try:
        hash(wanted)
    except TypeError:
        return make(model)
    if jax.tree_util.all_leaves([model]):
        own = {} if known is None else known
        if wanted not in own:
            own[wanted] = _compile(wanted)
        run = own[wanted]
    else:
        run = _compiled(wanted)
    arrays = [a if f is None else None for a, f in zip(leaves, fixed, strict=True)]

    def call(*args: Any) -> Any:
        if any(callable(a) for a in jax.tree_util.tree_leaves(args)):  # no argument of compiled code
            return make(model)(*args)
        return run(arrays, *args)

    return call


def _compile(wanted: Wanted) -> Any:
    def run(arrays: Any, *args: Any) -> Any:
        leaves = [a if f is None else f for a, f in zip(arrays, wanted.fixed, strict=True)]
        return wanted.make(wanted.structure.unflatten(leaves))(*args)

    return library("jax", "a model").jit(run)


_compiled = lru_cache(maxsize=64)(_compile)
