"""Scalars as users write them: what is accepted, and the one canonical form of each."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import lru_cache
from numbers import Integral, Rational
from typing import Any, TypeAlias

import mpmath
import numpy as np
import sympy
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import Application

from ..base.checks import MAX_DIGITS
from ..base.errors import ImdeError, RingError, shown
from ..expressions import parse_expression
from ..expressions.undefined import decode

Scalar: TypeAlias = Fraction | float | complex | mpmath.mpf | mpmath.mpc | sympy.Expr
"""A canonical scalar."""
RealScalar: TypeAlias = Fraction | float | mpmath.mpf
"""One that is a real number and may be compared."""

MAX_BITS = 10 * MAX_DIGITS // 3
MAX_EXPONENT = 10**12
"""Of exp, where it is a constant: e^10000 has 4,343 digits."""
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
        return _short(value)
    if isinstance(value, bool | np.bool_):
        raise RingError(f"{value!r} is not a number; accepted: {ACCEPTED}")
    if isinstance(value, str):
        return scalar(parse_expression(value, {}))
    if isinstance(value, sympy.Basic):
        return _from_sympy(value)
    if isinstance(value, float | np.floating):
        return _finite(float(value), value)
    if isinstance(value, complex | np.complexfloating):
        return _finite(complex(value), value)
    if isinstance(value, mpmath.mpf | mpmath.mpc):
        return _finite(value, value, mpmath.isfinite)
    if isinstance(value, Rational) or type(value).__name__ in ("fmpq", "fmpz", "mpq", "mpz"):
        return _short(_rational(value))
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # an array or tensor without axes
        return scalar(value.item())
    raise RingError(f"{shown(value)} is not a number; accepted: {ACCEPTED}")


class Canonical(tuple[Scalar, ...]):
    """Scalars of which it is known that they have their canonical form.

    >>> known = scalars(["1/2", 2])
    >>> scalars(known) is known
    True
    """


def scalars(values: Iterable[object]) -> Canonical:
    """All values in their canonical form; what has come out of a ring is not looked at again.

    Raises RingError as `scalar` does.

    >>> scalars(["1/2", 2])
    (Fraction(1, 2), Fraction(2, 1))
    """
    return values if isinstance(values, Canonical) else Canonical(map(scalar, values))


def _rational(value: Any) -> Fraction:
    """An integer or rational number of any library, through integers only."""
    if isinstance(value, Integral):
        return Fraction(int(value))
    numerator: Any = getattr(value, "p", None)  # as python-flint calls them
    denominator: Any = getattr(value, "q", None)
    if numerator is None:
        numerator, denominator = getattr(value, "numerator", value), getattr(value, "denominator", 1)
    return Fraction(int(numerator), int(denominator))


def _short(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise RingError(f"a number of more than {MAX_DIGITS:,} digits is not accepted")
    return value


def check_expression(value: sympy.Basic) -> None:
    """Raise RingError for what sympy counts as an expression, but is no function of numbers: long integers, unusual symbols.

    >>> check_expression(sympy.sin(sympy.Symbol("x")))
    """
    formula(value)
    for atom in value.atoms(sympy.Rational):
        _short(Fraction(int(atom.p), int(atom.q)))
    for e in sympy.postorder_traversal(value):  # inner ones first, so that what is evaluated here is of moderate size
        if e.is_number:
            _check_range(e)
    odd = next((s for s in value.free_symbols if type(s) not in (sympy.Symbol, sympy.Dummy)), None)
    if odd is not None:
        raise RingError(f"{shown(odd)} is a {type(odd).__name__}; symbols are made by sympy.Symbol")


def _check_range(e: sympy.Expr) -> None:
    """Raise RingError for the exponential of a number that is too large; its argument has been checked before."""
    if isinstance(e, sympy.exp | sympy.sinh | sympy.cosh):
        size = e.args[0]
    elif e.is_Pow and not e.exp.is_Rational:
        size = e.exp * sympy.log(e.base)
    else:
        return
    if not abs(sympy.re(size.evalf(5))) < MAX_EXPONENT:
        text = f"{type(e).__name__}({size.evalf(3)})"
        raise RingError(f"{text} is beyond the range of numbers; accepted: exponentials of numbers up to {MAX_EXPONENT}")


def _finite(number: Any, given: object, is_finite: Callable[[Any], bool] = cmath.isfinite) -> Any:
    """A float, complex or mpmath number, which must be finite."""
    if not is_finite(number):
        raise RingError(f"{given} is not finite; accepted: {ACCEPTED}")
    return number


def _from_sympy(value: sympy.Basic) -> Scalar:
    if isinstance(value, sympy.Rational):
        return _short(Fraction(int(value.p), int(value.q)))
    if isinstance(value, sympy.Float):
        if value._prec > 53:
            return mpmath.mp.make_mpf(value._mpf_)
        return _finite(float(value), value)
    if not isinstance(value, sympy.Expr) or value.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
        raise RingError(f"{shown(value)} is not a finite number or expression; accepted: {ACCEPTED}")
    check_expression(value)
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

    >>> formula(sympy.Symbol("x") ** 2)
    x**2
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


def to_sympy(value: Any) -> sympy.Expr:
    """The sympy form of a scalar; rationals go through integers and stay exact, text is parsed as `scalar` does.

    Raises RingError for what `scalar` refuses.

    >>> to_sympy(Fraction(1, 3))
    1/3
    """
    if isinstance(value, sympy.Basic):
        return value
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    exact = scalar(value)
    # what is left are numbers of Python and mpmath
    return to_sympy(exact) if isinstance(exact, Fraction | sympy.Basic) else sympy.sympify(exact, strict=True)


GUARD = 25
"""Digits beyond those asked for, in which sums of powers of roots may cancel."""


def evaluated(value: sympy.Basic, digits: int) -> sympy.Expr:
    """An expression without symbols as a number of so many digits; each root of a polynomial is isolated once.

    >>> evaluated(sympy.sqrt(2), 12)
    1.41421356237
    """
    roots = value.atoms(sympy.CRootOf) if value.has(sympy.CRootOf) else ()
    if len(roots) == 0 or value.is_Atom or isinstance(value, sympy.CRootOf):
        return value.evalf(digits)
    return value.xreplace({root: _root(root, digits + GUARD) for root in roots}).evalf(digits)


@lru_cache(maxsize=1000)
def _root(root: sympy.Expr, digits: int) -> sympy.Expr:
    return root.evalf(digits)


def as_fraction(value: Scalar) -> Fraction:
    """A rational scalar, or a real float or mpmath number, exactly.

    Raises TypeError for other scalars, which are complex or hold symbols.

    >>> as_fraction(0.375)
    Fraction(3, 8)
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, Rational | float):
        return Fraction(value)
    if isinstance(value, mpmath.mpf):
        return Fraction(*map(int, mpmath.libmp.to_rational(value._mpf_)))
    raise TypeError(f"{shown(value)} is not a rational number")


