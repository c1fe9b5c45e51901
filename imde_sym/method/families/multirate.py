"""Multirate infinitesimal methods: the fast part is solved exactly, driven by the slow part (MIS and MRI-GARK)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from ...base.errors import MethodError
from ...prelie import PreLieSpace, StageRecursion
from ...rings import Arithmetic, Scalar
from .. import formulas
from ..method import Method
from ..plain import depth, rows
from ..theory.interpolation import integration
from ..theory.numbers import Numbers
from ..theory.order import MAX_OTHER_ORDER, order_over_trees
from ..theory.stages import Stages
from ..theory.weights import elementary_weights

Matrix = tuple[tuple[Scalar, ...], ...]
Place = tuple[int, int]
"""A stage: (0, j) is Y_j, (i, q) with i > 0 the node q of the fast solution that leads to Y_i."""

Row = dict[Place, Scalar]
"""A displacement from y: weights of h f or h g at stages."""


class Multirate(Method):
    """y' = f(y) + g(y), f fast, part 0, and g slow, part 1. With Y_0 = y and D_j = Y_j - y, Y_i is reached, i = 1..s, by

        v(0) = y + Σ_j α_ij D_j,   h dv/dt = d_i h f(v) + Σ_j γ_ij D_j + Σ_j β_ij(t/h) h g(Y_j),   Y_i = v(h),

    in which d_i = Σ_j ∫ β_ij over [0, 1], the fast flow is exact, and Y_s is the result.

    beta  : row i - 1 for Y_i: numbers, at most i + 1 (the last of them, for g(Y_i) itself, makes the method implicit); or a list
            of such matrices, the coefficients of (t/h)^0, (t/h)^1, ...
    alpha : rows of at most i entries; by default each fast solution starts from the stage before, v(0) = Y_{i-1}
    gamma : rows of at most i entries, by default 0

    MRI-GARK methods (Sandu 2019) are those with alpha and gamma left out; in MIS methods (Wensch, Knoth, Galant 2009) beta is one
    matrix. Up to a given order all inner solutions are polynomials in t, so the method agrees with a generalized additive one
    whose fast stages are nodes of an interpolation formula (`tableaux_upto`). The inverse modified equation keeps f, which is
    solved exactly, and corrects g; `with_inverse(unknown="fast")` corrects f. Raises MethodError for data of the wrong shape.

    >>> strang_like = Multirate(beta=[["1/2"], ["-1/2", 1]])
    >>> strang_like.order
    2
    >>> strang_like.stages, strang_like.durations
    (2, (Fraction(1, 2), Fraction(1, 2)))
    >>> len(strang_like.starts), len(strang_like.drifts)
    (2, 2)
    >>> strang_like.forcing(0, 0, Fraction(1)), len(strang_like.tableaux_upto(2))
    (Fraction(1, 2), 2)
    """

    family = "multirate"
    colors = 2
    corrected = 1
    part_names = ("fast", "slow")

    def __init__(self, beta: Sequence[Any], alpha: Any = None, gamma: Any = None, *, name: str = "", **info: Any):
        parted = depth(beta) == 3
        given = list(beta) if parted else [beta]
        s = max((len(m) for m in given if hasattr(m, "__len__")), default=0)
        if not s:
            raise MethodError("beta needs a row for each stage after the first, at least one")
        self.layers: tuple[Matrix, ...] = tuple(
            self._lower(f"beta[{k}]" if parted else "beta", m, s, 2) for k, m in enumerate(given)
        )
        self.beta: Any = self.layers if parted else self.layers[0]
        self.alpha = None if alpha is None else self._lower("alpha", alpha, s, 1)
        self.gamma = None if gamma is None else self._lower("gamma", gamma, s, 1)
        super().__init__(name, info)

    @staticmethod
    def _lower(what: str, given: Any, s: int, own: int) -> Matrix:
        found = rows(what, given)
        if len(found) != s:
            raise MethodError(f"{what} has {len(found)} rows, beta {s}: one for each stage after the first")
        for i, row in enumerate(found):
            if any(x != 0 for x in row[i + own :]):
                raise MethodError(f"row {i} of {what} has entries beyond the first {i + own}: they belong to later stages")
        return tuple(row[: i + own] + (Fraction(0),) * (i + own - len(row)) for i, row in enumerate(found))

    @property
    def data(self) -> dict[str, Any]:
        """The defining numbers, by name."""
        return {"beta": self.beta, "alpha": self.alpha, "gamma": self.gamma}

    @property
    def kind(self) -> str:
        """What the method is, for titles."""
        return f"{self.stages}-stage multirate infinitesimal method"

    @property
    def stages(self) -> int:
        """The number of stages at which the slow part is evaluated: all but the last, and that where it is implicit."""
        return len(self.layers[0]) + any(m[-1][-1] != 0 for m in self.layers)

    @cached_property
    def is_explicit(self) -> bool:
        """Whether no stage has its own slow value on the right-hand side."""
        return not any(row[-1] != 0 for m in self.layers for row in m)

    @cached_property
    def durations(self) -> tuple[Scalar, ...]:
        """d_i: how long the fast part is solved for, in steps."""
        return tuple(
            sum((self.forcing(i, j, Fraction(1)) for j in range(i + 2)), Fraction(0)) for i in range(len(self.layers[0]))
        )

    @property
    def starts(self) -> Matrix:
        """alpha, filled in where it is left out."""
        s = range(len(self.layers[0]))
        return self.alpha or tuple(tuple(Fraction(int(i == j)) for j in range(i + 1)) for i in s)

    @property
    def drifts(self) -> Matrix:
        """gamma, zeros where it is left out."""
        return self.gamma or tuple((Fraction(0),) * (i + 1) for i in range(len(self.layers[0])))

    def forcing(self, i: int, j: int, time: Scalar) -> Scalar:
        """The integral of β_ij, of row i, from 0 to a time in steps.

        Raises MethodError for rows that are not whole numbers.
        """
        return sum((m[i][j] * time ** (k + 1) * Fraction(1, k + 1) for k, m in enumerate(self.layers)), Fraction(0))

    def latex(self) -> str:
        """The matrices that are given."""
        s = len(self.layers[0])
        shown = {rf"\beta^{{({k})}}" if len(self.layers) > 1 else r"\beta": m for k, m in enumerate(self.layers)}
        shown |= {letter: m for letter, m in ((r"\alpha", self.alpha), (r"\gamma", self.gamma)) if m is not None}
        return r", \quad ".join(
            f"{letter} = {formulas.matrix([[*row, *[Fraction(0)] * (s + 1 - len(row))] for row in m])}"
            for letter, m in shown.items()
        )

    # -- as a generalized additive method -------------------------------------------------------
    def tableaux_upto(self, order: int) -> tuple[Stages, Stages]:
        """The tableaux of the fast and the slow part, over common stages; they agree with the method on trees up to `order`.

        Raises MethodError for an order that is not a whole number.
        """
        return _unrolled(self, order)

    def recursion(self, space: PreLieSpace) -> StageRecursion:
        """The method as a recursion over the grades of `space`."""
        if space.colors != 2:
            raise MethodError(f"{self.title} needs a field in 2 parts, fast and slow; here it has {space.colors}")
        return StageRecursion(space, self.tableaux_upto(space.order))

    def elementary_weights(self, order: int, arithmetic: Arithmetic, colors: int) -> np.ndarray:
        """Those of tableaux that agree with the method up to `order`."""
        self.check_colors(colors)
        return elementary_weights(self.tableaux_upto(order), order, arithmetic)

    def read_units(self, order: int) -> dict[Scalar, float]:
        """The entries of the tableaux, with what the rounding of the method's numbers makes of them."""
        if not self.is_rounded:
            return {}
        relative = max(u / max(1.0, abs(complex(x))) for x, u in self.half_units.items())
        entries = {x for t in self.tableaux_upto(order) for row in (*t.A, t.b) for x in row if x != 0}
        return {x: relative * max(1.0, abs(complex(x))) for x in entries if not self._is_simple(x)}

    @staticmethod
    def _is_simple(x: Scalar) -> bool:
        return isinstance(x, Fraction) and x.denominator < 10**6

    @cached_property
    def order(self) -> int:
        """The computed order, at most 8."""
        limit = MAX_OTHER_ORDER if not self.is_rounded else 5
        numbers = self.numbers
        if self.is_rounded:
            units = self.read_units(limit)
            numbers = Numbers(list(units), units, self.title)
        return order_over_trees(numbers, self.weight_blocks, self.colors, limit)


