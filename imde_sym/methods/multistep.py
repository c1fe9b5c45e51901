"""Linear multistep methods as operator series, for learning and for backward analysis. No trees are needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from math import factorial
from typing import Any

import mpmath
import numpy as np
import sympy

from ..errors import MethodError
from ..prelie import Graded, PreLieSpace, Recursion, exp, lie_series, solve_lie_series
from ..rings import Arithmetic, MpmathArithmetic, Scalar, is_exact, scalar, to_sympy
from ..sharing import precision
from ..trees import TreeSpace, tree_table
from . import formulas
from .method import Method
from .plain import numbers, whole_number

MAX_ORDER = 40


class LinearMultistep(Method):
    """Σ_j alpha_j y_{n+j} = h Σ_j beta_j f(y_{n+j}), j = 0..k.

    On exact data y(t + jh) this determines f_h = Σ_k μ_k h^k D^k f with μ(z) = ρ(e^z)/(z σ(e^z)), D the
    derivative along f: the inverse modified equation (Zhu, Wu, Tang 2022). Solved the other way, it is the
    field whose flow satisfies the method: the modified equation of the principal method (HLW XV.2).
    Finite-difference targets, as SINDy uses them, are the case of one β (`finite_difference`).

    alpha, beta : k + 1 numbers each, in the order of j
    Raises MethodError unless ρ(1) = 0, and σ(1) and ρ'(1) are not 0.

    >>> LinearMultistep([0, -1, 1], ["-1/2", "3/2", 0], name="ab2").mu(4)
    (Fraction(1, 1), Fraction(0, 1), Fraction(5, 12), Fraction(-1, 4))
    """

    family = "multistep"
    one_step = False

    def __init__(self, alpha: Sequence[Any], beta: Sequence[Any], *, name: str = "", **info: Any):
        self.alpha, self.beta = numbers("alpha", alpha), numbers("beta", beta)
        width = max(len(self.alpha), len(self.beta))
        self.alpha, self.beta = (x + (Fraction(0),) * (width - len(x)) for x in (self.alpha, self.beta))
        slope = sum(j * a for j, a in enumerate(self.alpha))
        if not _small(sum(self.alpha)) or _small(sum(self.beta)) or _small(slope):
            raise MethodError(
                "a multistep method needs ρ(1) = Σ alpha_j = 0, and σ(1) = Σ beta_j and ρ'(1) = Σ j alpha_j that are "
                f"not 0; here they are {sum(self.alpha)}, {sum(self.beta)} and {slope}"
            )
        super().__init__(name, info)

    @classmethod
    def finite_difference(cls, offsets: Sequence[int], order: int | None = None, name: str = "") -> LinearMultistep:
        """The difference formula Σ w_j y(t + j h) = h f(y(t)) of highest order on these offsets.

        order : fewer conditions than offsets, by default as many as there are
        >>> LinearMultistep.finite_difference([-1, 0, 1]).mu(3)
        (Fraction(1, 1), Fraction(0, 1), Fraction(1, 6))
        """
        if isinstance(offsets, str) or not isinstance(offsets, Iterable):
            raise MethodError(f"offsets must be a sequence of integers, such as [-1, 0, 1]; got {offsets!r}")
        nodes = sorted({whole_number("an offset", j) for j in offsets} | {0})
        n = min(order or len(nodes) - 1, len(nodes) - 1)
        matrix = sympy.Matrix(len(nodes), len(nodes), lambda i, j: sympy.Integer(nodes[j]) ** i)
        weights = matrix.LUsolve(sympy.Matrix([int(i == 1) for i in range(len(nodes))])) if n else None
        if weights is None:
            raise MethodError(f"a difference formula needs an offset other than 0, got {list(offsets)}")
        low, size = nodes[0], nodes[-1] - nodes[0] + 1
        alpha, beta = [Fraction(0)] * size, [Fraction(0)] * size
        for j, w in zip(nodes, weights, strict=True):
            alpha[j - low] = Fraction(int(w.p), int(w.q))
        beta[-low] = Fraction(1)
        return cls(alpha, beta, name=name)

    @property
    def data(self) -> dict[str, Any]:
        return {"alpha": self.alpha, "beta": self.beta}

    @property
    def kind(self) -> str:
        return f"linear {self.steps}-step method"

    @property
    def steps(self) -> int:
        """The number k of steps."""
        return len(self.alpha) - 1

    def latex(self) -> str:
        """The difference equation, the newest value first."""
        slopes = formulas.difference(self.beta, "f")
        bracketed = rf"\left({slopes}\right)" if sum(b != 0 for b in self.beta) > 1 else slopes
        return f"{formulas.difference(self.alpha, 'y')} = h {bracketed}"

    @cached_property
    def is_explicit(self) -> bool:
        return bool(self.beta[-1] == 0)

    def mu(self, count: int) -> tuple[Scalar, ...]:
        """μ_0, ..., μ_(count-1) of μ(z) = ρ(e^z)/(z σ(e^z)); exact for exact data."""
        def moments(values: Sequence[Scalar], first: int) -> list[Scalar]:
            """The coefficients of Σ_j values_j e^(jz) from z^first on."""
            return [
                sum((v * Fraction(j**n, factorial(n)) for j, v in enumerate(values)), Fraction(0))
                for n in range(first, first + count)
            ]

        rho, sigma = moments(self.alpha, 1), moments(self.beta, 0)
        out: list[Scalar] = []
        for n in range(count):
            value = (rho[n] - sum((sigma[i] * out[n - i] for i in range(1, n + 1)), Fraction(0))) / sigma[0]
            out.append(scalar(sympy.cancel(sympy.radsimp(value))) if isinstance(value, sympy.Basic) else value)
        return tuple(out)

    @cached_property
    def order(self) -> int:
        """The highest p with μ(z) = 1 + O(z^p)."""
        mu = self.mu(MAX_ORDER)
        wrong = next((k for k, x in enumerate(mu) if not _small(x - int(k == 0))), MAX_ORDER)
        return wrong

    # -- what it makes of a field ---------------------------------------------------------------
    def consistency(self, colors: int) -> list[Scalar]:
        return [self.mu(1)[0]] * colors

    def recursion(self, space: PreLieSpace) -> Recursion:
        raise MethodError(f"{self.title} is a multistep method: it is no map of one step, so it has no stages")

    def inverse_modified(self, space: PreLieSpace, field: Graded) -> Graded:
        mu = self.mu(space.order)
        return _scaled(space, mu[0], lie_series(space, [x / mu[0] for x in mu], field))

    def modified(self, space: PreLieSpace, field: Graded) -> Graded:
        mu = self.mu(space.order)
        return solve_lie_series(space, [x / mu[0] for x in mu], _scaled(space, 1 / mu[0], field))

    def elementary_weights(self, order: int, arithmetic: Arithmetic, colors: int) -> np.ndarray:
        """The B-series of the principal (underlying one-step) method: the flow of the modified field."""
        space = TreeSpace(tree_table(colors), order, arithmetic)
        return space.flat(exp(space, self.modified(space, space.generator())))

    # -- stability of learning ------------------------------------------------------------------
    def discovery_roots(self) -> list[Any]:
        """The roots of σ, as complex mpmath numbers: what decides whether learning with the method is stable."""
        return self._roots(self.beta)

    def _roots(self, coefficients: Sequence[Scalar]) -> list[Any]:
        if self.parameters:
            raise MethodError(f"the stability of {self.title} needs a number for {self.parameters[0]}")
        return _roots(coefficients)

    @cached_property
    def is_stable_for_discovery(self) -> bool:
        """The root condition on σ: roots in the closed unit disc, those on the circle simple (Keller, Du 2021)."""
        return _root_condition(self.discovery_roots())

    @cached_property
    def is_zero_stable(self) -> bool:
        """The root condition on ρ: what decides whether integrating with the method is stable."""
        return _root_condition(self._roots(self.alpha))

    @cached_property
    def radius(self) -> float:
        """The radius of convergence of μ(z): the distance of the nearest zero of σ(e^z); infinite if there is none."""
        roots = [mpmath.mpmathify(r) for r in self.discovery_roots() if r != 0]
        return float(min((abs(mpmath.log(r)) for r in roots), default=mpmath.inf))


def _scaled(space: PreLieSpace, factor: Scalar, element: Graded) -> Graded:
    weight = space.scalar(factor)
    return [None, *(space.linear([weight], [part]) for part in element[1:])]


def _small(value: Any) -> bool:
    if not is_exact(value):
        return bool(abs(value) < 1e-12)
    return bool(value == 0) if isinstance(value, Fraction) else bool(sympy.simplify(value) == 0)


def _roots(coefficients: Sequence[Scalar]) -> list[Any]:
    """The roots of Σ c_j x^j, to 40 digits, multiple ones repeated: they are told apart by exact factors."""
    polynomial = sympy.Poly([to_sympy(c) for c in reversed(coefficients)], sympy.Symbol("x"))
    out: list[Any] = []
    with precision(40):
        number = MpmathArithmetic().element
        for factor, multiplicity in polynomial.sqf_list()[1] if polynomial.get_domain().is_Exact else [(polynomial, 1)]:
            values = [number(scalar(c)) for c in factor.all_coeffs()]
            out += mpmath.polyroots(values, maxsteps=200, extraprec=200) * multiplicity if len(values) > 1 else []
    return out


def _root_condition(roots: list[Any], tolerance: float = 1e-9) -> bool:
    on_circle = [r for r in roots if abs(abs(r) - 1) <= tolerance]
    double = any(abs(a - b) <= tolerance for i, a in enumerate(on_circle) for b in on_circle[:i])
    return not double and all(abs(r) <= 1 + tolerance for r in roots)
