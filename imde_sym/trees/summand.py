"""Sums and multiples of trees and forests: they are linear combinations of forests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar


class Summand:
    """What may stand in a `LinearCombination` by itself: `t + t`, `2 * t`, `t / 3`, `-t`; `t * t` is a forest.

    combination, forest_of : make a linear combination and a forest of a summand; these classes, which stand above trees,
                          set them when they are defined
    """

    __slots__ = ()
    __array_ufunc__ = None  # numpy's numbers leave the product to __rmul__
    combination: ClassVar[Callable[[Any], Any]]
    forest_of: ClassVar[Callable[[Any], Any]]

    def __add__(self, other: object) -> Any:
        return Summand.combination(self).__add__(other)

    def __radd__(self, other: object) -> Any:
        return Summand.combination(self).__radd__(other)

    def __sub__(self, other: object) -> Any:
        return Summand.combination(self).__sub__(other)

    def __rsub__(self, other: object) -> Any:
        return Summand.combination(self).__rsub__(other)

    def __neg__(self) -> Any:
        return Summand.combination(self).__neg__()

    def __pos__(self) -> Any:
        return Summand.combination(self)

    def __mul__(self, other: object) -> Any:
        if isinstance(other, Summand):
            return Summand.forest_of(self).__mul__(other)
        return Summand.combination(self).__mul__(other)

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Any:
        return Summand.combination(self).__truediv__(other)
