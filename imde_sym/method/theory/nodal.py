"""Functions on the roots of a rational polynomial, as polynomials modulo it: the numbers of collocation methods.

Gauss, Radau and Lobatto methods have irrational numbers, but every sum over their stages is symmetric in
the roots, so rational. A function on the roots c_1, ..., c_s of P is a polynomial modulo P, the sum of its values a
trace, and with a_ij = a(c_i, c_j), b_j = b(c_j) for polynomials a and b everything stays in Q (HW IV.5, W-transformation).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import sympy
from sympy import QQ
from sympy.polys.matrices import DomainMatrix

from ...rings import Arithmetic
from ...trees import TreeTable
from .stages import Stages
from .univariate import derivative, divide, multiply
from .weights import StageWeights

Polynomial = list[Fraction]
"""Coefficients, lowest power first."""
Bivariate = list[list[Fraction]]
"""Entry [l][k] belongs to τ^l ζ^k."""


class Nodes:
    """The roots of a monic rational polynomial P without double roots, lowest power first."""

    def __init__(self, P: Sequence[Fraction]):
        self.P = [x / P[-1] for x in P]
        self.count = len(P) - 1

    def reduce(self, p: Sequence[Fraction]) -> Polynomial:
        """The polynomial of degree below s with the same values at the nodes."""
        rest = divide(list(p), self.P)[1] if len(p) > self.count else list(p)
        return (rest + [Fraction(0)] * self.count)[: self.count]

    def times(self, p: Sequence[Fraction], q: Sequence[Fraction]) -> Polynomial:
        """The product of the values at the nodes."""
        return self.reduce(multiply(list(p), list(q)))

    def inverse(self, p: Sequence[Fraction]) -> Polynomial:
        """1/p at the nodes. Raises ZeroDivisionError where p vanishes at one."""
        z = sympy.Symbol("z")
        given = [sympy.Poly(list(map(sympy.Rational, reversed(q))), z, domain=QQ) for q in (p, self.P)]
        try:
            found = given[0].invert(given[1])
        except sympy.polys.polyerrors.NotInvertible:
            raise ZeroDivisionError("the polynomial vanishes at a node") from None
        return self.reduce([Fraction(int(x.p), int(x.q)) for x in reversed(found.all_coeffs())])

    def traces(self, count: int) -> Polynomial:
        """Σ_j c_j^k for k below `count`, by Newton's identities."""
        s, out = self.count, [Fraction(self.count)]
        for k in range(1, count):
            known = sum((self.P[s - i] * out[k - i] for i in range(1, min(k, s + 1))), Fraction(0))
            out.append(-known - (k * self.P[s - k] if k <= s else 0))
        return out[:count]

    @cached_property
    def lagrange(self) -> Bivariate:
        """ℓ(x, ζ) = P(x) / ((x - ζ) P'(ζ)): at ζ = c_j the Lagrange polynomial ℓ_j(x); entry [l][k] of x^l ζ^k."""
        s = self.count
        slope = self.inverse(derivative(self.P))
        # (P(x) - P(ζ)) / (x - ζ) = Σ_m P_m Σ_{l + k = m - 1} x^l ζ^k
        return [self.times([self.P[l + k + 1] if l + k < s else Fraction(0) for k in range(s)], slope) for l in range(s)]

    @cached_property
    def quadrature(self) -> Polynomial:
        """b(ζ) with b(c_j) = ∫ ℓ_j over [0, 1]: the weights of the interpolatory formula."""
        rows = [[x / (l + 1) for x in row] for l, row in enumerate(self.lagrange)]
        return [sum(column, Fraction(0)) for column in zip(*rows, strict=True)]

    @cached_property
    def integrals(self) -> Bivariate:
        """a(τ, ζ) with a(c_i, c_j) = ∫ ℓ_j over [0, c_i]: collocation."""
        zero = [[Fraction(0)] * self.count]
        return self.on_nodes(zero + [[x / (l + 1) for x in row] for l, row in enumerate(self.lagrange)])

    def on_nodes(self, a: Bivariate) -> Bivariate:
        """A polynomial of two variables with degrees below s that has the same values at all pairs of nodes."""
        rows = [self.reduce(row) for row in a]
        columns = [self.reduce(column) for column in zip(*rows, strict=True)]
        return [list(row) for row in zip(*columns, strict=True)]

    def swapped(self, a: Bivariate) -> Bivariate:
        """a(ζ, τ)."""
        return [list(row) for row in zip(*a, strict=True)]

    def scaled(self, a: Bivariate, factor: Sequence[Fraction]) -> Bivariate:
        """a(τ, ζ) factor(ζ)."""
        return [self.times(row, factor) for row in a]

    def reflected(self, other: Nodes, a: Bivariate) -> Bivariate:
        """a(1 - τ, 1 - ζ) on these nodes, for an a on the nodes of `other`, which are 1 - c."""
        powers = [[Fraction(1)]]
        for _ in range(other.count - 1):
            powers.append(multiply(powers[-1], [Fraction(1), Fraction(-1)]))

        def turn(p: Sequence[Fraction]) -> Polynomial:
            out = [Fraction(0)] * self.count
            for x, power in zip(p, powers, strict=False):
                for k, y in enumerate(power):
                    out[k] += x * y
            return out

        rows = [turn(row) for row in a]
        return self.swapped([turn(column) for column in self.swapped(rows)])

    def operator(self, a: Bivariate) -> Bivariate:
        """The matrix of g ↦ Σ_j a(τ, c_j) g(c_j) on coefficients."""
        traces = self.traces(2 * self.count)
        return [[sum((x * traces[k + m] for k, x in enumerate(row)), Fraction(0)) for m in range(self.count)] for row in a]

    def functional(self, b: Sequence[Fraction]) -> Polynomial:
        """The row of g ↦ Σ_j b(c_j) g(c_j) on coefficients."""
        return self.operator([list(b)])[0]

    def linear_twin(self, a: Bivariate, b: Sequence[Fraction]) -> Stages:
        """Rational stages with the same stability function: the operator in values at s rational points."""
        s = self.count
        V = DomainMatrix([[QQ(i + 1, s + 1) ** m for m in range(s)] for i in range(s)], (s, s), QQ)
        back = V.inv()
        A = V * _matrix(self.operator(a)) * back
        return Stages(_fractions(A), _fractions(_matrix([self.functional(b)]) * back)[0])

    def twin(self, a: Bivariate, b: Sequence[Fraction], order: int) -> Stages:
        """Rational stages that agree with the method on all trees up to `order`.

        Up to there all integrands are polynomials of degree (s - 1) order at most, so that the nodes may be replaced
        by rational ones with weights that give the same sums of powers.
        """
        count = (self.count - 1) * max(order, 1) + 1
        nodes = [Fraction(i, count - 1) for i in range(count)] if count > 1 else [self.reduce([Fraction(0), Fraction(1)])[0]]
        powers = DomainMatrix([[QQ(z.numerator, z.denominator) ** k for z in nodes] for k in range(count)], (count, count), QQ)
        sums = DomainMatrix([[QQ(t.numerator, t.denominator)] for t in self.traces(count)], (count, 1), QQ)
        weights = [row[0] for row in _fractions(powers.lu_solve(sums))]

        def value(p: Sequence[Fraction], x: Fraction) -> Fraction:
            return sum((y * x**k for k, y in enumerate(p)), Fraction(0))

        columns = [[w * value(row, z) for row in a] for z, w in zip(nodes, weights, strict=True)]
        A = [[value(column, x) for column in columns] for x in nodes]
        return Stages(A, [w * value(b, z) for z, w in zip(nodes, weights, strict=True)])


