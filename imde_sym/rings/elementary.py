"""exp, sin, cos, tanh and their like over many balls at once, by sums and products of arrays whose rounding is bounded.

What a library's exp misses is known from trials only, so none is called: arguments are reduced by multiples of log 2 and π/2
(two floats each, the first with so few digits that its multiples are exact, as in fdlibm), and a Taylor polynomial is summed by
Horner's rule. Of its n sums and products 2 n units at most remain (Higham 2002, section 5.1), of what is cut off less than one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

ERROR = 2.0**-47
"""64 units: Horner's 2·14 times e^0.35 over e^-0.35, or 2·10 times cosh 0.8, and a few of the reduction. Relative for exp,
absolute for sin and cos."""
LOG2 = 6.93147180369123816490e-01, 1.90821492927058770002e-10
HALF_PI = 1.57079632673412561417e00, 6.07710050650619224932e-11
"""The first has 20 zero bits at its end; both together are right to 1e-26."""
LARGEST_ANGLE = 1e5
LARGEST = 700.0
"""Beyond it e^x is near the end of what a float holds."""
LOST = 1e-300
"""More than e^x below -LARGEST, and than what is lost as it underflows."""
SMALL = 0.1
FAR_FROM_POLES = 1e4
"""Values of tanh up to which the errors of 1 + e^-2z are small beside it."""
TERMS = 14
Parts = tuple[np.ndarray, Any]
"""Values at the centres, and how far a ball's values are from them at most."""


def _horner(x: np.ndarray, coefficients: list[float]) -> np.ndarray:
    total = np.full_like(x, coefficients[-1])
    for c in coefficients[-2::-1]:
        total *= x
        total += c
    return total


_EXP = [1 / math.factorial(k) for k in range(TERMS)]
_SIN = [(-1) ** k / math.factorial(2 * k + 1) for k in range(10)]
_COS = [(-1) ** k / math.factorial(2 * k) for k in range(10)]


def _exp(x: np.ndarray) -> np.ndarray:
    """e^x within ERROR, relative; inf beyond LARGEST, and with 1e-300 lost below -LARGEST."""
    held = np.clip(x, -LARGEST, LARGEST)
    k = np.rint(held * (1 / math.log(2)))
    rest = (held - k * LOG2[0]) - k * LOG2[1]
    value: np.ndarray = np.ldexp(_horner(rest, _EXP), k.astype(int))
    return np.asarray(np.where(x > LARGEST, np.inf, np.where(x < -LARGEST, 0.0, value)))


