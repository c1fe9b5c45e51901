"""Shu-Osher forms: a method as combinations of forward Euler steps, with downwind steps too; internal stability."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import sympy
from sympy.polys.matrices import DomainMatrix
from sympy.polys.matrices.exceptions import DMNonInvertibleMatrixError

from ...base.errors import MethodError
from ...rings import Scalar, scalar, to_sympy
from .growth import quotient, responses
from .numbers import complex_matrix
from .stages import HasStages

SLACK = 1e-12
UNBOUNDED = 2**20
SPLITTINGS = 60
"""Rounds after which a matrix that still has negative entries counts as not splittable."""


class ShuOsher(NamedTuple):
    """Y_i = v_i y + Σ_j (α_ij Y_j + β_ij h f(Y_j)), the last row, i = s, is the result (Shu, Osher 1988)."""

    v: tuple[Scalar, ...]
    alpha: tuple[tuple[Scalar, ...], ...]
    beta: tuple[tuple[Scalar, ...], ...]


def canonical_form(stages: HasStages, r: Any) -> ShuOsher:
    """The form with α = r β: β = K (I + rA)⁻¹ with K = [A; bᵀ]. Raises MethodError where I + rA is singular."""
    A, K, radius = _matrices(stages, r)
    try:
        inverse = DomainMatrix.from_Matrix(sympy.eye(A.rows) + radius * A).to_field().inv().to_Matrix()
    except (ZeroDivisionError, DMNonInvertibleMatrixError):
        raise MethodError(f"there is no Shu-Osher form with r = {r}: I + rA is singular") from None
    beta = (K * inverse).applyfunc(sympy.cancel)
    alpha = (radius * beta).applyfunc(sympy.cancel)
    v = [1 - sum(alpha[i, :]) for i in range(K.rows)]
    return ShuOsher(tuple(scalar(sympy.cancel(x)) for x in v), _rows(alpha), _rows(beta))


def _matrices(stages: HasStages, r: Any) -> tuple[Any, Any, Any]:
    A = sympy.Matrix([[to_sympy(x) for x in row] for row in stages.A])
    return A, A.col_join(sympy.Matrix([[to_sympy(x) for x in stages.b]])), to_sympy(scalar(r))


def _rows(M: Any) -> tuple[tuple[Scalar, ...], ...]:
    return tuple(tuple(scalar(x) for x in M.row(i)) for i in range(M.rows))


def downwind_radius(stages: HasStages) -> float:
    """The largest r for which the method keeps strong stability where downwind slopes stand in for negative weights.

    With P = rK (I + rK)⁻¹ and K = [A, 0; bᵀ, 0] it is Y = d y + P (Y + F/r), d = (I + rK)⁻¹ e. Negative entries of the matrix are
    moved to downwind steps Y - F̃/r, which divides by I + 2P⁻, until none are left; the form is one of Euler steps while d and
    both matrices are not negative (Higueras 2005; Higueras, Ketcheson, "split with iteration"). Found by bisection to 13
    digits; inf where they never are.
    """
    size = len(stages.b) + 1
    K = np.zeros((size, size))
    K[:, :-1] = complex_matrix((*stages.A, stages.b)).real

    explicit = not any(stages.A[0])

    def holds(r: float) -> bool:
        inverse = np.linalg.inv(np.eye(size) + r * K)
        d, up, down = inverse.sum(axis=1), r * inverse @ K, np.zeros((size, size))
        for _ in range(SPLITTINGS):
            lost, gained = np.maximum(-up, 0), np.maximum(-down, 0)
            turned = np.linalg.inv(np.eye(size) + 2 * (lost + gained))
            d, up, down = turned @ d, turned @ (np.maximum(up, 0) + gained), turned @ (np.maximum(down, 0) + lost)
            if explicit:  # the first stage is y: what multiplies y may stand as half a step up and half a step down
                shift = d / 2
                up[:, 0], down[:, 0], d = up[:, 0] + shift, down[:, 0] + shift, 0 * d
            if min(d.min(), up.min(), down.min()) >= -SLACK:
                return True
        return False

    low, high = 0.0, 1.0
    while holds(high):
        low, high = high, 2 * high
        if high > UNBOUNDED:
            return math.inf
    for _ in range(46):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def internal_polynomials(stages: HasStages, z: sympy.Expr) -> list[sympy.Expr]:
    """θ_j(z) = z bᵀ (I - zA)⁻¹ e_j: how an error in stage j reaches the result of y' = λy (Ketcheson et al. 2014)."""
    row, below = responses([stages])
    return [x.as_expr(z) if below == 1 else quotient(x, below, [z]) for x in row]


def internal_values(stages: HasStages, z: np.ndarray) -> np.ndarray:
    """θ_j at the points z, one row for each, computed in floats. Raises MethodError at a pole."""
    *A, b = complex_matrix((*stages.A, stages.b))
    inner = np.eye(len(b)) - z[:, None, None] * np.transpose(A)
    try:
        return np.asarray(np.linalg.solve(inner, (z[:, None] * b)[..., None])[..., 0])
    except np.linalg.LinAlgError:
        raise MethodError("the stages have no solution at this z: it is a pole") from None
