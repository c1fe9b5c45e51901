"""The recursion of general linear methods: their underlying one-step method, and the starting procedure that goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .space import COMPOSE, EXP, Graded, Part, PreLieSpace

Rows = Sequence[Sequence[Any]]


class GeneralLinearRecursion:
    """Stages Y = U S + h A f(Y) and new values S ∘ Φ = V S + h B f(Y), to be solved for the map Φ and the values S.

    Among all solutions (Φ is unique up to a change of variables) the one in which S_0 is the identity, so that value 0 of a
    run is a sequence of points of Φ (Kirchgraber 1986; Stoffer 1993; HLW XV.2). With S = u id + σ and V u = u, grade k says

        (V - I) σ_k - u Φ_k = (σ ∘ Φ - σ)_k - (B g)_k,   σ_0 = 0,

    where the right-hand side holds lower grades of σ and Φ only, and g_k = c_k + what lower grades fix. The matrix on the left
    has an inverse where 1 is a simple eigenvalue of V with u_0 = 1.

    A, B    : one matrix for each colour, of as many columns as there are stages
    U, V    : shapes (stages, values) and (values, values)
    u       : the eigenvector
    inverse : of the matrix with the columns -u, (V - I)_1, (V - I)_2, ...
    consistency : Φ_1 = consistency · c_1, for each colour

    >>> from fractions import Fraction
    >>> from imde_sym.prelie import method_map
    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space, one = TreeSpace(tree_table(), 3, ring_of([0.5])), Fraction(1)
    >>> euler = GeneralLinearRecursion(space, [[[0]]], [[one]], [[[one]]], [one], [[-one]], [one])
    >>> space.flat(method_map(space, euler, space.generator()))  # calls .rest(k) and .push(c_k, k) in turn
    array([1., 0., 0., 0.])
    """

    def __init__(
        self,
        space: PreLieSpace,
        A: Sequence[Rows],
        U: Rows,
        B: Sequence[Rows],
        u: Sequence[Any],
        inverse: Rows,
        consistency: Sequence[Any],
    ):
        values, stages = range(len(u)), range(len(U))
        self._space, self.consistency = space, consistency
        self.c: Graded = [None]
        self._A, self._B = (
            [_nonzero([[m[i][j] for m in matrices] for j in stages], space) for i in range(len(matrices[0]))]
            for matrices in (A, B)
        )
        self._U = [[(j, space.scalar(x)) for j, x in enumerate(row) if x != 0 and j] for row in U]
        self._u = [space.scalar(x) for x in u]
        self._inverse = [[(j, space.scalar(x)) for j, x in enumerate(row) if x != 0] for row in inverse]
        self._sigma: list[Graded] = [[None] for _ in values]
        self._phi: Graded = [None]  # log of the map
        self._w: list[Graded] = [[None] for _ in stages]  # logs of the stages
        self._fields = [space.tower(w, self.c, COMPOSE) for w in self._w]
        self._logs = [space.tower(w, w, EXP) for w in self._w]
        self._shifts = [space.tower(self._phi, sigma, COMPOSE) for sigma in self._sigma]
        self._log = space.tower(self._phi, self._phi, EXP)
        self._moved: list[Part] = []
        self._shifted: list[Part] = []

    def rest(self, k: int) -> Part | None:
        """What lower grades add to the map at grade k."""
        if k == 1:
            return None
        self._moved = [tower.total(k) for tower in self._fields]
        self._shifted = [tower.total(k) for tower in self._shifts]
        return self._solve(self._moved, k)[0]

    def push(self, part: Part, k: int) -> None:
        """Fix grade k of c, and with it grade k of the stages, the values and the map."""
        space = self._space
        self.c.append(part)
        slopes = [part if k == 1 else space.sum(part, moved) for moved in self._moved or [part] * len(self._w)]
        phi, *others = self._solve(slopes, k)
        self._phi.append(phi if k == 1 else space.difference(phi, self._log.total(k)))
        for sigma, found in zip(self._sigma, [space.zero(part), *others], strict=True):
            sigma.append(found)
        if k == space.order:
            return
        for i, (w, log) in enumerate(zip(self._w, self._logs, strict=True)):
            own = self._combined(self._A[i], slopes, k) if self._A[i] else space.zero(part)
            parts = [own, *(space.linear([x], [self._sigma[j][k]]) for j, x in self._U[i])]
            total = space.sum(*parts)
            w.append(total if k == 1 else space.difference(total, log.total(k)))

    def _solve(self, slopes: Sequence[Part], k: int) -> list[Part]:
        """Φ_k and σ_1,k, σ_2,k, ... for these slopes of the stages."""
        space = self._space
        right: list[Part] = []
        for l, row in enumerate(self._B):
            gained = self._combined(row, slopes, k) if row else space.zero(slopes[0])
            right.append(space.negative(gained) if k == 1 else space.difference(self._shifted[l], gained))
        zero = space.zero(right[0])
        return [space.linear([x for _, x in row], [right[j] for j, _ in row]) if row else zero for row in self._inverse]

    def _combined(self, row: Sequence[tuple[int, Any]], slopes: Sequence[Part], k: int) -> Part:
        return self._space.colored([x for _, x in row], [slopes[j] for j, _ in row], k)


def _nonzero(weights: Sequence[Sequence[Any]], space: PreLieSpace) -> list[tuple[int, list[Any]]]:
    return [(j, [space.scalar(x) for x in w]) for j, w in enumerate(weights) if any(x != 0 for x in w)]
