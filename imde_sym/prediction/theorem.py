"""The two bounds of docs/bounds.md as formulas, in floats for the search and in fractions for the result.

T = S h is the time between data, H a larger time at which Schwarz' lemma starts, n the number of Cauchy estimates, each of
which costs R1/n of the neighbourhood in which the learner is analytic.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

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
    """T, the number S of substeps, μ, κ and |Σ b| of the map over T; M_θ, None for LARGER times that of the truth; and L."""

    T: Any
    S: int
    mu: Any
    kappa: Any
    sigma: Any
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
    """What is free in the bound: g = f ("A") or g = f_h^K ("B"), the tree order K, n and H."""

    kind: str
    K: int
    n: int
    H: Any = None


class Found(NamedTuple):
    """What a choice gives. `rho` and `eta` as in the theorem, `learner` the M_θ that is used."""

    remainder: Any
    factor: Any
    rho: Any
    eta: Any
    M: Any
    learner: Any


def apply(s: Setting, z: Sizes, p: int, choice: Choice) -> Found | None:
    """The bound |f_θ - g| <= factor·L + remainder on the domain; None where its conditions do not hold.

    p : the lowest power of h in f_h - f
    """
    truth = s.sum(z.inner[: choice.K], s.T) if choice.kind == "B" else z.inner[0]
    learner = truth * type(truth)(LARGER) if s.learner is None else s.learner
    M, delta = max(truth, learner), z.R1 / choice.n
    left, room = delta - s.T * s.kappa * M, z.R - z.R1 + delta
    if left <= 0 or s.T * z.outer[0] > room:
        return None
    q = s.T * s.kappa * M / left
    if q >= 1:
        return None
    eta = s.mu / s.sigma * q * (1 + 1 / (1 - q))
    rho = _schwarz(s, z, choice, room) if choice.kind == "B" else _tails(s, z, p, room)
    if eta >= 1 or rho is None:
        return None
    eta = _short(eta)
    factor = 1 / (s.sigma * (1 - eta))
    return Found(rho * factor + eta**choice.n * (learner + truth), factor, rho, eta, M, learner)


def _short(x: Any) -> Any:
    """A fraction by a larger one that a float can hold, so that its powers stay short."""
    if isinstance(x, float) or x == 0:
        return x
    up = math.nextafter(float(x), math.inf)
    return type(x)(up) if up < 1 else x


def _tails(s: Setting, z: Sizes, p: int, room: Any) -> Any:
    """ρ for g = f: the flow and the map agree up to h^p, and the rest of each is a geometric series."""
    f = z.outer[0]
    x, y = s.T * f / room, s.T * s.kappa * f / room
    if x >= 1 or y >= 1:
        return None
    return f * (x**p / (1 - x) + s.mu * y**p / (1 - y))


def _schwarz(s: Setting, z: Sizes, choice: Choice, room: Any) -> Any:
    """ρ for g = f_h^K: what vanishes to order K at 0 and is bounded for |T| <= H."""
    H, outer = choice.H, z.outer[: choice.K]
    G = s.sum(outer, H)
    if H < s.T or H * s.kappa * G >= room or H * z.outer[0] > room:
        return None
    return (s.T / H) ** choice.K * (z.outer[0] + s.mu * G)


def forward(s: Setting, R: Any, outer: Sequence[Any], H: Any) -> Any:
    """A bound of |Φ_h[f] - φ_h[f_h^K]|/T over the domain; None where its conditions do not hold."""
    G = s.sum(outer, H)
    if H < s.T or H * s.kappa * outer[0] >= R or H * G > R:
        return None
    return (s.T / H) ** len(outer) * (s.mu * outer[0] + G)


def largest_H(s: Setting, outer: Sequence[Any], room: float, direct: bool) -> float:
    """The largest H with Hκ·(the field of the map) < room and H·(the field of the flow) <= room, nearly.

    direct : the map takes f and the flow the modified field (forward); else the other way round
    """
    if not math.isfinite(outer[0]):
        return 0.0

    def holds(H: float) -> bool:
        G = s.sum(outer, H)
        a, b = (outer[0], G) if direct else (G, outer[0])
        return bool(H * s.kappa * a < room and H * b <= room)

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
    for n in estimates if s.kappa else (1,):
        delta = z.R1 / n
        room = z.R - z.R1 + delta
        if s.T * s.kappa * z.inner[0] >= delta:
            return
        yield Choice("A", orders[-1], n)
        for K in orders:
            H = largest_H(s, z.outer[:K], float(room), direct=False)
            if s.T < H:
                yield Choice("B", K, n, H)


def best(s: Setting, z: Sizes, p: int, orders: Sequence[int], estimates: Sequence[int] = FEW) -> tuple[float, Choice] | None:
    """The choice with the smallest bound; None where none gives any."""
    results = []
    for choice in choices(s, z, orders, estimates):
        found = apply(s, z, p, choice)
        if found is not None:
            results.append((float(found.remainder + s.loss * found.factor), choice))
    return min(results, key=lambda r: r[0], default=None)


def critical(mu: float, sigma: float) -> float:
    """The q at which μ/σ q (1 + 1/(1 - q)) = 1: the smaller root of μ q² - (2μ + σ) q + σ = 0."""
    b = 2 * mu + sigma
    return float(2 * sigma / (b + math.sqrt(b * b - 4 * mu * sigma)))


def largest_T(s: Setting, R: float, size: float) -> float:
    """Below this T the bound with g = f, n = 1 and R1 = R holds for M_f = `size`."""
    M = max(size * LARGER, size) if s.learner is None else max(size, s.learner)
    q = critical(s.mu, s.sigma)
    limits = [R / size if size else math.inf]
    if s.kappa and M:
        limits += [R * q / (s.kappa * M * (1 + q)), R / (s.kappa * size) if size else math.inf]
    return min(limits)
