"""Coefficient arithmetic: which ring the data live in, and how arrays and polynomials over it compute."""

from __future__ import annotations

from collections.abc import Sequence

from .arithmetic import Arithmetic, DomainArithmetic, FloatArithmetic, FractionArithmetic, MpmathArithmetic, promote
from .latex import alike, latex, latex_words, letters
from .modular import RationalArithmetic
from .polynomials import Polynomial, PolynomialRing, backend, polynomial_ring
from .rounding import Neighbours, Rounded, half_units, is_moderate, sum_tolerance, vanishes
from .scalars import (
    Scalar,
    check_expression,
    formula,
    is_exact,
    is_zero,
    real,
    scalar,
    scalar_from_json,
    scalar_to_json,
    to_sympy,
)
from .spelling import Spelling, as_symbol, find_symbol, new_symbol, one_symbol_a_name, read_symbols, step_symbol
from .text import FUNCTIONS, STORED, expression_text, parse_expression

__all__ = [
    "FUNCTIONS",
    "STORED",
    "Arithmetic",
    "FractionArithmetic",
    "MpmathArithmetic",
    "Neighbours",
    "Polynomial",
    "PolynomialRing",
    "Rounded",
    "Scalar",
    "Spelling",
    "alike",
    "as_symbol",
    "backend",
    "check_expression",
    "expression_text",
    "find_symbol",
    "formula",
    "half_units",
    "is_exact",
    "is_moderate",
    "is_zero",
    "latex",
    "latex_words",
    "letters",
    "new_symbol",
    "one_symbol_a_name",
    "parse_expression",
    "polynomial_ring",
    "promote",
    "read_symbols",
    "real",
    "ring_of",
    "scalar",
    "scalar_from_json",
    "scalar_to_json",
    "step_symbol",
    "sum_tolerance",
    "to_sympy",
    "vanishes",
]


def ring_of(values: Sequence[Scalar]) -> Arithmetic:
    """The smallest ring for canonical scalars: exact while all are exact, floats once one is.

    Raises RingError where floats meet symbols.
    """
    kind = promote(values)
    if kind == "rational":
        return RationalArithmetic()
    if kind == "symbolic":
        return DomainArithmetic([to_sympy(v) for v in values])
    if kind == "mpmath":
        return MpmathArithmetic()
    return FloatArithmetic(float if kind == "float" else complex)