def _circle(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """cos x and sin x within ERROR, nan for arguments beyond LARGEST_ANGLE."""
    x = np.where(np.abs(x) <= LARGEST_ANGLE, x, np.nan)
    k = np.rint(x * (2 / math.pi))
    rest = (x - k * HALF_PI[0]) - k * HALF_PI[1]
    square = rest * rest
    cos, sin = _horner(square, _COS), rest * _horner(square, _SIN)
    quarter = np.where(np.isnan(k), 0, k).astype(int) % 4
    return np.choose(quarter, [cos, -sin, -cos, sin]), np.choose(quarter, [sin, cos, -sin, -cos])


def _growth(r: np.ndarray) -> np.ndarray:
    """At least e^r - 1."""
    short = r + r * r * 0.55  # 1/2 + r/6 + ... for r up to SMALL
    return np.where(r < SMALL, short, _exp(np.maximum(r, SMALL)) * (1 + 3 * ERROR) - 1) * (1 + ERROR)


def _hyperbolic(r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At least cosh r - 1 and sinh r, both of which grow with e^r - 1."""
    grown = _growth(r)
    share = grown / (1 + grown)
    return grown * share * (0.5 + ERROR), (grown + share) * (0.5 + ERROR)


def exp(c: np.ndarray, r: np.ndarray) -> Parts:
    """e^z: the moduli of the series about the centre."""
    size = _exp(c.real)
    error = size * ((1 + ERROR) * _growth(r) + 2 * ERROR) + LOST * (1 + _growth(r))
    if c.dtype.kind != "c":
        return size, error
    cos, sin = _circle(c.imag)
    return size * cos + 1j * (size * sin), error + 4 * ERROR * size


def sin(c: np.ndarray, r: np.ndarray) -> Parts:
    """sin z."""
    return _wave(c, r, 1)


def cos(c: np.ndarray, r: np.ndarray) -> Parts:
    """cos z."""
    return _wave(c, r, 0)


def _wave(c: np.ndarray, r: np.ndarray, which: int) -> Parts:
    """cos (0) or sin (1): f(c) (cos t - 1) and f'(c) sin t, for all |t| <= r."""
    flat = _circle(c.real)
    if c.dtype.kind != "c":
        own, other = flat[which], flat[1 - which]
        error = np.abs(own) * np.minimum(r * r / 2, 2.0) + np.abs(other) * np.minimum(r, 1.0)
        return own, error * (1 + ERROR) + 4 * ERROR
    up, down = _exp(c.imag), _exp(-c.imag)
    high, low = (up + down) / 2, (up - down) / 2
    x, y = flat
    size = high * (1 + 2 * ERROR)
    values = [x * high - 1j * (y * low), y * high + 1j * (x * low)]
    own, other = (np.abs(v) + 8 * ERROR * size for v in (values[which], values[1 - which]))
    even, odd = _hyperbolic(r)
    return values[which], (own * even + other * odd) * (1 + ERROR) + 8 * ERROR * size + LOST


def tanh(c: np.ndarray, r: np.ndarray) -> Parts:
    """tanh z, odd; on the reals it grows, and where Re z >= 0 it is 2/(1 + e^-2z) - 1, in which e^-2z is not large."""
    if c.dtype.kind != "c":
        low, high = _rise(c - r), _rise(c + r)
        return (low + high) / 2, (high - low) / 2 + 2 * ERROR
    left = c.real < 0
    near, error = exp(np.where(left, 2 * c, -2 * c), 2 * r)
    whole = 1 + near
    size = np.abs(whole) * (1 - ERROR)
    least = size - error
    radius = np.where(least > 0, 2 * error / (size * least), np.inf) * (1 + ERROR) + 8 * ERROR / size + ERROR
    value = 2 / whole - 1
    return np.where(left, -value, value), np.fmin(radius, _across(np.abs(value), np.abs(4 * near / (whole * whole)), r))


def _across(size: np.ndarray, slope: np.ndarray, r: np.ndarray) -> np.ndarray:
    """The same where e^-2z may be large: |tanh(c+t) - tanh c| = |tanh t (1 - tanh² c)/(1 + tanh c tanh t)|, |tanh t| <= tan r.

    size, slope : |tanh c| and |1 - tanh² c|, as they came out of e^-2c with an error below 6 ERROR
    """
    missed = 32 * ERROR * (1 + size * size)
    cos, sin = _circle(np.minimum(r, 1.5))
    tan = np.where(r < 1.5, (sin + ERROR) / (cos - ERROR) * (1 + ERROR), np.inf)
    left = 1 - (size + missed) * tan
    found = tan * (slope + missed * (1 + size)) / left * (1 + ERROR) + missed
    return np.where((left > 0) & (size < FAR_FROM_POLES), found, np.inf)


def _rise(x: np.ndarray) -> np.ndarray:
    """tanh x for reals, within an ERROR."""
    fall = _exp(-2 * np.abs(x))
    return np.asarray(np.copysign((1 - fall) / (1 + fall), x))


FUNCTIONS: dict[str, Callable[[np.ndarray, np.ndarray], Parts]] = {
    "exp": exp,
    "sin": sin,
    "cos": cos,
    "tanh": tanh,
}
"""Functions of the centres and radii of balls; a radius that is inf or nan tells that nothing was found."""
