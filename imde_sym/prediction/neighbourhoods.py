"""How large the terms of an equation are on complex neighbourhoods of a box: sampled for many, proved for a few.

A neighbourhood has weights w_j and a size R: all z with |z_j - x_j| <= R w_j for a point x of the box. Sizes of fields are in the
norm max |f_j|/w_j that goes with it. Weights are powers of 2 with the largest 1, so that no product with one is rounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.errors import FieldError
from ..codegen import Program
from ..codegen.enclosures import grade_program
from ..codegen.numbers import is_complex
from ..equations import ModifiedField
from ..fields import VectorField, as_graded
from ..fields.domain import Box
from .suprema import Boundary, is_analytic, sampled, suprema

POINTS = 96
"""Sampled on each boundary."""
BEYOND = 1.05
"""How much larger than the largest of them a supremum is taken to be."""
SMALLEST, LARGEST = -12, 10
"""Sizes are that of the box times powers of the root of 2 between these."""
COARSE, FINE = 0.1, 0.025
"""Relative tolerances of the suprema that are proved: the fine one takes twice as long."""
TINIEST, LARGEST_POWER = 2.0**-1000, 1000
"""Half sides smaller than this count as so large; sizes from this power of 2 on are left out."""
DIMENSIONS = 3
"""In more of them it takes too long."""
POWERS = (0.0, 0.5, 1.0)
"""The weights are these powers of the sizes of the components."""
LEAST = 2.0**-20
"""The smallest weight."""


@dataclass(frozen=True)
class Neighbourhood:
    """All z with |z_j - x_j| <= R w_j; `sample`: about the suprema of the grades on it, in its norm."""

    R: float
    weights: tuple[float, ...]
    sample: tuple[float, ...]

    @property
    def radii(self) -> np.ndarray:
        """R w_j, exactly."""
        return self.R * np.array(self.weights)


class Neighbourhoods(Sequence[Neighbourhood]):
    """The neighbourhoods of a box on which an equation is proved to be analytic; with the same weights, the smaller ones first.

    on_the_box : about the suprema of the grades on the box itself, in the max-norm
    """

    def __init__(self, equation: ModifiedField, box: Box, learner: VectorField | None = None):
        self.box, self._equation, self._zero = box, equation, [grade.is_proved_zero for grade in equation.grades]
        self._program, self._d = grade_program(equation), len(box)
        if any(i[0] == "constant" and is_complex(i[1]) for i in self._program.instructions):
            raise FieldError("a bound is for real fields; this one has complex numbers in it")
        sizes = sampled(self._program, box, np.zeros((self._d, 1)), POINTS).max(axis=(1, 2))
        self.on_the_box = [
            0.0 if zero else float(s) for zero, s in zip(self._zero, sizes.reshape(-1, self._d).max(axis=1), strict=True)
        ]
        self._all = [place for weights in _weights(sizes[: self._d]) for place in self._around(weights)]
        self._proved: dict[tuple[Neighbourhood, int, float], tuple[float, ...]] = {}
        self._learner = None if learner is None else grade_program(as_graded(learner))
        self._sizes: dict[Neighbourhood, float] = {}
        self._rooms: dict[tuple[float, ...], float] = {}

    def learner(self, place: Neighbourhood) -> float:
        """An upper bound of the learner on a neighbourhood, in its norm; inf where it may have a singularity, 0 without one."""
        if self._learner is None:
            return 0.0
        if place not in self._sizes:
            size = math.inf
            if self._room(place.weights) >= place.R:
                weights = np.array(place.weights)
                found = suprema(self._learner, 0.0, Boundary(self.box, place.radii), COARSE, [range(self._d)], weights)
                size = float(found.high[0])
            self._sizes[place] = size
        return self._sizes[place]

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, i: Any) -> Any:
        return self._all[i]

    def _around(self, weights: tuple[float, ...]) -> Iterator[Neighbourhood]:
        w = np.array(weights)
        sides = [
            (math.log(max(b / 2 - a / 2, TINIEST)) - math.log(v)) / len(w) for (a, b), v in zip(self.box, weights, strict=True)
        ]
        powers = sum(sides) / math.log(2) + np.arange(SMALLEST, LARGEST + 1) / 2
        sizes = 2.0 ** powers[powers < LARGEST_POWER]
        sizes = sizes[: self._analytic(self._program, sizes, w)]
        if not len(sizes):
            return
        values = sampled(self._program, self.box, w[:, None] * sizes, POINTS).max(axis=-1)
        grades = (values.reshape(len(self._zero), self._d, len(sizes)) / w[:, None]).max(axis=1) * BEYOND
        grades[np.array(self._zero)] = 0
        for R, column in zip(sizes, grades.T, strict=True):
            if np.isfinite(column[0]):
                yield Neighbourhood(float(R), weights, tuple(map(float, column)))

    def _analytic(self, program: Program, sizes: Sequence[float] | np.ndarray, weights: np.ndarray) -> int:
        """How many of the sizes, from the smallest on, are proved to be free of singularities."""
        low, high = 0, len(sizes)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if is_analytic(program, self.box, sizes[middle - 1] * weights) else (low, middle - 1)
        return low

    def _room(self, weights: tuple[float, ...]) -> float:
        """The largest R of the neighbourhoods with these weights on which the learner is proved to be analytic."""
        if weights not in self._rooms:
            sizes = [place.R for place in self._all if place.weights == weights]
            count = self._analytic(self._learner, sizes, np.array(weights)) if self._learner else 0
            self._rooms[weights] = sizes[count - 1] if count else 0.0
        return self._rooms[weights]

    def proved(self, place: Neighbourhood, order: int | None = None, tolerance: float = COARSE) -> tuple[float, ...]:
        """Upper bounds of the grades (of the first `order`) on a neighbourhood, in its norm."""
        count = len(self._zero) if order is None else order
        tolerance = tolerance if self._d <= DIMENSIONS else COARSE
        key = place, count, tolerance
        if key not in self._proved:
            shown = [k for k in range(count) if not self._zero[k]]
            groups = [range(self._d * k, self._d * (k + 1)) for k in shown]
            sizes = [0.0] * count
            if shown:
                weights = np.tile(place.weights, count)
                program = self._program if order is None else grade_program(self._equation.truncate(order))
                found = suprema(program, 0.0, Boundary(self.box, place.radii), tolerance, groups, weights)
                for k, high in zip(shown, found.high, strict=True):
                    sizes[k] = float(high)
            self._proved[key] = tuple(sizes)
        return self._proved[key]


def _weights(sizes: np.ndarray) -> list[tuple[float, ...]]:
    """Weights by the sizes of the components, and equal ones."""
    top = float(np.max(sizes))
    if not (math.isfinite(top) and top > 0):
        return [(1.0,) * len(sizes)]
    found = [2.0 ** np.round(np.log2(np.maximum(sizes / top, LEAST)) * power) for power in POWERS]
    return list(dict.fromkeys(tuple(map(float, w)) for w in found))
