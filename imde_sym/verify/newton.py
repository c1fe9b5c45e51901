"""Newton's method for the stages of many points at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..base.errors import ConvergenceError
from .slopes import Slope, quotients

MAX_ITERATIONS = 50
TOLERANCE = 1e-10
"""Of the last correction, relative: with exact Jacobians what is left after it is its square."""
Coupling = tuple[Slope, np.ndarray]
"""A function of the stages with the weights (m, m) of its values, powers of the step included."""


class UnsolvedError(ConvergenceError):
    """Newton's method failed at a point; `integrate` says in which step."""

    def __init__(self, residual: float, point: int):
        super().__init__(f"Newton's method did not converge: residual {residual:.2e}")
        self.residual, self.point = residual, point


def solve_stages(known: np.ndarray, start: np.ndarray, couplings: Sequence[Coupling]) -> np.ndarray:
    """Y_i = known_i + Σ W_ij F(Y_j), arrays (m, d, N), from a first guess. Raises UnsolvedError."""
    m, d, _ = known.shape

    def equations(y: np.ndarray, active: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        residual = y - known[..., active]
        matrix = np.repeat(np.eye(m * d)[:, :, None], len(active), 2).reshape(m, d, m, d, -1)
        for slope, W in couplings:
            for j in np.flatnonzero(W.any(axis=0)):
                values, jacobian = slope.both(np.ascontiguousarray(y[j]))
                for i in np.flatnonzero(W[:, j]):
                    residual[i] -= W[i, j] * values
                    matrix[i, :, j] -= W[i, j] * jacobian
        return residual, matrix.reshape(m * d, m * d, -1)

    return _newton(start, equations)


def solve_map(step: Callable[[np.ndarray], np.ndarray], x: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """y with step(y) = x, columns, from x or `start`; Jacobians are difference quotients. Raises UnsolvedError."""

    def equations(y: np.ndarray, active: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.asarray(step(y[0]) - x[:, active])[None], quotients(step, y[0])

    found: np.ndarray = _newton((x if start is None else start)[None], equations)[0]
    return found


def solve_beside(residual: Callable[[np.ndarray, np.ndarray], np.ndarray], x: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """The y with residual(x, y) = 0 at each of the columns x, from a first guess. Raises UnsolvedError."""
    d = len(x)
    if not len(guess):
        return guess

    def beside(z: np.ndarray) -> np.ndarray:
        return np.concatenate([z[:d], residual(np.ascontiguousarray(z[:d]), z[d:])])

    return solve_map(beside, np.concatenate([x, np.zeros_like(guess)]), np.concatenate([x, guess]))[d:]


def _newton(start: np.ndarray, equations: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Each point iterates until its own correction is small."""
    Y = start.copy()
    active = np.arange(Y.shape[-1])
    residual = np.full_like(Y, np.inf)
    for _ in range(MAX_ITERATIONS):
        y = np.ascontiguousarray(Y[..., active])
        residual, matrix = equations(y, active)
        if not np.all(np.isfinite(residual)):
            break
        right = residual.reshape(-1, len(active)).T[..., None]
        try:
            correction = np.linalg.solve(np.moveaxis(matrix, -1, 0), right)[..., 0].T.reshape(y.shape)
        except np.linalg.LinAlgError:
            break
        y = y - correction
        Y[..., active] = y
        change, scale = np.abs(correction).max(axis=(0, 1)), np.abs(y).max(axis=(0, 1))
        moving = ~(change <= TOLERANCE * np.maximum(scale, 1.0))
        if not moving.any():
            return Y
        active, residual = active[moving], residual[..., moving]
    sizes = np.nan_to_num(np.abs(residual).max(axis=(0, 1)), nan=np.inf)
    worst = int(np.argmax(sizes))
    raise UnsolvedError(float(sizes[worst]), int(active[worst]))
