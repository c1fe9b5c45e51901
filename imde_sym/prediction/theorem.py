"""The two bounds of docs/bounds.md as formulas, in floats for the search and in fractions for the result.

T = S h is the time between data, H a larger time at which Schwarz' lemma starts, n the number of Cauchy estimates, each of
which costs R1/n of the neighbourhood in which the learner is analytic.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .levels import Nearness, descend
from .stage_sizes import StageSizes, chained

LARGER = 1.1
"""A learner of unknown size is taken to be bounded by so much times the bound of what it should be."""
FEW = (1, 2, 3, 4, 6, 8, 12, 18, 27, 40, 60, 120)
MANY = (*range(1, 41), *(int(40 * 1.1**i) for i in range(1, 25)))
"""The numbers n that are tried while radii are looked for, and for those that were found."""
HALVINGS = 16
"""Of the logarithm of an interval for H."""
LARGEST_H = 1e12
"""In units of T."""
STRICT = 1 - 1e-9


@dataclass(frozen=True)
class Setting:
    """T, the number S of substeps, the sizes of the map over T; M_θ, None for LARGER times that of the truth; and L."""

    T: Any
    S: int
    stages: StageSizes
    learner: Any = None
    loss: Any = 0

    def sum(self, sizes: Sequence[Any], T: Any) -> Any:
        """Σ (T/S)^k sizes[k]."""
        total = sizes[0] * 0
        for size in reversed(sizes):
            total = total * T / self.S + size
        return total


@dataclass(frozen=True)
class Sizes:
    """Bounds of the terms on two neighbourhoods: `outer` on B_R, `inner` on B_R1, R1 <= R; outer[0] is M_f."""

    R: Any
    R1: Any
    outer: tuple[Any, ...]
    inner: tuple[Any, ...]


class Choice(NamedTuple):
    """What is free in the bound: g = f ("A") or g = f_h^K ("B"), the tree order K, n and H, and whether to go level by level."""

    kind: str
    K: int
    n: int
    H: Any = None
    levels: bool = False


class Found(NamedTuple):
    """What a choice gives. `rho` and `eta` as in the theorem, `learner` the M_θ that is used.

    A learner that is within E of g, in the norm of the neighbourhood, on all points within `stages` of the domain has L <= rho +
    mu E_0 + `chain` E, with E_0 in the max-norm. L is wanted within `near` of the domain.
    """

    remainder: Any
    factor: Any
    rho: Any
    eta: Any
    M: Any
    learner: Any
    stages: Any
    chain: Any
    near: Any


def apply(s: Setting, z: Sizes, p: int, choice: Choice) -> Found | None:
    """The bound |f_θ - g| <= factor·L + remainder on the domain; None where its conditions do not hold.

    p : the lowest power of h in f_h - f
    """
    truth, learner, start, near = ground(s, z, choice)
    M, delta, room = max(truth, learner), z.R1 / choice.n, z.R - near
    if s.T * z.outer[0] > room or (choice.levels and start is None):
        return None
    rho = _schwarz(s, z, choice, room) if choice.kind == "B" else _tails(s, z, p, room)
    if rho is None:
        return None
    if start is not None:
        levels = descend(start, choice.n, learner + truth, s.loss + rho, _longer)
        if levels is None:
            return None
        factor, tail, eta = levels
        stages, chain = min(near + s.T * s.stages.kappa * M, z.R1), chained(s.stages, s.T * start.lipschitz)
    else:
        eta = contraction(s.stages, s.T * M / delta)
        if eta is None or eta >= 1:
            return None
        eta = _short(eta)
        factor, tail = 1 / (s.stages.sigma * (1 - eta)), eta**choice.n * (learner + truth)
        t = s.stages.kappa * s.T * M / delta
        stages, chain = z.R1 - delta * (1 - t), chained(s.stages, s.T * M / delta / (1 - t * t))
    return Found(rho * factor + tail, factor, rho, eta, M, learner, stages, chain, near)


def ground(s: Setting, z: Sizes, choice: Choice) -> tuple[Any, Any, Nearness | None, Any]:
    """Bounds of g and of the learner, what the levels start from where they are wanted, and how near L and ρ are wanted."""
    truth = s.sum(z.inner[: choice.K], s.T) if choice.kind == "B" else z.inner[0]
    learner = truth * type(truth)(LARGER) if s.learner is None else s.learner
    start = nearness(s, z, choice, max(truth, learner)) if choice.levels else None
    return truth, learner, start, z.R1 - z.R1 / choice.n + (0 if start is None else start.base)


def nearness(s: Setting, z: Sizes, choice: Choice, M: Any) -> Nearness | None:
    """What the levels start from; None where the method's stages are not told apart, or g has no Lipschitz constant."""
    if not s.stages.rows or z.R <= z.R1:
        return None
    size = s.sum(z.outer[: choice.K], s.T) if choice.kind == "B" else z.outer[0]
    return Nearness(s.stages, s.T, _longer(M), _longer(size / (z.R - z.R1)), z.R1 / choice.n)


def contraction(m: StageSizes, tau: Any) -> Any:
    """η for T M/δ = tau; None where it is not finite, or where stages may leave the discs of radius δ."""
    t = m.kappa * tau
    if t >= 1:
        return None
    chain = chained(m, tau / (1 - t * t))
    return None if chain is None else (m.first * tau / (1 - t * t / 2) + chain) / m.sigma


