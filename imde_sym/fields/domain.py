"""Boxes and points of states: sequences, mappings from variables, or text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..base.errors import FieldError, ImdeError, ParseError, UnknownNameError, shown
from ..expressions import find_symbol, parse_expression
from ..rings import Scalar, real, scalar
from .field import VectorField

Box = tuple[tuple[float, float], ...]
"""A pair (low, high) for each variable."""
ENTRIES = '"p = 1, q = 0.37"'


def box_of(field: VectorField, domain: Any = None, error: type[ImdeError] = FieldError) -> Box:
    """The box over which a field is asked about: given, or the catalogue's. Raises `error` if it does not fit the field.

    domain : pairs (low, high) in the order of the variables, or one pair for a single variable; a mapping from variables; or
             the same as text, "x: -1,1; y: 0,2" or "-1,1; 0,2"
    """
    given = field.info.get("domain") if domain is None else domain
    names = [str(v) for v in field.variables]
    example = "; ".join(f"{name}: -1,1" for name in names[:4]) + "; ..." * (len(names) > 4)
    if given is None:
        raise error(f'give the domain, two ends for each of {", ".join(names)}, such as domain="{example}"')
    if isinstance(given, str):
        given = _sides(given, example, error)
    elif len(names) == 1 and isinstance(given, Sequence) and not any(isinstance(end, Iterable) for end in given):
        given = [given]
    if isinstance(given, Mapping):
        given = _in_order(field, given, "the domain", error)
    try:
        box = tuple((real(a, "an end of the domain", error), real(b, "an end of the domain", error)) for a, b in given)
    except (TypeError, ValueError):
        raise error(
            f'a domain has a pair (low, high) for each of {", ".join(names)}, such as domain="{example}"; got {str(given)[:60]}'
        ) from None
    if len(box) != len(names) or not all(a < b for a, b in box):
        raise error(f"a domain is a pair low < high for each of {', '.join(names)}; got {given}")
    return box


def point_of(field: VectorField, x0: Any = None) -> list[Scalar]:
    """The initial value: a sequence or a mapping from variables, or the catalogue's. Raises FieldError if it does not fit."""
    given = field.info.get("x0") if x0 is None else x0
    names = ", ".join(map(str, field.variables))
    if given is None:
        raise FieldError(f"give x0, the initial value: a number for each of {names}")
    if isinstance(given, str):
        given = _entries(given)
    if isinstance(given, Mapping):
        given = _in_order(field, given, "x0", FieldError)
    if not isinstance(given, Iterable):
        raise FieldError(f"x0 is a sequence of numbers, or a mapping, with one for each of {names}; got {str(given)[:60]!r}")
    point = [scalar(v) for v in given]
    if len(point) != len(field.variables):
        raise FieldError(f"x0 has {len(point)} entries, the field has {len(field.variables)} variables: {names}")
    return point


def _sides(text: str, example: str, error: type[ImdeError]) -> dict[str, list[Any]] | list[list[Any]]:
    """The sides of a box that is given as text: by variable where it names them, in their order where it does not."""
    sides: list[list[Any]] = []
    names: list[str] = []
    for side in filter(None, (s.strip() for s in text.split(";"))):
        *name, ends = side.split(":")
        names += map(str.strip, name)
        try:
            sides.append([parse_expression(end, {}) for end in ends.strip().strip("()[]").split(",")])
        except ParseError as reason:
            raise error(f'{side[:60]!r} is not a side of a box: {reason}; an example is domain="{example}"') from None
        if len(sides[-1]) != 2 or len(names) not in (0, len(sides)):
            raise error(f'{side[:60]!r} is not a side of a box; an example is domain="{example}"')
    return dict(zip(names, sides, strict=True)) if names else sides


def _entries(text: str) -> dict[str, Any] | list[Any]:
    """The entries of a point that is given as text: by variable where it names them, in their order where it does not."""
    pieces = [p.strip() for p in re.split("[,;]", text.strip().strip("()[]")) if p.strip()]
    parts = [re.fullmatch(r"(?:([^\W\d][\w']*)\s*[:=])?(.*)", p, re.DOTALL) for p in pieces]
    named = {m[1]: parse_expression(m[2], {}) for m in parts if m and m[1]}
    if not named:
        return [parse_expression(p, {}) for p in pieces]
    if len(named) < len(pieces):
        raise FieldError(f"{shown(text)} is not a point: each variable once, all by name or none; an example is x0={ENTRIES}")
    return named


def _in_order(field: VectorField, given: Mapping[Any, Any], what: str, error: type[ImdeError]) -> list[Any]:
    """The values of a mapping from variables or their names in the order of the variables, those that it has."""
    try:
        named = {find_symbol(k, field.variables, "variable"): v for k, v in given.items()}
    except UnknownNameError as reason:
        raise error(f"in {what}: {reason}") from None
    return [named[v] for v in field.variables if v in named]
