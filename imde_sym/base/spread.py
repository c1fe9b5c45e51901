"""Points spread evenly in a box, without randomness."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def spread_points(box: Sequence[tuple[float, float]], count: int) -> np.ndarray:
    """The R-sequence in a box: multiples of 1/φ, 1/φ², ... modulo 1, φ^(d+1) = φ + 1 (M. Roberts 2018)."""
    d = len(box)
    phi = 2.0
    for _ in range(60):
        phi = (1 + phi) ** (1 / (d + 1))
    alpha = phi ** -np.arange(1.0, d + 1)
    unit = (0.5 + np.arange(1, count + 1)[:, None] * alpha) % 1
    low, high = np.array(box).T
    return np.asarray(low + unit * (high - low))
