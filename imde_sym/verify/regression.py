"""Orders as slopes over all steps, with confidence intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

STUDENT = (math.inf, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""Two-sided 95 % quantiles of Student's distribution by degrees of freedom; beyond them the normal one."""
NORMAL = 1.96


def fitted_slope(sizes: Sequence[float], errors: Sequence[float]) -> tuple[float, float]:
    """The slope of log error over log size by least squares, and half the width of its 95 % confidence interval.

    The interval is that of scattered data; what is left of higher powers of h is no scatter, and widens it. Two points have
    no interval: its width is inf.

    >>> slope, width = fitted_slope([0.4, 0.2, 0.1], [0.16, 0.04, 0.01])
    >>> round(slope, 6), round(width, 6)
    (2.0, 0.0)
    """
    x, y = np.log(np.asarray(sizes, float)), np.log(np.asarray(errors, float))
    x = x - x.mean()
    spread = float(x @ x)
    slope = float(x @ y) / spread
    residual = y - y.mean() - slope * x
    free = len(x) - 2
    quantile = STUDENT[free] if free < len(STUDENT) else NORMAL
    width = quantile * math.sqrt(float(residual @ residual) / free / spread) if free else math.inf
    return slope, width


def told(order: tuple[float, float] | None, digits: int = 2) -> str:
    """2.98 ± 0.031, or ± 0.03 with one digit."""
    if order is None:
        return "-"
    slope, width = order
    return f"{slope:.2f}" + (f" ± {width:.{digits}g}" if math.isfinite(width) else "")


def as_order(data: Any) -> tuple[float, float] | None:
    """A slope and its width from plain data."""
    return None if data is None else (float(data[0]), math.inf if data[1] is None else float(data[1]))


def order_data(order: tuple[float, float] | None) -> list[float | None] | None:
    """As plain data; an infinite width is None."""
    return None if order is None else [order[0], order[1] if math.isfinite(order[1]) else None]
