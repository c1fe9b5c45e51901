"""Programs evaluated in mpmath arithmetic, at the working precision in force."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from ..base.errors import CodegenError, FieldError, shown
from ..codegen import Program
from ..codegen.numbers import nearest
from ..expressions.functions import in_mpmath
from ..rings import MpmathArithmetic, Scalar, scalar, to_sympy

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


def plain_array(value: Any) -> Any:
    """A tensor as a numpy array, anything else as it is."""
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value


def real_numbers(values: Any, what: str, finite: bool = True) -> np.ndarray:
    """Finite real numbers of any kind as an array of floats. Raises FieldError for anything else."""
    found = np.array(np.nan)
    try:
        given = np.asarray([] if isinstance(values, str | bytes) else plain_array(values))
        if given.dtype.kind in "OU":
            given = np.array([float(nearest(scalar(v))) for v in given.flat]).reshape(given.shape)
        if given.dtype.kind in "iuf" and not isinstance(values, str | bytes):
            found = given.astype(float)
    except Exception:  # whatever an entry raises when it is asked for its value
        pass
    if not np.all(np.isfinite(found)) and (finite or not found.ndim):
        raise FieldError(f"{what} must be finite real numbers (..., d), got {shown(values)}")
    return found
