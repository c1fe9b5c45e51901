"""Levenberg-Marquardt with exact derivatives, for a handful of unknowns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.errors import LearningError
from .optimisers import FLAT, LARGEST

ROUNDS = 200
GENTLE = 1e-8
"""The first damping: a problem that is linear is solved in one step."""
SETTLED = 1e-13
"""A step this small, relative to the unknowns, ends the search."""
UNDETERMINED = 1e-10
"""Of singular values, relative to the largest, with columns of length 1."""


@dataclass(frozen=True)
class Found:
    """The minimum: unknowns (m,), residuals (N, d), their derivatives (N, d, m)."""

    values: np.ndarray
    residuals: np.ndarray
    jacobian: np.ndarray
    settled: bool

    @property
    def normal(self) -> np.ndarray:
        """JᵀJ."""
        J = self.jacobian.reshape(-1, len(self.values))
        product: np.ndarray = J.T @ J
        return product


def least_squares(residuals: Callable[[np.ndarray], tuple[Any, Any]], start: np.ndarray, names: Sequence[str]) -> Found:
    """The unknowns of least squares, from a start; the last m columns of the derivatives are those by the unknowns.

    Raises LearningError where the residuals are not finite at the start, or do not tell some of the unknowns.
    """
    c, m, damping = start, len(start), GENTLE
    r, J = residuals(c)
    if not (np.all(np.isfinite(r)) and np.all(np.isfinite(J))):
        raise LearningError(f"the step is not finite with {dict(zip(names, c, strict=True))}: give another start=")
    J = J[..., -m:]
    settled = False
    for _ in range(ROUNDS):
        flat = J.reshape(-1, m)
        curvature = np.sum(flat**2, axis=0)
        scale = np.sqrt(np.maximum(curvature, FLAT * curvature.max(initial=0.0)) * damping)
        move = np.linalg.lstsq(np.vstack([flat, np.diag(scale)]), np.concatenate([-r.ravel(), np.zeros(m)]), rcond=None)[0]
        trial = c + move
        new, slopes = residuals(trial)
        if np.all(np.isfinite(new)) and np.all(np.isfinite(slopes)) and np.sum(new**2) <= np.sum(r**2):
            c, r, J, damping = trial, new, slopes[..., -m:], max(damping / 10, 1e-15)
        else:
            damping *= 10
        if np.all(np.abs(move) <= SETTLED * (np.abs(c) + 1e-300)) or damping > LARGEST:
            settled = True
            break
    _determined(J.reshape(-1, m), names)
    return Found(c, r, J, settled)


def _determined(J: np.ndarray, names: Sequence[str]) -> None:
    lengths = np.linalg.norm(J, axis=0)
    if not np.all(lengths > 0):
        raise LearningError(f"the data do not tell {names[int(np.argmin(lengths))]}: it has no effect on them")
    _, sizes, directions = np.linalg.svd(J / lengths, full_matrices=False)
    if len(sizes) < len(names) or sizes[-1] < UNDETERMINED * sizes[0]:
        mixed = [n for n, v in zip(names, directions[-1], strict=True) if abs(v) > 0.1]
        raise LearningError(
            f"the data do not tell {', '.join(mixed)} apart: only a combination of them has an effect. Fix one of them (fixed=), "
            "or give more varied data"
        )
