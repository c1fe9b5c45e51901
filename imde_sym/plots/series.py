"""A B-series as a gallery of trees with their coefficients."""

from __future__ import annotations

from itertools import islice
from typing import Any

from ..base.arguments import checked
from ..base.checks import check_count
from ..base.errors import SeriesError
from ..expressions import latex
from ..rings import to_sympy
from ..series import BSeries
from ..trees import Gallery
from .trees import plot_trees

SHOWN = 36
LONG = 12


@checked
def plot_series(series: BSeries, ax: Any = None, columns: int = 9, terms: int = SHOWN) -> Any:
    """The trees of a series with the coefficients a(t) below them, the first `terms` of them; returns the matplotlib Axes.

    Raises MissingLibraryError without matplotlib.

    >>> import imde_sym as imde
    >>> [t.get_text() for t in plot_series(imde.exact_series(3)).texts]
    ['1', '1/2', '1/3', '1/6']
    """
    count = check_count(terms, "terms", 1, 2000, SeriesError)
    trees = list(islice(series, count))
    return plot_trees(Gallery(trees, [_label(series[t]) for t in trees], columns), ax)


def _label(value: Any) -> str:
    expression = to_sympy(value)
    if expression.is_Rational:
        return str(expression) if len(str(expression)) <= LONG else f"{float(expression):.4g}"
    if expression.is_Float or len(str(expression)) > LONG:
        number = expression.evalf(4)
        return str(number) if number.is_number else "..."
    return f"${latex(expression)}$"
