"""The text of a system cut into equations: comments, units, what separates, numbers with a comma for a point."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from ..base.errors import ParseError
from .grammar import CLOSING
from .tokens import Token, shorten
from .vocabulary import FUNCTIONS, SYNONYMS

_BLOCK = re.compile(r"/\*.*?\*/|\(\*.*?\*\)", re.DOTALL)
"""Comments of C and of Mathematica."""
_COMMENT = re.compile(r"#|(?<!\\)%|(?<!\d)//|//(?!\d)")
_WORD = re.compile(r"[^\W\d]\w*")
_FULL_STOP = re.compile(r"\.(?=\s*(?:$|\n|\\\\|\\\]|\\(?:end|tag|label|nonumber|notag|q?quad)\b|\$))(?<!\d\.)")
_UNIT = r"(?:1|[A-Za-z][\w*/^.+\- ]*)(?:\([\w ,]*\))?"
_UNITS = re.compile(rf"(?<==)(?P<right>[^:\n]*):\s*{_UNIT}\s*$", re.MULTILINE)
_DECLARED = re.compile(rf"^[^\S\n]*([^\W\d]\w*)[^\S\n]*:[^\S\n]*{_UNIT}[^\S\n]*$", re.MULTILINE)
_HEADING = re.compile(r"^[^\S\n]*(?:equations?|initial equation|begin)[^\S\n]*:?[^\S\n]*$", re.MULTILINE | re.IGNORECASE)
_FORTRAN = re.compile("[dD](\\d*)")


def blank(text: str, start: int, end: int) -> str:
    """The text with space in a place, so that all columns stay."""
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def without_comments(text: str) -> str:
    """The text with spaces for comments, for a heading such as "equation", and for full stops at the end of lines."""
    for block in [*_BLOCK.finditer(text)]:
        text = blank(text, *block.span())
    lines = []
    for line in text.split("\n"):
        match = _COMMENT.search(line)
        if match is None:
            lines.append(line)
            continue
        before, rest = line[: match.start()], line[match.end() :].strip()
        if match[0] != "#" and before.strip() and _is_formula(rest, text):
            raise ParseError(
                f"{match[0]} in {shorten(line)!r} can be read as a remainder or quotient of integers, which is not smooth, "
                "or as the beginning of a comment: write # before comments",
                text,
            )
        lines.append(before + " " * (len(line) - len(before)))
    clean = "\n".join(lines)
    for match in _HEADING.finditer(clean):
        clean = blank(clean, *match.span())
    return _FULL_STOP.sub(" ", clean)


def _is_formula(rest: str, text: str) -> bool:
    """Whether what follows % could be an operand: nothing but signs of formulas and names that occur elsewhere, too."""
    words = _WORD.findall(rest)
    known = all(len(re.findall(rf"(?<!\w){re.escape(w)}(?!\w)", text)) > 1 or w in FUNCTIONS for w in words)
    return known and bool(re.fullmatch(r"[*/^]?\s*[\w.(][\w\s.()+\-*/^,;']*", rest))


def without_units(text: str) -> tuple[str, list[str]]:
    """Units after a colon taken away, as Brian has them, and the names that stand alone with one: those are parameters.

    >>> without_units("dv/dt = -v/tau : volt\\ntau : second")
    ('dv/dt = -v/tau       \\n            ', ['tau'])
    """
    if ":" not in text:
        return text, []
    declared = []
    for match in [*_DECLARED.finditer(text)]:
        declared.append(match[1])
        text = blank(text, *match.span())
    for match in [*_UNITS.finditer(text)]:
        text = blank(text, match.end("right"), match.end())
    return text, declared


# -- separators ----------------------------------------------------------------------------------------
def split(found: Sequence[Token], commas: bool = True) -> list[list[Token]]:
    """Tokens cut at ';' and, outside brackets, at line ends and commas; a line that begins with a sign continues another."""
    body = list(found[:-1])
    wrapped = [t for t in body if t.text != "\n"]
    if commas and len(wrapped) > 1 and wrapped[0].text in ("{", "[") and wrapped[-1].text == CLOSING[wrapped[0].text]:
        body = body[body.index(wrapped[0]) + 1 : len(body) - 1 - body[::-1].index(wrapped[-1])]
    equations: list[list[Token]] = [[]]
    opened: list[str] = []
    for i, token in enumerate(body):
        if token.kind == "operator" and token.text in CLOSING:
            opened.append(token.text)
        elif token.kind == "operator" and token.text in CLOSING.values() and opened:
            opened.pop()
        within = bool(opened) if token.text == "\n" else opened[-1:] == ["("]  # the brace of cases holds equations
        if token.kind == "newline" and (within or _continues(equations[-1], body, i + 1)):
            continue
        row = token.text == ";" and opened[-1:] == ["["] and not commas
        if not row and (token.kind == "newline" or token.text == ";" or (token.text == "," and not opened and commas)):
            opened = []
            equations.append([])
        else:
            equations[-1].append(token)
    return [e for e in equations if e]


def _continues(before: Sequence[Token], body: Sequence[Token], start: int) -> bool:
    if not before:
        return False
    while start < len(body) and body[start].kind == "newline":
        start += 1
    end = next((i for i in range(start, len(body)) if body[i].kind == "newline"), len(body))
    line = body[start:end]
    if not line:
        return False
    signs = ("+", "-", "*", "/", "^")
    return before[-1].text in (*signs, "=") or (line[0].text in signs and all(t.text != "=" for t in line))


def outside(found: Sequence[Token], *separators: str) -> list[list[Token]]:
    """Tokens cut at separators that stand in no bracket.

    >>> from .tokens import tokens
    >>> [len(piece) for piece in outside(tokens("a, f(b, c)")[:-1], ",")]
    [1, 6]
    """
    pieces: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        operator = token.kind == "operator"
        depth += (operator and token.text in CLOSING) - (operator and token.text in CLOSING.values())
        if depth == 0 and operator and token.text in separators:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return pieces


# -- numbers -------------------------------------------------------------------------------------------
def numbers_joined(text: str, found: Sequence[Token], declared: Collection[str]) -> list[Token]:
    """1.d-4 of Fortran, and 0,5 where the comma can be nothing but a decimal point. Raises ParseError where it may be another."""
    return [*_with_points(text, [*_without_doubles(found, declared)])]


def _without_doubles(found: Sequence[Token], declared: Collection[str]) -> Iterator[Token]:
    glued = {b.end for a, b in pairwise(found) if a.kind == "number" and a.end == b.start}
    apart = {*declared, *(t.text for t in found if t.kind == "name" and t.end not in glued)}
    i = 0
    while i < len(found):
        token, following = found[i], found[i + 1 : i + 4]
        i += 1
        match = _FORTRAN.fullmatch(following[0].text) if following and following[0].kind == "name" else None
        double = match is not None and token.kind == "number" and following[0].start == token.end and match[0] not in apart
        if double and match and match[1] and "." not in token.text:
            shown = token.text + match[0]
            meant = f"{shown} can be read as {token.text}e{match[1]} or as {token.text}*{match[0]}: write the one that is meant"
            raise ParseError(meant, column=token.column)
        if double and match and "." in token.text:
            exponent, used = match[1], 1
            signed = not exponent and len(following) == 3 and following[1].text in ("+", "-") and following[2].text.isdigit()
            if signed and following[2].start == token.end + 2:
                exponent, used = following[1].text + following[2].text, 3
            if exponent:
                token = token._replace(text=f"{token.text}e{exponent}", end=following[used - 1].end)
                i += used
        yield token


def _with_points(text: str, found: Sequence[Token]) -> Iterator[Token]:
    depth: list[bool] = []
    i = 0
    while i < len(found):
        token = found[i]
        if token.kind == "operator" and token.text in CLOSING:
            called = i > 0 and found[i - 1].kind == "name" and (found[i - 1].text in FUNCTIONS or found[i - 1].text in SYNONYMS)
            depth.append(token.text == "(" and not called and not (i > 0 and found[i - 1].kind in ("name", "derivative")))
        elif token.kind == "operator" and token.text in CLOSING.values() and depth:
            depth.pop()
        if _is_comma(found[i : i + 3]) and all(depth) and _no_equation_follows(found[i + 3 :], bool(depth)):
            whole, places = token.text, found[i + 2].text
            if len(places) == 3 and len(whole) <= 3 and whole.strip("0"):
                shown = f"{whole},{places}"
                raise ParseError(
                    f"{shown} can be read as {whole}{places} or as {whole}.{places}: write the one that is meant, "
                    f"in {shorten(text)!r}",
                    text,
                    token.column,
                )
            token = token._replace(text=f"{whole}.{places}", end=found[i + 2].end)
            i += 2
        yield token
        i += 1


def _is_comma(three: Sequence[Token]) -> bool:
    if len(three) < 3:
        return False
    whole, comma, places = three
    digits = whole.kind == "number" == places.kind and whole.text.isdigit() and places.text.isdigit()
    return digits and comma.text == "," and whole.end == comma.start and comma.end == places.start


def _no_equation_follows(rest: Sequence[Token], framed: bool) -> bool:
    """Whether the next separator comes before the next =."""
    end = next((t.text for t in rest if t.text in (";", "\n", ",", "=") or t.kind == "newline"), "")
    return framed or end != "="
