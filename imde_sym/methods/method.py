"""Method: what every one-step method offers, whatever its family."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from ..errors import MethodError
from ..prelie import PreLieSpace, Recursion, method_map
from ..rings import Arithmetic, Scalar, is_exact, ring_of
from ..trees import TreeSpace, tree_table
from ..values import Value


class Method(Value):
    """A one-step method as a recursion over the grades of any pre-Lie space.

    A family gives `coefficients`, `recursion` and `order`. `colors` is the number of parts into which
    the method splits the field: 1 unless it treats parts of it differently.
    """

    name: str
    info: Mapping[str, Any]
    colors: int = 1
    kind = "one-step method"

    @property
    def coefficients(self) -> list[Scalar]:
        """All numbers of the method, as canonical scalars."""
        raise NotImplementedError

    def recursion(self, space: PreLieSpace) -> Recursion:
        """The method as a recursion over the grades of `space`."""
        raise NotImplementedError

    def elementary_weights(self, order: int, arithmetic: Arithmetic, colors: int) -> np.ndarray:
        """The B-series of the method as an array over all trees of `colors` colours up to `order`."""
        space = TreeSpace(tree_table(colors), order, arithmetic)
        return space.flat(method_map(space, self.recursion(space), space.generator()))

    def check_colors(self, colors: int) -> None:
        """Raise MethodError unless the method can treat a field in `colors` parts."""
        if self.colors not in (1, colors):
            raise MethodError(f"{self.title} splits a field into {self.colors} parts; here it has {colors}")

    @cached_property
    def ring(self) -> Arithmetic:
        """The smallest ring that holds the coefficients."""
        return ring_of(self.coefficients)

    @property
    def title(self) -> str:
        return self.info.get("title") or self.name or self.kind

    @property
    def reference(self) -> str:
        return self.info.get("reference", "")

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self.info.get("tags", ()))

    @property
    def is_exact(self) -> bool:
        return all(is_exact(x) for x in self.coefficients)

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """Free symbols of the coefficients, by name."""
        free = {s for x in self.coefficients if isinstance(x, sympy.Basic) for s in x.free_symbols}
        return tuple(sorted(free, key=str))

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "ring"}  # sympy's domains do not pickle
