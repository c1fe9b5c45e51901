"""Documents about a modified equation: standalone LaTeX, Markdown, HTML with MathML."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..base.arguments import checked
from ..base.errors import FieldError, UnknownNameError
from ..equations import ModifiedField
from ..verify import Report
from .content import Block, document
from .html import html
from .latex import latex
from .markdown import markdown

FORMATS: dict[str, Callable[[Sequence[Block]], str]] = {"latex-document": latex, "markdown": markdown, "html": html}

__all__ = ["FORMATS", "write_document"]


@checked
def write_document(F: ModifiedField, format: str = "latex-document", report: Report | None = None) -> str:
    """System, method, equation, elementary differentials, table of trees and check table, as one text.

    format : "latex-document" (compiles with pdflatex), "markdown" or "html"
    report : what `check` says of F; by default it is asked here if all parameters have values
    Raises UnknownNameError for another format, FieldError for anything else than a modified field.

    >>> from imde_sym import inverse_modified_equation, methods, systems
    >>> F = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 2)
    >>> print(write_document(F, "markdown").splitlines()[0])
    # Inverse modified equation of pendulum under Explicit midpoint rule
    """
    if format not in FORMATS:
        raise UnknownNameError("document format", format, FORMATS)
    if not isinstance(F, ModifiedField) or not isinstance(report, Report | None):
        given = type(F).__name__ if not isinstance(F, ModifiedField) else type(report).__name__
        raise FieldError(f"a document is about a ModifiedField and what `check` reports of it; got a {given}")
    return FORMATS[format](document(F, report))
