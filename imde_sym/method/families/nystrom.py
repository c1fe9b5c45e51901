"""Runge-Kutta-Nyström methods for q'' = g(q)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ...base.errors import MethodError
from ...prelie import Graded, NystromRecursion, PreLieSpace, inverse_modified
from ...trees import tree_table
from ..display import array_latex
from ..method import Method
from ..plain import numbers, rows
from ..theory.order import MAX_OTHER_ORDER, order_over_trees
from ..theory.stages import is_strictly_lower


class Nystrom(Method):
    """k_i = g(q + c_i h v + h² Σ ā_ij k_j), q advances by h v + h² Σ b̄_i k_i, v by h Σ b_i k_i (HNW II.14).

    A     : s rows ā_ij of at most s entries, filled up with zeros
    b_bar : s weights of the positions
    b     : s weights of the velocities
    c     : s nodes
    a     : s rows of the stage velocities v + h Σ a_ij k_j, for fields g(q, v). The inverse modified field is such a
            field even where g(q) is not, so it needs them

    Part 0 of the field is q' = v, part 1 is v' = g. The inverse modified equation keeps q' = v and has the
    field of second order as its unknown: it reproduces the velocities, which are what g is learned from; one
    unknown cannot reproduce positions and velocities both.
    Raises MethodError for data of the wrong shape.

    >>> verlet = Nystrom(A=[[], ["1/2"]], b_bar=["1/2", 0], b=["1/2", "1/2"], c=[0, 1])
    >>> verlet.order
    2
    """

    family = "nystrom"
    colors = 2
    second_order = True
    measured = {"inverse": "velocities", "forward": "steps"}  # noqa: RUF012

    def __init__(
        self,
        A: Sequence[Sequence[Any]],
        b_bar: Sequence[Any],
        b: Sequence[Any],
        c: Sequence[Any],
        a: Sequence[Sequence[Any]] | None = None,
        *,
        name: str = "",
        **info: Any,
    ):
        self.b_bar, self.b, self.c = numbers("b_bar", b_bar), numbers("b", b), numbers("c", c)
        s = len(self.b)
        self.A = rows("A", A, s)
        self.a = None if a is None else rows("a", a, s)
        lengths = {"A": len(self.A), "b_bar": len(self.b_bar), "c": len(self.c), "a": s if self.a is None else len(self.a)}
        if wrong := next((key for key, n in lengths.items() if n != s or not s), None):
            raise MethodError(f"a Nyström method with {s} weights b needs {s} entries of {wrong}, found {lengths[wrong]}")
        super().__init__(name, info)

    @property
    def data(self) -> dict[str, Any]:
        """The defining numbers, by name."""
        return {"A": self.A, "b_bar": self.b_bar, "b": self.b, "c": self.c, "a": self.a}

    @property
    def kind(self) -> str:
        """What the method is, for titles."""
        return f"{self.stages}-stage Nyström method"

    @property
    def stages(self) -> int:
        """The number of stages."""
        return len(self.b)

    def latex(self) -> str:
        """The nodes and rows of A, below the line the weights of the positions, then of the velocities."""
        return array_latex(self.c, self.A, [self.b_bar, self.b])

    @cached_property
    def is_explicit(self) -> bool:
        """Whether the stages can be computed one after the other."""
        return is_strictly_lower(self.A)

    @cached_property
    def order(self) -> int:
        """The computed order for q'' = g(q): over the trees that occur (q-nodes with one branch, v-nodes with branches of q)."""
        return order_over_trees(self.numbers, self.weight_blocks, self.colors, MAX_OTHER_ORDER, _occurring)

    def recursion(self, space: PreLieSpace) -> NystromRecursion:
        """The method as a recursion over the grades of `space`."""
        self.check_colors(space.colors)
        velocity = self.a or ((),) * self.stages
        return NystromRecursion(space, self.c, self.A, velocity, self.b_bar, self.b)

    def inverse_modified(self, space: PreLieSpace, field: Graded) -> Graded:
        """The field that the method turns into the exact flow of `field`."""
        if self.a is None:
            raise MethodError(
                f"the learned field of {self.title} depends on the velocities: give the stage velocities, `a`, "
                "which tell where the method reads them"
            )
        return inverse_modified(space, self.recursion(space), field, kept=(0,))


def _occurring(order: int) -> np.ndarray:
    """Which trees with two colours up to `order` have an elementary differential that is not zero for q' = v, v' = g(q)."""
    table = tree_table(2)
    size = table.size(order)
    found = np.ones(size, bool)
    for k in range(2, order + 1):
        block = table.block(k)
        u, w = table.trunk[block], table.branch[block]
        fits = np.where(table.root[u] == 0, (table.order[u] == 1) & (table.root[w] == 1), table.root[w] == 0)
        found[block] = found[u] & found[w] & fits
    return found
