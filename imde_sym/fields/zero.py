"""Is an element of a differential ring zero? Decided exactly where the relations allow.

Three questions in turn: is the polynomial 0 (then it is zero); is its value at a random point different from
zero (then it is not); is it 0 in the ring with all relations, after every denominator has been cleared there
(then it is zero). What is left vanishes at all points but is not known to be zero: nested roots, products of
roots of different bases or several arguments of one function may obey relations that no ring here holds. Such
an element is reported as zero with `proven` False.

A value is different from zero where two precisions agree in its leading digits. That needs no scale: what
cancels leaves noise, and noise of two precisions does not agree. Where the coefficients are floats, what
rounding leaves is not zero.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath

from ..base.arguments import checked
from ..base.errors import FieldError
from ..expressions.functions import in_mpmath
from ..expressions.undefined import decode
from ..rings import Polynomial, Scalar, to_sympy
from ..rings.polynomials import Monomial, PolynomialRing
from .generators import Generator, Reciprocal

PRECISIONS = (60, 75, 300, 315)
"""Digits: the second two decide where the first two do not agree."""
AGREEMENT = 1e-6
SCALES = (1, 1, 1, 64)
"""What the coordinates of the points are divided by: functions of large arguments differ only near 0."""
SAME = 40
"""Digits in which two arguments of an undefined function are equal."""
LARGEST = 10**8
"""Function values of larger arguments are not computed."""

_own = threading.local()


@checked
@dataclass(frozen=True)
class ZeroTest:
    """The answer; proven is False for the numerical certificate (zero to 40 digits at three points).

    >>> ZeroTest(zero=True, proven=True).zero
    True
    """

    zero: bool
    proven: bool


def vanishes(ring: PolynomialRing, generators: Sequence[Generator], p: Polynomial) -> bool:
    """Whether p is zero at random points. Raises FieldError where it is finite at none of them."""
    source, finite = random.Random(2022), False
    for scale in SCALES:
        for _ in range(4):
            draws = {g: source.randint(10**9, 2 * 10**9) for g in range(len(generators))}
            try:
                if not _vanishes_at(ring, generators, p, draws, scale):
                    return False
                finite = True
                break
            except (ArithmeticError, ValueError, TypeError):  # not defined or not finite there
                continue
    if not finite:
        raise FieldError("the field is not finite at any of the points tried: is a denominator identically zero?")
    return True


def _vanishes_at(
    ring: PolynomialRing, generators: Sequence[Generator], p: Polynomial, draws: Mapping[int, int], scale: int
) -> bool:
    for low, high in (PRECISIONS[:2], PRECISIONS[2:]):
        values = [_Point(ring, generators, draws, scale, digits).value(p) for digits in (low, high)]
        if abs(values[0] - values[1]) < AGREEMENT * abs(values[1]):
            return False
        if values[0] == values[1] == 0:
            return True
    return True


def _context(digits: int) -> Any:
    """Numbers of exactly so many digits, for this thread alone: no other may raise one of two precisions that are compared."""
    if not hasattr(_own, "context"):
        _own.context = mpmath.MPContext()
    _own.context.dps = digits
    return _own.context


class _Point:
    """A point, in so many digits: where each symbol, and each undefined function, has a value that was drawn."""

    def __init__(self, ring: PolynomialRing, generators: Sequence[Generator], draws: Mapping[int, int], scale: int, digits: int):
        self._ring, self._generators, self._context = ring, generators, _context(digits)
        self._draws, self._scale = draws, scale
        self._known: dict[Any, Any] = {}

    def value(self, p: Polynomial) -> Any:
        """p at the point. Raises an ArithmeticError, ValueError or TypeError where it is not finite."""
        value = self._evaluate(p)
        if not self._context.isfinite(value):
            raise ZeroDivisionError
        return value

    def _evaluate(self, p: Polynomial) -> Any:
        context = self._context
        total = context.mpf(0)
        for monomial, coefficient in self._ring.terms(p):
            term = context.convert(to_sympy(coefficient).evalf(context.dps))
            for g, n in enumerate(monomial):
                if n:
                    term = term * self._generator(g) ** n
            total = total + term
        return total

    def _generator(self, g: int) -> Any:
        known, context = self._known, self._context
        if g not in known:
            generator = self._generators[g]
            e = generator.expression
            if e.is_number:
                known[g] = context.convert(e.evalf(context.dps))
            elif not generator.function:
                known[g] = self._drawn(g)
            elif generator.undefined:  # one value for one function at one point, however the point is written
                at = tuple(context.nstr(self._evaluate(a), SAME) for a in generator.arguments)
                known[g] = known.setdefault((decode(e)[::2], at), self._drawn(g))  # type: ignore[index]
            else:
                known[g] = self._function(generator, [self._evaluate(a) for a in generator.arguments])
        return known[g]

    def _drawn(self, g: int) -> Any:
        return self._context.mpf(self._draws[g]) / (10**9 + 7) / self._scale

    def _function(self, generator: Generator, arguments: list[Any]) -> Any:
        context = self._context
        if generator.function == "sum":
            return arguments[0]
        if generator.exponent is not None:
            root = context.root(arguments[0], generator.exponent.denominator)
            return root if generator.exponent > 0 else 1 / root
        if not all(abs(a) < LARGEST for a in arguments):
            raise OverflowError
        return in_mpmath(generator.function, context)(*arguments)  # type: ignore[misc]  # sympy at least has it


def cleared(ring: PolynomialRing, reciprocals: Iterable[Reciprocal], p: Polynomial) -> Polynomial:
    """p times all its denominators, without any reciprocal: 0 modulo the other relations exactly if p is.

    With g**q = 1/u the powers of g are written as u**(-n) g**l, 0 <= l < q, and multiplied by a power of u;
    outer reciprocals first, because u may contain inner ones.
    """
    for g, q, u, root in reciprocals:
        if root is not None:
            p = _substitute(ring, p, root, u * ring.generators[g] ** (q - 1))
        p = _clear(ring, p, g, q, u)
    return p


def _powers(ring: PolynomialRing, p: Polynomial, g: int) -> dict[int, Polynomial]:
    """p as a polynomial in generator g."""
    found: dict[int, dict[Monomial, Scalar]] = {}
    for monomial, coefficient in ring.terms(p):
        found.setdefault(monomial[g], {})[(*monomial[:g], 0, *monomial[g + 1 :])] = coefficient
    return {n: ring.from_terms(terms) for n, terms in found.items()}


def _substitute(ring: PolynomialRing, p: Polynomial, g: int, value: Polynomial) -> Polynomial:
    return sum((c * value**n for n, c in _powers(ring, p, g).items()), ring.zero)


def _clear(ring: PolynomialRing, p: Polynomial, g: int, q: int, u: Polynomial) -> Polynomial:
    powers = _powers(ring, p, g)
    top = max(powers, default=0) // q
    gen = ring.generators[g]
    return sum((c * u ** (top - n // q) * gen ** (n % q) for n, c in powers.items()), ring.zero)
