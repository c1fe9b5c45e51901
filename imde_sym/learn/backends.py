"""JAX and torch on demand: imported when they are first needed, in double precision."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ..base.errors import LearningError
from ..base.libraries import library as optional_library

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


def double_precision() -> Any:
    """A context in which JAX is in double precision; the caller's setting comes back after it."""
    jax = library("jax", "training")
    home = jax if hasattr(jax, "enable_x64") else library("jax.experimental", "training")  # the latter in older versions
    return home.enable_x64(True)
