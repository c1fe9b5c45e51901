"""The substitution law: a B-series with another field in place of h·f (Chartier, Hairer, Vilmart 2010)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ..errors import SeriesError
from ..rings import Arithmetic, Scalar, ring_of
from ..trees import TreeSpace, TreeTable, graft_inside, numbered, tree_table
from .bseries import BSeries

MAX_ORDER = 11


def substitute(b: BSeries, a: BSeries) -> BSeries:
    """b ⋆ a: the series a (a map or a field) of the field b instead of h·f, truncated at the lower order.

    So substitute(b, exact_series(n)) is exp(b), and a modified equation b of a map a is characterised by
    substitute(b, exact_series(n)) = a. Raises SeriesError if b is no field, if the series have several
    colours, or beyond order 11. Cost: O(order² N(order)²) at worst.

    >>> from imde_sym import exact_series, inverse_modified_series, method_series, methods
    >>> m = methods["heun2"]
    >>> substitute(inverse_modified_series(m, 5), method_series(m, 5)) == exact_series(5)
    True
    """
    if not b.is_field:
        raise SeriesError(f"substitute needs a field b, b(∅) = 0; here b(∅) = {b.empty}")
    if a.colors != 1 or b.colors != 1:
        raise SeriesError("substitute takes series over trees of one colour")
    order, table = min(a.order, b.order), tree_table()
    if order > MAX_ORDER:
        raise SeriesError(f"substitute takes orders up to {MAX_ORDER}, got {order}: truncate first")
    field, series = b.truncate(order).coefficients, a.truncate(order).coefficients

    def compute(arithmetic: Arithmetic) -> np.ndarray:
        return _substitute(TreeSpace(table, order, arithmetic), field, series)

    return BSeries(order, ring_of([*field, *series]).run(compute), a.empty)


def _substitute(space: TreeSpace, field: tuple[Scalar, ...], series: tuple[Scalar, ...]) -> np.ndarray:
    """Σ a(t)/σ(t) F_b(t), with F_b(t) the elementary differentials of the field b as coefficient arrays.

    With t = u ∘ w, F(t) is the derivative of F(u) along F(w) less the graftings of w inside u, which have
    fewer branches at the root. Grade |t| of F_b(t) is known: b(τ)^|t| σ(t) at t alone.
    """
    ring, table = space.arithmetic, space.table
    b = ring.array(field)
    total = ring.zeros(len(field))
    differentials: list[Any] = [b]
    powers = [ring.element(Fraction(1))]
    for _ in range(space.order):
        powers.append(ring.reduce(powers[-1] * b[0]))
    for k in range(1, space.order + 1):
        numbers = range(table.start[k], table.start[k + 1])
        differentials.extend([None] * (numbers.stop - len(differentials)))
        for i in sorted(numbers, key=lambda i: len(numbered(table, i).children)):
            weight = ring.element(series[i] / int(table.symmetry[i]))
            leading = ring.reduce(powers[k] * ring.element(Fraction(int(table.symmetry[i]))))
            if k == space.order:
                total[i] = ring.reduce(total[i] + leading * weight)
                continue
            if k > 1:
                differentials[i] = _differential(space, differentials, i, k)
                differentials[i][i] = leading
            total = ring.reduce(total + differentials[i] * weight)
    return total


def _differential(space: TreeSpace, known: list[Any], i: int, k: int) -> np.ndarray:
    """F_b of tree number i, of order k, in the grades above k."""
    ring, table = space.arithmetic, space.table
    u, w = int(table.trunk[i]), int(table.branch[i])
    out = ring.zeros(table.size(space.order))
    for grade in range(k + 1, space.order + 1):
        trunk, branch = table.cuts(grade)
        out[table.block(grade)] = ring.reduce((known[u][trunk] * known[w][branch]).sum(axis=0))
    above = slice(table.start[k + 1], None)
    for number, times in _graftings(table, u, w):
        out[above] = ring.reduce(out[above] - known[number][above] * ring.element(Fraction(times)))
    return out


_cache: dict[tuple[int, int], list[tuple[int, int]]] = {}


def _graftings(table: TreeTable, u: int, w: int) -> list[tuple[int, int]]:
    if (u, w) not in _cache:
        grown = graft_inside(numbered(table, u), numbered(table, w))
        _cache[u, w] = [(tree.number(), times) for tree, times in grown.items()]
    return _cache[u, w]
