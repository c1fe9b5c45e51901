"""Arguments of exponentials and of angles as integer combinations of few of them, where the integers are small.

cos(t) and cos(6.28*t) are polynomials in cos(t/25), and no float64 evaluates the second one. So only arguments
whose integers stay below a bound are related; the others stay as they are written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from math import lcm

import sympy

from .rewrite import expanded

Row = dict[sympy.Expr, sympy.Rational]


@dataclass
class Group:
    """Arguments with a common basis, and their integer coordinates in it."""

    basis: list[sympy.Expr]
    coordinates: dict[sympy.Expr, list[int]]

    @property
    def largest(self) -> int:
        """The largest sum of absolute coordinates of an argument."""
        return max(sum(map(abs, c)) for c in self.coordinates.values())


@dataclass
class Lattice:
    """Arguments of exp, of sin and cos, or of the hyperbolic functions.

    largest : bound on the sum of the integers of one argument
    sums    : relate sums of arguments too, as exp(x + y) = exp(x) exp(y) and the addition theorems do; else only
              multiples of the whole argument, its constant included
    """

    largest: int
    sums: bool
    groups: list[Group] = field(default_factory=list)
    coordinates: dict[sympy.Expr, list[tuple[sympy.Expr, int]]] = field(default_factory=dict)

    @property
    def basis(self) -> list[sympy.Expr]:
        """The arguments of which all others are integer combinations."""
        return [b for group in self.groups for b in group.basis]

    def add(self, argument: sympy.Expr) -> None:
        """Hold one more argument; groups that it relates become one."""
        if argument in self.coordinates:
            return
        for place, group in enumerate(self.groups):
            if not self.sums and _terms(next(iter(group.coordinates))).keys() != _terms(argument).keys():
                continue  # neither is a multiple of the other
            found = _group([*group.coordinates, argument])
            if found.largest <= self.largest and (self.sums or len(found.basis) == 1):
                self.groups[place] = found
                break
        else:
            self.groups.append(found := _group([argument]))
        for a, row in found.coordinates.items():
            self.coordinates[a] = [(b, n) for b, n in zip(found.basis, row, strict=True) if n]

    def signs(self, b: sympy.Expr) -> set[bool]:
        """Whether arguments need the basis argument b (True), -b (False) or both."""
        return {n > 0 for row in self.coordinates.values() for a, n in row if a == b}


def _group(arguments: list[sympy.Expr]) -> Group:
    rows = [_terms(a) for a in arguments]
    monomials = list(dict.fromkeys(m for row in rows for m in row))
    common = lcm(*(int(c.q) for row in rows for c in row.values())) if monomials else 1
    matrix = [[int(row.get(m, 0) * common) for m in monomials] for row in rows]
    vectors = _echelon(matrix)
    coordinates = {a: _coordinates(row, vectors) for a, row in zip(arguments, matrix, strict=True)}
    basis = [sympy.Add(*(sympy.Rational(n, common) * m for n, m in zip(v, monomials, strict=True))) for v in vectors]
    for a, row in coordinates.items():  # as it is written, where it is ± a basis argument
        if sum(map(abs, row)) == 1:
            sign = sum(row)
            basis[row.index(sign)] = sign * a
    return Group(basis, coordinates)


@lru_cache(maxsize=4096)
def _terms(argument: sympy.Expr) -> Row:
    out: Row = {}
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


def _coordinates(row: list[int], basis: list[list[int]]) -> list[int]:
    row, out = list(row), []
    for b in basis:
        column = next(i for i, x in enumerate(b) if x)
        n = row[column] // b[column]
        out.append(n)
        row = [x - n * y for x, y in zip(row, b, strict=True)]
    return out
