"""Continuous-stage Runge-Kutta methods, among them the average vector field method."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import sympy

from ...base.arguments import checked
from ...base.checks import check_count
from ...base.errors import MethodError
from ...prelie import PreLieSpace, Recursion
from ...rings import Arithmetic, Scalar, scalar
from .. import formulas
from ..method import Method
from ..plain import numbers, rows
from .runge_kutta import ButcherTableau

MAX_ORDER = 40
"""Of the tableaux that stand for a method."""


class ContinuousStage(Method):
    r"""Y_τ = y + h ∫ A(τ, ζ) f(Y_ζ) dζ, y advances by h ∫ B(ζ) f(Y_ζ) dζ, both integrals over [0, 1].

    A : rows A_ij of A(τ, ζ) = Σ A_ij τ^i ζ^j
    B : coefficients of B(ζ) = Σ B_j ζ^j, by default A(1, ζ), so that the step ends at Y_1
    (Hairer 2010; Miyatake and Butcher 2016. Energy is kept iff ∂A/∂τ is symmetric.) Up to a given order
    all integrands are polynomials, so the method agrees with the Runge-Kutta method of a quadrature
    formula that is exact for them: `tableau(order)`, whose nodes are rational.
    Raises MethodError for data of the wrong shape.

    >>> avf = ContinuousStage([[0], [1]], name="average_vector_field")
    >>> avf.order, avf.is_energy_preserving
    (2, True)
    >>> avf.kind
    'continuous-stage Runge-Kutta method of degree 1 in τ and 0 in ζ'
    >>> avf.data["B"]
    (Fraction(1, 1),)
    >>> print(avf.latex())
    A(\tau, \zeta) = \tau, \quad B(\zeta) = 1
    >>> avf.tableau(3).stages  # enough quadrature nodes for all trees up to order 3
    3
    """

    family = "continuous_stage"

    def __init__(self, A: Sequence[Sequence[Any]], B: Sequence[Any] | None = None, *, name: str = "", **info: Any):
        given = rows("A", A)
        width = max((len(row) for row in given), default=0)
        if not width:
            raise MethodError("A of a continuous-stage method needs at least one coefficient")
        self.A = rows("A", given, width)
        self.B = tuple(sum(column, Fraction(0)) for column in zip(*self.A, strict=True)) if B is None else numbers("B", B)
        super().__init__(name, info)

    @property
    def data(self) -> dict[str, Any]:
        """The defining numbers, by name."""
        return {"A": self.A, "B": self.B}

    @property
    def kind(self) -> str:
        """What the method is, for titles."""
        return f"continuous-stage Runge-Kutta method of degree {len(self.A) - 1} in τ and {len(self.A[0]) - 1} in ζ"

    def latex(self) -> str:
        r"""A(\tau, \zeta) and B(\zeta)."""
        A, B = formulas.polynomial(self.A, r"\tau", r"\zeta"), formulas.polynomial([self.B], r"\tau", r"\zeta")
        return rf"A(\tau, \zeta) = {A}, \quad B(\zeta) = {B}"

    @property
    def is_energy_preserving(self) -> bool:
        """Whether ∂A/∂τ(τ, ζ) is symmetric and B(ζ) = A(1, ζ), A(0, ζ) = 0 (Miyatake and Butcher 2016)."""
        n = max(len(self.A) - 1, len(self.A[0]))
        padded = rows("A", [*self.A[1:], *[()] * n], n)

        def residuals(number: Callable[[Scalar], Any]) -> Iterator[Any]:
            slope = [[(i + 1) * number(x) for x in padded[i]] for i in range(n)]
            yield from (slope[i][j] - slope[j][i] for i in range(n) for j in range(i))
            for b, column in zip(self.B, zip(*self.A, strict=True), strict=True):
                yield sum(map(number, column), -number(b))

        return not any(self.A[0]) and len(self.B) == len(self.A[0]) and self.numbers.satisfy(residuals)

    def tableau(self, order: int) -> ButcherTableau:
        """A Runge-Kutta method with rational nodes that agrees with this one on all trees up to `order`.

        Raises MethodError for an order that is not a whole number from 1 to 40.
        """
        order = check_count(order, "the order", 1, MAX_ORDER, MethodError)
        degree = max(len(self.A[0]), len(self.B)) - 1 + (len(self.A) - 1) * (order - 1)
        nodes, weights = _quadrature(degree + 1)

        def polynomial(coefficients: Sequence[Scalar], x: Scalar) -> Scalar:
            return sum((a * x**j for j, a in enumerate(coefficients)), Fraction(0))

        columns = [[w * polynomial(row, z) for row in self.A] for z, w in zip(nodes, weights, strict=True)]
        A = [[polynomial(column, x) for column in columns] for x in nodes]
        b = [w * polynomial(self.B, z) for z, w in zip(nodes, weights, strict=True)]
        return ButcherTableau(A, b, name=f"{self.name}_{order}" if self.name else "")

    def recursion(self, space: PreLieSpace) -> Recursion:
        """The method as a recursion over the grades of `space`."""
        return self.tableau(space.order).recursion(space)

    def elementary_weights(self, order: int, arithmetic: Arithmetic, colors: int) -> np.ndarray:
        """Those of a tableau that agrees with the method up to `order`.

        Raises MethodError for an order that is not a whole number from 1 to 40.
        """
        return self.tableau(order).elementary_weights(order, arithmetic, colors)


@checked
def average_vector_field() -> ContinuousStage:
    """y advances by h ∫ f((1 - τ) y + τ y_1) dτ: A(τ, ζ) = τ (Quispel and McLaren 2008).

    >>> average_vector_field().is_energy_preserving
    True
    """
    return ContinuousStage([[0], [1]], name="average_vector_field", title="average vector field")


@cache
def _quadrature(count: int) -> tuple[tuple[Scalar, ...], tuple[Scalar, ...]]:
    """Nodes i/(count - 1) and weights that integrate polynomials of degree count - 1 over [0, 1] exactly."""
    nodes = [Fraction(i, count - 1) for i in range(count)] if count > 1 else [Fraction(1, 2)]
    powers = sympy.Matrix(count, count, lambda i, j: sympy.Rational(nodes[j]) ** i)
    weights = powers.LUsolve(sympy.Matrix([sympy.Rational(1, i + 1) for i in range(count)]))
    return tuple(nodes), tuple(scalar(w) for w in weights)
