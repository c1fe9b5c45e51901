"""A claim that is a function g(x, h): its powers of h from values, with what the values leave unknown.

Values on a circle of complex h are Taylor coefficients by the discrete Fourier transform; where only real h is taken,
Chebyshev interpolation gives them. Of an analytic function the coefficients of high index fade, so what is left there is the
floor: rounding of the function, and what the truncation folds back. It bounds the error of the low ones, radius by radius; the
best radius counts for each power. Values on a grid, such as single precision or few printed digits, are constant in small h and
leave no such trace: the grid is read off the values. Where an error as large as a term would not be seen, nothing is said of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import mpmath
import numpy as np
from numpy.polynomial import chebyshev

from ...base.errors import FieldError, ImdeError
from ...base.sharing import precision
from ...codegen import field_program
from ...equations import ModifiedField
from ...fields import as_graded
from ...fields.domain import box_of, point_of
from ..numbers import evaluate
from ..report import default_steps, numbers_of
from .claims import FunctionClaim
from .grain import Grain, grain_of
from .value import WrongTerm

DIGITS = 40
NODES = 16
RADII = tuple(2.0**-j for j in range(11))
"""In units of the field's own time scale."""
POINTS = 3
SAFETY = 8.0
"""Errors below so many times the floor are not told from it."""
ROUNDINGS = 64.0
AGREE = 1e3
TINY = 2.0**-52
BLUR = 1e-2
"""A function whose coefficients of high index are so large, beside its values, is not taken for analytic."""
SMOOTH = 1e-8
"""A function whose value at h = 0 is known less well, beside its size, may have a kink there."""
DECIDES = 0.1
"""A power is judged where errors of so much of its natural size are seen."""
SCALE = 32.0
"""The default steps of a check begin at this part of a time scale."""


@dataclass(frozen=True)
class Fitted:
    """Coefficients by point, power and component with their uncertainties, and the words for how they were found."""

    values: np.ndarray
    uncertain: np.ndarray
    how: str
    grain: Grain


@dataclass(frozen=True)
class Verdict:
    """The wrong powers of a function; those looked at; the smallest error that would be seen of each; those where that is too
    large to decide; and how it was done."""

    wrong: list[WrongTerm]
    powers: list[int]
    seen: list[float]
    unseen: list[int]
    how: str


def fit_claim(claim: FunctionClaim, F: ModifiedField, order: int, x0: object, tolerance: float | None = None) -> Verdict:
    """What values of a function say of each power of h. Raises FieldError where they are not finite."""
    if free := [*F.field.free_parameters, *F.method.parameters]:
        raise FieldError(f"a function is judged by numbers: parameter {free[0]} has no value")
    with precision(DIGITS):
        points = _points(F, x0, 2 if claim.dear else POINTS)
        right, unit = _right(F, points, order)
    with np.errstate(all="ignore"):  # a function may be finite for small h only
        found = _fit(claim, points, unit, order)
    if not np.isfinite(found.uncertain[:, 0]).all():
        x = points[int(np.argmax(~np.isfinite(found.uncertain[:, 0]).all(-1)))]
        raise FieldError(
            f"the claim gives no finite numbers at x = {x.tolist()}, for h up to {unit:.3g} and down to {unit * RADII[-1]:.3g}"
        )
    sizes = np.abs(right).max((0, 2), keepdims=True)  # rounding that is the same for every h leaves no other trace
    uncertain = SAFETY * found.uncertain + (ROUNDINGS * max(TINY, found.grain.binary) + (tolerance or 0.0)) * sizes
    first = 0
    if np.all(np.abs(found.values[:, 0]) <= uncertain[:, 0]) and np.any(np.abs(right[:, 0]) > uncertain[:, 0]):
        first = 1
    error = np.abs(found.values - right)
    wrong = []
    for k in range(first, order):
        for m, v in enumerate(F.variables):
            excess = error[:, k, m] - uncertain[:, k, m]
            worst = int(np.argmax(excess))
            if not excess[worst] <= 0:
                place = ", ".join(f"{w} = {x:.6g}" for w, x in zip(F.variables, points[worst], strict=True))
                detail = f"at {place}; errors from {uncertain[worst, k, m]:.1e} on are seen there"
                told = np.abs(found.values[worst, k, m]) > uncertain[worst, k, m]
                claimed = float(found.values[worst, k, m]) if told else 0.0
                wrong.append(WrongTerm(k, str(v), None, claimed, float(right[worst, k, m]), detail, str(F.step)))
    powers = list(range(first, order))
    seen = [float(uncertain[:, k].max()) for k in powers]
    how = found.how + found.grain.words
    how += "; the function vanishes at h = 0 and is read as the correction alone" if first else ""
    blind = uncertain.min(0) > DECIDES * _natural(right, unit)
    found_wrong = {(w.power, w.component) for w in wrong}
    names = [str(v) for v in F.variables]
    unseen = [k for k in powers if any(blind[k, m] and (k, v) not in found_wrong for m, v in enumerate(names))]
    return Verdict(wrong, powers, seen, unseen, how)


