"""Ball arithmetic on arrays: numbers with a radius, real or complex, rounded outward.

A ball is all z with |z - centre| <= radius; where the centre is real, all such reals. Sums and products are those of NumPy,
whose rounding errors (IEEE 754, to nearest) go into the radius; exp, sin, cos and tanh are those of `elementary`, other
functions are enclosed one by one, by python-flint's arb and acb, or by mpmath where that is not installed. What has no finite
bound (a pole, a branch cut, an overflow) has the radius inf.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy
from sympy.core.evalf import PrecisionExhausted

from ..base.errors import RingError
from ..base.libraries import found
from ..base.sharing import precision
from . import elementary
from .scalars import Scalar, to_sympy

UNIT = 2.0**-53
"""The largest relative error of a sum, product, quotient or root."""
GROW = 1 + 2.0**-47
"""More than the sixteen roundings after which a radius is multiplied by it could take away."""
DIGITS = 30
"""Of mpmath, where it stands in for python-flint."""
CANCELLED = (100, 400, 1600)
"""Digits in which numbers are worked out, one after the other, until 40 of them are right."""
TINY = 2.0**-1000
"""More than underflow could lose."""
SMALL = 2.0**-500
"""More than a modulus loses where its square underflows."""


class Balls:
    """An array of balls; `centre` is an array of floats or complex floats, `radius` one of floats of the same shape."""

    __slots__ = ("_size", "centre", "radius")

    def __init__(self, centre: Any, radius: Any = 0.0):
        self.centre = np.asarray(centre)
        self.radius = np.asarray(radius, dtype=float)
        self._size: np.ndarray | None = None

    @property
    def size(self) -> np.ndarray:
        """At least the modulus of the centre, and larger by a few units at most."""
        if self._size is None:
            self._size = _modulus(self.centre)
        return self._size

    @property
    def upper(self) -> np.ndarray:
        """A bound of |z| over each ball; inf where there is none."""
        size = (self.size + self.radius) * GROW + TINY
        return np.where(np.isfinite(size), size, np.inf)

    @property
    def lower(self) -> np.ndarray:
        """A bound of |z| from below."""
        size = self.size / GROW**2 - SMALL * (self.centre.dtype.kind == "c")
        size = (size - self.radius) / GROW
        return np.where(size > 0, size, 0.0)

    def __add__(self, other: Balls) -> Balls:
        centre = self.centre + other.centre
        return Balls(centre, (self.radius + other.radius + UNIT * _length(centre)) * GROW)

    def __neg__(self) -> Balls:
        return Balls(-self.centre, self.radius)

    def __sub__(self, other: Balls) -> Balls:
        return self + -other

    def __mul__(self, other: Balls) -> Balls:
        a, b = self.size, other.size
        # a complex product is wrong by less than sqrt(5) units (Brent, Percival and Zimmermann 2007)
        error = a * (other.radius + 4 * UNIT * b) + self.radius * (b + other.radius)
        return Balls(self.centre * other.centre, error * GROW + TINY)

    def reciprocal(self) -> Balls:
        """1/z; radius inf where 0 is in the ball."""
        c = self.centre
        with np.errstate(all="ignore"):  # what divides by 0 is not sound
            if c.dtype.kind == "c":
                square = c.real * c.real + c.imag * c.imag
                centre = np.conj(c) / square
            else:
                square, centre = c * c, 1 / c
            least = self.lower
            sound = (least > 0) & (square > SMALL) & (square < 1 / SMALL)
            error = self.radius / (self.size / GROW**2 * least) + 8 * UNIT * _modulus(centre)
        return _where(sound, centre, error * GROW + TINY)

    def apply(self, name: str, *others: Balls) -> Balls:
        """A function by its name: see `FUNCTIONS`. Raises RingError for one that has no enclosure."""
        return _apply(name, [self, *others])

    def sum(self) -> Balls:
        """The sum over the first axis."""
        total = Balls(self.centre[0], self.radius[0])
        for centre, radius in zip(self.centre[1:], self.radius[1:], strict=True):
            total = total + Balls(centre, radius)
        return total


@lru_cache(maxsize=10_000, typed=True)
def ball(value: Scalar) -> Balls:
    """One number, enclosed: exact where a float is. Raises RingError for what is not a finite number."""
    if isinstance(value, float | complex):
        return Balls(value)
    if isinstance(value, Fraction):
        try:
            centre = value.numerator / value.denominator
        except OverflowError:
            return Balls(0.0, np.inf)
        return Balls(centre, 0.0 if Fraction(centre) == value else abs(centre) * 2 * UNIT + TINY)
    number = _evaluated(to_sympy(value))
    if not number.is_number or not number.is_finite:
        raise RingError(f"{str(value)[:60]} has no finite value as a number")
    near = complex(number)
    return Balls(near if near.imag else near.real, 4 * UNIT * abs(near) + TINY)  # 40 digits, rounded twice


def _evaluated(exact: sympy.Expr) -> sympy.Expr:
    """A number in 40 digits, all of them right: what cancels is worked out in more. Raises RingError where that is not enough."""
    for digits in CANCELLED:
        try:
            return exact.evalf(40, maxn=digits, strict=True)
        except PrecisionExhausted:
            continue
    raise RingError(
        f"{str(exact)[:60]} cannot be told from 0 in {CANCELLED[-1]} digits: write 0, or the number itself, in its place"
    )


def _modulus(c: np.ndarray) -> np.ndarray:
    """At least |c|, and larger by a few units at most."""
    if c.dtype.kind != "c":
        return np.asarray(np.abs(c))
    size: np.ndarray = np.sqrt(c.real * c.real + c.imag * c.imag) * GROW + SMALL
    return size


def _length(c: np.ndarray) -> np.ndarray:
    """At least |c|, cheaply."""
    return np.asarray(np.abs(c.real) + np.abs(c.imag) if c.dtype.kind == "c" else np.abs(c))


def _where(sound: np.ndarray, centre: np.ndarray, radius: np.ndarray) -> Balls:
    """The balls that are sound; the whole plane for the others."""
    sound = sound & np.isfinite(radius)
    return Balls(np.where(sound, centre, 0), np.where(sound, radius, np.inf))


# -- functions ----------------------------------------------------------------------------------
def _off_cut(z: Balls) -> np.ndarray:
    """Where a ball has no point in common with the negative reals and 0."""
    c, r = z.centre, z.radius * GROW + TINY
    return (c.real > r) | (np.abs(c.imag) > r) if c.dtype.kind == "c" else c > r


def _one() -> Balls:
    return Balls(1.0)


CUTS: dict[str, Callable[[Balls], list[Balls]]] = {
    "sqrt": lambda z: [z],
    "log": lambda z: [z],
    "asin": lambda z: [_one() - z * z],
    "acos": lambda z: [_one() - z * z],
    "atanh": lambda z: [_one() - z * z],
    "atan": lambda z: [_one() + z * z],
    "asinh": lambda z: [_one() + z * z],
    "acosh": lambda z: [z - _one(), z + _one()],
}
"""What has to keep off the negative reals for a function to be analytic."""
REAL_LINE = ("atan", "asinh")
"""Functions with cuts that do not meet the real line."""

SLOPES: dict[str, Callable[[Balls], Balls]] = {
    "exp": lambda z: z.apply("exp"),
    "log": lambda z: z.reciprocal(),
    "sin": lambda z: z.apply("cos"),
    "cos": lambda z: -z.apply("sin"),
    "tan": lambda z: _one() + _square(z.apply("tan")),
    "asin": lambda z: (_one() - z * z).apply("sqrt").reciprocal(),
    "acos": lambda z: -(_one() - z * z).apply("sqrt").reciprocal(),
    "atan": lambda z: (_one() + z * z).reciprocal(),
    "sinh": lambda z: z.apply("cosh"),
    "cosh": lambda z: z.apply("sinh"),
    "tanh": lambda z: _one() - _square(z.apply("tanh")),
    "asinh": lambda z: (_one() + z * z).apply("sqrt").reciprocal(),
    "acosh": lambda z: ((z - _one()).apply("sqrt") * (z + _one()).apply("sqrt")).reciprocal(),
    "atanh": lambda z: (_one() - z * z).reciprocal(),
    "erf": lambda z: Balls(2 / math.sqrt(math.pi), 4 * UNIT) * (-(z * z)).apply("exp"),
    "logistic": lambda z: _logistic_slope(z.apply("logistic")),
    "softplus": lambda z: z.apply("logistic"),
}
"""The derivative of each function over a ball."""
FUNCTIONS = (*SLOPES, "sqrt", "pow")
"""The functions that `Balls.apply` encloses."""


def _square(z: Balls) -> Balls:
    return z * z


def _logistic_slope(z: Balls) -> Balls:
    return z * (_one() - z)


def _apply(name: str, given: list[Balls]) -> Balls:
    if name == "pow":
        base, exponent = given
        return (exponent * base.apply("log")).apply("exp")
    if name not in FUNCTIONS or len(given) > 1:
        raise RingError(f"{name} has no enclosure here; accepted: {', '.join(FUNCTIONS)}")
    (z,) = given
    if name in elementary.FUNCTIONS:
        return _at_once(name, z)
    values = _mpmath if found("flint") is None else _flint
    if name in COMPOSED and (values is _mpmath or name in NOWHERE):
        return COMPOSED[name](z)
    sound = np.isfinite(z.radius) & np.isfinite(z.centre)
    if z.centre.dtype.kind == "c" or name not in REAL_LINE:
        for other in CUTS[name](z) if name in CUTS else ():
            sound = sound & _off_cut(other)
    return values(name, z, sound)


def _at_once(name: str, z: Balls) -> Balls:
    """A function of all balls together."""
    centre, radius = np.broadcast_arrays(z.centre, z.radius)
    sound = np.isfinite(radius) & np.isfinite(centre)
    with np.errstate(all="ignore"):  # what overflows is not sound
        value, error = elementary.FUNCTIONS[name](np.where(sound, centre, 0), np.where(sound, radius, 0))
        return _where(sound & np.isfinite(value), value, error * GROW + TINY)


def _each(z: Balls, sound: np.ndarray, value: Callable[[Any, float], tuple[Any, float]]) -> Balls:
    """`value` of centre and radius of each sound ball: another centre and radius, inf or nan where there are none.

    Equal balls are worked on once: pieces of a product share their sides.
    """
    shape = np.broadcast_shapes(z.centre.shape, z.radius.shape)
    kind = complex if z.centre.dtype.kind == "c" else float
    keys = np.empty(math.prod(shape), dtype=[("x", float), ("y", float), ("r", float), ("s", bool)])
    for name, column in zip(keys.dtype.names, (z.centre.real, z.centre.imag, z.radius, sound), strict=True):  # type: ignore[arg-type]
        keys[name] = np.broadcast_to(column, shape).ravel()
    single, place = np.unique(keys.view(f"V{keys.dtype.itemsize}"), return_inverse=True)
    found = [
        value(complex(x, y) if kind is complex else x, r) if s else (0.0, math.inf)
        for x, y, r, s in single.view(keys.dtype).tolist()
    ]
    centre = np.array([c for c, _ in found], dtype=kind)[place].reshape(shape)
    radius = np.array([r for _, r in found])[place].reshape(shape)
    return _where(np.isfinite(centre), centre, (radius + 2 * UNIT * _length(centre)) * GROW + TINY)


def _flint(name: str, z: Balls, sound: np.ndarray) -> Balls:
    from flint import acb, arb

    def real(c: float, r: float) -> tuple[float, float]:
        v = getattr(arb(c, r), name)()
        return float(v.mid()), float(v.rad())

    def complex_(c: complex, r: float) -> tuple[complex, float]:
        v = getattr(acb(arb(c.real, r), arb(c.imag, r)), name)()
        x, y = v.real, v.imag
        return complex(float(x.mid()), float(y.mid())), math.hypot(float(x.rad()), float(y.rad())) * GROW

    return _each(z, sound, complex_ if z.centre.dtype.kind == "c" else real)


def _mpmath(name: str, z: Balls, sound: np.ndarray) -> Balls:
    if name not in SPREAD:
        raise RingError(f"an enclosure of {name} needs python-flint: pip install 'imde_sym[fast]'")
    interval, function, spread = getattr(mpmath.iv, name), getattr(mpmath, name), SPREAD[name]

    def real(c: float, r: float) -> tuple[float, float]:
        found = interval(mpmath.iv.mpf(c) + mpmath.iv.mpf([-r, r]))
        low, high = mpmath.mpf(found.a), mpmath.mpf(found.b)
        middle = float((low + high) / 2)
        return middle, float(max(high - middle, middle - low))

    def complex_(c: complex, r: float) -> tuple[complex, float]:
        w = mpmath.mpc(c)
        near = complex(function(w))
        return near, float(spread(w, mpmath.mpf(r)))

    with precision(DIGITS):
        return _each(z, sound, complex_ if z.centre.dtype.kind == "c" else real)


def _logarithm(c: Any, r: Any) -> Any:
    return -mpmath.log(1 - r / abs(c))


SPREAD: dict[str, Callable[[Any, Any], Any]] = {
    "log": _logarithm,
    "sqrt": lambda c, r: mpmath.sqrt(abs(c)) * (1 - mpmath.sqrt(1 - r / abs(c))),
}
"""How far f(z) can be from f(c) for |z - c| <= r: the series of f about c with the moduli of its coefficients."""


def _pair(z: Balls, sign: float) -> Balls:
    """(e^z ± e^-z)/2."""
    return (z.apply("exp") + Balls(sign) * (-z).apply("exp")) * Balls(0.5)


COMPOSED: dict[str, Callable[[Balls], Balls]] = {
    "sinh": lambda z: _pair(z, -1.0),
    "cosh": lambda z: _pair(z, 1.0),
    "tan": lambda z: z.apply("sin") * z.apply("cos").reciprocal(),
    "logistic": lambda z: (_one() + (z * Balls(0.5)).apply("tanh")) * Balls(0.5),
    "softplus": lambda z: (_one() + z.apply("exp")).apply("log"),
}
"""Functions that the intervals of mpmath lack, made of those that they have."""
NOWHERE = ("logistic", "softplus")
"""Those that python-flint lacks too."""
