"""Runge-Kutta-Nyström methods for q'' = g(q)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from ...base.checks import check_direction
from ...base.errors import MethodError, UnknownNameError
from ...prelie import Graded, NystromRecursion, PreLieSpace, exp, inverse_modified
from ...rings import Scalar, scalar, to_sympy, vanishes
from ...trees import tree_table
from ..display import array_latex
from ..method import Method
from ..plain import numbers, rows
from ..theory.order import MAX_OTHER_ORDER, order_over_trees
from ..theory.stages import is_strictly_lower, total
from .partitioned import PartitionedTableau
from .runge_kutta import ButcherTableau

MATCHES = ("velocities", "positions")
Rows = Sequence[Sequence[Scalar]]


class Nystrom(Method):
    """k_i = g(q + c_i h v + h² Σ ā_ij k_j), q advances by h v + h² Σ b̄_i k_i, v by h Σ b_i k_i (HNW II.14).

    A     : s rows ā_ij of at most s entries, filled up with zeros
    b_bar : s weights of the positions
    b     : s weights of the velocities
    c     : s nodes
    a     : s rows of the stage velocities v + h Σ a_ij k_j, for fields g(q, v). The inverse modified field is such a
            field even where g(q) is not, so it needs them

    Part 0 of the field is q' = v, part 1 is v' = g. The inverse modified equation keeps q' = v and has the
    field of second order as its unknown: it reproduces the velocities, which are what g is learned from, or with
    `with_inverse(match="positions")` the positions; one unknown cannot reproduce both.
    Raises MethodError for data of the wrong shape.

    >>> verlet = Nystrom(A=[[], ["1/2"]], b_bar=["1/2", 0], b=["1/2", "1/2"], c=[0, 1])
    >>> verlet.order
    2
    >>> verlet.stages, verlet.is_explicit, verlet.kind
    (2, True, '2-stage Nyström method')
    >>> verlet.match, verlet.measured["inverse"], verlet.leading("inverse")
    ('velocities', 'velocities', [Fraction(1, 1), Fraction(1, 1)])
    """

    family = "nystrom"
    colors = 2
    second_order = True

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
        """The field that the method turns into the exact flow of `field`.

        Raises MethodError where the method has no stage velocities, or the space has other colours than two.
        """
        if self.a is None:
            raise MethodError(
                f"the learned field of {self.title} depends on the velocities: give the stage velocities, `a`, "
                "which tell where the method reads them"
            )
        if self.match == "velocities":
            return inverse_modified(space, self.recursion(space), field, kept=(0,))
        # q'' = v' puts D q'·(v in h^m)/(m + 1) into the positions, where the method has D q'·Σ b̄_i g_i: the same unknown
        reading = NystromRecursion(space, self.c, self.A, self.a, self.b_bar, self.b_bar)
        shares = [[space.scalar(Fraction(1)), space.scalar(Fraction(1, m + 1))] for m in range(space.order + 1)]
        target = [None, *(space.colored([shares[m]], [part], m) for m, part in enumerate(exp(space, field)[1:], 1))]
        return inverse_modified(space, reading, field, kept=(0,), target=target)

    @property
    def match(self) -> str:
        """What the inverse equation reproduces, "velocities" or "positions"."""
        return str(self.info.get("match", "velocities"))

    @property
    def measured(self) -> Mapping[str, str]:  # type: ignore[override]
        """The inverse is measured by what it reproduces."""
        return {"inverse": self.match, "forward": "steps"}

    def leading(self, direction: str) -> list[Scalar] | None:
        """The weight of each part of the field in its share of the equation.

        Raises MethodError for a direction that is neither "inverse" nor "forward".
        """
        if check_direction(direction, MethodError) == "forward" or self.match == "velocities":
            return super().leading(direction)
        weight = 2 * total(self.b_bar)
        return None if weight == 0 else [Fraction(1), 1 / weight]

    def with_inverse(self, unknown: int | str | None = None, match: str | None = None) -> Method:
        """The same method with a convention for its inverse equation.

        match : "velocities" (default) or "positions", what the method applied to q' = v, v' = g_h reproduces; "both" where the
                method is a partitioned one in disguise (`as_partitioned`), which is what is returned then
        Raises MethodError for another word, for "both" of another method, and for unknown=.

        >>> verlet = Nystrom(A=[[], ["1/2"]], b_bar=["1/2", 0], b=["1/2", "1/2"], c=[0, 1], a=[["1/2"], ["1/2"]])
        >>> verlet.with_inverse(match="positions").match, verlet.with_inverse(match="both").family
        ('positions', 'partitioned')
        """
        if unknown is not None:
            raise MethodError(
                f"the inverse of {self.title} keeps q' = v and corrects v' = g: unknown= is not for Nyström methods"
            )
        if match in (None, self.match):
            return self
        if match == "both":
            return self.as_partitioned()
        if match not in MATCHES:
            raise UnknownNameError("match", match, (*MATCHES, "both"))
        return self._of_data(self.to_dict() | {"match": match})

    def as_partitioned(self) -> PartitionedTableau:
        """The partitioned Runge-Kutta method that this one is in disguise: A = Â a, b̄ = b̂ a, c = Â·1, b̂·1 = 1.

        There the velocities of the stages, v + h Σ a_ij k_j, are what q' = v is read at. Where several Â and b̂ fit, b̂ = b, and
        rows of Â that lead to the result are b̂. Raises MethodError where there is none.

        >>> verlet = Nystrom(A=[[], ["1/2"]], b_bar=["1/2", 0], b=["1/2", "1/2"], c=[0, 1], a=[["1/2", 0], ["1/2", 0]])
        >>> verlet.as_partitioned().order
        2
        """
        a = self.a or ()
        found = [_combination(a, row, node) for row, node in zip((*self.A, self.b_bar), (*self.c, Fraction(1)), strict=True)]
        if not a or any(x is None for x in found):
            raise MethodError(
                f"{self.title} cannot reproduce positions and velocities both with one field v' = g: that needs q' to be learned "
                "too, in a partitioned Runge-Kutta method in disguise, A = Â a, b_bar = b̂ a, c = Â·1, b̂·1 = 1, which it is not; "
                'match="velocities" or match="positions" reproduces one of them'
            )
        last = self.b if _leads(a, self.b, self.b_bar, Fraction(1)) else found[-1]
        rows = [last if _leads(a, last or (), row, node) else x for x, row, node in zip(found, self.A, self.c, strict=False)]
        info = {key: value for key, value in self.info.items() if key != "match"}
        return PartitionedTableau([ButcherTableau(rows, last), ButcherTableau(a, self.b)], name=self.name, **info)


def _leads(a: Rows, weights: Sequence[Scalar], row: Sequence[Scalar], node: Scalar) -> bool:
    """Whether Σ weights_i a_i = row and Σ weights = node."""
    columns = zip(*a, strict=True)
    sums = [total([w * x for w, x in zip(weights, column, strict=True)]) for column in columns]
    return all(vanishes(x - y) for x, y in zip([*sums, total(weights)], [*row, node], strict=True))


def _combination(a: Rows, row: Sequence[Scalar], node: Scalar) -> tuple[Scalar, ...] | None:
    """Weights with `_leads`, zero where they are free; None where there are none."""
    if not a:
        return None
    equations = sympy.Matrix([*([to_sympy(x) for x in column] for column in zip(*a, strict=True)), [1] * len(a)])
    right = sympy.Matrix([to_sympy(x) for x in (*row, node)])
    names = sympy.symbols(f"w:{len(a)}")
    solutions = sympy.linsolve((equations, right), *names)
    for solution in solutions:
        return tuple(scalar(sympy.radsimp(x.subs(dict.fromkeys(names, 0)))) for x in solution)
    return None


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
