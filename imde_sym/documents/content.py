"""What a document about each kind of value holds: one registry, from kinds to what writes their blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import sympy

from ..base.catalogue import Catalogue
from ..base.errors import FieldError, ImdeError, shown
from ..base.tables import Cell as Entry
from ..base.tables import Table, Tabled, Text
from ..base.typeset import Formulated
from ..equations import ModifiedField
from ..equations.display import field_latex
from ..expressions import latex
from ..expressions.layout import Latex, lines_of, numerals_of, visible
from ..fields import VectorField
from ..fields.formulas import terms_of
from ..geometry import Linearisation, ModifiedInvariant, Reversibility, StructureReport
from ..geometry.expansion import Expansion
from ..geometry.hamiltonian import ModifiedHamiltonian
from ..method import Method
from ..rings import to_sympy
from ..series import BSeries
from ..trees import Gallery, RootedTree, elementary_differential
from ..verify import Report, check
from .blocks import Block, Formula, Heading, Lines, Paragraph, table_of

PAGE = 62
"""Characters of a line of a formula on a page of A4."""
TREES = 40
"""Lines of a table of trees."""
MANY = 2000
"""Values that are taken of an iterator, such as `rooted_trees(8)`."""

Writer = Callable[[Any], Iterator[Block]]
DOCUMENTS: dict[type, tuple[str, Writer]] = {}
"""What documents are about, in words, and what writes them; of the classes of a value the nearest counts."""


def about(kind: type, words: str) -> Callable[[Writer], Writer]:
    """Above what writes the blocks of values of a class."""

    def register(write: Writer) -> Writer:
        DOCUMENTS[kind] = (words, write)
        return write

    return register


def blocks_of(value: Any, report: Report | None = None) -> list[Block]:
    """What a document about a value, or about several, one after the other, holds. Raises FieldError for other kinds.

    report : what `check` says of an equation, by default asked here if all parameters have values
    """
    if isinstance(value, Iterator):
        value = list(islice(value, MANY))
    if isinstance(value, list | tuple):
        if value and all(isinstance(one, RootedTree) for one in value):
            value = Gallery(value)
        else:
            return [block for one in value for block in blocks_of(one)]
    if report is not None:
        return list(_of_equation(value, report))
    found = next((DOCUMENTS[kind] for kind in type(value).__mro__ if kind in DOCUMENTS), None)
    if found is None:
        accepted = "; ".join(words for words, _ in DOCUMENTS.values())
        raise FieldError(f"{shown(value)} has no document; accepted: {accepted}; lists of these. {_HINT}")
    return list(found[1](value))


_HINT = "Trajectories are what integrate(..., dense=True) gives"


@about(ModifiedField, "equations")
def _equation(F: ModifiedField) -> Iterator[Block]:
    return _of_equation(F)


def _of_equation(F: ModifiedField, report: Report | None = None) -> Iterator[Block]:
    kind = "Inverse modified equation" if F.direction == "inverse" else "Modified equation"
    name = (F.field.name or "the system").replace("_", " ")
    yield Heading(f"{kind} of {name} under {F.method.title}")
    yield Heading("System", 2)
    yield from _defined(F.field)
    yield Heading("Method", 2)
    yield from _formula_of(F.method)
    yield Heading(kind, 2)
    yield Paragraph(_meaning(F))
    yield Formula(field_latex(F, PAGE), environment=True)
    yield Heading("In elementary differentials", 2)
    yield Formula(_broken(F.series.latex(per_step=False, terms=12)))
    yield Heading("Trees", 2)
    coefficients = {t: Entry(v, str(v), latex(to_sympy(v), F.symbols)) for t, v in islice(F.series.items(), TREES)}
    yield from _trees(coefficients, "b(t)", F.series.field_names)
    if len(F.series) > TREES:
        yield Paragraph(f"The first {TREES} of {len(F.series)} trees.")
    try:
        found = report or check(F)
    except ImdeError as error:
        yield Paragraph(f"Not checked against trajectories: {error}")
        return
    yield Heading("Check against trajectories", 2)
    yield from table_of(found.table())


@about(VectorField, "fields")
def _field(f: VectorField) -> Iterator[Block]:
    yield Heading(f.name.replace("_", " ") or "System")
    yield from _defined(f)


@about(Method, "methods")
def _method(m: Method) -> Iterator[Block]:
    yield Heading(m.title)
    yield from _formula_of(m)
    yield from table_of(m.describe())


@about(BSeries, "series")
def _series(a: BSeries) -> Iterator[Block]:
    yield Heading(_title(a))
    yield Formula(_broken(a.latex(terms=TREES)))
    yield from table_of(a.table(TREES))


@about(Expansion, "modified Hamiltonians, Lagrangians, laws of conservation and other expansions")
def _expansion(found: Expansion) -> Iterator[Block]:
    yield Heading(_title(found))
    yield Formula(found.latex(PAGE))


@about(ModifiedInvariant, "modified invariants")
def _invariant(found: ModifiedInvariant) -> Iterator[Block]:
    yield Heading(f"Modified invariant of the {repr(found.equation)[1:-1]}")
    yield Formula(found.latex(PAGE))
    yield Paragraph(_sentence(found.verdict))


@about(StructureReport, "structure reports")
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
            yield Paragraph(_sentence(rate.verdict))
        else:
            yield Paragraph(f"Fails first at {rate.step}^{rate.first_failure}:")
            yield Formula(rate.latex(PAGE))
    if found.reversible is not None:
        yield Heading("Reversibility", 2)
        yield Paragraph(found.reversible.verdict)


@about(Tabled, "checks, predictions, bounds, audits, long runs, trajectories, studies, what learning tells")
def _tabled(found: Tabled) -> Iterator[Block]:
    answer = found.table()
    yield Heading(_capital(answer.caption) if answer.caption else _title(found))
    yield from table_of(answer)


@about(Table, "comparisons, descriptions and other tables")
def _table(found: Table) -> Iterator[Block]:
    yield Heading(_capital(found.caption) or "Table")
    yield from table_of(found)


@about(Catalogue, "catalogues")
def _catalogue(found: Catalogue[Any]) -> Iterator[Block]:
    yield Heading(_title(found))
    yield from table_of(found.table())


@about(Reversibility, "reversibility")
@about(Linearisation, "linearisations")
def _verdict(found: Reversibility | Linearisation) -> Iterator[Block]:
    yield Heading(_title(found))
    yield Paragraph(_sentence(repr(found)[1:-1].partition(": ")[2]))


@about(RootedTree, "trees")
def _tree(t: RootedTree) -> Iterator[Block]:
    yield Heading(f"The tree {t.brackets}")
    yield from _trees({t: None})


@about(Gallery, "galleries of trees")
def _gallery(found: Gallery) -> Iterator[Block]:
    yield Heading(_title(found))
    labels = dict(zip(found.trees, found.labels or [None] * len(found.trees), strict=True))
    yield from _trees(labels, "label" if found.labels else "")


@about(Text, "citations and other text")
def _text(found: Text) -> Iterator[Block]:
    yield Lines(str(found))


@about(Formulated, "other values with a formula (forests, combinations of trees, stability functions)")
def _formulated(found: Formulated) -> Iterator[Block]:
    yield Formula(_broken(found.latex()))


@about(sympy.Expr, "expressions")
def _expression(e: sympy.Expr) -> Iterator[Block]:
    numerals = numerals_of([e])
    script = Latex([e], e.free_symbols, numerals)
    script.width = PAGE
    yield Formula(_aligned(lines_of(script.chunks(terms_of(e, "expanded", numerals.fractions)), PAGE, visible)))


def _defined(f: VectorField) -> Iterator[Block]:
    yield Formula(f.latex(PAGE))
    if f.reference:
        yield Paragraph(f.reference)


def _formula_of(m: Method) -> Iterator[Block]:
    yield Paragraph(f"{m.title}, order {m.order}." + (f" {m.reference}" if m.reference else ""))
    yield Formula(m.latex())


def _trees(values: dict[RootedTree, Any], column: str = "", names: str = "f") -> list[Block]:
    """A line for each tree, with a column of values where it has a name."""
    rows = []
    for t, value in values.items():
        row: dict[str, Any] = {"t": Entry(t, t.brackets, t.latex(), t.svg()), "σ(t)": t.symmetry, "γ(t)": t.density}
        if column:
            row[column] = value
        differential = elementary_differential(t, names=names), elementary_differential(t, latex=True, names=names)
        rows.append(row | {"F(t)": Entry(differential[0], *differential)})
    return table_of(Table.of(rows))


def _sentence(text: str) -> str:
    return f"{_capital(text)}."


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _title(found: Any) -> str:
    text = repr(found)
    return _capital(text[1:-1].partition(": ")[0] if text.startswith("<") else text)


def _meaning(F: ModifiedField) -> str:
    if F.direction == "inverse":
        return (
            "A model trained through the method on exact data learns this field; the method applied to it, truncated as "
            f"shown, follows the system to order {F.order}."
        )
    return "The numerical solution follows the exact flow of this field."


def _broken(formula: str) -> str:
    """A sum in lines of about PAGE visible characters, cut before signs."""
    terms = [""]
    for part in re.split(r" (?=[+-] )", formula):
        if _whole(terms[-1]):
            terms.append(part)
        else:
            terms[-1] += f" {part}"
    return _aligned(lines_of(terms[1:], PAGE, visible))


def _whole(text: str) -> bool:
    """Whether a formula can be cut behind this text: no bracket is open."""
    return text.count("{") == text.count("}") and text.count(r"\left") == text.count(r"\right")


def _aligned(rows: list[str]) -> str:
    return rows[0] if len(rows) == 1 else "\\begin{aligned}\n& " + " \\\\\n& ".join(rows) + "\n\\end{aligned}"
