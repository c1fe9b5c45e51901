"""Arguments of exponentials and of trigonometric functions as integer combinations of few of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import lcm

import sympy

from .rewrite import expanded


@dataclass
class Lattice:
    """Arguments of exp, of sin and cos, or of sinh and cosh, as integer combinations of few `basis` arguments.

    That makes exp(x + y) = exp(x) exp(y) and the addition theorems hold in the ring.
    """

    arguments: list[sympy.Expr] = field(default_factory=list)
    basis: list[sympy.Expr] = field(default_factory=list)
    coordinates: dict[sympy.Expr, tuple[int, ...]] = field(default_factory=dict)

    def add(self, argument: sympy.Expr) -> bool:
        if argument in self.coordinates:
            return False
        self.arguments.append(argument)
        self._solve()
        return True

    def _solve(self) -> None:
        rows = [_terms(a) for a in self.arguments]
        monomials = list(dict.fromkeys(m for row in rows for m in row))
        common = lcm(*(c.q for row in rows for c in row.values())) if monomials else 1
        matrix = [[int(row.get(m, 0) * common) for m in monomials] for row in rows]
        basis = _echelon(matrix)
        self.basis = [
            sympy.Add(*(sympy.Rational(n, common) * m for n, m in zip(row, monomials, strict=True))) for row in basis
        ]
        self.coordinates = {a: _coordinates(row, basis) for a, row in zip(self.arguments, matrix, strict=True)}


def _terms(argument: sympy.Expr) -> dict[sympy.Expr, sympy.Rational]:
    out: dict[sympy.Expr, sympy.Rational] = {}
    for term in sympy.Add.make_args(expanded(argument)):
        coefficient, rest = term.as_coeff_Mul(rational=True)
        out[rest] = out.get(rest, sympy.Integer(0)) + coefficient
    return out


def _echelon(matrix: list[list[int]]) -> list[list[int]]:
    """A basis of the integer row lattice, by Euclid's algorithm on the columns in turn."""
    rows, basis = [list(r) for r in matrix], []
    for column in range(len(matrix[0]) if matrix else 0):
        active = [r for r in rows if r[column]]
        rest = [r for r in rows if not r[column]]
        while len(active) > 1:
            active.sort(key=lambda r: abs(r[column]))
            head, others = active[0], active[1:]
            for r in others:
                n = r[column] // head[column]
                r[:] = [x - n * y for x, y in zip(r, head, strict=True)]
            rest += [r for r in others if not r[column]]
            active = [head] + [r for r in others if r[column]]
        if active:
            pivot = active[0]
            basis.append([x if pivot[column] > 0 else -x for x in pivot])
        rows = [r for r in rest if any(r)]
    return basis


def _coordinates(row: list[int], basis: list[list[int]]) -> tuple[int, ...]:
    row, out = list(row), []
    for b in basis:
        column = next(i for i, x in enumerate(b) if x)
        n = row[column] // b[column]
        out.append(n)
        row = [x - n * y for x, y in zip(row, b, strict=True)]
    return tuple(out)
