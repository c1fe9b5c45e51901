"""The SSP coefficient: how many forward Euler steps' worth of h keep every convex functional from growing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import sympy

from ...base.errors import MethodError
from ...base.sharing import precision
from ...rings import Scalar, as_fraction, is_exact
from ...rings.rounding import FLOATS
from .numbers import Numbers
from .stability import DIGITS, StabilityFunction, as_mpf
from .stages import HasStages
from .univariate import first_sign_change

BISECTIONS = 44
UNBOUNDED = 2**30
ACTIVE = 1e-10
"""How far the conditions of published decimals may be missed: an optimiser left them equalities, to its accuracy."""
DERIVATIVES = 120
"""How many derivatives of a stability function that is no polynomial are looked at."""
ROUNDED_SLACK = 1e-30
SIMPLE = 1000
"""A limit that agrees with a fraction of a smaller denominator, where the conditions hold, is given as that fraction."""
DECIMALS = 10
"""Digits of a limit of rounded numbers: the tolerances leave no more."""


def ssp_coefficient(stages: HasStages, numbers: Numbers) -> Scalar:
    """The radius of absolute monotonicity, the largest r with K (I + rA)⁻¹ >= 0 and r K (I + rA)⁻¹ e <= e, K = [A; bᵀ].

    The conditions (Kraaijevanger 1991; Ferracina and Spijker 2004) hold on an interval that starts at 0, so
    bisection finds its end, to 13 digits; for rational data every test is exact. Returns a Fraction where
    the conditions hold at one with a small denominator inside the last bracket, else a float from below, for rounded
    data of 10 digits; math.inf if they hold at 2^30. Raises MethodError for symbols and complex data. Cost: O(s³) a test.
    """
    tolerance, convert = _reading(numbers, "SSP coefficient")
    with precision(DIGITS):
        A, b = [[convert(a) for a in row] for row in stages.A], [convert(x) for x in stages.b]
        K = [*A, b]
        if not _can_be_positive(A, K, tolerance):
            return Fraction(0)
        return _largest(lambda r: _holds(A, K, r, tolerance), convert, numbers.is_rounded)


def spijker_coefficient(S: Sequence[Sequence[Scalar]], T: Sequence[Sequence[Scalar]], numbers: Numbers) -> Scalar:
    """The largest r with (I + rT)⁻¹ [S, T] >= 0 for w = S x + T h f(w): `ssp_coefficient` of methods with several inputs x.

    (Spijker 2007.) Found as there; 0 where the conditions fail at once. Raises MethodError for symbols and complex data.
    """
    tolerance, convert = _reading(numbers, "SSP coefficient")
    with precision(DIGITS):
        start, weights = ([[convert(x) for x in row] for row in M] for M in (S, T))
        size, least = range(len(weights)), convert(Fraction(1, 2**BISECTIONS))

        def holds(r: Any) -> bool:
            system = [[*(r * weights[i][j] + (i == j) for j in size), *start[i], *weights[i]] for i in size]
            found = _eliminated(system, len(weights))
            return found is not None and all(x >= -tolerance for row in found for x in row)

        return _largest(holds, convert, numbers.is_rounded) if holds(least) else Fraction(0)


def linear_coefficient(R: StabilityFunction, numbers: Numbers) -> Scalar:
    """The largest r for which R is absolutely monotonic on [-r, 0]: all its derivatives there are >= 0.

    The bound for linear problems, at least `ssp_coefficient` (Spijker 1983; Kraaijevanger 1986). Of polynomials all derivatives
    are looked at, exactly for rational data; of other R the first DERIVATIVES of them.
    """
    above, below, tolerance = R.real_coefficients
    polynomial = len(below) == 1
    with precision(DIGITS):
        convert = as_fraction if polynomial and not tolerance else as_mpf
        p, q = ([convert(x) for x in f] for f in (above, below))
        pole = first_sign_change([-x if k % 2 else x for k, x in enumerate(q)], tolerance)
        bound = None if pole == sympy.oo else as_mpf(pole)
        slack = max(tolerance, ROUNDED_SLACK) if tolerance else 0

        def holds(r: Any) -> bool:
            if bound is not None and r >= bound:
                return False
            top, bottom = _shifted(p, -r), _shifted(q, -r)
            found: list[Any] = []
            for k in range(len(top) if polynomial else DERIVATIVES):
                earlier = sum((bottom[i] * found[k - i] for i in range(1, min(k, len(bottom) - 1) + 1)), 0 * r)
                found.append(((top[k] if k < len(top) else 0 * r) - earlier) / bottom[0])
                if found[k] < -slack * max(map(abs, found)):
                    return False
            return True

        return _largest(holds, convert, numbers.is_rounded) if holds(convert(Fraction(0))) else Fraction(0)


def _shifted(p: Sequence[Any], by: Any) -> list[Any]:
    """The coefficients of p(x + by)."""
    out = list(p)
    for i in range(len(p) - 1):
        for k in reversed(range(i, len(p) - 1)):
            out[k] += by * out[k + 1]
    return out


def _reading(numbers: Numbers, question: str) -> tuple[float, Callable[[Scalar], Any]]:
    """By how much conditions may be missed, and what makes numbers of scalars."""
    if numbers.parameters or numbers.kind == "complex":
        raise MethodError(f"the {question} of {numbers.title} needs real numbers")
    tolerance = numbers.tolerance
    if numbers.is_rounded:
        tolerance = max(tolerance, ACTIVE if all(map(is_exact, numbers.values)) else FLOATS)
    return tolerance, as_mpf if tolerance else as_fraction


def _largest(holds: Callable[[Any], bool], convert: Callable[[Scalar], Any], decimal: bool) -> Scalar:
    """The end of the interval from 0 on which a condition holds, as `ssp_coefficient` says."""
    one = convert(Fraction(1))
    low, high = 0 * one, one
    while holds(high):
        low, high = high, 2 * high
        if high > UNBOUNDED:
            return math.inf
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    simple = as_fraction((low + high) / 2).limit_denominator(SIMPLE)
    if low <= convert(simple) <= high and not decimal and holds(convert(simple)):
        return simple
    return float(f"{float(low):.{DECIMALS}g}") if decimal else float(low)


def _can_be_positive(A: list[list[Any]], K: list[list[Any]], tolerance: float) -> bool:
    """Whether K >= 0 and K A vanishes where K does: K (I + rA)⁻¹ = K - r K A + ... must not be negative for small r."""
    for row in K:
        product = [sum(x * a[j] for x, a in zip(row, A, strict=True)) for j in range(len(A))]
        if any(x < -tolerance or (abs(x) <= tolerance and y > tolerance) for x, y in zip(row, product, strict=True)):
            return False
    return True


def _holds(A: list[list[Any]], K: list[list[Any]], r: Any, tolerance: float) -> bool:
    s = len(A)
    # the rows of Y = K (I + rA)⁻¹ solve (I + rA)ᵀ yᵀ = kᵀ
    system = [[(r * A[j][i] + (i == j)) for j in range(s)] + [row[i] for row in K] for i in range(s)]
    solved = _eliminated(system, s)
    if solved is None:
        return False
    for k in range(len(K)):
        y = [solved[i][k] for i in range(s)]
        if any(x < -tolerance for x in y) or r * sum(y) > 1 + tolerance * (1 + r):
            return False
    return True


def _eliminated(system: list[list[Any]], s: int) -> Sequence[Sequence[Any]] | None:
    """The solutions of a linear system with several right-hand sides (Gauss-Jordan); None where it is singular."""
    for i in range(s):
        pivot = max(range(i, s), key=lambda k: abs(system[k][i]))
        if system[pivot][i] == 0:
            return None
        system[i], system[pivot] = system[pivot], system[i]
        system[i] = [x / system[i][i] for x in system[i]]
        for k in range(s):
            if k != i and system[k][i] != 0:
                factor = system[k][i]
                system[k] = [x - factor * y if y else x for x, y in zip(system[k], system[i], strict=True)]
    return [row[s:] for row in system]
