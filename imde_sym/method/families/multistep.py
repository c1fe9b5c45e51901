"""Linear multistep methods as operator series, for learning and for backward analysis. No trees are needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from ...base.checks import check_count
from ...base.errors import MethodError
from ...expressions import latex, step_symbol
from ...prelie import Graded, PreLieSpace, exp, lie_series, solve_lie_series
from ...rings import Arithmetic, Neighbours, Scalar, scalar, sum_tolerance, vanishes
from ...trees import TreeSpace, tree_table
from .. import formulas
from ..method import Method
from ..plain import numbers
from ..theory.multistep import expansion, meet_root_condition, nearest_pole, roots, ssp, stability_angle

MAX_ORDER = 40
COUNTS = (4, 10, 20, MAX_ORDER)
"""So many coefficients are looked at, one after the other."""
MAX_COUNT = 1_000
"""So many are computed."""
MAX_OFFSET = 1_000
"""Of a difference formula, in steps."""
CLOSE = 1e-9
"""Roots of ρ and of σ nearer than this are one, and cancel."""


class LinearMultistep(Method):
    r"""Σ_j alpha_j y_{n+j} = h Σ_j beta_j f(y_{n+j}), j = 0..k.

    On exact data y(t + jh) this determines f_h = Σ_k μ_k h^k D^k f with μ(z) = ρ(e^z)/(z σ(e^z)), D the
    derivative along f: the inverse modified equation (Zhu, Wu, Tang 2022). Solved the other way, it is the
    field whose flow satisfies the method: the modified equation of the principal method (HLW XV.2).
    Finite-difference targets, as SINDy uses them, are the case of one β (`finite_difference`).

    alpha, beta : k + 1 numbers each, in the order of j
    Raises MethodError unless ρ(1) = 0, and σ(1) and ρ'(1) are not 0.

    >>> LinearMultistep([0, -1, 1], ["-1/2", "3/2", 0], name="ab2").mu(4)
    (Fraction(1, 1), Fraction(0, 1), Fraction(5, 12), Fraction(-1, 4))
    >>> from imde_sym import methods
    >>> ab2 = methods["adams_bashforth_2"]
    >>> ab2.order, ab2.steps, ab2.is_explicit, ab2.consistency(1), ab2.kind
    (2, 2, True, [Fraction(1, 1)], 'linear 2-step method')
    >>> ab2.is_zero_stable, ab2.is_stable_for_discovery, [str(root.real)[:6] for root in ab2.discovery_roots()]
    (True, True, ['0.3333'])
    >>> print(ab2.latex())
    y_{n+2} - y_{n+1} = h \left(\frac{3 f_{n+1}}{2} - \frac{f_{n}}{2}\right)
    """

    family = "multistep"
    one_step = False
    measured = {"inverse": "formula", "forward": "formula"}  # noqa: RUF012
    traits = ("is_explicit", "is_zero_stable", "is_stable_for_discovery", "is_exact")

    def __init__(self, alpha: Sequence[Any], beta: Sequence[Any], *, name: str = "", **info: Any):
        self.alpha, self.beta = numbers("alpha", alpha), numbers("beta", beta)
        width = max(len(self.alpha), len(self.beta))
        self.alpha, self.beta = (x + (Fraction(0),) * (width - len(x)) for x in (self.alpha, self.beta))
        slope = sum(j * a for j, a in enumerate(self.alpha))
        tolerance = sum_tolerance([*self.alpha, *self.beta])
        if not vanishes(sum(self.alpha), tolerance) or any(vanishes(x, tolerance) for x in (sum(self.beta), slope)):
            raise MethodError(
                "a multistep method needs ρ(1) = Σ alpha_j = 0, and σ(1) = Σ beta_j and ρ'(1) = Σ j alpha_j that are "
                f"not 0; here they are {sum(self.alpha)}, {sum(self.beta)} and {slope}"
            )
        if vanishes(slope + sum(self.beta), tolerance and tolerance * width):
            raise MethodError(
                "ρ'(1) = -σ(1): these coefficients run from high to low, or belong to -f. They are expected from low to high: "
                f"alpha[0] = {self.alpha[0]} and beta[0] = {self.beta[0]} with the oldest value y_n, alpha[-1] and beta[-1] "
                "with the newest; alpha[::-1] and beta[::-1] turn them round"
            )
        super().__init__(name, info)

    @classmethod
    def finite_difference(cls, offsets: Sequence[int], order: int | None = None, name: str = "") -> LinearMultistep:
        """The difference formula Σ w_j y(t + j h) = h f(y(t)) of highest order on these offsets.

        order : fewer conditions than offsets, by default as many as there are
        Raises MethodError for offsets that are not integers, or 0 alone.

        >>> LinearMultistep.finite_difference([-1, 0, 1]).mu(3)
        (Fraction(1, 1), Fraction(0, 1), Fraction(1, 6))
        """
        if isinstance(offsets, str) or not isinstance(offsets, Iterable):
            raise MethodError(f"offsets must be a sequence of integers, such as [-1, 0, 1]; got {offsets!r}")
        nodes = sorted({check_count(j, "an offset", -MAX_OFFSET, MAX_OFFSET, MethodError) for j in offsets} | {0})
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
        """The defining numbers, by name."""
        return {"alpha": self.alpha, "beta": self.beta}

    @property
    def kind(self) -> str:
        """What the method is, for titles."""
        return f"linear {self.steps}-step method"

    @property
    def steps(self) -> int:
        """The number k of steps."""
        return len(self.alpha) - 1

    @property
    def evaluations(self) -> int:
        """One: the values before are known."""
        return 1

    def latex(self) -> str:
        """The difference equation, the newest value first."""
        slopes = formulas.difference(self.beta, "f")
        bracketed = rf"\left({slopes}\right)" if sum(b != 0 for b in self.beta) > 1 else slopes
        return f"{formulas.difference(self.alpha, 'y')} = {latex(step_symbol(self.parameters))} {bracketed}"

    @cached_property
    def is_explicit(self) -> bool:
        """Whether the newest slope does not occur."""
        return bool(self.beta[-1] == 0)

    def mu(self, count: int) -> tuple[Scalar, ...]:
        """μ_0, ..., μ_(count-1) of μ(z) = ρ(e^z)/(z σ(e^z)); exact for exact data.

        Raises MethodError for a count that is not a whole number, or too large.
        """
        count = check_count(count, "the count", 0, MAX_COUNT, MethodError)
        exact = [[Fraction(x) if isinstance(x, float) else x for x in values] for values in (self.alpha, self.beta)]
        found = expansion(exact[0], exact[1], count)
        if not self.is_exact:
            return tuple(float(x) if isinstance(x, Fraction) else x for x in found)
        return tuple(scalar(sympy.cancel(sympy.radsimp(x))) if isinstance(x, sympy.Basic) else x for x in found)

    def _neighbours(self, count: int) -> tuple[Neighbours, np.ndarray]:
        """μ_0, ..., with what rounded numbers near these make of them."""
        ring = Neighbours(self.half_units, self.coefficients)
        alpha, beta = ([ring.element(x) for x in values] for values in (self.alpha, self.beta))
        return ring, ring.stack(expansion(alpha, beta, count))

    def read_units(self, order: int) -> dict[Scalar, float]:
        """The μ_k, which the expansion reads, with what the rounding of alpha and beta makes of them.

        Raises MethodError for an order that is not a whole number, or too large.
        """
        mu = self.mu(check_count(order, "the order", 1, MAX_COUNT, MethodError))
        ring, array = self._neighbours(order)
        return {x / mu[0]: float(e) / abs(complex(mu[0])) for x, e in zip(mu, ring.spread(array), strict=True)}

    @cached_property
    def order(self) -> int:
        """The highest p with μ(z) = 1 + O(z^p)."""
        for count in COUNTS:  # the coefficients of families grow with k: most orders are seen from few
            found = self._agreement(count)
            if found < count:
                break
        return found

    def _agreement(self, count: int) -> int:
        """How many of the first μ_k are those of the exact flow, 1, 0, 0, ..."""
        tolerances: Sequence[float | None] = [None] * count
        if self.is_rounded:
            ring, array = self._neighbours(count)
            tolerances = ring.errors(array)
        pairs = enumerate(zip(self.mu(count), tolerances, strict=True))
        return next((k for k, (x, tolerance) in pairs if not vanishes(x - int(k == 0), tolerance)), count)

    # -- what it makes of a field ---------------------------------------------------------------
    def consistency(self, colors: int) -> list[Scalar]:
        """1/μ_0 for each part of the field: what the principal method makes of its first power of h."""
        return [1 / self.mu(1)[0]] * colors

    def inverse_modified(self, space: PreLieSpace, field: Graded) -> Graded:
        """The field that the method turns into the exact flow of `field`.

        Raises MethodError for what is not a space.
        """
        mu = self.mu(space.order)
        return _scaled(space, mu[0], lie_series(space, [x / mu[0] for x in mu], field))

    def modified(self, space: PreLieSpace, field: Graded) -> Graded:
        """The field whose flow satisfies the method applied to `field`: that of the principal method.

        Raises MethodError for what is not a space.
        """
        mu = self.mu(space.order)
        return solve_lie_series(space, [x / mu[0] for x in mu], _scaled(space, 1 / mu[0], field))

    def elementary_weights(self, order: int, arithmetic: Arithmetic, colors: int) -> np.ndarray:
        """The B-series of the principal (underlying one-step) method: the flow of the modified field.

        Raises MethodError for an order or colours that are not whole numbers.
        """
        space = TreeSpace(tree_table(colors), order, arithmetic)
        return space.flat(exp(space, self.modified(space, space.generator())))

    # -- stability of learning ------------------------------------------------------------------
    def discovery_roots(self) -> list[Any]:
        """The roots of σ, as complex mpmath numbers: what decides whether learning with the method is stable."""
        return self._roots(self.beta)

    def _roots(self, coefficients: Sequence[Scalar]) -> list[Any]:
        self._require_numbers()
        return roots(coefficients)

    @cached_property
    def is_stable_for_discovery(self) -> bool:
        """The root condition on σ: roots in the closed unit disc, those on the circle simple (Keller, Du 2021)."""
        return meet_root_condition(self.discovery_roots(), self._blurred)

    @cached_property
    def is_zero_stable(self) -> bool:
        """The root condition on ρ: what decides whether integrating with the method is stable."""
        return meet_root_condition(self._roots(self.alpha), self._blurred)

    @cached_property
    def ssp_coefficient(self) -> Scalar:
        """Steps up to this multiple of forward Euler's are strong stability preserving; oo without a bound.

        (Gottlieb, Ketcheson, Shu 2011, ch. 8.) Raises MethodError for free parameters.

        >>> LinearMultistep(["-1/4", 0, "-3/4", 1], [0, 0, "3/2", 0]).ssp_coefficient
        Fraction(1, 2)
        """
        self._require_numbers()
        return ssp(self.alpha, self.beta)

    @cached_property
    def stability_angle(self) -> float:
        """The α of A(α)-stability in degrees: 90 for A-stable methods, 0 where no wedge is stable (HW V.2).

        Raises MethodError for free parameters.

        >>> round(LinearMultistep(["-1/3", "3/2", -3, "11/6"], [0, 0, 0, 1]).stability_angle, 2)
        86.03
        """
        self._require_numbers()
        return stability_angle(self.alpha, self.beta)

    def _require_numbers(self) -> None:
        if self.parameters:
            raise MethodError(f"the stability of {self.title} needs a number for {self.parameters[0]}")

    @property
    def _blurred(self) -> float:
        """How near roots may be to each other, or to the unit circle, and be told apart."""
        return max([CLOSE, *(100 * u for u in self.half_units.values())])

    @cached_property
    def radius(self) -> float:
        """The radius of convergence of μ(z): the distance of the nearest pole, a zero of σ(e^z) that ρ does not share.

        Infinite if there is none.

        >>> from imde_sym import methods
        >>> ab2 = methods["adams_bashforth_2"]
        >>> round(ab2.radius, 4), round(ab2.symbol_radius, 4)  # log 3
        (1.0986, 1.0986)
        """
        return nearest_pole(self._roots(self.alpha), self.discovery_roots(), self._blurred)

    @property
    def symbol_radius(self) -> float:
        """That of μ(z)."""
        return self.radius


def _scaled(space: PreLieSpace, factor: Scalar, element: Graded) -> Graded:
    weight = space.scalar(factor)
    return [None, *(space.linear([weight], [part]) for part in element[1:])]
