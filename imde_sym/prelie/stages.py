"""The stage recursion of Runge-Kutta methods, for a given field or for the field to be found.

With a field c = h·(field) the stages are g_i = c ∘ U_i, U_i = id + Σ_j a_ij g_j, and the map is
Φ = id + Σ_i b_i g_i. With w_i = log U_i and P_i = Σ_{j>=1} L_{w_i}^j c / j!, grade k of g_i is
c_k + P_i,k, where P_i,k needs lower grades only. So implicit methods cost as much as explicit ones,
nothing is iterated, and Φ_k = (Σ b) c_k + Σ b_i P_i,k is solved for c_k as easily as it is evaluated.
With several colours each one has coefficients of its own (additive and partitioned methods).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, Protocol

from ..errors import MethodError
from .calculus import exp, grades, log
from .space import Graded, Part, PreLieSpace


class Recursion(Protocol):
    """A method as a map Φ[c], with Φ_k = consistency · c_k + rest(k), one consistency for each colour."""

    consistency: Sequence[Any]
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
    """Grade by grade: `rest(k)`, then `push(c_k, k)`. One tableau for each colour, with equal numbers of stages."""

    def __init__(self, space: PreLieSpace, tableaux: Sequence[Tableau]):
        self._space = space
        rows = zip(*(t.A for t in tableaux), strict=True)  # a row holds one sequence a colour
        self._A = [_nonzero(space, zip(*row, strict=True)) for row in rows]
        self._b = _nonzero(space, zip(*(t.b for t in tableaux), strict=True))
        self.consistency: Sequence[Any] = [sum(t.b, Fraction(0)) for t in tableaux]
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
        return self._space.colored([b for b, _ in pairs], [moved for _, moved in pairs], k) if pairs else None

    def push(self, part: Part, k: int) -> None:
        space = self._space
        self.c.append(part)
        if k == space.order:  # nothing reads the stages' last grade
            return
        for g, moved in zip(self._g, self._moved, strict=True):
            g.append(part if moved is None else space.sum(part, moved))
        for row, w, tower in zip(self._A, self._w, self._log_towers, strict=True):
            if row:
                U = space.colored([a for _, a in row], [self._g[j][k] for j, _ in row], k)
                w.append(U if k == 1 else space.difference(U, tower.logarithmic(k)))


def _nonzero(space: PreLieSpace, weights: Iterable[Sequence[Any]]) -> list[tuple[int, Sequence[Any]]]:
    """The weights (one scalar a colour) that are not zero for all colours, with their places."""
    return [(j, [space.scalar(a) for a in w]) for j, w in enumerate(weights) if any(a != 0 for a in w)]


def method_map(space: PreLieSpace, recursion: Recursion, field: Graded) -> Graded:
    """The map Φ of a method applied to the field (grades of h·field)."""
    consistency = [space.scalar(x) for x in recursion.consistency]
    phi: Graded = [None]
    for k in grades(space, 1, "method, grades"):
        rest = recursion.rest(k)
        own = space.colored([consistency], [field[k]], k)
        phi.append(own if rest is None else space.sum(own, rest))
        recursion.push(field[k], k)
    return phi


def modified(space: PreLieSpace, recursion: Recursion, field: Graded) -> Graded:
    """The modified field: its exact flow is the method applied to `field`."""
    return log(space, method_map(space, recursion, field))


def inverse_modified(space: PreLieSpace, recursion: Recursion, field: Graded) -> Graded:
    """The inverse modified field c: the method applied to c is the exact flow of `field`."""
    target = exp(space, field)
    inverse = [space.scalar(x) for x in inverses(recursion.consistency)]
    for k in grades(space, 1, "inverse modified field, grades"):
        rest = recursion.rest(k)
        part = target[k] if rest is None else space.difference(target[k], rest)
        recursion.push(space.colored([inverse], [part], k), k)
    return recursion.c


def inverses(consistency: Sequence[Any]) -> list[Any]:
    """1/consistency of each colour. Raises MethodError where one is zero."""
    if any(x == 0 for x in consistency):
        raise MethodError(
            "the weights b of the method sum to 0, so no field makes it reproduce a flow: "
            "an inverse modified equation needs sum(b) != 0"
        )
    return [1 / x for x in consistency]
