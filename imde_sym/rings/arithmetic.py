"""Arrays of coefficients: numpy arrays whose elements belong to one ring.

An array of N coefficients has shape (N, *ring.shape): plain numbers have shape (), residues carry one
trailing axis for their primes (see `modular`). Algorithms written against this interface never ask
what the coefficients are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import mpmath
import numpy as np
import sympy

from ..base.errors import RingError
from ..base.sharing import working_digits
from .scalars import Scalar, as_fraction, evaluated, scalar, to_sympy

CHUNK = 1 << 15
"""Numbers in a temporary array, so that it stays in the cache of a processor."""
LOST = 15
"""Digits of the working precision that a computation in decimals may lose."""


class Arithmetic:
    """How arrays over one ring are made, kept reduced and read out.

    Canonical scalars go in by `array` and come out by `public`; in between stand numpy arrays with one leading axis.

    >>> from imde_sym.rings import ring_of, scalar
    >>> ring = ring_of([scalar("1/3")])  # rational numbers, as residues
    >>> ring.run(lambda r: r.reduce(r.array([scalar("1/3"), scalar(2)]) * r.element(scalar("1/2"))))
    (Fraction(1, 6), Fraction(1, 1))
    >>> floats = ring_of([0.5])
    >>> x = floats.array([scalar("1/3"), 0.25])
    >>> floats.public(x - floats.constants([scalar("1/3"), 0.0])), floats.vanishing(x - x)
    ([0.0, 0.25], array([ True,  True]))
    >>> floats.stack([0.5, 1.5])
    array([0.5, 1.5])
    """

    name: str = ""
    exact: bool = False
    dtype: Any = object
    shape: tuple[int, ...] = ()

    def element(self, value: Scalar) -> Any:
        """The ring's element for a canonical scalar."""
        raise NotImplementedError

    def public(self, array: np.ndarray) -> list[Scalar]:
        """The array's entries as canonical scalars."""
        return list(array)

    def reduce(self, array: np.ndarray) -> np.ndarray:
        """Bring sums of at most `terms` products back to canonical representatives."""
        return array

    def zeros(self, *shape: int) -> np.ndarray:
        """An array of zeros of this shape, with the trailing axes of the ring.

        >>> FractionArithmetic().zeros(2)
        array([Fraction(0, 1), Fraction(0, 1)], dtype=object)
        """
        if self.dtype is not object:
            return np.zeros((*shape, *self.shape), self.dtype)
        array = np.empty(shape, object)
        array.fill(self.element(Fraction(0)))
        return array

    def pieces(self, size: int, arrays: int = 1) -> list[slice]:
        """The slices of an array that are worked through one by one: so many arrays of them fit into a processor's cache.

        >>> FractionArithmetic().pieces(3)
        [slice(0, 3, None)]
        """
        step = max(1, CHUNK // (arrays * prod(self.shape)))
        return [slice(low, min(low + step, size)) for low in range(0, max(size, 1), step)]

    def array(self, values: Sequence[Scalar]) -> np.ndarray:
        """Canonical scalars as an array of shape (N, *ring.shape)."""
        return self.stack([self.element(value) for value in values])

    def stack(self, elements: Sequence[Any]) -> np.ndarray:
        """An array of elements of this ring."""
        out = self.zeros(len(elements))
        for i, element in enumerate(elements):
            out[i] = element
        return out

    def constants(self, values: Sequence[Scalar]) -> np.ndarray:
        """An array of numbers that no rounding concerns."""
        return self.array(values)

    def vanishing(self, array: np.ndarray) -> np.ndarray:
        """Which entries count as zero."""
        return np.array([not x for x in array], bool)

    def run(self, compute: Callable[[Arithmetic], np.ndarray]) -> Sequence[Scalar]:
        """Carry out `compute` in this ring and return its result as canonical scalars."""
        return self.public(compute(self))

    def __repr__(self) -> str:
        return f"<ring {self.name}>"


class FloatArithmetic(Arithmetic):
    """float64 or complex128, in the processor's own arithmetic."""

    def __init__(self, kind: type):
        self.dtype = kind
        self.name = "float64" if kind is float else "complex128"

    def element(self, value: Scalar) -> Any:
        """The number as float or complex. Raises TypeError for a complex one among floats."""
        return self.dtype(value)

    def public(self, array: np.ndarray) -> list[Scalar]:
        """The entries as Python numbers."""
        return list(array.tolist())


class FractionArithmetic(Arithmetic):
    """Rational numbers as Fraction objects: slow and simple, the check on the modular ring.

    >>> FractionArithmetic().public(FractionArithmetic().array([Fraction(1, 2)]) / 3)
    [Fraction(1, 6)]
    """

    name, exact = "QQ (objects)", True

    def element(self, value: Scalar) -> Any:
        """The number as a Fraction."""
        return as_fraction(value)


class MpmathArithmetic(Arithmetic):
    """mpmath numbers at the working precision in force when they are made.

    >>> ring = MpmathArithmetic()
    >>> print(ring.element(Fraction(1, 3)), ring.vanishing(ring.array([Fraction(1, 3)]) - ring.array([Fraction(1, 3)])))
    0.333333333333333 [ True]
    """

    name = "mpmath"

    def element(self, value: Scalar) -> Any:
        """The number at the working precision; constants of sympy are evaluated to it."""
        if isinstance(value, Fraction):
            return mpmath.mpf(value.numerator) / value.denominator
        if isinstance(value, sympy.Basic):
            return mpmath.mpmathify(evaluated(value, working_digits() + 5))
        return mpmath.mpmathify(value)

    def vanishing(self, array: np.ndarray) -> np.ndarray:
        """Which entries are zero up to the digits that a computation may lose."""
        bound = mpmath.mpf(10) ** (LOST - working_digits())
        return np.array([abs(x) <= bound for x in array], bool)


class DomainArithmetic(Arithmetic):
    """A sympy domain: algebraic numbers, polynomials in parameters, towers of both.

    Only a computation that divides by an expression in parameters needs the rational functions; `run`
    changes to them when it meets one.
    """

    exact = True

    def __init__(self, values: Sequence[sympy.Expr], field: bool = False):
        self._values = values
        distinct = list(dict.fromkeys(values))
        self.domain, elements = sympy.construct_domain([*distinct, sympy.S.Half], field=field, extension=True)
        self.name = str(self.domain)
        # elements of number fields compare and print in the generator's own powers; the domain's own conversion of
        # all values at once is far quicker than one by one
        self._cache: dict[Scalar, Any] = dict(zip(distinct, elements, strict=False))

    def run(self, compute: Callable[[Arithmetic], np.ndarray]) -> Sequence[Scalar]:
        """Carry out `compute` in the domain, or in its field of fractions where it divides."""
        try:
            return super().run(compute)
        except _OutsideDomain:
            if self.domain.is_Field:
                raise
            return DomainArithmetic(self._values, field=True).run(compute)

    def element(self, value: Scalar) -> Any:
        """The domain's element. Raises RingError where the domain does not hold it."""
        if value not in self._cache:
            try:
                self._cache[value] = self.domain.from_sympy(to_sympy(value))
            except (sympy.CoercionFailed, ValueError, TypeError):  # which one depends on the kind of domain
                raise _OutsideDomain(f"{value} is not in {self.domain}") from None
        return self._cache[value]

    def public(self, array: np.ndarray) -> list[Scalar]:
        """The entries as canonical scalars; equal ones are converted once."""
        seen: dict[Any, Scalar] = {}
        return [seen.setdefault(x, scalar(self.domain.to_sympy(x))) if x not in seen else seen[x] for x in array]


class _OutsideDomain(RingError):
    """A number that the domain of a computation does not hold."""


def promote(values: Sequence[Scalar]) -> str:
    """The name of the smallest kind of ring that holds all values.

    'rational' < 'float' < 'complex' < 'mpmath'; 'symbolic' takes exact values only.
    Raises RingError where floats meet symbols.

    >>> promote([scalar("1/2"), scalar(1j)])
    'complex'
    """
    kinds = {_kind(value) for value in values}
    if "symbolic" in kinds:
        if kinds - {"symbolic", "rational"}:
            raise RingError(
                "floats and symbols or roots cannot be mixed: write the floats as rationals ('1/10'), "
                "or give numbers for the symbols"
            )
        return "symbolic"
    return max(kinds, key=["rational", "float", "complex", "mpmath"].index, default="rational")


def _kind(value: Scalar) -> str:
    if isinstance(value, Fraction):
        return "rational"
    if isinstance(value, sympy.Basic):
        if value.has(sympy.Float):
            raise RingError(f"{value} mixes floats and symbols: write the floats as rationals")
        return "symbolic"
    if isinstance(value, float | complex):
        return type(value).__name__
    return "mpmath"
