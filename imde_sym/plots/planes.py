"""Two components of a field over a box, the others fixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.checks import check_index
from ..base.errors import FieldError, ImdeError, UnknownNameError, shown
from ..codegen.numbers import nearest
from ..equations import ModifiedField
from ..expressions import find_symbol
from ..fields import VectorField, as_graded
from ..fields.domain import box_of, point_of
from ..rings import scalar
from ..verify.numbers import vector
from ..verify.report import default_steps

REACH = 2.0
"""The window reaches so far around 0, or x0, where the field tells no domain."""
TIME_SCALES = 36.0


@dataclass(frozen=True)
class Plane:
    """The components `places` with their `names`, over `box`; the point `base` fixes the others."""

    field: VectorField
    places: tuple[int, ...]
    box: tuple[tuple[float, float], ...]
    base: np.ndarray

    @property
    def names(self) -> list[str]:
        """Of the components that are drawn."""
        return [str(self.field.variables[i]) for i in self.places]

    @property
    def fixed(self) -> str:
        """What the others are, in words; empty where there are none."""
        others = [i for i in range(self.field.dimension) if i not in self.places]
        return ", ".join(f"{self.field.variables[i]} = {self.base[i]:g}" for i in others)

    def grid(self, count: int) -> tuple[list[np.ndarray], np.ndarray]:
        """The coordinates of the axes, and the points (count, ..., d), first component last as images have it."""
        sides = [np.linspace(a, b, count) for a, b in self.box]
        mesh = np.meshgrid(*sides)
        points = np.broadcast_to(self.base, (*mesh[0].shape, self.field.dimension)).copy()
        for place, values in zip(self.places, mesh, strict=True):
            points[..., place] = values
        return sides, points


def numbered(field: VectorField, parameters: Mapping[Any, Any] | None) -> VectorField:
    """The field with numbers. Raises FieldError, naming a parameter without one."""
    field = field.with_parameters(parameters) if parameters else field
    if free := field.free_parameters:
        raise FieldError(f"a picture needs numbers: parameter {free[0]} has no value; give parameters={{{str(free[0])!r}: ...}}")
    return field


def start_of(field: VectorField, x0: Any, needed: bool = True) -> np.ndarray:
    """The point given, or the catalogue's; where it is not `needed`, 0 in its place. Raises FieldError if it does not fit."""
    if not needed and x0 is None and field.info.get("x0") is None:
        return np.zeros(field.dimension)
    return np.array([float(nearest(v)) for v in point_of(field, x0)])


def places_of(field: VectorField, components: Any, count: int) -> tuple[int, ...]:
    """Places of components given by name or place; by default the first that are not the time."""
    if components is None:
        moving = [i for i, v in enumerate(field.variables) if v != field.time]
        if len(moving) == 2 and field.structure is not None and field.structure.q:
            q = field.structure.q
            moving.sort(key=lambda i: field.variables[i] not in q)  # q across, p up
        return tuple(moving[:count])
    given = [components] if isinstance(components, str | int) else components
    try:
        given = list(given)
    except TypeError:
        raise FieldError(f"components are names of variables, got {shown(components)}") from None
    names = ", ".join(map(str, field.variables))
    found = []
    for key in given:
        if isinstance(key, bool) or not isinstance(key, int):
            try:
                found.append(field.variables.index(find_symbol(key, field.variables, "variable")))
            except UnknownNameError:
                raise
            except (TypeError, AttributeError, ValueError, ImdeError):
                raise FieldError(f"components are names of variables ({names}), got {shown(components)}") from None
        else:
            found.append(check_index(key, field.dimension, f"{key} is not a component: variables are {names}, from place 0"))
    if not 1 <= len(found) <= count or len(set(found)) < len(found):
        raise FieldError(f"components are up to {count} different variables of {names}, got {shown(components)}")
    return tuple(found)


def plane_of(field: VectorField, components: Any, domain: Any, x0: Any, parameters: Any = None) -> Plane:
    """Up to two components and the box over which they are drawn. Raises FieldError.

    domain : a pair (low, high) for each variable, or for each of the two that are drawn; by default the catalogue's, or 2 around
             x0
    """
    field = numbered(field, parameters)
    places, base = places_of(field, components, 2), start_of(field, x0, needed=False)
    if domain is None and field.info.get("domain") is None:
        reach = np.maximum(REACH, 1.5 * np.abs(base))
        box: Any = [(-r, r) for r in reach]
    elif domain is not None and not isinstance(domain, Mapping) and _pairs(domain) == len(places) < field.dimension:
        known = dict(zip(places, domain, strict=True))
        box = box_of(field, [known.get(i, (base[i] - 1, base[i] + 1)) for i in range(field.dimension)])
    else:
        box = box_of(field, domain)
        if x0 is None and field.info.get("x0") is None:
            base = np.array([(a + b) / 2 for a, b in box])
    return Plane(field, places, tuple(box[i] for i in places), base)


def _pairs(domain: Any) -> int:
    try:
        return len(domain)
    except TypeError:
        return -1


def time_scale(field: VectorField, x0: np.ndarray) -> float:
    """About the time in which the field changes at x0."""
    return 32 * float(default_steps(as_graded(field), vector([scalar(float(v)) for v in x0]))[0])


def step_of(field: VectorField, x0: np.ndarray, h: Any) -> float:
    """The step given, or 1/8 of the field's time scale."""
    return time_scale(field, x0) / 8 if h is None else _number(h, "h is the step size, a number other than 0")


def time_of(field: VectorField, x0: np.ndarray, time: Any, h: float = 0.0) -> float:
    """The time given, or some time scales of the field; at least some steps."""
    if time is None:
        return max(TIME_SCALES * time_scale(field, x0), 12 * abs(h))
    return abs(_number(time, "time is how long the trajectories are, a positive number"))


def _number(given: Any, what: str) -> float:
    try:
        value = nearest(scalar(given))
    except (ImdeError, TypeError, ValueError):
        value = None
    if not isinstance(value, int | float) or not np.isfinite(value) or value == 0:
        raise FieldError(f"{what}; got {shown(given)}")
    return float(value)


def title_of(F: ModifiedField) -> str:
    """Field, method and order, in few words."""
    return f"{F.field.name or 'field'} under {F.method.name or F.method.title}, order {F.order}"
