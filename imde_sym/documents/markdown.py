"""A document as Markdown with LaTeX formulas between dollars."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .blocks import Block, Formula, Heading, Lines, Paragraph, Table, one_line


def markdown(blocks: Sequence[Block]) -> str:
    """The text."""
    return "\n\n".join(_block(b) for b in blocks) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {escape(block.text)}"
    if isinstance(block, Paragraph):
        return escape(block.text)
    if isinstance(block, Formula):
        return f"$$\n{block.latex.replace('align*', 'aligned')}\n$$"
    if isinstance(block, Lines):
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", block.text)), 0)
        return f"{fence}\n{block.text}\n{fence}"
    return _table(block)


def _table(table: Table) -> str:
    rows = [[f"${cell.latex}$".replace("|", r"\|") if cell.latex else "" for cell in row] for row in (table.head, *table.rows)]
    rows.insert(1, ["---"] * len(table.head))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def escape(text: str) -> str:
    """Plain text whose signs Markdown, the mathematics and the HTML within it leave alone; always one line."""
    shown = "".join("\\" + c if c in r"\`*_{}[]<>#|$&~!" else c for c in one_line(text))
    # a list, or the underline of a heading
    return re.sub(r"^(\d*)(?=[-+=.)])", r"\1\\", shown)
