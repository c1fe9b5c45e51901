"""What a step does to y' = λ_0 y + λ_1 y + ..., z_ν = hλ_ν: a factor, or a matrix for methods that hand on several values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy
from sympy.polys.matrices import DomainMatrix
from sympy.polys.rings import PolyRing
from sympy.polys.rootoftools import ComplexRootOf

from ...base.errors import MethodError, shown
from ...expressions import new_symbol
from ...rings import scalar, to_sympy
from .numbers import complex_matrix
from .stages import HasStages


def arguments(z: Sequence[Any], count: int, taken: Sequence[sympy.Symbol]) -> list[Any] | None:
    """z_0, ..., z_(count-1) as sympy expressions, by default symbols; None where they are arrays or floats.

    Raises MethodError for another number of them.
    """
    if not z:
        return [new_symbol("z" if count == 1 else f"z{v}", taken) for v in range(count)]
    if len(z) != count:
        raise MethodError(
            f"the method has {count} parts, so its stability function takes {count} numbers z; got {shown(list(z))}"
        )
    if all(isinstance(x, int | str | sympy.Basic) or type(x).__name__ == "Fraction" for x in z):
        return [to_sympy(scalar(sympy.Symbol(x) if isinstance(x, str) and x.isidentifier() else x)) for x in z]
    return None


def additive_factor(parts: Sequence[HasStages], z: Sequence[Any], taken: Sequence[sympy.Symbol]) -> Any:
    """R = 1 + Σ_ν z_ν b_νᵀ (I - Σ_ν z_ν A_ν)⁻¹ 1 of an additive method (HW IV.3 for one part)."""
    exact = arguments(z, len(parts), taken)
    if exact is not None:
        above, below = responses(parts)
        return quotient(below + sum(above), below, exact)
    size = len(parts[0].b)
    values = numbers(z, taken)
    A, b = (
        sum(own[..., None, None] * complex_matrix(m) for m, own in zip(ms, values, strict=True))
        for ms in ([part.A for part in parts], [[part.b] for part in parts])
    )
    return solved(A, b, np.ones((size, 1)), np.ones(values[0].shape))


def responses(parts: Sequence[HasStages]) -> tuple[list[Any], Any]:
    """Σ_ν z_ν b_νᵀ (I - Σ_ν z_ν A_ν)⁻¹, a row, over one denominator: polynomials in the z_ν over the field of the entries.

    bᵀ adj(I - M) = Σ_k r_k with r_0 = bᵀ, r_k = r_(k-1) M + c_k bᵀ, where the c_k are the coefficients of det(λI - M), whose
    sum is the denominator (Faddeev, LeVerrier): no division, so that roots among the entries cost little.
    Raises MethodError for entries with several roots that are no radicals: their common field is far too large.
    """
    size = len(parts[0].b)
    entries = [[[to_sympy(x) for x in row] for row in (*part.A, part.b)] for part in parts]
    given = list(dict.fromkeys(x for rows in entries for row in rows for x in row))
    if len({root for x in given for root in x.atoms(ComplexRootOf)}) > 1:
        raise MethodError("the entries hold several roots of a polynomial, too many for formulas: give floats for z")
    field, elements = sympy.construct_domain(given, field=True, extension=True)  # all at once: one by one is far slower
    number = dict(zip(given, elements, strict=True))
    ring = PolyRing([sympy.Dummy() for _ in parts], field, "grevlex")
    *M, b = (
        [sum((z * number[rows[i][j]] for z, rows in zip(ring.gens, entries, strict=True)), ring.zero) for j in range(size)]
        for i in range(size + 1)
    )
    if all(M[i][j] == 0 for i in range(size) for j in range(i, size)):
        row: list[Any] = []  # from the last stage to the first
        for j in reversed(range(size)):
            row.append(sum((x * M[i][j] for x, i in zip(row, range(size - 1, j, -1), strict=True)), b[j]))
        return row[::-1], ring.one
    c = DomainMatrix(M, (size, size), ring.to_domain()).charpoly()
    power = total = b
    for k in range(1, size):
        power = [sum((power[i] * M[i][j] for i in range(size)), c[k] * b[j]) for j in range(size)]
        total = [x + y for x, y in zip(total, power, strict=True)]
    return total, sum(c, ring.zero)


def quotient(above: Any, below: Any, z: Sequence[sympy.Expr]) -> sympy.Expr:
    """The quotient of two polynomials at z, common factors of rational ones cancelled."""
    if above.ring.domain.is_QQ:
        above, below = above.cancel(below)
        return sympy.together(above.as_expr(*z) / below.as_expr(*z))
    return above.as_expr(*z) / below.as_expr(*z)


def factor(A: Any, b: Any, start: Any, last: Any) -> sympy.Expr:
    """last + b (I - A)⁻¹ start."""
    U = (sympy.eye(A.rows) - A).LUsolve(start)
    return sympy.together(sympy.cancel(last + (b * U)[0, 0]))


def solved(A: Any, b: Any, start: Any, last: Any) -> Any:
    """The same for arrays of matrices."""
    try:
        U = np.linalg.solve(np.eye(A.shape[-1]) - A, np.broadcast_to(start, (*A.shape[:-1], 1)))
    except np.linalg.LinAlgError:
        raise MethodError("the stages have no solution at one of the z: R has a pole there") from None
    return (last + (b @ U)[..., 0, 0])[()]


def numbers(z: Sequence[Any], taken: Sequence[sympy.Symbol]) -> list[Any]:
    """Complex arrays of one shape. Raises MethodError for others, and for a method with symbols."""
    if taken:
        raise MethodError(f"the stability function at numbers needs a number for {taken[0]}")
    try:
        return [np.asarray(x) for x in np.broadcast_arrays(*(np.asarray(x, complex) for x in z))]
    except (TypeError, ValueError, OverflowError):
        raise MethodError(f"z are numbers, arrays of one shape, or expressions; got {shown(list(z))}") from None


def matrix(A: Any, U: Any, B: Any, V: Any, z: sympy.Expr) -> sympy.Matrix:
    """M(z) = V + z B (I - zA)⁻¹ U of a general linear method (Butcher 2006)."""
    A, U, B, V = (sympy.Matrix([[to_sympy(x) for x in row] for row in m]) for m in (A, U, B, V))
    return (V + z * B * (sympy.eye(A.rows) - z * A).LUsolve(U)).applyfunc(sympy.cancel)


def spectral_radius(A: Any, U: Any, B: Any, V: Any, z: Any) -> Any:
    """The largest modulus of an eigenvalue of M(z), at numbers and arrays of them."""
    A, U, B, V = map(complex_matrix, (A, U, B, V))
    inner = np.eye(len(A)) - z[..., None, None] * A
    M = V + z[..., None, None] * B @ np.linalg.solve(inner, np.broadcast_to(U, (*z.shape, *U.shape)))
    return np.abs(np.linalg.eigvals(M)).max(axis=-1)[()]
