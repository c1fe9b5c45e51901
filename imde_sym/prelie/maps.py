"""Recursions of maps that are made of other maps: flows of parts, compositions, adjoints."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from .space import COMPOSE, EXP, Graded, Part, PreLieSpace
from .stages import Recursion


class FlowRecursion:
    """The exact flow of one colour's part of the field: Φ = exp(c_ν).

    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> flow = FlowRecursion(space, 0)
    >>> flow.rest(1) is None  # grade 1 of the flow is c_1 itself
    True
    >>> flow.push(space.generator()[1], 1)
    >>> flow.rest(2)  # of h² f'f/2
    array([0.5])
    """

    def __init__(self, space: PreLieSpace, color: int):
        self._space = space
        self.consistency: Sequence[Any] = [Fraction(int(v == color)) for v in range(space.colors)]
        self._weights = [space.scalar(x) for x in self.consistency]
        self.c: Graded = [None]
        self._own: Graded = [None]
        self._tower = space.tower(self._own, self._own, EXP)

    def rest(self, k: int) -> Part | None:
        """The part of exp(c_ν) of grade k that comes from lower grades."""
        return self._tower.total(k) if k > 1 else None

    def push(self, part: Part, k: int) -> None:
        """Fix grade k of c, of which the flow takes its own colour."""
        self.c.append(part)
        self._own.append(self._space.colored([self._weights], [part], k))


class CompositionRecursion:
    """Φ_m ∘ ... ∘ Φ_1, the first of `steps` applied first; each is a recursion with its fraction of the step.

    With Ψ_i = Φ_i ∘ Ψ_{i-1}, grade k of Ψ_i is that of Ψ_{i-1} and Φ_i plus what L_{log Ψ_{i-1}} makes of
    lower grades of Φ_i.

    >>> from imde_sym import methods
    >>> from imde_sym.prelie import StageRecursion, method_map
    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> euler = [StageRecursion(space, [methods["explicit_euler"]]) for _ in range(2)]
    >>> two = CompositionRecursion(space, [(step, 0.5) for step in euler])
    >>> space.flat(method_map(space, two, space.generator()))  # two half steps, by `.rest(k)` and `.push(c_k, k)` in turn
    array([1.   , 0.25 , 0.125, 0.   ])
    """

    def __init__(self, space: PreLieSpace, steps: Sequence[tuple[Recursion, Any]]):
        self._space = space
        self._recursions = [r for r, _ in steps]
        self._fractions = [space.scalar(theta) for _, theta in steps]
        self._weights = [[space.scalar(theta * x) for x in r.consistency] for r, theta in steps]
        self.consistency: Sequence[Any] = [
            sum((theta * r.consistency[v] for r, theta in steps), Fraction(0)) for v in range(space.colors)
        ]
        self.c: Graded = [None]
        self._phi: list[Graded] = [[None] for _ in steps]
        self._w: list[Graded] = [[None] for _ in steps]  # log Ψ_i
        self._moves = [space.tower(w, phi, COMPOSE) for w, phi in zip(self._w, self._phi[1:], strict=False)]
        self._logs = [space.tower(w, w, EXP) for w in self._w]
        self._rests: list[Part | None] = []
        self._moved: list[Part] = []

    def rest(self, k: int) -> Part | None:
        """What the maps make of lower grades, each at the map before it."""
        self._rests = [r.rest(k) for r in self._recursions]
        self._moved = [tower.total(k) for tower in self._moves] if k > 1 else []
        parts = [part for part in self._rests if part is not None] + self._moved
        return self._space.sum(*parts) if parts else None

    def push(self, part: Part, k: int) -> None:
        """Fix grade k of c: every map gets it with its fraction of the step."""
        space, running = self._space, None
        self.c.append(part)
        for i, recursion in enumerate(self._recursions):
            recursion.push(space.linear([self._fractions[i]], [part]), k)
            own, rest = space.colored([self._weights[i]], [part], k), self._rests[i]
            self._phi[i].append(own if rest is None else space.sum(own, rest))
            terms = [self._phi[i][k]] + ([] if running is None else [running]) + (self._moved[i - 1 : i] if i else [])
            running = space.sum(*terms)
            self._w[i].append(running if k == 1 else space.difference(running, self._logs[i].total(k)))


class AdjointRecursion:
    """The adjoint map: the inverse of Φ[-c]. With w = log Φ[-c] it is exp(-w).

    >>> from imde_sym import methods
    >>> from imde_sym.prelie import StageRecursion, method_map
    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> euler = StageRecursion(space, [methods["explicit_euler"]])
    >>> adjoint = AdjointRecursion(space, euler)
    >>> space.flat(method_map(space, adjoint, space.generator()))  # implicit Euler, by `.rest(k)` and `.push(c_k, k)` in turn
    array([1., 1., 1., 1.])
    """

    def __init__(self, space: PreLieSpace, recursion: Recursion):
        self._space, self._recursion = space, recursion
        self.consistency: Sequence[Any] = recursion.consistency
        self._weights = [space.scalar(x) for x in recursion.consistency]
        self.c: Graded = [None]
        self._w: Graded = [None]
        self._minus: Graded = [None]
        self._log = space.tower(self._w, self._w, EXP)
        self._exp = space.tower(self._minus, self._minus, EXP)
        self._known: Part | None = None  # grade k of Φ[-c] that is known before c_k
        self._lost: Part | None = None

    def rest(self, k: int) -> Part | None:
        """The part of the inverse of Φ[-c] of grade k that comes from lower grades."""
        space, self._known = self._space, self._recursion.rest(k)
        if k == 1:
            return None
        self._lost = self._log.total(k)
        parts = [self._lost, self._exp.total(k)]
        total = space.sum(*parts)
        return total if self._known is None else space.difference(total, self._known)

    def push(self, part: Part, k: int) -> None:
        """Fix grade k of c, that of -c for the map that is inverted."""
        space = self._space
        self.c.append(part)
        reversed_ = space.negative(part)
        self._recursion.push(reversed_, k)
        phi = space.colored([self._weights], [reversed_], k)
        if self._known is not None:
            phi = space.sum(phi, self._known)
        w = phi if self._lost is None else space.difference(phi, self._lost)
        self._w.append(w)
        self._minus.append(space.negative(w))
