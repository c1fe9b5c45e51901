"""sympy: exact formulas with shared sub-expressions, for any values that sympy can add and multiply."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from ..base.errors import CodegenError
from ..expressions.functions import SYMBOLIC
from ..rings import to_sympy
from .language import Body, Language, functions
from .names import PYTHON
from .numbers import nearest
from .python import module, results, signature, unpack
from .routine import Routine

CONSTANTS = {sympy.pi: "sympy.pi", sympy.E: "sympy.E", sympy.EulerGamma: "sympy.EulerGamma"}


def _integer(n: int) -> str:
    """In decimals as far as Python reads them, beyond that hexadecimal."""
    return str(n) if n.bit_length() < 10_000 else hex(n)


def number(value: Any, precision: str) -> str:
    """An exact number; floats stay floats."""
    if isinstance(value, Fraction):
        if value < 0:
            return f"-{number(-value, precision)}"
        whole = f"sympy.Integer({_integer(value.numerator)})"
        return whole if value.denominator == 1 else f"sympy.Rational({_integer(value.numerator)}, {_integer(value.denominator)})"
    e = to_sympy(value)
    if e in CONSTANTS:
        return CONSTANTS[e]
    if e.has(sympy.Float):
        return repr(nearest(value))
    raise CodegenError(f"the constant {e} has no form in sympy code")


LANGUAGE = Language(
    name="sympy",
    functions=functions("sympy", "sympy.", names=SYMBOLIC),
    reserved=PYTHON,
    power="**",
    number=number,
    imaginary="({} + {}*sympy.I)",
)


def emit(routine: Routine) -> str:
    """A module with a function of (state, h, parameters...): d expressions to a column Matrix."""
    body, d = Body(routine, LANGUAGE), routine.dimension
    lines = module(body, ["import sympy"])
    lines += ["", "", signature(routine.name, ["state", *body.arguments])]
    lines += [f"    {unpack(body.variables, 'state')}"]
    lines += results(body, "sympy.Matrix({})", f"sympy.Matrix({d}, {d}, {{entries}})")
    return "\n".join(lines) + "\n"
