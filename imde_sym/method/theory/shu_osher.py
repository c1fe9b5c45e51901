"""Shu-Osher forms: a method as combinations of forward Euler steps, with downwind steps too; internal stability."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
import sympy
from sympy.polys.matrices import DomainMatrix

from ...base.errors import MethodError
from ...rings import Scalar, scalar, to_sympy
from .stages import HasStages


class ShuOsher(NamedTuple):
    """Y_i = v_i y + Σ_j (α_ij Y_j + β_ij h f(Y_j)), the last row, i = s, is the result (Shu, Osher 1988; Gottlieb et al. 2011)."""

    v: tuple[Scalar, ...]
    alpha: tuple[tuple[Scalar, ...], ...]
    beta: tuple[tuple[Scalar, ...], ...]


def canonical_form(stages: HasStages, r: Any) -> ShuOsher:
    """The form with α = r β: β = K (I + rA)⁻¹ with K = [A; bᵀ]. Raises MethodError where I + rA is singular."""
    A, K, radius = _matrices(stages, r)
    try:
        inverse = (sympy.eye(A.rows) + radius * A).inv() if A.rows < 4 else _inverse(sympy.eye(A.rows) + radius * A)
    except (ValueError, ZeroDivisionError, sympy.matrices.exceptions.NonInvertibleMatrixError):
        raise MethodError(f"there is no Shu-Osher form with r = {r}: I + rA is singular") from None
    beta = (K * inverse).applyfunc(sympy.cancel)
    alpha = (radius * beta).applyfunc(sympy.cancel)
    v = [1 - sum(alpha[i, :]) for i in range(K.rows)]
    return ShuOsher(tuple(scalar(sympy.cancel(x)) for x in v), _rows(alpha), _rows(beta))


def _inverse(M: Any) -> Any:
    return DomainMatrix.from_Matrix(M).to_field().inv().to_Matrix()


def _matrices(stages: HasStages, r: Any) -> tuple[Any, Any, Any]:
    A = sympy.Matrix([[to_sympy(x) for x in row] for row in stages.A])
    return A, A.col_join(sympy.Matrix([[to_sympy(x) for x in stages.b]])), to_sympy(scalar(r))


def _rows(M: Any) -> tuple[tuple[Scalar, ...], ...]:
    return tuple(tuple(scalar(x) for x in M.row(i)) for i in range(M.rows))


def downwind_radius(stages: HasStages) -> Fraction | float:
    """The largest r for which the perturbed method, with downwind steps where β < 0, keeps strong stability (Higueras 2005).

    For Y = y e + Σ (K⁺ f + K⁻ f̃) with K = K⁺ - K⁻ the best splitting leaves r with |K (I + r·)...| <= e: the largest r with
    (I - r |K'|)⁻¹ >= 0 and r |K'| e <= e stage by stage, K' the square matrix [A, 0; bᵀ, 0]. Found by bisection to 13 digits.
    """
    size = len(stages.b) + 1
    K = mpmath.matrix(size, size)
    for i, row in enumerate([*stages.A, stages.b]):
        for j, x in enumerate(row):
            K[i, j] = mpmath.mpf(float(x)) if not isinstance(x, Fraction) else mpmath.mpf(x.numerator) / x.denominator
    if not any(K[i, j] for i in range(size) for j in range(size)):
        return float("inf")

    def holds(r: Any) -> bool:
        # the splitting of Higueras: |α_r| e <= e for α_r = r K (I + rK)⁻¹ with entries taken absolutely
        M = mpmath.eye(size) + r * K
        alpha = r * K * mpmath.inverse(M)
        return all(sum(abs(alpha[i, j]) for j in range(size)) <= 1 + mpmath.mpf(10) ** -12 for i in range(size))

    low, high = mpmath.mpf(0), mpmath.mpf(1)
    while holds(high) and high < 2**20:
        low, high = high, 2 * high
    for _ in range(46):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return float(low)


def internal_polynomials(stages: HasStages, z: sympy.Expr) -> list[sympy.Expr]:
    """θ_j(z) = z bᵀ (I - zA)⁻¹ e_j: how an error in stage j, as a value, reaches the result of y' = λy (Ketcheson et al. 2014)."""
    A = sympy.Matrix([[to_sympy(x) for x in row] for row in stages.A])
    b = sympy.Matrix([[to_sympy(x) for x in stages.b]])
    solved = (sympy.eye(A.rows) - z * A).T.LUsolve((z * b).T)
    return [sympy.cancel(x) for x in solved]
