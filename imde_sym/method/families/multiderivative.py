"""Methods that use derivatives of the field along itself: two-derivative Runge-Kutta and Taylor methods."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from math import factorial
from typing import Any

from ...base.arguments import checked
from ...base.checks import check_order
from ...base.errors import MethodError
from ...prelie import PreLieSpace, StageRecursion
from ..method import Method
from .runge_kutta import ButcherTableau

MAX_TAYLOR_ORDER = 20


class MultiderivativeTableau(Method):
    """U_i = y + Σ_m h^m Σ_j a^(m)_ij f^(m)(U_j), y advances by Σ_m h^m Σ_i b^(m)_i f^(m)(U_i), f^(m+1) = D f^(m)·f.

    layers : pairs (A, b) or ButcherTableaux for f, D f·f, ..., with equal numbers of stages
    (HNW II.13; Chan and Tsai 2010 for two derivatives.) Raises MethodError if the layers do not fit together.

    >>> MultiderivativeTableau([([[0]], [1]), ([[0]], ["1/2"])]).order
    2
    >>> taylor_method(2).stages, taylor_method(2).is_explicit, taylor_method(2).kind
    (1, True, '1-stage 2-derivative Runge-Kutta method')
    """

    family = "multiderivative"
    nested = ("layers",)

    def __init__(self, layers: Sequence[Any], *, name: str = "", **info: Any):
        if not isinstance(layers, Sequence) or not all(isinstance(x, ButcherTableau | Sequence) for x in layers):
            raise MethodError(f"layers must be a list of tableaux or of pairs (A, b), one for each derivative; got {layers!r}")
        self.layers = tuple(x if isinstance(x, ButcherTableau) else ButcherTableau(*x) for x in layers)
        counts = {t.stages for t in self.layers}
        if len(counts) != 1:
            raise MethodError(f"the layers must have equally many stages, at least one layer; got {sorted(counts)}")
        super().__init__(name, info)

    @property
    def data(self) -> dict[str, Any]:
        """The defining numbers, by name."""
        return {"layers": self.layers}

    @property
    def kind(self) -> str:
        """What the method is, for titles."""
        return f"{self.stages}-stage {len(self.layers)}-derivative Runge-Kutta method"

    @property
    def stages(self) -> int:
        """The number of stages."""
        return self.layers[0].stages

    @cached_property
    def is_explicit(self) -> bool:
        """Whether the stages can be computed one after the other."""
        return all(t.is_explicit for t in self.layers)

    @property
    def evaluations(self) -> int:
        """Each derivative along the field counts as one."""
        return self.stages * len(self.layers)

    def latex(self) -> str:
        """The tableau of each derivative."""
        return r" \qquad ".join(rf"f^{{({m})}}\colon {t.latex()}" for m, t in enumerate(self.layers, 1))

    def recursion(self, space: PreLieSpace) -> StageRecursion:
        """The method as a recursion over the grades of `space`."""
        first, *higher = ([t] * space.colors for t in self.layers)
        return StageRecursion(space, first, higher)


@checked
def taylor_method(order: int) -> MultiderivativeTableau:
    """The Taylor method y + h f + h²/2 D f·f + ..., of any order up to 20. Raises MethodError for another order.

    >>> taylor_method(4).order
    4
    """
    n = check_order(order, MAX_TAYLOR_ORDER, "the order of a Taylor method")
    layers = [([[0]], [Fraction(1, factorial(m))]) for m in range(1, n + 1)]
    return MultiderivativeTableau(layers, name=f"taylor_{n}", title=f"Taylor method of order {n}")
