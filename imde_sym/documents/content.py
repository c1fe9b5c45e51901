"""What a document about a modified equation holds, free of any markup language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..base.errors import FieldError, ImdeError, shown
from ..base.tables import Table as Answer
from ..base.tables import Tabled, cell_latex, cell_text
from ..equations import ModifiedField
from ..equations.display import field_latex
from ..expressions import latex, latex_words
from ..expressions.layout import visible
from ..fields import VectorField
from ..geometry import Linearisation, Reversibility, StructureReport
from ..geometry.expansion import Expansion
from ..geometry.hamiltonian import ModifiedHamiltonian
from ..method import Method
from ..rings import to_sympy
from ..series import BSeries
from ..trees import elementary_differential
from ..verify import Report, check

PAGE = 62
"""Characters of a line of a formula on a page of A4."""
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
    """A displayed formula in LaTeX.

    environment : whether the LaTeX is a display environment of its own, such as align*
    """

    latex: str
    environment: bool = False


@dataclass(frozen=True)
class Table:
    """Head and rows; a cell is a pair (LaTeX, plain text)."""

    head: tuple[tuple[str, str], ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]


Block = Heading | Paragraph | Formula | Table


def blocks_of(about: Any, report: Report | None = None) -> list[Block]:
    """What a document about a value, or about several, one after the other, holds. Raises FieldError for other kinds.

    report : what `check` says of an equation, by default asked here if all parameters have values
    """
    if isinstance(about, list | tuple):
        return [block for one in about for block in blocks_of(one)]
    if isinstance(about, ModifiedField):
        return document(about, report)
    for kind, write in WRITERS:
        if isinstance(about, kind):
            return list(write(about))
    raise FieldError(f"{shown(about)} has no document; accepted: {ACCEPTED}, and lists of these")


def document(F: ModifiedField, report: Report | None = None) -> list[Block]:
    """Heading, system, method, equation, its elementary differentials, the table of trees, the check table.

    report : what `check` says of F, by default asked here if all parameters have values
    """
    kind = "Inverse modified equation" if F.direction == "inverse" else "Modified equation"
    name = (F.field.name or "the system").replace("_", " ")
    return [
        Heading(f"{kind} of {name} under {F.method.title}"),
        *_system(F.field),
        *_method(F.method),
        Heading(kind, 2),
        Paragraph(_meaning(F)),
        Formula(field_latex(F, PAGE), environment=True),
        *_trees(F),
        *_check(F, report),
    ]


def one_line(text: str) -> str:
    """Plain text as one line, without characters that have no shape."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def _system(f: VectorField, level: int = 2) -> Iterator[Block]:
    yield Heading(f.name.replace("_", " ") or "System" if level == 1 else "System", level)
    yield Formula(f.latex(PAGE))
    if f.reference:
        yield Paragraph(f.reference)


def _method(m: Method, level: int = 2) -> Iterator[Block]:
    yield Heading(m.title if level == 1 else "Method", level)
    yield Paragraph(f"{m.title}, order {m.order}." + (f" {m.reference}" if m.reference else ""))
    yield Formula(m.latex())


def _expansion(found: Expansion) -> Iterator[Block]:
    yield Heading(_title(found))
    yield Formula(found.latex(PAGE))


def _series(a: BSeries) -> Iterator[Block]:
    yield Heading(_title(a))
    yield Formula(_broken(a.latex(terms=TREES)))
    yield from _table(a.table(TREES))


def _structure(found: StructureReport) -> Iterator[Block]:
    yield Heading(f"Structure of the {repr(found.equation)[1:-1]}")
    yield Formula(field_latex(found.equation, PAGE), environment=True)
    H = found.hamiltonian
    yield Heading("Hamiltonian", 2)
    yield Formula(H.latex(PAGE)) if isinstance(H, ModifiedHamiltonian) else Paragraph(str(H))
    rates = {f"Invariant {name}": c for name, c in found.invariants.items()} | {"Volume": found.volume}
    for name, rate in rates.items():
        yield Heading(name, 2)
        if rate.holds:
            yield Paragraph(f"{rate.verdict[0].upper()}{rate.verdict[1:]}.")
        else:
            yield Paragraph(f"Fails first at {rate.step}^{rate.first_failure}:")
            yield Formula(rate.latex(PAGE))
    if found.reversible is not None:
        yield Heading("Reversibility", 2)
        yield Paragraph(found.reversible.verdict)


def _tabled(found: Any) -> Iterator[Block]:
    yield Heading(_title(found))
    yield from _table(found.table())


def _verdict(found: Reversibility | Linearisation) -> Iterator[Block]:
    yield Heading(_title(found))
    answer = repr(found)[1:-1].partition(": ")[2]
    yield Paragraph(f"{answer[0].upper()}{answer[1:]}.")


def _any_table(found: Answer) -> Iterator[Block]:
    yield Heading(found.caption or "Table")
    yield from _table(found)


def _table(found: Answer) -> Iterator[Block]:
    head = tuple((_words(c), c) for c in found.columns)
    rows = tuple(tuple((cell_latex(x) or _words(cell_text(x)), cell_text(x)) for x in row) for row in found.cells)
    if rows:
        yield Table(head, rows)
    yield from map(Paragraph, found.notes)


def _title(found: Any) -> str:
    text = repr(found)
    text = text[1:-1].partition(": ")[0] if text.startswith("<") else text
    return f"{text[:1].upper()}{text[1:]}"


def _words(text: str) -> str:
    return latex_words(text) if text else ""


def _meaning(F: ModifiedField) -> str:
    if F.direction == "inverse":
        return (
            "A model trained through the method on exact data learns this field; the method applied to it, truncated as "
            f"shown, follows the system to order {F.order}."
        )
    return "The numerical solution follows the exact flow of this field."


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
    """A sum in lines of about PAGE visible characters, cut before signs."""
    rows = [""]
    for term in re.split(r" (?=[+-] )", formula):
        if rows[-1] and visible(rows[-1]) + visible(term) > PAGE:
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


ACCEPTED = (
    "equations, fields, methods, series, modified Hamiltonians and other expansions, structure reports, comparisons and other "
    "tables, checks, predictions, audits, long runs, reversibility, linearisations"
)
WRITERS: tuple[tuple[Any, Any], ...] = (
    (StructureReport, _structure),
    (Expansion, _expansion),
    (BSeries, _series),
    (VectorField, lambda f: _system(f, 1)),
    (Method, lambda m: _method(m, 1)),
    (Answer, _any_table),
    (Tabled, _tabled),
    (Reversibility | Linearisation, _verdict),
)
"""What documents are about, the first that fits."""
