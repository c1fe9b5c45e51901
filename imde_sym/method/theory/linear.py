"""Linear systems over canonical scalars, exact where these are, and what they tell of general linear methods."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy

from ...base.errors import MethodError
from ...rings import Scalar, scalar, sum_tolerance, vanishes
from .numbers import as_complex

Rows = Sequence[Sequence[Scalar]]


def _simple(x: Any) -> Scalar:
    return scalar(sympy.radsimp(sympy.cancel(x))) if isinstance(x, sympy.Basic) else x


def _size(x: Scalar) -> float:
    return 1.0 if getattr(x, "free_symbols", None) else abs(as_complex(x))


def solved(matrix: Rows, right: Rows) -> list[list[Scalar]]:
    """X with matrix · X = right, for as many equations as unknowns or more, by elimination with pivots.

    Raises MethodError where there is no such X, or more than one.

    >>> solved([[Fraction(2), Fraction(1)], [Fraction(1), Fraction(1)]], [[Fraction(3)], [Fraction(2)]])
    [[Fraction(1, 1)], [Fraction(1, 1)]]
    """
    n = len(matrix[0])
    work = [[*row, *values] for row, values in zip(matrix, right, strict=True)]
    given = sum_tolerance([x for row in work for x in row])
    tolerance = given and given * 100
    for k in range(n):
        best = max(range(k, len(work)), key=lambda i: 0.0 if vanishes(work[i][k], tolerance) else _size(work[i][k]), default=k)
        if best >= len(work) or vanishes(work[best][k], tolerance):
            raise MethodError("the equations have more than one solution")
        work[k], work[best] = work[best], work[k]
        pivot = work[k][k]
        work[k] = [_simple(x / pivot) for x in work[k]]
        for i, row in enumerate(work):
            if i != k and row[k] != 0:
                work[i] = [_simple(x - row[k] * y) for x, y in zip(row, work[k], strict=True)]
    if any(not vanishes(x, tolerance) for row in work[n:] for x in row[n:]):
        raise MethodError("the equations have no solution")
    return [row[n:] for row in work[:n]]


def consistent_values(V: Rows) -> list[Scalar]:
    """The u with V u = u and u_0 = 1. Raises MethodError unless there is exactly one."""
    r = range(len(V))
    shifted = [[x - Fraction(int(i == j)) for j, x in enumerate(row)] for i, row in enumerate(V)]
    if len(V) == 1:
        if not vanishes(shifted[0][0], sum_tolerance(V[0])):
            raise MethodError("the equations have no solution")
        return [Fraction(1)]
    rest = solved([row[1:] for row in shifted], [[-shifted[i][0]] for i in r])
    return [Fraction(1), *(x for (x,) in rest)]


def invariance(V: Rows, u: Sequence[Scalar]) -> list[list[Scalar]]:
    """The inverse of the matrix with the columns -u, (V - I)_1, (V - I)_2, ...

    Raises MethodError where there is none: 1 is then a multiple eigenvalue of V.
    """
    r = range(len(V))
    matrix = [[-u[i], *(V[i][j] - Fraction(int(i == j)) for j in r[1:])] for i in r]
    return solved(matrix, [[Fraction(int(i == j)) for j in r] for i in r])
