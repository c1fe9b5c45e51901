"""Live functions in the form in which libraries of ODE solvers take a vector field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from ..base.arguments import checked
from ..base.checks import check_word
from ..base.errors import CodegenError, FieldError, UnknownNameError
from ..base.libraries import library
from ..base.words import PythonTarget
from ..rings import scalar
from .live import LiveFunction
from .numbers import nearest


class OdeFunction:
    """fun(t, y, *parameters) for an autonomous field; parameters in the order of `parameters`, where none are bound."""

    def __init__(self, function: LiveFunction, h: Any, values: Mapping[str, Any]):
        for name in values:
            if str(name) not in function.parameters:
                hint = UnknownNameError("parameter", name, function.parameters)
                raise FieldError(f"{hint}; parameters: {', '.join(function.parameters) or 'none'}")
        self._function, self._h = function, _number(h)
        self._values = {str(n): _number(v) for n, v in values.items()}
        self.parameters = tuple(n for n in function.parameters if n not in self._values)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}({', '.join(['t', 'y', *self.parameters])}) of {self._function.target} code>"

    def _evaluate(self, y: Any, parameters: tuple[Any, ...]) -> Any:
        if len(parameters) != len(self.parameters):
            raise FieldError(f"{len(parameters)} parameters given; expected: {', '.join(self.parameters) or 'none'}")
        return self._function(y, self._h, **self._values, **dict(zip(self.parameters, parameters, strict=True)))

    def __call__(self, t: Any, y: Any, *parameters: Any) -> Any:
        """The field at y, at any time."""
        del t
        return self._evaluate(y, parameters)


def _number(value: Any) -> Any:
    """Numbers as doubles; arrays and tensors as they are, so that gradients reach them."""
    if hasattr(value, "shape") and not isinstance(value, np.generic):
        return value
    return nearest(scalar(value))


class ScipyFunction(OdeFunction):
    """fun(t, y) for scipy.integrate.solve_ivp; y of shape (d,) or, with vectorized=True, (d, k)."""

    def __call__(self, t: Any, y: Any, *parameters: Any) -> Any:
        """The field at y, at any time; a column of y is a point."""
        del t
        return self._evaluate(np.asarray(y).T, parameters).T


class DiffraxFunction(OdeFunction):
    """vector_field(t, y, args) for diffrax.ODETerm; args: None, or the sequence of the parameters' values."""

    def __call__(self, t: Any, y: Any, *args: Any) -> Any:
        """The field at y, at any time."""
        del t
        given = args[0] if args and args[0] is not None else ()
        return self._evaluate(y, tuple(given))


def _scipy(function: LiveFunction, h: Any, values: Mapping[str, Any]) -> Any:
    return ScipyFunction(function, h, values)


def _diffrax(function: LiveFunction, h: Any, values: Mapping[str, Any]) -> Any:
    return library("diffrax", "an ODETerm", "diffrax").ODETerm(DiffraxFunction(function, h, values))


def _torchdiffeq(function: LiveFunction, h: Any, values: Mapping[str, Any]) -> Any:
    return OdeFunction(function, h, values)


Library = Literal["scipy", "diffrax", "torchdiffeq"]
"""Whose solvers take the function of an equation."""
FORMS: dict[str, tuple[PythonTarget, Callable[[LiveFunction, Any, Mapping[str, Any]], Any]]] = {
    "scipy": ("numpy", _scipy),
    "diffrax": ("jax", _diffrax),
    "torchdiffeq": ("torch", _torchdiffeq),
}
"""For each library the target of the code and what wraps it."""


@checked
def find_form(library: str) -> tuple[PythonTarget, Callable[[LiveFunction, Any, Mapping[str, Any]], Any]]:
    """Target and wrapper. Raises CodegenError, listing all, for an unknown library.

    >>> find_form("diffrax")[0]
    'jax'
    """
    return FORMS[check_word(library, "library", FORMS, CodegenError)]
