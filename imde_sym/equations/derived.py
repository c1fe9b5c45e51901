"""A modified field as formulas: a graded field that knows where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import sympy

from ..base.checks import check_part, check_power
from ..expressions import STORED, Spelling, parse_expression
from ..expressions.layout import Expressions
from ..fields import DifferentialRing, GradedField, RingField, VectorField
from ..fields.formulas import Style, find_style
from ..fields.given import Form, first_order, is_given
from ..fields.given import second_order as accelerated
from ..method import Method
from ..rings import scalar, to_sympy
from ..series import BSeries, inverse_modified_series, modified_series
from .given import accelerations
from .split import Split
from .step import Symbols, step_of, step_value, symbols_of


class DerivedField(GradedField):
    """A graded field with what it was derived from: field, method, direction and, where the method has several parts, split."""

    def __init__(
        self,
        field: VectorField,
        method: Method,
        direction: str,
        ring: DifferentialRing,
        colored: Sequence[Sequence[RingField]],
        split: Split | None = None,
    ):
        self.field, self.method, self.direction, self.split = field, method, direction, split
        super().__init__(ring, colored)

    @property
    def parts(self) -> tuple[RingField, ...]:
        """The coefficients of the powers of h: `grades`."""
        return self.grades

    @property
    def shares(self) -> Split:
        """The components of the field by colours; all of them are one share where it is not split."""
        return self.split or (self.field.components,)

    @property
    def symbols(self) -> Symbols:
        """The variables, the free parameters and those of the method."""
        return symbols_of(self.field, self.method)

    @cached_property
    def step(self) -> sympy.Symbol:
        """The step size in formulas: h; h_step where the field or the method has a symbol h of its own."""
        return step_of(self.field, self.method)

    # -- formulas -------------------------------------------------------------------------------
    def term(self, k: int) -> sympy.Matrix:
        """The coefficient of h**k as a column, components in the order of `variables`; 0 <= k < order.

        Raises FieldError for other k.
        """
        return sympy.Matrix(self._terms[check_power(k, self.order)])

    def as_expr(self, h: Any = None, form: Form = "symbols", style: Style = "expanded") -> sympy.Matrix:
        """The whole field as a column Matrix in h.

        h     : a number, a symbol or the text of one for the step size; by default the symbol `step`
        form  : "given" for x(t) where the field was given in functions of time (`VectorField.as_given`, which takes terms, too)
        style : "expanded", "collected" (terms of one denominator together, common factors in front) or "factored"
        Raises FieldError for a symbol that the field or the method has, UnknownNameError for another style.
        Cost: some 15 µs a term.
        """
        terms = self._terms
        if find_style(style) != "expanded":
            write = Expressions().expression
            terms = [[write(self.ring.layout(p, style)) for p in f.components] for f in self.grades]
        found = self._matrix(terms, h)
        return self.field.as_given(found) if is_given(form) else found

    def as_equations(self, h: Any = None, *, second_order: bool = False) -> list[sympy.Equality]:
        """The modified equation as sympy's equations in functions of time, one for each variable but the time.

        h            : as for `as_expr`
        second_order : q'' = ... in q and q', for a field that was given so. The velocity v of a modified equation is q' at h = 0
                       only, so it is eliminated, power by power: exact up to h**(order - 1)
        Raises FieldError as `VectorField.as_equations` does.

        >>> import imde_sym as imde
        >>> x, t = sympy.Function("x"), sympy.Symbol("t")
        >>> imde.modified_equation(sympy.Eq(x(t).diff(t), x(t)), "euler", 2).as_equations()
        [Eq(Derivative(x(t), t), -h*x(t)/2 + x(t))]
        >>> imde.modified_equation("x'' = -x", "euler", 2).as_equations(second_order=True)
        [Eq(Derivative(x(t), (t, 2)), h*Derivative(x(t), t) - x(t))]
        """
        field = self.field
        if not second_order:
            equations = first_order(field._given, list(self.as_expr(h)))
        else:
            pairs = field.pairs()
            found, step = accelerations(self.variables, self._terms, pairs), step_value(h, self.step, self.symbols)
            sums = {(q, pairs[q]): sympy.Add(*(step**k * c for k, c in enumerate(s))) for q, s in found.items()}
            equations = accelerated(field._given, sums)
        return equations

    def _matrix(self, terms: list[list[sympy.Expr]], given: Any = None) -> sympy.Matrix:
        rows, h = range(len(self.variables)), step_value(given, self.step, self.symbols)
        return sympy.Matrix([sympy.Add(*(h**k * t[m] for k, t in enumerate(terms))) for m in rows])

    def as_field(self, h: Any = None) -> VectorField:
        """The truncated field as a VectorField; h as for `as_expr`.

        Raises FieldError for an h that the field or the method has as a symbol, RingError for what is not a number or a formula.

        >>> from imde_sym import inverse_modified_equation
        >>> inverse_modified_equation("y' = y**2", "explicit_euler", 2).as_field("1/10").components
        (y**3/10 + y**2,)
        """
        components, time = list(self.as_expr(h)), self.field.time
        kept = time is not None and components[self.variables.index(time)] == 1
        return VectorField(self.variables, components, time=time if kept else False, decimals=self.field.decimals)

    def part(self, index: int) -> sympy.Matrix:
        """What part `index` of a split field becomes, as a column Matrix in h: the terms whose outermost field is its own.

        Raises FieldError for a part that there is not.

        >>> from imde_sym import VectorField, modified_equation
        >>> f = VectorField.hamiltonian("p**2/2 + q**2/2", "q", "p")
        >>> F = modified_equation(f, "symplectic_euler", 2)
        >>> F.part(0) + F.part(1) == F.as_expr()
        True
        """
        return self._matrix(self._colored_terms[check_part(index, len(self.colored))])

    @property
    def series(self) -> BSeries:
        """The equation over trees, for every field: the coefficients of h times it. `to_dict` gives them as plain data."""
        build = inverse_modified_series if self.direction == "inverse" else modified_series
        return build(self.method, self.order)

    @cached_property
    def differences(self) -> dict[Any, Any]:
        """What comparisons of its code with `given` have found, by the values that were built in (see held.py)."""
        return {}

    @property
    def given(self) -> list[sympy.Expr] | None:
        """The coefficient of h**0 from the user's expressions; None where the method's weights are no numbers."""
        leading = self.method.leading(self.direction)
        weights = [] if leading is None else [to_sympy(w) for w in leading]
        if not weights or any(not w.is_number or w == 0 for w in weights):
            return None
        if all(w == 1 for w in weights):
            return list(self.field.components)
        if len(weights) != len(self.shares):
            return None
        return [sympy.Add(*(w * e for w, e in zip(weights, column, strict=True))) for column in zip(*self.shares, strict=True)]

    def write(self, expression: sympy.Expr) -> str:
        """An expression in the variables and parameters as stored text; `read` is the inverse.

        Raises RingError for what is not an expression.
        """
        return spelling_of(self.field, self.method).text(to_sympy(scalar(expression)))

    def read(self, text: Any) -> sympy.Expr:
        """A stored expression. Raises ParseError; nothing is evaluated."""
        return stored_expression(text, self.field, self.method)


def spelling_of(field: VectorField, method: Method) -> Spelling:
    """How formulas about the method on the field are written."""
    return Spelling(symbols_of(field, method), field.functions)


def stored_expression(text: Any, field: VectorField, method: Method, floats: bool = True) -> sympy.Expr:
    """The inverse of `spelling_of(field, method).text`."""
    return parse_expression(str(text), STORED | field.functions | spelling_of(field, method).names, floats)
