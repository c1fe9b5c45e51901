"""How a Butcher tableau is shown: as text, LaTeX and HTML, with its lines as in a book, and as a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import sympy

from ..base.errors import ImdeError
from ..expressions import latex
from ..rings import Scalar, to_sympy

if TYPE_CHECKING:
    from .method import Method
    from .tableau import ButcherTableau

LONG = 14
"""Entries longer than this are shown as decimals in tables for the eye; the exact value is kept next to them."""
WIDE = 100


class Text(str):
    """Text that shows as itself at a prompt and in a notebook, lines and all."""

    def __repr__(self) -> str:
        return str(self)


def table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> Text:
    """Left-aligned columns under their headings."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = ["  ".join(x.ljust(w) for x, w in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)]
    return Text("\n".join([lines[0], "  ".join("-" * w for w in widths), *lines[1:]]))


TRAITS = ("is_explicit", "is_symplectic", "is_zero_stable", "is_stable_for_discovery", "is_exact")


def method_report(method: Method) -> Text:
    """What every family tells of a method, and its numbers."""
    traits = [name.removeprefix("is_").replace("_", " ") for name in TRAITS if getattr(method, name, False)]
    rows = {
        "kind": method.kind,
        "order": str(method.order),
        "data": rounding_sentence(method),
        "parts of the field": str(method.colors),
        "traits": ", ".join(traits),
        "parameters": ", ".join(map(str, method.parameters)),
        "reference": method.reference,
        "doi": method.doi,
    }
    lines = [f"{name:<20}{value}" for name, value in rows.items() if value]
    return Text("\n".join([method.title, *lines, "", str(method)]))


def rounding_sentence(method: Method) -> str:
    """That the numbers of a method are rounded; empty where they are not."""
    if not method.is_rounded:
        return ""
    kind = "decimals" if method.is_exact else "floats"
    return f"numbers are rounded ({kind}): conditions hold as far as half a unit of their last digits explains"


def _weights(tableau: ButcherTableau) -> list[Sequence[Scalar]]:
    return [tableau.b] if tableau.b_hat is None else [tableau.b, tableau.b_hat]


def tableau_text(tableau: ButcherTableau, entry: Callable[[Scalar], str] = str) -> str:
    cells = [[entry(c), *map(entry, row)] for c, row in zip(tableau.c, tableau.A, strict=True)]
    cells += [["", *map(entry, w)] for w in _weights(tableau)]
    widths = [max(len(row[j]) for row in cells) for j in range(tableau.stages + 1)]
    lines = [
        row[0].rjust(widths[0]) + " │ " + "  ".join(x.rjust(w) for x, w in zip(row[1:], widths[1:], strict=True))
        for row in cells
    ]
    lines.insert(tableau.stages, "─" * (widths[0] + 1) + "┼" + "─" * (sum(widths[1:]) + 2 * tableau.stages - 1))
    return "\n".join(lines)


def tableau_latex(tableau: ButcherTableau) -> str:
    return array_latex(tableau.c, tableau.A, _weights(tableau))


def array_latex(c: Sequence[Scalar], A: Sequence[Sequence[Scalar]], weights: Sequence[Sequence[Scalar]]) -> str:
    """Nodes and rows above the line, rows of weights below it."""
    rows = [" & ".join(latex(to_sympy(x)) for x in (node, *row)) for node, row in zip(c, A, strict=True)]
    last = [" & " + " & ".join(latex(to_sympy(x)) for x in w) for w in weights]
    body = " \\\\\n".join(rows) + " \\\\ \\hline\n" + " \\\\\n".join(last)
    return f"\\begin{{array}}{{c|{'c' * len(c)}}}\n{body}\n\\end{{array}}"


