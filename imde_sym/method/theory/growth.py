"""What a step does to y' = λ_0 y + λ_1 y + ..., z_ν = hλ_ν: a factor, or a matrix for methods that hand on several values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from ...base.errors import MethodError, shown
from ...expressions import new_symbol
from ...rings import scalar, to_sympy
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
    size = len(parts[0].b)
    exact = arguments(z, len(parts), taken)
    if exact is not None:
        A, b = sympy.zeros(size, size), sympy.zeros(1, size)
        for part, own in zip(parts, exact, strict=True):
            A += own * sympy.Matrix([[to_sympy(x) for x in row] for row in part.A])
            b += own * sympy.Matrix([[to_sympy(x) for x in part.b]])
        return factor(A, b, sympy.ones(size, 1), sympy.S.One)
    values = numbers(z, taken)
    A, b = (
        sum(own[..., None, None] * np.array(m, complex) for m, own in zip(ms, values, strict=True))
        for ms in ([part.A for part in parts], [[part.b] for part in parts])
    )
    return solved(A, b, np.ones((size, 1)), np.ones(values[0].shape))


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
    A, U, B, V = (np.array(m, complex) for m in (A, U, B, V))
    inner = np.eye(len(A)) - z[..., None, None] * A
    M = V + z[..., None, None] * B @ np.linalg.solve(inner, np.broadcast_to(U, (*z.shape, *U.shape)))
    return np.abs(np.linalg.eigvals(M)).max(axis=-1)[()]
