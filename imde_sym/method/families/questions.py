"""What is asked of the stages of a Runge-Kutta method beyond order, linear stability and strong stability."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import sympy

from ...base.errors import MethodError
from ...expressions import new_symbol
from ...rings import Scalar, scalar, to_sympy
from ..theory import accuracy, contractivity, reduction, shu_osher
from ..theory.accuracy import ErrorMetrics
from ..theory.numbers import as_complex
from ..theory.shu_osher import ShuOsher
from ..theory.ssp import linear_coefficient

ANGLES = 181
REACH = 60.0


class StageQuestions:
    """Nonlinear stability, reducibility, Shu-Osher forms, error metrics: answered by `theory`, from A, b and c alone."""

    @property
    def _entries(self: Any) -> Any:
        """The numbers of A and b."""
        return self.numbers

    # -- nonlinear stability --------------------------------------------------------------------
    @cached_property
    def is_algebraically_stable(self: Any) -> bool:
        """b >= 0 and M >= 0 for m_ij = b_i a_ij + b_j a_ji - b_i b_j: B-stable (Burrage, Butcher 1979; HW IV.12).

        Raises MethodError for symbols. Exact for rational numbers.

        >>> from imde_sym.methods import methods
        >>> [methods[n].is_algebraically_stable for n in ("gauss2", "radau_iia_3", "lobatto_iiia_3", "trapezoid")]
        [True, True, False, False]
        """
        return contractivity.is_algebraically_stable(self, self._entries)

    @cached_property
    def circle_contractivity_radius(self: Any) -> float:
        """The largest r with contractive steps for fields in |hz + r| <= r (Dahlquist, Jeltsch 1979); inf if B-stable.

        >>> from imde_sym.methods import methods
        >>> round(methods["explicit_euler"].circle_contractivity_radius, 12), methods["rk4"].circle_contractivity_radius
        (1.0, 1.0)
        """
        return contractivity.circle_contractivity_radius(self, self._entries)

    # -- stages ---------------------------------------------------------------------------------
    @property
    def dependencies(self: Any) -> dict[int, tuple[int, ...]]:
        """For each stage, counted from 0, the stages whose slopes it reads.

        >>> from imde_sym.methods import methods
        >>> methods["rk4"].dependencies
        {0: (), 1: (0,), 2: (1,), 3: (2,)}
        """
        return reduction.dependencies(self)

    @property
    def parallel_stages(self: Any) -> list[tuple[int, ...]]:
        """The stages of an explicit method in groups that can be computed at the same time.

        All stages, those for the embedded formula too; `reduced().parallel_stages` leaves out what the result does not need, and
        has as many groups as there are stages in sequence for it. Raises MethodError for implicit methods.

        >>> from imde_sym.methods import methods
        >>> methods.extrapolation("explicit_euler", 2).parallel_stages
        [(0, 1), (2,)]
        """
        found = reduction.levels(self)
        if found is None:
            raise MethodError(f"{self.title} is implicit: its stages are solved for together")
        return found

    @property
    def is_dj_reducible(self: Any) -> bool:
        """Whether the result does not depend on all stages (Dahlquist, Jeltsch 1979).

        >>> from imde_sym import methods
        >>> methods["rk4"].is_dj_reducible
        False
        """
        return len(reduction.needed(self)) < int(self.stages)

    @property
    def is_hs_reducible(self: Any) -> bool:
        """Whether two stages agree for every field (Hundsdorfer, Spijker 1981).

        >>> from imde_sym import methods
        >>> methods["rk4"].is_hs_reducible
        False
        """
        return len(reduction.classes(self)) < int(self.stages)

    @property
    def is_reducible(self: Any) -> bool:
        """Whether fewer stages do the same.

        >>> from imde_sym.methods import methods
        >>> methods["rk4"].is_reducible, methods["dopri5"].is_dj_reducible  # the last stage serves the embedded formula
        (False, True)
        """
        return bool(self.is_dj_reducible or self.is_hs_reducible)

    def reduced(self: Any) -> Any:
        """The method without stages that it does not need, equal ones as one; its embedded formula is lost.

        >>> from imde_sym.methods import methods
        >>> methods["dopri5"].reduced().stages
        6
        """
        stages = reduction.reduced(self)
        return self.with_tableaux([stages], f"{self.name}_reduced" if self.name else "", {})

    # -- strong stability -----------------------------------------------------------------------
    def shu_osher(self: Any, r: Any = None) -> ShuOsher:
        """Y_i = v_i y + Σ_j (α_ij Y_j + β_ij h f(Y_j)) with α = r β; rows for the stages and, last, the result.

        r : by default the SSP coefficient, for which all of v, α, β are >= 0
        Returns v, alpha, beta. Raises MethodError where there is no such form, and for r = inf.

        >>> from imde_sym.methods import methods
        >>> v, alpha, beta = methods["ssprk33"].shu_osher()
        >>> alpha[2][1], beta[2][1], v[3]
        (Fraction(1, 4), Fraction(1, 4), Fraction(1, 3))
        """
        radius = self.ssp_coefficient if r is None else scalar(r)
        if radius == sympy.oo or (isinstance(radius, float) and not np.isfinite(radius)):
            raise MethodError(f"the SSP coefficient of {self.title} is unbounded: give r")
        return shu_osher.canonical_form(self, radius)

    @cached_property
    def linear_ssp_coefficient(self: Any) -> Scalar:
        """The largest r with all derivatives of R >= 0 on [-r, 0]: strong stability for linear problems; >= `ssp_coefficient`.

        The threshold factor, or radius of absolute monotonicity of R (Kraaijevanger 1986). Of an R with poles the first 120
        derivatives are looked at. Raises MethodError for symbols and complex data.

        >>> from imde_sym.methods import methods
        >>> [str(methods[name].linear_ssp_coefficient) for name in ("rk4", "trapezoid", "gauss2")]
        ['1', '2', '0']
        """
        return linear_coefficient(self.stability, self._entries)

    @property
    def downwind_radius(self: Any) -> float:
        """The SSP coefficient where downwind slopes may stand in for negative weights (Higueras 2005); >= `ssp_coefficient`.

        Raises MethodError for symbols.

        >>> from imde_sym.methods import methods
        >>> round(methods["rk4"].downwind_radius, 6), methods["rk4"].ssp_coefficient
        (0.685016, Fraction(0, 1))
        """
        contractivity.entries(self, self._entries, "the downwind radius")
        return shu_osher.downwind_radius(self)

    def internal_polynomials(self: Any, z: Any = None) -> list[Any]:
        """θ_j(z) = z bᵀ (I - zA)⁻¹ e_j: how an error in stage j reaches the result, for y' = λy, z = hλ (Ketcheson et al. 2014).

        z : an expression, by default the symbol z; or a float or complex number, for which they are complex numbers
        Raises MethodError for formulas where the entries hold several roots that are no radicals.

        >>> from imde_sym.methods import methods
        >>> methods["explicit_midpoint"].internal_polynomials()
        [z**2/2, z]
        """
        at = new_symbol("z", self.parameters) if z is None else scalar(z)
        if isinstance(at, float | complex) and not self.parameters:
            return list(map(complex, shu_osher.internal_values(self, np.array([at]))[0]))
        return shu_osher.internal_polynomials(self, to_sympy(at))

    def internal_amplification(self: Any) -> float:
        """The largest |θ_j(z)| over the stability region of an explicit method: roundoff grows by that much in a step.

        Over the boundary on rays (a maximum principle says that it is there). Raises MethodError for implicit methods.

        >>> from imde_sym.methods import methods
        >>> round(methods["rk4"].internal_amplification(), 2)
        2.16
        """
        return float(np.abs(shu_osher.internal_values(self, self._boundary())).max())

    def _boundary(self: Any) -> Any:
        if not self.is_explicit:
            raise MethodError(f"{self.title} is implicit: its stability region may be unbounded")
        points = accuracy.boundary(self.stability, np.linspace(np.pi / 2, np.pi, ANGLES), REACH)
        found = points[~np.isnan(points)]
        if not len(found):
            raise MethodError(f"the stability region of {self.title} has no boundary in the left half plane near 0")
        return found

    # -- accuracy -------------------------------------------------------------------------------
    @property
    def weak_stage_order(self: Any) -> int | float:
        """The largest q with bᵀ A^j (A c^(k-1) - c^k/k) = 0, k <= q (Biswas et al. 2023): the order on stiff linear problems.

        >>> from imde_sym.methods import methods
        >>> methods["rk4"].weak_stage_order, methods["radau_iia_3"].weak_stage_order
        (1, 3)
        """
        return accuracy.weak_stage_order(self, self._entries)

    @property
    def error_metrics(self: Any) -> ErrorMetrics:
        """A(p+1), A(p+2) and, with an embedded formula, B, C, E of Kennedy, Carpenter and Lewis (2000); D is the largest number.

        Raises MethodError for symbols.

        >>> from imde_sym.methods import methods
        >>> metrics = methods["dopri5"].error_metrics
        >>> round(metrics.A, 6), round(metrics.D, 3)
        (0.000399, 11.596)
        """
        if self.parameters:
            raise MethodError(f"the error metrics need a number for {self.parameters[0]}")
        own = [self._errors(self, self.order + k) for k in (1, 2)]
        largest = max(abs(as_complex(x)) for x in (*(a for row in self.A for a in row), *self.b, *(self.b_hat or ()), *self.c))
        if self.b_hat is None:
            return ErrorMetrics(accuracy.norm(own[0]), accuracy.norm(own[1]), None, None, largest, None)
        hat, q = self.embedded, self.embedded.order
        first, second = self._errors(hat, q + 1), self._errors(hat, q + 2)
        same = self._errors(self, q + 2)
        scale = accuracy.norm(first)
        gap = accuracy.norm([x - y for x, y in zip(second, same, strict=True)])
        A, A_next = map(accuracy.norm, own)
        return ErrorMetrics(A, A_next, accuracy.norm(second) / scale, gap / scale, largest, accuracy.norm(same) / scale)

    @staticmethod
    def _errors(m: Any, order: int) -> list[Scalar]:
        return list(m.errors_at(order).values())

    @property
    def accuracy_efficiency(self: Any) -> float:
        """(1/A)^(1/(p+1)) / s with A the norm of the principal error: how far an evaluation goes.

        >>> from imde_sym.methods import methods
        >>> methods["rk4"].accuracy_efficiency < methods["kutta38"].accuracy_efficiency
        True
        """
        return float((1 / self.principal_error_norm) ** (1 / (self.order + 1)) / self.stages)

    def step_control_radius(self: Any) -> float:
        """The largest spectral radius of the elementary step size controller on the boundary of stability (Hall 1985; HW IV.2).

        Above 1 step sizes oscillate where stability limits them. Raises MethodError without an embedded formula, and for
        implicit methods.

        >>> from imde_sym.methods import methods
        >>> 0.5 < methods["dopri5"].step_control_radius() < 1.5
        True
        """
        hat = self.embedded
        points = self._boundary()
        return float(accuracy.control_radii(self.stability, hat.stability, hat.order, points).max())
