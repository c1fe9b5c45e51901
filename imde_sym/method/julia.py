"""Tableaux as programs of Julia write them (OrdinaryDiffEq, DiffEqDevTools, RungeKutta.jl): read as data, never run, and written.

    A = [0 0; 1 // 2 0]          A = zeros(T, 2, 2)       a21 = convert(T, 1 // 2)
    c = [0; 1 // 2]              A[2, 1] = 1 // 2         γ = BigFloat("0.25")
    α = [0, 1]                   α[2] = 1                 btilde1 = convert(T, -1 // 4)

α or b are the weights, αEEst, bEEst or b_hat those of the embedded formula, btilde their difference b - b_hat. Later statements
may use the scalars of earlier ones. Decimals are taken as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from ..base.errors import MethodError, ParseError
from ..expressions import parse_expression
from ..rings import Scalar, scalar, to_sympy
from .theory.stages import MAX_STAGES

_SIGN = re.compile(
    r"αEEst|(?:^|\n)\s*(?:α|btilde)\s*(?:\[\d+\]\s*)?=(?!=)|\bzeros\(\s*T|\bbig\"|(?:^|\n)\s*[Aac]\[\d+\s*(?:,\s*\d+)?\]\s*=(?!=)|\bconvert\(\s*T"
)
_COMMENT = re.compile(r'"""[\s\S]*?"""|#=[\s\S]*?=#|#[^\n]*')
_QUOTED = re.compile(r'(?:\bbig|(?:\bBigFloat\s*\(|\bparse\s*\(\s*[\w{}.]+\s*,)(?=\s*"[^"\n]*"\s*(\))))\s*"([^"\n]*)"(?(1)\s*\))')
_WRAPPED = re.compile(r"\b(?:convert|T|T2|T_time|Float64|BigFloat|BigInt|Rational|big)\s*\(")
_TYPED = re.compile(r"\b(?:T|T2|T_time|Float64|BigFloat|S[MV](?:atrix|ector))(?:\{[^{}]*\})?\s*(?=\[)")
_STATEMENT = re.compile(r"\s*(?:const\s+)?([^\W\d]\w*)\s*(?:\[\s*(\d+)\s*(?:,\s*(\d+)\s*(:\s*\d+\s*)?)?\])?\s*=(?!=)\s*")
_EMPTY = re.compile(r"(?:zeros|Matrix|Vector|Array|fill|ones)\b")
_SIZES = re.compile(r",\s*(\d+)")
_NAMES = {"α": "b", "alpha": "b", "αEEst": "b_hat", "αEE": "b_hat", "bEEst": "b_hat", "bhat": "b_hat", "a": "A"}
_ONE_ENTRY = re.compile(r"(a|b|c|bhat|btilde|α|αEEst)_?(\d{1,4})")
_GAP = re.compile(r"(?<![-+*/^(,])\s+(?![-+*/^)]\s|[*/^),])")
"""The space between two entries: `1 -2` are two, `1 - 2` is one."""
_CONTINUED = re.compile(r"([-+*/])\s*\n\s*")
_ROOT = re.compile(r"sqrt\((\d+)\)")
MAX_LENGTH = 100_000
ARRAYS = ("A", "b", "c", "b_hat", "btilde")


def is_julia(text: str) -> bool:
    """Whether a text has the marks of such a program."""
    return bool(_SIGN.search(text))


def read_julia(text: str) -> dict[str, Any]:
    """A, b and perhaps c and b_hat, of exact numbers. Raises MethodError, with what is missing or not understood."""
    if len(text) > MAX_LENGTH:
        raise MethodError(f"a tableau of {len(text)} characters; at most {MAX_LENGTH} are read")
    found: dict[str, dict[tuple[int, ...], Any]] = {}
    known: dict[str, sympy.Expr] = {}
    for name, place, value in _statements(text):
        key = _NAMES.get(name, name)
        if key in ARRAYS and (place or value.startswith(("[", "fill"))):
            found.setdefault(key, {}).update(_given(key, place, value, known))
        elif not _EMPTY.match(value) and not place and (number := _scalar(value, known)) is not None:
            known[name] = number
    for name, number in known.items():
        if match := _ONE_ENTRY.fullmatch(name):
            key, digits = _NAMES.get(match[1], match[1]), match[2]
            if key == "A" and len(digits) not in (2, 4):
                continue
            half = len(digits) // 2
            place = (int(digits[:half]), int(digits[half:])) if key == "A" else (int(digits),)
            found.setdefault(key, {}).setdefault(place, number)
    return _arrays(found)


def _given(key: str, place: tuple[int, ...], value: str, known: Mapping[str, Any]) -> dict[tuple[int, ...], Any]:
    """The entries that one statement gives."""
    if value.startswith("fill"):
        inner, sizes = re.match(r"fill\(([^,]*),", value), [int(n) for n in _SIZES.findall(value)]
        if not inner or sizes != [1] * len(sizes):
            raise MethodError(f"{value[:60]!r}: fill is read for one stage only")
        return {(1,) * len(sizes): _number(inner[1], known)}
    if key == "A" and place == (1,):  # of a matrix of one entry
        place = (1, 1)
    if place and len(place) != (2 if key == "A" else 1):
        raise MethodError(f"{key}{[*place]} is not an entry: A has two indices, the others have one")
    if not place:
        return dict(_entries(value, known, matrix=key == "A"))
    if value.startswith("["):  # part of a row: A[4, 1:3] = [..]
        return {(*place[:-1], place[-1] + j - 1): v for (j,), v in _entries(value, known, matrix=False)}
    return {place: _number(value, known)}


def _arrays(found: Mapping[str, Mapping[tuple[int, ...], Any]]) -> dict[str, Any]:
    if "A" not in found or "b" not in found:
        raise MethodError(f"a tableau of Julia needs A and α (or b); found {', '.join(found) or 'neither'}")
    places = [place for entries in found.values() for place in entries]
    s = max(n for place in places for n in place)
    if min(n for place in places for n in place) < 1 or s > MAX_STAGES:
        raise MethodError(f"stages are counted from 1 to at most {MAX_STAGES} in a tableau of Julia")
    stages = range(1, s + 1)
    out: dict[str, Any] = {"A": [[found["A"].get((i, j), 0) for j in stages] for i in stages]}
    out |= {key: [found[key].get((i,), 0) for i in stages] for key in ("b", "c", "b_hat", "btilde") if key in found}
    difference = out.pop("btilde", None)
    if difference and "b_hat" not in out:
        out["b_hat"] = [to_sympy(x) - to_sympy(d) for x, d in zip(out["b"], difference, strict=True)]
    if "c" in out and (
        len(found["c"]) < s - 1 or _are_sums(out["A"], out["c"])
    ):  # left out in part, or the sums but for rounding
        del out["c"]
    return out


def _are_sums(A: Sequence[Sequence[Any]], c: Sequence[Any]) -> bool:
    return all(abs(sympy.N(to_sympy(sum(map(to_sympy, row))) - to_sympy(x), 20)) < 1e-12 for row, x in zip(A, c, strict=True))


def _statements(text: str) -> Iterator[tuple[str, tuple[int, ...], str]]:
    """Assignments, one after the other, with what wraps numbers taken off."""
    if (count := len(re.findall(r"(?m)^\s*function\b", text))) > 1:
        raise MethodError(f"the text holds {count} functions of Julia: give one tableau at a time")
    text = _unwrapped(_QUOTED.sub(r"(\2)", _COMMENT.sub("", text)).replace("//", "/"))
    position, start = 0, re.compile(r"(?:^|;)[ \t]*(?=(?:const\s+)?[^\W\d]\w*\s*(?:\[[\d\s,:]+\])?\s*=(?!=))", re.MULTILINE)
    while match := start.search(text, position):
        head = _STATEMENT.match(text, match.end())
        assert head
        end = _end(text, head.end())
        place = tuple(int(n) for n in head.groups()[1:3] if n)
        yield head[1], place, text[head.end() : end].strip()
        position = max(end, head.end())


def _end(text: str, start: int) -> int:
    """Where a statement ends: at a line's end or a semicolon outside of brackets."""
    depth = 0
    for i in range(start, len(text)):
        c = text[i]
        depth += (c in "([{") - (c in ")]}")
        if depth < 0 or (
            not depth
            and c in "\n;"
            and not re.match(r"[\n;\s]*[-+*/]\s", text[i:])
            and text[start:i].rstrip()[-1:] not in "-+*/="
        ):
            return i
    return len(text)


