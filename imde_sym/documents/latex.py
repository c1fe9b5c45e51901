"""A document as a standalone LaTeX file for pdflatex."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..expressions import latex_words
from ..expressions.layout import visible
from .blocks import Block, Cell, Formula, Heading, Lines, Paragraph, Table, one_line

PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{amsmath,amssymb}
\usepackage{longtable,array}
\usepackage{graphicx}
\usepackage[margin=22mm]{geometry}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\renewcommand{\arraystretch}{1.3}
\begin{document}
"""
WIDE = 88
"""Characters of a table that a line holds."""
PART = 40
"""Lines of a wide table in one box."""
SHORT = 12
"""Lines of a table that is not divided among pages."""
PLAIN = frozenset(map(chr, range(32, 127))) | frozenset("–—‘’“”§¶°´¨©®«»¡¿")
"""Signs that are the same in LaTeX, those in SPECIAL aside."""
_BREAK = r"\allowbreak{}"
SPECIAL = {"*": "*" + _BREAK, "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
SPECIAL |= {c: "\\" + c for c in "&%$#_{}"}
TEXT = 24
"""Characters from which on a column of text in a wide table has lines of its own."""
GAP = 2
"""Characters between columns."""
_BREAKS = re.compile(r"[\s_]")
_BELOW = r" \\ "


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
    if isinstance(block, Lines):
        return "{\\ttfamily\\raggedright\\noindent\n" + " \\\\\n".join(map(_code, block.text.split("\n"))) + "\n\\par}"
    return _table(block)


def _table(table: Table) -> str:
    columns, narrow, fits = _columns(table)
    if not fits and _columns(turned := _turned(table))[2]:
        return _table(turned)
    wrapped = [column[0] == "p" for column in columns]
    head, *lines = [" & ".join(map(_cell, row, wrapped)) + r" \\" for row in (table.head, *table.rows)]
    if narrow:
        head = " & ".join(map(_stack, table.head)) + r" \\"
    head += r" \hline"
    if len(lines) > SHORT and fits:
        return "\n".join([rf"\begin{{longtable}}{{{''.join(columns)}}}", head, *lines, r"\end{longtable}"])
    # boxes that stay on the page of their heading; those of wide tables are made to fit the line
    start, end = ([], []) if fits else ([r"\resizebox{\linewidth}{!}{%"], ["}"])
    start = [r"\begin{center}", *start, rf"\begin{{tabular}}{{{''.join(columns)}}}", head]
    end = [r"\end{tabular}", *end, r"\end{center}"]
    parts = (lines[i : i + PART] for i in range(0, max(len(lines), 1), PART))
    boxes = ["\n".join([*start, *part, *end]) for part in parts]
    return "\n\n".join(boxes)


def _turned(table: Table) -> Table:
    """The same with a line for each column: a few methods with many properties fit a page so."""
    first, *lines = zip(table.head, *table.rows, strict=True)
    return Table(first, tuple(lines))


def _columns(table: Table) -> tuple[list[str], bool, bool]:
    """How LaTeX sets the columns, whether the words of a heading stand one above the other, whether all fits the line."""
    own = [max((visible(row[i].latex) for row in table.rows), default=0) for i in range(len(table.head))]
    widths: list[float] = [GAP + max(w, visible(cell.latex)) for w, cell in zip(own, table.head, strict=True)]
    narrow = sum(widths) > WIDE
    if narrow:
        widths = [GAP + max([w, *map(len, cell.text.split())]) for w, cell in zip(own, table.head, strict=True)]
    texts = [i for i, w in enumerate(widths) if narrow and w > TEXT and all(row[i].is_text for row in table.rows)]
    least = {i: GAP + max(len(word) for row in table.rows for word in _BREAKS.split(row[i].text)) for i in texts}
    room = WIDE - sum(w for i, w in enumerate(widths) if i not in texts) - sum(least.values())
    more = sum(widths[i] - least[i] for i in texts)
    if not texts or room < 0:
        return ["l"] * len(widths), narrow, sum(widths) <= WIDE
    columns = ["l"] * len(widths)
    for i in texts:
        widths[i] = least[i] + (widths[i] - least[i]) * min(1.0, room / more) if more else least[i]
        columns[i] = rf"p{{{0.92 * widths[i] / WIDE:.3f}\linewidth}}"
    return columns, narrow, sum(widths) <= WIDE


def _stack(cell: Cell) -> str:
    return rf"\shortstack[l]{{{_BELOW.join(map(escape, cell.text.split()))}}}"


def _cell(cell: Cell, lines: bool) -> str:
    """A cell; in lines, where the text is long. {} first: a bracket after \\\\ would be read as a length."""
    return rf"\raggedright\arraybackslash {{}}{escape(cell.text).replace(r'_', '_' + _BREAK)}" if lines else f"${{}}{cell.latex}$"


def _code(line: str) -> str:
    """A line as it is, its indentation kept, with breaks where it is too long."""
    indent = len(line) - len(line.lstrip())
    return rf"\mbox{{}}\hspace*{{{indent / 2:g}em}}" + escape(line)


def escape(text: str) -> str:
    """Plain text that LaTeX shows as it is; characters that it cannot show become question marks."""
    return "".join(SPECIAL.get(c) or (c if c in PLAIN or (ord(c) < 0x250 and c.isalpha()) else _sign(c)) for c in one_line(text))


def _sign(c: str) -> str:
    """A Greek letter or a sign as a formula; a question mark for what LaTeX has no sign for."""
    formula = latex_words(c)
    return "?" if r"\mathtt" in formula else f"${formula}$"
