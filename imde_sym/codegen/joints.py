"""Products of generators that are one function: evaluated apart they would overflow or divide by zero.

With g = 1/(a + b·E), E = exp(x), the product E·g is 1/(a/E + b), finite where E is not; and x**a · x**-k is
x**(a - k), which has a value at x = 0. In a polynomial such products become factors of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..fields import DifferentialRing
from ..rings import Polynomial, Scalar

Monomial = tuple[int, ...]


@dataclass(frozen=True)
class Logistic:
    """E·g^q = 1/(rest/E + factor), for g^q = 1/(rest + factor·E) with the generators E and g."""

    exponential: int
    reciprocal: int
    q: int
    rest: Polynomial
    factor: Polynomial


@dataclass(frozen=True)
class PowerOf:
    """base ** exponent."""

    base: Polynomial
    exponent: Polynomial


class Joints:
    """The joint factors of a ring's polynomials, numbered from `size`, the length of the monomials that are given."""

    def __init__(self, ring: DifferentialRing, size: int):
        self._ring, self._size = ring, size
        self._found: list[Logistic | PowerOf] = []
        self._numbers: dict[tuple, int] = {}
        self._logistics: list[tuple[int, Logistic]] = []
        exponentials = [i for i, g in enumerate(ring.generators) if g.function == "exp"]
        for reciprocal, q, u, _ in ring.reciprocals:
            inside = [e for e in exponentials if e in ring.polynomials.used(u)]
            if len(inside) == 1 and (found := self._logistic(inside[0], reciprocal, q, u)):
                self._logistics.append((self._number(("logistic", reciprocal), found), found))
        powers = [(i, g) for i, g in enumerate(ring.generators) if g.function == "pow"]
        self._powers = [
            (i, g.arguments, reciprocal, q)
            for i, g in powers
            for reciprocal, q, u, _ in ring.reciprocals
            if u == g.arguments[0]
        ]

    def __contains__(self, g: int) -> bool:
        return g >= self._size

    def __getitem__(self, g: int) -> Logistic | PowerOf:
        return self._found[g - self._size]

    def _number(self, key: tuple, found: Logistic | PowerOf) -> int:
        if key not in self._numbers:
            self._numbers[key] = self._size + len(self._found)
            self._found.append(found)
        return self._numbers[key]

    def _logistic(self, e: int, reciprocal: int, q: int, u: Polynomial) -> Logistic | None:
        terms = self._ring.polynomials.terms(u)
        if max(m[e] for m, _ in terms) > 1:
            return None
        parts = [{(*m[:e], 0, *m[e + 1 :]): c for m, c in terms if m[e] == n} for n in (0, 1)]
        rest, factor = map(self._ring.polynomials.from_terms, parts)
        return Logistic(e, reciprocal, q, rest, factor) if rest != 0 else None

    def join(self, terms: Mapping[Monomial, Scalar]) -> dict[Monomial, Scalar]:
        """The terms with exponents of the joint factors after those of the generators."""
        if not self._logistics and not self._powers:
            return dict(terms)
        found = [(*self._joined(m), c) for m, c in terms.items()]
        length = len(self._found)
        return {(*m, *(extra.get(self._size + n, 0) for n in range(length))): c for m, extra, c in found}

    def _joined(self, monomial: Monomial) -> tuple[list[int], dict[int, int]]:
        left, extra = list(monomial), dict[int, int]()
        for g, joint in self._logistics:
            n = min(left[joint.exponential], left[joint.reciprocal] // joint.q)
            if n:
                left[joint.exponential] -= n
                left[joint.reciprocal] -= n * joint.q
                extra[g] = n
        for power, (base, exponent), reciprocal, q in self._powers:
            n, k = left[power], left[reciprocal]
            if n and k:
                ring = self._ring.polynomials
                raised = exponent * ring.constant(Fraction(n)) - ring.constant(Fraction(k, q))
                left[power] = left[reciprocal] = 0
                extra[self._number(("power", power, reciprocal, n, k), PowerOf(base, raised))] = 1
        return left, extra