class NodalWeights(StageWeights):
    """Elementary weights whose stages are polynomials modulo P: the product is theirs."""

    def __init__(self, nodes: Nodes, a: Bivariate, b: Sequence[Fraction], colors: int, arithmetic: Arithmetic, table: TreeTable):
        self._nodes = nodes
        super().__init__([Stages(nodes.operator(a), nodes.functional(b))] * colors, arithmetic, table)
        s = nodes.count
        high = [nodes.reduce([Fraction(0)] * k + [Fraction(1)]) for k in range(s, 2 * s - 1)]
        self._high = [[arithmetic.element(x) for x in row] for row in high]

    def _unit(self, count: int) -> np.ndarray:
        phi = self._ring.zeros(self._nodes.count, count)
        phi[0] = self._ring.element(Fraction(1))
        return phi

    def _product(self, p: np.ndarray, q: np.ndarray) -> np.ndarray:
        ring, s = self._ring, self._nodes.count
        out = ring.zeros(2 * s - 1, p.shape[1])
        for i in range(s):
            out[i : i + s] = ring.reduce(out[i : i + s] + ring.reduce(p[i] * q))
        for k, row in enumerate(self._high, s):
            for m, x in enumerate(row):
                out[m] = ring.reduce(out[m] + out[k] * x)
        return out[:s]


def _matrix(rows: Sequence[Sequence[Fraction]]) -> Any:
    return DomainMatrix([[QQ(x.numerator, x.denominator) for x in row] for row in rows], (len(rows), len(rows[0])), QQ)


def _fractions(matrix: Any) -> list[list[Fraction]]:
    return [[Fraction(int(x.numerator), int(x.denominator)) for x in row] for row in matrix.to_dense().to_list()]
