"""The recursions of exponential methods: for f = L y + N(y), with functions of hL, and for f with functions of h f'(y)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import factorial
from typing import Any

from .space import COMPOSE, EXP, Graded, Part, PreLieSpace

Coefficients = Sequence[Any]
"""Taylor coefficients in z = hL, from z^0 on."""


class ExponentialRecursion:
    """Stages g_i = c_1 ∘ U_i with U_i = exp(c_i hL) y + Σ_j a_ij(hL) g_j, and the map exp(hL) y + Σ_j b_j(hL) g_j.

    Colour 0 is the linear part, c_0 = h L y, colour 1 the rest, c_1 = h N. As c_0 is linear, (hL) v is D c_0·v, one product,
    which raises the grade by one; so grade k reads the coefficients of z^0 to z^(k-1).

    nodes : c_i
    rows  : for each stage the coefficients of a_ij, for each j
    last  : those of b_j

    >>> from imde_sym.prelie import method_map
    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(2), 2, ring_of([0.5]))
    >>> etd1 = ExponentialRecursion(space, [Fraction(0)], [[]], [[Fraction(1), Fraction(1, 2)]])  # φ_1 = 1 + z/2 + ...
    >>> space.flat(method_map(space, etd1, space.generator()))  # calls .rest(k) and .push(c_k, k) in turn
    array([1. , 1. , 0.5, 0. , 0.5, 0. ])
    """

    def __init__(
        self, space: PreLieSpace, nodes: Sequence[Any], rows: Sequence[Sequence[Coefficients]], last: Sequence[Coefficients]
    ):
        stages = range(len(last))
        self._space = space
        self.consistency: Sequence[Any] = [Fraction(1), sum((b[0] for b in last), Fraction(0))]
        self._only = [[space.scalar(Fraction(int(v == color))) for v in range(2)] for color in range(2)]
        self.c: Graded = [None]
        self._linear: Graded = [None]  # c_0
        self._rest: Graded = [None]  # c_1
        self._maps = [_Row(space, c, row) for c, row in zip(nodes, rows, strict=True)]
        self._last = _Row(space, Fraction(1), last)
        self._powers: list[Graded] = [[None]]  # (hL)^m c_0
        self._turned: list[list[Graded]] = [[[None]] for _ in stages]  # (hL)^m g_j
        self._w: list[Graded] = [[None] for _ in stages]
        self._fields = [space.tower(w, self._rest, COMPOSE) for w in self._w]
        self._logs = [space.tower(w, w, EXP) for w in self._w]
        self._moved: list[Part] = []

    def rest(self, k: int) -> Part | None:
        """What powers of hL and the displacement of the stages add to the map at grade k."""
        if k == 1:
            return None
        self._moved = [tower.total(k) for tower in self._fields]
        for chain in (self._powers, *self._turned):
            turn(self._space, chain, self._linear, k)
        pairs = self._last.moved(self._powers, self._turned, k)
        pairs += [(b[0], moved) for (_, b), moved in zip(self._last.weights, self._moved, strict=True)]
        return self._space.linear([x for x, _ in pairs], [part for _, part in pairs]) if pairs else None

    def push(self, part: Part, k: int) -> None:
        """Fix grade k of c, and with it grade k of every stage and of its displacement."""
        space = self._space
        self.c.append(part)
        for element, weights in zip((self._linear, self._rest), self._only, strict=True):
            element.append(space.colored([weights], [part], k))
        self._powers[0].append(self._linear[k])
        for chain, moved in zip(self._turned, self._moved or [None] * len(self._turned), strict=True):
            chain[0].append(self._rest[k] if moved is None else space.sum(self._rest[k], moved))
        for row, w, log in zip(self._maps, self._w, self._logs, strict=True):
            pairs = row.own(self._linear, self._turned, k) + (row.moved(self._powers, self._turned, k) if k > 1 else [])
            U = space.linear([x for x, _ in pairs], [p for _, p in pairs])
            w.append(U if k == 1 else space.difference(U, log.total(k)))


class ExponentialRosenbrockRecursion:
    """Stages U_i = id + c_i φ_1(c_i hJ) c + Σ_j a_ij(hJ) D_j with D_j = c ∘ U_j - c - hJ (U_j - id), J the Jacobian at y.

    (hJ) v is D c·v, and D_j begins with second derivatives, so that grade k of the map id + φ_1(hJ) c + Σ_j b_j(hJ) D_j is c_k
    and what lower grades fix. Arguments as for `ExponentialRecursion`.

    >>> from imde_sym.prelie import method_map
    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> euler = ExponentialRosenbrockRecursion(space, [Fraction(0)], [[]], [[Fraction(0)] * 3])  # the map id + φ_1(hJ) h f
    >>> space.flat(method_map(space, euler, space.generator()))  # calls .rest(k) and .push(c_k, k) in turn
    array([1.        , 0.5       , 0.        , 0.16666667])
    """

    def __init__(
        self, space: PreLieSpace, nodes: Sequence[Any], rows: Sequence[Sequence[Coefficients]], last: Sequence[Coefficients]
    ):
        stages = range(len(last))
        self._space = space
        self.consistency: Sequence[Any] = [Fraction(1)] * space.colors
        self.c: Graded = [None]
        self._maps = [_Row(space, c, row) for c, row in zip(nodes, rows, strict=True)]
        self._last = _Row(space, Fraction(1), last)
        self._powers: list[Graded] = [self.c]  # (hJ)^m c
        self._turned: list[list[Graded]] = [[[None]] for _ in stages]  # (hJ)^m D_j
        self._moves: list[Graded] = [[None] for _ in stages]  # U_j - id
        self._w: list[Graded] = [[None] for _ in stages]
        self._fields = [space.tower(w, self.c, COMPOSE) for w in self._w]
        self._logs = [space.tower(w, w, EXP) for w in self._w]

    def rest(self, k: int) -> Part | None:
        """What lower grades of c add to the map at grade k."""
        if k == 1:
            return None
        space = self._space
        for chain, tower, move in zip(self._turned, self._fields, self._moves, strict=True):
            chain[0].append(space.difference(tower.total(k), space.product(move, self.c, k, 1)))
        for chain in (self._powers, *self._turned):
            turn(space, chain, self.c, k)
        pairs = self._last.moved(self._powers, self._turned, k)
        pairs += [(b[0], self._turned[j][0][k]) for j, b in self._last.weights]
        return space.linear([x for x, _ in pairs], [part for _, part in pairs])

    def push(self, part: Part, k: int) -> None:
        """Fix grade k of c, and with it grade k of every stage."""
        space = self._space
        self.c.append(part)
        for chain in self._turned if k == 1 else ():
            chain[0].append(space.zero(part))
        for row, move, w, log in zip(self._maps, self._moves, self._w, self._logs, strict=True):
            pairs = row.own(self.c, self._turned, k) + (row.moved(self._powers, self._turned, k) if k > 1 else [])
            move.append(space.linear([x for x, _ in pairs], [p for _, p in pairs]))
            w.append(move[k] if k == 1 else space.difference(move[k], log.total(k)))


def turn(space: PreLieSpace, chain: list[Graded], linear: Graded, k: int) -> None:
    """Grade k of the m-th power of D linear · on an element, for m from 1 to k - 1."""
    chain.append([None, *(space.zero(part) for part in chain[0][1:k])])
    for m in range(1, k):
        chain[m].append(space.product(chain[m - 1], linear, k, 1))


class _Row:
    """exp(c hL) y + Σ_j a_j(hL) g_j: the weights of each power of hL."""

    def __init__(self, space: PreLieSpace, node: Any, row: Sequence[Coefficients]):
        node = Fraction(node) if isinstance(node, float) else node  # which floats would round with 1/(m + 1)!
        self._flow = [space.scalar(node ** (m + 1) * Fraction(1, factorial(m + 1))) for m in range(space.order)]
        self.weights = [(j, [space.scalar(x) for x in a]) for j, a in enumerate(row)]

    def own(self, linear: Graded, turned: Sequence[Sequence[Graded]], k: int) -> list[tuple[Any, Part]]:
        """The terms without a power of hL."""
        return [(self._flow[0], linear[k])] + [(a[0], turned[j][0][k]) for j, a in self.weights]

    def moved(self, powers: Sequence[Graded], turned: Sequence[Sequence[Graded]], k: int) -> list[tuple[Any, Part]]:
        """The terms of grade k with one."""
        flow = [(self._flow[m], powers[m][k]) for m in range(1, k)]
        return flow + [(a[m], turned[j][m][k]) for j, a in self.weights for m in range(1, k)]
