"""Linear multistep methods as quotients of polynomials: the symbol ρ(e^z)/(z σ(e^z)), the roots of ρ and of σ."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import factorial
from typing import Any

import mpmath
import numpy as np
import sympy

from ...base.errors import MethodError
from ...base.sharing import precision
from ...rings import MpmathArithmetic, Scalar, scalar, to_sympy

GRID = 40_001
"""Points on half the unit circle at which the boundary of a stability region is looked at first."""
CLOSE = 1e-9
"""How near to the imaginary axis, relative to it, a point of the boundary counts as on it."""


def expansion(alpha: Sequence[Any], beta: Sequence[Any], count: int) -> list[Any]:
    """The first coefficients of ρ(e^z)/(z σ(e^z)), from numbers or arrays of them."""

    def moments(values: Sequence[Any], first: int) -> list[Any]:
        """The coefficients of Σ_j values_j e^(jz) from z^first on."""
        weights = [[_weight(j, n, v) for j, v in enumerate(values)] for n in range(first, first + count)]
        return [sum(terms[1:], terms[0]) for terms in weights]

    rho, sigma = moments(alpha, 1), moments(beta, 0)
    out: list[Any] = []
    for n in range(count):
        out.append((rho[n] - sum((sigma[i] * out[n - i] for i in range(1, n + 1)), 0 * rho[n])) / sigma[0])
    return out


def _weight(j: int, n: int, value: Any) -> Any:
    share = Fraction(j**n, factorial(n))
    return value * (float(share) if isinstance(value, np.ndarray) else share)


def roots(coefficients: Sequence[Scalar]) -> list[Any]:
    """The roots of Σ c_j x^j, to 40 digits, multiple ones repeated: they are told apart by exact factors."""
    polynomial = sympy.Poly([to_sympy(c) for c in reversed(coefficients)], sympy.Dummy("x"))
    out: list[Any] = []
    with precision(40):
        number = MpmathArithmetic().element
        for factor, multiplicity in polynomial.sqf_list()[1] if polynomial.get_domain().is_Exact else [(polynomial, 1)]:
            values = [number(scalar(c)) for c in factor.all_coeffs()]
            out += mpmath.polyroots(values, maxsteps=200, extraprec=200) * multiplicity if len(values) > 1 else []
    return out


def meet_root_condition(found: list[Any], tolerance: float) -> bool:
    """Whether all roots lie in the closed unit disc, and those on the circle are simple."""
    on_circle = [r for r in found if abs(abs(r) - 1) <= tolerance]
    double = any(abs(a - b) <= tolerance for i, a in enumerate(on_circle) for b in on_circle[:i])
    return not double and all(abs(r) <= 1 + tolerance for r in found)


def nearest_pole(numerator: list[Any], denominator: list[Any], tolerance: float) -> float:
    """The least |log r| over the roots r of the denominator, 0 apart, that the numerator does not share; infinite without any."""
    poles = [mpmath.mpmathify(r) for r in denominator if abs(r) > tolerance]
    for zero in numerator:
        if (same := next((r for r in poles if abs(r - zero) <= tolerance * max(1, abs(zero))), None)) is not None:
            poles.remove(same)
    return float(min((abs(mpmath.log(r)) for r in poles), default=mpmath.inf))


def ssp(alpha: Sequence[Scalar], beta: Sequence[Scalar]) -> Scalar:
    """The largest C for which y_{n+k} is a convex combination of forward Euler steps of length h/C, and perhaps an implicit one.

    min a_j/b_j with y_{n+k} = Σ_{j<k} (a_j y_{n+j} + h b_j f_{n+j}) + h b_k f_{n+k}; 0 where some a_j or b_j is negative.
    """
    a: list[Any] = [-x / alpha[-1] for x in alpha[:-1]]
    b: list[Any] = [x / alpha[-1] for x in beta]
    if any(isinstance(x, complex) for x in (*a, *b)):
        raise MethodError("strong stability is defined for real coefficients")
    if any(x < 0 for x in (*a, *b)):
        return Fraction(0)
    bounds = [x / y for x, y in zip(a, b, strict=False) if y != 0]
    return min(bounds) if bounds else sympy.oo


def stability_angle(alpha: Sequence[Scalar], beta: Sequence[Scalar]) -> float:
    """The largest α in degrees with the wedge |arg(-z)| <= α in the stability region; 90 for A-stable methods.

    The boundary of the region lies on the curve ρ(e^{iθ})/σ(e^{iθ}) (HW V.1, V.2): the wedge reaches to its nearest point, and is
    stable if one point in it is.
    """
    rho, sigma = (np.array([complex(to_sympy(x)) for x in values[::-1]]) for values in (alpha, beta))
    inside = np.abs(np.roots(rho + sigma))  # z = -1
    at_infinity = np.abs(np.roots(sigma)) if sigma[0] != 0 else np.array([np.inf])
    if inside.max(initial=0) > 1 + CLOSE or at_infinity.max(initial=0) > 1 + CLOSE:
        return 0.0

    def angle(theta: Any) -> Any:
        u = np.exp(1j * np.asarray(theta))
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.polyval(rho, u) / np.polyval(sigma, u)
        off = np.abs(np.degrees(np.angle(-z)))
        on_axis = np.abs(z.real) <= CLOSE * np.abs(z)
        return np.where(np.isfinite(z) & ~on_axis, off, 90.0)

    grid = np.linspace(0, np.pi, GRID)[1:]
    best = int(np.argmin(angle(grid)))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    for _ in range(100):
        third = (high - low) / 3
        low, high = (low, high - third) if angle(low + third) < angle(high - third) else (low + third, high)
    return float(min(90.0, angle((low + high) / 2), angle(grid[best])))
