"""What a document about a modified equation holds, free of any markup language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import sympy

from ..base.errors import ImdeError
from ..equations import ModifiedField
from ..equations.display import field_latex
from ..expressions import latex
from ..expressions.layout import WIDTH, visible
from ..rings import to_sympy
from ..trees import elementary_differential
from ..verify import Report, check

TREES = 40
"""Lines of the table of trees."""


@dataclass(frozen=True)
class Heading:
    """A title of level 1, 2, ...

    >>> Heading("System", 2)
    Heading(text='System', level=2)
    """

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Plain text.

    >>> Paragraph("Not checked.")
    Paragraph(text='Not checked.')
    """

    text: str


@dataclass(frozen=True)
class Formula:
    """A displayed formula in LaTeX, and the equations that it shows as pairs (left side, expression) for other languages.

    environment : whether the LaTeX is a display environment of its own, such as align*
    """

    latex: str
    equations: tuple[tuple[str, sympy.Expr], ...] = ()
    environment: bool = False


@dataclass(frozen=True)
class Table:
    """Head and rows; a cell is a pair (LaTeX, plain text)."""

    head: tuple[tuple[str, str], ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]


Block = Heading | Paragraph | Formula | Table


def document(F: ModifiedField, report: Report | None = None) -> list[Block]:
    """Heading, system, method, equation, its elementary differentials, the table of trees, the check table.

    report : what `check` says of F, by default asked here if all parameters have values
    """
    kind = "Inverse modified equation" if F.direction == "inverse" else "Modified equation"
    name = (F.field.name or "the system").replace("_", " ")
    return [
        Heading(f"{kind} of {name} under {F.method.title}"),
        *_system(F),
        *_method(F),
        Heading(kind, 2),
        Paragraph(_meaning(F)),
        _equation(F),
        *_trees(F),
        *_check(F, report),
    ]


def one_line(text: str) -> str:
    """Plain text as one line, without characters that have no shape."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def _system(F: ModifiedField) -> Iterator[Block]:
    yield Heading("System", 2)
    pairs = tuple((f"{v}'", c) for v, c in zip(F.variables, F.field.components, strict=True))
    yield Formula(F.field.latex(), pairs)
    if F.field.reference:
        yield Paragraph(F.field.reference)


def _method(F: ModifiedField) -> Iterator[Block]:
    yield Heading("Method", 2)
    yield Paragraph(f"{F.method.title}, order {F.method.order}." + (f" {F.method.reference}" if F.method.reference else ""))
    yield Formula(F.method.latex())


def _meaning(F: ModifiedField) -> str:
    if F.direction == "inverse":
        return (
            "A model trained through the method on exact data learns this field; the method applied to it, truncated as "
            f"shown, follows the system to order {F.order}."
        )
    return "The numerical solution follows the exact flow of this field."


def _equation(F: ModifiedField) -> Formula:
    pairs = tuple((f"{v}'", e) for v, e in zip(F.variables, F.as_expr(), strict=True))
    return Formula(field_latex(F), pairs, environment=True)


def _trees(F: ModifiedField) -> Iterator[Block]:
    series = F.series
    yield Heading("In elementary differentials", 2)
    yield Formula(_broken(series.latex(per_step=False, terms=12)))
    yield Heading("Trees", 2)
    head = (("t", "tree"), (r"\sigma(t)", "symmetry"), (r"\gamma(t)", "density"), ("b(t)", "b(t)"), ("F(t)", "F(t)"))
    names = series.field_names
    rows = tuple(
        (
            (t.latex(), t.brackets),
            (str(t.symmetry), str(t.symmetry)),
            (str(t.density), str(t.density)),
            (latex(to_sympy(v), F.symbols), str(v)),
            (elementary_differential(t, latex=True, names=names), elementary_differential(t, names=names)),
        )
        for t, v in islice(series.items(), TREES)
    )
    yield Table(head, rows)
    if len(series) > TREES:
        yield Paragraph(f"The first {TREES} of {len(series)} trees.")


def _broken(formula: str) -> str:
    """A sum in lines of about WIDTH visible characters, cut before signs."""
    rows = [""]
    for term in re.split(r" (?=[+-] )", formula):
        if rows[-1] and visible(rows[-1]) + visible(term) > WIDTH:
            rows.append("")
        rows[-1] = f"{rows[-1]} {term}".lstrip()
    if len(rows) == 1:
        return formula
    return "\\begin{aligned}\n& " + " \\\\\n& ".join(rows) + "\n\\end{aligned}"


def _check(F: ModifiedField, report: Report | None) -> Iterator[Block]:
    if report is None:
        try:
            report = check(F)
        except ImdeError as error:
            yield Paragraph(f"Not checked against trajectories: {error}")
            return
    yield Heading("Check against trajectories", 2)
    orders = range(1, len(report.errors) + 1)
    head = ((latex(F.step, F.symbols), str(F.step)), *((rf"\text{{order }} {n}", f"order {n}") for n in orders))
    rows: list[Sequence[tuple[str, str]]] = [
        [_number(h), *(_number(errors[i]) for errors in report.errors)] for i, h in enumerate(report.steps)
    ]
    rows.append([(r"\text{observed}", "observed"), *(_plain("exact" if o is None else f"{o:.2f}") for o in report.observed)])
    expected = [str(e) if e is not None else f">= {n}" for n, e in enumerate(report.expected, 1)]
    rows.append([(r"\text{expected}", "expected"), *map(_plain, expected)])
    yield Table(head, tuple(map(tuple, rows)))
    yield Paragraph("All observed orders agree with the theory." if report.passed else "DISAGREEMENT with the theory.")


def _number(x: float) -> tuple[str, str]:
    mantissa, _, exponent = f"{x:.3e}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}", f"{x:.3e}"


def _plain(text: str) -> tuple[str, str]:
    return rf"\text{{{text}}}".replace(">=", r"$\geq$"), text
