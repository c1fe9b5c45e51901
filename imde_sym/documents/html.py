"""A document as one HTML page with MathML, no script and no net."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ..base.mathml import mathml
from .blocks import Block, Cell, Formula, Heading, Lines, Paragraph, Table

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"/><title>{title}</title>
<style>body {{ font-family: serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }}
table {{ border-collapse: collapse; }} td, th {{ padding: .1em .8em; text-align: left; }} th {{ border-bottom: 1px solid; }}
div.wide {{ overflow-x: auto; }} math {{ margin: .4em 0; }}</style></head><body>
"""


def html(blocks: Sequence[Block]) -> str:
    """The page."""
    title = next((b.text for b in blocks if isinstance(b, Heading)), "")
    return HEAD.format(title=escape(title)) + "\n".join(_block(b) for b in blocks) + "\n</body></html>\n"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
    if isinstance(block, Paragraph):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, Formula):
        return f'<div class="wide">{mathml(block.latex, display=True)}</div>'
    if isinstance(block, Lines):
        return f'<div class="wide"><pre>{escape(block.text)}</pre></div>'
    return _table(block)


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell.text)}</th>" for cell in table.head)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(cell: Cell) -> str:
    plain = cell.is_text or cell.latex.replace(".", "").isdigit() or not cell.latex
    shown = escape(cell.text) if plain else mathml(cell.latex)
    return f"{cell.picture} {shown}" if cell.picture else shown
