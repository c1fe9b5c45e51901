"""Coefficient arithmetic: which ring the data live in, and how arrays and polynomials over it compute."""

from __future__ import annotations

from collections.abc import Sequence

from .arithmetic import Arithmetic, FloatArithmetic, FractionArithmetic, MpmathArithmetic, promote
from .modular import RationalArithmetic
from .number_fields import AlgebraicArithmetic
from .polynomials import Polynomial, PolynomialRing, backend, polynomial_ring
from .rounding import Neighbours, Rounded, half_units, is_moderate, sum_tolerance, vanishes
from .scalars import (
    Canonical,
    RealScalar,
    Scalar,
    as_fraction,
    check_expression,
    evaluated,
    formula,
    is_exact,
    is_zero,
    real,
    scalar,
    scalar_from_json,
    scalar_to_json,
    scalars,
    to_sympy,
)

__all__ = [
    "Arithmetic",
    "Canonical",
    "FractionArithmetic",
    "MpmathArithmetic",
    "Neighbours",
    "Polynomial",
    "PolynomialRing",
    "RealScalar",
    "Rounded",
    "Scalar",
    "as_fraction",
    "backend",
    "check_expression",
    "evaluated",
    "formula",
    "half_units",
    "is_exact",
    "is_moderate",
    "is_zero",
    "polynomial_ring",
    "promote",
    "real",
    "ring_of",
    "scalar",
    "scalar_from_json",
    "scalar_to_json",
    "scalars",
    "sum_tolerance",
    "to_sympy",
    "vanishes",
]


def ring_of(values: Sequence[Scalar]) -> Arithmetic:
    """The smallest ring for canonical scalars: exact while all are exact, floats once one is.

    Raises RingError where floats meet symbols.

    >>> ring_of([scalar("1/2"), scalar(0.5)]), ring_of([scalar("sqrt(2)")])
    (<ring float64>, <ring QQ<sqrt(2)>>)
    """
    kind = promote(values)
    if kind == "rational":
        return RationalArithmetic()
    if kind == "symbolic":
        return AlgebraicArithmetic([to_sympy(v) for v in values])
    if kind == "mpmath":
        return MpmathArithmetic()
    return FloatArithmetic(float if kind == "float" else complex)
