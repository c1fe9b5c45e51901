"""What a B-series preserves: orders of accuracy, symplecticity, symmetry and energy."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from ..base.arguments import checked
from ..base.errors import SeriesError
from ..rings import Rounded, Scalar, vanishes
from ..trees import FreeTree, RootedTree, free_tree, numbered, tree_table
from .bseries import BSeries, common
from .constructors import exact_series
from .laws import log

SPLITTINGS = ("partitioned", "separable", "additive")


Defect = Scalar | Rounded


def check_tolerance(tolerance: object) -> None:
    """Raise SeriesError unless it is a number that is not negative, or None."""
    if tolerance is not None and (isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not tolerance >= 0):
        raise SeriesError(f"tolerance must be a number that is not negative, got {tolerance!r}")


def _first_failure(a: BSeries, block_defects: Callable[[int], list[Defect]], tolerance: float | None) -> int:
    """The highest order up to which all defects vanish, capped at a.order."""
    check_tolerance(tolerance)
    for k in range(1, a.order + 1):
        if not all(vanishes(d, tolerance) for d in block_defects(k)):
            return k - 1
    return a.order


def _field_of(a: BSeries) -> BSeries:
    """A field as it is, a map's logarithm."""
    common(a)
    if not (a.is_map or a.is_field):
        raise SeriesError(f"a map, a(∅) = 1, or a field, a(∅) = 0, is needed; here a(∅) = {a.empty}")
    return log(a) if a.is_map else a


def accuracy_defects(a: BSeries) -> BSeries:
    """a less the exact flow (or, for a field, less h·f): what the order conditions ask to vanish."""
    exact = exact_series(*common(a))
    if a.is_map:
        return a - exact
    _field_of(a)
    return a - BSeries.from_rule(lambda t: Fraction(int(t.order == 1)), a.order, 0, a.colors)


@checked
def order_of_accuracy(a: BSeries, tolerance: float | None = None) -> int:
    """The highest p <= a.order with a(t) = 1/γ(t) for all trees up to order p (for a field: h·f up to p).

    tolerance : how far a condition may be missed. By default as far as the rounding of the method's numbers explains:
                exact ones must meet it exactly, floats of unknown origin within 1e-12
    Raises SeriesError for what is not a map or a field, or a negative tolerance.

    >>> from imde_sym import method_series, methods
    >>> order_of_accuracy(method_series(methods["rk4"], 7))
    4
    """
    table, defects = tree_table(a.colors, a.order), accuracy_defects(a).rounded
    return _first_failure(a, lambda k: list(defects[table.block(k)]), tolerance)


