"""A document as one HTML page with MathML, no script and no net."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import sympy
from sympy.printing.mathml import MathMLPresentationPrinter

from ..expressions import alike
from .content import Block, Formula, Heading, Paragraph, Table

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"/><title>{title}</title>
<style>body {{ font-family: serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }}
table {{ border-collapse: collapse; }} td, th {{ padding: .1em .8em; text-align: left; }} th {{ border-bottom: 1px solid; }}
pre {{ overflow-x: auto; }} math {{ margin: .4em 0; }}</style></head><body>
"""


def html(blocks: Sequence[Block]) -> str:
    """The blocks as an HTML page that needs no other file."""
    title = next((b.text for b in blocks if isinstance(b, Heading)), "")
    return HEAD.format(title=escape(title)) + "\n".join(_block(b) for b in blocks) + "\n</body></html>\n"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
    if isinstance(block, Paragraph):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, Formula):
        return _formula(block)
    return _table(block)


def _formula(formula: Formula) -> str:
    if not formula.equations:
        return f"<pre>{escape(formula.latex)}</pre>"
    symbols = {s for _, expression in formula.equations for s in expression.free_symbols}
    printer = _MathML(symbols)
    rows = "".join(
        f"<mtr><mtd><mtext>{escape(left)}</mtext></mtd><mtd><mo>=</mo></mtd>"
        f"<mtd columnalign='left'>{printer.doprint(expression)}</mtd></mtr>"
        for left, expression in formula.equations
    )
    return f"<math display='block'><mtable>{rows}</mtable></math>"


class _MathML(MathMLPresentationPrinter):  # type: ignore[misc]  # sympy is not typed
    """sympy's printer, which writes names as they come, with names that are no markup and that do not look alike."""

    def __init__(self, symbols: set[sympy.Symbol]):
        super().__init__()
        self._as_spelt = alike(symbols)

    def _print_Symbol(self, symbol: sympy.Symbol, style: str = "plain") -> Any:
        plain = symbol.name.replace("_", "").isalnum() and symbol not in self._as_spelt
        return super()._print_Symbol(symbol, style) if plain else self._named(symbol.name)

    def _print_AppliedUndef(self, applied: sympy.Expr) -> Any:
        row = self.dom.createElement("mrow")
        row.appendChild(self._named(applied.func.__name__))
        row.appendChild(self._paren_comma_separated(*applied.args))
        return row

    def _named(self, name: str) -> Any:
        node = self.dom.createElement("mi")
        node.appendChild(self.dom.createTextNode(escape(name)))
        return node


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for _, text in table.head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(text)}</td>' for _, text in row)}</tr>" for row in table.rows)
    return f"<table><tr>{head}</tr>{body}</table>"
