"""Sums of exponentials without overflow: log(1 + exp(x)), 1/(1 + exp(-x)), exp(x)/(exp(x) + exp(y)), 1/cosh(x).

With D = Σ c_i exp(U_i), all c_i > 0, the weights c_i exp(U_i)/D lie between 0 and 1, and log D is a nested softplus.
So in every monomial exp(U_i) goes together with 1/D into a weight, and what is left of D is computed from log D. cosh(u)
counts as an exponential with U = softplus(2u) - u - log 2. The program then calls `logistic` and `softplus`, which every
target has or is given. A complex argument needs no other form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy

from ..rings import Polynomial, Scalar, to_sympy

if TYPE_CHECKING:
    from .program import Builder

Monomial = tuple[int, ...]
Terms = dict[Monomial, Scalar]
SOURCES = ("exp", "cosh")


@dataclass
class Denominator:
    """D^(-1/q), the generator `index`, with the terms of D as (monomial, coefficient); `slots` are new generators for weights."""

    index: int
    q: int
    terms: list[tuple[Monomial, Scalar]]
    slots: dict[Monomial, int] = field(default_factory=dict)


class Stable:
    """What a Builder asks: monomials rewritten with weights, and instructions for the generators that these concern."""

    def __init__(self, builder: Builder, ring: Any):
        self._builder, self._ring = builder, ring
        self._size = len(ring.generators)
        self._sinh = {
            i: next((j for j, s in enumerate(ring.generators) if s.function == "sinh" and s.arguments == g.arguments), None)
            for i, g in enumerate(ring.generators)
            if g.function == "cosh"
        }
        self._weights: list[tuple[Denominator, Monomial]] = []
        self._denominators: list[Denominator] = []
        for i, g in enumerate(ring.generators):
            if g.function == "power" and g.exponent.numerator < 0 and (terms := self._sum(g.arguments[0])):
                self._denominators.append(self._denominator(Denominator(i, g.exponent.denominator, terms)))

    def _denominator(self, d: Denominator) -> Denominator:
        for monomial, _ in d.terms:
            if any(monomial):
                d.slots[monomial] = self._size + len(self._weights)
                self._weights.append((d, monomial))
        return d

    def _sum(self, p: Polynomial) -> list[tuple[Monomial, Scalar]]:
        """The terms of a sum of exponentials with positive coefficients, the constant first; else none."""
        terms = sorted(self._ring.polynomials.terms(p), key=lambda t: (any(t[0]), t[0]))
        for monomial, c in terms:
            kinds = {self._ring.generators[g].function for g, n in enumerate(monomial) if n}
            if not isinstance(c, Fraction | float) or c <= 0 or not kinds <= {*SOURCES}:
                return []
        if len(terms) == 1 and not any(n for g, n in enumerate(terms[0][0]) if g in self._sinh):
            return []
        return terms

    # -- monomials ------------------------------------------------------------------------------
    def rewrite(self, terms: Mapping[Monomial, Scalar]) -> Terms:
        """Terms in the ring's generators as terms in these and the weights."""
        if not self._denominators:
            return dict(terms)
        out: Terms = {}
        for monomial, c in terms.items():
            m = [*monomial, *[0] * len(self._weights), *[0] * self._size]
            for d in self._denominators:
                c = self._divide(m, c, d)
            key = tuple(m)
            out[key] = out[key] + c if key in out else c
        return out

    def _divide(self, m: list[int], c: Scalar, d: Denominator) -> Scalar:
        for monomial, coefficient in reversed(d.terms):
            if monomial not in d.slots:
                continue
            while m[d.index] >= d.q:
                taken = [(g, n) for g, n in enumerate(monomial) if n]
                turned = None  # sinh/D = tanh cosh/D
                if any(m[g] < n for g, n in taken):
                    turned = next((g for g, n in taken if m[g] == n - 1 and self._sinh.get(g) is not None and m[self._sinh[g]]), None)
                    if turned is None or any(m[g] < n for g, n in taken if g != turned):
                        break
                    m[self._sinh[turned]] -= 1
                    m[turned] += 1
                    m[self._size + len(self._weights) + turned] += 1
                for g, n in taken:
                    m[g] -= n
                m[d.index] -= d.q
                m[d.slots[monomial]] += 1
                c = c / coefficient
        return c

    # -- instructions ---------------------------------------------------------------------------
    def generator(self, g: int) -> int | None:
        """The instruction of a weight, of a tangent or of a generator that is a function of a sum of exponentials."""
        if g >= self._size + len(self._weights):
            return self._builder.emit("call", "tanh", self._builder.polynomial(self._argument(g - self._size - len(self._weights))))
        if g >= self._size:
            d, monomial = self._weights[g - self._size]
            return self._weight(d, monomial)
        generator = self._ring.generators[g]
        if generator.function == "log" or (generator.function == "power" and generator.exponent.denominator > 1):
            if terms := self._sum(generator.arguments[0]):
                logarithm = self._logarithm(terms)
                return logarithm if generator.function == "log" else self._exp(logarithm, generator.exponent)
        for d in self._denominators:
            if d.index == g:
                return self._reciprocal(d)
        return None

    def _argument(self, g: int) -> Polynomial:
        return self._ring.generators[g].arguments[0]

    def _reciprocal(self, d: Denominator) -> int:
        constant = next((m for m, _ in d.terms if not any(m)), None)
        if d.q > 1 or constant is None or len(d.terms) > 2:
            return self._exp(self._logarithm(d.terms), Fraction(-1, d.q))
        return self._scaled(self._weight(d, constant), 1 / d.terms[0][1])

    def _scaled(self, n: int, factor: Scalar) -> int:
        return n if factor == 1 else self._builder.emit("mul", self._builder.constant(factor), n)

    def _minus(self, a: int, b: int) -> int:
        return self._builder.emit("add", a, self._scaled(b, Fraction(-1)))

    def _exp(self, logarithm: int, factor: Scalar) -> int:
        return self._builder.emit("call", "exp", self._scaled(logarithm, factor))

    def _weight(self, d: Denominator, monomial: Monomial) -> int:
        """c_i exp(U_i) / D."""
        if len(d.terms) == 1:
            return self._builder.constant(Fraction(1))
        (own,) = [t for t in d.terms if t[0] == monomial]
        others = [t for t in d.terms if t[0] != monomial]
        if len(others) == 1:
            return self._builder.emit("call", "logistic", self._difference(own, others[0]))
        return self._exp(self._minus(self._term(own), self._logarithm(d.terms)), Fraction(1))

    def _difference(self, a: tuple[Monomial, Scalar], b: tuple[Monomial, Scalar]) -> int:
        """log of the quotient of two terms."""
        ring = self._ring.polynomials
        total: Polynomial = ring.zero
        logs: list[tuple[Scalar, int]] = []
        for (monomial, _), sign in ((a, 1), (b, -1)):
            for g, n in enumerate(monomial):
                if n and self._ring.generators[g].function == "exp":
                    total = total + self._argument(g) * ring.constant(Fraction(n * sign))
                elif n:
                    logs.append((Fraction(n * sign), self._log_cosh(g)))
        ratio = to_sympy(a[1]) / to_sympy(b[1])
        out = None if total == 0 and (logs or ratio != 1) else self._builder.polynomial(total)
        for factor, n in logs:
            part = self._scaled(n, factor)
            out = part if out is None else self._builder.emit("add", out, part)
        if ratio != 1:
            shift = self._builder.constant(sympy.log(ratio))
            out = shift if out is None else self._builder.emit("add", out, shift)
        assert out is not None
        return out

    def _term(self, a: tuple[Monomial, Scalar]) -> int:
        return self._difference(a, ((0,) * len(a[0]), Fraction(1)))

    def _log_cosh(self, g: int) -> int:
        u = self._builder.polynomial(self._argument(g))
        twice = self._builder.emit("call", "softplus", self._scaled(u, Fraction(2)))
        return self._minus(twice, self._builder.emit("add", u, self._builder.constant(sympy.log(2))))

    def _logarithm(self, terms: list[tuple[Monomial, Scalar]]) -> int:
        """log D, term by term: log(a + b) = log a + softplus(log b - log a)."""
        if len(terms) == 1:
            return self._term(terms[0])
        first, second, *rest = terms
        total = self._builder.emit("call", "softplus", self._difference(second, first))
        if any(first[0]) or first[1] != 1:
            total = self._builder.emit("add", self._term(first), total)
        for t in rest:
            gap = self._minus(self._term(t), total)
            total = self._builder.emit("add", total, self._builder.emit("call", "softplus", gap))
        return total
