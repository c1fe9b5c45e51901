"""What a B-series preserves: order of accuracy, order of symplecticity."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from ..rings import Scalar, is_exact
from ..trees import FreeTree, RootedTree, free_tree, numbered, tree_table
from .bseries import BSeries
from .laws import log

TOLERANCE = 1e-10
"""How far float coefficients may miss a condition."""


def _first_failure(a: BSeries, block_defects: Callable[[int], list[Scalar]]) -> int:
    """The highest order up to which all defects vanish, capped at a.order."""
    for k in range(1, a.order + 1):
        if not all(_vanishes(d) for d in block_defects(k)):
            return k - 1
    return a.order


def _vanishes(value: Scalar) -> bool:
    if not is_exact(value):
        return bool(abs(value) < TOLERANCE)
    if isinstance(value, Fraction):
        return value == 0
    return bool(value.equals(0))


def order_of_accuracy(a: BSeries) -> int:
    """The highest p <= a.order with a(t) = 1/γ(t) for all trees up to order p (for a field: h·f up to p).

    >>> from imde_sym import method_series, methods
    >>> order_of_accuracy(method_series(methods["rk4"], 7))
    4
    """
    table = tree_table(a.colors)
    size = table.size(a.order)
    if a.is_map:
        exact = [Fraction(1, int(d)) for d in table.density[:size]]
    else:
        exact = [Fraction(int(k == 1)) for k in table.order[:size]]
    return _first_failure(
        a, lambda k: [v - e for v, e in zip(a.coefficients[table.block(k)], exact[table.block(k)], strict=True)]
    )


def symplectic_order(a: BSeries) -> int:
    """The highest p <= a.order up to which a map is symplectic, or a field Hamiltonian, for Hamiltonian f.

    A field: b(u∘v) + b(v∘u) = 0 for all trees with |u| + |v| <= p (HLW Thm IX.9.3; Calvo and
    Sanz-Serna 1994); a map is tested through its logarithm. Cost: O(N(order)²) at worst.

    >>> from imde_sym import method_series, methods
    >>> symplectic_order(method_series(methods["implicit_midpoint"], 7))
    7
    """
    b = log(a) if a.is_map else a
    table = tree_table(b.colors)
    values = np.empty(len(b), object)
    values[:] = b.coefficients

    def defects(k: int) -> list[Scalar]:
        found: list[Scalar] = []
        for m in range(1, k // 2 + 1):
            small, large = (np.arange(table.start[n], table.start[n + 1]) for n in (m, k - m))
            u, v = (x.ravel() for x in np.meshgrid(small, large))
            found.extend(set(values[table.product(u, v)] + values[table.product(v, u)]))
        return found

    return _first_failure(b, defects)


def energy_preserving_order(a: BSeries) -> int:
    """The highest p <= a.order up to which a map or field keeps the energy of every Hamiltonian f.

    A field b keeps it at order n iff Σ ± b(t)/σ(t) vanishes on every free tree: graft a leaf under the
    root of t, forget the root, and take the sign (-1)^distance from that leaf to the centre; trees with two
    centres and equal halves drop out (Celledoni, McLachlan, Owren, Quispel 2010). No ranks are computed,
    so the test is exact in any ring. A map is tested through its logarithm. Cost: O(order N(order)).

    >>> from imde_sym import method_series, methods
    >>> energy_preserving_order(method_series(methods["rk4"], 7))
    4
    """
    b = log(a) if a.is_map else a
    table = tree_table(b.colors)

    def defects(k: int) -> list[Scalar]:
        sums: dict[FreeTree, Scalar] = {}
        for i in range(table.start[k], table.start[k + 1]):
            free, distance = free_tree(RootedTree.with_children([numbered(table, i)]))
            if not free.superfluous:
                term = b.coefficients[i] / int(table.symmetry[i])
                sums[free] = sums.get(free, Fraction(0)) + (-term if distance % 2 else term)
        return list(sums.values())

    return _first_failure(b, defects)
