"""A document as a standalone LaTeX file for pdflatex."""

from __future__ import annotations

from collections.abc import Sequence

from .content import Block, Formula, Heading, Paragraph, Table, one_line

PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{amsmath,amssymb}
\usepackage{longtable}
\usepackage[margin=22mm]{geometry}
\allowdisplaybreaks
\renewcommand{\arraystretch}{1.3}
\begin{document}
"""
SHORT = 12
"""Lines of a table that is not divided among pages."""
SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {c: "\\" + c for c in "&%$#_{}"}
SIGNS = {c: rf"$\{name}$" for c, name in zip("σγτζθρμ", ["sigma", "gamma", "tau", "zeta", "theta", "rho", "mu"], strict=True)}
SIGNS |= {"≥": r"$\geq$", "²": r"$^2$", "³": r"$^3$"}


def latex(blocks: Sequence[Block]) -> str:
    """The blocks as a LaTeX document."""
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
    lines = [" & ".join(f"${{}}{cell}$" for cell, _ in row) + r" \\" for row in (table.head, *table.rows)]
    lines[0] += r" \hline"
    columns = "l" * len(table.head)
    if len(lines) > SHORT:
        return "\n".join([rf"\begin{{longtable}}{{{columns}}}", *lines, r"\end{longtable}"])
    # one box, which stays on the page of its heading
    return "\n".join([r"\begin{center}", rf"\begin{{tabular}}{{{columns}}}", *lines, r"\end{tabular}", r"\end{center}"])


def escape(text: str) -> str:
    """Plain text that LaTeX shows as it is; characters that it cannot show become question marks."""
    out = []
    for c in one_line(text):
        known = SPECIAL.get(c) or SIGNS.get(c) or (c if ord(c) < 0x250 or c in "–—‘’“”" else "?")
        out.append(known)
    return "".join(out)
