"""The stage recursion of Runge-Kutta methods, for a given field or for the field to be found.

With a field c = h·(field) the stages are g_i = c ∘ U_i, U_i = id + Σ_j a_ij g_j, and the map is
Φ = id + Σ_i b_i g_i. With w_i = log U_i and P_i = Σ_{j>=1} L_{w_i}^j c / j!, grade k of g_i is
c_k + P_i,k, where P_i,k needs lower grades only. So implicit methods cost as much as explicit ones,
nothing is iterated, and Φ_k = (Σ b) c_k + Σ b_i P_i,k is solved for c_k as easily as it is evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

from .calculus import exp, log
from .space import Graded, Part, PreLieSpace


class Recursion(Protocol):
    """A method as a map Φ[c], with Φ_k = consistency · c_k + rest(k)."""

    consistency: Any
    c: Graded

    def rest(self, k: int) -> Part | None:
        """The part of Φ_k that lower grades of c fix; None stands for zero."""

    def push(self, part: Part, k: int) -> None:
        """Fix grade k of c."""


class Tableau(Protocol):
    """Coefficients as canonical scalars."""

    @property
    def A(self) -> Sequence[Sequence[Any]]: ...

    @property
    def b(self) -> Sequence[Any]: ...


class StageRecursion:
    """Grade by grade: `rest(k)`, then `push(c_k, k)`."""

    def __init__(self, space: PreLieSpace, tableau: Tableau):
        self._space = space
        self._A = [[(j, space.scalar(a)) for j, a in enumerate(row) if a != 0] for row in tableau.A]
        self._b = [(i, space.scalar(b)) for i, b in enumerate(tableau.b) if b != 0]
        self.consistency = sum(tableau.b, Fraction(0))
        self.c: Graded = [None]
        self._g: list[Graded] = [[None] for _ in self._A]
        self._w: list[Graded] = [[None] for _ in self._A]
        self._field_towers = [space.tower(w, self.c) for w in self._w]
        self._log_towers = [space.tower(w, w) for w in self._w]
        self._moved: list[Part | None] = [None] * len(self._A)

    def rest(self, k: int) -> Part | None:
        if k == 1:
            return None
        for i, row in enumerate(self._A):
            self._moved[i] = self._field_towers[i].exponential(k) if row else None
        pairs = [(b, self._moved[i]) for i, b in self._b if self._moved[i] is not None]
        return self._space.linear(*zip(*pairs, strict=True)) if pairs else None

    def push(self, part: Part, k: int) -> None:
        space = self._space
        self.c.append(part)
        if k == space.order:  # nothing reads the stages' last grade
            return
        for g, moved in zip(self._g, self._moved, strict=True):
            g.append(part if moved is None else space.sum(part, moved))
        for row, w, tower in zip(self._A, self._w, self._log_towers, strict=True):
            if row:
                U = space.linear([a for _, a in row], [self._g[j][k] for j, _ in row])
                w.append(U if k == 1 else space.difference(U, tower.logarithmic(k)))


def method_map(space: PreLieSpace, recursion: Recursion, field: Graded) -> Graded:
    """The map Φ of a method applied to the field (grades of h·field)."""
    consistency = space.scalar(recursion.consistency)
    phi: Graded = [None]
    for k in range(1, space.order + 1):
        rest = recursion.rest(k)
        own = space.linear([consistency], [field[k]])
        phi.append(own if rest is None else space.sum(own, rest))
        recursion.push(field[k], k)
    return phi


def modified(space: PreLieSpace, recursion: Recursion, field: Graded) -> Graded:
    """The modified field: its exact flow is the method applied to `field`."""
    return log(space, method_map(space, recursion, field))


def inverse_modified(space: PreLieSpace, recursion: Recursion, field: Graded) -> Graded:
    """The inverse modified field c: the method applied to c is the exact flow of `field`."""
    target = exp(space, field)
    inverse = space.scalar(1 / recursion.consistency)
    for k in range(1, space.order + 1):
        rest = recursion.rest(k)
        part = target[k] if rest is None else space.difference(target[k], rest)
        recursion.push(space.linear([inverse], [part]), k)
    return recursion.c
