"""The accuracy of a Runge-Kutta method: simplifying assumptions and principal error.

Conditions are tested as `order` tests its own: exactly for rational data and symbols, to 60 digits for
algebraic numbers, to what their rounding explains for rounded numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ...base.sharing import precision
from ...rings import Scalar
from ...trees import RootedTree, rooted_trees, tree_table
from .numbers import Numbers
from .order import DIGITS
from .stages import HasStages
from .weights import elementary_weights


class SimplifyingAssumptions(NamedTuple):
    """The largest p, q, r with B(p), C(q), D(r) (HNW II.7); math.inf where a condition never fails."""

    B: int | float
    C: int | float
    D: int | float


def simplifying_assumptions(stages: HasStages, numbers: Numbers) -> SimplifyingAssumptions:
    """B(p): Σ b_i c_i^(k-1) = 1/k, C(q): Σ_j a_ij c_j^(k-1) = c_i^k / k, D(r): Σ_i b_i c_i^(k-1) a_ij = b_j (1 - c_j^k) / k.

    Each for k up to p, q, r, with the row sums of A for c. An s-point rule that integrates 2s + 1 powers exactly is empty,
    so the search ends there. Cost: O(s³) operations.
    """
    arithmetic = numbers.arithmetic
    with precision(DIGITS):
        zero, one = arithmetic.constants([Fraction(0), Fraction(1)])
        A = [[arithmetic.element(a) for a in row] for row in stages.A]
        b = [arithmetic.element(x) for x in stages.b]
        places = range(len(b))
        c = [sum(row, zero) for row in A]

        def dot(x: Sequence[Any], y: Sequence[Any]) -> Any:
            return sum((u * v for u, v in zip(x, y, strict=True)), zero)

        def largest(residuals: Callable[[list[Any], Any], list[Any]]) -> int | float:
            powers = [one] * len(b)
            for k in range(1, 2 * len(b) + 2):
                found = residuals(powers, arithmetic.constants([Fraction(1, k)])[0])
                if not arithmetic.vanishing(arithmetic.stack(found)).all():
                    return k - 1
                powers = [p * x for p, x in zip(powers, c, strict=True)]
            return math.inf

        return SimplifyingAssumptions(
            largest(lambda powers, share: [dot(b, powers) - share]),
            largest(lambda powers, share: [dot(A[i], powers) - powers[i] * c[i] * share for i in places]),
            largest(
                lambda powers, share: [
                    dot([x * p for x, p in zip(b, powers, strict=True)], [A[i][j] for i in places])
                    - b[j] * (one - powers[j] * c[j]) * share
                    for j in places
                ]
            ),
        )


def principal_error(stages: HasStages, numbers: Numbers, order: int) -> dict[RootedTree, Scalar]:
    """(Φ(t) - 1/γ(t)) / σ(t) for the trees of order p + 1: the h^(p+1) term of the local error of order p, tree by tree.

    Exact for rational data and symbols, 60 digits for algebraic numbers. Cost: O(s² N(p + 1)).
    """
    k, arithmetic = order + 1, numbers.arithmetic
    with precision(DIGITS):
        table = tree_table()
        here = table.block(k)
        exact = arithmetic.constants([Fraction(1, int(d)) for d in table.density[here]])
        found = arithmetic.public(elementary_weights([stages], k, arithmetic)[here] - exact)
        return {t: x / t.symmetry for t, x in zip(rooted_trees(k), found, strict=True)}
