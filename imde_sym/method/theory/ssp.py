"""The SSP coefficient: how many forward Euler steps' worth of h keep every convex functional from growing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ...base.errors import MethodError
from ...base.sharing import precision
from ...rings import Scalar, as_fraction, is_exact
from ...rings.rounding import FLOATS
from .numbers import Numbers
from .stability import DIGITS, as_mpf
from .stages import HasStages

BISECTIONS = 44
UNBOUNDED = 2**30
ACTIVE = 1e-10
"""How far the conditions of published decimals may be missed: an optimiser left them equalities, to its accuracy."""
SIMPLE = 1000
"""A limit that agrees with a fraction of a smaller denominator, where the conditions hold, is given as that fraction."""


def ssp_coefficient(stages: HasStages, numbers: Numbers) -> Scalar:
    """The radius of absolute monotonicity, the largest r with K (I + rA)⁻¹ >= 0 and r K (I + rA)⁻¹ e <= e, K = [A; bᵀ].

    The conditions (Kraaijevanger 1991; Ferracina and Spijker 2004) hold on an interval that starts at 0, so
    bisection finds its end, to 13 digits; for rational data every test is exact. Returns a Fraction where
    the conditions hold at one with a small denominator inside the last bracket, else a float from below;
    math.inf if they hold at 2^30. Raises MethodError for symbols and complex data. Cost: O(s³) a test.
    """
    if numbers.parameters or numbers.kind == "complex":
        raise MethodError(f"the SSP coefficient of {numbers.title} needs real numbers")
    decimal, tolerance = numbers.is_rounded, numbers.tolerance
    tolerance = max(tolerance, ACTIVE if all(map(is_exact, numbers.values)) else FLOATS) if decimal else tolerance
    convert = as_mpf if tolerance else as_fraction
    with precision(DIGITS):
        A, b = [[convert(a) for a in row] for row in stages.A], [convert(x) for x in stages.b]
        K = [*A, b]
        if not _can_be_positive(A, K, tolerance):
            return Fraction(0)
        one = convert(Fraction(1))
        low, high = 0 * one, one
        while _holds(A, K, high, tolerance):
            low, high = high, 2 * high
            if high > UNBOUNDED:
                return math.inf
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            low, high = (middle, high) if _holds(A, K, middle, tolerance) else (low, middle)
        simple = as_fraction((low + high) / 2).limit_denominator(SIMPLE)
        if low <= convert(simple) <= high and not decimal and _holds(A, K, convert(simple), tolerance):
            return simple
        return float(low)


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
