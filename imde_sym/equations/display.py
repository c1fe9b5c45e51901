"""Expansions in powers of h, modified fields among them, as text and LaTeX: a line for each power, long ones broken at terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import sympy
from sympy.simplify.cse_main import tree_cse

from ..base.typeset import cut
from ..expressions import dotted, latex, letters
from ..expressions.layout import (
    FEW,
    TEXT_WIDTH,
    WIDTH,
    Expressions,
    Group,
    Latex,
    Numerals,
    Script,
    Term,
    Text,
    lines_of,
    visible,
)
from ..fields.formulas import WRITTEN_STYLES, find_style, terms_of
from .derived import DerivedField
from .step import latex_power, power

DISPLAYED = 40
"""Lines of a formula in a notebook."""
ONE_LINE = 10**9
REST = 8
"""Characters of a power of h and of the order at the end of a line."""
LEAST = 3
"""Lines of each component that are shown in any case."""

Layout = Sequence[Term]


class Row(NamedTuple):
    """The left side of an equation, and the layouts of its powers of h; `order` is that of the rest, None without one."""

    left: str
    powers: Sequence[tuple[int, Layout]]
    order: int | None = None


def rows_text(rows: Iterable[Row], step: sympy.Symbol, script: Script, width: int | None = TEXT_WIDTH) -> str:
    """A line for each row, broken at terms after about `width` characters (None: not at all)."""
    lines = []
    for left, powers, order in rows:
        chunks: list[str] = []
        for k, terms in powers:
            inner = _bracketed(script.chunks(terms), f"{power(step, k)}*(", ")") if k else script.chunks(terms)
            if chunks:
                inner[0] = f"+ {inner[0]}"
            chunks += inner
        chunks = chunks or ["0"]
        if order is not None:
            chunks.append(f"+ O({step}^{order})")
        parts = [" ".join(chunks)] if width is None else lines_of(chunks, width, first=len(left) + 3)
        lines.append(f"{left} = " + "\n    ".join(parts))
    return "\n".join(lines)


def _bracketed(chunks: list[str], opening: str, closing: str) -> list[str]:
    chunks[0] = opening + chunks[0]
    chunks[-1] += closing
    return chunks


def row_latex(row: Row, step: sympy.Symbol, script: Latex, own: Sequence[sympy.Basic]) -> str:
    """A row in one line of LaTeX."""
    script.width = ONE_LINE
    powers = [(latex_power(step, k, own) if k else "", script.sum(terms)) for k, terms in row.powers]
    bodies = [rf"{factor} \left({body}\right)" if factor else body for factor, body in powers]
    rest = "" if row.order is None else rf" + \mathcal{{O}}({latex(step, own)}^{{{row.order}}})"
    return f"{row.left} = {' + '.join(bodies) or '0'}{rest}"


def rows_latex(
    rows: Sequence[Row],
    step: sympy.Symbol,
    script: Latex,
    own: Sequence[sympy.Basic],
    width: int = WIDTH,
    limit: int | None = None,
    rest: str = "",
) -> list[str]:
    """The lines of an alignment, each with one &, broken at terms after about `width` visible characters.

    limit : about how many lines are shown; then a sentence says that there are more, and how to get them: `rest`
    """
    lines: list[str] = []
    kept = None if limit is None else max(LEAST, limit // max(len(rows), 1))
    left_out = 0
    for left, powers, order in rows:
        first, count, room = len(lines), 0, max(width - visible(left), width // 2)
        script.width = room
        for k, terms in powers:
            count += 1
            start = f"{left} ={{}}& " if len(lines) == first else r"& {}+ "
            lines += _power_lines(start, latex_power(step, k, own) if k else "", terms, room, script)
            if kept is not None and len(lines) - first > kept:
                break
        if len(lines) == first:
            lines.append(f"{left} ={{}}& 0")
        if kept is not None and (len(lines) - first > kept or count < len(powers)):
            left_out += 1
            del lines[first + kept :]
            lines[-1] += r" + \cdots"
        elif order is not None:
            lines[-1] += rf" + \mathcal{{O}}({latex(step, own)}^{{{order}}})"
    if left_out:
        lines.append(rf"& \text{{(cut: {sum(_count(t) for _, powers, _ in rows for _, t in powers)} terms in all; {rest})}}")
    return lines


def _power_lines(start: str, factor: str, terms: Layout, width: int, script: Latex) -> Iterator[str]:
    """The lines of a power of h times a sum."""
    width -= REST if factor else 0
    chunks = script.chunks(terms)
    whole = " ".join(chunks)
    if len(chunks) <= FEW and visible(whole) <= width:
        yield start + (rf"{factor} \left({whole}\right)" if factor else whole)
        return
    if factor:
        chunks = _bracketed(chunks, rf"{factor} \bigl(", r"\bigr)")
    for i, line in enumerate(lines_of(chunks, width, visible)):
        yield start + line if i == 0 else rf"& \quad {{}}{line}"


# -- modified fields ----------------------------------------------------------------------------------
def _numerals(F: DerivedField) -> Numerals:
    """Decimals where the user wrote decimals."""
    return F.field.numerals(rounded=F.method.is_unwieldy, typed=F.method.decimals)


def _layouts(F: DerivedField, style: str, fractions: bool) -> list[list[tuple[int, Layout]]]:
    """For each component its powers of h; the field itself as the user wrote it, where it is that."""
    found: list[list[tuple[int, Layout]]] = [[] for _ in F.variables]
    roots = F.method.numbers.kind == "symbolic"  # products of roots may cancel only as they are written
    typed = style == "collected" and (F.field.structure is None or F.field.structure.kind == "second_order")
    for k, grade in enumerate(F.grades):
        for m, p in enumerate(grade.components):
            if p == 0 or (roots and F.ring.to_sympy(p) == 0):
                continue
            if k == 0 and typed and F.ring.convert(F.field.components[m]) == p:
                found[m].append((k, terms_of(F.field.components[m], "expanded")))
            else:
                found[m].append((k, F.ring.layout(p, style, fractions)))
    return found


def _rows(
    F: DerivedField, style: str, numerals: Numerals, left: Callable[[sympy.Symbol], str], name: Callable[[sympy.Symbol], str]
) -> list[Row]:
    """The rows of an equation; for "cse" first those of the names for what occurs several times."""
    if find_style(style, WRITTEN_STYLES) != "cse":
        layouts = _layouts(F, style, numerals.fractions)
        return [Row(left(v), powers, F.order) for v, powers in zip(F.variables, layouts, strict=True)]
    taken = {s.name for s in (*F.symbols, F.step)} | {*F.field.functions}
    fresh = (s for s in sympy.numbered_symbols("w", start=1) if s.name not in taken)
    layouts = _layouts(F, "collected", numerals.fractions)
    write = Expressions().expression
    given = [write(terms) for powers in layouts for _, terms in powers]
    found, written = tree_cse(given, fresh, order="none")
    coefficients = iter(written)
    rows = [Row(name(s), [(0, terms_of(e, "expanded"))]) for s, e in found]
    for v, powers in zip(F.variables, layouts, strict=True):
        rows.append(Row(left(v), [(k, terms_of(next(coefficients), "expanded")) for k, _ in powers], F.order))
    return rows


def field_text(F: DerivedField, style: str = "collected", width: int | None = TEXT_WIDTH) -> str:
    """A paragraph for each component, with the powers of h in it."""
    numerals = _numerals(F)
    return rows_text(_rows(F, style, numerals, lambda v: f"{v}'", str), F.step, Text(numerals), width)


def field_latex(F: DerivedField, width: int = WIDTH, style: str = "collected", limit: int | None = None) -> str:
    """An align environment; `width` as WIDTH, `limit` as for `rows_latex`."""
    written, numerals = [*F.ring.expressions, *F.field.components], _numerals(F)
    own = (*F.symbols, F.step, *letters(written))
    rows = _rows(F, style, numerals, lambda v: dotted(latex(v, own)), latex)
    if style == "cse":
        written = [p for row in rows for _, terms in row.powers for p in _atoms(terms)]
    script = Latex(written, own, numerals)
    lines = rows_latex(rows, F.step, script, own, width, limit, r"print(F) and F.latex() give all")
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def field_pieces(F: DerivedField) -> list[tuple[str, list[tuple[int, str, list[str]]]]]:
    """The equation in pieces of LaTeX between which a page may break lines.

    For each component its left side, and for each power of h the power, h^k in LaTeX ("" for k = 0) and the terms.
    """
    written, numerals = [*F.ring.expressions, *F.field.components], _numerals(F)
    own = (*F.symbols, F.step, *letters(written))
    script = Latex(written, own, numerals)
    script.width = WIDTH // 2
    return [
        (
            row.left,
            [(k, latex_power(F.step, k, own) if k else "", script.chunks(terms)) for k, terms in row.powers],
        )
        for row in _rows(F, "collected", numerals, lambda v: dotted(latex(v, own)), latex)
    ]


def _atoms(terms: Layout) -> Iterator[sympy.Expr]:
    return (p for t in terms for p in chain(t.above, t.below) if isinstance(p, sympy.Expr))


def _count(terms: Layout) -> int:
    """Terms of a sum, those in brackets each for itself."""
    return sum(max([1, *(_count(p.terms) for p in t.above if isinstance(p, Group))]) for t in terms)


def sentence(F: DerivedField, expressions: Iterable[sympy.Expr], rest: str) -> str:
    """Expressions about an equation within a sentence: collected, in one line, and cut where they are long.

    rest : where all of it is to be had
    """
    numerals = _numerals(F)
    script = Text(numerals)
    return cut(", ".join(script.sum(terms_of(e, "collected", numerals.fractions)) for e in expressions), rest)