def is_exact(value: Scalar) -> bool:
    """Whether a canonical scalar is exact (rational, algebraic or symbolic without floats).

    >>> is_exact(scalar("sqrt(2)")), is_exact(0.5)
    (True, False)
    """
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


def scalar_to_json(value: Scalar) -> str | float | list[float] | dict[str, Any]:
    """A JSON value that `scalar_from_json` reads back to the same scalar: exact ones as strings.

    An mpmath number is {"mpmath": [[sign, mantissa, exponent, bits], ...]}, with a second entry if it is complex.

    >>> scalar_to_json(Fraction(1, 3)), scalar_to_json(0.5), scalar_to_json(2j)
    ('1/3', 0.5, [0.0, 2.0])
    """
    if isinstance(value, complex):
        return [value.real, value.imag]
    if isinstance(value, mpmath.mpf | mpmath.mpc):
        parts = [value] if isinstance(value, mpmath.mpf) else [value.real, value.imag]
        return {"mpmath": [[int(x) for x in p._mpf_] for p in parts]}
    return value if isinstance(value, float) else str(value)


def scalar_from_json(value: object, names: dict[str, sympy.Expr] | None = None) -> Scalar:
    """Inverse of `scalar_to_json`; strings are parsed in the given names, never evaluated.

    Raises RingError for other data, ParseError for names that are not given.

    >>> scalar_from_json("1/3"), scalar_from_json([0.0, 2.0])
    (Fraction(1, 3), 2j)
    """
    if isinstance(value, str):
        return scalar(parse_expression(value, names or {}))
    if isinstance(value, dict):
        return _mpmath(value)
    if isinstance(value, list):
        if len(value) != 2 or not all(isinstance(x, int | float) for x in value):
            raise RingError(f"{str(value)[:40]} is not a number; a complex one is a pair of real numbers")
        return scalar(complex(*value))
    return scalar(value)


def _mpmath(data: dict[str, Any]) -> Scalar:
    parts = data.get("mpmath")
    whole = (
        isinstance(parts, list)
        and len(parts) in (1, 2)
        and all(
            isinstance(p, list) and len(p) == 4 and all(isinstance(n, int) and not isinstance(n, bool) for n in p) for p in parts
        )
    )
    if not whole or any(p[0] not in (0, 1) or p[1] < 0 or p[1].bit_length() != p[3] for p in parts or ()):
        raise RingError(f'{str(data)[:60]} is not a number; accepted: {ACCEPTED}; in JSON an mpmath number is {{"mpmath": ...}}')
    numbers = [mpmath.mp.make_mpf(tuple(p)) for p in parts or ()]
    return numbers[0] if len(numbers) == 1 else mpmath.mp.make_mpc(tuple(x._mpf_ for x in numbers))
