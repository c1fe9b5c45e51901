"""Elementary weights of Runge-Kutta stages, order by order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...rings import Arithmetic, Scalar
from ...trees import TreeTable, tree_table
from .stages import HasStages


class StageWeights:
    """φ_i(t) for all stages i and trees t: φ(u ∘ w) = φ(u)·(A φ(w)), order by order (HNW II.2).

    One tableau for each colour: A and b are those of the root's colour (HLW III.2).
    """

    def __init__(self, tableaux: Sequence[HasStages], arithmetic: Arithmetic, table: TreeTable | None = None):
        self._ring, self._table = arithmetic, table or tree_table(len(tableaux))

        def elements(row: Sequence[Scalar]) -> list[tuple[int, Any]]:
            return [(j, arithmetic.element(a)) for j, a in enumerate(row) if a != 0]

        self._A = [[elements(row) for row in t.A] for t in tableaux]
        self._b = [elements(t.b) for t in tableaux]
        self._phi = arithmetic.zeros(0, len(tableaux[0].b))
        self._inner = arithmetic.zeros(0, len(tableaux[0].b))

    def block(self, k: int) -> np.ndarray:
        """Φ(t) = Σ b_i φ_i(t) for the trees of order k; orders are asked for in turn."""
        ring, here = self._ring, self._table.block(k)
        u, w = self._table.trunk[here], self._table.branch[here]
        phi = self._unit(len(u)) if k == 1 else self._product(self._phi[u], self._inner[w])
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

    def _unit(self, count: int) -> np.ndarray:
        """The function 1 on the stages, so many times."""
        phi = self._ring.zeros(count, self._phi.shape[1])
        phi[...] = self._ring.element(1)
        return phi

    def _product(self, p: np.ndarray, q: np.ndarray) -> np.ndarray:
        """The product of functions on the stages."""
        return self._ring.reduce(p * q)

    def _dot(self, row: list[tuple[int, Any]], phi: np.ndarray) -> np.ndarray:
        total = self._ring.zeros(len(phi))
        for j, a in row:
            total = self._ring.reduce(total + phi[:, j] * a)
        return total


def elementary_weights(tableaux: Sequence[HasStages], order: int, arithmetic: Arithmetic) -> np.ndarray:
    """Φ(t) for all trees up to `order`, in the order of their numbers; one tableau for each colour. Cost: O(s² N(order))."""
    tree_table(len(tableaux)).grow(order)  # refuses what does not fit before anything is computed
    weights = StageWeights(tableaux, arithmetic)
    return np.concatenate([weights.block(k) for k in range(1, order + 1)])