def tableau_html(tableau: ButcherTableau) -> str:
    """An HTML table; long entries are decimals whose exact value is their tooltip."""
    explicit = tableau.is_explicit

    def cell(value: Scalar, style: str = "", blank: bool = False) -> str:
        exact, shown = escape(str(value)), escape("" if blank else short(value))
        tip = f' title="{exact}"' if shown not in ("", exact) else ""
        return f'<td style="text-align:center;{style}"{tip}>{shown}</td>'

    line = "1px solid currentColor"
    rows = [
        cell(c, f"border-right:{line}") + "".join(cell(a, blank=explicit and j >= i) for j, a in enumerate(row))
        for i, (c, row) in enumerate(zip(tableau.c, tableau.A, strict=True))
    ]
    for k, weights in enumerate(_weights(tableau)):
        top = f"border-top:{line};" if k == 0 else ""
        rows.append(f'<td style="{top}border-right:{line}"></td>' + "".join(cell(x, top) for x in weights))
    caption = f"<caption>{escape(tableau.title)}</caption>"
    return f'<table style="border-collapse:collapse">{caption}{"".join(f"<tr>{r}</tr>" for r in rows)}</table>'


def short(value: Any) -> str:
    """The value in full where that is short, else to 8 digits."""
    full = str(value)
    return full if len(full) <= LONG or getattr(value, "free_symbols", None) else f"{to_sympy(value).evalf(8)}"


def description(tableau: ButcherTableau) -> Text:
    """What `describe` returns: a line for each property; a question that the method does not admit says why."""
    stability, b_hat = tableau.stability, tableau.b_hat
    kinds = ["explicit" if tableau.is_explicit else "implicit"]
    kinds += [
        name
        for name, holds in [
            ("symplectic", tableau.is_symplectic),
            ("symmetric", tableau.is_symmetric),
            ("stiffly accurate", tableau.is_stiffly_accurate),
            ("FSAL", tableau.is_fsal),
            ("confluent", tableau.is_confluent),
        ]
        if holds
    ]
    data = rounding_sentence(tableau) or ("exact" if tableau.is_exact else "floating point")

    def stable() -> str:
        answers = {letter: getattr(stability, f"is_{letter.lower()}_stable") for letter in "ALIP"}
        return ", ".join(f"{letter}-stable: {'yes' if holds else 'no'}" for letter, holds in answers.items())

    def both(first: Any, second: Any) -> str:
        return f"{first}; embedded formula {second}"

    questions: list[tuple[str, Callable[[], Any]]] = [
        ("kind", lambda: ", ".join(kinds)),
        ("data", lambda: data),
        ("stages", lambda: tableau.stages),
        ("order", lambda: tableau.order if b_hat is None else both(tableau.order, tableau.embedded_order)),
        ("stage order", lambda: tableau.stage_order),
        ("assumptions", lambda: "B({}), C({}), D({})".format(*tableau.simplifying_assumptions)),
        ("principal error", lambda: f"norm {tableau.principal_error_norm:.4g} over the trees of order {tableau.order + 1}"),
        ("R(z)", lambda: stability.short_form(LONG)),
        ("e^z - R(z)", lambda: f"{short(stability.error_constant)} z^{stability.order + 1} + ..."),
        ("stability", stable),
        ("imaginary interval", lambda: _number(stability.imaginary_interval)),
        ("real interval", lambda: _number(stability.real_interval)),
        ("dispersion order", lambda: stability.dispersion_order),
        ("dissipation order", lambda: stability.dissipation_order),
        ("SSP coefficient", lambda: tableau.ssp_coefficient),
    ]
    source = [tableau.reference, tableau.doi and f"doi:{tableau.doi}"]
    lines = [tableau.title, *filter(None, source), "", _fitting(tableau), ""]
    for label, answer in questions:
        try:
            lines.append(f"{label.ljust(20)}{answer()}")
        except ImdeError as error:
            lines.append(f"{label.ljust(20)}not defined: {error}")
    return Text("\n".join([*lines, *(f"{'note'.ljust(20)}{tableau.info[k]}" for k in ("note",) if k in tableau.info)]))


def _fitting(tableau: ButcherTableau) -> str:
    full = tableau_text(tableau)
    return full if len(full.splitlines()[0]) <= WIDE else tableau_text(tableau, short)


def _number(value: sympy.Expr) -> str:
    full = str(value)
    if value.is_Rational or value.is_infinite:
        return full
    return f"{full} = {value.evalf(8)}" if len(full) <= 2 * LONG else str(value.evalf(8))
