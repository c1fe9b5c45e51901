"""Documents about equations, series, reports and tables: standalone LaTeX, Markdown, HTML with MathML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..base.arguments import checked
from ..base.errors import FieldError, UnknownNameError
from ..equations import ModifiedField
from ..verify import Report
from .content import Block, blocks_of
from .html import html
from .latex import latex
from .markdown import markdown

FORMATS: dict[str, Callable[[Sequence[Block]], str]] = {"latex-document": latex, "markdown": markdown, "html": html}
"""The writer of each format of documents."""

__all__ = ["FORMATS", "write_document"]


@checked
def write_document(about: Any, format: str = "latex-document", report: Report | None = None) -> str:
    """A text about an equation: system, method, equation, elementary differentials, table of trees, check; or about other values.

    about  : a ModifiedField; or a field, method, series, modified Hamiltonian, structure report, comparison or other table,
             check, prediction, audit or long run; or a list of these, which come one after the other
    format : "latex-document" (compiles with pdflatex), "markdown" or "html" (one file, formulas show without any net)
    report : what `check` says of an equation; by default it is asked here if all parameters have values
    Raises UnknownNameError for another format, FieldError for what has no document.

    >>> from imde_sym import inverse_modified_equation, methods, systems
    >>> F = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 2)
    >>> print(write_document(F, "markdown").splitlines()[0])
    # Inverse modified equation of pendulum under Explicit midpoint rule
    """
    if format not in FORMATS:
        raise UnknownNameError("document format", format, FORMATS)
    if report is not None and not isinstance(about, ModifiedField):
        raise FieldError(f"a report goes with the equation that it is about; got it with a {type(about).__name__}")
    return FORMATS[format](blocks_of(about, report))
