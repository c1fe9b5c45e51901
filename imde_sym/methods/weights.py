"""Elementary weights of Runge-Kutta methods and the order they attain."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import mpmath
import numpy as np

from ..rings import Arithmetic, FractionArithmetic, ring_of
from ..trees import TreeTable, tree_table

if TYPE_CHECKING:
    from .tableau import ButcherTableau

MAX_COMPUTED_ORDER = 14
TOLERANCE = 1e-12
ROUNDED = 1e-10
DIGITS = 60


class StageWeights:
    """φ_i(t) for all stages i and trees t: φ(u ∘ w) = φ(u)·(A φ(w)), order by order (HNW II.2)."""

    def __init__(self, tableau: ButcherTableau, arithmetic: Arithmetic, table: TreeTable | None = None):
        self._ring, self._table = arithmetic, table or tree_table()
        self._A = [
            [(j, arithmetic.element(a)) for j, a in enumerate(row) if a != 0] for row in tableau.A
        ]
        self._b = [(i, arithmetic.element(b)) for i, b in enumerate(tableau.b) if b != 0]
        self._phi = arithmetic.zeros(0, tableau.stages)
        self._inner = arithmetic.zeros(0, tableau.stages)

    def block(self, k: int) -> np.ndarray:
        """Φ(t) = Σ b_i φ_i(t) for the trees of order k; orders are asked for in turn."""
        ring, here = self._ring, self._table.block(k)
        u, w = self._table.trunk[here], self._table.branch[here]
        if k == 1:
            phi = ring.zeros(len(u), self._phi.shape[1])
            phi[...] = ring.element(1)
        else:
            phi = ring.reduce(self._phi[u] * self._inner[w])
        inner = ring.zeros(*phi.shape[:2])
        for i, row in enumerate(self._A):
            inner[:, i] = self._dot(row, phi)
        self._phi = np.concatenate([self._phi, phi])
        self._inner = np.concatenate([self._inner, inner])
        return self._dot(self._b, phi)

    def _dot(self, row: list, phi: np.ndarray) -> np.ndarray:
        total = self._ring.zeros(len(phi))
        for j, a in row:
            total = self._ring.reduce(total + phi[:, j] * a)
        return total


def elementary_weights(tableau: ButcherTableau, order: int, arithmetic: Arithmetic) -> np.ndarray:
    """Φ(t) for all trees up to `order`, in the order of their numbers. Cost: O(s² N(order))."""
    weights = StageWeights(tableau, arithmetic)
    return np.concatenate([weights.block(k) for k in range(1, order + 1)])


def computed_order(tableau: ButcherTableau) -> int:
    """The highest p <= 14 with Φ(t) = 1/γ(t) for all trees up to order p.

    Rational data and symbols are tested exactly, algebraic numbers to 60 digits, floats within 1e-12,
    and entries that were published as rounded decimals (tag exact_decimal) within 1e-10.
    """
    arithmetic, tolerance = _order_arithmetic(tableau)
    with mpmath.workdps(DIGITS):
        weights, table = StageWeights(tableau, arithmetic), tree_table()
        for k in range(1, MAX_COMPUTED_ORDER + 1):
            here = table.block(k)
            exact = [Fraction(1, int(d)) for d in table.density[here]]
            difference = weights.block(k) - arithmetic.array(exact)
            if any(difference) if tolerance == 0 else max(map(abs, difference)) > tolerance:
                return k - 1
    return MAX_COMPUTED_ORDER


def _order_arithmetic(tableau: ButcherTableau) -> tuple[Arithmetic, float]:
    ring = tableau.ring
    if "exact_decimal" in tableau.tags:
        return ring_of([0.0]), ROUNDED
    if not ring.exact:
        return ring, TOLERANCE
    if tableau.parameters:
        return ring, 0
    if all(isinstance(x, Fraction) for x in tableau.coefficients):
        # a handful of rationals: objects, with no primes to set up
        return FractionArithmetic(), 0
    return ring_of([mpmath.mpf(0)]), 10.0 ** (15 - DIGITS)
