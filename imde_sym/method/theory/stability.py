"""The stability function R(z) of a Runge-Kutta method, and the linear stability theory that follows from it.

R(z) = det(I - zA + z e bᵀ) / det(I - zA) is the factor by which one step multiplies y when y' = λy, z = hλ
(HW = Hairer, Wanner, Solving ODEs II, IV.3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from math import factorial
from typing import Any

import mpmath
import numpy as np
import sympy

from ...base.errors import MethodError, shown
from ...base.sharing import precision
from ...base.typeset import Typeset
from ...base.values import Value
from ...expressions import STORED, latex, new_symbol, parse_expression
from ...rings import Scalar, as_fraction, evaluated, scalar, to_sympy
from .numbers import ALGEBRAIC_TOLERANCE, Numbers
from .stages import HasStages
from .univariate import divide, first_sign_change, gcd, has_roots_in_right_half_plane_only, multiply, trim

DIGITS = 120
ROUNDING = 1e-12
"""Relative misses that are taken for rounding of published decimals where that is asked."""


class StabilityFunction(Typeset, Value):
    """R(z) of the stages A, b as a quotient of polynomials, with the properties that the sign of 1 - |R| decides.

    numerator, denominator : coefficients, lowest power first; exact whenever the numbers are. Common factors
    of rational data are cancelled. Algebraic coefficients that agree with a rational to 100 digits are given
    as that rational, others in the number field of the method.

    The questions after them are answered exactly for rational data (Sturm chains, Routh's criterion); for
    algebraic data with 120 digits, values under 1e-60 counting as zero; for rounded numbers within `Numbers.tolerance`.
    They raise MethodError for symbols and complex data.
    Cost: O(s⁴) coefficient operations, O(s³) for explicit and diagonally implicit methods; coefficients in a number
    field of high degree can take seconds, the questions do not need them.

    >>> from imde_sym.methods import methods
    >>> R = methods["rk4"].stability
    >>> R
    (z**4 + 4*z**3 + 12*z**2 + 24*z + 24)/24
    >>> R.imaginary_interval, R.error_constant
    (2*sqrt(2), Fraction(1, 120))
    """

    def __init__(self, stages: HasStages, numbers: Numbers):
        self._A, self._b, self._numbers = stages.A, stages.b, numbers
        self._kind = numbers.kind
        self._freeze()

    # -- the function ---------------------------------------------------------------------------
    @property
    def numerator(self) -> tuple[Scalar, ...]:
        """The coefficients above, lowest power first."""
        return self._exact[0]

    @property
    def denominator(self) -> tuple[Scalar, ...]:
        """The coefficients below, lowest power first."""
        return self._exact[1]

    def as_expr(self, z: Any = None) -> sympy.Expr:
        """R(z) as a sympy expression.

        z : a number, an expression or its text; by default the symbol z (z_ where the method has a parameter z)
        """
        if isinstance(z, str):
            z = parse_expression(z, lambda name: STORED.get(name, sympy.Symbol(name)))
        z = new_symbol("z", self._numbers.parameters) if z is None else to_sympy(scalar(z))
        above, below = (
            sum((to_sympy(x) * z**k for k, x in enumerate(p)), sympy.S.Zero) for p in (self.numerator, self.denominator)
        )
        return sympy.together(above / below) if self._kind == "rational" else above / below

    def __call__(self, z: Any) -> Any:
        """R at numbers or arrays (complex128), or at a sympy expression."""
        if isinstance(z, sympy.Basic | str):
            return self.as_expr(z)
        above, below = self.coefficients
        try:
            values = np.asarray(z, complex)[()]
        except (TypeError, ValueError, OverflowError, RecursionError):
            raise MethodError(f"R is evaluated at numbers, arrays of them or a sympy expression, not at {shown(z)}") from None
        with np.errstate(all="ignore"):  # a pole is infinite
            return np.polyval(above[::-1], values) / np.polyval(below[::-1], values)

    @cached_property
    def coefficients(self) -> tuple[np.ndarray, np.ndarray]:
        """Numerator and denominator as complex128, lowest power first. Raises MethodError for symbols."""
        above, below = self._reduced[:2] if self._kind != "complex" else self._exact
        return np.array([complex(x) for x in above]), np.array([complex(x) for x in below])

    def short_form(self, length: int) -> sympy.Expr:
        """R as an expression to look at: coefficients of over `length` characters are rounded to 8 digits."""
        if self._numbers.parameters or self._kind == "complex":
            return self.as_expr()
        exact = [[to_sympy(self._public(x)) for x in p] for p in self._reduced[:2]]
        z, longest = sympy.Symbol("z"), max(len(str(x)) for p in exact for x in p)
        above, below = (sum((x if len(str(x)) <= length else x.evalf(8)) * z**k for k, x in enumerate(p)) for p in exact)
        return sympy.together(above / below) if longest <= length else above / below

    def __repr__(self) -> str:
        return str(self.as_expr())

    def latex(self) -> str:
        """R(z) as a formula."""
        return f"R(z) = {latex(self.as_expr())}"

    @cached_property
    def _exact(self) -> tuple[tuple[Scalar, ...], tuple[Scalar, ...]]:
        if self._kind == "complex":
            above, below = _quotient(self._A, self._b, 1)
        elif self._numbers.parameters:
            above, below = self._over_the_ring()
        else:
            above, below = self._reduced[:2]
            if self._kind == "symbolic":
                above, below = ([_rational(x) for x in p] for p in (above, below))
                if None in above + below:
                    above, below = self._over_the_ring()
            elif self._kind != "rational":
                convert = float if self._kind == "float" else as_mpf
                above, below = (list(map(convert, p)) for p in (above, below))
        return tuple(above), tuple(below)

    def _converted(self, number: Callable[[Scalar], Any]) -> tuple[list[list[Any]], list[Any]]:
        return [[number(a) for a in row] for row in self._A], [number(x) for x in self._b]

    def _over_the_ring(self) -> tuple[list[Scalar], list[Scalar]]:
        ring = self._numbers.ring
        A, b = self._converted(ring.element)
        above, below = _quotient(A, b, ring.element(Fraction(1)))
        return tuple(_without_zeros(ring.public(p)) for p in (above, below))  # type: ignore[return-value, arg-type]

    @cached_property
    def _reduced(self) -> tuple[list[Any], list[Any], float]:
        numbers = self._numbers
        if numbers.parameters or self._kind == "complex":
            what = f"the parameter {numbers.parameters[0]} has no value" if numbers.parameters else "its entries are complex"
            raise MethodError(f"the stability properties of {numbers.title} need real numbers: {what}")
        tolerance = numbers.tolerance
        with precision(DIGITS):
            if self._kind == "symbolic":
                return *_cancelled(*_quotient(*self._converted(as_mpf), mpmath.mpf(1)), tolerance), tolerance
            above, below = _quotient(*self._converted(as_fraction), Fraction(1))
            if tolerance == 0:
                return *_cancelled(above, below, 0), 0
            above, below = list(map(as_mpf, above)), list(map(as_mpf, below))
        top = max(len(above), len(below)) - 1
        while top and len(below) > top and len(above) > top and abs(above[top]) < tolerance * abs(below[top]):
            above.pop()  # R(∞) = 0 but for rounding
            top -= 1
        return above, below, tolerance

    @property
    def real_coefficients(self) -> tuple[list[Any], list[Any], float]:
        """Numerator and denominator in Fractions or mpmath numbers, without common factors, and what counts as zero in them."""
        return self._reduced

    # -- order ----------------------------------------------------------------------------------
    @cached_property
    def _taylor(self) -> list[Any]:
        above, below, _ = self._reduced
        out: list[Any] = []
        for k in range(4 * len(self._b) + 4):
            earlier = sum((below[i] * out[k - i] for i in range(1, min(k, len(below) - 1) + 1)), 0 * below[0])
            out.append(((above[k] if k < len(above) else 0) - earlier) / below[0])
        return out

    @cached_property
    def order(self) -> int:
        """The order with which R approximates e^z: that of the method on linear equations with constant coefficients."""
        with precision(DIGITS):
            off = (k for k, r in enumerate(self._taylor) if abs(r - _inverse_factorial(k, r)) > self._reduced[2])
            return next(off, len(self._taylor) - 1) - 1

    @cached_property
    def error_constant(self) -> Scalar:
        """C in e^z - R(z) = C z^(order + 1) + ... (HW IV.3)."""
        with precision(DIGITS):
            value = self._taylor[self.order + 1]
            return self._public(_inverse_factorial(self.order + 1, value) - value)

    @cached_property
    def dispersion_order(self) -> int:
        """q in y - arg R(iy) = O(y^(q + 1)): the phase lag on an oscillator (van der Houwen, Sommeijer 1987)."""
        with precision(DIGITS):
            r = self._taylor
            logarithm = [0 * r[0]]
            for k in range(1, len(r)):
                inner = sum((j * logarithm[j] * r[k - j] for j in range(1, k)), 0 * r[0])
                logarithm.append(r[k] - inner / k)
                if k % 2 and abs(logarithm[k] - (k == 1)) > self._reduced[2]:
                    return k - 1
        raise AssertionError("R(z) / R(-z) cannot equal exp(2z)")

    @cached_property
    def dissipation_order(self) -> int | sympy.Expr:
        """q in 1 - |R(iy)| = O(y^(q + 1)); oo where |R| = 1 on the imaginary axis."""
        first = next((k for k, x in enumerate(self._imaginary) if x != 0), None)
        return sympy.oo if first is None else 2 * first - 1

    # -- stability ------------------------------------------------------------------------------
    @cached_property
    def _imaginary(self) -> list[Any]:
        """E with E(y²) = |D(iy)|² - |N(iy)|², so that |R(iy)| <= 1 where E(y²) >= 0 (HW IV.3)."""
        return self._difference(_on_the_imaginary_axis)[::2]

    @cached_property
    def _real(self) -> list[Any]:
        """D(-x)² - N(-x)²."""
        return self._difference(lambda j, k: (-1) ** (j + k))

    def _difference(self, sign: Any, least: float = 0) -> list[Any]:
        above, below, tolerance = self._reduced
        tolerance = max(tolerance, least)
        with precision(DIGITS):
            size = 2 * max(len(above), len(below)) - 1
            total, weight = [0 * below[0]] * size, [0 * below[0]] * size
            for factor, p in ((1, below), (-1, above)):
                for j, x in enumerate(p):
                    for k, y in enumerate(p):
                        total[j + k] += factor * sign(j, k) * x * y
                        weight[j + k] += abs(x * y)
            return [t if abs(t) > tolerance * w else 0 * t for t, w in zip(total, weight, strict=True)]

    @cached_property
    def imaginary_interval(self) -> sympy.Expr:
        """The largest β with |R(iy)| <= 1 for 0 <= y <= β (oo if for all y)."""
        with precision(DIGITS):
            return sympy.sqrt(first_sign_change(self._imaginary, self._chain_tolerance))

    def imaginary_within(self, tolerance: float = ROUNDING) -> sympy.Expr:
        """`imaginary_interval`, where coefficients of |D|² - |N|² below so much of their terms count as zero.

        Raises MethodError where the tolerance is not a number from 0 to 0.01.
        """
        if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not 0 <= tolerance <= 0.01:
            raise MethodError(f"tolerance must be a number from 0 to 0.01, got {shown(tolerance)}")
        with precision(DIGITS):
            p = self._difference(_on_the_imaginary_axis, float(tolerance))[::2]
            return sympy.sqrt(first_sign_change(p, self._chain_tolerance))

    @cached_property
    def real_interval(self) -> sympy.Expr:
        """The largest α with |R(x)| <= 1 for -α <= x <= 0 (oo if for all x)."""
        with precision(DIGITS):
            return first_sign_change(self._real, self._chain_tolerance)

    @property
    def _chain_tolerance(self) -> float:
        return ALGEBRAIC_TOLERANCE if self._reduced[2] else 0

    @cached_property
    def is_i_stable(self) -> bool:
        """|R(iy)| <= 1 for all real y."""
        return bool(self.imaginary_interval == sympy.oo)

    @cached_property
    def is_a_stable(self) -> bool:
        """|R(z)| <= 1 for Re z <= 0: I-stable, and no pole there (HW IV.3, maximum principle)."""
        with precision(DIGITS):
            return self.is_i_stable and has_roots_in_right_half_plane_only(self._reduced[1], self._reduced[2])

    @cached_property
    def is_l_stable(self) -> bool:
        """A-stable with R(∞) = 0 (HW IV.3)."""
        return self.is_a_stable and len(self._reduced[0]) < len(self._reduced[1])

    @cached_property
    def is_p_stable(self) -> bool:
        """|R(iy)| = 1 for all real y: oscillations keep their amplitude for every step size."""
        return not any(self._imaginary)

    def _public(self, value: Any) -> Scalar:
        """Exact where the data are; algebraic numbers that are no short rationals, and decimals, as decimals."""
        if isinstance(value, Fraction):
            return value
        if self._numbers.is_rounded:
            return float(value)
        found = _rational(value)
        return sympy.Float(value, 30) if found is None else found


def _on_the_imaginary_axis(j: int, k: int) -> int:
    """What the product of the coefficients of z^j and of the conjugate of z^k counts, up to z = iy."""
    return 0 if (j - k) % 2 else (-1) ** (abs(j - k) // 2)


def _quotient(A: Sequence[Sequence[Any]], b: Sequence[Any], one: Any) -> tuple[list[Any], list[Any]]:
    """det(I - zA + z e bᵀ) and det(I - zA): the second by Faddeev and LeVerrier, the first from R = 1 + Σ bᵀA^k e z^(k+1)."""
    s, zero = len(b), 0 * one
    below = [one]
    if all(A[i][j] == 0 for i in range(s) for j in range(i + 1, s)):
        for i in range(s):
            if A[i][i] != 0:
                below = multiply(below, [one, -A[i][i]])
    else:
        power = [[one if i == j else zero for j in range(s)] for i in range(s)]
        for k in range(1, s + 1):
            power = [[sum((a * power[m][j] for m, a in enumerate(row) if a != 0), zero) for j in range(s)] for row in A]
            coefficient = -sum((power[i][i] for i in range(s)), zero) / k
            below.append(coefficient)
            for i in range(s):
                power[i][i] += coefficient
    series, vector = [one], [one] * s
    for _ in range(s):
        series.append(sum((x * v for x, v in zip(b, vector, strict=True) if x != 0), zero))
        vector = [sum((a * v for a, v in zip(row, vector, strict=True) if a != 0), zero) for row in A]
    above = [sum((below[i] * series[k - i] for i in range(min(k, len(below) - 1) + 1)), zero) for k in range(s + 1)]
    return _without_zeros(above), _without_zeros(below)


def _without_zeros(p: list[Any]) -> list[Any]:
    while len(p) > 1 and p[-1] == 0:
        p = p[:-1]
    return p


def _cancelled(above: list[Any], below: list[Any], tolerance: float) -> tuple[list[Any], list[Any]]:
    above, below = trim(above, tolerance), trim(below, tolerance)
    if len(below) == 1:
        return above, below
    common = gcd(above, below, tolerance)
    above, below = divide(above, common)[0], divide(below, common)[0]
    return [x / below[0] for x in above], [x / below[0] for x in below]


def _inverse_factorial(k: int, like: Any) -> Any:
    return Fraction(1, factorial(k)) if isinstance(like, Fraction) else mpmath.mpf(1) / factorial(k)


def as_mpf(value: Scalar) -> Any:
    """A real scalar in mpmath's working precision. Raises MethodError for a number that is not real."""
    if isinstance(value, Fraction):
        return mpmath.mpf(value.numerator) / value.denominator
    if not isinstance(value, sympy.Basic):
        return mpmath.mpmathify(value)
    number = mpmath.mpmathify(evaluated(value, DIGITS + 10))
    if not isinstance(number, mpmath.mpf):
        raise MethodError(f"the stability properties need real numbers, but the method holds {value}")
    return number


def _rational(value: Any) -> Fraction | None:
    """The rational with a denominator under 10^18 that agrees with an mpmath number to 100 digits, if there is one."""
    near = Fraction(*map(int, mpmath.libmp.to_rational(value._mpf_))).limit_denominator(10**18)
    with precision(DIGITS):
        distance = abs(mpmath.mpf(near.numerator) / near.denominator - value)
        return near if distance <= mpmath.mpf(10) ** -100 * max(1, abs(value)) else None
