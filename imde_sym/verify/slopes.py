"""What float steppers ask of a field, on columns: arrays (d, N) of N points. Formulas run as generated code."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..base.errors import FieldError, MethodError, shown
from ..codegen import Program, field_program
from ..codegen.columns import Columns
from ..codegen.compose import bake
from ..codegen.numbers import nearest
from ..fields import FieldSpace, GradedField
from ..rings import Scalar
from .batch import FloatFlow

Flow = Callable[[np.ndarray, float], np.ndarray]
"""(columns, time) to columns."""
DIFFERENCE = float(np.finfo(float).eps) ** (1 / 3)
"""Of arguments, in central difference quotients."""


class Slope(ABC):
    """A function of a point, with its Jacobian. `program` is its code, where it has one."""

    program: Program | None = None

    @abstractmethod
    def values(self, x: np.ndarray) -> np.ndarray:
        """(d, N) to (d, N)."""

    @abstractmethod
    def both(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The values, and the Jacobians (d, d, N)."""


class Formula(Slope):
    """A graded field with a number for the h in its coefficients; the Jacobian is exact."""

    def __init__(self, graded: GradedField, h: Scalar, program: Program | None = None):
        self.graded, self._h, self._given = graded, h, program

    @cached_property
    def program(self) -> Program:  # type: ignore[override]
        """The code of the values."""
        return self._given or bake(field_program(self.graded, stable=True), self._h, {})

    @cached_property
    def _values(self) -> Columns:
        return Columns(self.program, "the field")

    @cached_property
    def _both(self) -> Columns:
        return Columns(bake(field_program(self.graded, jacobian=True, stable=True), self._h, {}), "the field and its Jacobian")

    def values(self, x: np.ndarray) -> np.ndarray:
        """By generated code."""
        return self._values(x)

    def both(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """By generated code."""
        found, d = self._both(x), len(x)
        return found[:d], found[d:].reshape(d, d, -1)


class Function(Slope):
    """A function of points (N, d); Jacobians are central difference quotients."""

    def __init__(self, function: Callable[[np.ndarray], np.ndarray]):
        self._function = function

    def values(self, x: np.ndarray) -> np.ndarray:
        """By the function."""
        return np.ascontiguousarray(self._function(np.ascontiguousarray(x.T)).T)

    def both(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The values and quotients of them."""
        return self.values(x), quotients(self.values, x)


def quotients(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    """The Jacobians (d, d, N) of a function of columns, by central differences of all points at once."""
    d, n = x.shape
    size = DIFFERENCE * np.maximum(1.0, np.abs(x))
    moved = np.repeat(x[:, None, None, :], d, 1).repeat(2, 2)  # component, direction, side, point
    for k in range(d):
        moved[k, k, 0] += size[k]
        moved[k, k, 1] -= size[k]
    found = function(moved.reshape(d, -1)).reshape(d, d, 2, n)
    distance = moved[range(d), range(d), 0] - moved[range(d), range(d), 1]
    result: np.ndarray = (found[:, :, 0] - found[:, :, 1]) / distance
    return result


class FloatField:
    """A field by its parts, one for each colour of the method; the first is the whole field where there is one colour."""

    data: Flow | None = None
    """The flow whose points a multistep method starts from, where it is not the field's own: f_h reproduces the flow of f."""

    def __init__(self, parts: Sequence[Slope], dimension: int, graded: GradedField | None = None, h: Scalar = 0):
        self.parts, self.dimension, self._graded, self.h = tuple(parts), dimension, graded, h

    @classmethod
    def of(cls, graded: GradedField, h: Scalar, program: Program | None = None) -> FloatField:
        """The field of formulas; `program` is better code for its values, where there is one colour."""
        single = len(graded.colored) == 1
        parts = [Formula(graded.colour(i), h, program if single else None) for i in range(len(graded.colored))]
        return cls(parts, len(graded.variables), graded, h)

    def formulas(self, title: str) -> GradedField:
        """The field in its ring. Raises MethodError for a field that is a function."""
        if self._graded is None:
            raise MethodError(f"{title} takes derivatives or flows of the field: give its formulas, not a function")
        return self._graded

    @cached_property
    def whole(self) -> Slope:
        """The sum of the parts."""
        if len(self.parts) == 1:
            return self.parts[0]
        if self._graded is not None:
            return Formula(self._graded.sum(), self.h)
        return Function(lambda x: sum(part.values(np.ascontiguousarray(x.T)) for part in self.parts).T)  # type: ignore[union-attr]

    def derived(self, count: int, title: str) -> list[Slope]:
        """f, D f·f, ... of the whole field."""
        layer = self.formulas(title).sum()
        found: list[Slope] = [self.whole]
        for _ in range(count - 1):
            layer = along(self.formulas(title).sum(), layer)
            found.append(Formula(layer, self.h))
        return found

    def lifted(self, title: str) -> Slope:
        """What part 0, q' = v, makes of the forces of part 1: accelerations in the directions of q."""
        graded = self.formulas(title)
        return Formula(along(graded.colour(1), graded.colour(0)), self.h)

    def flow(self, color: int, title: str) -> Flow:
        """The exact flow of a part."""
        return exact_flow(self.formulas(title).colour(color), self.h)

    def is_straight(self, color: int, title: str) -> bool:
        """Whether a part is constant along itself, so that its flow is x + t f(x)."""
        part = self.formulas(title).colour(color)
        return all(grade.is_zero for grade in along(part, part).grades)


def exact_flow(field: GradedField, h: Scalar) -> Flow:
    """The flow of a field, by Taylor series."""
    flow = FloatFlow(field, float(nearest(h)))
    return lambda x, time: np.ascontiguousarray(flow(np.ascontiguousarray(x.T), time).T)


def along(w: GradedField, g: GradedField) -> GradedField:
    """D g·w, fields of one colour over one ring."""
    space = FieldSpace(g.ring, w.order + g.order)
    left, right = space.element(w.grades), space.element(g.grades)
    return GradedField(g.ring, [tuple(space.product(left, right, k, 1) for k in range(2, w.order + g.order + 1))])


def batch_function(function: Callable[[Any], Any], name: str) -> Callable[[np.ndarray], np.ndarray]:
    """A function of one point (d,), or of points along the last axis, as one of (N, d).

    Which of them it is is found out by trial: where a batch gives what its points give, it is called with batches.
    Raises FieldError where it returns another shape.
    """

    def point(x: np.ndarray) -> np.ndarray:
        try:
            value = np.asarray(function(x))
            value = value.astype(float) if value.dtype.kind in "iufO" else value
        except (TypeError, ValueError, IndexError, AttributeError) as error:
            raise FieldError(f"{name} failed at a point of shape {x.shape}: {shown(error, 200)}") from error
        if value.shape != x.shape or value.dtype.kind != "f":
            raise FieldError(f"{name} returned {shown(value)} at a point of shape {x.shape}; it must return as many real numbers")
        return value

    def each(x: np.ndarray) -> np.ndarray:
        return np.array([point(p) for p in x]).reshape(x.shape)

    takes_batches: list[bool] = []

    def run(x: np.ndarray) -> np.ndarray:
        if len(x) == 1:
            return point(x[0])[None]
        if not takes_batches:
            takes_batches.append(_agrees(function, each, x))
        if takes_batches[0]:
            found: np.ndarray = np.asarray(function(x), float)
            return found
        return each(x)

    return run


def _agrees(function: Callable[[Any], Any], each: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> bool:
    """Whether a batch of d + 1 points near x gives what the points give."""
    n, d = x.shape
    trial = x[np.arange(d + 1) % n] + 1e-3 * (1 + np.arange((d + 1) * d).reshape(d + 1, d))
    try:
        found = np.asarray(function(trial), float)
        return found.shape == trial.shape and bool(np.allclose(found, each(trial), rtol=1e-10, atol=0, equal_nan=True))
    except Exception:  # whatever a function of one point raises over a batch
        return False