def _natural(right: np.ndarray, unit: float) -> np.ndarray:
    """The size of each term, or where it is 0 what one would be by the field and its time scale. Shape (order, d)."""
    sizes: np.ndarray = np.abs(right).max(0)
    whole = np.where(sizes[0] > 0, sizes[0], sizes[0].max())
    k = np.arange(len(sizes))[:, None]
    with np.errstate(all="ignore"):
        expected = whole * unit ** -k.astype(float) / [[math.factorial(j + 1)] for j in range(len(sizes))]
    found: np.ndarray = np.maximum(sizes, expected)
    return found


def _points(F: ModifiedField, x0: object, count: int) -> list[np.ndarray]:
    """The initial value, and points about it or in the domain; drawn, but always the same."""
    source = np.random.default_rng(2022)
    d = len(F.variables)
    start = None
    if x0 is not None or F.field.info.get("x0") is not None:
        start = np.array([float(v) for v in numbers_of(point_of(F.field, x0), "x0")])
    if x0 is None and F.field.info.get("domain") is not None:
        low, high = np.array(box_of(F.field)).T
        found = [low + (high - low) * source.uniform(size=d) for _ in range(count)]
    else:
        centre = np.zeros(d) + 0.5 if start is None else start
        found = [centre + (0.1 + 0.2 * np.abs(centre)) * source.uniform(-1, 1, size=d) for _ in range(count)]
    return found if start is None else [start + 0.01 * (1 + np.abs(start)) * source.uniform(size=d), *found[1:]]


def _right(F: ModifiedField, points: Sequence[np.ndarray], order: int) -> tuple[np.ndarray, float]:
    """f_k at the points, shape (points, order, d), and the field's own time scale."""
    programs = [field_program(F.only(k)) for k in range(order)]
    plain, rows, units = as_graded(F.field), [], []
    for x in points:
        at = [mpmath.mpf(float(v)) for v in x]
        try:
            rows.append([[float(v) for v in evaluate(program, at)] for program in programs])
            units.append(SCALE * float(default_steps(plain, at)[0]))
        except (ZeroDivisionError, OverflowError, ValueError) as error:
            raise FieldError(f"the equation is not finite at x = {x.tolist()}: give another x0 ({error})") from None
    return np.array(rows), min(units)


def _fit(claim: FunctionClaim, points: Sequence[np.ndarray], unit: float, order: int) -> Fitted:
    nodes = max(NODES, 2 * order + 6)
    radii = [unit * r for r in (RADII[1::3] if claim.dear else RADII)]
    if not claim.real:
        try:
            found = _on_circles(claim, points, radii, nodes, order)
        except ImdeError:  # it takes no complex h
            found = None
        if found is not None:
            return found
    angles = np.cos(np.pi * (np.arange(nodes) + 0.5) / nodes)
    try:
        found = _on_intervals(claim, points, radii, angles, order, False)
    except ImdeError:  # it takes no negative h
        return _on_intervals(claim, points, radii, angles, order, True)
    if found.uncertain[:, 0].max() <= SMOOTH * np.abs(found.values[:, 0]).max():
        return found
    sides = [found, _on_intervals(claim, points, radii, angles, order, True)]  # it may have a kink at 0, such as |h|
    return min(sides, key=lambda side: float(side.uncertain[:, -1].max()))


def _best(candidates: list[tuple[np.ndarray, np.ndarray]], how: str, grain: Grain) -> Fitted:
    """For each number the radius with the least uncertainty."""
    values, uncertain = (np.array(list(x)) for x in zip(*candidates, strict=True))
    uncertain = np.where(np.isfinite(uncertain) & np.isfinite(values), uncertain, np.inf)
    chosen = uncertain.argmin(axis=0)[None]
    best, doubt = (np.take_along_axis(a, chosen, 0)[0] for a in (np.nan_to_num(values), uncertain))
    return Fitted(best, doubt, how, grain)


