"""Points in a box: spread evenly without randomness, or as a sampling draws them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .checks import check_count, check_word
from .errors import LearningError
from .libraries import library

SAMPLINGS = ("uniform", "sobol", "grid")
MAX_POINTS = 10_000_000


def spread_points(box: Sequence[tuple[float, float]], count: int) -> np.ndarray:
    """The R-sequence in a box: multiples of 1/φ, 1/φ², ... modulo 1, φ^(d+1) = φ + 1 (M. Roberts 2018)."""
    d = len(box)
    phi = 2.0
    for _ in range(60):
        phi = (1 + phi) ** (1 / (d + 1))
    alpha = phi ** -np.arange(1.0, d + 1)
    unit = (0.5 + np.arange(1, count + 1)[:, None] * alpha) % 1
    low, high = np.array(box).T
    points: np.ndarray = low + unit * (high - low)
    return points


def sample(box: Sequence[tuple[float, float]], count: int, sampling: str = "sobol", seed: int = 0) -> np.ndarray:
    """`count` points of a box, (count, d): "uniform" (random), "sobol" (scrambled), "grid" (count rounded to a power of d).

    Raises LearningError for another name or a count below 1, MissingLibraryError without SciPy for "sobol".

    >>> sample([(0, 1), (2, 4)], 4, "grid").tolist()
    [[0.0, 2.0], [0.0, 4.0], [1.0, 2.0], [1.0, 4.0]]
    """
    check_word(sampling, "sampling", SAMPLINGS, LearningError)
    count = check_count(count, "count", 1, MAX_POINTS, LearningError)
    d, bounds = len(box), np.array(box, dtype=float)
    if sampling == "grid":
        sides = max(1, round(count ** (1 / d)))
        axes = [np.linspace(low, high, sides) for low, high in bounds]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, d)
    if sampling == "uniform":
        unit = np.random.default_rng(seed).random((count, d))
    else:
        sobol = library("scipy.stats.qmc", "Sobol points", "scipy").Sobol(d, rng=np.random.default_rng(seed))
        unit = sobol.random_base2(max(0, (count - 1).bit_length()))[:count]
    points: np.ndarray = bounds[:, 0] + unit * (bounds[:, 1] - bounds[:, 0])
    return points
