"""The one zero rule: which numbers are rounded, to how much, and what counts as zero beside them.

Floats are rounded, and so are decimals of ROUNDED_DIGITS or more significant digits, in whatever form they come (text,
Fraction). Shorter decimals and fractions of moderate size are exact. A quantity that is computed from rounded numbers
counts as zero if roundings of half a unit of their last digits explain it. How much they explain is found by
computing with neighbours: the same numbers, moved at random.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy

from .arithmetic import Arithmetic
from .scalars import Scalar, is_exact

ROUNDED_DIGITS = 10
MODERATE_BITS = 40
"""Fractions of up to so many bits in all are exact, whatever their digits: 1/16384 is no rounded decimal."""
ZEROS = 3
"""How many zeros at its end a rounded decimal may have lost, beside others that are longer."""
SHORT_BITS = 12
"""A float of more bits that fits in 24 comes from float32."""
DOUBLE, SINGLE = 53, 24
MOVED, STILL = 8, 4
"""Neighbours that are moved, and those that only tell what the arithmetic itself makes of the numbers."""
NEIGHBOURS = MOVED + STILL
MARGIN = 3.5
"""Five standard deviations of a sum of many rounding errors, against the deviation of neighbours at half a unit."""
HADAMARD = np.array([[1.0 - 2.0 * ((i & j).bit_count() % 2) for j in range(MOVED)] for i in range(MOVED)])
SLACK = 1.01
WORKING = 2.0**-51
"""What float64 arithmetic itself makes of a number, relative to it."""
RESOLVED = 2.0**-26
"""Neighbours are moved by about so much, relative to the numbers, where half units are smaller: then float64 resolves it."""
FLOATS = 1e-12
"""Floats of unknown origin count as zero below this."""
ROOT_DIGITS = 80
"""Algebraic numbers are compared in so many digits."""


@dataclass(frozen=True)
class Rounded:
    """A number and how far it may be off; sums and multiples carry both.

    >>> 2 * Rounded(0.333, 0.0005) - 1
    Rounded(value=-0.33399999999999996, error=0.001)
    """

    value: Scalar
    error: float

    def __add__(self, other: Any) -> Rounded:
        value, error = (other.value, other.error) if isinstance(other, Rounded) else (other, 0.0)
        return Rounded(self.value + value, self.error + error)

    __radd__ = __add__

    def __neg__(self) -> Rounded:
        return Rounded(-self.value, self.error)

    def __sub__(self, other: Any) -> Rounded:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Rounded:
        return (-self).__add__(other)

    def __mul__(self, factor: Any) -> Rounded:
        return Rounded(factor * self.value, float(abs(complex(factor))) * self.error)

    __rmul__ = __mul__

    def __truediv__(self, divisor: int) -> Rounded:
        return Rounded(self.value / divisor, self.error / abs(divisor))

    def __bool__(self) -> bool:
        return bool(self.value)


def vanishes(value: Scalar | Rounded, tolerance: float | None = None) -> bool:
    """Whether a number counts as zero.

    Exact numbers must be zero (roots to 80 digits), floats below FLOATS, numbers of known error within it.
    tolerance : how far from zero any number that has a size may be

    >>> vanishes(Fraction(1, 10**20)), vanishes(1e-20), vanishes(Rounded(1e-4, 5e-4)), vanishes(0.01, tolerance=0.1)
    (False, True, True, True)
    """
    if isinstance(value, Rounded):
        return vanishes(value.value, max(value.error, tolerance or 0.0))
    if isinstance(value, Fraction):
        return bool(value == 0 if tolerance is None else abs(value) <= tolerance)
    if isinstance(value, sympy.Basic):
        if not value.is_number:
            return bool(value.equals(0))
        bound = sympy.Float(f"1e-{ROOT_DIGITS}", 20) if tolerance is None else tolerance
        return bool(abs(value.evalf(ROOT_DIGITS + 20, chop=False, maxn=400)) <= bound)
    return bool(abs(value) <= (FLOATS if tolerance is None else tolerance))


def half_units(values: Iterable[Scalar]) -> dict[Scalar, float]:
    """The rounded ones among some numbers, with half a unit of their last digits.

    >>> half_units([Fraction(1, 3), Fraction("0.25"), Fraction("0.3333333333")])
    {Fraction(3333333333, 10000000000): 5e-11}
    """
    found = list(dict.fromkeys(values))
    floats = [x for v in found if not is_exact(v) for x in _real(v) if isinstance(x, float)]
    lengths = [float(x).as_integer_ratio()[0].bit_length() for x in floats]
    single = bool(lengths) and SHORT_BITS < max(lengths) <= SINGLE
    decimals = [d for v in found for x in _real(v) if isinstance(x, Fraction | float) and (d := _decimal(_spelled(x)))]
    written = min((d for d, _ in decimals if d >= ROUNDED_DIGITS), default=0)
    return {v: unit for v in found if v != 0 and (unit := _half_unit(v, single, written))}


def _half_unit(value: Scalar, single: bool, written: int) -> float:
    """Half a unit of the last digit; `written` digits beside it in which decimals are written, 0 if they are short."""
    if isinstance(value, Fraction):
        bits = abs(value.numerator).bit_length()
        if not is_moderate(value) and value.denominator & (value.denominator - 1) == 0 and SHORT_BITS < bits <= DOUBLE:
            return _half_ulp(float(value), SINGLE if bits <= SINGLE else DOUBLE)  # a float, written as a fraction
        return _last_digit(value, written)
    if is_exact(value):
        return 0.0
    parts = [(x, _half_ulp(x, SINGLE if single else _bits(x))) for x in _real(value)]
    return max(max(u, 0.0 if single or not isinstance(x, float) else _last_digit(_spelled(x), written)) for x, u in parts)


def _spelled(x: Fraction | float) -> Fraction:
    """A float as the shortest decimal that spells it: 0.333333333333 has twelve digits however it came."""
    return x if isinstance(x, Fraction) else Fraction(repr(x))


def _last_digit(x: Fraction, written: int) -> float:
    digits, places = _decimal(x) or (0, 0)
    return 0.5 * 10.0 ** -(places + max(0, written - digits)) if written and digits >= written - ZEROS else 0.0


def _real(value: Scalar) -> tuple[Any, ...]:
    return (value.real, value.imag) if isinstance(value, complex | mpmath.mpc) else (value,)


def _bits(x: Any) -> int:
    """The bits that a number is known to."""
    return max(DOUBLE, int(x._mpf_[3])) if isinstance(x, mpmath.mpf) else DOUBLE


def _half_ulp(x: Any, bits: int) -> float:
    return float(mpmath.ldexp(1, mpmath.frexp(x)[1] - 1 - bits)) if x else 0.0


def _size(value: Scalar) -> float:
    try:
        return abs(complex(value))
    except OverflowError:
        return math.inf


def sum_tolerance(values: Sequence[Scalar]) -> float | None:
    """How far a sum of these numbers may be from what it should be; None where it must be exact.

    >>> sum_tolerance([Fraction(1, 3)]) is None, sum_tolerance([0.1, 0.2]) > 0
    (True, True)
    """
    units = half_units(values)
    if not units:
        return None
    return max(MARGIN * math.hypot(*units.values()), 2 * WORKING * math.fsum(map(_size, units)))


def is_moderate(value: Scalar) -> bool:
    """Whether a number is exact as it stands: a fraction of moderate size, or an expression.

    >>> is_moderate(Fraction(1, 3)), is_moderate(Fraction("0.3333333333333"))
    (True, False)
    """
    if isinstance(value, Fraction | int):
        return value.numerator.bit_length() + value.denominator.bit_length() <= MODERATE_BITS
    return is_exact(value)


def _decimal(x: Fraction) -> tuple[int, int] | None:
    """Significant digits and decimal places of a fraction that is a decimal, unless it is of moderate size."""
    if is_moderate(x):
        return None
    twos = (x.denominator & -x.denominator).bit_length() - 1
    odd, fives = x.denominator >> twos, 0
    while odd % 5 == 0:
        odd, fives = odd // 5, fives + 1
    if odd > 1:
        return None
    places = max(twos, fives)
    return len(str(abs(x.numerator) * 2 ** (places - twos) * 5 ** (places - fives))), places


class Neighbours(Arithmetic):
    """float64 or complex128 numbers, each with some neighbours along one trailing axis; the first is the number itself.

    units : the rounded numbers with half a unit of each; their neighbours are moved by it times `stretch`, up or down
    An array has shape (N, neighbours); `explained` and `errors` say how far from 0 rounding may take an entry.

    >>> ring = Neighbours.around([0.1, 0.2], [1e-17, 1e-17])
    >>> x = ring.nudged([0.1, 0.2], [1e-17, 1e-17])
    >>> ring.public(x), ring.vanishing(x), max(ring.errors(x)) < 1e-15
    ([0.1, 0.2], array([False, False]), True)
    >>> third = 1 / ring.constants([3.0]) - ring.element(1 / 3)
    >>> ring.vanishing(third), bool(ring.explained(third)[0] < 1e-14), bool(ring.spread(third)[0] < 1e-14)
    (array([ True]), True, True)
    """

    def __init__(self, units: Mapping[Scalar, float], values: Iterable[Scalar] = ()):
        values = list(values)
        numbers = [v for v in dict.fromkeys([*units, *values]) if v != 0]
        self.dtype = complex if any(isinstance(v, complex | mpmath.mpc) for v in numbers) else float
        self.shape = (NEIGHBOURS + 1,)
        self.name = f"{'float64' if self.dtype is float else 'complex128'} with {NEIGHBOURS} neighbours"
        self._relative = {v: max(units.get(v, 0.0) / abs(self._number(v)), WORKING) for v in numbers}
        largest = max(self._relative.values(), default=WORKING)
        self._stretch(largest)
        sizes = {v: abs(v) if isinstance(v, Fraction | float) else v for v in numbers}
        places = {x: i for i, x in enumerate(dict.fromkeys(sizes.values()))}
        signs = _signs(len(places))
        self._few = len(dict.fromkeys(sizes[v] for v in units if v != 0)) <= MOVED
        moves = [self._relative[v] * abs(self._number(v)) for v in values or units if v != 0]  # each as often as it occurs
        self._other = max(WORKING, math.fsum(moves) if self._few else math.hypot(*moves))
        self._moves = {v: signs[places[sizes[v]]] * self._relative[v] * self._stretched for v in numbers}

    def _stretch(self, relative: float) -> None:
        """Move the first neighbours so far that float64 resolves it, the others by what float64 rounds away."""
        self.stretch = max(1.0, RESOLVED / relative)
        still = np.full(STILL, min(1.0, WORKING / relative))
        self._stretched = np.concatenate([[0.0], np.full(MOVED, self.stretch), still])

    def _number(self, value: Scalar) -> Any:
        return self.dtype(value.evalf(20)) if isinstance(value, sympy.Basic) else self.dtype(value)

    def element(self, value: Scalar) -> Any:
        """A number and its moved neighbours, a row of shape `shape`."""
        out = np.full(self.shape, self._number(value), self.dtype)
        if value in self._moves:
            return out * (1 + self._moves[value])
        if not is_moderate(value):  # computed from the numbers, such as their sum
            signs = _signs(1, zlib.crc32(repr(value).encode()))[0]
            return out + signs * self._other * self._stretched
        return out

    def constants(self, values: Sequence[Scalar]) -> np.ndarray:
        """Numbers that no rounding moves, shape (N, *shape)."""
        return np.repeat(np.array([self._number(v) for v in values], self.dtype)[:, None], self.shape[0], axis=1)

    def nudged(self, values: Sequence[Scalar], errors: Sequence[float]) -> np.ndarray:
        """An array of numbers with an error each, moved independently."""
        numbers = self.constants(values)
        return np.asarray(numbers + _signs(len(numbers)) * np.asarray(errors)[:, None] * self._stretched)

    def public(self, array: np.ndarray) -> list[Scalar]:
        """The numbers themselves, without their neighbours."""
        return list(array[..., 0].tolist())

    def spread(self, array: np.ndarray) -> np.ndarray:
        """The root mean square of what roundings by half a unit, and those of the arithmetic, bring about."""
        rounded, noise = self._deviations(array)
        return np.asarray(np.maximum(np.sqrt(np.mean(np.abs(rounded) ** 2, axis=-1)), noise))

    def _deviations(self, array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of the moved neighbours, at half a unit; and the noise of the arithmetic."""
        moved = array[..., 1:] - array[..., :1]
        noise = np.mean(np.abs(moved[..., MOVED:]) ** 2, axis=-1)
        return moved[..., :MOVED] / self.stretch, np.sqrt(noise + np.mean(noise))

    def explained(self, array: np.ndarray) -> np.ndarray:
        """How far from zero rounding may take each entry.

        Where few numbers are rounded, the sum of the absolute values of what each brings about; where there are many, so
        many roundings of one sign do not happen.
        """
        rounded, noise = self._deviations(array)
        if self._few:
            bound = SLACK * np.sum(np.abs(rounded @ HADAMARD), axis=-1) / MOVED
        else:
            bound = MARGIN * np.sqrt(np.mean(np.abs(rounded) ** 2, axis=-1))
        return np.asarray(bound + MARGIN * noise)

    def errors(self, array: np.ndarray) -> list[float]:
        """How far each entry may be off."""
        return [float(x) for x in self.explained(array)]

    def vanishing(self, array: np.ndarray) -> np.ndarray:
        """Which entries are no further from zero than rounding explains."""
        return np.asarray(np.abs(array[..., 0]) <= self.explained(array) + WORKING)

    @classmethod
    def around(cls, values: Sequence[Scalar], errors: Sequence[float]) -> Neighbours:
        """The arithmetic for `nudged` numbers."""
        ring = cls({}, [v for v in values if not isinstance(v, Fraction)])
        ring._moves, ring._few = {}, len(values) <= MOVED
        largest = max((abs(ring._number(v)) for v in values), default=0.0) or 1.0
        ring._stretch(max([*errors, WORKING * largest]) / largest)
        return ring


def _signs(count: int, seed: int = 0) -> np.ndarray:
    """Signs for `count` numbers, the same in every process; the first column is 0.

    Those of MOVED successive numbers are orthogonal, so that the mean square of what few of them bring about is exact.
    """
    random = np.random.default_rng(seed)
    turned = [random.choice([-1.0, 1.0], MOVED) for _ in range(-(-count // MOVED) - 1)]
    blocks = [HADAMARD, *(HADAMARD * signs for signs in turned)]
    moved = np.concatenate([np.zeros((0, MOVED)), *blocks])[:count]
    return np.concatenate([np.zeros((count, 1)), moved, random.choice([-1.0, 1.0], (count, STILL))], axis=1)
