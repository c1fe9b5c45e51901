"""Methods as formulas in LaTeX, for the families that are no single tableau."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from ..expressions import latex, latex_words, step_symbol
from ..rings import Scalar, to_sympy
from .display import LONG


def entry(value: Scalar) -> sympy.Expr:
    """The number, rounded to 8 digits where it is too long to be read."""
    exact = to_sympy(value)
    return exact if exact.free_symbols or len(str(exact)) <= LONG else exact.evalf(8)


def matrix(rows: Sequence[Sequence[Scalar]]) -> str:
    """The rows in brackets."""
    return latex(sympy.Matrix([[entry(x) for x in row] for row in rows]))


def polynomial(rows: Sequence[Sequence[Scalar]], *letters: str) -> str:
    r"""Σ rows[i][j] τ^i ζ^j for the letters "\\tau", "\\zeta"."""
    x, y = (sympy.Symbol(s) for s in letters)
    return latex(sympy.Add(*(entry(a) * x**i * y**j for i, row in enumerate(rows) for j, a in enumerate(row))))


def difference(values: Sequence[Scalar], letter: str) -> str:
    """Σ values[j] y_{n+j}, the newest first."""
    named = [(a, sympy.Symbol(f"{letter}_{{n{f'+{j}' if j else ''}}}")) for j, a in enumerate(values) if a != 0]
    return latex(sympy.Add(*(entry(a) * y for a, y in reversed(named)), evaluate=False), order="none")


def one_after_another(maps: Sequence[tuple[str, Scalar]]) -> str:
    """The maps (letter, fraction of the step), the first applied first, so written last."""
    shares = [entry(theta) for _, theta in maps]
    h = step_symbol({s for e in shares for s in e.free_symbols})
    parts = [f"{letter}_{{{latex(e * h, fold_short_frac=True)}}}" for (letter, _), e in zip(maps, shares, strict=True)]
    return r" \circ ".join(reversed(parts))


def step_map(name: str) -> str:
    r"""`\Phi` with the name of a method."""
    return rf"\Phi^{{{latex_words(name.replace('_', ' '))}}}"
