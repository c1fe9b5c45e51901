"""Float steps of multirate infinitesimal methods: inner solutions are collocation polynomials, found by Newton's method."""

from __future__ import annotations

import numpy as np

from ..codegen.numbers import nearest
from ..method import Multirate
from .newton import Coupling, solve_stages
from .slopes import FloatField
from .stepping import Step, float_step

INNER_NODES = 8
"""Gauss nodes of the collocation polynomials, which are of order 16."""


def _collocation() -> tuple[np.ndarray, np.ndarray]:
    """The nodes on [0, 1], and the integrals of their Lagrange polynomials to each node and, in the last row, to 1."""
    nodes = (1 + np.polynomial.legendre.leggauss(INNER_NODES)[0]) / 2
    n = np.arange(INNER_NODES)
    ends = np.append(nodes, 1.0)[:, None]
    # over Legendre polynomials, which keep the digits that powers lose
    basis = [np.polynomial.Legendre.basis(k, domain=[0, 1]) for k in n]
    values = np.array([p(nodes) for p in basis])
    integrals = np.array([p.integ(lbnd=0)(ends[:, 0]) for p in basis])
    return nodes, np.linalg.solve(values, integrals).T


class MultirateStep(Step):
    """The stages of the definition, one after the other."""

    def __init__(self, method: Multirate, field: FloatField):
        self.title = method.title
        self._fast, self._slow = field.parts
        nodes, self._integrals = _collocation()
        powers = np.array([nodes**k for k in range(len(method.layers))])
        # [i][j]: β_ij at the nodes
        self._beta = [
            [sum(float(nearest(m[i][j])) * row for m, row in zip(method.layers, powers, strict=True)) for j in range(i + 2)]
            for i in range(len(method.layers[0]))
        ]
        self._alpha, self._gamma = ([[float(nearest(x)) for x in row] for row in rows] for rows in (method.starts, method.drifts))
        self._durations = [float(nearest(x)) for x in method.durations]

    def move(self, x: np.ndarray, size: float) -> np.ndarray:
        """One step."""
        Y, slopes = [x], [self._slow.values(x)]
        for i, duration in enumerate(self._durations):
            moves = [y - x for y in Y]
            start = x + sum(a * move for a, move in zip(self._alpha[i], moves, strict=True))
            drift = sum(g * move for g, move in zip(self._gamma[i], moves, strict=True))
            speeds = drift + size * sum(b[:, None, None] * g for b, g in zip(self._beta[i], slopes, strict=False))
            known = start + np.tensordot(self._integrals, speeds, 1)  # at the nodes, and the new stage
            own = size * (self._integrals @ self._beta[i][-1])
            Y.append(self._reached(known, start, size * duration * self._integrals, own))
            if i + 1 < len(self._durations):
                slopes.append(self._slow.values(Y[-1]))
        return Y[-1]

    def _reached(self, known: np.ndarray, start: np.ndarray, fast: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Y_{i+1}: known plus integrals of the fast slopes at the nodes, plus its own slow slope."""
        implicit, n = bool(own.any()), INNER_NODES
        if not fast.any():
            return np.asarray(solve_stages(known[n:], start[None], [(self._slow, own[n:, None])])[0] if implicit else known[n])
        couplings: list[Coupling] = [(self._fast, np.hstack([fast, np.zeros((n + 1, 1))]))]
        if implicit:
            couplings.append((self._slow, np.hstack([np.zeros((n + 1, n)), own[:, None]])))
            return np.asarray(solve_stages(known, np.repeat(start[None], n + 1, 0), couplings)[n])
        inner = solve_stages(known[:n], np.repeat(start[None], n, 0), [(self._fast, fast[:n])])
        return np.asarray(
            known[n] + sum(w * self._fast.values(np.ascontiguousarray(y)) for w, y in zip(fast[n], inner, strict=True))
        )


@float_step.register
def _(method: Multirate, field: FloatField) -> Step:
    return MultirateStep(method, field)
