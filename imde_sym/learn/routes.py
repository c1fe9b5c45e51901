"""From a model to the terms of its forward modified equation: power series, nested derivatives, or central differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from math import comb, factorial
from operator import add
from typing import Any

import numpy as np

from ..fields.callables import Backend, Differentials
from .backends import library
from .base import as_numpy
from .stepping import Stepper, in_turn
from .taylor import forward_terms, loop_jax, push_jax, push_torch, repeat_jax, repeat_torch

Field = Callable[[Any, Any], Any]
"""(x, t) -> f, with t = None where the model has no time."""

SERIES, JVP, AUTOGRAD, DIFFERENCES = "power series in h", "nested jvp", "nested autograd", "central differences"
INVERSE_SWEEPS = 60
"""Of the fixed-point iteration for Φ⁻¹, which halves its error each time while h·Lip < 1/2."""


class Point:
    """A point with its time, where both move within a step."""

    def __init__(self, x: Any, t: Any):
        self.x, self.t, self.shape = x, t, x.shape

    def __add__(self, other: Point) -> Point:
        return Point(self.x + other.x, self.t + other.t)

    def __sub__(self, other: Point) -> Point:
        return Point(self.x - other.x, self.t - other.t)

    def __truediv__(self, number: float) -> Point:
        return Point(self.x / number, self.t / number)

    def __mul__(self, weight: float) -> Point:
        return Point(weight * self.x, weight * self.t)

    __rmul__ = __mul__


class Moving(Backend):
    """Derivatives in x alone, or along a Point; those of a rate of the time vanish, as it is constant."""

    def __init__(self, along: Callable[..., Any]):
        self._along = along

    def jvp(self, f: Callable[[Any], Any], x: Any, v: Any) -> Any:
        """Df(x)·v."""
        if isinstance(x, Point):
            return Point(self._along(lambda y, s: f(Point(y, s)).x, (x.x, x.t), (v.x, v.t)), 0 * x.t)
        return self._along(f, (x,), (v,))


def autograd_along(f: Callable[..., Any], points: Sequence[Any], directions: Sequence[Any]) -> Any:
    """Df·v by two reverse passes of torch: for models that call autograd themselves, which torch.func does not pass through."""
    torch = library("torch", "a derivative")
    with torch.enable_grad():
        own = [p * 1 if p.requires_grad else p.detach().requires_grad_() for p in points]
        value = f(*own)
        if not value.requires_grad:
            return torch.zeros_like(value)
        weight = torch.zeros_like(value, requires_grad=True)
        slopes = torch.autograd.grad(value, own, weight, create_graph=True, allow_unused=True)
        dot = sum((g * v).sum() for g, v in zip(slopes, directions, strict=True) if g is not None)
        if not hasattr(dot, "requires_grad") or not dot.requires_grad:
            return torch.zeros_like(value)
        found = torch.autograd.grad(dot, weight, create_graph=True, allow_unused=True)[0]
    return torch.zeros_like(value) if found is None else found


def along_of(route: str, name: str) -> Callable[..., Any]:
    """The directional derivative of a route in a library."""
    if route == AUTOGRAD:
        return autograd_along
    if name == "torch":
        func = library("torch", "a derivative").func
        return lambda f, points, directions: func.jvp(f, tuple(points), tuple(directions))[1]
    jax = library("jax", "a derivative")
    return lambda f, points, directions: jax.jvp(f, tuple(points), tuple(directions))[1]


def tree_terms(
    fields: Sequence[Field],
    along: Callable[..., Any],
    weights: Sequence[Mapping[int, float]],
    x: Any,
    t: Any,
    powers: Sequence[int],
) -> dict[int, Any]:
    """The coefficients of powers of h by elementary differentials; those that no tree has are left out."""
    wanted = [k for k in sorted(powers, reverse=True) if weights[k]]  # from the top: lower trees are then known as branches
    if t is None:
        own: list[Callable[[Any], Any]] = [lambda y, f=f: f(y, None) for f in fields]  # type: ignore[misc]
        start = x
    else:
        own = [lambda y, f=f, i=i: Point(f(y.x, y.t), float(i == 0) + 0 * y.t) for i, f in enumerate(fields)]  # type: ignore[misc]
        start = Point(x, t)
    found = Differentials(Moving(along), own, start)
    values = {k: found.combination(weights[k]) for k in wanted}
    return {k: v.x if isinstance(v, Point) else v for k, v in values.items()}


def series_terms(field: Field, stepper: Stepper, name: str, x: Any, t: Any, count: int) -> dict[int, Any]:
    """The coefficients of h^0, ..., h^(count - 1) by power series."""
    ways = (push_torch, repeat_torch, in_turn) if name == "torch" else (push_jax, repeat_jax, loop_jax)
    push, repeat, loop = ways
    return dict(enumerate(forward_terms(field, stepper, push, x, t, count, repeat, loop)))


def central_weights(m: int) -> tuple[float, ...]:
    """c_1, ..., c_m of the derivative at 0: Σ c_j (y_j - y_-j)/h, with an error O(h^2m)."""
    return tuple((-1) ** (j + 1) * factorial(m) ** 2 / (j * factorial(m - j) * factorial(m + j)) for j in range(1, m + 1))


def difference_parts(
    step: Callable[[Any], Any], x: Any, h: float, count: int, first: Any = None, settled: Callable[[Any, Any], bool] | None = None
) -> tuple[list[Any], bool]:
    """What each power of h up to h^(count - 1) adds to the field, powers included, from steps of a map; and whether they
    were taken both ways.

    step    : point -> a step of the map. The way back is solved by z <- z + x - Φ(z); where that does not settle, the
              series log(1 + Δ) = Δ - Δ²/2 + ... of forward differences serves instead
    first   : the field itself, where it is known, else the forward difference
    settled : whether two points are equal to rounding; None where arrays have no values
    """
    neighbours = count // 2 + 1
    ahead, behind = [x], [x]
    for _ in range(neighbours):
        ahead.append(step(ahead[-1]))
    own = (ahead[1] - x) / h if first is None else first
    for _ in range(neighbours):
        back = _inverse(step, behind[-1], settled)
        if back is None:
            return _forward_parts(step, ahead, h, count, own), False
        behind.append(back)
    sums = [own]
    sums += [
        _sum([c * (ahead[j] - behind[j]) for j, c in enumerate(central_weights(m), 1)]) / h for m in range(1, neighbours + 1)
    ]

    def part(k: int) -> Any:
        """Order n is that of the central sum of (n + 1)//2 neighbours on either side; order 1 is the field itself."""
        return sums[1] - own if k == 1 else sums[k // 2 + 1] - sums[k // 2] if k % 2 == 0 else 0 * own

    return [own, *map(part, range(1, count))], True


def _inverse(step: Callable[[Any], Any], x: Any, settled: Callable[[Any, Any], bool] | None) -> Any:
    """Φ⁻¹(x), or None where the iteration does not settle."""
    z = x + x - step(x)
    for _ in range(INVERSE_SWEEPS):
        new = z + x - step(z)
        if settled is not None and settled(new, z):
            return new
        z = new
    return z if settled is None else None


def _forward_parts(step: Callable[[Any], Any], ahead: list[Any], h: float, count: int, own: Any) -> list[Any]:
    path = list(ahead)
    while len(path) <= count:
        path.append(step(path[-1]))
    powers = [
        _sum([(-1.0) ** (k - j) * comb(k, j) * path[j] for j in range(k + 1)]) * ((-1) ** (k + 1) / (k * h))
        for k in range(1, count + 1)
    ]
    return [own, *(powers[k] + (powers[0] - own) if k == 1 else powers[k] for k in range(1, count))]


def _sum(values: Sequence[Any]) -> Any:
    return reduce(add, values)


def near(a: Any, b: Any) -> bool:
    """Whether two points of a map are equal to rounding."""
    size = np.max(np.abs(as_numpy(b)), initial=0.0)
    precision = 1e-14 if np.asarray(as_numpy(b)).dtype.itemsize > 4 else 1e-6
    return bool(np.max(np.abs(as_numpy(a - b)), initial=0.0) <= precision * (1 + size))


def left_the_data(step: Callable[[Any], Any], x: Any, neighbours: int) -> str:
    """Which share of points a difference formula leaves the box of the data for, and how far."""
    found, y = as_numpy(x).astype(float), x
    low, high = found.min(axis=0), found.max(axis=0)
    away = np.zeros(len(found))
    for direction in (1, -1):
        y = x
        for _ in range(neighbours):
            if direction > 0:
                y = step(y)
            else:
                z = y + y - step(y)
                for _ in range(20):
                    z = z + y - step(z)
                y = z
            at = as_numpy(y).astype(float)
            off = np.maximum(np.maximum(low - at, at - high), 0) / np.maximum(high - low, 1e-300)
            away = np.maximum(away, np.nan_to_num(off.max(axis=-1), nan=np.inf))
    share = float(np.mean(away > 0))
    if not share:
        return "the neighbours of all points lie in the box of the data"
    return f"the neighbours of {share:.0%} of the points leave the box of the data, by up to {away.max():.2g} of its width"
