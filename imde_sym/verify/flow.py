"""The exact flow to any precision, by Taylor series.

Every generator of a differential ring has a derivative that is a polynomial in the generators. So along
a solution all of them obey one polynomial ODE, whose Taylor coefficients need additions and Cauchy
products only (Jorba and Zou 2005, for automatic differentiation of ODEs).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath

from ..base.errors import ConvergenceError
from ..base.sharing import working_digits
from ..codegen import Builder, Program
from ..fields import DifferentialRing, FieldPart
from .numbers import evaluate, number

MAX_STEPS = 3_000


class ReferenceFlow:
    """φ_t of Σ h^k parts[k], accurate to about the mpmath working precision in force.

    A step takes `terms` Taylor coefficients and is as long as they allow.
    """

    def __init__(self, ring: DifferentialRing, parts: Sequence[FieldPart], h: Any = 0):
        self._h = h
        size = len(ring.generators)
        start = Builder(ring)
        self._start: Program = start.program([start.generator(g) for g in range(size)])
        jets = Builder(ring, inputs=range(size))
        along = [[ring.generator_along(g, part) for part in parts] for g in range(size)]
        self._moving = [g for g in range(size) if any(p != 0 for p in along[g])]
        self._jets = jets.program([jets.graded(along[g]) for g in self._moving])
        place = {g.expression: i for i, g in enumerate(ring.generators)}
        self._variables = [place[v] for v in ring.variables]

    def __call__(self, x: Sequence[Any], time: Any) -> list[Any]:
        """The point reached from x after `time`. Raises ConvergenceError where the solution blows up."""
        x, left = list(x), mpmath.mpmathify(time)
        epsilon = mpmath.mpf(10) ** (-working_digits())
        terms = int(working_digits() * 1.2) + 6
        for _ in range(MAX_STEPS):
            if left == 0:
                return x
            series = self._taylor(x, terms)
            scale = max(max((abs(v) for v in x), default=1), mpmath.mpf(1))
            reach = abs(left)
            for k in (terms - 1, terms):
                top = max(abs(c[k]) for c in series)
                if top:
                    reach = min(reach, (epsilon * scale / top) ** (mpmath.mpf(1) / k))
            step = left if reach >= abs(left) else mpmath.sign(left) * reach
            x = [mpmath.polyval(c[::-1], step) for c in series]
            left = left - step
        raise ConvergenceError(f"the reference solution needs over {MAX_STEPS} steps: it has a singularity, or time is too long")

    def _taylor(self, x: Sequence[Any], terms: int) -> list[list[Any]]:
        """Taylor coefficients 0..terms of the variables along the solution through x."""
        generators = [[v] for v in evaluate(self._start, x)]
        code = self._jets.instructions
        series: list[list[Any]] = [[] for _ in code]
        moving = set(self._moving)
        for k in range(terms):
            for own, (op, *args) in zip(series, code, strict=True):
                if op == "mul":
                    a, b = series[args[0]], series[args[1]]
                    own.append(mpmath.fdot(zip(a, reversed(b), strict=True)))
                elif op == "add":
                    own.append(series[args[0]][k] + series[args[1]][k])
                elif op == "input":
                    own.append(generators[args[0]][k])
                else:
                    own.append((self._h if op == "h" else number(args[0])) if k == 0 else mpmath.mpf(0))
            outputs = dict(zip(self._moving, self._jets.outputs, strict=True))
            for g, values in enumerate(generators):
                values.append(series[outputs[g]][k] / (k + 1) if g in moving else mpmath.mpf(0))
        return [generators[g] for g in self._variables]
