"""What a bound needs to know of a method: how far its stages go from the point, and how it weighs them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..base.errors import MethodError
from ..method import Composition, ContinuousStage, Method, Splitting
from ..method.theory.stages import HasStages
from ..rings import Scalar, is_zero
from ..rings.balls import ball

FAMILIES = "Runge-Kutta methods, partitioned ones, continuous stages, splittings, and compositions of these"
CHAINS = 8
"""Chains of so many stages are weighed one by one, longer ones together."""
MOST = 64
"""Up to so many substeps."""


@dataclass(frozen=True)
class StageSizes:
    """Of one step over the time T: mu is Σ|b_i|, kappa is max_i Σ_j |a_ij|, sigma is |Σ b_i| (rounded down, all else up).

    chains : |b| |A|^m 1 for m = 1, 2, ...: how much weight the step gives to stages that hang on m others; further ones are
             at most mu kappa^m, and none where `ends` is true
    For a method of several parts the largest over the parts; for continuous stages the sums are integrals; for a splitting,
    whose stages are the points on the flows of its parts, mu and kappa are the time that a part moves in all.
    """

    mu: Any
    kappa: Any
    sigma: Any
    chains: tuple[Any, ...] = ()
    ends: bool = False

    def of(self, kind: Any) -> StageSizes:
        """The same in numbers of another kind."""
        return StageSizes(kind(self.mu), kind(self.kappa), kind(self.sigma), tuple(map(kind, self.chains)), self.ends)

    @property
    def first(self) -> Any:
        """Σ |b_i| Σ_j |a_ij|."""
        return self.chains[0] if self.chains else self.mu * self.kappa


def check_consistent(method: Method) -> None:
    """Raise MethodError where f_h - f does not vanish with h, so that what follows from its powers of h is not the error.

    Weights that do not sum to 1 only because they were rounded do no harm.
    """
    weights = method.consistency(method.colors)
    if all(w == 1 for w in weights) or (method.order >= 1 if method.is_rounded else all(is_zero(w - 1) for w in weights)):
        return
    sums = ", ".join(str(w)[:20] for w in weights)
    raise MethodError(
        f"{method.title} is not consistent: its weights sum to {sums} where 1 is needed, and what is learned through it does not "
        "tend to f as h -> 0. Scale the weights so that they sum to 1"
    )


def stage_sizes(method: Method, S: int = 1) -> StageSizes:
    """The sizes of S substeps of a method, for a field in the parts that it takes.

    Raises MethodError for the families that have none.
    """
    mu, kappa = _sizes(method, method.colors)
    sigma = min(_size(s, up=False) for s in method.consistency(method.colors))
    if sigma == 0:
        raise MethodError(f"the weights of {method.title} sum to 0: no field makes it follow the flow")
    composed = ((S - 1) * mu + kappa) / S  # stage i of substep s comes after s - 1 whole substeps
    parts = [] if isinstance(method, Composition | Splitting | ContinuousStage) else method.tableaux(method.colors)
    if not parts or S > MOST:
        return StageSizes(mu, composed, sigma)
    chains = _chains(parts, S)
    shown = tuple(c for c in chains if c)  # once one is 0, all that follow are
    return StageSizes(mu, composed, sigma, shown, len(shown) < len(chains))


def _chains(parts: Sequence[HasStages], S: int) -> list[Fraction]:
    """|b| |A|^m 1 for S substeps, m = 1 to CHAINS; entries of the parts' matrices by the largest."""
    weights = [[_size(x) / S for x in t.b] for t in parts]
    rows = [[[_size(x) / S for x in row] for row in t.A] for t in parts]
    stages = range(len(weights[0]))
    A = [[max(own[i][j] for own in rows) for j in stages] for i in stages]
    b = [max(own[j] for own in weights) for j in stages]
    values = [[Fraction(1)] * len(b) for _ in range(S)]
    found = []
    for m in range(CHAINS):
        before, new = Fraction(0), []
        for step in values:
            if m:
                inside = [sum((A[i][j] * step[j] for j in stages), Fraction(0)) for i in stages]
            else:  # the parts one by one, as long as nothing but a sum of a row is asked for
                inside = [max(sum(own[i], Fraction(0)) for own in rows) for i in stages]
            new.append([before + x for x in inside])
            before += sum((w * v for w, v in zip(b, step, strict=True)), Fraction(0))
        values = new
        found.append(max(sum((own[j] * step[j] for step in values for j in stages), Fraction(0)) for own in weights))
    return found


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
    raise MethodError(f"no bound is known for {method.title} (family: {method.family}); it is for {FAMILIES}")


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
