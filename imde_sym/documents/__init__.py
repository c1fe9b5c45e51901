"""Documents about every answer of the package: standalone LaTeX, Markdown, HTML with MathML, PDF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..base.arguments import checked
from ..base.errors import FieldError, UnknownNameError
from ..equations import ModifiedField
from ..verify import Report
from .blocks import Block
from .content import blocks_of
from .files import write_file
from .html import html
from .latex import latex
from .markdown import markdown

FORMATS: dict[str, Callable[[Sequence[Block]], str]] = {"latex-document": latex, "markdown": markdown, "html": html}
"""The writer of each format of documents."""
ENDINGS = {".tex": "latex-document", ".md": "markdown", ".html": "html", ".pdf": "latex-document"}
"""The format of a file."""

__all__ = ["FORMATS", "write_document"]


@checked
def write_document(about: Any, format: str | None = None, report: Report | None = None, *, path: str | Path | None = None) -> str:
    """A text about an equation: system, method, equation, elementary differentials, table of trees, check; or about other values.

    about  : a ModifiedField; or a field, method, series, tree, modified Hamiltonian, Lagrangian or invariant, structure report,
             check, prediction, bound, audit, trajectory, long run, study, what learning tells, comparison or other table,
             citation, expression; or a list of these, which come one after the other
    format : "latex-document" (the default; compiles with pdflatex), "markdown" or "html" (one file, formulas show without any
             net)
    report : what `check` says of an equation; by default it is asked here if all parameters have values
    path   : a file to which it is written too, .tex, .md, .html, which tells the format, or .pdf: LaTeX, compiled by pdflatex
    Raises UnknownNameError for another format or ending, FieldError for what has no document (the error lists what has one),
    ImdeError for a PDF where there is no pdflatex, and where the file cannot be written.

    >>> from imde_sym import inverse_modified_equation, methods, systems
    >>> F = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 2)
    >>> print(write_document(F, "markdown").splitlines()[0])
    # Inverse modified equation of pendulum under Explicit midpoint rule
    """
    if path is not None and Path(path).suffix not in ENDINGS:
        raise UnknownNameError("ending of a document's file", Path(path).suffix, ENDINGS)
    if format is None:
        format = ENDINGS[Path(path).suffix] if path is not None else "latex-document"
    if format not in FORMATS:
        raise UnknownNameError("document format", format, FORMATS)
    if path is not None and format != ENDINGS[Path(path).suffix]:
        raise FieldError(f"the file {Path(path).name} holds {ENDINGS[Path(path).suffix]}, and format={format!r} was asked for")
    if report is not None and not isinstance(about, ModifiedField):
        raise FieldError(f"a report goes with the equation that it is about; got it with a {type(about).__name__}")
    text = FORMATS[format](blocks_of(about, report))
    if path is not None:
        write_file(text, Path(path))
    return text
