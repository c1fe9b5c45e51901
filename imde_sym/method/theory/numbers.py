"""The numbers of a method, and how conditions on them are tested."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from ...rings import (
    Arithmetic,
    FractionArithmetic,
    MpmathArithmetic,
    Neighbours,
    Scalar,
    evaluated,
    promote,
    ring_of,
    vanishes,
)

ALGEBRAIC_TOLERANCE = 1e-60
AMPLIFIED = 1e3
"""How much larger than the rounding of the numbers that of what follows from them may be, relative to it."""


@dataclass(frozen=True)
class Numbers:
    """All numbers of a method as canonical scalars, and half a unit of the last digit of those that are rounded.

    title : how messages call the method
    """

    values: Sequence[Scalar]
    units: Mapping[Scalar, float]
    title: str = "the method"

    @property
    def kind(self) -> str:
        """The smallest kind of scalars that holds all values: "rational", "symbolic", "float", "complex", ..."""
        return promote(self.values)

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """Free symbols of the values, by name."""
        free = {s for x in self.values if isinstance(x, sympy.Basic) for s in x.free_symbols}
        return tuple(sorted(free, key=str))

    @property
    def is_rounded(self) -> bool:
        """Whether some of the values are rounded."""
        return bool(self.units)

    @cached_property
    def ring(self) -> Arithmetic:
        """The smallest ring that holds the values."""
        return ring_of(self.values)

    @property
    def arithmetic(self) -> Arithmetic:
        """The arithmetic in which conditions on the values are tested; its `vanishing` says which hold."""
        if self.is_rounded:
            return Neighbours(self.units, self.values)
        if self.parameters:
            return self.ring
        # a handful of rationals: objects, with no primes to set up
        return FractionArithmetic() if all(isinstance(x, Fraction) for x in self.values) else MpmathArithmetic()

    def satisfy(self, residuals: Callable[[Callable[[Scalar], Any]], Iterable[Any]]) -> bool:
        """Whether conditions hold: exactly, or as far as rounding explains.

        residuals : what has to vanish, computed from the values after they went through the function that it is given

        >>> third = Numbers([Fraction(1, 3)], {})
        >>> third.satisfy(lambda number: [3 * number(Fraction(1, 3)) - 1])
        True
        """
        if not self.is_rounded:
            return all(vanishes(r) for r in residuals(lambda x: x))
        ring = Neighbours(self.units, self.values)
        return bool(ring.vanishing(ring.stack(list(residuals(ring.element)))).all())

    @property
    def tolerance(self) -> float:
        """Up to which relative size what follows from the values counts as zero: 0 for exact rational numbers."""
        if self.is_rounded:
            return max(ALGEBRAIC_TOLERANCE, AMPLIFIED * max(u / max(1.0, abs(complex(x))) for x, u in self.units.items()))
        return ALGEBRAIC_TOLERANCE if self.kind == "symbolic" else 0.0

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "ring"}  # sympy's domains do not pickle


def as_complex(value: Scalar) -> complex:
    """A scalar as a complex number; roots of polynomials are isolated once, where `complex` does so in every term."""
    return complex(evaluated(value, 20) if isinstance(value, sympy.Basic) else value)


def complex_matrix(rows: Iterable[Iterable[Scalar]]) -> np.ndarray:
    """Rows of scalars as complex128."""
    return np.array([[as_complex(x) for x in row] for row in rows], complex)
