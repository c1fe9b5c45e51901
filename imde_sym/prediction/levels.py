"""The refined estimate of docs/bounds.md, section 2: how near f_θ and g must be, level by level.

A learner is compared with g at points z from which the stages are not far, whatever the step is; how far depends on how near f_θ
is known to be to g, so that each level is sharper than the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .stage_sizes import StageSizes, chained

LEVELS = 8
"""So many levels are worked out one by one; those that follow are at least as good as the last of them."""
SWEEPS = 2
"""How often the distances of stages are made smaller by what is known of those before them."""


@dataclass(frozen=True)
class Nearness:
    """What a level starts from: T, M >= |f_θ|, |g| on B_R1, a Lipschitz constant of g there, and δ."""

    stages: StageSizes
    T: Any
    M: Any
    lipschitz: Any
    delta: Any

    @property
    def base(self) -> Any:
        """How far x is from z at most."""
        return self.stages.theta * self.T * self.M

    def contraction(self, D: Any) -> Any:
        """η with |f_θ - g|_r <= (L + ρ)/σ + η D where |f_θ - g|_(r+δ) <= D; None where stages may leave the discs."""
        m, T, M = self.stages, self.T, self.M
        left = self.delta - self.base - T * m.reference * M
        chain = chained(m, T * self.lipschitz)
        if left <= 0 or chain is None or (not m.ends and T * m.kappa * M >= self.delta - self.base):
            return None

        def varied(t: Any) -> Any:
            """|f_θ(U) - f_θ(U*)| for |U - U*| <= t, where f_θ is known within `left` of U*."""
            u = t / left
            share = min(2, u / (1 - u * u / 2)) if u < 1 else 2
            return min(M * share, self.lipschitz * t + D * share)

        def moved(node: Any, row: Any) -> Any:
            return T * (node * M + sum((a * v for a, v in zip(row, variations, strict=False) if a), 0))

        places = list(zip(m.nodes, m.apart, strict=True))
        variations: list[Any] = []
        if m.ends:  # one stage after the other
            for node, row in places:
                t = min(T * M * sum(row), moved(node, row))
                if t >= left:
                    return None
                variations.append(varied(t))
        else:
            far = [T * M * sum(row) for _, row in places]
            for _ in range(SWEEPS):
                variations = [varied(t) for t in far]
                far = [min(t, moved(*place)) for t, place in zip(far, places, strict=True)]
            variations = [varied(t) for t in far]
        away = zip(m.spreads, m.rows, strict=True)
        shares = [min(moved(spread, row), T * M * sum(row) + self.base) / self.delta for spread, row in away]
        if max(shares) >= 1:
            return None
        brackets = [u / (1 - u * u / 2) for u in shares]
        largest = max(sum((b * q for b, q in zip(own, brackets, strict=True) if b), 0) for own in m.weights)
        return (largest + chain) / m.sigma


def descend(near: Nearness, n: int, start: Any, defect: Any, short: Any) -> tuple[Any, Any, Any] | None:
    """(factor, tail, η) with |f_θ - g|_0 <= factor·defect + tail, after n levels from |f_θ - g|_R1 <= start.

    defect : L + ρ;  short : rounds a number up to a float's length
    None where the first level gains nothing.
    """
    factor, tail, eta = 0 * start, start, None
    for level in range(n):
        D = short(factor * defect + tail)
        found = near.contraction(D)
        if found is None or found >= 1:
            break
        eta = short(found)
        left = n - level if level == LEVELS - 1 else 1
        power = eta**left
        tail, factor = short(tail * power), short(factor * power + (1 - power) / (1 - eta) / near.stages.sigma)
        if left > 1:
            break
    return None if eta is None else (factor, tail, eta)
