r"""How programs and papers write the entries of a tableau: calls for quotients and arrays, matrices of LaTeX, one entry a line.

Fraction(1, 2)    array([[0, 0], [0.5, 0]])    \begin{pmatrix} 0 & 0 \\ 1/2 & 0 \end{pmatrix}    a21 = 1/2, b1 = 0, b2 = 1
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sympy

from ..base.errors import MethodError, ParseError
from ..expressions import parse_expression
from ..expressions.declaring import AUTO, declared_parameters
from ..expressions.reading import undeclared
from ..rings import scalar, to_sympy

_QUOTIENT = re.compile(r"(?:\b\w+\.)?\b(?:Fraction|Rational)\s*\(\s*([+-]?\d+)\s*,\s*(\d+)\s*\)")
_CALL = re.compile(r"(?:\w+\.)?(?:array|asarray|tensor|[Mm]atrix|SMatrix|SVector)\s*\(")
_TYPE = re.compile(r",\s*(?:dtype|device)\s*=\s*[\w.'\"]+")
_MATRIX = re.compile(r"\\(?:begin|end)\s*\{[a-zA-Z]*matrix\*?\}|\$|\\q?quad")
_BULLET = re.compile(r"^\s*-\s+(?=\[)", re.MULTILINE)
_ENTRY = re.compile(r"(?<![\w.\\}])([abc])_?\s*\{?(\d+)(?:[,_]\s*(\d+))?\}?\s*=(?!=)")
_LETTER = re.compile(r"[^\W\d]")
_NUMBER = re.compile(r"\s*[-+−]?\d+,\d+\s*")
_GROUPED = re.compile(r"\s*[-+−]?[1-9]\d{0,2},\d{3}\s*")


def plain(text: str) -> str:
    """A matrix or a row without what a program or LaTeX wraps around it."""
    if _BULLET.search(text):
        text = f"[{_BULLET.sub('', text)}]"
    if _MATRIX.search(text):
        text = _MATRIX.sub(" ", re.sub(r"\\\\\s*(?:\[[^\]]*\])?", ";", text)).replace("&", ",").strip(" \t\n;")
    text = _TYPE.sub("", text).strip()
    while (match := _CALL.match(text)) and text.endswith(")"):
        text = text[match.end() : -1].strip()
    return re.sub(r"\]\s+\[", "], [", text)


def quotients(text: str) -> str:
    """Fraction(1, 2) as (1/2).

    >>> quotients("[0, Fraction(1, 2), -sp.Rational(2, 3)]")
    '[0, (1/2), -(2/3)]'
    """
    return _QUOTIENT.sub(r"(\1/\2)", text)


def with_point(cell: str) -> str:
    """0,5 as 0.5, for cells that nothing but a decimal comma can be in; 1,000 may be a thousand and stays.

    >>> with_point("0,5"), with_point("1,000")
    ('0.5', '1,000')
    """
    return cell.replace(",", ".") if _NUMBER.fullmatch(cell) and not _GROUPED.fullmatch(cell) else cell


def has_comma(cell: str) -> bool:
    """Whether a cell is a number with a decimal comma."""
    return bool(_NUMBER.fullmatch(cell))


def entry_by_entry(text: str) -> dict[str, Any] | None:
    """A, b and perhaps c from a21 = 1/2, b_1 = 0, ...; None where the text is not of that kind. What is not named is zero.

    Raises MethodError for an entry that is given twice, for indices such as a102, and where there is no b.
    """
    found = [*_ENTRY.finditer(text)]
    if not found or text[: found[0].start()].strip(" \t\n$&,;"):
        return None
    entries: dict[tuple[str, int, int], str] = {}
    ends = [m.start() for m in found[1:]] + [len(text)]
    for match, value in reversed([*zip(found, [text[m.end() : e] for m, e in zip(found, ends, strict=True)], strict=True)]):
        name, first, second = match.groups()
        shown = match[0].rstrip("= ")
        if name == "a" and second is None:
            if len(first) != 2:
                raise MethodError(f"{shown} is not an entry of A: with stages of two digits write a_{{10,2}}")
            first, second = first[0], first[1]
        if (name == "a") != (second is not None):
            raise MethodError(f"{shown} is not an entry: a has two indices, b and c have one")
        key = (name, int(first), int(second or 0))
        if key in entries:
            raise MethodError(f"{shown} is given twice")
        cleaned = re.sub(r"\\\\|\\q?quad|[&$]", " ", value).strip(" \t\n,;")
        entries[key] = cleaned or next(reversed(entries.values()), "")  # a21 = c2 = 1/2
    s = max(max(i, j) for _, i, j in entries)
    if not any(k[0] == "b" for k in entries):
        raise MethodError("entries of A without weights b: b1 = ..., b2 = ... are needed")
    if s > 100 or any(i < 1 or (k == "a" and j < 1) for k, i, j in entries):
        raise MethodError("stages are counted from 1, and at most 100 are read")
    stages = range(1, s + 1)
    given = [i for i in stages if ("c", i, 0) in entries]
    return {
        "A": [[entries.get(("a", i, j), "0") for j in stages] for i in stages],
        "b": [entries.get(("b", i, 0), "0") for i in stages],
        "c": [entries.get(("c", i, 0), "0") for i in stages] if given and {*stages} - {*given} <= {1} else None,
    }


# -- free parameters -----------------------------------------------------------------------------------
def with_parameters(parts: Sequence[Any], parameters: Any) -> list[Any]:
    """Rows and lists with text in the declared names read; numbers, and text without names, as they are.

    parameters : as of VectorField: "alpha, beta = 1/2", names, a mapping to values, or "auto"
    Raises MethodError for a name that is not declared, saying how it is.
    """
    symbols, values = declared_parameters(() if parameters is None else parameters)
    known: dict[str, Any] = (
        {} if isinstance(symbols, str) else {n: to_sympy(scalar(values.get(n, s))) for n, s in symbols.items()}
    )
    names = [*dict.fromkeys(n for entry in _texts(parts) for n in _names_in(entry, known))]
    if names and symbols != AUTO:
        what = f"unknown symbol{'s' * (len(names) > 1)} {', '.join(map(repr, names[:8]))} in the tableau"
        raise MethodError(f'{what}; free parameters are declared by parameters="{", ".join([*known, *names[:8]])}", or "auto"')
    known |= {n: sympy.Symbol(n) for n in names}
    return [_read(part, known) for part in parts] if known else [*parts]


def _read(entry: Any, known: Mapping[str, Any]) -> Any:
    if isinstance(entry, list | tuple):
        return [_read(e, known) for e in entry]
    return parse_expression(entry, known) if isinstance(entry, str) else entry


def _texts(entry: Any, most: int = 4) -> Iterator[str]:
    """The texts in lists that are nested as those of a tableau are: a list may hold itself."""
    if isinstance(entry, str):
        yield entry
    elif most and isinstance(entry, list | tuple):
        for e in entry:
            yield from _texts(e, most - 1)


def _names_in(entry: str, known: Mapping[str, Any]) -> list[str]:
    """Undeclared names of a text, which may be no formula at all."""
    if not _LETTER.search(entry.replace("sqrt", "")):  # nearly all entries
        return []
    try:
        return undeclared(entry, known)
    except ParseError:
        return []
