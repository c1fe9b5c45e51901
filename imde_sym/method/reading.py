r"""Tableaux as they are found: text with bars, tables of numbers, LaTeX arrays, one array for all; rows without their zeros.

    0   |                 0,0,0              \begin{array}{c|cc}
    1/2 | 1/2             1/2,1/2,0            0 & & \\ \frac12 & \frac12 & \\ \hline
    ----+------           ,0,1                 & 0 & 1
        | 0   1                              \end{array}

The weights stand below a line, or in rows without an abscissa; a second row of weights is the embedded formula.
Entries are parsed as numbers, never evaluated: 1/2, 1//2, 0.5, √3/6, \frac{\sqrt{3}}{6}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
import sympy

from ..base.errors import MethodError
from ..rings import Scalar
from .julia import is_julia, read_julia
from .notations import entry_by_entry, has_comma, plain, quotients, with_point

MAX_LENGTH = 100_000
EXAMPLE = 'a tableau as text looks like "0 | \\n1/2 | 1/2\\n--\\n | 0 1"'
_BARS = re.compile(r"[|│┃]{1,2}")
_LINE = re.compile(r"[\s\-=_─━═┼╪+|│┃:−–—.]*")
_DRAWN = re.compile(r"[-=_─━═−–—]")
_COMMENT = re.compile(r"#.*|(?<!\\)%.*")
_LATEX = re.compile(r"\\(?:begin|end)\s*\{|\\\\|\\hline|&")
_FRAME = re.compile(
    r"\\begin\s*\{(?:array|tabular)\}\s*(?:\[[a-z]\])?\s*\{[^{}]*\}|\\(?:begin|end)\s*\{[a-z]*\*?\}"
    r"|(?<!\\)\\[\[\]()]|\$|\\(?:left|right)\s*[.()\[\]|]|\\(?:displaystyle|centering|renewcommand\S*)"
)
_RULE = re.compile(r"\\(?:hline|midrule|toprule|bottomrule|cline\s*\{[^{}]*\})")
_LABEL = re.compile(r"\s*(?:\\hat\s*\{?b\}?|b̂|[bB]\w*|weights?)\s*(?:[\^_]?\s*[T*ᵀ'1-9]|\^\{?T\}?|hat)?\s*[:=]?\s*|\s*")
_GAP = re.compile(r"(?<![-+*/^(−])\s(?![-+*/^)−]\s|[*/^)])")
"""A space between two entries, as Matlab has it: 1 -2 are two, 1 - 2 is one."""


_ASSIGNED = re.compile(
    r"(?:^|(?<=[;\n\]),{}]))\s*(?:(?:static|const|constexpr|double|float|real|let|var|final|public|private)\s+)*"
    r"['\"]?\b(A|a|B|b|C|c|b_hat|bhat)\b['\"]?(?:\[\w*\])*\s*(?:=(?!=)|:)\s*"
)
_NESTED = re.compile(r"\s*[\[{(]\s*[\[{(]\s*[\[{(]")
_PAIR = re.compile(r"\s*(?:\[\s*\[|\{\s*\{|\(\s*\().*[\]})]\s*[\]})]\s*,\s*[\[{(].*", re.DOTALL)


_OPENING, _CLOSING = tuple("[({"), tuple("])}")


class Tableau(NamedTuple):
    """What was read, entries as they were written; c is None where none is given."""

    A: Any
    b: Any
    c: Any
    b_hat: Any


def read_tableau(A: Any, b: Any, c: Any, b_hat: Any) -> Tableau:
    """The arguments of ButcherTableau with all forms brought to rows and lists. Raises MethodError."""
    A, b, c, b_hat = (quotients(x) if isinstance(x, str) else x for x in (A, b, c, b_hat))
    if b is None:
        if c is not None or b_hat is not None:
            raise MethodError("a tableau needs weights b")
        return _whole(A)
    rows = _rows_of(A) if isinstance(A, str) else A
    return Tableau(rows, *(_entries(x) if isinstance(x, str) else x for x in (b, c, b_hat)))


def filled(rows: Sequence[Sequence[Scalar]], s: int) -> Sequence[Sequence[Scalar]]:
    """Rows with the zeros that explicit and lower triangular tableaux leave out; others as they are.

    >>> filled([[], ["1/2"]], 2) == filled([["1/2"]], 2) == [[0, 0], ["1/2", 0]]
    True
    """
    lengths = [len(row) for row in rows]
    if lengths == list(range(1, s)):
        rows, lengths = [[], *rows], list(range(s))
    lower = lengths in (list(range(s)), list(range(1, s + 1)))
    return [[*row, *[Fraction(0)] * (s - len(row))] for row in rows] if lower else rows


def _whole(given: Any) -> Tableau:
    """A tableau in one piece."""
    if isinstance(given, Mapping):
        if "A" not in given or "b" not in given:
            raise MethodError(f"a tableau as a mapping has the keys A and b; found {', '.join(map(str, given))[:80]}")
        return Tableau(*(given.get(key) for key in ("A", "b", "c", "b_hat")))
    if isinstance(given, str):
        return _whole(read_julia(given)) if is_julia(given) else _text(given)
    if isinstance(given, sympy.MatrixBase):
        given = given.tolist()
    if isinstance(given, np.ndarray) and given.ndim > 2:
        raise MethodError(f"a tableau as one array has rows and columns; got an array of shape {given.shape}")
    if not isinstance(given, Iterable):
        raise MethodError(f"a tableau is given as A and b, as text or as one array; got {str(given)[:60]!r}")
    return _array([list(row) if isinstance(row, Iterable) and not isinstance(row, str) else [row] for row in given])


def _array(rows: list[list[Any]]) -> Tableau:
    """c in the first column, b in the last row, perhaps b_hat below it."""
    lengths = [len(row) for row in rows]
    stages = next((i for i, (a, b) in enumerate(pairwise(lengths), 1) if b <= a), len(lengths))
    if stages > 1 and lengths[:stages] == [*range(1, stages + 1)] and {*lengths[stages:]} == {stages}:
        rows = [*rows[:stages], *([None, *row] for row in rows[stages:])]  # no zeros above the diagonal, and none before b
    width = max(map(len, rows), default=0)
    while width > 2 and len(rows) < width and all(len(row) < width or _is_blank(row[width - 1]) for row in rows):
        width -= 1
    rows = [row[:width] for row in rows]
    s = width - 1
    if s < 1 or len(rows) not in (s + 1, s + 2):
        shape = f"an array of {len(rows)} rows and {width} columns"
        raise MethodError(f"{shape} is not a tableau without b: with c before and b below it is (s+1)×(s+1)")
    if (s, len(rows)) == (1, 3):
        raise MethodError("3 rows of 2 entries can be read as A above b, or as one stage above b and b_hat: give A, b apart")
    rows = [*rows[:s], *(_weights_row(row, s) for row in rows[s:])]
    rows = [[*row, *[0] * (width - len(row))] for row in rows]
    for row in rows[s:]:
        corner = row[0]
        if not _is_blank(corner) and str(corner).strip() not in ("0", "1", "0.0", "1.0"):
            raise MethodError(f"the first entry of the row of b is {corner}, where nothing, 0 or 1 is expected: give A, b apart")
    body = [[0 if _is_blank(x) else x for x in row] for row in rows]
    weights = [row[1:] for row in body[s:]]
    return Tableau([row[1:] for row in body[:s]], weights[0], [row[0] for row in body[:s]], weights[1] if weights[1:] else None)


def _weights_row(row: list[Any], s: int) -> list[Any]:
    """A row below the stages with its corner, which a row of s entries does not have: 0 1 is two weights there."""
    if not row or _is_blank(row[0]) or len(row) > s:
        return row
    if len(row) < s:
        raise MethodError(
            f"the row of weights {', '.join(map(str, row))} has {len(row)} entries, but there are {s} rows of stages"
        )
    return [None, *row]


def _is_blank(entry: Any) -> bool:
    return entry is None or (isinstance(entry, str) and not entry.strip()) or entry != entry  # nan


# -- text --------------------------------------------------------------------------------------------
def _text(text: str) -> Tableau:
    if len(text) > MAX_LENGTH:
        raise MethodError(f"a tableau of {len(text)} characters; at most {MAX_LENGTH} are read")
    if not text.strip():
        raise MethodError(f"the text is empty; {EXAMPLE}")
    text = _framed(text)
    assigned = [*_ASSIGNED.finditer(text)]
    if text.lstrip().startswith("{") and not _NESTED.match(text):
        try:
            return _whole(json.loads(text))
        except (json.JSONDecodeError, RecursionError) as error:
            if not assigned:
                raise MethodError(f"the tableau is not JSON: {error}") from None
            text, assigned = text.strip()[:-1], [*_ASSIGNED.finditer(text.strip()[:-1])]
    if any(m[1] in "Aa" for m in assigned) or (assigned and not _BARS.search(text)):
        return _assigned(text, assigned)
    if entries := entry_by_entry(text):
        return _whole(entries)
    if _NESTED.match(text):
        return _nested(text)
    if re.fullmatch(r"\s*\[.*\]\s*", text, re.DOTALL) and not _BARS.search(text):
        return _array(_rows_of(text))
    return _drawn(text)


def _framed(text: str) -> str:
    """[[0, 0], [1/2, 0]], [0, 1] in brackets; other text as it is."""
    return f"[{text.strip()}]" if _PAIR.fullmatch(text) and len(_split_outside(text)) > 1 else text


def _drawn(text: str) -> Tableau:
    """A table, with or without lines."""
    lines = _latex_lines(text) if _LATEX.search(text) and not _BARS.search(_FRAME.sub("", text)) else _lines(text)
    table = [_drawn_row(line) for line in lines]
    if any(map(_BARS.search, lines)) and (drawn := next((i for i, row in enumerate(table) if not row and i), 0)):
        table[drawn:] = [
            ["", *row] if row and not _apart(x) else row for x, row in zip(lines[drawn:], table[drawn:], strict=True)
        ]
    if table and any(table[0]) and all(re.fullmatch(r"([A-Za-z]\w*)?", cell) for cell in table[0]):
        table = table[1:]  # a head of words
        table = table[1:] if table and not table[0] else table
    barred = bool(_BARS.search(text)) or bool(_RULE.search(text))
    return _with_lines(table, text) if barred else _array([row for row in table if row])


def _assigned(text: str, found: Sequence[re.Match[str]]) -> Tableau:
    """A = ..., b = ..., c = ... as in code."""
    ends = [m.start() for m in found[1:]] + [len(text)]
    parts = {m[1].lower(): text[m.end() : end].strip(" \t\r\n;,") for m, end in zip(found, ends, strict=True)}
    if "a" not in parts or "b" not in parts:
        raise MethodError(f"A = ... and b = ... are needed; found {', '.join(m[1] for m in found)}")
    hat = parts.get("b_hat") or parts.get("bhat")
    return Tableau(_rows_of(parts["a"]), *(None if x is None else _entries(x) for x in (parts["b"], parts.get("c"), hat)))


def _lines(text: str) -> list[str]:
    if _BARS.search(text):
        text = text.replace(";", "\n")
    lines = [_COMMENT.sub("", line) for line in text.split("\n")]
    lines = [line for line in lines if line.strip()]
    framed = [re.fullmatch(r"\s*\|(.*)\|\s*", line) for line in lines]
    if all(framed) and len(lines) > 1:  # a table of Markdown: the first cell is the abscissa
        return [m[1].replace("|", "&") if m and not _is_line(line) else line for m, line in zip(framed, lines, strict=True)]
    return lines


def _latex_lines(text: str) -> list[str]:
    text = _FRAME.sub(" ", re.sub(r"(?<!\\)%[^\n]*", "", text)).replace("\n", " ")
    text = re.sub(r"\\\\\s*(?:\[[^\]]*\])?", "\n", _RULE.sub("\n---\n", text))
    return [line for line in text.split("\n") if line.strip()]


def _is_line(line: str) -> bool:
    return bool(_LINE.fullmatch(line)) and bool(_DRAWN.search(line))


def _drawn_row(line: str) -> list[str]:
    """The cells of a line, the abscissa first; none for a line that is drawn."""
    if _is_line(line):
        return []
    if match := _BARS.search(line):
        return [line[: match.start()].strip(), *_cells(_BARS.sub(" ", line[match.end() :]))]
    if "&" in line:
        return [cell.strip() for cell in line.split("&")]
    separator = next((c for c in ("\t", ";", ",") if c in line), None)
    if separator:
        return [with_point(cell.strip()) for cell in line.split(separator)]
    return _cells(line)


def _apart(line: str) -> bool:
    """Whether a line says itself where its cells are, so that the first one is the abscissa."""
    return bool(_BARS.search(line)) or "&" in line


def _nested(text: str) -> Tableau:
    """{A, b}, {A, b, c} or {A, b, c, b_hat} in brackets."""
    pieces = [piece.strip() for piece in _split_outside(text.strip()[1:-1])]
    if not 2 <= len(pieces) <= 4:
        raise MethodError(f"a tableau in brackets holds A, b and perhaps c and b_hat; found {len(pieces)} pieces")
    A, *lists = pieces
    b, c, b_hat = ([_entries(x) for x in lists] + [None, None])[:3]
    return Tableau(_rows_of(A), b, c, b_hat)


def _cells(text: str) -> list[str]:
    """Entries separated by &, commas, tabs or space."""
    text = text.strip()
    for separator in ("&", ",", "\t"):
        if separator in text:
            return [cell.strip() for cell in text.split(separator)]
    return [cell for cell in _GAP.split(re.sub(r"\s+", " ", text)) if cell]


def _with_lines(table: list[list[str]], text: str) -> Tableau:
    """Rows of stages, then rows of weights: below the first line, or those without an abscissa."""
    cut = table.index([]) if [] in table[:-1] and any(table[: table.index([])]) else None
    if cut is None:
        rows = [row for row in table if row]
        cut = next((i for i, row in enumerate(rows) if _LABEL.fullmatch(row[0])), len(rows))
    stages, weights = [row for row in table[:cut] if row], [row for row in table[cut:] if row]
    if not stages or not weights:
        shown = " / ".join(text.split("\n"))[:60]
        raise MethodError(f"{shown!r} is not a tableau: rows of stages and below them a row of weights b are needed; {EXAMPLE}")
    s = len(stages)
    if comma := next((row[0] for row in stages if has_comma(row[0])), None):
        raise MethodError(f"{comma} has a decimal comma, and commas separate entries: write {with_point(comma)}")
    A = [_row(f"row {i} of A", row[1:], s) for i, row in enumerate(stages)]
    if len(weights) > 2 or not all(_LABEL.fullmatch(row[0]) for row in weights):
        found = f"found {len(weights)}: {weights[0][:3]}"
        raise MethodError(f"below the line stand at most two rows of weights b, without an abscissa; {found}")
    b, *more = (_row("b", row[1:], s) for row in weights)
    c = None if all(_is_blank(row[0]) for row in stages) else [row[0] or 0 for row in stages]
    return Tableau(A, b, c, more[0] if more else None)


def _row(what: str, entries: Sequence[str], s: int) -> list[Any]:
    entries = list(entries)
    while len(entries) > s and not entries[-1]:
        entries.pop()
    if len(entries) > s:
        raise MethodError(f"{what} has {len(entries)} entries, but there are {s} rows of stages")
    return [e or 0 for e in entries] + [0] * (s - len(entries))


def _rows_of(text: str) -> list[list[str]]:
    """A matrix as text: [0 0; 1/2 0], 0,0; 1/2,0, [[0, 0], [1/2, 0]], array(...) or a matrix of LaTeX."""
    if len(text) > MAX_LENGTH:
        raise MethodError(f"a matrix of {len(text)} characters; at most {MAX_LENGTH} are read")
    text = plain(text)
    if re.match(r"[\[({]\s*[\[({]", text):
        pieces = [piece.strip() for piece in _split_outside(text[1:-1])]
        if not all(len(piece) > 1 and piece[0] in _OPENING and piece[-1] in _CLOSING for piece in pieces):
            raise MethodError(f"{text[:60]!r} is not a matrix; an example is [[0, 0], [1/2, 0]]")
        return [_entries(piece[1:-1]) for piece in pieces]
    return [_entries(row) for row in re.split(r"[;\n]", text.strip("[]")) if row.strip()]


def _split_outside(text: str) -> list[str]:
    """The pieces between commas that stand in no brackets."""
    depths = accumulate((c in _OPENING) - (c in _CLOSING) for c in text)
    cuts = [-1, *(i for i, (c, depth) in enumerate(zip(text, depths, strict=True)) if c == "," and not depth), len(text)]
    return [piece for i, j in pairwise(cuts) if (piece := text[i + 1 : j]).strip()]


def _entries(text: str) -> list[str]:
    text = plain(text)
    if text[:1] in _OPENING and text[-1:] in _CLOSING and _depths_stay(text[1:-1]):
        text = text[1:-1]
    return [e or "0" for e in _cells(text.replace(";", ","))]


def _depths_stay(text: str) -> bool:
    """Whether no bracket is closed that was not opened."""
    depths = accumulate((c in _OPENING) - (c in _CLOSING) for c in text)
    return all(depth >= 0 for depth in depths)
