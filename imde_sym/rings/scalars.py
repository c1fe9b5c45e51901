"""Scalars as users write them: what is accepted, and the one canonical form of each."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from numbers import Integral, Rational
from typing import Any

import mpmath
import numpy as np
import sympy
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import Application

from ..errors import RingError
from .text import parse_expression
from .undefined import decode

Scalar = Any
"""A canonical scalar: Fraction, float, complex, mpmath.mpf or mpc, or a sympy expression."""

ACCEPTED = "int, Fraction, '1/2', a sympy number or expression, float, complex or an mpmath number"

_FORMULA = (
    sympy.Number, sympy.NumberSymbol, sympy.Symbol, sympy.Add, sympy.Mul, sympy.Pow, Application, sympy.Derivative, sympy.Subs,
    sympy.ComplexRootOf, sympy.AlgebraicNumber, type(sympy.I), type(sympy.zoo), ExprWithLimits, sympy.Limit,
)  # fmt: skip
"""What formulas are made of. Which functions are smooth, and which sums and integrals mean something, fields decide."""
_OPAQUE = (sympy.Piecewise, ExprWithLimits, sympy.Limit, sympy.ComplexRootOf, sympy.AlgebraicNumber)
"""Their arguments are not formulas alone."""


def scalar(value: object) -> Scalar:
    """Bring a user's number into canonical form: Fraction where exact and rational, else its own type.

    Raises RingError for anything that is not a finite number or an expression.

    >>> scalar("1/4 + 0.25")
    Fraction(1, 2)
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool | np.bool_):
        raise RingError(f"{value!r} is not a number; accepted: {ACCEPTED}")
    if isinstance(value, str):
        return scalar(parse_expression(value, {}))
    if isinstance(value, sympy.Basic):
        return _from_sympy(value)
    if isinstance(value, Integral):
        return Fraction(int(value))
    if isinstance(value, Rational):  # gmpy2.mpq and the like: through integers only
        return Fraction(int(value.numerator), int(value.denominator))
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
        return Fraction(int(numerator), int(denominator))  # type: ignore[arg-type]
    raise RingError(f"{str(value)[:60]!r} is not a number; accepted: {ACCEPTED}")


def _finite(number: float | complex, given: object) -> float | complex:
    if not (math.isfinite(number.real) and math.isfinite(number.imag)):
        raise RingError(f"{given} is not finite; accepted: {ACCEPTED}")
    return number


def _from_sympy(value: sympy.Basic) -> Scalar:
    if isinstance(value, sympy.Rational):
        return Fraction(int(value.p), int(value.q))
    if isinstance(value, sympy.Float):
        if value._prec > 53:
            return mpmath.mp.make_mpf(value._mpf_)
        return _finite(float(value), value)
    if not isinstance(formula(value), sympy.Expr) or value.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
        raise RingError(f"{value} is not a finite number or expression; accepted: {ACCEPTED}")
    if value.is_number and not value.has(sympy.Float):
        value = sympy.expand(value)
        if any(n.is_Pow and not n.exp.is_Integer and n.base.is_Add for n in sympy.preorder_traversal(value)):
            value = sympy.expand(sympy.sqrtdenest(value))  # so that sqrt(3 + 2*sqrt(2)) is 1 + sqrt(2)
        if isinstance(value, sympy.Rational):
            return _from_sympy(value)
    return value


def formula(value: sympy.Basic) -> sympy.Basic:
    """The value itself, where it is made of commuting symbols, numbers and functions alone.

    Raises RingError, naming the culprit, for matrices, Order, Lambda, noncommutative symbols and the like.
    """
    culprit = _stranger(value)
    if culprit is not None:
        odd = "a noncommutative symbol or function" if isinstance(culprit, _FORMULA) else f"of type {type(culprit).__name__}"
        raise RingError(f"{str(culprit)[:60]} is {odd}, no number and no expression in commuting symbols; accepted: {ACCEPTED}")
    return value


@lru_cache(maxsize=4096)
def _stranger(value: sympy.Basic) -> sympy.Basic | None:
    seen, stack = {value}, [value]
    while stack:
        node = stack.pop()
        composed = isinstance(node, sympy.Add | sympy.Mul | sympy.Pow)  # the culprit is among their parts
        if not isinstance(node, _FORMULA) or (node.is_commutative is False and not composed):
            return node
        if not isinstance(node, _OPAQUE):
            found = decode(node) if isinstance(node, sympy.Derivative | sympy.Subs) else None
            inner = found[1] if found else node.args[:1] if isinstance(node, sympy.Derivative | sympy.Subs) else node.args
            stack += [a for a in dict.fromkeys(inner) if a not in seen]
            seen.update(inner)
    return None


def to_sympy(value: Any) -> sympy.Expr:
    """The sympy form of a scalar; rationals go through integers and stay exact, text is parsed as `scalar` does."""
    if isinstance(value, sympy.Basic):
        return value
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    exact = scalar(value)
    # what is left are numbers of Python and mpmath
    return to_sympy(exact) if isinstance(exact, Fraction | sympy.Basic) else sympy.sympify(exact, strict=True)


def is_exact(value: Scalar) -> bool:
    """Whether a canonical scalar is exact (rational, algebraic or symbolic without floats)."""
    return isinstance(value, Fraction) or (isinstance(value, sympy.Basic) and not value.has(sympy.Float))


def is_zero(value: Scalar) -> bool:
    """Whether a canonical scalar is zero; an exact number that no rule simplifies is, where 100 digits say so.

    >>> is_zero(scalar("sqrt(2 + sqrt(3)) - sqrt(3/2) - sqrt(1/2)"))
    True
    """
    if not isinstance(value, sympy.Expr) or not value.is_number or value.is_Atom or not is_exact(value):
        return bool(value == 0)
    terms = [abs(t.evalf(15)) for t in sympy.Add.make_args(value)]
    return bool(abs(value.evalf(100, maxn=120)) < sympy.Float(10) ** -90 * max(terms))


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
