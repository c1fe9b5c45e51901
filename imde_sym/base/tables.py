"""Answers that are tables: one text, HTML with LaTeX in its cells, one LaTeX array, a data frame, plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from html import escape
from typing import Any, NamedTuple, Self

import sympy

from .columns import columns
from .libraries import library
from .typeset import scrolled, typeset
from .values import Printed

_SPECIAL = {"\\": r"\backslash ", "^": r"\^{}", "~": r"\~{}"} | {c: "\\" + c for c in "&%$#_{}"}
_FLOAT = re.compile(r"(-?\d+(?:\.\d+)?)e([+-]?\d+)")


CAPTION = 90
"""Characters of a caption in one line."""
LEFT = ' style="text-align:left"'
"""Text and formulas stand on the left, as when they are printed; notebooks put cells on the right."""


class Text(str):
    """Text that shows as itself at a prompt and in a notebook, lines and all."""

    def __repr__(self) -> str:
        return str(self)


class Cell(NamedTuple):
    """A cell that is shown otherwise than its value says: as text, as LaTeX (without dollars), with a picture before the text.

    >>> Cell(0.5, "1/2").text
    '1/2'
    """

    value: Any
    text: str
    latex: str = ""
    picture: str = ""


def number_cell(value: float, digits: str = ".3e") -> Cell:
    r"""A number in the digits of a format, its power of ten typeset.

    >>> number_cell(0.00125), number_cell(0.0).latex, number_cell(0.5, "g").latex
    (Cell(value=0.00125, text='1.250e-03', latex='1.250 \\cdot 10^{-3}', picture=''), '0', '')
    """
    text = format(value, digits)
    return Cell(value, text, _power_of_ten(text) if value else "0")


class Table(Text):
    """Text that is a table: `rows` holds a mapping from columns to values for each line.

    It prints as text and shows as HTML in notebooks, numbers and formulas typeset; `latex()`, `to_frame()` (pandas) and
    `to_dict()` give it in other forms. `caption` stands above, `notes` are lines below, `remarks` the same as text or Cells.

    >>> t = Table.of([{"method": "rk4", "weight": Fraction(1, 6)}], caption="Weights")
    >>> print(t)
    method  weight
    ------  ------
    rk4     1/6
    >>> t.rows[0]["weight"], t.to_dict()["rows"]
    (Fraction(1, 6), [{'method': 'rk4', 'weight': '1/6'}])
    """

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    notes: list[str]
    remarks: list[Any]
    caption: str
    cells: list[list[Any]]

    @classmethod
    def of(
        cls,
        rows: Sequence[Mapping[str, Any]],
        head: Sequence[str] | None = None,
        *,
        notes: Sequence[Any] = (),
        caption: str = "",
        text: str | None = None,
    ) -> Self:
        """The table of rows, mappings from columns to values or Cells.

        head : the columns, by default the keys of the first row
        text : how it prints, by default left-aligned columns and the notes
        """
        names = tuple(head if head is not None else rows[0] if rows else ())
        cells = [[row.get(key) for key in names] for row in rows]
        shown = [n.text if isinstance(n, Cell) else str(n) for n in notes]
        printed = "\n".join([*aligned([[cell_text(x) for x in row] for row in cells], names), *shown]) if text is None else text
        found = cls(printed)
        found.columns, found.cells, found.caption, found.notes = names, cells, caption, shown
        found.rows = [{k: x.value if isinstance(x, Cell) else x for k, x in zip(names, row, strict=True)} for row in cells]
        found.remarks = list(notes)
        return found

    def _repr_html_(self) -> str:
        caption = heading(_plain(self.caption)) if self.caption else ""
        head = "".join(f"<th{LEFT}>{_plain(c)}</th>" for c in self.columns)
        body = "".join(f"<tr>{''.join(f'<td{LEFT}>{_html(x)}</td>' for x in row)}</tr>" for row in self.cells)
        notes = "".join(f"<p>{_html(n)}</p>" for n in self.remarks)
        return scrolled(f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}")

    def latex(self) -> str:
        """The table as an array; text in it as text."""
        lines = [" & ".join(_words(c) for c in self.columns) + r" \\ \hline"]
        lines += ["{}" + " & ".join(cell_latex(x) or _words(cell_text(x)) for x in row) + r" \\" for row in self.cells]
        return "\n".join([rf"\begin{{array}}{{{'l' * len(self.columns)}}}", *lines, r"\end{array}"])

    def _latex(self, *_: Any, **__: Any) -> str:
        return self.latex()

    def to_frame(self) -> Any:
        """The rows as a pandas DataFrame, values as they are. Raises MissingLibraryError without pandas."""
        return library("pandas", "a data frame", "frames").DataFrame(self.rows, columns=list(self.columns))

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON: what JSON does not know as text."""
        plain = [{k: v if isinstance(v, str | int | float | None) else str(v) for k, v in row.items()} for row in self.rows]
        return {"columns": list(self.columns), "rows": plain}