@checked
def symplectic_order(a: BSeries, splitting: str | None = None, tolerance: float | None = None, quadratic: bool = False) -> int:
    """The highest p <= a.order up to which a map is symplectic, or a field Hamiltonian, for Hamiltonian f.

    A field: b(u∘v) + b(v∘u) = 0 for all trees with |u| + |v| <= p (HLW Thm IX.9.3; Calvo and
    Sanz-Serna 1994); a map is tested through its logarithm. With several colours, `splitting` says what
    the parts of the field are:

    "partitioned" : the q and the p components of one H(q, p) (two colours; the default there): the
                    condition for roots of different colours, and b(t) free of the colour of the root
    "separable"   : the same for H = T(p) + V(q), where the second condition is not needed (HLW VI.7)
    "additive"    : Hamiltonian fields of their own (the default otherwise): the condition for all pairs

    tolerance : as for `order_of_accuracy`
    quadratic : whether f has components of degree 2 only (cubic H), for one colour: the elementary differentials of
                trees with a node of three branches vanish, so that their coefficients are free
    Raises SeriesError for other words. Cost: O(N(order)²) at worst.

    >>> from imde_sym import method_series, methods
    >>> symplectic_order(method_series(methods["implicit_midpoint"], 7))
    7
    """
    b = _field_of(a)
    kind = splitting or ("partitioned" if b.colors == 2 else "additive")
    if kind not in SPLITTINGS or (kind != "additive" and b.colors != 2):
        raise SeriesError(f"splitting {splitting!r}; accepted: 'additive', and for two colours {', '.join(SPLITTINGS[:2])}")
    table = tree_table(b.colors, b.order)
    if quadratic:
        if b.colors > 1:
            raise SeriesError(f"quadratic=True takes series of one colour; here there are {b.colors}")
        return _first_failure(b, lambda k: _quadratic_defects(b, k), tolerance)
    values = np.empty(len(b), object)
    values[:] = b.rounded

    def defects(k: int) -> list[Defect]:
        found: list[Defect] = []
        for m in range(1, k // 2 + 1):
            small, large = (np.arange(table.start[n], table.start[n + 1]) for n in (m, k - m))
            u, v = (x.ravel() for x in np.meshgrid(small, large))
            if kind != "additive":
                different = table.root[u] != table.root[v]
                u, v = u[different], v[different]
            found.extend(set(values[table.product(u, v)] + values[table.product(v, u)]))
        if kind == "partitioned":
            found.extend(_root_color_defects(b, k))
        return found

    return _first_failure(b, defects, tolerance)


def _branching(tree: RootedTree) -> int:
    """The largest number of branches of a node."""
    return max([len(tree.children), *map(_branching, tree.children)])


def _quadratic_defects(b: BSeries, k: int) -> list[Defect]:
    """What keeps the terms of grade k that a quadratic f leaves from being a Hamiltonian field.

    The coefficients ±b(t) of the rootings of one free tree, with the sign of the distance to its centre, must be
    equal, those that vanish left out; for a superfluous tree they must be 0.
    """
    table, values = tree_table(1, b.order), b.rounded
    first: dict[FreeTree, Defect] = {}
    defects = []
    for i in range(table.start[k], table.start[k + 1]):
        if _branching(numbered(table, i)) > 2:
            continue
        free, distance = free_tree(numbered(table, i))
        value = -values[i] if distance % 2 else values[i]
        defects.append(value if free.superfluous else value - first.setdefault(free, value))
    return defects


def _root_color_defects(b: BSeries, k: int) -> list[Defect]:
    """Differences of coefficients between trees that differ in the colour of the root only."""
    first: dict[tuple[RootedTree, ...], Defect] = {}
    defects = []
    table, values = tree_table(b.colors, b.order), b.rounded
    for i in range(table.start[k], table.start[k + 1]):
        t = numbered(table, i)
        defects.append(values[i] - first.setdefault(t.children, values[i]))
    return defects


@checked
def symmetric_order(a: BSeries, tolerance: float | None = None) -> int:
    """The highest p <= a.order up to which a map equals its adjoint, or a field has odd orders of trees only.

    (HLW Thm IX.2.2: the modified field of a symmetric method is even in h.) tolerance : as for `order_of_accuracy`
    Raises SeriesError for what is not a map or a field, or a negative tolerance.

    >>> from imde_sym import method_series, methods
    >>> symmetric_order(method_series(methods["trapezoid"], 6)), symmetric_order(method_series(methods["rk4"], 6))
    (6, 5)
    """
    b, table = _field_of(a), tree_table(a.colors, a.order)
    values = b.rounded
    return _first_failure(b, lambda k: [] if k % 2 else values[table.block(k)], tolerance)


@checked
def energy_preserving_order(a: BSeries, tolerance: float | None = None, quadratic: bool = False) -> int:
    """The highest p <= a.order up to which a map or field keeps the energy of every Hamiltonian f.

    A field b keeps it at order n iff Σ ± b(t)/σ(t) vanishes on every free tree: graft a leaf under the
    root of t, forget the root, and take the sign (-1)^distance from that leaf to the centre; trees with two
    centres and equal halves drop out (Celledoni, McLachlan, Owren, Quispel 2010). No ranks are computed,
    so the test is exact in any ring. A map is tested through its logarithm. tolerance : as for `order_of_accuracy`.
    quadratic : whether f has components of degree 2 only, as for cubic H: then trees with a node of three branches
                vanish, and so do free trees with a node of four neighbours
    Raises SeriesError for several colours. Cost: O(order N(order)).

    >>> from imde_sym import method_series, methods
    >>> energy_preserving_order(method_series(methods["rk4"], 7))
    4
    """
    if common(a)[1] > 1:
        raise SeriesError(f"the energy test takes series of one colour; here there are {a.colors}")
    b, table = _field_of(a), tree_table(1, a.order)
    values = b.rounded

    def defects(k: int) -> list[Defect]:
        sums: dict[FreeTree, Defect] = {}
        for i in range(table.start[k], table.start[k + 1]):
            if quadratic and _branching(numbered(table, i)) > 2:
                continue
            free, distance = free_tree(RootedTree.with_children([numbered(table, i)]))
            if not free.superfluous:
                term = values[i] / int(table.symmetry[i])
                sums[free] = sums.get(free, Fraction(0)) + (-term if distance % 2 else term)
        return list(sums.values())

    return _first_failure(b, defects, tolerance)