def step_error(s: Setting, R: Any, sizes: tuple[Any, ...], H: Any, reach: Any, M: Any, E: Any, weighted: Any) -> Any:
    """A bound of |Φ_T[f_θ] - φ_T[f]|/T over the domain; None where its conditions do not hold.

    sizes : of f, f_1, ..., f_(K-1) on B_R;  reach : how far the learner's stages may go
    M, E  : bounds of |f_θ| and |f_θ - f_h^K| on the real points within `reach` of the domain, E in the max-norm; M, and
            `weighted`, which is as E, in the norm of B_R
    """
    G = s.sum(sizes, s.T)
    far = max(reach, s.T * s.stages.kappa * G)
    if far >= R or s.T * s.stages.kappa * M > reach:
        return None
    chain = chained(s.stages, s.T * G / (R - far))
    rho = _schwarz(s, Sizes(R, R, sizes, sizes), Choice("B", len(sizes), 1, H), R)
    return None if chain is None or rho is None else rho + s.stages.mu * E + chain * weighted


def _short(x: Any) -> Any:
    """A fraction by a larger one that a float can hold, so that its powers stay short."""
    if isinstance(x, float) or x == 0:
        return x
    up = math.nextafter(float(x), math.inf)
    return type(x)(up) if up < 1 else x


def _longer(x: Any) -> Any:
    """A fraction by a larger one that a float can hold, so that what is made of it stays short."""
    return x if isinstance(x, float) or x == 0 else type(x)(math.nextafter(float(x), math.inf))


def _tails(s: Setting, z: Sizes, p: int, room: Any) -> Any:
    """ρ for g = f: the flow and the map agree up to h^p, and the rest of each is a geometric series."""
    f = z.outer[0]
    x, y = s.T * f / room, s.T * s.stages.room * f / room
    if x >= 1 or y >= 1:
        return None
    return f * (x**p / (1 - x) + s.stages.mu * y**p / (1 - y))


def _schwarz(s: Setting, z: Sizes, choice: Choice, room: Any) -> Any:
    """ρ for g = f_h^K: what vanishes to order K at 0 and is bounded for |T| <= H."""
    H, outer = choice.H, z.outer[: choice.K]
    G = s.sum(outer, H)
    if H < s.T or H * s.stages.room * G >= room or H * z.outer[0] > room:
        return None
    return (s.T / H) ** choice.K * (z.outer[0] + s.stages.mu * G)


def forward(s: Setting, R: Any, outer: Sequence[Any], H: Any) -> Any:
    """A bound of |Φ_h[f] - φ_h[f_h^K]|/T over the domain; None where its conditions do not hold."""
    G = s.sum(outer, H)
    if H < s.T or H * s.stages.room * outer[0] >= R or H * G > R:
        return None
    return (s.T / H) ** len(outer) * (s.stages.mu * outer[0] + G)


def largest_H(s: Setting, outer: Sequence[Any], room: float, direct: bool) -> float:
    """The largest H with Hκ·(the field of the map) < room and H·(the field of the flow) <= room, nearly.

    direct : the map takes f and the flow the modified field (forward); else the other way round
    """
    if not math.isfinite(outer[0]):
        return 0.0

    def holds(H: float) -> bool:
        G = s.sum(outer, H)
        a, b = (outer[0], G) if direct else (G, outer[0])
        return bool(H * s.stages.room * a < room and H * b <= room)

    low, high = s.T / STRICT, s.T * LARGEST_H
    if outer[0] > 0 and not direct:
        high = min(high, room / outer[0])
    if not holds(low):
        return 0.0
    if holds(high * STRICT):
        return float(high * STRICT)
    for _ in range(HALVINGS):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return float(low * STRICT)


def choices(s: Setting, z: Sizes, orders: Sequence[int], estimates: Sequence[int]) -> Iterator[Choice]:
    """What is worth trying on two neighbourhoods."""
    ways = (False, True) if s.stages.rows and s.stages.kappa and z.R1 < z.R else (False,)
    for n in estimates if s.stages.kappa else (1,):
        for levels in ways:
            if s.T * (s.stages.room if levels else s.stages.kappa) * z.inner[0] >= z.R1 / n:
                continue
            yield Choice("A", orders[-1], n, None, levels)
            for K in orders:
                choice = Choice("B", K, n, None, levels)
                H = largest_H(s, z.outer[:K], float(z.R - ground(s, z, choice)[3]), direct=False)
                if s.T < H:
                    yield choice._replace(H=H)


def best(s: Setting, z: Sizes, p: int, orders: Sequence[int], estimates: Sequence[int] = FEW) -> tuple[float, Choice] | None:
    """The choice with the smallest bound; None where none gives any."""
    results = []
    for choice in choices(s, z, orders, estimates):
        found = apply(s, z, p, choice)
        if found is not None:
            results.append((float(found.remainder + s.loss * found.factor), choice))
    return min(results, key=lambda r: r[0], default=None)


def largest_T(s: Setting, R: float, size: float) -> float:
    """Below this T the bound with g = f, n = 1 and R1 = R holds for M_f = `size`, nearly."""
    M = max(size * LARGER, size) if s.learner is None else max(size, s.learner)
    limits = [R / size if size else math.inf]
    if s.stages.kappa and M:
        limits += [R * critical(s.stages) / M, R / (s.stages.room * size) if size else math.inf]
    return float(min(limits)) * STRICT


def critical(m: StageSizes) -> float:
    """The T M/δ at which η reaches 1, from below."""
    low, high = 0.0, 1 / m.kappa
    for _ in range(4 * HALVINGS):
        middle = (low + high) / 2
        eta = contraction(m, middle)
        low, high = (low, middle) if eta is None or eta >= 1 else (middle, high)
    return low
