"""The recursion of Nyström methods for q' = v, v' = g."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from .space import COMPOSE, EXP, Graded, Part, PreLieSpace


class NystromRecursion:
    """Stages g_i = c_1 ∘ U_i with U_i = id + γ_i c_0 + Σ_j ā_ij D c_0·g_j + Σ_j a_ij g_j.

    Colour 0 is the equation of q, c_0 = h v; colour 1 that of v, c_1 = h g. As c_0 is linear in v, D c_0·g_j
    is h² g in the direction of q. The map is id + c_0 + Σ b̄_i D c_0·g_i + Σ b_i g_i.
    `rest(k)`, then `push(c_k, k)`, as in every recursion.

    >>> import sympy
    >>> from imde_sym.fields import DifferentialRing, FieldSpace
    >>> from imde_sym.prelie import ColoredSpace, method_map
    >>> q, v = sympy.symbols("q v")
    >>> base = FieldSpace(DifferentialRing([q, v], [v, -sympy.sin(q)]), 2)
    >>> space = ColoredSpace(base, 2)
    >>> field = space.join([base.field([v, 0]), base.field([0, -sympy.sin(q)])])
    >>> step = NystromRecursion(space, [0], [[0]], [[0]], [Fraction(1, 2)], [Fraction(1)])  # one stage, at (q, v)
    >>> [part.expressions for part in space.total(method_map(space, step, field))[1:]]  # q + h v + h² g/2, v + h g
    [[v, -sin(q)], [-sin(q)/2, 0]]
    >>> again = NystromRecursion(space, [0], [[0]], [[0]], [Fraction(1, 2)], [Fraction(1)])
    >>> again.push(field[1], 1)  # what `method_map` calls, grade by grade
    >>> space.total([None, None, again.rest(2)])[2].expressions
    [-sin(q)/2, 0]
    """

    def __init__(
        self,
        space: PreLieSpace,
        nodes: Sequence[Any],
        position: Sequence[Sequence[Any]],
        velocity: Sequence[Sequence[Any]],
        b_position: Sequence[Any],
        b: Sequence[Any],
    ):
        s = len(b)
        self._space = space
        self.consistency: Sequence[Any] = [Fraction(1), sum(b, Fraction(0))]
        self._only = [[space.scalar(Fraction(int(v == color))) for v in range(2)] for color in range(2)]
        self._nodes = [space.scalar(x) for x in nodes]
        self._rows = [_weights(space, row) for row in position]
        self._velocity_rows = [_weights(space, row) for row in velocity]
        self._b_position, self._b = _weights(space, b_position), _weights(space, b)
        self.c: Graded = [None]
        self._drift: Graded = [None]  # c_0
        self._force: Graded = [None]  # c_1
        self._g: list[Graded] = [[None] for _ in range(s)]
        self._w: list[Graded] = [[None] for _ in range(s)]
        self._fields = [space.tower(w, self._force, COMPOSE) for w in self._w]
        self._logs = [space.tower(w, w, EXP) for w in self._w]
        self._moved: list[Part] = []
        self._turned: list[Part] = []

    def rest(self, k: int) -> Part | None:
        """What the displacement of the stages adds to the map at grade k, and to the positions in it."""
        if k == 1:
            return None
        space = self._space
        self._moved = [tower.total(k) for tower in self._fields]
        self._turned = [space.product(g, self._drift, k, 1) for g in self._g]
        pairs = [(w, self._turned[i]) for i, w in self._b_position] + [(w, self._moved[i]) for i, w in self._b]
        return space.linear([w for w, _ in pairs], [part for _, part in pairs])

    def push(self, part: Part, k: int) -> None:
        """Fix grade k of c, and with it grade k of every stage."""
        space = self._space
        self.c.append(part)
        for element, weights in zip((self._drift, self._force), self._only, strict=True):
            element.append(space.colored([weights], [part], k))
        for i, g in enumerate(self._g):
            g.append(self._force[k] if k == 1 else space.sum(self._force[k], self._moved[i]))
        for i, w in enumerate(self._w):
            pairs = [(self._nodes[i], self._drift[k])]
            pairs += [(a, self._g[j][k]) for j, a in self._velocity_rows[i]]
            pairs += [(a, self._turned[j]) for j, a in self._rows[i]] if k > 1 else []
            U = space.linear([a for a, _ in pairs], [p for _, p in pairs])
            w.append(U if k == 1 else space.difference(U, self._logs[i].total(k)))


def _weights(space: PreLieSpace, row: Sequence[Any]) -> list[tuple[int, Any]]:
    return [(j, space.scalar(x)) for j, x in enumerate(row) if x != 0]
