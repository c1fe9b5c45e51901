"""Boxes of states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..base.errors import FieldError, ImdeError, UnknownNameError
from ..expressions import find_symbol
from ..rings import Scalar, real, scalar
from .field import VectorField

Box = tuple[tuple[float, float], ...]
"""A pair (low, high) for each variable."""


def box_of(field: VectorField, domain: Any = None, error: type[ImdeError] = FieldError) -> Box:
    """The box over which a field is asked about: given, or the catalogue's. Raises `error` if it does not fit the field."""
    given = field.info.get("domain") if domain is None else domain
    names = [str(v) for v in field.variables]
    if given is None:
        raise error(f"give the domain: a pair (low, high) for each of {', '.join(names)}")
    if isinstance(given, Mapping):
        given = _in_order(field, given, "the domain", error)
    try:
        box = tuple((real(a, "an end of the domain", error), real(b, "an end of the domain", error)) for a, b in given)
    except (TypeError, ValueError) as reason:
        raise error(f"a domain is a list of pairs (low, high), one for each of {', '.join(names)}: {reason}") from None
    if len(box) != len(names) or not all(a < b for a, b in box):
        raise error(f"a domain is a pair low < high for each of {', '.join(names)}; got {given}")
    return box


def point_of(field: VectorField, x0: Any = None) -> list[Scalar]:
    """The initial value: a sequence or a mapping from variables, or the catalogue's. Raises FieldError if it does not fit."""
    given = field.info.get("x0") if x0 is None else x0
    names = ", ".join(map(str, field.variables))
    if given is None:
        raise FieldError(f"give x0, the initial value, with {len(field.variables)} entries")
    if isinstance(given, Mapping):
        given = _in_order(field, given, "x0", FieldError)
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise FieldError(f"x0 is a sequence of numbers, or a mapping, with one for each of {names}; got {str(given)[:60]!r}")
    point = [scalar(v) for v in given]
    if len(point) != len(field.variables):
        raise FieldError(f"x0 has {len(point)} entries, the field has {len(field.variables)} variables: {names}")
    return point


def _in_order(field: VectorField, given: Mapping[Any, Any], what: str, error: type[ImdeError]) -> list[Any]:
    """The values of a mapping from variables or their names in the order of the variables, those that it has."""
    try:
        named = {find_symbol(k, field.variables, "variable"): v for k, v in given.items()}
    except UnknownNameError as reason:
        raise error(f"in {what}: {reason}") from None
    return [named[v] for v in field.variables if v in named]
