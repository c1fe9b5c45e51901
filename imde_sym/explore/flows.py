"""The exact flow of a field for pictures: Dormand and Prince's pair with steps of its own choosing, one point, plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from ..codegen.numbers import nearest
from ..method import methods

Function = Callable[[Sequence[float]], list[float]]
Row = list[tuple[int, float]]
TOLERANCE = 1e-6
MAX_CALLS = 9_000
"""Of the field, for one trajectory."""
FAR = 1e8
"""A trajectory that has grown by this factor is not followed further."""


@cache
def _pair() -> tuple[list[Row], Row]:
    """The nonzero entries of each row of A after the first, and those of b - b_hat; the last row of A is b."""
    m: Any = methods["dormand_prince5"]
    rows = [[(j, float(nearest(a))) for j, a in enumerate(row) if a] for row in m.A[1:]]
    error = [(j, float(nearest(b - e))) for j, (b, e) in enumerate(zip(m.b, m.b_hat, strict=True)) if b != e]
    return rows, error


def flow(f: Function, x0: Sequence[float], time: float, count: int) -> np.ndarray:
    """The solution at `count` equally spaced times from 0 to `time`, (count, d); nan from where it cannot be followed.

    Between its steps it is a cubic (Hermite), whose error is far below what a picture shows.
    """
    times, points, slopes = _steps(f, list(x0), time)
    t, x, v = np.array(times), np.array(points), np.array(slopes)
    wanted = np.linspace(0.0, time, count)
    found = np.full((count, len(x0)), np.nan)
    if len(t) < 2:
        found[0] = x0
        return found
    inside = wanted <= t[-1] * (1 + 1e-12)
    i = np.clip(np.searchsorted(t, wanted[inside], side="right") - 1, 0, len(t) - 2)
    h = (t[i + 1] - t[i])[:, None]
    s = (wanted[inside] - t[i])[:, None] / h
    with np.errstate(all="ignore"):
        found[inside] = (1 + 2 * s) * (1 - s) ** 2 * x[i] + s**2 * (3 - 2 * s) * x[i + 1]
        found[inside] += h * s * (1 - s) * ((1 - s) * v[i] - s * v[i + 1])
    return found


def _steps(f: Function, x: list[float], time: float) -> tuple[list[float], list[list[float]], list[list[float]]]:
    """Times, points and slopes, as far as the solution can be followed."""
    rows, error = _pair()
    far, t = FAR * max(1.0, *map(abs, x)), 0.0
    times, points, slopes = [0.0], [x], [[0.0] * len(x)]
    try:
        v = slopes[0] = f(x)
        speed, calls = max(map(abs, v)), 1
        h = min(time / 50, 0.01 * max(1.0, *map(abs, x)) / speed if speed else time)
        while t < time and calls < MAX_CALLS and h > 1e-14 * time and max(map(abs, x)) < far:
            h = min(h, time - t)
            k, y = [v], x
            for row in rows:
                y = [a + h * sum([w * k[j][i] for j, w in row]) for i, a in enumerate(x)]
                k.append(f(y))
            calls += len(rows)
            off = max(abs(h * sum([w * k[j][i] for j, w in error])) / (1.0 + abs(a)) for i, a in enumerate(y))
            if not off < math.inf:  # nan, too
                h /= 4
                continue
            if off <= TOLERANCE:
                t, x, v = (time if time - t <= h else t + h), y, k[-1]
                times.append(t)
                points.append(x)
                slopes.append(v)
            h *= min(4.0, max(0.2, 0.9 * (TOLERANCE / off) ** 0.2)) if off else 4.0
    except (ArithmeticError, ValueError):  # beyond the range of floats, or of a function
        pass
    return times, points, slopes
