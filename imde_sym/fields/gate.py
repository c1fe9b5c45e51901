"""One gate for fields: the name of a system, equations as text or of sympy, or a mapping stand for the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from ..base.arguments import gate
from ..base.errors import FieldError, UnknownNameError, shown
from .field import VectorField
from .reading import is_equation

ACCEPTED = (
    "a VectorField, the name of a system (see imde_sym.systems), equations as text such as \"x' = y; y' = -x\" or of sympy, or a "
    "mapping {variable: component}"
)
MARKS = "='′̇;\n~:\\"


def are_equations(given: Any) -> bool:
    """Whether something is the text of equations, an equation of sympy, a list of these, or a mapping to components."""
    if isinstance(given, str):
        return any(mark in given for mark in MARKS)
    many = isinstance(given, list | tuple) and bool(given) and all(isinstance(e, str) or is_equation(e) for e in given)
    return many or isinstance(given, Mapping) or is_equation(given)


def as_field(given: Any) -> VectorField:
    """The field that is meant; a field stands for itself. Symbols in text other than variables are declared by VectorField.

    Raises FieldError, ParseError, and UnknownNameError for a name that is none.

    >>> as_field("x' = -x").variables, as_field("pendulum").name
    ((x,), 'pendulum')
    """
    from .systems import systems

    if isinstance(given, VectorField):
        return given
    if are_equations(given):
        return VectorField(given)
    if isinstance(given, str):
        if given not in systems:
            error = UnknownNameError("system", given, systems.aliases, "imde-sym systems")
            error.args = (f"{error}; equations are given as text such as \"x' = y; y' = -x\"",)
            raise error
        return systems[given]
    hint = ""
    if hasattr(given, "get_feature_names"):
        hint = ". A model of PySINDy becomes one by learn.from_pysindy(model)"
    elif hasattr(given, "parameters") or hasattr(given, "layers"):
        hint = ". A network of layers becomes one by learn.network_field(model)"
    raise FieldError(f"{shown(given)} is not a field; accepted: {ACCEPTED}{hint}")


FieldLike = Annotated[Any, gate("a VectorField, the name of a system or equations", as_field)]
"""What is taken where a field is taken: a VectorField, the name of a system, or equations, in text or of sympy."""
