"""Constants of programs as text: rationals as quotients of integers, everything else correctly rounded."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy

from ..base.errors import CodegenError, shown
from ..rings import Scalar, evaluated, scalar, to_sympy

DOUBLE, SINGLE = 53, 24
"""Bits of the significand."""
WIDEST = 1100
"""Bits before or behind the point that no double has."""
BEYOND = "a constant of this field is beyond the range of the target's numbers"


def nearest(value: Scalar, bits: int = DOUBLE) -> Any:
    """The nearest double or complex double; with 24 bits the nearest single precision number, as a double.

    Raises CodegenError beyond the range of doubles (or singles).
    """
    if isinstance(value, float):
        exact, rounded = Fraction(value), value
    elif isinstance(value, Fraction):
        exact = value
        try:
            rounded = value.numerator / value.denominator
        except OverflowError:
            rounded = math.inf
    else:
        digits = evaluated(value if isinstance(value, sympy.Basic) else to_sympy(scalar(value)), 40)
        if not digits.is_number or not digits.is_finite:
            raise CodegenError(f"{shown(value)} has no finite value as a number")
        real, imaginary = map(_digits, digits.as_real_imag())
        return complex(nearest(real, bits), nearest(imaginary, bits)) if imaginary else nearest(real, bits)
    if bits == SINGLE and math.isfinite(rounded):
        rounded = _single(exact, rounded)
    if not math.isfinite(rounded):
        raise CodegenError(BEYOND)
    return rounded


def _digits(value: sympy.Expr) -> Fraction:
    """A number of sympy's as the fraction that its digits are; exp(10**900) has too many before the point."""
    if not isinstance(value, sympy.Float):
        return Fraction(str(value))
    sign, mantissa, exponent, bits = value._mpf_
    if exponent + bits > WIDEST:
        raise CodegenError(BEYOND)
    return Fraction((-1) ** sign * int(mantissa)) * Fraction(2) ** exponent if exponent + bits > -WIDEST else Fraction(0)


def _single(exact: Fraction, rounded: float) -> float:
    """Rounding to double and then to single may miss the nearest one: look at the neighbours too."""
    with np.errstate(over="ignore"):
        x = np.float32(rounded)
    near = [float(v) for v in (np.nextafter(x, np.float32(-np.inf)), x, np.nextafter(x, np.float32(np.inf)))]
    return min((v for v in near if math.isfinite(v)), key=lambda v: abs(Fraction(v) - exact)) if np.isfinite(x) else math.inf


def real_text(value: Any, bits: int = DOUBLE, suffix: str = "") -> str:
    """A floating-point literal, or a quotient of two exact ones, such as -5.0/12.0."""
    if isinstance(value, Fraction):
        if value < 0:
            return "-" + real_text(-value, bits, suffix)
        if max(value.numerator, value.denominator) < 2**bits:
            top = f"{value.numerator}.0{suffix}"
            return top if value.denominator == 1 else f"{top}/{value.denominator}.0{suffix}"
    rounded = nearest(value, bits)
    return (repr(rounded) if bits == DOUBLE else str(np.float32(rounded))) + suffix


def is_complex(value: Scalar) -> bool:
    """Whether a constant has an imaginary part."""
    if isinstance(value, Fraction | float | mpmath.mpf):
        return False
    return isinstance(nearest(value), complex)
