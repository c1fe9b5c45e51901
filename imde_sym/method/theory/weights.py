"""Elementary weights of Runge-Kutta stages, order by order."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ...rings import Arithmetic, Scalar
from ...rings.modular import TERMS
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
        stages = len(tableaux[0].b)
        self._phi, self._inner = arithmetic.zeros(stages, 0), arithmetic.zeros(stages, 0)  # φ and A φ

    def block(self, k: int, keep: bool = True) -> np.ndarray:
        """Φ(t) = Σ b_i φ_i(t) for the trees of order k; orders are asked for in turn, without `keep` this is the last."""
        ring, stages, here = self._ring, len(self._phi), self._table.block(k)
        u, w, root = (numbers[here] for numbers in (self._table.trunk, self._table.branch, self._table.root))
        out = ring.zeros(len(u))
        phi, inner = (ring.zeros(stages, len(u) if keep else 0) for _ in range(2))
        for part in ring.pieces(len(u), stages):
            value = self._unit(len(u[part])) if k == 1 else self._product(self._phi[:, u[part]], self._inner[:, w[part]])
            if keep:
                phi[:, part] = value
            for color, (A, b) in enumerate(zip(self._A, self._b, strict=True)):
                mine = root[part] == color if len(self._b) > 1 else slice(None)
                own = value[:, mine]
                out[part][mine] = self._dot(b, own)
                for i, row in enumerate(A if keep else []):
                    inner[i, part][mine] = self._dot(row, own)
        self._phi = np.concatenate([self._phi, phi], axis=1)
        self._inner = np.concatenate([self._inner, inner], axis=1)
        return out

    def _unit(self, count: int) -> np.ndarray:
        """The function 1 on the stages, so many times: shape (stages, count), as all functions here."""
        phi = self._ring.zeros(len(self._phi), count)
        phi[...] = self._ring.element(Fraction(1))
        return phi

    def _product(self, p: np.ndarray, q: np.ndarray) -> np.ndarray:
        """The product of functions on the stages."""
        return self._ring.reduce(p * q)

    def _dot(self, row: list[tuple[int, Any]], phi: np.ndarray) -> np.ndarray:
        total = self._ring.zeros(phi.shape[1])
        for n, (j, a) in enumerate(row, 1):
            total = total + phi[j] * a
            if n % (TERMS - 1) == 0:
                total = self._ring.reduce(total)
        return self._ring.reduce(total)


def elementary_weights(tableaux: Sequence[HasStages], order: int, arithmetic: Arithmetic) -> np.ndarray:
    """Φ(t) for all trees up to `order`, in the order of their numbers; one tableau for each colour. Cost: O(s² N(order))."""
    tree_table(len(tableaux)).grow(order)  # refuses what does not fit before anything is computed
    weights = StageWeights(tableaux, arithmetic)
    return np.concatenate([weights.block(k, k < order) for k in range(1, order + 1)])
