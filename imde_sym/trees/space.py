"""The free pre-Lie algebra as coefficient arrays over rooted trees.

A part of grade k is an array with one coefficient per tree of order k. The product is
(L_w g)(t) = Σ over the edges of t of g(trunk)·w(branch): one gather per edge, for all trees, all
iterates L_w^j g and all primes at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from ..base.errors import TreeError
from ..prelie import Graded, PreLieSpace
from ..rings import Arithmetic, Scalar
from ..rings.modular import TERMS
from .tables import MAX_BYTES, TreeTable, tree_total

COPIES = 30
"""Coefficients of a tree that are held at a time, in arrays; measured with the classical Runge-Kutta method."""
OBJECTS = 2500
"""Bytes a tree where coefficients are objects."""


def working_memory(order: int, colors: int, arithmetic: Arithmetic) -> int:
    """About how many bytes a computation over all trees up to `order` takes, beyond their tables."""
    each = OBJECTS if arithmetic.dtype is object else COPIES * np.dtype(arithmetic.dtype).itemsize * prod(arithmetic.shape)
    return each * tree_total(order, colors)


class TreeSpace(PreLieSpace):
    """Coefficients over all trees of `table` up to `order`, in the given arithmetic.

    An element is a list of arrays, one a grade; entry i of grade k is the coefficient of tree number start[k] + i.
    Raises TreeError for an order whose tables and arrays would not fit in memory.

    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> f = space.generator()  # h·f: 1 on the tree of one node
    >>> space.flat(f)
    array([1., 0., 0., 0.])
    >>> space.product(f, f, 2, 1)  # f'f: once the tree of two nodes
    array([1.])
    >>> half = space.scalar(Fraction(1, 2))
    >>> space.linear([half, half], [f[1], f[1]]), space.colored([[half]], [f[1]], 1)
    (array([1.]), array([0.5]))
    >>> g = space.graded(np.array([1.0, 0.5, 1 / 3, 1 / 6]))
    >>> space.tower(f, g, [1.0] * 3).total(2)  # grade 2 of L_f g
    array([1.])
    """

    def __init__(self, table: TreeTable, order: int, arithmetic: Arithmetic):
        self.table, self.order, self.arithmetic, self.colors = table, order, arithmetic, table.colors
        table.require(order)
        need = working_memory(order, table.colors, arithmetic)
        if need > MAX_BYTES:
            raise TreeError(
                f"a computation over all trees of order {order} with {table.colors} colour(s) in the ring {arithmetic.name} "
                f"would take about {need / 2**30:.0f} GiB; at most {MAX_BYTES // 2**30} GiB are used: lower the order"
            )
        table.grow(order)

    def scalar(self, value: Scalar) -> Any:
        """A canonical scalar as an element of the arithmetic."""
        return self.arithmetic.element(value)

    def linear(self, weights: Sequence[Any], parts: Sequence[Any]) -> np.ndarray:
        """Σ weight · part; sums of residues are reduced before they overflow."""
        total: np.ndarray = parts[0] * weights[0]
        for i in range(1, len(parts)):
            if i % (TERMS - 1) == 0:
                total = self.arithmetic.reduce(total)
            total = total + parts[i] * weights[i]
        return self.arithmetic.reduce(total)

    def colored(self, weights: Sequence[Sequence[Any]], parts: Sequence[Any], k: int) -> np.ndarray:
        """The same with a weight for each colour of the root."""
        if self.colors == 1:
            return self.linear([weight[0] for weight in weights], parts)
        roots = self.table.root[self.table.block(k)]
        return self.linear([self.arithmetic.stack(weight)[roots] for weight in weights], parts)

    def tower(self, w: Graded, g: Graded, weights: Sequence[Any]) -> TreeTower:
        """Iterates by `TreeTower`."""
        return TreeTower(self, w, g, weights)

    def flow(self, w: Graded) -> Graded | None:
        """1/γ, where w is h·f itself and numbers are exact: 1/γ(u ∘ w) is the product over branches, divided by the order.

        >>> from imde_sym.rings import ring_of
        >>> from imde_sym.rings.arithmetic import FractionArithmetic
        >>> from imde_sym.trees import tree_table
        >>> exact, rounded = (TreeSpace(tree_table(), 3, ring) for ring in (FractionArithmetic(), ring_of([1.0])))
        >>> list(map(str, exact.flat(exact.flow(exact.generator())))), rounded.flow(rounded.generator())
        (['1', '1/2', '1/3', '1/6'], None)
        """
        if not self.arithmetic.exact or not all(map(np.array_equal, w[1:], self.generator()[1:])):
            return None
        ring, table = self.arithmetic, self.table
        branches, out = (ring.zeros(table.size(self.order)) for _ in range(2))
        branches[: self.colors] = out[: self.colors] = ring.element(Fraction(1))
        for k in range(2, self.order + 1):
            here = table.block(k)
            branches[here] = ring.reduce(branches[table.trunk[here]] * out[table.branch[here]])
            out[here] = ring.reduce(branches[here] * ring.element(Fraction(1, k)))
        return self.graded(out)

    def product(self, w: Graded, g: Graded, k: int, lowest: int) -> np.ndarray:  # noqa: ARG002
        """Grade k of L_w g: over all edges of a tree, g on the part with the root times w on the part cut off."""
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

    def graded(self, array: np.ndarray) -> Graded:
        """Cut one array over all trees into its grades."""
        return [None, *(array[self.table.block(k)] for k in range(1, self.order + 1))]

    def flat(self, element: Graded) -> np.ndarray:
        """One array over all trees up to the order: inverse of `graded`."""
        return np.concatenate(element[1:])

    def generator(self) -> Graded:
        """The field h·f itself: 1 on the one-node trees, 0 elsewhere."""
        out = self.arithmetic.zeros(self.table.size(self.order))
        out[: self.table.colors] = self.arithmetic.element(Fraction(1))
        return self.graded(out)


class TreeTower:
    """Σ_{j>=1} weights[j] L_w^j g by Horner's rule.

    Tail s is T_s = Σ_{j>=0} weights[j + s] L_w^j g = weights[s] g + L_w T_{s+1}, and the sum is L_w T_1.
    Grade m of T_s reaches the sum at grade m + s and later, so tail s is one flat array over the trees up
    to order - s: one column for the many trees of the highest orders, not one for each power of L_w. So
    a total costs O(order N(order)) altogether, time and memory.
    """

    def __init__(self, space: TreeSpace, w: Graded, g: Graded, weights: Sequence[Any]):
        self._space, self._w, self._g, self._given = space, w, g, weights
        self._tails: list[np.ndarray] = []

    def _allocate(self) -> None:
        """Made at first use: not every stage moves."""
        space, order = self._space, self._space.order
        self._weights = [space.scalar(x) for x in self._given[:order]]
        sizes = [space.table.size(order - s) if s else 0 for s in range(order)]
        self._tails = [space.arithmetic.zeros(size) for size in sizes]
        self._values = space.arithmetic.zeros(sizes[1])
        self._done = 0

    def total(self, k: int) -> np.ndarray:
        """Grade k of the sum; asked for in turn."""
        if not self._tails:
            self._allocate()
        space = self._space
        for m in range(self._done + 1, k):
            block = space.table.block(m)
            self._values[block] = self._w[m]
            tails = range(1, space.order - m + 1)
            moved = self._lie([self._tails[s + 1] for s in tails], m) if m > 1 else [0] * len(tails)
            for s, part in zip(tails, moved, strict=True):
                self._tails[s][block] = space.arithmetic.reduce(self._g[m] * self._weights[s] + part)
        self._done = k - 1
        return space.arithmetic.reduce(self._lie([self._tails[1]], k)[0])

    def _lie(self, tails: Sequence[np.ndarray], k: int) -> list[np.ndarray]:
        """Grade k of L_w of each tail, not yet reduced."""
        trunk, branch = self._space.table.cuts(k)
        ring, size = self._space.arithmetic, trunk.shape[1]
        totals = [ring.zeros(size) for _ in tails]
        pieces = ring.pieces(size)
        spare = [ring.zeros(pieces[0].stop) for _ in range(2)]  # values and products go where there is memory already
        for here in pieces:
            values, product = (array[: here.stop - here.start] for array in spare)
            sums = [total[here] for total in totals]
            for inner, outer in zip(trunk[:, here], branch[:, here], strict=True):
                self._values.take(outer, axis=0, out=values, mode="clip")  # the other modes copy what they take
                for total, tail in zip(sums, tails, strict=True):
                    tail.take(inner, axis=0, out=product, mode="clip")
                    product *= values
                    total += product
        return totals
