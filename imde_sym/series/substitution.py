"""The substitution law: a B-series with another field in place of h·f (Chartier, Hairer, Vilmart 2010)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import SeriesError
from ..prelie import Graded, method_map
from ..rings import Arithmetic
from ..rings.modular import TERMS
from ..trees import TreeSpace, tree_table
from ..trees.partitions import partition_table
from .bseries import BSeries, common, evaluate


class SubstitutionRecursion:
    """The map that a B-series makes of a field c: Φ(t) = Σ over partitions of a(skeleton) Π c(pieces).

    Only the partition in one piece reads c(t) itself, so a series is a recursion over grades as a
    tableau is, and its inverse modified field comes out of the same algorithm.

    The partitions of t = u ∘ w are pairs of those of u and w, with the edge between cut or kept. In arrays the axes of the ring
    stand first, so that sums run over neighbours in memory.
    """

    def __init__(self, space: TreeSpace, series: BSeries, coefficients: np.ndarray | None = None):
        ring, table = space.arithmetic, space.table
        self._space, self._partitions = space, partition_table(table.colors)
        self._partitions.grow(space.order)
        own = ring.array(series.coefficients) if coefficients is None else coefficients
        self._a = np.ascontiguousarray(self._turned(own[: table.size(space.order)]))
        self._field = np.ascontiguousarray(self._turned(ring.zeros(table.size(space.order))))
        self._open: list[np.ndarray] = [self._a[..., None, :0]]
        """Π c over the pieces without the root's, for each partition of the trees of each order."""
        self._closed = list(self._open)
        """The same with the root's piece."""
        self.consistency: Sequence[Any] = series.coefficients[: table.colors]
        self.c: Graded = [None]

    def rest(self, k: int) -> np.ndarray | None:
        """The sum over all partitions of the trees of order k but the one in one piece."""
        ring, kept = self._space.arithmetic, k < self._space.order
        if k == 1:
            ones = self._turned(ring.stack([ring.element(Fraction(1))] * self._space.colors)[:, None])
            self._open.append(ones)
            self._closed.append(ones.copy())
            return None
        piece, skeleton = self._partitions.piece[k], self._partitions.skeleton[k]
        out = self._turned(ring.zeros(len(piece)))
        opened, closed = (self._turned(ring.zeros(*piece.shape if kept else (0, 0))) for _ in range(2))
        for here, u, w, m in self._partitions.factors(k):
            for part in ring.pieces(len(u), 1 << max(0, k - 5)):
                rows = slice(here.start + part.start, here.start + part.stop)
                shape = (part.stop - part.start, 2, 1 << (k - m - 1), 1 << (m - 1))
                own, whole = (x[k - m].take(u[part], axis=-2) for x in (self._open, self._closed))
                inner, ended = (x[m].take(w[part], axis=-2) for x in (self._open, self._closed))
                a = self._a.take(skeleton[rows].reshape(shape), axis=-1, mode="clip")  # of the edge cut, of the edge kept
                c = self._field.take(piece[rows].reshape(shape)[:, 1], axis=-1, mode="clip")  # 0 for the tree itself
                cut = self._contract(a[..., 0, :, :], whole, ended)
                out[..., rows] = self._reduce(cut + self._contract(self._reduce(a[..., 1, :, :] * c), own, inner))
                if kept:
                    joined = self._pairs(own, inner)
                    halves = [self._pairs(own, ended), joined], [self._pairs(whole, ended), self._reduce(joined * c)]
                    for values, pair in zip((opened, closed), halves, strict=True):
                        values[..., rows, :] = np.stack(pair, axis=-3).reshape(*ring.shape, shape[0], -1)
        self._open.append(opened)
        self._closed.append(closed)
        return self._turned(out, back=True)

    def push(self, part: Any, k: int) -> None:
        """Fix the coefficients of c on the trees of order k."""
        self.c.append(part)
        self._field[..., self._space.table.block(k)] = self._turned(part)
        if k < self._space.order:
            self._closed[k][..., -1] = self._turned(part)  # the tree in one piece

    def _turned(self, array: np.ndarray, back: bool = False) -> np.ndarray:
        """The axes of the ring first instead of last, or back."""
        if not self._space.arithmetic.shape:
            return array
        axes = range(array.ndim)
        return array.transpose(*axes[1:], 0) if back else array.transpose(axes[-1], *axes[:-1])

    def _reduce(self, array: np.ndarray) -> np.ndarray:
        return self._turned(self._space.arithmetic.reduce(self._turned(array, back=True)))

    def _pairs(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self._reduce(x[..., :, None] * y[..., None, :])

    def _contract(self, array: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Σ_pq array_pq x_p y_q, over the longer side first."""
        if x.shape[-1] > y.shape[-1]:
            array, x, y = array.swapaxes(-1, -2), y, x
        return self._dot(self._dot(array, y[..., None, :]), x)

    def _dot(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Σ x y over the last axis, a power of two long: of as many products at a time as may be added."""
        step = min(x.shape[-1], TERMS)
        x, y = (array.reshape(*array.shape[:-1], -1, step) for array in (x, y))
        return self._reduce(self._reduce(np.einsum("...i,...i", x, y)).sum(axis=-1))


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
