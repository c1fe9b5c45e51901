"""Order conditions as equations, and the coefficients of the principal error."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.checks import check_order
from ..base.errors import SeriesError
from ..base.tables import Cell, Table, Tabled
from ..method import ButcherTableau
from ..rings import real, to_sympy
from ..trees import RootedTree, elementary_weight, numbered, tree_table
from .bseries import BSeries, common
from .structure import accuracy_defects, order_of_accuracy


class ByTree(dict[RootedTree, Any], Tabled):
    """A dictionary from trees that notebooks show as a table with drawn trees; `table()`, `to_frame()`."""

    column = "value"

    def table(self) -> Table:
        """A line for each tree: order, tree, elementary weight or differential, value."""
        rows = [
            {"order": t.order, "tree": Cell(t, t.brackets, picture=t.svg()), "Φ(t)": _weight(t), self.column: v}
            for t, v in self.items()
        ]
        return Table.of(rows, ("order", "tree", "Φ(t)", self.column))


class Conditions(ByTree):
    """The order conditions: equations, `true` or `false` by tree."""

    column = "condition"


def _weight(t: RootedTree) -> Cell:
    return Cell(elementary_weight(t), elementary_weight(t), elementary_weight(t, latex=True))


@checked
def order_conditions(series: BSeries, order: int | None = None) -> Conditions:
    """The equations a(t) = 1/γ(t), one for each tree up to `order`, as sympy equations in the series' symbols.

    Conditions that hold become `true`, conditions without symbols that fail `false`. See
    `generic_tableau` for a tableau of symbols. Raises SeriesError if `order` exceeds the series' order.

    >>> from imde_sym import method_series
    >>> conditions = order_conditions(method_series(generic_tableau(2), 2))
    >>> list(conditions.values())
    [Eq(b1 + b2, 1), Eq(a21*b2, 1/2)]
    """
    common(series)
    a = series if order is None else series.truncate(order)
    exact = a - accuracy_defects(a)
    return Conditions({t: sympy.Eq(to_sympy(v), to_sympy(exact[t])) for t, v in a.items()})


@checked
def generic_tableau(stages: int, explicit: bool = True) -> ButcherTableau:
    """The tableau of symbols a21, ..., b1, ..., of an explicit or a full method with so many stages (at most 9).

    Raises SeriesError for stages that are not a whole number from 1 to 9.

    >>> generic_tableau(2).A
    ((Fraction(0, 1), Fraction(0, 1)), (a21, Fraction(0, 1)))
    """
    s = range(1, check_order(stages, 9, "the number of stages") + 1)
    A = [[sympy.Symbol(f"a{i}{j}") if j < i or not explicit else Fraction(0) for j in s] for i in s]
    return ButcherTableau(A, [sympy.Symbol(f"b{i}") for i in s], name=f"generic_{'explicit_' if explicit else ''}{stages}")


@checked
def error_coefficients(series: BSeries, order: int | None = None) -> ByTree:
    """The coefficients (a(t) - 1/γ(t))/σ(t) of the elementary differentials in the error at one order.

    order : by default one more than the order of accuracy, which gives the principal error
    Raises SeriesError where the series does not reach that order.

    >>> from imde_sym import method_series, methods
    >>> list(error_coefficients(method_series(methods["explicit_midpoint"], 3)).values())
    [Fraction(-1, 24), Fraction(-1, 6)]
    """
    k = order_of_accuracy(series) + 1 if order is None else order
    check_order(k, series.order, "the order of an error coefficient")
    table, defects = tree_table(series.colors, series.order), accuracy_defects(series).coefficients
    block = table.block(k)
    return ByTree({numbered(table, i): defects[i] / int(table.symmetry[i]) for i in range(block.start, block.stop)})


@checked
def error_norm(series: BSeries, order: int | None = None, norm: float = 2) -> float:
    """The 2-norm (or `norm=math.inf`: the maximum) of the `error_coefficients`, as a float.

    Raises SeriesError for the series of a field, an order that it does not hold, or a norm that is not positive.

    >>> from imde_sym import method_series, methods
    >>> round(error_norm(method_series(methods["dopri5"], 6)), 9)
    0.00039908
    """
    norm = math.inf if norm == math.inf else real(norm, "norm", SeriesError)
    if norm <= 0:
        raise SeriesError(f"norm must be positive, such as 2 or math.inf; got {norm}")
    coefficients = [to_sympy(v) for v in error_coefficients(series, order).values()]
    if symbol := next((v for v in coefficients if v.free_symbols), None):
        raise SeriesError(f"the error coefficient {symbol} has symbols: it has no norm until they have values")
    values = [abs(complex(v)) for v in coefficients]
    largest = max(values)
    if math.isinf(norm) or largest == 0:
        return largest
    return float(largest * math.fsum((v / largest) ** norm for v in values) ** (1 / norm))