def _unrolled(method: Multirate, order: int) -> tuple[Stages, Stages]:
    """The fast solutions at the nodes of an interpolation formula, and the stages that they lead to."""
    one = Fraction(1)
    nodes, inner, whole = integration((order - 1) * len(method.layers) + 1)
    stages: list[tuple[Place, Row]] = [((0, 0), {})]
    moved: list[Row] = [{}]  # D_j
    for i, d in enumerate(method.durations):
        start, drift = (_combined(*zip(m[i], moved, strict=True)) for m in (method.starts, method.drifts))

        def reached(
            time: Fraction, weights: Sequence[Fraction], i: int = i, start: Row = start, drift: Row = drift, d: Any = d
        ) -> Row:
            forcing = {(0, j): method.forcing(i, j, time) for j in range(i + 2)}
            flow: Row = {(i + 1, q): w for q, w in enumerate(weights)}
            return _combined((one, start), (time, drift), (one, forcing), (d, flow))

        if d != 0:
            stages += [((i + 1, q), reached(node, row)) for q, (node, row) in enumerate(zip(nodes, inner, strict=True))]
        moved.append(reached(one, whole))
        stages.append(((0, i + 1), moved[-1]))
    if all(m[-1][-1] == 0 for m in method.layers):
        stages = stages[:-1]  # nothing reads the slow part at the result

    def part(slow: bool) -> Stages:
        def entries(row: Row) -> tuple[Scalar, ...]:
            return tuple(row.get(place, Fraction(0)) if (place[0] == 0) == slow else Fraction(0) for place, _ in stages)

        return Stages([entries(row) for _, row in stages], entries(moved[-1]))

    return part(False), part(True)


def _combined(*terms: tuple[Scalar, Row]) -> Row:
    out: Row = {}
    for weight, row in terms:
        for place, x in row.items() if weight != 0 else ():
            out[place] = out.get(place, Fraction(0)) + weight * x
    return out
