"""The relations between the generators of a ring, and normal forms modulo them.

sin² + cos² = 1 and u·(1/u) = 1 are rules that reduce their leading monomials. Rules whose leading
monomials meet, such as those of 1/x and 1/(1 + x), are completed by Buchberger's algorithm
(Cox, Little, O'Shea, Ideals, Varieties, and Algorithms, ch. 2): the result, here u·v = u - v, makes the
normal form unique. A completion that grows beyond a bound is given up as a whole; the rules are then
still right, but two forms of one element may remain, and `complete` is False.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction

from ..base.errors import FieldError
from ..rings import Polynomial
from ..rings.polynomials import Monomial, PolynomialRing

MAX_TERMS = 12
MAX_RULES = 24


class Rule:
    """A polynomial that is zero, with its leading monomial."""

    __slots__ = ("generators", "lead", "polynomial", "powers")

    def __init__(self, ring: PolynomialRing, polynomial: Polynomial):
        self.lead, coefficient = ring.terms(polynomial)[0]
        self.polynomial = polynomial * ring.constant(1 / coefficient)
        self.powers = [(i, n) for i, n in enumerate(self.lead) if n]
        self.generators = frozenset(i for i, _ in self.powers)


class Relations:
    """Rules over one polynomial ring; `add` keeps them complete where that is cheap."""

    def __init__(self, ring: PolynomialRing, exact: bool):
        self._ring, self._exact = ring, exact
        self.rules: list[Rule] = []
        self.complete = True

    def reduce(self, p: Polynomial) -> Polynomial:
        """Remainder by all rules until none applies."""
        return self._reduce(p, self.rules)

    def _reduce(self, p: Polynomial, rules: Collection[Rule]) -> Polynomial:
        ring = self._ring
        while rules:
            before, degrees = p, ring.degrees(p)
            for rule in rules:
                if all(degrees.get(g, 0) >= n for g, n in rule.powers):
                    p = ring.remainder(p, rule.polynomial)
            if p is before or p == before:
                break
        return p

    def add(self, polynomials: Iterable[Polynomial]) -> None:
        """Let polynomials be zero. Raises FieldError where that makes 1 zero."""
        plain = list(self.rules)
        for p in polynomials:
            p = self._reduce(p, plain)
            if p != 0:
                plain.append(self._rule(p))
        completed = self._completion(len(self.rules), plain) if self._exact else None
        self.complete &= completed is not None or not self._meeting(plain)
        self.rules = plain if completed is None else completed

    def _rule(self, p: Polynomial) -> Rule:
        rule = Rule(self._ring, p)
        if not rule.generators:
            raise FieldError("the field divides by something that is identically zero")
        return rule

    def _meeting(self, rules: list[Rule]) -> bool:
        return any(a.generators & b.generators for i, a in enumerate(rules) for b in rules[:i])

    def _completion(self, old: int, plain: list[Rule]) -> list[Rule] | None:
        """The rules with all S-polynomials of pairs that hold a new rule reduced; None beyond the bound."""
        rules = list(plain)
        pairs = [(i, j) for j in range(old, len(rules)) for i in range(j)]
        while pairs:
            i, j = pairs.pop(0)
            if not rules[i].generators & rules[j].generators:
                continue
            p = self._reduce(self._difference(rules[i], rules[j]), rules)
            if p == 0:
                continue
            if len(self._ring.terms(p)) > MAX_TERMS or len(rules) >= len(plain) + MAX_RULES:
                return None
            pairs += [(n, len(rules)) for n in range(len(rules))]
            rules.append(self._rule(p))
        return [r for r in rules if not any(s is not r and _divides(s, r) for s in rules)]

    def _difference(self, a: Rule, b: Rule) -> Polynomial:
        """The S-polynomial: the leading terms cancel."""
        common = tuple(map(max, a.lead, b.lead))
        left, right = (self._ring.from_terms({_quotient(common, r.lead): Fraction(1)}) * r.polynomial for r in (a, b))
        return left - right


def _quotient(a: Monomial, b: Monomial) -> Monomial:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def _divides(a: Rule, b: Rule) -> bool:
    return a.generators <= b.generators and all(n <= b.lead[i] for i, n in a.powers)
