"""The substitution law: a B-series with another field in place of h·f (Chartier, Hairer, Vilmart 2010)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import SeriesError
from ..prelie import Graded, method_map
from ..rings import Arithmetic
from ..trees import TreeSpace, tree_table
from ..trees.partitions import partition_table
from .bseries import BSeries, common, evaluate


class SubstitutionRecursion:
    """The map that a B-series makes of a field c: Φ(t) = Σ over partitions of a(skeleton) Π c(pieces).

    Only the partition in one piece reads c(t) itself, so a series is a recursion over grades as a
    tableau is, and its inverse modified field comes out of the same algorithm.
    """

    def __init__(self, space: TreeSpace, series: BSeries, coefficients: np.ndarray | None = None):
        ring, table = space.arithmetic, space.table
        self._space, self._partitions = space, partition_table(table.colors)
        self._partitions.grow(space.order)
        own = ring.array(series.coefficients) if coefficients is None else coefficients
        self._a = own[: table.size(space.order)]
        self._field = ring.zeros(table.size(space.order))
        self._values: list[np.ndarray] = [ring.zeros(0, 1)]
        """Π c over the pieces without the root's, for each partition of the trees of each order."""
        self._closed = list(self._values)
        """The same with the root's piece."""
        self.consistency: Sequence[Any] = series.coefficients[: table.colors]
        self.c: Graded = [None]

    def rest(self, k: int) -> np.ndarray | None:
        """The sum over all partitions of the trees of order k but the one in one piece."""
        ring = self._space.arithmetic
        if k == 1:
            self._values.append(ring.stack([ring.element(1)] * self._space.colors)[:, None])
            return None
        values = ring.zeros(self._partitions.piece[k].shape[0], 1 << (k - 1))
        for here, u, w, m in self._partitions.factors(k):
            left = self._values[k - m][u][:, :, None]
            for half, right in enumerate((self._closed[m], self._values[m])):  # the edge is cut, or kept
                product = ring.reduce(left * right[w][:, None])
                columns = slice(half << (k - 2), (half + 1) << (k - 2))
                values[here, columns] = product.reshape(len(u), -1, *ring.shape)
        self._values.append(values)
        proper = slice(0, (1 << (k - 1)) - 1)
        terms = ring.reduce(values[:, proper] * self._field[self._partitions.piece[k][:, proper]])
        terms = ring.reduce(terms * self._a[self._partitions.skeleton[k][:, proper]])
        return ring.reduce(terms.sum(axis=1))

    def push(self, part: np.ndarray, k: int) -> None:
        """Fix the coefficients of c on the trees of order k."""
        self.c.append(part)
        self._field[self._space.table.block(k)] = part
        if k < self._space.order:
            pieces = self._field[self._partitions.piece[k]]
            self._closed.append(self._space.arithmetic.reduce(self._values[k] * pieces))


@checked
def substitute(b: BSeries, a: BSeries) -> BSeries:
    """b ⋆ a: the series a (a map or a field) of the field b instead of h·f, truncated at the lower order.

    So substitute(b, exact_series(n)) is exp(b), and a modified equation b of a map a is characterised by
    substitute(b, exact_series(n)) = a. With several colours the part ν of the field is replaced by the
    trees of b whose root has colour ν. Raises SeriesError if b is no field or the colours differ,
    TreeError beyond 10 million partitions (order 12 for one colour). Cost: O(2^order N(order)).

    >>> from imde_sym import exact_series, inverse_modified_series, method_series, methods
    >>> m = methods["heun2"]
    >>> substitute(inverse_modified_series(m, 5), method_series(m, 5)) == exact_series(5)
    True
    """
    order, colors = common(b, a)
    if not b.is_field:
        raise SeriesError(f"substitute needs a field b, b(∅) = 0; here b(∅) = {b.empty}")
    field, series = b.truncate(order), a.truncate(order)

    def compute(arithmetic: Arithmetic, inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
        space = TreeSpace(tree_table(colors), order, arithmetic)
        return space.flat(method_map(space, SubstitutionRecursion(space, series, outer), space.graded(inner)))

    values, errors = evaluate(compute, field, series)
    return BSeries(order, values, a.empty, colors, errors=errors)
