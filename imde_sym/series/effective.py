"""Effective order: the order of a method after a change of coordinates (Butcher 1969; Butcher, Sanz-Serna 1996)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from sympy import QQ
from sympy.polys.matrices import DomainMatrix

from ..base.arguments import checked
from ..base.errors import SeriesError
from ..base.sharing import shared
from ..rings import Rounded, vanishes
from ..trees import tree_table
from .bseries import BSeries, common
from .laws import compose, exp, log
from .structure import check_tolerance

MAX_ORDER = 9


@checked
def effective_order(a: BSeries, tolerance: float | None = None) -> int:
    """The highest p <= a.order for which some map χ gives χ ∘ a ∘ χ⁻¹ order p.

    Many steps of a method of effective order p behave as those of a method of order p, once the starting
    value is processed by χ. Order by order: grade k of log(a) must be a commutator [w, h·f], whose w is
    then unique (the free pre-Lie algebra is free as a Lie algebra) and is conjugated away. Exact where a
    is. Takes orders up to 9 for one colour.
    tolerance : as for `order_of_accuracy`
    Cost: a linear system of N_k × N_(k-1) small integers at each order,
    solved once in a process.
    Raises SeriesError for a field or a negative tolerance.

    >>> from imde_sym import exact_series, inverse, method_series, methods
    >>> euler, rk4 = (method_series(methods[name], 5) for name in ("explicit_euler", "rk4"))
    >>> effective_order(compose(euler, rk4, inverse(euler)))
    4
    """
    common(a)
    if not a.is_map:
        raise SeriesError(f"the effective order is one of a map, a(∅) = 1; here a(∅) = {a.empty}")
    if len(a) > tree_table().size(MAX_ORDER):
        raise SeriesError(f"effective_order takes up to {tree_table().size(MAX_ORDER)} trees, got {len(a)}: truncate first")
    check_tolerance(tolerance)
    b, table = log(a), tree_table(a.colors, a.order)
    if not all(vanishes(v - 1, tolerance) for v in b.rounded[: table.colors]):
        return 0
    for k in range(2, a.order + 1):
        rows, solution = _commutator_solver(table.colors, k)
        known = b.rounded[table.block(k)]
        w = [sum((m * known[j] for j, m in zip(rows, line, strict=True) if m), Fraction(0)) for line in solution]
        if not all(vanishes(known[i] - v, tolerance) for i, v in enumerate(commutator(table.colors, k) @ np.array(w, object))):
            return k - 1
        if k < a.order and not all(vanishes(x, tolerance) for x in w):
            change = exp(homogeneous(w, k - 1, b))
            b = log(compose(change, exp(b), exp(-log(change))))
    return a.order


def homogeneous(w: list[Any], k: int, like: BSeries) -> BSeries:
    """The field with these coefficients at order k and zeros elsewhere."""
    values: list[Any] = [Fraction(0)] * len(like)
    values[tree_table(like.colors).block(k)] = w
    pairs = [(v.value, v.error) if isinstance(v, Rounded) else (v, 0.0) for v in values]
    return BSeries(like.order, [v for v, _ in pairs], 0, like.colors, errors=[e for _, e in pairs])


@shared
def commutator(colors: int, k: int) -> np.ndarray:
    """The integer matrix of w -> [w, τ] from grade k - 1 to grade k, τ the sum of the one-node trees.

    [w, τ] is the grade k that conjugation by exp(w) takes from the field: Dw·τ - Dτ·w.
    """
    table = tree_table(colors)
    trunk, branch = table.cuts(k)
    size = table.block(k).stop - table.block(k).start
    matrix = np.zeros((size, table.start[k] - table.start[k - 1]), object)
    for inner, outer in zip(trunk, branch, strict=True):
        for sign, one, other in ((1, outer, inner), (-1, inner, outer)):
            rows = np.flatnonzero(table.order[one] == 1)
            np.add.at(matrix, (rows, other[rows] - table.start[k - 1]), sign)
    return matrix


@shared
def _commutator_solver(colors: int, k: int) -> tuple[tuple[int, ...], list[list[Fraction]]]:
    """Rows that determine w, and the inverse of the matrix in those rows (only [τ, τ] = 0 is lost, at k = 2)."""
    given = commutator(colors, k)
    matrix = DomainMatrix([[QQ(int(x)) for x in row] for row in given], given.shape, QQ).to_sparse()
    rows = tuple(matrix.transpose().rref()[1])
    columns = tuple(matrix.rref()[1])
    square = matrix.extract(list(rows), list(columns)).to_dense().inv().to_list()
    lines = [[Fraction(0)] * len(rows) for _ in range(matrix.shape[1])]
    for place, line in zip(columns, square, strict=True):
        lines[place] = [Fraction(int(x.numerator), int(x.denominator)) for x in line]
    return rows, lines
