"""The region of linear stability as a picture, of Runge-Kutta and of multistep methods."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..base.errors import ImdeError
from ..codegen.numbers import nearest
from ..method import LinearMultistep, Method
from .chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Chart

GRID = 101
Window = tuple[tuple[float, float], tuple[float, float]]
SHAPE = (WIDTH - LEFT - RIGHT) / (HEIGHT - TOP - BOTTOM)
SMALL = 1e-9
"""|R| = 1 on the axis is inside, rounding or not."""


@lru_cache(maxsize=64)
def stability_region(method: Method) -> str | None:
    """Where |R(z)| <= 1, or where the roots of ρ - zσ lie in the unit disc (Hairer, Wanner II, IV.2 and V.1); None for others."""
    try:
        with np.errstate(all="ignore"):
            found = _multistep(method) if isinstance(method, LinearMultistep) else _one_step(method)
    except ImdeError:
        return None
    if found is None:
        return None
    window, x, y, size = found
    chart = Chart(f"stability region of {method.title}", ("Re hλ", "Im hλ"), *window)
    chart.region(x, y, np.nan_to_num(size, nan=np.inf) - 1 - SMALL, "learned")
    chart.rule(0.0, "true", across=True)
    chart.rule(0.0, "true")
    return chart.svg()


def _equal(window: Window) -> Window:
    """The window widened until both directions have one scale."""
    (left, right), (low, high) = window
    wide, tall = SHAPE * (high - low), (right - left) / SHAPE
    if wide > right - left:
        middle = (left + right) / 2
        return (middle - wide / 2, middle + wide / 2), (low, high)
    middle = (low + high) / 2
    return (left, right), (middle - tall / 2, middle + tall / 2)


def _plane(window: Window, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y = np.linspace(*window[0], count), np.linspace(*window[1], 2 * count)
    return x, y, x[None, :] + 1j * y[:, None]


def _one_step(method: Method) -> tuple[Window, np.ndarray, np.ndarray, np.ndarray] | None:
    R = method.growth
    if R is None:
        return None
    real, imaginary = float(R.real_interval), float(R.imaginary_interval)
    if np.isfinite(real) and real > 0:
        high = max(1.3 * imaginary if np.isfinite(imaginary) else 0.0, 0.75 * real)
        window: Window = (-1.3 * real, 0.4 * real), (-high, high)
    else:
        reach = 3.0 * float(np.abs(np.roots(R.coefficients[1][::-1])).max(initial=1.0))
        window = (-reach, reach), (-reach, reach)
    window = _equal(window)
    x, y, z = _plane(window, GRID)
    return window, x, y, np.abs(R(z))


def _multistep(method: LinearMultistep) -> tuple[Window, np.ndarray, np.ndarray, np.ndarray]:
    alpha, beta = (np.array([complex(nearest(x)) for x in row]) for row in (method.alpha, method.beta))
    circle = np.exp(1j * np.linspace(0, 2 * np.pi, 361))
    locus = np.polyval(alpha[::-1], circle) / np.polyval(beta[::-1], circle)
    locus = locus[np.isfinite(locus) & (np.abs(locus) < 30)]
    reach = 1.25 * max(1.0, float(np.abs(locus.imag).max(initial=1.0)))
    left, right = float(locus.real.min(initial=-1.0)), float(locus.real.max(initial=1.0))
    room = 0.25 * max(right - left, reach)
    window: Window = (left - room, right + room), (-reach, reach)
    window = _equal(window)
    x, y, z = _plane(window, GRID // 2)
    p = alpha - z[..., None] * beta
    p = p / p[..., -1:]
    k = p.shape[-1] - 1
    matrix = np.zeros((*z.shape, k, k), complex)
    matrix[..., range(1, k), range(k - 1)] = 1
    matrix[..., :, -1] = -p[..., :-1]
    bad = ~np.isfinite(matrix).all(axis=(-2, -1))
    matrix[bad] = 0
    size = np.abs(np.linalg.eigvals(matrix)).max(axis=-1)
    size[bad] = np.inf
    return window, x, y, size
