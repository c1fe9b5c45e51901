"""The supremum of a program over a box, real or complex, between two floats: branch and bound by ball arithmetic.

The box is cut into pieces; a piece on which the norm is certainly below what is reached elsewhere (and a tolerance) is done
with, the others are halved across the sides along which they vary most. All pieces of a round are worked on at once.

For analytic functions on a complex neighbourhood the pieces cover the product of the boundary curves of its factors, where
the maximum principle puts the supremum: as many real dimensions as for the box itself.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.spread import spread_points
from ..codegen import Program
from ..codegen.enclosures import Slopes, coordinates, enclose, is_entire
from ..fields.domain import Box
from ..rings.balls import Balls
from ..rings.elementary import FUNCTIONS as AT_ONCE_FUNCTIONS

WORK = 4e7
"""Pieces times operations times dimensions, after which what has been found is given."""
AT_ONCE = 3e6
"""The same, for what is evaluated in one go: some hundred megabytes."""
ROUNDS, HOPELESS = 60, 14
"""Rounds at most, and those after which a piece without a finite bound tells a singularity."""
TOPS = 8
"""Of how many pieces a corner is looked at in each round."""
VARIED, MOST_CUTS = 0.3, 6
"""Sides are halved that matter this much beside the one that matters most, and so many of a piece at once."""
CALL, CALL_AT_ONCE = 30, 5
"""What the value of a function costs in operations on arrays: worked out number by number, and all numbers at once."""
SHARE, MOST_DISCS, MOST_HALVED = 0.1, 4096, 16
"""Half sides of the pieces about which discs are laid, relative to their radii; how many discs at most, and times how many
once they are halved."""


class Region(ABC):
    """A set with d real parameters: pieces are boxes of parameters, `low` and `high` of shape (d, n)."""

    cut: list[tuple[tuple[float, float], int]]
    """For each parameter its ends, and in how many pieces it is cut to begin with."""

    @property
    def count(self) -> int:
        """How many pieces there are to begin with."""
        return math.prod(n for _, n in self.cut)

    @property
    def start(self) -> tuple[np.ndarray, np.ndarray]:
        """The pieces to begin with."""
        return _grid([side for side, _ in self.cut], [n for _, n in self.cut])

    @abstractmethod
    def around(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each piece a centre (d, n), and how far its points are from it at most in each coordinate, (d, n)."""


