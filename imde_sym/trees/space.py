"""The free pre-Lie algebra as coefficient arrays over rooted trees.

A part of grade k is an array with one coefficient per tree of order k. The product is
(L_w g)(t) = Σ over the edges of t of g(trunk)·w(branch): one gather per edge, for all trees, all
iterates L_w^j g and all primes at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..prelie import Graded, PreLieSpace
from ..rings import Arithmetic, Scalar
from ..rings.modular import TERMS
from .tables import TreeTable

CHUNK = 1 << 20
"""Coefficients of a temporary array, so that high orders stay inside caches and memory."""


class TreeSpace(PreLieSpace):
    """Coefficients over all trees of `table` up to `order`, in the given arithmetic."""

    def __init__(self, table: TreeTable, order: int, arithmetic: Arithmetic):
        self.table, self.order, self.arithmetic, self.colors = table, order, arithmetic, table.colors
        table.grow(order)
        self._weights: dict[int, tuple[Sequence[Any], np.ndarray]] = {}

    def scalar(self, value: Scalar) -> Any:
        return self.arithmetic.element(value)

    def linear(self, weights: Sequence[Any], parts: Sequence[np.ndarray]) -> np.ndarray:
        total = parts[0] * weights[0]
        for i in range(1, len(parts)):
            if i % (TERMS - 1) == 0:
                total = self.arithmetic.reduce(total)
            total = total + parts[i] * weights[i]
        return self.arithmetic.reduce(total)

    def colored(self, weights: Sequence[Sequence[Any]], parts: Sequence[np.ndarray], k: int) -> np.ndarray:
        if self.colors == 1:
            return super().colored(weights, parts, k)
        roots = self.table.root[self.table.block(k)]
        return self.linear([self.arithmetic.stack(weight)[roots] for weight in weights], parts)

    def tower(self, w: Graded, g: Graded) -> StackedTower:
        return StackedTower(self, w, g)

    def product(self, w: Graded, g: Graded, k: int, lowest: int) -> np.ndarray:
        trunk, branch = self.table.cuts(k)
        fields, values = (self._flat_below(element, k) for element in (g, w))
        total = self.arithmetic.zeros(trunk.shape[1])
        for inner, outer in zip(trunk, branch, strict=True):
            total += fields[inner] * values[outer]
        return self.arithmetic.reduce(total)

    def _flat_below(self, element: Graded, k: int) -> np.ndarray:
        out = self.arithmetic.zeros(self.table.size(k - 1))
        for m in range(1, k):
            if element[m] is not None:
                out[self.table.block(m)] = element[m]
        return out

    def weights(self, values: Sequence[Any]) -> np.ndarray:
        """weights[j] for j = 1, 2, ..., shaped to multiply the levels of a tower."""
        key = id(values)
        if key not in self._weights:  # the sequence is kept, so that its id stays its own
            self._weights[key] = values, self.arithmetic.array(values[1 : max(self.order, 2)])
        return self._weights[key][1]

    def graded(self, array: np.ndarray) -> Graded:
        """Cut one array over all trees into its grades."""
        return [None, *(array[self.table.block(k)] for k in range(1, self.order + 1))]

    def flat(self, element: Graded) -> np.ndarray:
        return np.concatenate(element[1:])

    def generator(self) -> Graded:
        """The field h·f itself: 1 on the one-node trees, 0 elsewhere."""
        out = self.arithmetic.zeros(self.table.size(self.order))
        out[: self.table.colors] = self.arithmetic.element(Fraction(1))
        return self.graded(out)


class StackedTower:
    """All iterates L_w^j g side by side: `levels[tree, j]` is (L_w^j g)(tree). Grades are asked for in order."""

    def __init__(self, space: TreeSpace, w: Graded, g: Graded):
        self._space, self._w, self._g = space, w, g
        self._done = 0

    def _buffers(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Level 0 and w as flat arrays, with the grades up to k that have come since; made at first use."""
        space = self._space
        if self._done == 0:
            size = space.table.size(max(space.order - 1, 1))
            self._levels = space.arithmetic.zeros(size, max(space.order - 1, 1))
            self._values = space.arithmetic.zeros(size)
        for m in range(self._done + 1, k + 1):
            block = space.table.block(m)
            self._levels[block, 0], self._values[block] = self._g[m], self._w[m]
        self._done = max(self._done, k)
        return self._levels, self._values

    def total(self, k: int, weights: Sequence[Any]) -> np.ndarray:
        space, table = self._space, self._space.table
        levels, values = self._buffers(k - 1)
        trunk, branch = table.cuts(k)
        factors = space.weights(weights)
        depth = levels.shape[1]
        out = space.arithmetic.zeros(trunk.shape[1])
        step = max(1, CHUNK // depth)
        first = table.start[k]
        for low in range(0, trunk.shape[1], step):
            here = slice(low, low + step)
            total = levels[trunk[0, here]] * values[branch[0, here]][:, None]
            for e in range(1, k - 1):
                total += levels[trunk[e, here]] * values[branch[e, here]][:, None]
            total = space.arithmetic.reduce(total)
            if k < space.order:
                levels[first + low : first + low + len(total), 1:] = total[:, : depth - 1]
            out[here] = space.arithmetic.reduce((total * factors).sum(axis=1))
        return out
