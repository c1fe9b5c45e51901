"""Elementary differentials of functions of few variables, by all derivatives up to an order at once.

A power series pushed through the function along a line x + s v gives D^m f·v^m for all m: its cost grows with the square of the
order, where m nested derivatives take 2^m evaluations. In the plane D^m f has m + 1 components, which as many lines tell
(Griewank, Utke, Walther 2000). What is left are contractions of small tensors, done for all trees of an order together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, reduce
from itertools import product
from math import factorial, pi, prod
from operator import add
from typing import Any

import numpy as np

from ..trees import numbered, tree_table
from .callables import Backend, Function, check_shape

MAX_DIMENSION = 2
"""In space there are so many lines that nested derivatives are as quick."""
WORSE = (TypeError, ValueError, RuntimeError, NotImplementedError, AttributeError, LookupError, AssertionError)
"""What libraries raise where no series goes through a function."""


def pays(backend: Backend, dimension: int, order: int, colors: int) -> bool:
    """Whether lines are quicker than nested derivatives, of which a tree takes about one."""
    return dimension <= MAX_DIMENSION and tree_table(colors).size(order) >= backend.many


def _lines(dimension: int, order: int) -> int:
    return 1 if dimension == 1 else order


@cache
def _directions(dimension: int, count: int) -> np.ndarray:
    """Unit vectors, evenly spread over half a circle: opposite ones tell the same."""
    if dimension == 1:
        return np.ones((1, 1))
    angles = pi * (np.arange(count) + 0.5) / count
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)


@cache
def _interpolation(dimension: int, count: int, m: int) -> np.ndarray:
    """The matrix (d^m, lines) from the coefficients of s^m along the lines to D^m f[e_i, e_j, ...]."""
    places = list(product(range(dimension), repeat=m))
    powers = sorted({tuple(place.count(i) for i in range(dimension)) for place in places})
    lines = _directions(dimension, count)
    # Σ_α (m!/α!) T_α v^α, in a basis in which squares of unit vectors' powers add up to 1
    sizes = np.array([(factorial(m) / prod(map(factorial, a))) ** 0.5 for a in powers])
    basis = np.array([[s * prod(v**a) for a, s in zip(powers, sizes, strict=True)] for v in lines])
    found = factorial(m) * np.linalg.pinv(basis) / sizes[:, None]
    matrix: np.ndarray = found[[powers.index(tuple(place.count(i) for i in range(dimension))) for place in places]]
    return matrix


@cache
def _families(colors: int, k: int) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """The trees of order k by root and number of children: (root, numbers of trees, numbers of their children)."""
    table = tree_table(colors)
    found: dict[tuple[int, int], list[tuple[int, list[int]]]] = {}
    for i in range(*table.block(k).indices(table.size(k))):
        tree = numbered(table, i)
        children = [child.number(colors) for child in tree.children]
        found.setdefault((tree.color, len(children)), []).append((i, children))
    return [(root, np.array([i for i, _ in own]), np.array([c for _, c in own])) for (root, _), own in found.items()]


class DifferentialsByLines:
    """Sums of elementary differentials at the point x, as `Differentials`; trees up to `order`.

    Raises one of WORSE where the backend has no series for what the functions do.
    """

    def __init__(self, backend: Backend, fields: Sequence[Function], x: Any, order: int):
        d = x.shape[-1]
        self._backend, self._x, self._colors = backend, x, len(fields)
        count = _lines(d, order)
        lines = _directions(d, count)
        self._tensors = []  # by colour and m, of shape (d^m, d)
        for field in fields:
            along = backend.along_lines(lambda y, field=field: check_shape(field(y), y), x, lines, order)
            rows = [backend.array(_interpolation(d, count, m), like=x) for m in range(order)]
            self._tensors.append([row @ along[m] for m, row in enumerate(rows)])
        self._values: list[Any] = []
        self._products: dict[tuple[int, int, int], Any] = {}

    def combination(self, weights: Mapping[int, float]) -> Any:
        """Σ weight · F(t) over trees by number, all of one order, at least one."""
        k = numbered(tree_table(self._colors), next(iter(weights))).order
        terms = []
        for root, numbers, children in _families(self._colors, k):
            own = np.array([weights.get(int(i), 0.0) for i in numbers])
            if own.any():
                summed = self._backend.array(own, like=self._x) @ self._product(k, root, children)
                terms.append(summed @ self._tensors[root][children.shape[1]])
        return reduce(add, terms)

    def _product(self, k: int, root: int, children: np.ndarray) -> Any:
        """For each tree the tensor product of its children's differentials, of shape (trees, d^m)."""
        key = k, root, children.shape[1]
        if key not in self._products:
            known, total = self._below(k), self._backend.array(np.ones((len(children), 1)), like=self._x)
            for column in children.T if children.size else ():
                total = (total[:, :, None] * known[column][:, None, :]).reshape(len(children), -1)
            self._products[key] = total
        return self._products[key]

    def _below(self, k: int) -> Any:
        """The differentials of all trees of lower order, by number; None where there are none."""
        while len(self._values) < k:
            n = len(self._values)
            if n == 0:
                self._values.append(None)
                continue
            families = _families(self._colors, n)
            found = [self._product(n, root, c) @ self._tensors[root][c.shape[1]] for root, _, c in families]
            place = np.argsort(np.concatenate([numbers for _, numbers, _ in families]))
            block = self._backend.stacked(found)[place]
            before = self._values[-1]
            self._values.append(block if before is None else self._backend.stacked([before, block]))
        return self._values[k - 1]
