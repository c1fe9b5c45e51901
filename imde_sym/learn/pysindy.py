"""Models of PySINDy as fields, by what they tell of themselves: names, coefficients."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from ..base.arguments import checked
from ..base.errors import ImdeError, LearningError, shown
from ..expressions import parse_expression
from ..fields import VectorField
from .base import real_array

WORD = r"[A-Za-z_]\w*"


@checked
def from_pysindy(model: Any, *, symbols: bool = False, threshold: float = 0.0) -> VectorField:
    """The field that a fitted SINDy model stands for.

    model     : of PySINDy, or anything with coefficients(), (d, terms), and get_feature_names(), such as "x0 x1^2" or "sin(2 x0)"
    symbols   : put a letter for each coefficient, with its value as the parameter's: what `fit_coefficients` takes
    threshold : coefficients of at most this size are left out
    Controls of the model become free parameters. Raises LearningError for a model that is not fitted or is discrete in time,
    and for a term that cannot be read: a CustomLibrary needs function_names that spell the terms, as lambda x: f"exp({x})".

    >>> class Model:
    ...     feature_names = ["x", "y"]
    ...     def coefficients(self): return np.array([[0.0, 1.0, 0.0], [-1.5, 0.0, -0.1]])
    ...     def get_feature_names(self): return ["x", "y", "x^2 y"]
    >>> print(from_pysindy(Model()))
    x' = y; y' = -0.1*x**2*y - 1.5*x
    >>> print(from_pysindy(Model(), symbols=True).free_parameters, list(from_pysindy(Model(), symbols=True).parameters))
    () [c_x_1, c_y_1, c_y_2]
    """
    threshold = float(real_array(threshold, "threshold", 0))
    rows, variables, read = _read(model)
    components, values = [], dict[sympy.Symbol, float]()
    for variable, row in zip(variables, rows.tolist(), strict=True):
        parts = []
        for coefficient, term in zip(row, read, strict=True):
            if abs(coefficient) <= threshold:
                continue
            if symbols:
                letter = sympy.Symbol(f"c_{variable}_{sum(str(s).startswith(f'c_{variable}_') for s in values) + 1}")
                values[letter] = coefficient
                parts.append(letter * term)
            else:
                parts.append(sympy.Float(coefficient) * term)
        components.append(sympy.Add(*parts))
    return VectorField(variables, components, parameters=values or None, time=False)


@dataclass(frozen=True)
class Terms:
    """What `debias_terms` asks of a model that is linear in its coefficients: its variables, its terms and their numbers."""

    coefficients: np.ndarray
    variables: tuple[sympy.Symbol, ...]
    terms: tuple[sympy.Expr, ...]

    @classmethod
    def of(cls, model: Any) -> Terms:
        """Of a field, or of a fitted model of PySINDy. Raises LearningError for what is neither."""
        if isinstance(model, VectorField):
            tables = [sympy.expand(e).as_coefficients_dict() for e in model.components]
            terms = tuple(dict.fromkeys(t for table in tables for t in table))
            values = [[float(table.get(t, 0)) for t in terms] for table in tables]
            return cls(np.array(values), tuple(model.variables), terms)
        if not hasattr(model, "get_feature_names"):
            raise LearningError(
                "debias_terms takes a model that is linear in its coefficients: a Library, a fitted model of PySINDy, or a "
                f"field; got {shown(model)}"
            )
        rows, variables, read = _read(model)
        return cls(rows, tuple(variables), tuple(read))

    def to_field(self, threshold: float = 0.0) -> VectorField:
        """The model as a field with exact coefficients."""
        components = [
            sympy.Add(*(sympy.Rational(Fraction(c)) * t for c, t in zip(row, self.terms, strict=True) if abs(c) > threshold))
            for row in self.coefficients.tolist()
        ]
        return VectorField(list(self.variables), components, time=False)


def _read(model: Any) -> tuple[np.ndarray, list[sympy.Symbol], list[sympy.Expr]]:
    """Coefficients (d, terms), variables and terms of a fitted model."""
    if "Discrete" in type(model).__name__ or getattr(model, "discrete_time", False):
        raise LearningError("a SINDy model that is discrete in time is a map; `debias_map` takes maps")
    try:
        table, terms = model.coefficients(), list(model.get_feature_names())
    except ImdeError:
        raise
    except Exception as error:
        raise LearningError(f"{shown(model)} tells no coefficients() and get_feature_names(): fit it first ({error})") from None
    rows = real_array(np.asarray(table), "coefficients", 2)
    if rows.shape[1] != len(terms):
        raise LearningError(f"the model has {rows.shape[1]} coefficients in a row and {len(terms)} terms")
    names = [str(n) for n in getattr(model, "feature_names", None) or [f"x{i}" for i in range(len(rows))]]
    if len(names) < len(rows):
        raise LearningError(f"the model has {len(rows)} equations, but the names {names}")
    own = {n: sympy.Symbol(_identifier(n)) for n in names}
    return rows, list(own.values())[: len(rows)], [_term(str(t), own) for t in terms]


def _identifier(name: str) -> str:
    """A name that equations can hold."""
    found = re.sub(r"\W+", "_", name.strip()) or "x"
    return f"v_{found}" if found[0].isdigit() or keyword.iskeyword(found) else found


def _term(text: str, own: dict[str, sympy.Symbol]) -> sympy.Expr:
    """ "x0 x1^2", "sin(2 x0)", "1" as expressions; a space between factors is a product."""
    spelled = text
    for name in sorted(own, key=len, reverse=True):
        spelled = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", str(own[name]), spelled)
    spelled = re.sub(r"(?<=[\w).])\s+(?=[\w(])", "*", spelled.strip().replace("^", "**"))
    try:
        return parse_expression(spelled, {str(s): s for s in own.values()})
    except ImdeError as error:
        raise LearningError(
            f"the term {text!r} of the library cannot be read ({error}); a CustomLibrary needs function_names that spell them"
        ) from None
