"""Steps of methods with stages, by + and * alone: of points in any arrays, or of power series in h."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from ..base.errors import ConvergenceError, MethodError
from ..codegen.numbers import nearest
from ..method import Method
from .solvers import Parts, weights

SWEEPS = 200
"""Of the fixed-point iteration for implicit stages."""
SETTLED = 1e-14
Loop = Callable[[Callable[[list[Any]], list[Any]], list[Any], int], list[Any]]
"""(sweep, slopes, count) -> the slopes after so many sweeps."""


def in_turn(sweep: Callable[[list[Any]], list[Any]], slopes: list[Any], count: int) -> list[Any]:
    """One sweep after the other."""
    return reduce(lambda own, _: sweep(own), range(count), slopes)


@dataclass(frozen=True)
class Stepper:
    """One step of a Runge-Kutta or partitioned method; in the latter each component has weights of its own.

    A, b : numbers, or arrays (d,) of one for each component;  c : numbers
    """

    title: str
    explicit: bool
    A: tuple[tuple[Any, ...], ...]
    b: tuple[Any, ...]
    c: tuple[float, ...]

    def step(
        self,
        field: Callable[[Any, Any], Any],
        x: Any,
        t: Any,
        times_h: Callable[[Any], Any],
        sweeps: int = 0,
        loop: Loop = in_turn,
    ) -> Any:
        """The point after one step of a field (x, t).

        times_h : multiplies by the step size
        sweeps  : of the iteration for implicit stages; 0 means until they settle, which arrays without values cannot tell
        loop    : repeats so many sweeps
        Raises ConvergenceError where the iteration does not settle.
        """

        def moved(row: Sequence[Any], slopes: Sequence[Any]) -> Any:
            terms = [a * g for a, g in zip(row, slopes, strict=False) if not (isinstance(a, float) and a == 0)]
            return x + times_h(reduce(add, terms)) if terms else x

        times = [t if t is None or not c else t + times_h(c) for c in self.c]
        slopes: list[Any] = []
        if self.explicit:
            for row, time in zip(self.A, times, strict=True):
                slopes.append(field(moved(row, slopes), time))
            return moved(self.b, slopes)

        def sweep(slopes: list[Any]) -> list[Any]:
            return [field(moved(row, slopes), time) for row, time in zip(self.A, times, strict=True)]

        slopes = [field(x, t)] * len(self.b)
        if sweeps:
            return moved(self.b, loop(sweep, slopes, sweeps))
        for _ in range(SWEEPS):
            last, slopes = slopes, sweep(slopes)
            if _settled(last, slopes):
                return moved(self.b, slopes)
        raise ConvergenceError(f"the stages of {self.title} were not found by fixed-point iteration: take a smaller h")


def stepper(method: Method, parts: Parts | None = None, like: Any = None) -> Stepper:
    """The step of a method. Raises MethodError for one without stages, such as a splitting.

    parts : for a partitioned method the components of each part, with a point `like` those that it moves
    """
    found = method.tableaux(method.colors)
    if not found or (len(found) > 1 and parts is None):
        raise MethodError(f"{method.title} has no tableau to step with: a Runge-Kutta or a partitioned method with `parts` has")
    if len(found) == 1:
        A = tuple(tuple(nearest(a) for a in row) for row in found[0].A)
        b = tuple(nearest(x) for x in found[0].b)
        return Stepper(method.title, method.is_explicit, A, b, tuple(float(sum(row)) for row in A))
    arrays = weights(method, parts, sum(map(len, parts or ())))
    rows, last = arrays[0], arrays[1]
    own = tuple(tuple(_as_array(a, like) for a in row) for row in rows)  # those that are all 0 stay numbers
    explicit = not np.any(np.triu(rows.transpose(2, 0, 1)))
    return Stepper(method.title, explicit, own, tuple(_as_array(b, like) for b in last), tuple(map(float, arrays[2])))


def _as_array(values: np.ndarray, like: Any) -> Any:
    """Weights of the components as an array of the same library, precision and device as a point; 0.0 where all are 0."""
    if not np.any(values):
        return 0.0
    if hasattr(like, "new_tensor"):
        return like.new_tensor(values)
    return values if like is None else values.astype(like.dtype)


def _settled(old: Sequence[Any], new: Sequence[Any]) -> bool:
    sizes = [_size(n) for n in new]
    precision = SETTLED if _double(new[0]) else 1e-6
    return max(_size(n - o) for n, o in zip(new, old, strict=True)) <= precision * max(1.0, *sizes)


def _size(values: Any) -> float:
    return float(abs(values).max()) if hasattr(values, "max") else abs(float(values))


def _double(values: Any) -> bool:
    return "32" not in str(getattr(values, "dtype", "")) and "16" not in str(getattr(values, "dtype", ""))