class Framed:
    """What has a table: `table()` gives it, `to_frame()` has it for pandas."""

    def table(self) -> Table:
        """The answer as a table."""
        raise NotImplementedError

    def to_frame(self) -> Any:
        """The table as a pandas DataFrame. Raises MissingLibraryError without pandas.

        >>> import pandas
        >>> from imde_sym import exact_series
        >>> exact_series(2).to_frame().shape
        (2, 5)
        """
        return self.table().to_frame()


class Tabled(Printed, Framed):
    """A value whose answer is a table, which notebooks show."""

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def heading(markup: str) -> str:
    """The caption of an HTML table, in one line where a cell of a notebook has room for it, however narrow the table is."""
    return f'<caption style="white-space:{"nowrap" if len(markup) <= CAPTION else "normal"}">{markup}</caption>'


def aligned(rows: Sequence[Sequence[str]], head: Sequence[str]) -> list[str]:
    """The lines of left-aligned columns under their headings.

    >>> aligned([["1", "b"]], ["n", "letter"])
    ['n  letter', '-  ------', '1  b']
    """
    rules = ["-" * max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return columns([head, rules, *rows], str.ljust)


def cell_text(value: Any) -> str:
    """A cell as text.

    >>> cell_text(None), cell_text(True), cell_text(Fraction(1, 2))
    ('-', 'yes', '1/2')
    """
    if isinstance(value, Cell):
        return value.text
    return "-" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def cell_latex(value: Any) -> str:
    r"""A cell as LaTeX, without dollars; empty for plain text.

    >>> cell_latex(Fraction(-1, 2)), cell_latex(3.5e-9), cell_latex("rk4")
    ('- \\frac{1}{2}', '3.5 \\cdot 10^{-9}', '')
    """
    if isinstance(value, Cell):
        return value.latex
    if isinstance(value, Fraction):
        return str(sympy.latex(sympy.Rational(value.numerator, value.denominator)))
    if isinstance(value, sympy.Basic):
        return str(sympy.latex(value))
    if isinstance(value, float):
        return _power_of_ten(str(value))
    return str(value.latex()) if hasattr(value, "latex") and not isinstance(value, str | bool) else ""


def cell_picture(value: Any) -> str:
    """The picture of a cell, SVG text; empty where it has none.

    >>> cell_picture(Cell(1, "1", picture="<svg/>")), cell_picture(1)
    ('<svg/>', '')
    """
    return value.picture if isinstance(value, Cell) else ""


def _power_of_ten(text: str) -> str:
    """A number with an exponent in LaTeX; empty for others."""
    return _FLOAT.sub(lambda m: rf"{m[1]} \cdot 10^{{{int(m[2])}}}", text) if "e" in text else ""


def _html(value: Any) -> str:
    picture = cell_picture(value)
    formula = cell_latex(value)
    text = typeset(formula) if formula else _plain(cell_text(value))
    return f"{picture} {text}" if picture else text


def _plain(text: str) -> str:
    """Text in HTML that no typesetting of formulas touches: none reads on across a tag."""
    return "<br/>".join(escape(line).replace("$", "<span>$</span>") for line in text.split("\n"))


def _words(text: str) -> str:
    return rf"\text{{{''.join(_SPECIAL.get(c, c) for c in text)}}}"
