"""One gate for methods: a name, a tableau in any form, or the solver of a library stand for the method."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import sympy

from ..base.arguments import gate
from ..base.catalogue import normal
from ..base.errors import MethodError, shown
from ..base.libraries import is_torch
from .value import FAMILIES, WITHOUT_FAMILY, MethodValue, method_from_json

ACCEPTED = (
    "a method, its name (see imde_sym.methods), a tableau (A, b) or its text, or a solver of SciPy, diffrax, torchdiffeq, "
    "torchdyn, neuromancer or NodePy"
)
TWO_MEANINGS = (
    '"rk4" is taken for the classical Runge-Kutta method, methods["rk4"]; the "rk4" of torchdiffeq is another one, the 3/8 rule: '
    'for a model that was trained through it give methods["rk38"] or ButcherTableau.from_torchdiffeq("rk4")'
)


NAMED: list[Mapping[str, Any]] = []
"""The catalogue, which stands above this and enters itself."""
SIZES: dict[str, Callable[..., Any]] = {}
"""The families of any size, by name: `sizes`, which stands above, enters them."""
EQUATION = re.compile(r"['′]\s*=|/\s*dt\b|\\dot\b")
"""How the left sides of equations are told."""
READERS: dict[str, Callable[[Any], Any]] = {}
"""What reads a solver of each library, by the module that its class comes from: `solvers`, which stands above, enters it."""


def as_method(given: Any, model: Any = None) -> Any:
    """The method that is meant; a method stands for itself.

    given : a name of the catalogue; text of a tableau; A and b, and perhaps c, as a pair or triple; one array; a mapping with
            A and b; a solver, object or class, of SciPy, diffrax, torchdiffeq or NodePy, or one built like SciPy's
    model : what was trained through it. For a torch module a warning tells that the name "rk4" has two meanings
    Raises MethodError, and UnknownNameError for a name that is none.

    >>> from imde_sym.method import as_method
    >>> as_method("0 | \\n1/2 | 1/2\\n--\\n | 0 1") == as_method("explicit midpoint")
    True
    >>> as_method(([[0]], [1])).order
    1
    """
    if isinstance(given, MethodValue):
        return given
    if isinstance(given, str):
        if normal(given) == "rk4" and is_torch(model):
            warnings.warn(TWO_MEANINGS, stacklevel=3)
        return _of_text(given)
    if isinstance(given, Mapping | list | tuple | np.ndarray | sympy.MatrixBase):
        return _tableau(given)
    if found := _of_library(given):
        return found
    raise MethodError(f"{shown(given)} is not a method; accepted: {ACCEPTED}")


MethodLike = Annotated[Any, gate("a method, its name, a tableau or a solver", as_method)]
"""What is taken where a method is taken: a Method, its name, a tableau (A, b) or its text, or a solver of another library."""


def _of_text(text: str) -> Any:
    if text.lstrip().startswith("{"):
        return method_from_json(text)
    if EQUATION.search(text):
        raise MethodError(f"{shown(text)} is an equation and not a method; accepted: {ACCEPTED}")
    if any(mark in text for mark in "\n|;[&=│"):
        return _tableau(text)
    return NAMED[0][text]


def _tableau(given: Any) -> Any:
    """A tableau in one piece, or its pieces A, b and perhaps c."""
    build: Any = FAMILIES[WITHOUT_FAMILY]
    pieces = isinstance(given, Sequence) and not isinstance(given, str) and len(given) in (2, 3)
    if pieces and _depth(given[0]) == 2 and all(_depth(x) == 1 for x in given[1:]):
        return build(given[0], given[1], *given[2:])
    return build(given)


def _depth(value: Any) -> int:
    if isinstance(value, np.ndarray | sympy.MatrixBase):
        return len(value.shape)
    if not isinstance(value, list | tuple):
        return 0
    return 1 + max((isinstance(x, list | tuple | np.ndarray) for x in value), default=0)


def _of_library(given: Any) -> Any:
    """The method of a solver, found by the library that its class, or one of its bases, comes from."""
    bases = (given if isinstance(given, type) else type(given)).__mro__
    homes = [str(c.__module__) for c in bases]
    if "imde_sym.learn.solvers" in homes:
        return given.method
    for library, read in READERS.items():
        if any(home == library or home.startswith(f"{library}.") for home in homes):
            return read(given)
    return None
