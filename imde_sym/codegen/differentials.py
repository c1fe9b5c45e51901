"""A field from its derivatives: the code of a B-series as it is written over trees, nothing multiplied out.

F([t1, ..., tm]) = D^m f (F(t1), ..., F(tm)). Polynomials of sums grow with the power that they are raised to; their
derivatives, each computed once, do not. Derivatives are linear in each direction, so trees that differ in their largest
branch alone share one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ..fields import DifferentialRing, RingField
from ..rings import Polynomial
from ..trees import RootedTree, numbered, tree_table
from .builder import Builder
from .program import Program

Vector = list[int | None]
"""The instruction of each component, None for zero."""
ONE = -1
"""In the place of an instruction: the number 1."""


class _Derivatives(NamedTuple):
    components: dict[int, Polynomial]
    """Those that are not zero, in ascending order."""
    moving: dict[int, list[int]]
    """For each variable the components that may depend on it."""


class TreeBuilder:
    """Elementary differentials of the fields f_0, f_1, ... (one a colour) over a ring, each emitted once."""

    def __init__(self, ring: DifferentialRing, fields: Sequence[RingField]):
        self.builder = Builder(ring, stable=True)
        self._ring, self._d = ring, len(ring.variables)
        self._units = [ring.unit(m) for m in range(self._d)]
        self._fields = fields
        self._places = {v: j for j, v in enumerate(ring.variables)}
        self._derived: dict[tuple[int, tuple[int, ...]], _Derivatives] = {}
        self._depends: dict[int, list[int]] = {}
        self._numbers: dict[tuple[int, tuple[int, ...], int], int] = {}
        self._known: dict[RootedTree, Vector] = {}

    def _derivatives(self, color: int, by: tuple[int, ...]) -> _Derivatives:
        """The components of a derivative by variables in ascending order that are not zero."""
        found = self._derived.get((color, by))
        if found is None:
            ring = self._ring
            if by:
                before, unit = self._derivatives(color, by[:-1]), self._units[by[-1]]
                moved = {m: ring.reduce(ring.along(before.components[m], unit)) for m in before.moving.get(by[-1], ())}
            else:
                moved = dict(enumerate(self._fields[color].components))
            components = {m: p for m, p in moved.items() if p != 0}
            moving: dict[int, list[int]] = {}
            for m, p in components.items():
                for j in {j for g in ring.polynomials.used(p) for j in self._moves(g)}:
                    moving.setdefault(j, []).append(m)
            found = self._derived[color, by] = _Derivatives(components, moving)
        return found

    def _moves(self, g: int) -> list[int]:
        """The variables on which a generator depends."""
        if g not in self._depends:
            symbols = self._ring.generators[g].expression.free_symbols
            self._depends[g] = [self._places[s] for s in symbols if s in self._places]
        return self._depends[g]

    def _derivative(self, color: int, by: tuple[int, ...], m: int) -> int:
        key = (color, by, m)
        if key not in self._numbers:
            p = self._derivatives(color, by).components[m]
            self._numbers[key] = ONE if p == 1 else self.builder.polynomial(p)
        return self._numbers[key]

    def _directions(self, color: int, moving: Sequence[Sequence[int]], by: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
        """The choices of a variable from each of `moving` by which some derivative is not zero, in lexicographic order."""
        known = self._derivatives(color, tuple(sorted(by)))
        if not known.components:
            return
        if len(by) == len(moving):
            yield by
            return
        for j in moving[len(by)]:
            if j in known.moving:
                yield from self._directions(color, moving, (*by, j))

    def times(self, *factors: int) -> int:
        """The product of factors, of which any may be `ONE`."""
        total = ONE
        for n in factors:
            total = n if total == ONE else total if n == ONE else self.builder.emit("mul", total, n)
        return total

    def plus(self, a: int | None, b: int | None) -> int | None:
        """The sum of two of which either may be zero."""
        if a is None or b is None:
            return b if a is None else a
        one = self.builder.constant(Fraction(1))
        return self.builder.emit("add", *(one if n == ONE else n for n in (a, b)))

    def _apply(self, color: int, directions: Sequence[Vector]) -> Vector:
        """D^m f (directions)."""
        moving = [[j for j, n in enumerate(v) if n is not None] for v in directions]
        out: Vector = [None] * self._d
        grouped: dict[tuple[int, ...], int | None] = {}
        for by in self._directions(color, moving):
            key = tuple(sorted(by))
            factors = [v[j] for v, j in zip(directions, by, strict=True)]
            grouped[key] = self.plus(grouped.get(key), self.times(*sorted(n for n in factors if n is not None)))
        for key, factor in grouped.items():
            for m in self._derivatives(color, key).components:
                derivative = self._derivative(color, key, m)
                if factor is not None:
                    out[m] = self.plus(out[m], self.times(derivative, factor))
        return out

    def tree(self, t: RootedTree) -> Vector:
        """The elementary differential of a tree."""
        if t not in self._known:
            self._known[t] = self._apply(t.color, [self.tree(c) for c in t.children])
        return self._known[t]

    def combination(self, weights: Mapping[RootedTree, Fraction]) -> Vector:
        """Σ weight · F(tree)."""
        total: Vector = [None] * self._d
        groups: dict[tuple[int, tuple[RootedTree, ...]], dict[RootedTree, Fraction]] = {}
        for t, weight in weights.items():
            if not t.children or t in self._known:
                total = self._plus(total, self._scaled(self.tree(t), weight))
            else:
                groups.setdefault((t.color, tuple(t.children[:-1])), {})[t.children[-1]] = weight
        for (color, others), last in groups.items():
            directions = [self.tree(c) for c in others]
            if len(last) == 1:
                ((branch, weight),) = last.items()
                total = self._plus(total, self._scaled(self._apply(color, [*directions, self.tree(branch)]), weight))
            else:
                total = self._plus(total, self._apply(color, [*directions, self.combination(last)]))
        return total

    def _plus(self, a: Vector, b: Vector) -> Vector:
        return [self.plus(x, y) for x, y in zip(a, b, strict=True)]

    def _scaled(self, v: Vector, weight: Fraction) -> Vector:
        if weight == 1:
            return v
        constant = self.builder.constant(weight)
        return [None if n is None else self.times(constant, n) for n in v]


def tree_program(
    ring: DifferentialRing, fields: Sequence[RingField], coefficients: Sequence[Any], order: int, correction: bool = False
) -> Program:
    """Σ_t h^(|t|-1)/σ(t) a(t) F(t).

    coefficients : a(t) by the numbers of the trees, Fractions
    correction   : leave out the trees of order 1
    """
    table, trees = tree_table(len(fields)), TreeBuilder(ring, fields)
    builder = trees.builder
    grades: list[Vector] = []
    for k in range(1, order + 1):
        block = table.block(k)
        weights = {
            numbered(table, i): Fraction(a) / int(s)
            for i, a, s in zip(range(block.start, block.stop), coefficients[block], table.symmetry[block], strict=True)
            if a != 0 and not (correction and k == 1)
        }
        grades.append(trees.combination(weights))
    outputs = []
    for m in range(len(ring.variables)):
        total: int | None = None
        for grade in reversed(grades):
            if total is not None:
                total = trees.times(builder.emit("h"), total)
            total = trees.plus(total, grade[m])
        outputs.append(builder.constant(Fraction(int(total is not None))) if total is None or total == ONE else total)
    return builder.program(outputs)
