"""The mean of a function along orbits of a field: where it is not 0, the function is no derivative along the field.

The mean is weighted by a bump that vanishes with all derivatives at both ends; along quasi-periodic orbits it then converges
faster than any power of the time (Das, Sander, Yorke 2016). Orbits by the classical Runge-Kutta method in float64.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy

from ..base.errors import ImdeError
from ..equations.modified import ModifiedField
from ..fields.domain import point_of
from ..rings import to_sympy
from .expansion import numpy_function

UNITS = 200
"""Time scales of the field, by its Jacobian where it starts."""
FINE = 10
"""Steps in each."""
Function = Callable[[np.ndarray], np.ndarray]
SETTLED, NONE, FADED = 0.1, 1e-6, 2e-3
"""A mean is one if half the time gives it to so much, and it is larger than the second; there is none below the third."""
TURNS = 3.0
"""An orbit that is not so many times longer than it is wide has no mean yet."""
SPREAD = (0.0, 0.03, -0.05)
"""Relative distances of the starting points from the first one."""


def bump(count: int) -> np.ndarray:
    """Weights for so many values in equal distances, with sum 1."""
    times = (np.arange(count) + 0.5) / count
    weights: np.ndarray = np.exp(-1 / (times * (1 - times)))
    weights /= weights.sum()
    return weights


def mean_along(F: ModifiedField, rate: sympy.Expr) -> float | None:
    """The largest |mean| of the rate over some orbits of the field (not of F), beside the mean of its absolute values.

    Starts at the catalogue's x0, or at small fractions, and near it. 0.0 where means fade with the time; None where numbers
    are missing or not finite, or the orbits too short to say anything.
    """
    d = len(F.variables)
    try:
        given = point_of(F.field) if F.field.info.get("x0") is not None else [sympy.Rational(m + 2, m + 3) for m in range(d)]
        start = np.array([float(to_sympy(v)) for v in given])
        field, value = F.truncate(1).lambdify(), numpy_function([*F.variables], rate)
        with np.errstate(all="ignore"):
            slope = np.abs(F.truncate(1).lambdify(jacobian=True)(start, 0.0)[1]).sum(-1).max()
            points = start + np.outer(SPREAD, np.abs(start) + 0.1)
            return _mean(lambda x: field(x, 0.0), lambda x: value(*x.T) + 0 * x[:, 0], points, 1 / slope / FINE)
    except (ImdeError, TypeError, ZeroDivisionError):
        return None


def _mean(f: Function, g: Function, x: np.ndarray, dt: float) -> float | None:
    count = UNITS * FINE
    rates, length, low, high = [], np.zeros(len(x)), x, x
    for _ in range(count):
        rates.append(g(x))
        a = f(x)
        b = f(x + dt / 2 * a)
        c = f(x + dt / 2 * b)
        move = dt / 6 * (a + 2 * b + 2 * c + f(x + dt * c))
        x = x + move
        length, low, high = length + np.abs(move).max(-1), np.minimum(low, x), np.maximum(high, x)
    if not np.all(length > TURNS * (high - low).max(-1)):
        return None
    half, whole = (
        np.abs(w @ r) / (w @ np.abs(r)) for r in (np.array(rates[: count // 2]), np.array(rates)) for w in [bump(len(r))]
    )
    if not np.isfinite(whole).all():
        return None
    settled = (np.abs(whole - half) < SETTLED * whole) & (whole > NONE)
    if settled.any():
        return float(whole[settled].max())
    return 0.0 if whole.max() < FADED else None
