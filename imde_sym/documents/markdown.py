"""A document as Markdown with LaTeX formulas between dollars."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .content import Block, Formula, Heading, Paragraph, Table, one_line


def markdown(blocks: Sequence[Block]) -> str:
    """The blocks as Markdown with formulas between dollars."""
    return "\n\n".join(_block(b) for b in blocks) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {escape(block.text)}"
    if isinstance(block, Paragraph):
        return escape(block.text)
    if isinstance(block, Formula):
        return f"$$\n{block.latex.replace('align*', 'aligned')}\n$$"
    return _table(block)


def _table(table: Table) -> str:
    rows = [[f"${cell}$".replace("|", r"\|") for cell, _ in row] for row in (table.head, *table.rows)]
    rows.insert(1, ["---"] * len(table.head))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def escape(text: str) -> str:
    """Plain text whose signs Markdown, the mathematics and the HTML within it leave alone; always one line."""
    shown = "".join("\\" + c if c in r"\`*_{}[]<>#|$&~!" else c for c in one_line(text))
    # a list, or the underline of a heading
    return re.sub(r"^(\d*)(?=[-+=.)])", r"\1\\", shown)
