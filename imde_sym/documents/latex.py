"""A document as a standalone LaTeX file for pdflatex."""

from __future__ import annotations

from collections.abc import Sequence

from ..expressions.layout import visible
from .content import Block, Formula, Heading, Paragraph, Table, one_line

PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{amsmath,amssymb}
\usepackage{longtable}
\usepackage{graphicx}
\usepackage[margin=22mm]{geometry}
\allowdisplaybreaks
\renewcommand{\arraystretch}{1.3}
\begin{document}
"""
WIDE = 88
"""Characters of a table that a line holds."""
PART = 40
"""Lines of a wide table in one box."""
SHORT = 12
"""Lines of a table that is not divided among pages."""
SPECIAL = {"*": r"*\allowbreak{}", "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
SPECIAL |= {c: "\\" + c for c in "&%$#_{}"}
SIGNS = {c: rf"$\{name}$" for c, name in zip("σγτζθρμ", ["sigma", "gamma", "tau", "zeta", "theta", "rho", "mu"], strict=True)}
SIGNS |= {"≥": r"$\geq$", "²": r"$^2$", "³": r"$^3$"}


def latex(blocks: Sequence[Block]) -> str:
    """The file."""
    return PREAMBLE + "\n\n".join(_block(b) for b in blocks) + "\n\\end{document}\n"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return rf"\{'sub' * (block.level > 1)}section*{{\raggedright {escape(block.text)}}}"
    if isinstance(block, Paragraph):
        return escape(block.text)
    if isinstance(block, Formula):
        return block.latex if block.environment else f"\\[\n{block.latex}\n\\]"
    return _table(block)


def _table(table: Table) -> str:
    # {} first: a bracket after \\ would be read as a length
    head, *lines = [" & ".join(f"${{}}{cell}$" for cell, _ in row) + r" \\" for row in (table.head, *table.rows)]
    head += r" \hline"
    columns = "l" * len(table.head)
    widths = (max(visible(row[i][0]) for row in (table.head, *table.rows)) + 2 for i in range(len(table.head)))
    wide = sum(widths) > WIDE
    if len(lines) > SHORT and not wide:
        return "\n".join([rf"\begin{{longtable}}{{{columns}}}", head, *lines, r"\end{longtable}"])
    # boxes that stay on the page of their heading; those of wide tables are made to fit the line
    start, end = ([r"\resizebox{\linewidth}{!}{%"], ["}"]) if wide else ([], [])
    start, end = [r"\begin{center}", *start, rf"\begin{{tabular}}{{{columns}}}", head], [r"\end{tabular}", *end, r"\end{center}"]
    parts = (lines[i : i + PART] for i in range(0, max(len(lines), 1), PART))
    boxes = ["\n".join([*start, *part, *end]) for part in parts]
    return "\n\n".join(boxes)


def escape(text: str) -> str:
    """Plain text that LaTeX shows as it is; characters that it cannot show become question marks."""
    out = []
    for c in one_line(text):
        known = SPECIAL.get(c) or SIGNS.get(c) or (c if ord(c) < 0x250 or c in "–—‘’“”" else "?")
        out.append(known)
    return "".join(out)
