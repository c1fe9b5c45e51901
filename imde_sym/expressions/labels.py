r"""Numbers of equations, as papers and lecture notes set them beside the lines: (1), (2.3), (a), 1., \tag{4}, \label{eq:x}."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from ..base.errors import ParseError
from .tokens import shorten

_COMMAND = re.compile(r"\\(?:tag\*?|label)\s*\{[^{}]*\}|\\(?:nonumber|notag)\b|(?<!\\)\\[\[\]()]")
_SPACING = re.compile(r"(?<=\\\\)\s*\[\s*-?\d*\.?\d+\s*(?:em|ex|pt|mm|cm|in)\s*\]")
_FRAME = re.compile(r"\\(?:begin|end)\s*\{[a-zA-Z]+\*?\}")
_LINE = re.compile(r"(?:(?!\\\\)[^\n])+")
_PIECE = re.compile(r"(?:(?!\\\\|,\s*[(\[][\w.]+[)\]])[^\n;])+|,")
"""What a label may stand before: also after ; and, where a bracket follows, after a comma."""
_WORD = r"\d+(?:\.\d+)*[a-z]?|[a-z]|[ivx]+"
_LEADING = re.compile(rf"\s*(?:\((?:[Ee]q\.?\s*)?({_WORD})\)|\[({_WORD})\]|(\d+)[.)](?=\s))\s*(?=\S)")
_TRAILING = re.compile(rf"\(({_WORD})\)[.,;]?$")
_BULLET = re.compile(r"\s*[-*•–]\s+(?=\S)")
_PLACE = re.compile(r"[\w)]\s*[\[(]\s*\d")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}


class _Label(NamedTuple):
    word: str
    start: int
    end: int
    loose: bool
    """Set apart by a comma or a wide gap, or before the line: no factor stands so."""


def without_labels(text: str, declared: Collection[str]) -> str:
    """The text with spaces for the numbers of its equations, in the same columns.

    Raises ParseError where (2) may be a number of that kind, or a factor.

    >>> without_labels("(1) x' = y\\n(2) y' = -x", ())
    "    x' = y\\n    y' = -x"
    """
    for pattern in (_COMMAND, _SPACING):
        text = pattern.sub(lambda m: " " * len(m[0]), text)
    bare = _FRAME.sub(lambda m: " " * len(m[0]), text)
    lines, pieces = ([(m.start(), m[0]) for m in p.finditer(bare) if "=" in m[0]] for p in (_LINE, _PIECE))
    if len(lines) > 1 and all(_BULLET.match(line) for _, line in lines):
        shown = lines[0][1].strip()
        raise ParseError(
            f"{shorten(shown)!r}, like the lines below it, begins with a sign or with the mark of a list: leave it out", text
        )
    for found, count in (([*_leading(pieces)], len(pieces)), ([*_trailing(lines)], len(lines))):
        every = len(found) == count
        counted = bool(found) and every and _count_up([f.word for f in found]) and not {f.word for f in found} & {*declared}
        sure = counted and all(f.loose or f.word[0].isdigit() for f in found)
        # y (a) is as likely a product, and so is a (2) that follows nothing
        if not sure and (unsure := next((f for f in found if counted or (f.loose and f.word[0].isdigit())), None)):
            shown = text[unsure.start : unsure.end].strip()
            raise ParseError(
                f"{shown} in {shorten(text)!r} can be read as the number of an equation or as a factor: leave it out, or write *",
                text,
                unsure.start + 1,
            )
        for label in found if sure else ():
            text = text[: label.start] + " " * (label.end - label.start) + text[label.end :]
    return text


def _leading(lines: Sequence[tuple[int, str]]) -> Iterator[_Label]:
    for start, line in lines:
        if match := _LEADING.match(line):
            word = match[match.lastindex or 0]
            yield _Label(word, start + match.start(), start + match.end(), True)


def _trailing(lines: Sequence[tuple[int, str]]) -> Iterator[_Label]:
    for start, line in lines:
        whole = line.rstrip(" \t\r&$")
        match = _TRAILING.search(whole)
        if match is None or _PLACE.search(line[: line.index("=")]):
            continue
        formula = re.sub(r"(?:\\q?quad|[.,])$", "", whole[: match.start()].rstrip(" \t&")).rstrip()
        gap = whole[len(formula) : match.start()]
        if gap and formula[-1:] not in tuple("+-*/^=("):
            yield _Label(match[1], start + len(formula), start + match.end(), bool(gap.strip(" ")) or len(gap) > 1)


def _count_up(words: Sequence[str]) -> bool:
    """Whether labels follow each other: 1, 2 or 2.1, 2.2 or 3a, 3b or a, b or i, ii."""
    if len(words) == 1:
        return words[0] == "1"
    for read in (_number, _letter, _ROMAN.get):
        places = [read(w) for w in words]
        first = places[0]
        if first is None:
            continue
        if isinstance(first, tuple):
            stem, last = first
            if places == [(stem, last + k) for k in range(len(words))]:
                return True
        elif first == 1 and places == [*range(1, len(words) + 1)]:
            return True
    return False


def _number(word: str) -> tuple[str, int] | None:
    """2.3 as the third of 2, 3b as the second of 3."""
    match = re.fullmatch(r"((?:\d+\.)*)(\d+)|(\d[\d.]*)([a-z])", word)
    if match is None:
        return None
    return (match[1], int(match[2])) if match[2] else (match[3], ord(match[4]))


def _letter(word: str) -> int | None:
    return ord(word) - ord("a") + 1 if len(word) == 1 and word.isalpha() else None
