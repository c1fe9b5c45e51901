"""Sums of exponentials without overflow: log(1 + exp(x)), 1/(1 + exp(-x)), exp(x)/(exp(x) + exp(y)), 1/cosh(x).

With D = Σ c_i exp(U_i), all c_i > 0, the weights c_i exp(U_i)/D lie between 0 and 1, and log D is a nested softplus.
So in every monomial exp(U_i) goes together with 1/D into a weight, and what is left of D is computed from log D. cosh(u)
counts as an exponential with U = softplus(2u) - u - log 2. Of two terms with opposite signs the weights are
1/(1 - exp(-δ)) = logistic(δ)/tanh(δ/2). Where the c_i are no numbers, D exp(-S) with S = log Σ exp(U_i) is a
moderate number. The program then calls `logistic` and `softplus`, which every target has or is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import sympy

from ..fields import DifferentialRing
from ..rings import Polynomial, RealScalar, Scalar, to_sympy
from .program import Code

Monomial = tuple[int, ...]
Term = tuple[Monomial, RealScalar]
Terms = dict[Monomial, RealScalar]
SOURCES = ("exp", "cosh")


@dataclass
class Denominator:
    """D^(-1/q), the generator `index`, with the terms of D as (monomial in exponentials, coefficient).

    factors : the coefficients where they are no numbers, as polynomials; those of `terms` are then 1
    slots   : new generators for the weights
    """

    index: int
    q: int
    terms: list[Term]
    factors: dict[Monomial, Polynomial] = field(default_factory=dict)
    slots: dict[Monomial, int] = field(default_factory=dict)


class Stable:
    """What a Builder asks: monomials rewritten with weights, and instructions for the generators that these concern.

    polynomial : gives the instruction of a polynomial in the code
    """

    def __init__(self, code: Code, polynomial: Callable[[Polynomial], int], ring: DifferentialRing):
        self._code, self._polynomial, self._ring = code, polynomial, ring
        self._size = len(ring.generators)
        self._sinh = {
            i: j
            for i, g in enumerate(ring.generators)
            for j, s in enumerate(ring.generators)
            if g.function == "cosh" and s.function == "sinh" and s.arguments == g.arguments
        }
        self._weights: list[tuple[Denominator, Monomial]] = []
        self._denominators: list[Denominator] = []
        for i, g in enumerate(ring.generators):
            if g.exponent is not None and g.exponent < 0 and (found := self._denominator(i, g.exponent.denominator)):
                self._denominators.append(found)

    def _denominator(self, index: int, q: int) -> Denominator | None:
        p = self._sum_of(self._argument(index))
        if terms := self._sum(p, opposite=q == 1):
            d = Denominator(index, q, terms)
        elif factors := self._factors(p):
            d = Denominator(index, q, [(m, Fraction(1)) for m in factors], factors)
        else:
            return None
        for monomial, _ in d.terms:
            if any(monomial):
                d.slots[monomial] = self._size + len(self._weights)
                self._weights.append((d, monomial))
        return d

    def _sum_of(self, p: Polynomial) -> Polynomial:
        """What a sum that is a generator stands for."""
        terms = list(self._ring.polynomials.terms(p))
        if len(terms) == 1 and sum(terms[0][0]) == 1 and terms[0][1] == 1:
            g = next(g for g, n in enumerate(terms[0][0]) if n)
            if self._ring.generators[g].function == "sum":
                return self._sum_of(self._argument(g))
        return p

    def _sum(self, p: Polynomial, opposite: bool = False) -> list[Term]:
        """The terms of a sum of exponentials with positive coefficients, the constant first; else none.

        opposite : two terms may have opposite signs if one of them is constant
        """
        found = sorted(self._ring.polynomials.terms(p), key=lambda t: (any(t[0]), t[0]))
        terms = [(m, c) for m, c in found if isinstance(c, Fraction | float) and c != 0 and self._exponential(m) == m]
        if len(terms) < len(found):
            return []
        mixed = opposite and len(terms) == 2 and terms[0][1] * terms[1][1] < 0 and not any(terms[0][0])
        if any(c < 0 for _, c in terms) and not mixed:
            return []
        if len(terms) == 1 and not any(n for g, n in enumerate(terms[0][0]) if self._ring.generators[g].function == "cosh"):
            return []
        return terms

    def _exponential(self, monomial: Monomial) -> Monomial:
        """The part of a monomial that consists of exponentials and hyperbolic cosines."""
        return tuple(n if n and self._ring.generators[g].function in SOURCES else 0 for g, n in enumerate(monomial))

    def _factors(self, p: Polynomial) -> dict[Monomial, Polynomial]:
        """p by its exponentials, if there are at least two and no hyperbolic sines; else nothing."""
        ring, factors = self._ring.polynomials, dict[Monomial, Polynomial]()
        for monomial, c in ring.terms(p):
            if any(n for g, n in enumerate(monomial) if g in self._sinh.values()):
                return {}
            key = self._exponential(monomial)
            term = ring.constant(c)
            for g, n in enumerate(monomial):
                if n and not key[g]:
                    term = term * ring.generators[g] ** n
            factors[key] = factors[key] + term if key in factors else term
        return factors if len(factors) > 1 else {}

    @property
    def size(self) -> int:
        """How many generators there are with those for weights."""
        return 2 * self._size + len(self._weights) if self._denominators else self._size

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
                    turned = next((g for g, n in taken if m[g] == n - 1 and g in self._sinh and m[self._sinh[g]]), None)
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
            argument = self._argument(g - self._size - len(self._weights))
            return self._code.emit("call", "tanh", self._polynomial(argument))
        if g >= self._size:
            d, monomial = self._weights[g - self._size]
            return self._weight(d, monomial)
        generator = self._ring.generators[g]
        if generator.function == "sech":
            return self._exp(self._log_cosh(g), Fraction(-1))
        root = generator.exponent
        rooted = root is not None and root.denominator > 1
        if (generator.function == "log" or rooted) and (terms := self._sum(self._sum_of(generator.arguments[0]))):
            logarithm = self._logarithm(terms)
            return self._exp(logarithm, root) if rooted else logarithm
        found = next((d for d in self._denominators if d.index == g), None)
        return None if found is None else self._reciprocal(found)

    def _argument(self, g: int) -> Polynomial:
        return self._ring.generators[g].arguments[0]

    def _reciprocal(self, d: Denominator) -> int:
        if d.factors:
            small = self._exp(self._logarithm(d.terms), Fraction(-1, d.q))
            return self._code.emit("mul", small, self._moderate(d))
        constant = next((m for m, _ in d.terms if not any(m)), None)
        if d.q > 1 or constant is None or len(d.terms) > 2:
            return self._exp(self._logarithm(d.terms), Fraction(-1, d.q))
        return self._scaled(self._weight(d, constant), 1 / d.terms[0][1])

    def _scaled(self, n: int, factor: Scalar) -> int:
        return n if factor == 1 else self._code.emit("mul", self._code.constant(factor), n)

    def _minus(self, a: int, b: int) -> int:
        return self._code.emit("add", a, self._scaled(b, Fraction(-1)))

    def _exp(self, logarithm: int, factor: Scalar) -> int:
        return self._code.emit("call", "exp", self._scaled(logarithm, factor))

    def _weight(self, d: Denominator, monomial: Monomial) -> int:
        """c_i exp(U_i) / D."""
        if len(d.terms) == 1:
            return self._code.constant(Fraction(1))
        if d.factors:
            return self._code.emit("mul", self._share(d, monomial), self._code.raised(self._moderate(d), d.q))
        (own,) = [t for t in d.terms if t[0] == monomial]
        others = [t for t in d.terms if t[0] != monomial]
        if len(others) == 1:
            gap = self._difference(own, others[0])
            weight = self._code.emit("call", "logistic", gap)
            if own[1] * others[0][1] > 0:
                return weight
            turned = self._code.emit("call", "tanh", self._scaled(gap, Fraction(1, 2)))
            return self._code.emit("mul", weight, self._code.emit("power", turned, Fraction(-1)))
        return self._exp(self._minus(self._term(own), self._logarithm(d.terms)), Fraction(1))

    def _share(self, d: Denominator, monomial: Monomial) -> int:
        """exp(U_i - S)."""
        return self._exp(self._minus(self._term((monomial, Fraction(1))), self._logarithm(d.terms)), Fraction(1))

    def _moderate(self, d: Denominator) -> int:
        """(D exp(-S))^(-1/q)."""
        total: int | None = None
        for monomial, factor in d.factors.items():
            part = self._code.emit("mul", self._polynomial(factor), self._share(d, monomial))
            total = part if total is None else self._code.emit("add", total, part)
        return self._code.emit("power", total, Fraction(-1, d.q))

    def _difference(self, a: Term, b: Term) -> int:
        """log of the absolute value of the quotient of two terms."""
        ring = self._ring.polynomials
        total: Polynomial = ring.zero
        logs: list[tuple[Scalar, int]] = []
        for (monomial, _), sign in ((a, 1), (b, -1)):
            for g, n in enumerate(monomial):
                if n and self._ring.generators[g].function == "exp":
                    total = total + self._argument(g) * ring.constant(Fraction(n * sign))
                elif n:
                    logs.append((Fraction(n * sign), self._log_cosh(g)))
        ratio = abs(to_sympy(a[1]) / to_sympy(b[1]))
        out = None if total == 0 and (logs or ratio != 1) else self._polynomial(total)
        for factor, n in logs:
            part = self._scaled(n, factor)
            out = part if out is None else self._code.emit("add", out, part)
        if ratio != 1:
            shift = self._code.constant(sympy.log(ratio))
            out = shift if out is None else self._code.emit("add", out, shift)
        assert out is not None
        return out

    def _term(self, a: Term) -> int:
        return self._difference(a, ((0,) * len(a[0]), Fraction(1)))

    def _log_cosh(self, g: int) -> int:
        u = self._polynomial(self._argument(g))
        twice = self._code.emit("call", "softplus", self._scaled(u, Fraction(2)))
        return self._minus(twice, self._code.emit("add", u, self._code.constant(sympy.log(2))))

    def _logarithm(self, terms: list[Term]) -> int:
        """log D, term by term: log(a + b) = log a + softplus(log b - log a)."""
        if len(terms) == 1:
            return self._term(terms[0])
        first, second, *rest = terms
        total = self._code.emit("call", "softplus", self._difference(second, first))
        if any(first[0]) or first[1] != 1:
            total = self._code.emit("add", self._term(first), total)
        for t in rest:
            gap = self._minus(self._term(t), total)
            total = self._code.emit("add", total, self._code.emit("call", "softplus", gap))
        return total