class RealBox(Region):
    """A box of real points."""

    def __init__(self, box: Box):
        d = len(box)
        n = max(2, round(64 ** (1 / d)))
        self.cut = [(side, n if j < MOST_CUTS else 1) for j, side in enumerate(box)]

    def around(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The middles and half the sides, rounded up."""
        centre = low + 0.5 * (high - low)
        return centre, np.nextafter(np.maximum(high - centre, centre - low), math.inf)


class Boundary(Region):
    """The product of the boundary curves of {z : distance from side j of the box <= radii[j]}, one for each variable.

    A curve has the parameter t from 0 to 4: the upper segment, the half circle on the left, the lower segment, that on the
    right. Where the function is real on the reals, its modulus is the same at conjugate points, so that the first variable
    needs the upper half only: t from -1/2 to 3/2.
    """

    def __init__(self, box: Box, radii: np.ndarray):
        self.radii = np.asarray(radii, dtype=float)[:, None]
        self.ends = _ends(box)
        n, others = {1: (32, 0), 2: (8, 16), 3: (4, 8), 4: (4, 8)}.get(len(box), (4, 4))  # none holds a corner inside
        self.cut = [((-0.5, 1.5), n)] + [((0.0, 4.0), others)] * (len(box) - 1)

    def around(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Half the lengths: no point of a piece is farther from its middle, along a segment or along an arc."""
        (a, b), middle = self.ends, (low + high) / 2
        straight = np.floor(middle) % 2 == 0
        length = np.where(straight, b - a, math.pi * self.radii) * (high - low) / 2
        rounding = 1e-14 * (np.abs(a) + np.abs(b) + self.radii)
        return curve_points(self.ends, self.radii, middle), length * (1 + 1e-12) + rounding


def _grid(box: Sequence[tuple[float, float]], counts: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """A box cut evenly, so many times along each side; neighbours have the same ends."""
    ends = [np.array([a, *(a + (b - a) * (np.arange(1, n) / n)), b]) for (a, b), n in zip(box, counts, strict=True)]
    low, high = (np.stack([m.ravel() for m in np.meshgrid(*side, indexing="ij")]) for side in _sides(ends))
    return low, high


def _sides(ends: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    return [e[:-1] for e in ends], [e[1:] for e in ends]


@dataclass(frozen=True)
class Suprema:
    """Of each group of outputs: `low` <= the supremum of the largest modulus <= `high`; `settled`: as near as was asked for."""

    low: np.ndarray
    high: np.ndarray
    settled: bool


@np.errstate(all="ignore")
def suprema(
    program: Program,
    h: float,
    region: Region,
    tolerance: float,
    groups: Sequence[Sequence[int]] | None = None,
    weights: np.ndarray | None = None,
) -> Suprema:
    """Enclose sup max |output| over a region, for each group of outputs (by default all in one).

    weights : powers of 2, one for each output: of |output|/weight, then
    tolerance : relative; the search ends when high <= low * (1 + tolerance) in all groups, or when WORK is done
    The lower bounds hold for real boxes; on a Boundary they are those of points next to it.
    """
    own = [list(g) for g in groups] if groups else [list(range(len(program.outputs)))]
    scale = 1 / (np.ones(len(program.outputs)) if weights is None else weights)
    least, done = np.zeros(len(own)), np.zeros(len(own))
    size, spent = _cost(program) * (1 + len(region.cut)), 0.0
    nothing = Suprema(least, np.full(len(own), math.inf), settled=False)
    if size * region.count > WORK:
        return nothing
    low, high = region.start
    if not np.isfinite([low, high]).all():  # sides longer than any float
        return nothing
    open_ = np.zeros(len(own))
    for round_ in range(ROUNDS):
        upper, lower, reach, rounded, tops = _evaluate(program, h, region, own, scale, low, high, size)
        spent += size * low.shape[1]
        least = np.maximum(least, lower.max(axis=1))
        least = np.maximum(least, _at_corners(program, h, region, own, scale, low, high, upper, tops))
        finished = (upper <= least[:, None] * (1 + tolerance)) | rounded
        alive = ~finished.all(axis=0)
        done = np.maximum(done, np.where(finished | ~alive, upper, 0).max(axis=1))
        open_ = upper[:, alive].max(axis=1, initial=0.0)
        if not alive.any():
            break
        hopeless = round_ >= HOPELESS and not np.isfinite(open_).all()
        if spent > WORK or size * alive.sum() > WORK or hopeless:
            return Suprema(least, np.maximum(done, open_), settled=False)
        weight = np.where(finished, 0, 1 / np.maximum(least, 1e-300)[:, None])
        share = np.max(np.where(np.isfinite(reach), reach * weight[:, None], np.inf), axis=0)[:, alive]
        low, high = _halved(low[:, alive], high[:, alive], share)
    return Suprema(least, np.maximum(done, open_ if alive.any() else 0), settled=not alive.any())


def _cost(program: Program) -> int:
    """Of one evaluation at one point, in operations on arrays."""
    return sum(
        (CALL_AT_ONCE if i[1] in AT_ONCE_FUNCTIONS else CALL) if i[0] in ("call", "power") else 1 for i in program.instructions
    )


def _evaluate(
    program: Program,
    h: float,
    region: Region,
    groups: list[list[int]],
    scale: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    size: int,
) -> tuple[np.ndarray, ...]:
    """For each group and piece: upper bound, value at the centre from below, how much each side matters, whether only
    rounding is left; and for each group and piece the slopes' signs of the output that is largest."""
    n = low.shape[1]
    many = max(1, int(AT_ONCE / size))
    parts = []
    for i in range(0, n, many):
        centre, sides = region.around(low[:, i : i + many], high[:, i : i + many])
        parts.append(_bounds(program, h, groups, scale, centre, sides))
    return tuple(np.concatenate(column, axis=-1) for column in zip(*parts, strict=True))


def _bounds(
    program: Program, h: float, groups: list[list[int]], scale: np.ndarray, centre: np.ndarray, sides: np.ndarray
) -> tuple[np.ndarray, ...]:
    d, n = centre.shape
    outputs = enclose(program, coordinates(centre, sides), h)
    full = np.zeros(n)
    point_high = np.array([o.point.upper * w + full for o, w in zip(outputs, scale, strict=True)])
    point_low = np.array([o.point.lower * w + full for o, w in zip(outputs, scale, strict=True)])
    blur = np.array(
        [np.maximum(o.point.radius, o.point.upper - o.point.lower) * w + full for o, w in zip(outputs, scale, strict=True)]
    )
    reach = np.array([np.broadcast_to(o.reach * w, (d, n)) for o, w in zip(outputs, scale, strict=True)])
    signs = np.array([_signs(o, d, n) for o in outputs])
    upper = (point_high + reach.sum(axis=1)) * (1 + 2.0**-45)
    upper = np.where(np.isnan(upper), np.inf, upper)
    columns = []
    pieces = np.arange(n)
    for own in groups:
        top = np.array(own)[upper[own].argmax(axis=0)]
        rounded = (reach[own].sum(axis=1) <= blur[own]).all(axis=0)
        columns.append((upper[top, pieces], point_low[own].max(axis=0), reach[own].max(axis=0), rounded, signs[top, :, pieces].T))
    return tuple(np.array(column) for column in zip(*columns, strict=True))


def _signs(output: Slopes, d: int, n: int) -> np.ndarray:
    """Whether |g| grows with each coordinate, as far as one sees at the centre."""
    if output.slopes is None:
        return np.zeros((d, n), dtype=bool)
    up: np.ndarray = (np.conj(output.point.centre) * output.slopes.centre).real > 0
    return np.broadcast_to(up, (d, n))


def _at_corners(
    program: Program,
    h: float,
    region: Region,
    groups: list[list[int]],
    scale: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    upper: np.ndarray,
    up: np.ndarray,
) -> np.ndarray:
    """Per group the largest value at a promising corner of each of the pieces with the largest bounds.

    A maximum often lies at a corner of a real box; a boundary curve has no ends.
    """
    found = np.zeros(len(groups))
    if not isinstance(region, RealBox):
        return found
    for k, own in enumerate(groups):
        top = np.argsort(upper[k])[-TOPS:]
        points = np.where(up[k][:, top], high[:, top], low[:, top])
        values = enclose(program, [Balls(p) for p in points], h)
        found[k] = max(float(np.max(values[o].lower)) * scale[o] for o in own)
    return found


def _halved(low: np.ndarray, high: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pieces cut across the sides that matter."""
    cut = (share >= VARIED * share.max(axis=0)) | ~np.isfinite(share)
    if len(cut) > MOST_CUTS:  # pieces must not become too many in one round
        cut &= np.argsort(np.argsort(-share, axis=0, kind="stable"), axis=0) < MOST_CUTS
    for j in range(len(low)):
        chosen = cut[j]
        middle = low[j] + 0.5 * (high[j] - low[j])
        below, above = high.copy(), low[:, chosen].copy()
        below[j] = np.where(chosen, middle, high[j])
        above[j] = middle[chosen]
        low, high = np.concatenate([low, above], axis=1), np.concatenate([below, high[:, chosen]], axis=1)
        cut = np.concatenate([cut, cut[:, chosen]], axis=1)
    return low, high


@np.errstate(all="ignore")
def is_analytic(program: Program, box: Box, radii: np.ndarray) -> bool:
    """Whether the program is proved to have no singularity within radii[j] of the box in each coordinate j.

    The neighbourhood is covered by products of discs about real points; discs in which nothing was proved are made smaller,
    down to their share of the radius that nothing can take away.
    """
    if is_entire(program):
        return True
    region, around = RealBox(box), np.asarray(radii, dtype=float)[:, None]
    low, high = region.start
    while True:
        centre, sides = region.around(low, high)
        discs = [Balls(c.astype(complex), s) for c, s in zip(centre, (sides + around) * (1 + 1e-12), strict=True)]
        values = enclose(program, discs, 0.0)
        bad = ~np.isfinite(np.broadcast_arrays(*[v.upper for v in values])).all(axis=0)
        if not bad.any():
            return True
        low, high, sides = low[:, bad], high[:, bad], sides[:, bad]
        least = SHARE * around
        if (sides < least).all(axis=0).any() or low.shape[1] > MOST_DISCS:
            return False
        low, high = _halved(low, high, np.where(sides >= least, sides / around, 0))
        if low.shape[1] > MOST_HALVED * MOST_DISCS:
            return False


@np.errstate(all="ignore")
def sampled(program: Program, box: Box, radii: np.ndarray, count: int) -> np.ndarray:
    """The moduli of the outputs at some points of the boundary for each column of radii (d, m): (outputs, m, points)."""
    t, m = spread_points([(0.0, 4.0)] * len(box), count).T, radii.shape[1]
    R = np.repeat(radii, count, axis=1)
    points = curve_points(_ends(box), R, np.tile(t, m))
    values = enclose(program, [Balls(z) for z in points], 0.0)
    return np.array([(v.upper + 0 * R[0]).reshape(m, count) for v in values])


def _ends(box: Box) -> np.ndarray:
    return np.array(box, dtype=float).T[..., None]


def curve_points(ends: np.ndarray, R: Any, t: np.ndarray) -> np.ndarray:
    """The points of the boundary curves at parameters (d, n), as floats come to them; `ends` is (2, d, 1)."""
    (a, b), s = ends, t % 4
    left, right = a + 1j * R * np.exp(1j * math.pi * (s - 1)), b - 1j * R * np.exp(1j * math.pi * (s - 3))
    above, below = b + (a - b) * s + 1j * R, a + (b - a) * (s - 2) - 1j * R
    return np.select([s < 1, s < 2, s < 3], [above, left, below], right)
