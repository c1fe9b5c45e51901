"""Elementary weights of Runge-Kutta methods and the order they attain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.sharing import precision
from ..rings import Arithmetic, FractionArithmetic, MpmathArithmetic, Neighbours, Scalar, vanishes
from ..rings.modular import residues_for
from ..trees import TreeTable, tree_table

if TYPE_CHECKING:
    from .method import Method
    from .tableau import ButcherTableau


MAX_COMPUTED_ORDER = 14
MAX_OTHER_ORDER = 8
DIGITS = 60


class StageWeights:
    """φ_i(t) for all stages i and trees t: φ(u ∘ w) = φ(u)·(A φ(w)), order by order (HNW II.2).

    One tableau for each colour: A and b are those of the root's colour (HLW III.2).
    """

    def __init__(self, tableaux: Sequence[ButcherTableau], arithmetic: Arithmetic, table: TreeTable | None = None):
        self._ring, self._table = arithmetic, table or tree_table(len(tableaux))

        def elements(row: Sequence[Scalar]) -> list[tuple[int, Any]]:
            return [(j, arithmetic.element(a)) for j, a in enumerate(row) if a != 0]

        self._A = [[elements(row) for row in t.A] for t in tableaux]
        self._b = [elements(t.b) for t in tableaux]
        self._phi = arithmetic.zeros(0, tableaux[0].stages)
        self._inner = arithmetic.zeros(0, tableaux[0].stages)

    def block(self, k: int) -> np.ndarray:
        """Φ(t) = Σ b_i φ_i(t) for the trees of order k; orders are asked for in turn."""
        ring, here = self._ring, self._table.block(k)
        u, w = self._table.trunk[here], self._table.branch[here]
        if k == 1:
            phi = ring.zeros(len(u), self._phi.shape[1])
            phi[...] = ring.element(1)
        else:
            phi = ring.reduce(self._phi[u] * self._inner[w])
        inner, out = ring.zeros(*phi.shape[:2]), ring.zeros(len(phi))
        for color, (A, b) in enumerate(zip(self._A, self._b, strict=True)):
            mine = self._table.root[here] == color if len(self._b) > 1 else slice(None)
            own = phi[mine]
            for i, row in enumerate(A):
                inner[mine, i] = self._dot(row, own)
            out[mine] = self._dot(b, own)
        self._phi = np.concatenate([self._phi, phi])
        self._inner = np.concatenate([self._inner, inner])
        return out

    def _dot(self, row: list, phi: np.ndarray) -> np.ndarray:
        total = self._ring.zeros(len(phi))
        for j, a in row:
            total = self._ring.reduce(total + phi[:, j] * a)
        return total


def elementary_weights(tableaux: Sequence[ButcherTableau], order: int, arithmetic: Arithmetic) -> np.ndarray:
    """Φ(t) for all trees up to `order`, in the order of their numbers; one tableau for each colour. Cost: O(s² N(order))."""
    tree_table(len(tableaux)).grow(order)  # refuses what does not fit before anything is computed
    weights = StageWeights(tableaux, arithmetic)
    return np.concatenate([weights.block(k) for k in range(1, order + 1)])


def computed_order(method: Method, occurring: Callable[[int], np.ndarray] | None = None) -> int:
    """The highest p with Φ(t) = 1/γ(t) for all trees up to order p; at most 14 for tableaux, 8 for other families.

    occurring : order -> mask over all trees up to it, where only some of them matter

    Rational data are tested modulo four primes, which a condition that fails passes with probability below 2^-110;
    symbols exactly, algebraic numbers to 60 digits; conditions on rounded numbers hold if
    their rounding explains what is missing (`rings.rounding`).
    """
    arithmetic = order_arithmetic(method)
    if isinstance(arithmetic, FractionArithmetic):
        arithmetic = residues_for(method.coefficients)
    limit = MAX_COMPUTED_ORDER if hasattr(method, "tableaux") else MAX_OTHER_ORDER
    with precision(DIGITS):
        table = tree_table(method.colors)
        for k, block in zip(range(1, limit + 1), method.weight_blocks(arithmetic), strict=False):
            exact = [Fraction(1, int(d)) for d in table.density[table.block(k)]]
            difference = arithmetic.reduce(block - arithmetic.constants(exact))
            if occurring is not None:
                difference = difference[occurring(k)[table.block(k)]]
            if not arithmetic.vanishing(difference).all():
                return k - 1
    return limit


def order_arithmetic(method: Method) -> Arithmetic:
    """The arithmetic in which conditions on the method are tested; its `vanishing` says which hold."""
    if method.is_rounded:
        return Neighbours(method.half_units, method.coefficients)
    if method.parameters:
        return method.ring
    if all(isinstance(x, Fraction) for x in method.coefficients):
        # a handful of rationals: objects, with no primes to set up
        return FractionArithmetic()
    return MpmathArithmetic()


def holds(method: Method, residuals: Callable[[Callable[[Scalar], Any]], Iterable[Any]]) -> bool:
    """Whether conditions on the numbers of a method hold: exactly, or as far as rounding explains.

    residuals : what has to vanish, computed from the numbers after they went through the function that it is given
    """
    if not method.is_rounded:
        return all(vanishes(r) for r in residuals(lambda x: x))
    arithmetic = Neighbours(method.half_units, method.coefficients)
    found = list(residuals(arithmetic.element))
    return bool(arithmetic.vanishing(arithmetic.stack(found)).all())
