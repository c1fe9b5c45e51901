"""Methods whose numbers are rational polynomials in their abscissae: Gauss, Radau, Lobatto and all collocation, of any size."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import count
from typing import Any, Self

import mpmath
import numpy as np
import sympy

from ...base.errors import MethodError, shown
from ...base.sharing import precision
from ...prelie import Graded, PreLieSpace, Recursion, StageRecursion
from ...rings import Arithmetic, Scalar, scalar
from ...trees import RootedTree, count_rooted_trees, rooted_trees, tree_table
from ..method import Method
from ..plain import numbers, rows
from ..theory.assumptions import SimplifyingAssumptions
from ..theory.nodal import Bivariate, NodalWeights, Nodes
from ..theory.numbers import Numbers
from ..theory.ssp import ssp_coefficient
from ..theory.stability import StabilityFunction
from ..theory.stages import total
from ..value import MethodValue
from .runge_kutta import ButcherTableau

MAX_NODES = 30
SHOWN_DIGITS = 10
MAX_PRINCIPAL = 9


class Collocation(ButcherTableau):
    """The Runge-Kutta method with c_i the roots of P, b_i = b(c_i) and a_ij = a(c_i, c_j), all polynomials rational.

    nodes : coefficients of P, lowest power first: s real roots, no two equal
    a     : rows of coefficients, entry [l][k] of τ^l ζ^k; by default collocation, a(c_i, c_j) = ∫ ℓ_j over [0, c_i]
    b     : coefficients of b; by default the interpolatory weights, b(c_j) = ∫ ℓ_j over [0, 1]
    A, b, c are exact numbers, roots of P; what the method makes of a field is computed without them, in rational numbers: the
    trees' coefficients are symmetric in the roots. So s = 8 costs little more than s = 3.
    Raises MethodError for other data.

    >>> Collocation([1, 0, 1])
    Traceback (most recent call last):
    ...
    imde_sym.base.errors.MethodError: P = 1 + 0 x + 1 x^2 must have 2 different real roots, it has 0
    >>> m = Collocation(["1/6", -1, 1], name="gauss2")
    >>> m.order, m.is_symplectic, m.c
    (4, True, (1/2 - sqrt(3)/6, sqrt(3)/6 + 1/2))
    >>> len(m.A), m.b
    (2, (Fraction(1, 2), Fraction(1, 2)))
    >>> [str(x)[:6] for x in m.rounded_to(20)[0]]
    ['0.2113', '0.7886']
    """

    family = "collocation"

    def __init__(self, nodes: Sequence[Any], a: Any = None, b: Any = None, *, name: str = "", **info: Any):
        P = numbers("nodes", nodes)
        if not all(isinstance(x, Fraction) for x in P) or not 2 <= len(P) <= MAX_NODES + 1 or P[-1] == 0:
            raise MethodError(
                f"nodes are the rational coefficients of a polynomial of degree 1 to {MAX_NODES}, got {shown(nodes)}"
            )
        roots = sympy.Poly(list(map(sympy.Rational, reversed(P))), sympy.Symbol("x")).count_roots()
        if roots != len(P) - 1:
            raise MethodError(f"P = {_text(P)} must have {len(P) - 1} different real roots, it has {roots}")
        self._nodes = Nodes([Fraction(x) for x in P])  # type: ignore[arg-type]
        self._a = self._nodes.integrals if a is None else _rational("a", a, self._nodes)
        self._b = self._nodes.quadrature if b is None else _rational("b", [b], self._nodes)[0]
        self.b_hat = self.given_c = None
        Method.__init__(self, name, info)

    # -- numbers --------------------------------------------------------------------------------
    @property
    def data(self) -> dict[str, Any]:
        """The polynomials P, a and b."""
        return {"nodes": tuple(self._nodes.P), "a": tuple(map(tuple, self._a)), "b": tuple(self._b)}

    @cached_property
    def _roots(self) -> list[sympy.Expr]:
        x = sympy.Symbol("x")
        P = sympy.Poly(list(map(sympy.Rational, reversed(self._nodes.P))), x)
        return sorted(P.real_roots(), key=lambda r: r.evalf(30))

    @cached_property
    def c(self) -> tuple[Scalar, ...]:  # type: ignore[override]
        """The row sums of A: where C(1) holds the roots of P, ascending, rational, radicals or root objects."""
        if self.simplifying_assumptions.C >= 1:
            return tuple(map(scalar, self._roots))
        return tuple(map(total, self.A))

    @cached_property
    def b(self) -> tuple[Scalar, ...]:  # type: ignore[override]
        """The weights, polynomials in the abscissae."""
        return tuple(_value(self._b, r) for r in self._roots)

    @cached_property
    def A(self) -> tuple[tuple[Scalar, ...], ...]:  # type: ignore[override]
        """The entries, polynomials in two abscissae each."""
        columns = [[_expression(row, r) for row in self._a] for r in self._roots]
        return tuple(tuple(_value(column, r) for column in columns) for r in self._roots)

    @property
    def plain(self) -> ButcherTableau:
        """The tableau alone, its numbers written out.

        >>> Collocation(["1/6", -1, 1]).plain.stages
        2
        """
        return ButcherTableau(self.A, self.b, name=self.name)

    @cached_property
    def _entries(self) -> Numbers:  # type: ignore[override]
        """The entries of A and b, for what cannot be told from the polynomials."""
        return Numbers([*(x for row in self.A for x in row), *self.b], {}, self.title)

    @property
    def is_exact(self) -> bool:
        """True: the polynomials are rational."""
        return True

    @property
    def stages(self) -> int:
        """The degree of P."""
        return self._nodes.count

    @property
    def kind(self) -> str:
        """With its number of stages."""
        return f"{self.stages}-stage collocation-like Runge-Kutta method"

    def __repr__(self) -> str:
        return MethodValue.__repr__(self)

    def rounded_to(self, digits: int) -> tuple[list[Any], list[list[Any]], list[Any]]:
        """c, A and b as sympy floats of so many digits; far faster than from the exact entries. Cost: O(s⁴) operations.

        Raises MethodError for digits that are not a whole number.
        """
        with precision(2 * digits + 2 * self.stages):
            c = [mpmath.mpf(str(r.evalf(2 * digits + 2 * self.stages))) for r in self._roots]

            def value(p: Sequence[Any], x: Any) -> Any:
                exact = (mpmath.mpf(y.numerator) / y.denominator if isinstance(y, Fraction) else y for y in reversed(p))
                return mpmath.polyval(list(exact), x)

            columns = [[value(row, x) for row in self._a] for x in c]
            A = [[value(column, x) for column in columns] for x in c]
            b = [value(self._b, x) for x in c]
            rounded = [[sympy.Float(mpmath.nstr(x, digits + 2), digits) for x in row] for row in (c, b, *A)]
            return rounded[0], rounded[2:], rounded[1]

    @property
    def _shown(self) -> tuple[Sequence[Any], Sequence[Sequence[Any]], list[Sequence[Any]]]:
        """c, A and the weights as they are displayed: exact where the nodes are radicals, else to ten digits."""
        if not any(r.has(sympy.CRootOf) for r in self._roots):
            return super()._shown
        c, A, b = self.rounded_to(SHOWN_DIGITS)
        return c, A, [b]

    @classmethod
    def _of_data(cls, data: Mapping[str, Any]) -> Self:
        return super(ButcherTableau, cls)._of_data(data)

    def to_dict(self) -> dict[str, Any]:
        """Plain exact data: the polynomials."""
        return Method.to_dict(self)

    # -- what it makes of a field ---------------------------------------------------------------
    def recursion(self, space: PreLieSpace) -> Recursion:
        """That of rational stages which agree with the method up to the order of the space."""
        return StageRecursion(space, [self._nodes.twin(self._a, self._b, space.order)] * space.colors)

    def modified(self, space: PreLieSpace, field: Graded) -> Graded:
        """As of any method; up to the order of the method it is the field itself, which takes no stages to know."""
        return field if space.order <= self.order else super().modified(space, field)

    def inverse_modified(self, space: PreLieSpace, field: Graded) -> Graded:
        """As of any method; up to the order of the method it is the field itself."""
        return field if space.order <= self.order else super().inverse_modified(space, field)

    def elementary_weights(self, order: int, arithmetic: Arithmetic, colors: int) -> np.ndarray:
        """The B-series, from stages that are polynomials modulo P. Cost: O(s² N(order))."""
        tree_table(colors).grow(order)
        weights = self._weights_over(arithmetic, colors)
        return np.concatenate([weights.block(k) for k in range(1, order + 1)])

    def weight_blocks(self, arithmetic: Arithmetic) -> Iterator[np.ndarray]:
        """The B-series order by order."""
        weights = self._weights_over(arithmetic, 1)
        return (weights.block(k) for k in count(1))

    def _weights_over(self, arithmetic: Arithmetic, colors: int) -> NodalWeights:
        return NodalWeights(self._nodes, self._a, self._b, colors, arithmetic, tree_table(colors))

    # -- properties -----------------------------------------------------------------------------
    @cached_property
    def order(self) -> int:
        """The order: from the simplifying assumptions where they decide, which needs no trees, else computed.

        B(p), C(q), D(r) with p <= q + r + 1 and p <= 2q + 2 give the order p (Butcher 1964; HNW Thm II.7.4), and none is higher.
        """
        p, q, r = self.simplifying_assumptions
        bound = min(p, q + r + 1, 2 * q + 2)
        return int(p) if bound == p else super().order

    @cached_property
    def simplifying_assumptions(self) -> SimplifyingAssumptions:
        """The largest p, q, r with B(p), C(q), D(r), exactly."""
        nodes, s = self._nodes, self._nodes.count
        operator, functional = nodes.operator(self._a), nodes.functional(self._b)
        turned = nodes.operator(nodes.swapped(self._a))
        x = [Fraction(0), Fraction(1)]

        def largest(holds: Callable[[list[Fraction], int], bool]) -> int | float:
            power = nodes.reduce([Fraction(1)])
            for k in range(1, 2 * s + 2):
                if not holds(power, k):
                    return k - 1
                power = nodes.times(power, x)
            return math.inf

        def apply(matrix: Bivariate, g: Sequence[Fraction]) -> list[Fraction]:
            return [sum((u * v for u, v in zip(row, g, strict=True)), Fraction(0)) for row in matrix]

        def over(power: list[Fraction], k: int) -> list[Fraction]:
            return [y / k for y in nodes.times(power, x)]

        def rest(power: list[Fraction], k: int) -> list[Fraction]:
            own = over(power, k)
            return nodes.times(self._b, [Fraction(1, k) - own[0], *(-y for y in own[1:])])

        return SimplifyingAssumptions(
            largest(lambda power, k: apply([functional], power) == [Fraction(1, k)]),
            largest(lambda power, k: apply(operator, power) == over(power, k)),
            largest(lambda power, k: apply(turned, nodes.times(self._b, power)) == rest(power, k)),
        )

    def errors_at(self, order: int) -> dict[RootedTree, Scalar]:
        """(Φ(t) - 1/γ(t)) / σ(t) for every tree of an order, rational. Raises MethodError beyond order 9.

        >>> from imde_sym.method.sizes import gauss
        >>> len(gauss(7).errors_at(3)), any(gauss(7).errors_at(3).values())
        (2, False)
        """
        k, table = order, tree_table()
        if k > MAX_PRINCIPAL:
            count = count_rooted_trees(k)
            raise MethodError(
                f"the principal error of {self.title} has {count} trees; up to order {MAX_PRINCIPAL} it is computed"
            )
        found = self.ring.run(lambda ring: self.elementary_weights(k, ring, 1)[table.block(k)])
        return {t: (x - Fraction(1, t.density)) / t.symmetry for t, x in zip(rooted_trees(k), found, strict=True)}

    @cached_property
    def ssp_coefficient(self) -> Scalar:
        """The radius of absolute monotonicity."""
        return ssp_coefficient(self, self._entries)

    @cached_property
    def is_explicit(self) -> bool:
        """False, but for the one stage at 0."""
        return self.stages == 1 and self._a == [[0]]

    @property
    def is_stiffly_accurate(self) -> bool:
        """1 is a node, and a(1, ζ) = b(ζ)."""
        return sum(self._nodes.P) == 0 and [sum(column) for column in zip(*self._a, strict=True)] == self._b

    @property
    def is_fsal(self) -> bool:
        """The last stage is that of the next step: 0 and 1 are nodes, a(0, ζ) = 0 and a(1, ζ) = b(ζ)."""
        return self.is_stiffly_accurate and self._nodes.P[0] == 0 and not any(self._a[0])

    @property
    def is_confluent(self) -> bool:
        """False: the roots are different."""
        return False

    @cached_property
    def is_symplectic(self) -> bool:
        """b(τ) a(τ, ζ) + b(ζ) a(ζ, τ) = b(τ) b(ζ) on the nodes."""
        nodes = self._nodes
        weighted = nodes.swapped(nodes.scaled(nodes.swapped(self._a), self._b))
        pairs = zip(weighted, nodes.swapped(weighted), self._b, strict=True)
        return all(x + y == u * v for one, other, u in pairs for x, y, v in zip(one, other, self._b, strict=True))

    @cached_property
    def is_symmetric(self) -> bool:
        """a(1 - τ, 1 - ζ) + a(τ, ζ) = b(ζ), on nodes that are symmetric about 1/2."""
        nodes = self._nodes
        if mirrored(nodes).P != nodes.P:
            return False
        turned = nodes.reflected(nodes, self._a)
        sums = [[x + y for x, y in zip(*pair, strict=True)] for pair in zip(turned, self._a, strict=True)]
        return sums == [list(self._b), *[[Fraction(0)] * self.stages] * (self.stages - 1)]

    @cached_property
    def stability(self) -> StabilityFunction:
        """R, from a rational matrix that is similar to A."""
        twin = self._nodes.linear_twin(self._a, self._b)
        return StabilityFunction(twin, Numbers([*(x for row in twin.A for x in row), *twin.b], {}, self.title))


def mirrored(nodes: Nodes) -> Nodes:
    """The nodes 1 - c."""
    x = sympy.Symbol("x")
    P = sympy.Poly(list(map(sympy.Rational, reversed(nodes.P))), x).compose(sympy.Poly(1 - x, x))
    return Nodes([Fraction(int(y.p), int(y.q)) for y in reversed(P.all_coeffs())])


def _rational(what: str, values: Any, nodes: Nodes) -> Bivariate:
    found = rows(what, values)
    if not all(isinstance(x, Fraction) for row in found for x in row):
        raise MethodError(f"{what} of a collocation method has rational coefficients, got {shown(values)}")
    width = max([1, *map(len, found)])
    padded: Any = [[*row, *[Fraction(0)] * (width - len(row))] for row in found]
    if what == "b":
        return [nodes.reduce(row) for row in padded]
    return nodes.on_nodes(padded)


def _expression(p: Sequence[Any], x: sympy.Expr) -> sympy.Expr:
    """The value at x by Horner's rule; expanded where it holds radicals only."""
    numbers = [sympy.Rational(c) if isinstance(c, Fraction) else c for c in p]
    if x.is_Rational and any(c.has(sympy.CRootOf) for c in numbers):  # sums of roots, which sympy would multiply out
        return sympy.Add(*(sympy.Mul(x**k, c, evaluate=False) for k, c in enumerate(numbers) if c and (x or not k)))
    total: sympy.Expr = sympy.S.Zero
    for number in reversed(numbers):
        total = total * x + number
    return total if x.has(sympy.CRootOf) else sympy.expand(total)


def _value(p: Sequence[Any], x: sympy.Expr) -> Scalar:
    found = _expression(p, x)
    return found if found.has(sympy.CRootOf) else scalar(found)


def _text(P: Sequence[Scalar]) -> str:
    terms = [f"{x} x^{k}" if k > 1 else f"{x} x" if k else str(x) for k, x in enumerate(P)]
    return " + ".join(terms).replace("+ -", "- ")
