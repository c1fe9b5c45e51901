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
from .live import LiveFunction, NumbaFunction, PointFunction
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
    """fun(t, y) for scipy.integrate.solve_ivp; y of shape (d,) or, with vectorized=True, (d, k).

    point : a function of one point, which is then quicker: it takes those of float64, while all other numbers are floats
    """

    def __init__(self, function: LiveFunction, h: Any, values: Mapping[str, Any], point: PointFunction | NumbaFunction | None):
        super().__init__(function, h, values)
        self._point, self._fixed = point, None if self.parameters else self._numbers(())

    def _numbers(self, parameters: tuple[Any, ...]) -> list[float] | None:
        """h and all parameters in the order of the code; None where one is not a float."""
        given = self._values | dict(zip(self.parameters, parameters, strict=False))
        found = [self._h, *(given.get(n) for n in self._function.parameters)]
        return found if all(type(x) is float for x in found) else None

    def __call__(self, t: Any, y: Any, *parameters: Any) -> Any:
        """The field at y, at any time; a column of y is a point."""
        del t
        y = np.asarray(y)
        if self._point is not None and y.shape == (self._function.routine.dimension,) and y.dtype == np.float64:
            numbers = self._numbers(parameters) if parameters else self._fixed
            if numbers is not None and len(parameters) == len(self.parameters):
                try:
                    found = self._point.at(y, numbers)
                except (ArithmeticError, ValueError):  # where arrays hold inf and nan
                    found = None
                if found is not None and found.dtype == np.float64:
                    return found
        return self._evaluate(y.T, parameters).T


class DiffraxFunction(OdeFunction):
    """vector_field(t, y, args) for diffrax.ODETerm; args: None, or the sequence of the parameters' values."""

    def __call__(self, t: Any, y: Any, *args: Any) -> Any:
        """The field at y, at any time."""
        del t
        given = args[0] if args and args[0] is not None else ()
        return self._evaluate(y, tuple(given))


def _scipy(make: Make, h: Any, values: Mapping[str, Any], target: PythonTarget) -> Any:
    point: Any = None if target == "numpy" else make(target)
    return ScipyFunction(make("numpy"), h, values, point)


def _diffrax(make: Make, h: Any, values: Mapping[str, Any], target: PythonTarget) -> Any:
    function = DiffraxFunction(make(target), h, values)  # first, so that a missing jax is named
    return library("diffrax", "an ODETerm", "diffrax").ODETerm(function)


def _torchdiffeq(make: Make, h: Any, values: Mapping[str, Any], target: PythonTarget) -> Any:
    return OdeFunction(make(target), h, values)


Library = Literal["scipy", "diffrax", "torchdiffeq"]
"""Whose solvers take the function of an equation."""
Make = Callable[[PythonTarget], LiveFunction]
FORMS: dict[str, tuple[tuple[PythonTarget, ...], Callable[[Make, Any, Mapping[str, Any], PythonTarget], Any]]] = {
    "scipy": (("python", "numpy", "numba"), _scipy),
    "diffrax": (("jax",), _diffrax),
    "torchdiffeq": (("torch",), _torchdiffeq),
}
"""For each library the targets of the code, the usual one first, and what wraps it."""


@checked
def ode_form(
    make: Make, library: str, h: Any, parameters: Mapping[Any, Any] | None = None, target: PythonTarget | None = None
) -> Any:
    """A live function in the form of a library; `make` compiles it for a target.

    target : of the code; for scipy that of single points
    Raises CodegenError, listing all, for an unknown library, and for a target that it does not take.

    >>> from imde_sym import modified_equation
    >>> equation = modified_equation("pendulum", "explicit_euler", 2)
    >>> ode_form(equation.lambdify, "scipy", 0.1)
    <ScipyFunction(t, y) of numpy code>
    """
    targets, form = FORMS[check_word(library, "library", FORMS, CodegenError)]
    chosen = targets[0] if target is None else target
    if chosen not in targets:
        raise CodegenError(f"as_ode for {library} takes no {chosen} code; targets: {', '.join(targets)}")
    return form(make, h, parameters or {}, chosen)
