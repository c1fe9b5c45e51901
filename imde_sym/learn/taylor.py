"""The forward modified field of a callable as a power series in h, through the callable itself.

With Φ a step and Δ = Φ* - id, h f̃ = Σ (-1)^(k+1)/k Δ^k id, and Δ^k id is a difference of iterates Φ^j with binomial weights.
The iterates are found as truncated power series in h: n·s evaluations of the callable on series of degree n, where nested
derivatives take some 2^n on points. JAX pushes series through a function by `jax.experimental.jet`, torch by
`fields.power_series`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import comb
from typing import Any

from ..base.errors import LearningError
from ..fields.callables import BACKENDS
from .backends import library
from .stepping import Loop, Stepper, in_turn

Field = Callable[[Any, Any], Any]
Push = Callable[[Field, Sequence[Any], Sequence[Any] | None], list[Any]]
"""(field, coefficients of x, of t) -> coefficients of field(x, t)."""
Repeat = Callable[[Callable[..., Any], tuple[Any, Any], int], list[Any]]


class Powers:
    """A truncated power series in h, by its coefficients: what a step needs of numbers."""

    __array_ufunc__ = None  # array * series is ours: numpy would make an array of series of it

    def __init__(self, coefficients: Sequence[Any]):
        self.coefficients = list(coefficients)

    def __add__(self, other: Powers) -> Powers:
        return Powers([a + b for a, b in zip(self.coefficients, other.coefficients, strict=True)])

    def __mul__(self, factor: Any) -> Powers:
        return Powers([factor * a for a in self.coefficients])

    __rmul__ = __mul__

    def shifted(self) -> Powers:
        """h times the series, to the same degree."""
        return Powers([0 * self.coefficients[0], *self.coefficients[:-1]])


def forward_terms(
    field: Field, stepper: Stepper, push: Push, x: Any, t: Any, count: int, repeat: Repeat, loop: Loop = in_turn
) -> list[Any]:
    """The coefficients of h^0, ..., h^(count - 1) of the field whose exact flow the step is, at x and time t.

    repeat : (step, start, count) -> the coefficients of Φ(x), ..., Φ^count(x);  loop : of the sweeps of implicit stages
    """

    def along(y: Powers, s: Powers | None) -> Powers:
        values = push(field, y.coefficients[:-1], None if s is None else s.coefficients[:-1])
        return Powers([*values, 0 * values[0]])  # h times it is what counts

    def times_h(value: Any) -> Any:
        if isinstance(value, Powers):
            return value.shifted()
        return Powers([0 * t, 0 * t + value, *[0 * t] * (count - 1)])

    def step(y: Sequence[Any], s: Sequence[Any] | None) -> tuple[list[Any], list[Any] | None]:
        clock = None if s is None else Powers(s)
        moved = stepper.step(along, Powers(y), clock, times_h, count, loop).coefficients
        return moved, None if clock is None else (clock + times_h(1.0)).coefficients

    clock = None if t is None else [t, *[0 * t] * count]
    iterates = repeat(step, ([x, *[0 * x] * count], clock), count)
    return [sum(w * iterates[j - 1][m] for j, w in enumerate(log_weights(m)) if j) for m in range(1, count + 1)]


def repeat_torch(step: Callable[..., Any], start: tuple[Any, Any], count: int) -> list[Any]:
    """One step after the other."""
    found = []
    for _ in range(count):
        start = step(*start)
        found.append(start[0])
    return found


def repeat_jax(step: Callable[..., Any], start: tuple[Any, Any], count: int) -> list[Any]:
    """A loop that is compiled once, however many steps it takes."""

    def body(carry: Any, _: Any) -> Any:
        new = step(*carry)
        return new, new[0]

    _, found = library("jax", "power series").lax.scan(body, start, None, length=count)
    return [[c[j] for c in found] for j in range(count)]


def loop_jax(sweep: Callable[[list[Powers]], list[Powers]], slopes: list[Powers], count: int) -> list[Powers]:
    """Sweeps that are compiled once, however many there are: a scan, which reverse mode passes through."""

    def body(carry: Any, _: Any) -> Any:
        return [s.coefficients for s in sweep([Powers(c) for c in carry])], None

    found, _ = library("jax", "power series").lax.scan(body, [s.coefficients for s in slopes], None, length=count)
    return [Powers(c) for c in found]


@cache
def log_weights(m: int) -> tuple[float, ...]:
    """The weight of Φ^j, j = 0..m, in Σ_{k<=m} (-1)^(k+1)/k Δ^k id, which has the right power h^m."""
    return tuple(
        float(sum((-1) ** (k + 1) * (-1) ** (k - j) * comb(k, j) / k for k in range(max(j, 1), m + 1))) for j in range(m + 1)
    )


def push_jax(field: Field, x: Sequence[Any], t: Sequence[Any] | None) -> list[Any]:
    """Series through a function of JAX arrays. Raises what jet raises where it has no rule."""
    return BACKENDS["jax"].push(lambda y, s=None: field(y, s), *_given(x, t))


def push_torch(field: Field, x: Sequence[Any], t: Sequence[Any] | None) -> list[Any]:
    """Series through a function of torch tensors. Raises NoRule where it uses what no series knows."""

    def value(y: Any, s: Any = None) -> Any:
        found = field(y, s)
        if not hasattr(found, "shape"):
            raise LearningError(f"the model returns a {type(found).__name__}; it must return an array of the shape of x")
        return found

    return BACKENDS["torch"].push(value, *_given(x, t))


def _given(x: Sequence[Any], t: Sequence[Any] | None) -> list[Sequence[Any]]:
    return [x] if t is None else [x, t]
