"""Tableaux of solvers of which only the code of a step is there, from running it on vectors in place of the slopes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.errors import MethodError, shown

STAGES = 40
"""At most."""

Field = Callable[..., np.ndarray]


class Slopes:
    """A field whose value at its i-th point is a multiple of the i-th unit vector: a step from 0 of size 1 spells the tableau.

    A code that evaluates its field twice at one point gets the same slope again.
    >>> slopes = Slopes(1.0)
    >>> float(slopes(np.zeros(STAGES))[0]), len(slopes.points)
    (1.0, 1)
    """

    in_features = out_features = STAGES

    def __init__(self, size: float):
        self.size, self.points = size, list[np.ndarray]()

    def __call__(self, x: np.ndarray, *_: Any) -> np.ndarray:
        """The slope at a point. Raises MethodError for what is not one."""
        if np.shape(x) != (STAGES,):
            raise MethodError("it evaluates its field at what is not a state of the first order")
        own = next((i for i, point in enumerate(self.points) if np.array_equal(point, x)), len(self.points))
        if own == STAGES:
            raise MethodError(f"it has over {STAGES} stages")
        if own == len(self.points):
            self.points.append(np.array(x))
        unit: np.ndarray = np.eye(STAGES)[own]
        return self.size * unit


def traced(step: Callable[[Field, np.ndarray], Any]) -> tuple[list[list[float]], list[float]]:
    """A and b of an explicit step of size 1, as its code (field, x) takes it.

    Raises MethodError where that is not a Runge-Kutta step: where it does not only add multiples of slopes.

    >>> A, b = traced(lambda f, x: x + f(x + f(x) / 2))
    >>> A, b
    ([[0.0, 0.0], [0.5, 0.0]], [0.0, 1.0])
    """
    try:
        A, b = _weights(step, 1.0)
        other, more = _weights(step, 4.0)  # a power of 2, so that nothing is rounded
    except MethodError:
        raise
    except Exception as failure:  # whatever the code of a stranger's step does with an array
        text = f"{type(failure).__name__}: {shown(str(failure))}"
        raise MethodError(f"its step does more than add multiples of slopes: {text}") from None
    if len(b) == 0 or not (np.array_equal(A, other) and np.array_equal(b, more)):
        raise MethodError("its step is not that of a Runge-Kutta method")
    return A.tolist(), b.tolist()


def _weights(step: Callable[[Field, np.ndarray], Any], size: float) -> tuple[np.ndarray, np.ndarray]:
    slopes = Slopes(size)
    end = np.asarray(step(slopes, np.zeros(STAGES)), dtype=float)
    s = len(slopes.points)
    if end.shape != (STAGES,) or np.any(end[s:]):
        raise MethodError("its step is not that of a Runge-Kutta method")
    return np.array([point[:s] for point in slopes.points]) / size, end[:s] / size
