"""The step size in formulas: a symbol that is none of the field's and the method's, and what a user may put in its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy

from ..base.errors import FieldError
from ..expressions import STORED, latex, parse_expression, step_symbol
from ..fields import VectorField
from ..method import Method
from ..rings import scalar, to_sympy

Symbols = tuple[sympy.Symbol, ...]


def symbols_of(field: VectorField, method: Method) -> Symbols:
    """The symbols that formulas about the method on the field hold, h aside."""
    return (*field.variables, *field.free_parameters, *method.parameters)


def step_of(field: VectorField, method: Method) -> sympy.Symbol:
    """h; h_step where the field or the method has a symbol or a function of the name h."""
    return step_symbol([*symbols_of(field, method), *field.functions])


def step_value(h: Any, step: sympy.Symbol, symbols: Iterable[sympy.Symbol]) -> sympy.Expr:
    """What stands for the step: a number, a symbol, an expression or the text of one; None for `step` itself.

    Raises FieldError for one of the symbols that formulas hold already: the two could not be told apart.
    """
    if h is None:
        return step
    value = to_sympy(scalar(parse_expression(h, lambda name: STORED.get(name, sympy.Symbol(name))) if isinstance(h, str) else h))
    if isinstance(value, sympy.Symbol) and value.name in {s.name for s in symbols}:
        raise FieldError(f"{value} is a symbol of these formulas, not the step size: leave h out, and the step is called {step}")
    return value


def power(step: sympy.Symbol, k: int) -> str:
    """h, h^2, ...; h^0 is written out."""
    return f"{step}" if k == 1 else f"{step}^{k}"


def latex_power(step: sympy.Symbol, k: int, among: Iterable[sympy.Basic] = ()) -> str:
    """As `power`, in LaTeX."""
    return latex(step, among) if k == 1 else f"{latex(step, among)}^{{{k}}}"
