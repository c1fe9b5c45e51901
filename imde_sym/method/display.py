"""How numbers of methods are shown: tableaux as text, LaTeX and HTML, with their lines as in a book, tables and reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import sympy

from ..base.columns import columns
from ..base.errors import ImdeError
from ..expressions import latex
from ..rings import Scalar, to_sympy
from .theory.numbers import Numbers

LONG = 14
"""Entries longer than this are shown as decimals in tables for the eye; the exact value is kept next to them."""
WIDE = 100
Rows = Sequence[Sequence[Scalar]]


class Text(str):
    """Text that shows as itself at a prompt and in a notebook, lines and all."""

    def __repr__(self) -> str:
        return str(self)


def table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> Text:
    """Left-aligned columns under their headings."""
    rules = ["-" * max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return Text("\n".join(columns([head, rules, *rows], str.ljust)))


def report(head: Sequence[str], rows: Mapping[str, Any], end: Sequence[str] = ()) -> Text:
    """Lines "name  answer" between a head and an end.

    An answer may be a function that is called for it; one that raises says why. Empty answers are left out.
    """
    lines = []
    for name, answer in rows.items():
        try:
            found = str(answer() if callable(answer) else answer)
        except ImdeError as error:
            found = f"not defined: {error}"
        if found:
            lines.append(f"{name:<20}{found}")
    return Text("\n".join([*head, *lines, *end]))


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


def array_latex(c: Sequence[Scalar], A: Rows, weights: Rows) -> str:
    """Nodes and rows above the line, rows of weights below it."""
    rows = [" & ".join(latex(to_sympy(x)) for x in (node, *row)) for node, row in zip(c, A, strict=True)]
    last = [" & " + " & ".join(latex(to_sympy(x)) for x in w) for w in weights]
    body = " \\\\\n".join(rows) + " \\\\ \\hline\n" + " \\\\\n".join(last)
    return f"\\begin{{array}}{{c|{'c' * len(c)}}}\n{body}\n\\end{{array}}"


def tableau_html(title: str, c: Sequence[Scalar], A: Rows, weights: Rows, explicit: bool) -> str:
    """An HTML table; long entries are decimals whose exact value is their tooltip."""

    def cell(value: Scalar, style: str = "", blank: bool = False) -> str:
        exact, shown = escape(str(value)), escape("" if blank else short(value))
        tip = f' title="{exact}"' if shown not in ("", exact) else ""
        return f'<td style="text-align:center;{style}"{tip}>{shown}</td>'

    line = "1px solid currentColor"
    rows = [
        cell(node, f"border-right:{line}") + "".join(cell(a, blank=explicit and j >= i) for j, a in enumerate(row))
        for i, (node, row) in enumerate(zip(c, A, strict=True))
    ]
    for k, w in enumerate(weights):
        top = f"border-top:{line};" if k == 0 else ""
        rows.append(f'<td style="{top}border-right:{line}"></td>' + "".join(cell(x, top) for x in w))
    caption = f"<caption>{escape(title)}</caption>"
    return f'<table style="border-collapse:collapse">{caption}{"".join(f"<tr>{r}</tr>" for r in rows)}</table>'


def short(value: Any) -> str:
    """The value in full where that is short, else to 8 digits."""
    full = str(value)
    return full if len(full) <= LONG or getattr(value, "free_symbols", None) else f"{to_sympy(value).evalf(8)}"


def number_text(value: sympy.Expr) -> str:
    """A number in full with its value to 8 digits, or that alone where it is long."""
    full = str(value)
    if value.is_Rational or value.is_infinite:
        return full
    return f"{full} = {value.evalf(8)}" if len(full) <= 2 * LONG else str(value.evalf(8))
