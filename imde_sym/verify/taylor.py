"""Taylor series of solutions, in any arithmetic.

Every generator of a differential ring has a derivative that is a polynomial in the generators. So along
a solution all of them obey one polynomial ODE, whose Taylor coefficients need additions and Cauchy
products only (Jorba and Zou 2005, for automatic differentiation of ODEs).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from ..codegen import Builder, Program
from ..fields import GradedField

Jet = Any
"""Taylor coefficients by their index: a list of numbers, or an array whose further axis holds points."""


class TaylorSeries(ABC):
    """The solutions of a graded field with the step `h` in its coefficients; a subclass gives the arithmetic."""

    def __init__(self, field: GradedField, h: Any):
        self._h, ring = h, field.ring
        size = len(ring.generators)
        start = Builder(ring)
        self._start: Program = start.program([start.generator(g) for g in range(size)])
        jets = Builder(ring, inputs=range(size))
        along = [[grade.along(g) for grade in field.grades] for g in range(size)]
        self._moving = [g for g in range(size) if any(p != 0 for p in along[g])]
        self._jets = jets.program([jets.graded(along[g]) for g in self._moving])
        place = {g.expression: i for i, g in enumerate(ring.generators)}
        self._variables = [place[v] for v in ring.variables]

    @abstractmethod
    def _run(self, program: Program, x: Any) -> Sequence[Any]:
        """The values of a program of the variables at x."""

    @abstractmethod
    def _zeros(self, count: int, x: Any, /) -> Jet:
        """So many coefficients, for a solution that starts at x."""

    @abstractmethod
    def _cauchy(self, a: Jet, b: Jet, k: int) -> Any:
        """Σ a_i b_(k-i)."""

    @abstractmethod
    def _number(self, value: Any) -> Any:
        """A canonical scalar."""

    def _taylor(self, x: Any, terms: int) -> list[Jet]:
        """Taylor coefficients 0..terms of each variable along the solution through x."""
        start = self._run(self._start, x)
        generators = [self._zeros(terms + 1, x) for _ in start]
        for own, value in zip(generators, start, strict=True):
            own[0] = value
        series = [self._zeros(terms, x) for _ in self._jets.instructions]
        outputs = list(zip(self._moving, self._jets.outputs, strict=True))
        for k in range(terms):
            self._extend(k, series, generators)
            for g, number in outputs:
                generators[g][k + 1] = series[number][k] / (k + 1)
        return [generators[g] for g in self._variables]

    def _extend(self, k: int, series: Sequence[Jet], generators: Sequence[Jet]) -> None:
        """Coefficient k of every instruction."""
        for own, (op, *args) in zip(series, self._jets.instructions, strict=True):
            if op == "mul":
                own[k] = self._cauchy(series[args[0]], series[args[1]], k)
            elif op == "add":
                own[k] = series[args[0]][k] + series[args[1]][k]
            elif op == "input":
                own[k] = generators[args[0]][k]
            elif k == 0:
                own[0] = self._h if op == "h" else self._number(args[0])
