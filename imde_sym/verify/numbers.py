"""Programs evaluated in mpmath arithmetic, at the working precision in force."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import mpmath

from ..base.errors import CodegenError
from ..codegen import Program
from ..expressions.functions import in_mpmath
from ..rings import MpmathArithmetic, Scalar, to_sympy

number = MpmathArithmetic().element
"""A canonical scalar as an mpmath number."""


def power(a: Any, exponent: Fraction) -> Any:
    """a to the power of -1 or ±1/q; of a negative number the principal root."""
    if exponent.denominator == 1:
        return a**exponent.numerator
    root = mpmath.root(a, exponent.denominator) if a >= 0 else mpmath.power(a, number(Fraction(1, exponent.denominator)))
    return root if exponent.numerator == 1 else 1 / root


def call(name: str, *arguments: Any) -> Any:
    """The value of a function that programs call. Raises CodegenError where mpmath does not have it."""
    function = in_mpmath(name, mpmath.mp)
    if function is None:
        raise CodegenError(f"{name} has no mpmath form")
    return function(*arguments)


def evaluate(program: Program, inputs: Sequence[Any], h: Any = 0) -> list[Any]:
    """The outputs of a program."""
    return program.run(inputs, h, number, power, call)


def vector(values: Sequence[Scalar]) -> list[Any]:
    """Numbers in mpmath arithmetic."""
    return [number(to_sympy(v)) for v in values]
