"""What documents are made of, free of any markup language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..base.tables import Table as Answer
from ..base.tables import cell_latex, cell_picture, cell_text
from ..expressions import latex_words


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
class Lines:
    """Text whose lines are kept as they are: code, BibTeX."""

    text: str


class Cell(NamedTuple):
    """A cell of a table: LaTeX without dollars, plain text, a picture (SVG) that goes before them where it can be shown."""

    latex: str
    text: str
    picture: str = ""

    @property
    def is_text(self) -> bool:
        """Whether the LaTeX is that of plain text."""
        return self.latex == words(self.text)


@dataclass(frozen=True)
class Table:
    """Head and rows of cells."""

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


Block = Heading | Paragraph | Formula | Lines | Table


def one_line(text: str) -> str:
    """Plain text as one line, without characters that have no shape."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def table_of(answer: Answer) -> list[Block]:
    """An answer that is a table: its cells, then its notes."""
    head = tuple(Cell(words(c), c) for c in answer.columns)
    rows = tuple(
        tuple(Cell(cell_latex(x) or words(cell_text(x)), cell_text(x), cell_picture(x)) for x in row) for row in answer.cells
    )
    notes = [Formula(found) if (found := cell_latex(note)) else Paragraph(cell_text(note)) for note in answer.remarks]
    return [*([Table(head, rows)] if rows else []), *notes]


def words(text: str) -> str:
    """Plain text within a formula."""
    return latex_words(text) if text else ""
