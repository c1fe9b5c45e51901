"""Sums of fractions as floats that lie on the safe side."""

from __future__ import annotations

import math
from fractions import Fraction

HUGE = Fraction(10) ** 400


def up(*values: Fraction | None) -> float:
    """The least float that is not below the sum; None stands for inf."""
    if None in values:
        return math.inf
    exact = sum((v for v in values if v is not None), Fraction(0))
    near = _float(exact)
    return near if near == math.inf or Fraction(near) >= exact else math.nextafter(near, math.inf)


def down(exact: Fraction) -> float:
    """The largest float that is not above."""
    near = _float(exact)
    return near if near < math.inf and Fraction(near) <= exact else math.nextafter(near, 0)


def _float(exact: Fraction) -> float:
    try:
        return float(exact)
    except OverflowError:
        return math.inf


def fraction(size: float) -> Fraction:
    """A size as a fraction; one that is not finite serves no bound, and is as good as any that is too large."""
    return Fraction(size) if math.isfinite(size) else HUGE


def finite(value: float) -> Fraction | None:
    """A size as a fraction; None for inf."""
    return Fraction(value) if math.isfinite(value) else None
