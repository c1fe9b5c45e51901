"""GradedField: a field in powers of h, over one ring and by colours."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeAlias

import sympy

from ..base.checks import check_order, check_part, check_power
from ..base.errors import FieldError
from ..base.sharing import uncollected
from ..base.values import Value
from ..rings import scalar, to_sympy
from .field import VectorField
from .ring import DifferentialRing, RingField

Formulas: TypeAlias = Sequence[Sequence[Sequence[sympy.Expr]]]
"""Components as expressions: for each colour, for each power of h."""


class GradedField(Value):
    """f_0 + h f_1 + ... + h^(order-1) f_(order-1), fields over one differential ring, each a sum over colours.

    A grade is the coefficient of a power of h, a colour the share of it that comes from one part of a split field; a field
    that is not split has one colour. `colored[i][k]` is grade k of colour i, `grades[k]` the sum over the colours.
    Immutable; equal if the formulas are; pickled as formulas, since polynomials of a ring do not pickle.
    Raises FieldError where the colours are none, or differ in the number of their grades.

    >>> F = as_graded(VectorField.parse("y' = y**2"))
    >>> F, F.order, F.evaluate([3])
    (<field in y of order 1>, 1, Matrix([[9]]))
    >>> from imde_sym import inverse_modified_equation, methods
    >>> G = inverse_modified_equation("y' = y**2", methods["explicit_euler"], 3)
    >>> G.grade(1).expressions, G.truncate(2).order, len(G.grades), G.variables
    ([y**3], 2, 3, (y,))
    >>> G.only(2).evaluate([1.0]), G.colour(0).order, G.sum().order
    (Matrix([[1.0]]), 3, 3)
    """

    def __init__(self, ring: DifferentialRing, colored: Sequence[Sequence[RingField]]):
        self.ring, self.colored = ring, tuple(map(tuple, colored))
        if not self.colored or not self.colored[0] or len({len(grades) for grades in self.colored}) > 1:
            raise FieldError("a graded field needs a colour and a grade, and as many grades for one colour as for another")
        self._freeze()

    @property
    def order(self) -> int:
        """How many powers of h are held."""
        return len(self.colored[0])

    @property
    def variables(self) -> tuple[sympy.Symbol, ...]:
        """The components' variables, in order."""
        return self.ring.variables

    @cached_property
    def grades(self) -> tuple[RingField, ...]:
        """For each power of h its coefficient, the sum over the colours."""
        if len(self.colored) == 1:
            return self.colored[0]
        return tuple(self._total(fields) for fields in zip(*self.colored, strict=True))

    def _total(self, fields: Sequence[RingField]) -> RingField:
        totals = [sum(column[1:], column[0]) for column in zip(*(f.components for f in fields), strict=True)]
        return RingField(self.ring, [self.ring.reduce(p) for p in totals])

    def grade(self, k: int) -> RingField:
        """The coefficient of h**k. Raises FieldError unless 0 <= k < order."""
        return self.grades[check_power(k, self.order)]

    def colour(self, i: int) -> GradedField:
        """What colour i alone contributes. Raises FieldError for a colour that there is not."""
        return GradedField(self.ring, [self.colored[check_part(i, len(self.colored))]])

    def sum(self) -> GradedField:
        """The same field in one colour."""
        return GradedField(self.ring, [self.grades])

    def only(self, k: int) -> GradedField:
        """The coefficient of h**k as a field of order 1, in one colour.

        Raises FieldError unless 0 <= k < order.
        """
        return GradedField(self.ring, [[self.grade(k)]])

    def truncate(self, order: int) -> GradedField:
        """Keep the powers of h up to h**(order - 1).

        Raises SeriesError for an order that is not a whole number from 1 to that of the field.
        """
        order = check_order(order, self.order, "the order of a truncation")
        return self._over([grades[:order] for grades in self.colored])

    def _over(self, colored: Sequence[Sequence[RingField]]) -> GradedField:
        """The field with other grades, and all else as it is."""
        return GradedField(self.ring, colored)

    def evaluate(self, x: Sequence[Any], h: Any = 0) -> sympy.Matrix:
        """The column Σ h^k f_k(x); exact where x and h are.

        x : numbers or expressions, one for each variable
        Raises FieldError for another number of them.
        """
        if len(x) != len(self.variables):
            raise FieldError(f"a point needs a value for each of {', '.join(map(str, self.variables))}; got {len(x)}")
        at, step = {v: to_sympy(scalar(value)) for v, value in zip(self.variables, x, strict=True)}, to_sympy(scalar(h))
        columns = [sympy.Matrix(e).subs(at, simultaneous=True) for e in self._terms]
        return sum((step**k * column for k, column in enumerate(columns[1:], 1)), columns[0])

    # -- values ---------------------------------------------------------------------------------
    @cached_property
    def _terms(self) -> list[list[sympy.Expr]]:
        with uncollected():
            return [f.expressions for f in self.grades]

    @cached_property
    def _colored_terms(self) -> list[list[list[sympy.Expr]]]:
        return [[f.expressions for f in grades] for grades in self.colored]

    @cached_property
    def _identity(self) -> tuple[Any, ...]:
        return self.variables, tuple(tuple(map(tuple, grades)) for grades in self._colored_terms)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, GradedField) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __repr__(self) -> str:
        colors = f" and {len(self.colored)} colours" if len(self.colored) > 1 else ""
        return f"<field in {', '.join(map(str, self.variables))} of order {self.order}{colors}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _graded, (self.variables, self._colored_terms)


def _graded(variables: Sequence[sympy.Symbol], formulas: Formulas) -> GradedField:
    return GradedField(*over_a_ring(variables, formulas))


def over_a_ring(
    variables: Sequence[sympy.Symbol], formulas: Formulas, others: Sequence[sympy.Expr] = ()
) -> tuple[DifferentialRing, list[list[RingField]]]:
    """The smallest ring that holds the formulas and some other expressions, and the formulas in it.

    formulas : for each colour, its grades; for each grade, the components

    >>> x = sympy.Symbol("x")
    >>> ring, colours = over_a_ring([x], [[[sympy.sin(x)], [sympy.cos(x)]]])
    >>> [grade.expressions for grade in colours[0]]
    [[sin(x)], [cos(x)]]
    """
    ring = DifferentialRing(variables, [*others, *(e for grades in formulas for grade in grades for e in grade)])
    return ring, [[ring.part(grade) for grade in grades] for grades in formulas]


def as_graded(field: VectorField, split: Sequence[Sequence[sympy.Expr]] | None = None) -> GradedField:
    """The field itself, without powers of h; `split` gives the components of each of its parts.

    >>> x, y = sympy.symbols("x y")
    >>> F = as_graded(VectorField([x, y], [y, -x]), [[y, 0], [0, -x]])
    >>> F.order, len(F.colored)
    (1, 2)
    """
    return _graded(field.variables, [[part] for part in split or [field.components]])
