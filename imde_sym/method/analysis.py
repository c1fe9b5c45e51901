"""Analysis: the questions that every Runge-Kutta tableau answers about itself. The work is done elsewhere."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import sympy

from ..base.errors import MethodError
from ..rings import Scalar
from ..trees import RootedTree
from . import properties
from .properties import SimplifyingAssumptions
from .ssp import ssp_coefficient
from .stability import StabilityFunction
from .stage_method import StageMethod

if TYPE_CHECKING:
    from .display import Text
    from .tableau import ButcherTableau


class Analysis(StageMethod):
    """Accuracy, linear stability and structure of a Runge-Kutta method; `describe` lists all of it.

    Exact for rational data; how other data are treated is said in `properties`, `stability` and `ssp`.

    >>> from imde_sym.methods import methods
    >>> m = methods["radau_iia_2"]
    >>> m.stability_function(), m.is_l_stable, m.stage_order, m.simplifying_assumptions
    (2*(z + 3)/(z**2 - 4*z + 6), True, 2, SimplifyingAssumptions(B=3, C=2, D=1))
    >>> methods["ssprk104"].ssp_coefficient, methods["rk4"].imaginary_stability_interval
    (Fraction(6, 1), 2*sqrt(2))
    """

    @property
    def _tableau(self) -> ButcherTableau:
        return cast("ButcherTableau", self)

    # -- accuracy -------------------------------------------------------------------------------
    @cached_property
    def simplifying_assumptions(self) -> SimplifyingAssumptions:
        """The largest p, q, r with B(p), C(q), D(r) (HNW II.7)."""
        return properties.simplifying_assumptions(self._tableau)

    @property
    def stage_order(self) -> int:
        """The largest q with B(q) and C(q): the order that is left on the stiffest problems (HW IV.15)."""
        return int(min(self.simplifying_assumptions.B, self.simplifying_assumptions.C))

    @property
    def embedded_order(self) -> int | None:
        """The computed order of the embedded formula; None where there is none."""
        tableau = self._tableau
        return None if tableau.b_hat is None else tableau.embedded.order

    @cached_property
    def principal_error(self) -> dict[RootedTree, Scalar]:
        """(Φ(t) - 1/γ(t)) / σ(t) for every tree of order p + 1."""
        return properties.principal_error(self._tableau)

    @property
    def principal_error_norm(self) -> float:
        """The Euclidean norm of `principal_error`, by which pairs are compared (Dormand and Prince 1980).

        Raises MethodError if the tableau has free parameters.
        """
        if self.parameters:
            raise MethodError(f"the norm of the principal error needs a number for {self.parameters[0]}")
        return math.hypot(*(abs(complex(x)) for x in self.principal_error.values()))

    @property
    def error_constant(self) -> Scalar:
        """C in e^z - R(z) = C z^(q + 1) + ..., q = `stability.order` >= `order`."""
        return self.stability.error_constant

    # -- linear stability -----------------------------------------------------------------------
    @cached_property
    def stability(self) -> StabilityFunction:
        """R as an object with coefficients and properties."""
        return StabilityFunction(self._tableau)

    def stability_function(self, z: Any = None) -> Any:
        """R(z): a sympy expression for a symbol (by default z) or expression, complex numbers for numbers and arrays."""
        return self.stability.as_expr() if z is None else self.stability(z)

    @property
    def is_a_stable(self) -> bool:
        """|R(z)| <= 1 for Re z <= 0."""
        return self.stability.is_a_stable

    @property
    def is_l_stable(self) -> bool:
        """A-stable with R(∞) = 0."""
        return self.stability.is_l_stable

    @property
    def is_i_stable(self) -> bool:
        """|R(iy)| <= 1 for all real y."""
        return self.stability.is_i_stable

    @property
    def is_p_stable(self) -> bool:
        """|R(iy)| = 1 for all real y."""
        return self.stability.is_p_stable

    @property
    def imaginary_stability_interval(self) -> sympy.Expr:
        """The largest β with |R(iy)| <= 1 for |y| <= β; oo if for all y."""
        return self.stability.imaginary_interval

    @property
    def real_stability_interval(self) -> sympy.Expr:
        """The largest α with |R(x)| <= 1 for -α <= x <= 0; oo if for all x <= 0."""
        return self.stability.real_interval

    @property
    def dispersion_order(self) -> int:
        """q in y - arg R(iy) = O(y^(q + 1))."""
        return self.stability.dispersion_order

    @property
    def dissipation_order(self) -> int | sympy.Expr:
        """q in 1 - |R(iy)| = O(y^(q + 1)); oo where |R(iy)| = 1."""
        return self.stability.dissipation_order

    @cached_property
    def ssp_coefficient(self) -> Scalar:
        """The radius of absolute monotonicity: steps up to this multiple of forward Euler's are strong stability preserving."""
        return ssp_coefficient(self._tableau)

    # -- structure ------------------------------------------------------------------------------
    @property
    def is_stiffly_accurate(self) -> bool:
        """The last row of A equals b."""
        return self._tableau.A[-1] == self._tableau.b

    @property
    def is_fsal(self) -> bool:
        """First same as last: the last stage of a step is the first of the next."""
        return self._tableau.stages > 1 and self.is_stiffly_accurate and not any(self._tableau.A[0])

    @property
    def is_confluent(self) -> bool:
        """Two abscissae coincide."""
        return len(set(self._tableau.c)) < self._tableau.stages

    def describe(self) -> Text:
        """A report of the method: tableau, accuracy, stability, structure. Prints as text.

        Cost: that of all properties: mostly milliseconds, about a second for 16 stages or large number fields.
        """
        from .display import description

        return description(self._tableau)
