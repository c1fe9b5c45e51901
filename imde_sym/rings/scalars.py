"""Scalars as users write them: what is accepted, and the one canonical form of each."""

from __future__ import annotations

import math
from fractions import Fraction
from numbers import Integral, Rational
from typing import Any

import mpmath
import numpy as np
import sympy

from ..errors import MAX_DIGITS, ImdeError, RingError, shown
from .text import parse_expression

Scalar = Any
"""A canonical scalar: Fraction, float, complex, mpmath.mpf or mpc, or a sympy expression."""

MAX_BITS = 10 * MAX_DIGITS // 3
MAX_EXPONENT = 10_000
"""Of exp, where it is a constant: e^10000 has 4,343 digits."""
ACCEPTED = "int, Fraction, '1/2', a sympy number or expression, float, complex or an mpmath number"


def scalar(value: object) -> Scalar:
    """Bring a user's number into canonical form: Fraction where exact and rational, else its own type.

    Raises RingError for anything that is not a finite number or an expression.

    >>> scalar("1/4 + 0.25")
    Fraction(1, 2)
    """
    if isinstance(value, Fraction):
        return _short(value)
    if isinstance(value, bool | np.bool_):
        raise RingError(f"{value!r} is not a number; accepted: {ACCEPTED}")
    if isinstance(value, str):
        return scalar(parse_expression(value, {}))
    if isinstance(value, sympy.Basic):
        return _from_sympy(value)
    if isinstance(value, Integral):
        return _short(Fraction(int(value)))
    if isinstance(value, Rational):  # gmpy2.mpq and the like: through integers only
        return _short(Fraction(int(value.numerator), int(value.denominator)))
    if isinstance(value, float | np.floating):
        return _finite(float(value), value)
    if isinstance(value, complex | np.complexfloating):
        return _finite(complex(value), value)
    if isinstance(value, mpmath.mpf | mpmath.mpc):
        if not mpmath.isfinite(value):
            raise RingError(f"{value} is not finite; accepted: {ACCEPTED}")
        return value
    if type(value).__name__ in ("fmpq", "fmpz", "mpq", "mpz"):
        numerator, denominator = getattr(value, "p", None), getattr(value, "q", None)
        if numerator is None:
            numerator, denominator = getattr(value, "numerator", value), getattr(value, "denominator", 1)
        return _short(Fraction(int(numerator), int(denominator)))  # type: ignore[arg-type]
    raise RingError(f"{shown(value)} is not a number; accepted: {ACCEPTED}")


def _short(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise RingError(f"a number of more than {MAX_DIGITS:,} digits is not accepted")
    return value


def check_expression(value: sympy.Basic) -> None:
    """Raise RingError for what sympy counts as an expression, but is no function of numbers: long integers, unusual symbols."""
    for atom in value.atoms(sympy.Rational):
        _short(Fraction(int(atom.p), int(atom.q)))
    for e in sympy.postorder_traversal(value):  # inner ones first, so that what is evaluated here is of moderate size
        constant = isinstance(e, sympy.exp | sympy.sinh | sympy.cosh) and not e.args[0].free_symbols
        if constant and not abs(sympy.re(e.args[0].evalf(15))) <= MAX_EXPONENT:
            raise RingError(f"the constant {shown(e)} is too large: exp of numbers up to {MAX_EXPONENT:,} is accepted")
    if not value.is_commutative:
        raise RingError(f"{shown(value)} does not commute; accepted: {ACCEPTED}")
    if value.has(sympy.Lambda, sympy.Order):
        raise RingError(f"{shown(value)} is a function or a remainder, not a number or an expression; accepted: {ACCEPTED}")
    odd = next((s for s in value.free_symbols if type(s) not in (sympy.Symbol, sympy.Dummy)), None)
    if odd is not None:
        raise RingError(f"{shown(odd)} is a {type(odd).__name__}; symbols are made by sympy.Symbol")


def _finite(number: float | complex, given: object) -> float | complex:
    if not (math.isfinite(number.real) and math.isfinite(number.imag)):
        raise RingError(f"{given} is not finite; accepted: {ACCEPTED}")
    return number


def _from_sympy(value: sympy.Basic) -> Scalar:
    if isinstance(value, sympy.Rational):
        return _short(Fraction(int(value.p), int(value.q)))
    if isinstance(value, sympy.Float):
        if value._prec > 53:
            return mpmath.mp.make_mpf(value._mpf_)
        return _finite(float(value), value)
    if not isinstance(value, sympy.Expr) or value.has(sympy.Lambda, sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
        raise RingError(f"{shown(value)} is not a finite number or expression; accepted: {ACCEPTED}")
    check_expression(value)
    if value.is_number and not value.has(sympy.Float):
        value = sympy.expand(value)
        if isinstance(value, sympy.Rational):
            return _from_sympy(value)
    return value


def real(value: object, what: str, error: type[ImdeError] = RingError) -> float:
    """A user's real number as a float. Raises `error` for anything else, symbols and what is beyond the range of floats too.

    >>> real("1/8", "h")
    0.125
    """
    try:
        number = scalar(value)
        found = complex(number)
    except (ImdeError, TypeError, ValueError, ArithmeticError):
        found = complex(math.nan)
    if found.imag or not math.isfinite(found.real):
        raise error(f"{what} must be a real number in the range of floats, got {shown(value)}")
    return found.real


def to_sympy(value: Scalar) -> sympy.Expr:
    """The sympy form of a canonical scalar; rationals go through integers and stay exact."""
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    if isinstance(value, sympy.Basic):
        return value
    return sympy.sympify(value)


def is_exact(value: Scalar) -> bool:
    """Whether a canonical scalar is exact (rational, algebraic or symbolic without floats)."""
    return isinstance(value, Fraction) or (isinstance(value, sympy.Basic) and not value.has(sympy.Float))


def scalar_to_json(value: Scalar) -> str | float | list[float]:
    """A JSON value that `scalar_from_json` reads back to the same scalar: exact ones as strings."""
    if isinstance(value, complex):
        return [value.real, value.imag]
    if isinstance(value, mpmath.mpf | mpmath.mpc):
        raise RingError(f"the mpmath number {value} has no JSON form; convert it to a float or a rational first")
    return value if isinstance(value, float) else str(value)


def scalar_from_json(value: object, names: dict[str, sympy.Expr] | None = None) -> Scalar:
    """Inverse of `scalar_to_json`; strings are parsed in the given names, never evaluated."""
    if isinstance(value, str):
        return scalar(parse_expression(value, names or {}))
    if isinstance(value, list):
        if len(value) != 2 or not all(isinstance(x, int | float) for x in value):
            raise RingError(f"{str(value)[:40]} is not a number; a complex one is a pair of real numbers")
        return scalar(complex(*value))
    return scalar(value)
