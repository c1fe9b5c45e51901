"""Conjugate symplecticity: methods that become symplectic after a change of coordinates (Stoffer 1988; HLW VI.8).

Many steps of such a method behave as those of a symplectic one. Order by order: grade k of log(a) must be the sum of a
commutator [w, h·f] and of a Hamiltonian field, b(u∘v) + b(v∘u) = 0. Then w is conjugated away, as for the effective order. It is
determined but for Hamiltonian fields, whose maps are symplectic and change nothing.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from sympy import QQ
from sympy.polys.matrices import DomainMatrix

from ..base.arguments import checked
from ..base.errors import SeriesError
from ..base.sharing import shared
from ..rings import vanishes
from ..trees import tree_table
from .bseries import BSeries, common
from .constructors import identity_series
from .effective import commutator, homogeneous
from .laws import compose, conjugate, exp, log
from .structure import check_tolerance

MAX_ORDER = 8


@checked
def conjugate_symplectic_order(a: BSeries, tolerance: float | None = None) -> int:
    """The highest p <= a.order up to which some χ makes χ ∘ a ∘ χ⁻¹ symplectic, for Hamiltonian f.

    At least the `symplectic_order` of a, which for a map is its pseudo-symplectic order (Aubry, Chartier 1998). Exact where a
    is. Takes maps of one colour and orders up to 8.
    tolerance : as for `order_of_accuracy`. Raises SeriesError for fields, several colours and higher orders.
    Cost: a system of linear equations in small integers at each order, solved once in a process.

    >>> from imde_sym import method_series, methods
    >>> [conjugate_symplectic_order(method_series(methods[name], 6)) for name in ("trapezoid", "average_vector_field", "rk4")]
    [6, 4, 4]
    """
    return _straightened(a, tolerance)[0]


@checked
def conjugate_to_symplectic(a: BSeries, tolerance: float | None = None) -> BSeries:
    """A χ for which `conjugate(a, χ)` is symplectic up to `conjugate_symplectic_order(a)`, and no χ does better.

    χ is determined up to symplectic maps. tolerance, cost, and what it raises : as for `conjugate_symplectic_order`
    Raises SeriesError for fields, several colours and higher orders.

    >>> from imde_sym import method_series, methods
    >>> from imde_sym.series import conjugate, symplectic_order
    >>> a = method_series(methods["trapezoid"], 5)
    >>> symplectic_order(a), symplectic_order(conjugate(a, conjugate_to_symplectic(a)))
    (2, 5)
    """
    return _straightened(a, tolerance)[1]


def _straightened(a: BSeries, tolerance: float | None) -> tuple[int, BSeries]:
    """The order, and the change of coordinates that reaches it."""
    if common(a)[1] > 1 or not a.is_map:
        raise SeriesError(f"conjugate symplecticity is asked of maps of one colour; here a(∅) = {a.empty}, {a.colors} colour(s)")
    if len(a) > tree_table().size(MAX_ORDER):
        raise SeriesError(f"conjugate_symplectic_order takes up to {tree_table().size(MAX_ORDER)} trees, got {len(a)}: truncate")
    check_tolerance(tolerance)
    b, change = log(a), identity_series(a.order)
    if not vanishes(b.rounded[0] - 1, tolerance):
        return 0, change
    for k in range(2, a.order + 1):
        rows, columns, inverse = _defect_solver(k)
        conditions, moves = _conditions(k), commutator(1, k)
        grade = np.array(b.rounded[tree_table().block(k)], object)
        defect = conditions @ grade
        w: list[Any] = [Fraction(0)] * moves.shape[1]
        for place, line in zip(columns, inverse, strict=True):
            w[place] = sum((m * defect[j] for j, m in zip(rows, line, strict=True) if m), Fraction(0))
        left = conditions @ (grade - moves @ np.array(w, object))
        if not all(vanishes(v, tolerance) for v in left):
            return k - 1, change
        if any(w):
            step = exp(-homogeneous(w, k - 1, b))
            b, change = log(conjugate(exp(b), step)), compose(change, step)
    return a.order, change


@shared
def _conditions(k: int) -> np.ndarray:
    """The rows b(u∘v) + b(v∘u), |u| + |v| = k, as an integer matrix on the coefficients of order k."""
    table = tree_table(1, k)
    rows = set()
    for m in range(1, k // 2 + 1):
        for u in range(table.start[m], table.start[m + 1]):
            for v in range(table.start[k - m], table.start[k - m + 1]):
                pair = [int(table.product(np.array([x]), np.array([y]))[0]) - table.start[k] for x, y in ((u, v), (v, u))]
                rows.add((min(pair), max(pair)))
    matrix = np.zeros((len(rows), table.start[k + 1] - table.start[k]), object)
    for row, places in enumerate(sorted(rows)):
        for place in places:
            matrix[row, place] += 1
    return matrix


@shared
def _defect_solver(k: int) -> tuple[tuple[int, ...], tuple[int, ...], list[list[Fraction]]]:
    """Independent rows and columns of conditions @ commutator, and the inverse of what they cut out."""
    given = _conditions(k) @ commutator(1, k)
    matrix = DomainMatrix([[QQ(int(x)) for x in row] for row in given], given.shape, QQ).to_sparse()
    columns = tuple(matrix.rref()[1])
    rows = tuple(matrix.transpose().rref()[1])
    if not columns:
        return (), (), []
    square = matrix.extract(list(rows), list(columns)).to_dense().inv().to_list()
    return rows, columns, [[Fraction(int(x.numerator), int(x.denominator)) for x in line] for line in square]
