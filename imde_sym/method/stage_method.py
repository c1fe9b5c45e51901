"""StageMethod: what plain and partitioned Runge-Kutta methods share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from ..prelie import PreLieSpace, StageRecursion
from ..rings import Arithmetic
from .method import Method
from .weights import StageWeights, elementary_weights

if TYPE_CHECKING:
    from .tableau import ButcherTableau


class StageMethod(Method):
    """A method with one Butcher tableau for each part of the field; its weights need no recursion over grades."""

    def tableaux(self, colors: int) -> tuple[ButcherTableau, ...]:
        """The tableau of each of `colors` parts."""
        raise NotImplementedError

    def recursion(self, space: PreLieSpace) -> StageRecursion:
        return StageRecursion(space, self.tableaux(space.colors))

    def elementary_weights(self, order: int, arithmetic: Arithmetic, colors: int) -> np.ndarray:
        return elementary_weights(self.tableaux(colors), order, arithmetic)

    def weight_blocks(self, arithmetic: Arithmetic) -> Iterator[np.ndarray]:
        weights = StageWeights(self.tableaux(self.colors), arithmetic)
        return (weights.block(k) for k in count(1))