def _unwrapped(text: str) -> str:
    """convert(T, x), T(x) as (x), T[...] as [...]."""
    text = _TYPED.sub("", text)
    text = re.sub(r"\bconvert\s*\(\s*\w+\s*,", "(", text)
    return _WRAPPED.sub("(", text)


def _entries(value: str, known: Mapping[str, Any], matrix: bool) -> Iterator[tuple[tuple[int, ...], Any]]:
    """The entries of [..; ..] or [.., ..] with their places, counted from 1."""
    inner = _CONTINUED.sub(r"\1 ", value.rstrip("'")[1:].rstrip().removesuffix("]"))
    if matrix:
        rows = [row for row in _outside(inner, ";\n") if row.strip()]
        for i, row in enumerate(rows, 1):
            for j, entry in enumerate(_cells(row), 1):
                yield (i, j), _number(entry, known)
        return
    cells = [cell for row in _outside(inner, ";\n") for cell in _cells(row)]
    for i, entry in enumerate(cells, 1):
        yield (i,), _number(entry, known)


def _cells(row: str) -> list[str]:
    pieces = [piece for part in _outside(row, ",") for piece in _gapped(part)]
    return [piece for piece in pieces if piece]


def _gapped(text: str) -> list[str]:
    """Entries separated by spaces that stand in no brackets."""
    cuts, depth, start = [], 0, 0
    text = text.strip()
    gaps = {m.start(): m.end() for m in _GAP.finditer(text)}
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if not depth and i in gaps and i >= start:
            cuts.append(text[start:i])
            start = gaps[i]
    return [*cuts, text[start:]]


