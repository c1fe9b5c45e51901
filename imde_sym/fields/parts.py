"""Vector fields over a differential ring: homogeneous parts and their pre-Lie product."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import sympy

from ..prelie import Graded, PreLieSpace
from ..rings import Polynomial, Scalar, to_sympy

if TYPE_CHECKING:
    from .ring import DifferentialRing


class FieldPart:
    """One homogeneous part: a polynomial for each component, with what is computed of it once."""

    __slots__ = ("_along", "_gradients", "components", "ring")

    def __init__(self, ring: DifferentialRing, components: Sequence[Polynomial]):
        self.ring, self.components = ring, tuple(components)
        self._gradients: list[list[tuple[int, Polynomial]]] | None = None
        self._along: dict[int, Polynomial] = {}

    @property
    def gradients(self) -> list[list[tuple[int, Polynomial]]]:
        """For each component, the generators in it and the partial derivatives by them."""
        if self._gradients is None:
            ring = self.ring.polynomials
            self._gradients = [[(g, ring.derivative(p, g)) for g in ring.used(p)] for p in self.components]
        return self._gradients

    def along(self, g: int) -> Polynomial:
        """The derivative of generator g along this part."""
        if g not in self._along:
            self._along[g] = self.ring.generator_along(g, self)
        return self._along[g]

    @property
    def vanishes(self) -> bool:
        """Whether every normal form is 0; quick."""
        return all(p == 0 for p in self.components)

    @property
    def is_zero(self) -> bool:
        """Whether every component is zero, as `DifferentialRing.zero_test` finds."""
        return all(self.ring.zero_test(p).zero for p in self.components)


class FieldSpace(PreLieSpace):
    """Vector fields over a differential ring: `w ▷ g` is Dg·w.

    Only the partial derivatives by generators that occur are formed, so the cost of a product grows
    with the couplings of the field and not with the square of its dimension.
    """

    def __init__(self, ring: DifferentialRing, order: int):
        self.ring, self.order = ring, order
        ring.reserve(order)

    def scalar(self, value: Scalar) -> Polynomial:
        if isinstance(value, Fraction):
            return self.ring.polynomials.constant(value)
        return self.ring.convert(to_sympy(value))

    def linear(self, weights: Sequence[Polynomial], parts: Sequence[FieldPart]) -> FieldPart:
        components = []
        for i in range(len(parts[0].components)):
            total = self.ring.polynomials.zero
            for weight, part in zip(weights, parts, strict=True):
                total = total + weight * part.components[i]
            components.append(self.ring.simplify(total))
        return FieldPart(self.ring, components)

    def product(self, w: Graded, g: Graded, k: int, lowest: int) -> FieldPart:
        totals = [self.ring.polynomials.zero] * len(self.ring.variables)
        for i in range(lowest, k):
            direction = w[k - i]
            if direction.vanishes:
                continue
            for m, gradient in enumerate(g[i].gradients):
                for generator, partial in gradient:
                    along = direction.along(generator)
                    if along != 0:
                        totals[m] = totals[m] + partial * along
        return FieldPart(self.ring, [self.ring.simplify(p) for p in totals])

    def field(self, components: Sequence[sympy.Expr]) -> Graded:
        """h·f as a graded element."""
        zero = FieldPart(self.ring, [self.ring.polynomials.zero] * len(self.ring.variables))
        return [None, self.ring.part(components)] + [zero] * (self.order - 1)
