"""What a bound needs to know of a method: how far its stages go from the point, and how it weighs them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from ..base.errors import MethodError
from ..method import Composition, ContinuousStage, Method, Splitting
from ..rings import Scalar
from ..rings.balls import ball

FAMILIES = "Runge-Kutta methods, partitioned ones, continuous stages, splittings, and compositions of these"


@dataclass(frozen=True)
class StageSizes:
    """mu: Σ|b_i|; kappa: max_i Σ_j |a_ij|, both the largest over the parts and rounded up; sigma: |Σ b_i|, rounded down.

    For continuous stages the sums are integrals; for a splitting, whose stages are the points on the flows of its parts, mu
    and kappa are the time that a part moves in all, each time taken positively.
    """

    mu: Fraction
    kappa: Fraction
    sigma: Fraction


def stage_sizes(method: Method) -> StageSizes:
    """The sizes of a method for a field in the parts that it takes. Raises MethodError for the families without."""
    mu, kappa = _sizes(method, method.colors)
    sums = [_size(s, up=False) for s in method.consistency(method.colors)]
    if min(sums) == 0:
        raise MethodError(f"the weights of {method.title} sum to 0: no field makes it follow the flow")
    return StageSizes(mu, kappa, min(sums))


def _sizes(method: Method, colors: int) -> tuple[Fraction, Fraction]:
    if isinstance(method, Composition):
        mu = kappa = Fraction(0)
        for inner, step in zip(method.methods, method.steps, strict=True):
            share, (own_mu, own_kappa) = _size(step), _sizes(inner, colors)
            kappa = max(kappa, mu + share * own_kappa)
            mu += share * own_mu
        return mu, kappa
    if isinstance(method, Splitting):
        times = [_sum(x for part, x in method.steps if part == own) for own in range(method.colors)]
        return max(times), max(times)
    if isinstance(method, ContinuousStage):
        return _integral(method.B), sum((_integral(row) for row in method.A), Fraction(0))
    if method.one_step and (parts := method.tableaux(colors)):
        return max(_sum(t.b) for t in parts), max(_sum(row) for t in parts for row in t.A)
    raise MethodError(f"no bound is known for {method.title}, a {method.family} method; it is for {FAMILIES}")


def _integral(coefficients: Iterable[Scalar]) -> Fraction:
    """A bound of ∫ |Σ c_j z^j| over [0, 1]."""
    return sum((_size(c) / (j + 1) for j, c in enumerate(coefficients)), Fraction(0))


def _sum(values: Iterable[Scalar]) -> Fraction:
    return sum(map(_size, values), Fraction(0))


def _size(value: Scalar, up: bool = True) -> Fraction:
    """|value|: exact for fractions and floats, else rounded up (or down)."""
    if isinstance(value, Fraction | float):
        return abs(Fraction(value))
    enclosed = ball(value)
    return Fraction(float(enclosed.upper if up else enclosed.lower))
