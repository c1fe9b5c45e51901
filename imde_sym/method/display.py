"""How numbers of methods are shown: tableaux as text, LaTeX and HTML, with their lines as in a book, tables and reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from html import escape
from typing import Any

import sympy

from ..base.errors import ImdeError
from ..base.tables import Cell, Table, heading
from ..base.typeset import scrolled, typeset
from ..expressions import latex
from ..rings import Scalar, to_sympy
from .theory.numbers import Numbers

LONG = 14
"""Entries longer than this are shown as decimals in tables for the eye; the exact value is kept next to them."""
WIDE = 100
Rows = Sequence[Sequence[Scalar]]


def report(head: Sequence[str], rows: Mapping[str, Any], end: Sequence[str] = (), picture: str = "") -> Table:
    """Lines "name  answer" between a head and an end; in notebooks a table with formulas.

    An answer may be a function that is called for it; one that raises says why. Empty answers are left out.
    picture : HTML that stands in place of the end, or of what follows the title
    """
    lines, found = [], []
    for name, answer in rows.items():
        try:
            value = answer() if callable(answer) else answer
        except ImdeError as error:
            value = f"not defined: {error}"
        if str(value):
            lines.append(f"{name:<20}{value}")
            found.append({"property": name, "answer": value})
    notes = [Cell("", "", picture=picture)] if picture else []
    text = "\n".join([*head, *lines, *end])
    return Table.of(found, ("property", "answer"), caption=head[0], notes=notes, text=text)


def rounding_sentence(numbers: Numbers, exact: bool) -> str:
    """That the numbers of a method are rounded; empty where they are not."""
    if not numbers.is_rounded:
        return ""
    kind = "decimals" if exact else "floats"
    return f"numbers are rounded ({kind}): conditions hold as far as half a unit of their last digits explains"


def tableau_text(c: Sequence[Scalar], A: Rows, weights: Rows, entry: Callable[[Scalar], str] = str) -> str:
    """Nodes and rows, below a line the rows of weights."""
    cells = [[entry(x), *map(entry, row)] for x, row in zip(c, A, strict=True)]
    cells += [["", *map(entry, w)] for w in weights]
    stages = len(c)
    widths = [max(len(row[j]) for row in cells) for j in range(stages + 1)]
    lines = [
        row[0].rjust(widths[0]) + " │ " + "  ".join(x.rjust(w) for x, w in zip(row[1:], widths[1:], strict=True)) for row in cells
    ]
    lines.insert(stages, "─" * (widths[0] + 1) + "┼" + "─" * (sum(widths[1:]) + 2 * stages - 1))
    return "\n".join(lines)


def fitting_text(c: Sequence[Scalar], A: Rows, weights: Rows) -> str:
    """The tableau as text, with short entries where it would be wide."""
    full = tableau_text(c, A, weights)
    return full if len(full.splitlines()[0]) <= WIDE else tableau_text(c, A, weights, short)


def as_typed(x: Scalar) -> Any:
    """A fraction as the decimal that it is; anything else as it is.

    >>> print(as_typed(Fraction(37, 100)), as_typed(Fraction(1, 3)), as_typed(Fraction(2)))
    0.37 1/3 2
    """
    found = Decimal(x.numerator) / x.denominator if isinstance(x, Fraction) and x.denominator > 1 else None
    return found if found is not None and Fraction(found) == x else x


def _latex(x: Any) -> str:
    return f"{x:f}" if isinstance(x, Decimal) else latex(to_sympy(x))


def array_latex(c: Sequence[Scalar], A: Rows, weights: Rows) -> str:
    """Nodes and rows above the line, rows of weights below it."""
    rows = [" & ".join(map(_latex, (node, *row))) for node, row in zip(c, A, strict=True)]
    last = [" & " + " & ".join(map(_latex, w)) for w in weights]
    body = " \\\\\n".join(rows) + " \\\\ \\hline\n" + " \\\\\n".join(last)
    return f"\\begin{{array}}{{c|{'c' * len(c)}}}\n{body}\n\\end{{array}}"


def tableau_html(title: str, c: Sequence[Scalar], A: Rows, weights: Rows, explicit: bool) -> str:
    """An HTML table with typeset numbers; long entries are decimals whose exact value is their tooltip.

    The lines are groups of the table as well as styles, so that they stay where styles are removed.
    """

    def cell(value: Scalar, style: str = "", blank: bool = False) -> str:
        exact = escape(str(value))
        shown = "" if blank else short(value)
        long = not blank and shown != str(value)
        text = escape(shown) if long or blank else typeset(_latex(value))
        tip = f' title="{exact}"' if long else ""
        return f'<td style="text-align:center;{style}"{tip}>{text}</td>'

    line = "1px solid currentColor"
    rows = [
        cell(node, f"border-right:{line}") + "".join(cell(a, blank=explicit and j >= i) for j, a in enumerate(row))
        for i, (node, row) in enumerate(zip(c, A, strict=True))
    ]
    last = []
    for k, w in enumerate(weights):
        top = f"border-top:{line};" if k == 0 else ""
        last.append(f'<td style="{top}border-right:{line}"></td>' + "".join(cell(x, top) for x in w))
    upper, lower = ("".join(f"<tr>{r}</tr>" for r in part) for part in (rows, last))
    groups = f'<colgroup span="1"></colgroup><colgroup span="{len(c)}"></colgroup>'
    body = f"{heading(escape(title))}{groups}<tbody>{upper}</tbody><tbody>{lower}</tbody>"
    return scrolled(f'<table rules="groups" style="border-collapse:collapse">{body}</table>')


def short(value: Any) -> str:
    """The value in full where that is short, else to 8 digits."""
    full = str(value)
    return full if len(full) <= LONG or getattr(value, "free_symbols", None) else f"{to_sympy(value).evalf(8)}"


def intervals(value: sympy.Expr, within: sympy.Expr) -> str:
    """A number, and beside it what it is but for rounding where that is another one."""
    rounding = abs(value.evalf(20) - within.evalf(20)) > 1e-6 if value.is_finite and within.is_finite else value != within
    return number_text(value) + (f" ({within.evalf(8)} but for rounding)" if rounding else "")


def number_text(value: sympy.Expr) -> str:
    """A number in full with its value to 8 digits, or that alone where it is long."""
    full = str(value)
    if value.is_Rational or value.is_infinite:
        return full
    return f"{full} = {value.evalf(8)}" if len(full) <= 2 * LONG else str(value.evalf(8))