def _values(claim: FunctionClaim, points: Sequence[np.ndarray], steps: np.ndarray) -> np.ndarray:
    """Shape (points, steps, d)."""
    return claim.values([(x, h) for x in points for h in steps.tolist()]).reshape(len(points), len(steps), -1)


def _floor(coefficients: np.ndarray, values: np.ndarray, grain: Grain) -> np.ndarray:
    """What coefficients of high index leave of an analytic function: rounding and truncation. Shape (points, 1, d)."""
    half = coefficients.shape[1] // 2
    rounding = np.maximum(TINY * np.abs(values), grain.of(values)).max(1)
    found: np.ndarray = np.maximum(np.abs(coefficients[:, half:]).max(1), rounding)[:, None]
    return found


def _on_circles(
    claim: FunctionClaim, points: Sequence[np.ndarray], radii: Sequence[float], nodes: int, order: int
) -> Fitted | None:
    """None where the function is not analytic in h, such as one that drops the imaginary part."""
    circle = np.exp(2j * np.pi * np.arange(nodes) / nodes)
    if not np.iscomplexobj(first := _values(claim, points, radii[0] * circle)):
        return None
    rings = [first, *(_values(claim, points, r * circle) for r in radii[1:])]
    candidates, analytic, grain = [], False, grain_of(np.concatenate(rings, 1))
    for r, values in zip(radii, rings, strict=True):
        coefficients = np.fft.fft(values, axis=1) / nodes
        floor = _floor(coefficients, values, grain)
        if not floor.max() <= BLUR * np.abs(values).max():
            continue
        real = _values(claim, points, np.array([r / 3]))[:, 0]
        predicted = (coefficients * (1 / 3) ** np.arange(nodes)[None, :, None]).sum(1)
        if np.all(np.abs(predicted - real) <= AGREE * floor[:, 0]):
            analytic = True
            power = r ** np.arange(order)[None, :, None]
            candidates.append((coefficients[:, :order].real / power, floor / power + 0 * coefficients[:, :order].real))
    return _best(candidates, "by fits on circles of complex h", grain) if analytic else None


def _on_intervals(
    claim: FunctionClaim, points: Sequence[np.ndarray], radii: Sequence[float], angles: np.ndarray, order: int, positive: bool
) -> Fitted:
    nodes = len(angles)
    basis = np.zeros((nodes, nodes))
    for j in range(nodes):
        basis[j, : j + 1] = chebyshev.cheb2poly([0] * j + [1])
    sampled = [_values(claim, points, r * (angles + 1) / 2 if positive else r * angles).real for r in radii]
    candidates, grain = [], grain_of(np.concatenate(sampled, 1))
    for r, values in zip(radii, sampled, strict=True):
        a = np.moveaxis(chebyshev.chebfit(angles, np.moveaxis(values, 1, 0).reshape(nodes, -1), nodes - 1), 0, 0)
        a = np.moveaxis(a.reshape(nodes, len(points), -1), 0, 1)
        floor = _floor(a, values, grain)
        for kept in range(order, nodes + 1, 2):
            spread = np.where(np.arange(nodes)[None, :, None] < kept, floor, np.maximum(floor, np.abs(a)))
            found = np.einsum("pjd,jk->pkd", a[:, :kept], basis[:kept])
            doubt = np.einsum("pjd,jk->pkd", spread, np.abs(basis))
            if positive:  # of the variable 2h/r - 1, about -1
                shift = _shifted(nodes)
                found, doubt = np.einsum("pjd,jk->pkd", found, shift), np.einsum("pjd,jk->pkd", doubt, np.abs(shift))
            power = ((r / 2) if positive else r) ** np.arange(order)[None, :, None]
            candidates.append((found[:, :order] / power, doubt[:, :order] / power))
    side = "positive" if positive else "real"
    return _best(candidates, f"by fits in {side} h", grain)


def _shifted(nodes: int) -> np.ndarray:
    """The matrix that takes coefficients in u to those in u + 1: u^j = ((u + 1) - 1)^j."""
    matrix = np.zeros((nodes, nodes))
    row = np.array([1.0])
    for j in range(nodes):
        matrix[j, : j + 1] = row
        row = np.convolve(row, [-1.0, 1.0])
    return matrix
