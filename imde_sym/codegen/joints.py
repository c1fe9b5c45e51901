"""Powers with a symbolic exponent: x**a · x**-k is x**(a - k), which has a value at x = 0 where its factors have none."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

from ..fields import DifferentialRing
from ..rings import Polynomial, Scalar

Monomial = tuple[int, ...]


class Joints:
    """The joint powers (base, exponent) of a ring's polynomials, numbered from `size`, the length of the given monomials.

    Powers that are among the `inputs` of a program are left apart: they are given, and not computed.
    """

    def __init__(self, ring: DifferentialRing, size: int, inputs: Collection[int] = ()):
        self._ring, self._size = ring, size
        self._found: list[tuple[Polynomial, Polynomial]] = []
        self._numbers: dict[tuple[int, int, int, int], int] = {}
        self._powers = [
            (i, g.arguments, reciprocal, q)
            for i, g in enumerate(ring.generators)
            if g.function == "pow" and i not in inputs
            for reciprocal, q, u, _ in ring.reciprocals
            if u == g.arguments[0]
        ]

    def __contains__(self, g: int) -> bool:
        return g >= self._size

    def __getitem__(self, g: int) -> tuple[Polynomial, Polynomial]:
        return self._found[g - self._size]

    def join(self, terms: Mapping[Monomial, Scalar]) -> dict[Monomial, Scalar]:
        """The terms with exponents of the joint powers after those that are given."""
        if not self._powers:
            return dict(terms)
        found = [(*self._joined(m), c) for m, c in terms.items()]
        length = len(self._found)
        return {(*m, *(int(self._size + n in joint) for n in range(length))): c for m, joint, c in found}

    def _joined(self, monomial: Monomial) -> tuple[list[int], set[int]]:
        left, joint, ring = list(monomial), set[int](), self._ring.polynomials
        for power, (base, exponent), reciprocal, q in self._powers:
            n, k = left[power], left[reciprocal]
            if n and k:
                left[power] = left[reciprocal] = 0
                key = (power, reciprocal, n, k)
                if key not in self._numbers:
                    self._numbers[key] = self._size + len(self._found)
                    self._found.append((base, exponent * ring.constant(Fraction(n)) - ring.constant(Fraction(k, q))))
                joint.add(self._numbers[key])
        return left, joint