def _outside(text: str, marks: str) -> list[str]:
    pieces, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if not depth and c in marks:
            pieces.append(text[start:i])
            start = i + 1
    return [*pieces, text[start:]]


def _scalar(value: str, known: Mapping[str, Any]) -> sympy.Expr | None:
    """A number, or None for what is no formula of earlier ones: calls, types, other data."""
    if len(value) > 2000 or re.search(r"[\[\]{}\"]|\bif\b|\bfor\b", value):
        return None
    try:
        number = parse_expression(value, known)
    except ParseError:
        return None
    return number if number.is_number else None


def _number(value: str, known: Mapping[str, Any]) -> Any:
    text = value.strip().rstrip(",;")
    if re.fullmatch(r"[-+]?[\d.]+(?:e[-+]?\d+)?(?:\s*/\s*\d+)?", text):
        top, _, below = text.replace(" ", "").partition("/")
        return Fraction(top) / Fraction(below or 1)
    try:
        number = parse_expression(text, known)
    except ParseError as error:
        raise MethodError(f"{text[:60]!r} in the tableau of Julia: {error}") from None
    if not number.is_number:
        raise MethodError(f"{text[:60]!r} in the tableau of Julia is not a number")
    return scalar(sympy.nsimplify(number) if number.has(sympy.Float) and not number.has(sympy.Pow) else number)


# -- written ------------------------------------------------------------------------------------------
def write_julia(
    A: Sequence[Sequence[Scalar]], b: Sequence[Scalar], c: Sequence[Scalar], b_hat: Any, order: int, hat: int, name: str
) -> str:
    """A function that makes the tableau of OrdinaryDiffEq."""
    explicit = all(a == 0 for i, row in enumerate(A) for a in row[i:])
    kind = "ExplicitRKTableau" if explicit else "ImplicitRKTableau"
    lines = [f"function {name}(::Type{{T}} = Float64, ::Type{{T_time}} = T) where {{T, T_time}}", "    A = ["]
    lines += ["        " + " ".join(map(_written, row)) for row in A]
    lines.append("    ]")
    parts = [("c", c), ("α", b), *([("αEEst", b_hat)] if b_hat is not None else [])]
    lines += [f"    {key} = [{', '.join(map(_written, values))}]" for key, values in parts]
    lines.append("    A = map(T, A)")
    lines += [f"    {key} = map({'T_time' if key == 'c' else 'T'}, {key})" for key, _ in parts]
    more = f"; αEEst, adaptiveorder = {hat}" if b_hat is not None else ""
    return "\n".join([*lines, f"    return DiffEqBase.{kind}(A, c, α, {order}{more})", "end"]) + "\n"


def _written(value: Scalar) -> str:
    """One entry, without a space outside of brackets: in a matrix it would part it."""
    if isinstance(value, Fraction):
        return str(value.numerator) if value.denominator == 1 else f"{value.numerator}//{value.denominator}"
    if isinstance(value, float | int):
        return repr(value)
    expression = to_sympy(value)
    if expression.free_symbols or not expression.is_real:
        raise MethodError(f"{expression} cannot be written as a number of Julia's tableaux: substitute numbers for symbols")
    if expression.has(sympy.Pow) and all(
        p.exp == sympy.Rational(1, 2) and p.base.is_Integer for p in expression.atoms(sympy.Pow)
    ):
        text = re.sub(r"(\d+)/(\d+)", r"\1//\2", str(expression).replace(" ", ""))
        return "(" + _ROOT.sub(r"sqrt(big(\1))", text) + ")"
    return f'big"{sympy.N(expression, 50)}"'
