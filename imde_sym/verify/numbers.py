"""Programs evaluated in mpmath arithmetic, at the working precision in force."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import mpmath

from ..base.errors import CodegenError
from ..codegen import Program
from ..rings import MpmathArithmetic, Scalar, to_sympy

number = MpmathArithmetic().element
"""A canonical scalar as an mpmath number."""


def power(a: Any, exponent: Fraction) -> Any:
    if exponent.denominator == 1:
        return a**exponent.numerator
    root = mpmath.root(a, exponent.denominator) if a >= 0 else mpmath.power(a, number(Fraction(1, exponent.denominator)))
    return root if exponent.numerator == 1 else 1 / root


def call(name: str, *arguments: Any) -> Any:
    if name == "pow":
        return arguments[0] ** arguments[1]
    function = getattr(mpmath, name, None)
    if function is None:
        raise CodegenError(f"{name} has no mpmath form")
    return function(*arguments)


def evaluate(program: Program, inputs: Sequence[Any], h: Any = 0) -> list[Any]:
    return program.run(inputs, h, number, power, call)


def vector(values: Sequence[Scalar]) -> list[Any]:
    return [number(to_sympy(v)) for v in values]
