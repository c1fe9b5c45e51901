"""The pre-Lie algebra of vector fields over a differential ring."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy

from ..prelie import Graded, PreLieSpace
from ..rings import Polynomial, Scalar, to_sympy
from .ring import DifferentialRing, RingField


class FieldSpace(PreLieSpace):
    """Vector fields over a differential ring: `w ▷ g` is Dg·w.

    Only the partial derivatives by generators that occur are formed, so the cost of a product grows
    with the couplings of the field and not with the square of its dimension.

    >>> y = sympy.Symbol("y")
    >>> space = FieldSpace(DifferentialRing([y], [y**2]), 3)
    >>> f = space.field([y**2])  # h f, with no further grades
    >>> space.product(f, f, 2, 1).expressions  # f'f
    [2*y**3]
    >>> space.linear([space.scalar(Fraction(1, 2))], [f[1]]).expressions
    [y**2/2]
    >>> [part.expressions for part in space.element([f[1], f[1]])[1:]]  # h f + h² f
    [[y**2], [y**2], [0]]
    """

    def __init__(self, ring: DifferentialRing, order: int):
        self.ring, self.order = ring, order
        ring.reserve(order)

    def scalar(self, value: Scalar) -> Polynomial:
        """A canonical scalar as an element of the ring."""
        if isinstance(value, Fraction):
            return self.ring.polynomials.constant(value)
        return self.ring.convert(to_sympy(value))

    def linear(self, weights: Sequence[Polynomial], parts: Sequence[Any]) -> RingField:
        """Σ weight · field."""
        components = []
        for i in range(len(parts[0].components)):
            pairs = [(weight, part.components[i]) for weight, part in zip(weights, parts, strict=True)]
            components.append(self.ring.simplify(self.ring.polynomials.dot(pairs)))
        return RingField(self.ring, components)

    def product(self, w: Graded, g: Graded, k: int, lowest: int) -> RingField:
        """Grade k of Dg·w."""
        pairs: list[list[tuple[Polynomial, Polynomial]]] = [[] for _ in self.ring.variables]
        for i in range(lowest, k):
            direction = w[k - i]
            if direction.vanishes:
                continue
            for m, gradient in enumerate(g[i].gradients):
                for generator, partial in gradient:
                    along = direction.along(generator)
                    if along != 0:
                        pairs[m].append((partial, along))
        return RingField(self.ring, [self.ring.simplify(self.ring.polynomials.dot(own)) for own in pairs])

    def field(self, components: Sequence[sympy.Expr]) -> Graded:
        """h·f as a graded element."""
        return self.element([self.ring.part(components)])

    def element(self, grades: Sequence[RingField]) -> Graded:
        """h times a field with these coefficients of h**0, h**1, ...: what is counted from 0 there is from 1 here."""
        zero = RingField(self.ring, [self.ring.polynomials.zero] * len(self.ring.variables))
        return [None, *grades, *[zero] * (self.order - len(grades))]
