"""Nonlinear stability: algebraic stability and the discs in which a method is contractive."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import mpmath

from ...base.errors import MethodError
from ...base.sharing import precision
from ...rings import as_fraction
from .numbers import Numbers
from .reduction import needed
from .stability import DIGITS, as_mpf
from .stages import HasStages, Stages

Matrix = list[list[Any]]


def entries(stages: HasStages, numbers: Numbers, question: str) -> tuple[Matrix, list[Any]]:
    """A and b as Fractions where they are rational, else in mpmath's working precision. Raises MethodError for symbols."""
    if numbers.parameters or numbers.kind == "complex":
        raise MethodError(f"{question} of {numbers.title} needs real numbers")
    convert = as_mpf if numbers.tolerance else as_fraction
    return [[convert(a) for a in row] for row in stages.A], [convert(x) for x in stages.b]


def stability_matrix(A: Matrix, b: Sequence[Any]) -> Matrix:
    """M with m_ij = b_i a_ij + b_j a_ji - b_i b_j (Burrage and Butcher 1979)."""
    places = range(len(b))
    return [[b[i] * A[i][j] + b[j] * A[j][i] - b[i] * b[j] for j in places] for i in places]


def is_algebraically_stable(stages: HasStages, numbers: Numbers) -> bool:
    """b >= 0 and M >= 0 (Burrage, Butcher 1979; HW IV.12): then steps of dissipative problems contract, of any size."""
    with precision(DIGITS):
        A, b = entries(stages, numbers, "the algebraic stability")
        return all(x >= -numbers.tolerance for x in b) and is_semidefinite(stability_matrix(A, b), numbers.tolerance)


def is_semidefinite(M: Matrix, tolerance: float = 0.0) -> bool:
    """Whether a symmetric matrix has no negative eigenvalue, by elimination with the largest diagonal entry first.

    >>> is_semidefinite([[1, 2], [2, 4]]), is_semidefinite([[1, 2], [2, 3]])
    (True, False)
    """
    rest = [list(row) for row in M]
    while rest:
        pivot = max(range(len(rest)), key=lambda i: rest[i][i])
        d = rest[pivot][pivot]
        if d <= tolerance:
            return all(abs(x) <= tolerance for row in rest for x in row)
        others = [i for i in range(len(rest)) if i != pivot]
        rest = [[rest[i][j] - Fraction(1) * rest[i][pivot] * rest[pivot][j] / d for j in others] for i in others]
    return True


def circle_contractivity_radius(stages: HasStages, numbers: Numbers) -> float:
    """The largest r for which steps contract in every norm of an inner product, fields in |z + r| <= r (Dahlquist, Jeltsch).

    -1/λ with λ the least eigenvalue of B^(-1/2) M B^(-1/2); inf where the method is B-stable, 0 where a weight is not positive.
    Stages that the result does not depend on are left out.
    """
    kept = needed(stages)
    stages = Stages([[stages.A[i][j] for j in kept] for i in kept], [stages.b[i] for i in kept])
    with precision(DIGITS):
        if is_algebraically_stable(stages, numbers):
            return math.inf
        A, b = entries(stages, numbers, "the circle contractivity")
        if any(x <= numbers.tolerance for x in b):
            return 0.0
        roots = [mpmath.sqrt(as_mpf(x)) for x in b]
        M = stability_matrix(A, b)
        scaled = mpmath.matrix(
            [[as_mpf(x) / (u * v) for x, v in zip(row, roots, strict=True)] for row, u in zip(M, roots, strict=True)]
        )
        least = min(mpmath.eigsy(scaled, eigvals_only=True))
        return float(-1 / least)
