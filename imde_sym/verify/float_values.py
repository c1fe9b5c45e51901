"""Float steps of methods that hand on several values, with their starting procedure found from smoothness."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import comb
from typing import Any

import numpy as np

from ..codegen.numbers import nearest
from ..method.families.general_linear import ValueMethod
from .newton import Coupling, UnsolvedError, solve_beside, solve_stages
from .slopes import FloatField
from .stepping import Step, float_step, groups_of

STRETCH = 9
"""Steps along which a run is taken to be smooth."""
PARTS = (32, 16, 8, 4, 2)
"""Of h: the starting values are solved for at h/32, 2h/32, ..., one more than the order of the method; then at h/16, ..."""

LUCK = 4
"""How much nearer two rounded results may lie by chance than those that follow."""


class ValueStep(Step):
    """Runs from the values S(x) of the starting procedure.

    The values beyond u_l y_n of the run that belongs to the underlying one-step method are smooth, so that a high difference of
    them vanishes to within a high power of h. A few steps from x give the differences, Newton's method the values that make
    them zero: for small parts of h, from which a polynomial takes them to h, with an error beyond the order of the method. At h
    itself there need not be a smooth run: the series of S in h converges only until a parasitic root meets the principal one.
    The smaller the parts are, the more the polynomial multiplies rounding, so that the greatest parts are taken
    whose result lies nearest to the one before.
    """

    def __init__(self, method: ValueMethod, field: FloatField):
        A, U, B, V = method.matrices
        self.title, self._parts = method.title, field.parts
        self._A, self._B = ([_floats(m) for m in (ms if len(ms) == len(field.parts) else ms * len(field.parts))] for ms in (A, B))
        self._U, self._V, self._u = _floats(U), _floats(V), _floats([method.start])[0]
        self._count = int(method.order) + 1
        self._groups = groups_of(np.any([m != 0 for m in self._A], axis=0))

    def start(self, x: np.ndarray, size: float) -> tuple[list[np.ndarray], Any]:
        """x and the values S(x)."""
        found = {0.0: np.zeros(((len(self._u) - 1) * len(x), x.shape[1]))}
        best = last = self._rest(x, size, PARTS[0], found)
        apart, on = np.full(x.shape[1], np.inf), np.full(x.shape[1], True)
        for parts in PARTS[1:]:
            try:
                rest = self._rest(x, size, parts, found)
            except UnsolvedError:  # no smooth run for parts as great as these
                break
            now = np.abs(rest - last).max(axis=0, initial=0.0)
            on &= now < LUCK * apart
            best = np.where(on & (now < apart), rest, best)
            if not on.any():
                break
            apart, last = np.fmin(now, apart), rest
        return [x], self._values(x, best)

    def advance(self, state: Any, size: float) -> tuple[np.ndarray, Any]:
        """Value 0 of the next values, and these."""
        new = self._new(state, size)
        return new[0], new

    def move(self, x: np.ndarray, size: float) -> np.ndarray:
        """The underlying one-step method."""
        return self.advance(self.start(x, size)[1], size)[0]

    def _rest(self, x: np.ndarray, size: float, parts: int, found: dict[float, np.ndarray]) -> np.ndarray:
        """What the values at h have beyond u_l x, from those at parts of it, which are kept in `found`."""
        nodes, values = [0.0], [found[0.0]]
        for n in range(1, self._count + 1):
            part = n / parts
            if part not in found:
                found[part] = solve_beside(partial(self._roughness, size * part), x, _extrapolated(nodes, values, part))
            nodes.append(part)
            values.append(found[part])
        return _extrapolated(nodes, values, 1.0)

    def _values(self, x: np.ndarray, rest: np.ndarray) -> np.ndarray:
        """u_l x + rest_l, of shape (r, d, N); the first has no rest."""
        found = self._u[:, None, None] * x
        found[1:] += rest.reshape(-1, *x.shape)
        return np.asarray(found)

    def _roughness(self, size: float, x: np.ndarray, rest: np.ndarray) -> np.ndarray:
        """The highest difference of what the values have beyond u_l y along a run of a few steps."""
        n, values = STRETCH, self._values(x, rest)
        total = np.zeros_like(rest)
        for j in range(n + 1):
            if j:
                values = self._new(values, size)
            total += (-1) ** (n - j) * comb(n, j) * (values[1:] - self._u[1:, None, None] * values[0]).reshape(rest.shape)
        return total

    def _new(self, values: np.ndarray, size: float) -> np.ndarray:
        """The next values."""
        points = np.tensordot(self._U, values, 1)
        slopes = [np.zeros_like(points) for _ in self._parts]
        for group, implicit in self._groups:
            known = points[group] + sum(size * np.tensordot(A[group], own, 1) for A, own in zip(self._A, slopes, strict=True))
            if implicit:
                weights = [size * A[np.ix_(group, group)] for A in self._A]
                couplings: list[Coupling] = [(part, W) for part, W in zip(self._parts, weights, strict=True) if W.any()]
                known = solve_stages(known, np.repeat(values[:1], len(group), 0), couplings)
            for A, B, part, own in zip(self._A, self._B, self._parts, slopes, strict=True):
                for j, point in zip(group, known, strict=True):
                    if A[:, j].any() or B[:, j].any():
                        own[j] = part.values(np.ascontiguousarray(point))
        moved = sum(size * np.tensordot(B, own, 1) for B, own in zip(self._B, slopes, strict=True))
        return np.asarray(np.tensordot(self._V, values, 1) + moved)


def _extrapolated(nodes: Sequence[float], values: Sequence[np.ndarray], at: float) -> np.ndarray:
    """The polynomial through the values, there."""
    total = np.zeros_like(values[0])
    for i, value in enumerate(values):
        total += value * np.prod([(at - other) / (nodes[i] - other) for k, other in enumerate(nodes) if k != i])
    return total


def _floats(rows: Sequence[Sequence[Any]]) -> np.ndarray:
    return np.array([[float(nearest(x)) for x in row] for row in rows])


@float_step.register
def _(method: ValueMethod, field: FloatField) -> Step:
    return ValueStep(method, field)
