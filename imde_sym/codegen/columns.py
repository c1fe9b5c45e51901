"""Programs on columns: arrays (variables, points) without checks, for loops that take many steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from ..base.errors import CodegenError
from . import numba, numpy, python
from .live import LiveFunction
from .program import Program
from .routine import Routine

NAME = "step"
TRAJECTORY = """

@njit(error_model="numpy")
def trajectories(points, size, every, result):
    for point in range(points.shape[1]):
        here = points[:, point].copy()
        there = np.empty_like(here)
        for row in range(result.shape[0]):
            for _ in range(every if row else 0):
                step(here, size, there)
                here, there = there, here
            result[row, point] = here
"""


class _Raw(LiveFunction):
    """The generated function itself, without its checks."""

    def __init__(self, routine: Routine, target: str, emit: Callable[[Routine], str], name: str):
        self._name = name
        super().__init__(target, routine, emit)

    def _compile(self) -> Callable[..., Any]:
        function: Callable[..., Any] = self._run()[self._name]
        return function

    @property
    def function(self) -> Callable[..., Any]:
        """What was compiled."""
        return self._function


class Columns:
    """The outputs of a program at many points: x of shape (d, N) to (outputs, N); `size` is what its h stands for.

    Each form is compiled when it is first asked for.
    """

    def __init__(self, program: Program, title: str, sized: bool = False):
        self.program, self._sized = program, sized
        self._routine = Routine(program, len(program.inputs), title, NAME, has_h=sized)

    def __call__(self, x: np.ndarray, size: float = 0.0, out: np.ndarray | None = None) -> np.ndarray:
        """The outputs, put into `out` where it is given."""
        if out is None:
            out = np.empty((len(self.program.outputs), x.shape[1]))
        self._block(*x, *[size] * self._sized, out.T)
        return out

    @cached_property
    def _block(self) -> Callable[..., Any]:
        return _Raw(self._routine, "numpy", numpy.emit, f"{NAME}_block").function

    @cached_property
    def of_a_point(self) -> Callable[..., Any] | None:
        """(list of numbers, size) -> list: for a single point some ten times faster. None where plain Python lacks a function."""
        try:
            return _Raw(self._routine, "python", python.emit, NAME).function
        except CodegenError:
            return None

    @cached_property
    def compiled(self) -> Callable[..., Any]:
        """(points (d, N), size, steps a row, result (rows, N, d)): trajectories of a step, in a loop that numba compiles."""

        def emit(routine: Routine) -> str:
            return (
                numba.emit(routine).replace("from numba import njit", "import numpy as np\nfrom numba import njit", 1)
                + TRAJECTORY
            )

        return _Raw(self._routine, "numba", emit, "trajectories").function
