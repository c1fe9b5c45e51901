"""A modified field as text and LaTeX: one line for each power of h, long ones split."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import sympy

from ..expressions import latex, letters
from ..method import Method
from .derived import DerivedField
from .step import latex_power, times_power

WIDTH = 75
"""Characters of a LaTeX line, commands not counted, before a formula is split between its terms."""
DIGITS = 15
"""As many as a double surely has."""
LONG = 40
"""Bits of a fraction beyond which a decimal is easier to read."""
_COMMAND = re.compile(r"\\[a-zA-Z]+|[{}^_\s]")

Terms = list[tuple[int, sympy.Expr]]


def shown_terms(F: DerivedField, component: int) -> Terms:
    """The powers of h in one component with their coefficients, zeros left out."""
    terms = [(k, F.term(k)[component]) for k in range(F.order)]
    return [(k, readable(e, F.method)) for k, e in terms if e != 0]


def readable(e: sympy.Expr, method: Method) -> sympy.Expr:
    """The expression with long numbers as decimals of DIGITS digits, where those of the method are rounded."""
    if not method.is_rounded:
        return e
    long = {x for x in e.atoms(sympy.Rational) if x.p.bit_length() + x.q.bit_length() > LONG}
    return e.xreplace({x: x.evalf(DIGITS) for x in long})


def field_text(F: DerivedField) -> str:
    """A line for each component, with the powers of h in it."""
    lines = []
    for m, v in enumerate(F.variables):
        terms = [times_power(F.step, k, str(e)) for k, e in shown_terms(F, m)]
        lines.append(f"{v}' = {' + '.join(terms) or '0'} + O({F.step}^{F.order})")
    return "\n".join(lines)


def field_latex(F: DerivedField, width: int = WIDTH) -> str:
    """An align environment; `width` as WIDTH."""
    lines: list[str] = []
    own = (*F.symbols, F.step, *letters(F.as_expr()))
    for m, v in enumerate(F.variables):
        head = rf"\dot{{{latex(v, own)}}} ={{}}& "
        for k, e in shown_terms(F, m):
            lines.extend(_power_lines(head or r"& {}+ ", latex_power(F.step, k, own) if k else "", e, width, own))
            head = ""
        if head:
            lines.append(f"{head}0")
        lines[-1] += rf" + \mathcal{{O}}({latex(F.step, own)}^{{{F.order}}})"
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def _power_lines(start: str, factor: str, e: sympy.Expr, width: int, own: Sequence[sympy.Basic]) -> Iterator[str]:
    """The lines of a power of h times an expression."""
    rows = list(split_sum(e, width, own))
    if len(rows) == 1:
        yield start + (rf"{factor} \left({rows[0]}\right)" if factor else rows[0])
        return
    opening, closing = (rf"{factor} \bigl(", r"\bigr)") if factor else ("", "")
    for i, row in enumerate(rows):
        yield (f"{start}{opening}" if i == 0 else r"& \quad {}") + row + (closing if i == len(rows) - 1 else "")


def split_sum(e: sympy.Expr, width: int, among: Sequence[sympy.Basic] = ()) -> Iterator[str]:
    """The expression in LaTeX, cut between terms into pieces of about `width` visible characters; later ones lead with a sign."""
    whole = latex(e, among)
    if visible(whole) <= width or not e.is_Add:
        yield whole
        return
    line = ""
    for i, term in enumerate(e.as_ordered_terms()):
        text = latex(term, among)
        sign = "- " if text.startswith("-") else "+ " if i else ""
        text = sign + text.removeprefix("-").lstrip()
        if line and visible(line) + visible(text) > width:
            yield line
            line = ""
        line = f"{line} {text}".lstrip()
    yield line


def visible(latex: str) -> int:
    """How many characters of LaTeX text take room."""
    return len(_COMMAND.sub("", latex))
