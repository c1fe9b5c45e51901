"""Is an element of a differential ring zero? Decided exactly where the relations allow.

Three questions in turn: is the normal form 0 (then it is zero); is the value at a random point, in 60
digits, different from zero (then it is not); is the numerator 0 after every denominator has been cleared
(then it is zero). What is left vanishes to 40 digits at all points but is not known to be zero: nested
roots, products of roots of different bases or several arguments of one function may obey relations
that the ring does not hold. Such an element is reported as zero with `proven` False. Where the
coefficients are floats, what rounding leaves is not zero.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mpmath
import sympy

from ..arguments import checked
from ..errors import FieldError
from ..rings import Polynomial, to_sympy
from ..rings.undefined import decode
from ..sharing import precision

if TYPE_CHECKING:
    from .ring import DifferentialRing

POINTS = 3
DIGITS = 60
SURE = 40
"""Digits to which a value must vanish, relative to the largest term."""


@checked
@dataclass(frozen=True)
class ZeroTest:
    """The answer; proven is False for the numerical certificate (zero to 40 digits at three points)."""

    zero: bool
    proven: bool


def zero_test(ring: DifferentialRing, p: Polynomial) -> ZeroTest:
    """Whether p is zero; p need not be reduced. Raises FieldError where no value of it is finite."""
    p = ring.reduce(p)
    if p == 0:
        return ZeroTest(True, True)
    if not ring.has_kernels:
        return ZeroTest(False, True)
    if not vanishes(ring, p):
        return ZeroTest(False, True)
    return ZeroTest(True, ring.exact and numerator(ring, p) == 0)


def vanishes(ring: DifferentialRing, p: Polynomial) -> bool:
    """Whether p is zero to 40 digits at three random points, relative to its largest terms."""
    source, found = random.Random(2022), 0
    for _ in range(4 * POINTS):
        value = _relative_value(ring, p, source)
        if value is None:  # not defined there
            continue
        if value > mpmath.mpf(10) ** -SURE:
            return False
        found += 1
        if found == POINTS:
            return True
    raise FieldError("the field is not finite at any of the points tried: is a denominator identically zero?")


def numerator(ring: DifferentialRing, p: Polynomial) -> Polynomial:
    """p times all its denominators, without any reciprocal: 0 exactly if p is.

    With g**q = 1/u the powers of g are written as u**(-n) g**l, 0 <= l < q, and multiplied by a power of u;
    outer reciprocals first, because u may contain inner ones.
    """
    for g, q, u, root in ring.reciprocals:
        if root is not None:
            p = _substitute(ring, p, root, u * ring.polynomials.generators[g] ** (q - 1))
        p = _clear(ring, p, g, q, u)
    return ring.plain.reduce(p)


def _powers(ring: DifferentialRing, p: Polynomial, g: int) -> dict[int, Polynomial]:
    """p as a polynomial in generator g."""
    found: dict[int, dict] = {}
    for monomial, coefficient in ring.polynomials.terms(p):
        found.setdefault(monomial[g], {})[(*monomial[:g], 0, *monomial[g + 1 :])] = coefficient
    return {n: ring.polynomials.from_terms(terms) for n, terms in found.items()}


def _substitute(ring: DifferentialRing, p: Polynomial, g: int, value: Polynomial) -> Polynomial:
    return sum((c * value**n for n, c in _powers(ring, p, g).items()), ring.polynomials.zero)


def _clear(ring: DifferentialRing, p: Polynomial, g: int, q: int, u: Polynomial) -> Polynomial:
    powers = _powers(ring, p, g)
    top = max(powers, default=0) // q
    gen = ring.polynomials.generators[g]
    return sum((c * u ** (top - n // q) * gen ** (n % q) for n, c in powers.items()), ring.polynomials.zero)


def _relative_value(ring: DifferentialRing, p: Polynomial, source: random.Random) -> Any:
    """|p| over the sum of the absolute terms at a random point; None where a kernel is not finite."""
    with precision(DIGITS):
        draws = {g: mpmath.mpf(source.randint(10**9, 2 * 10**9)) / (10**9 + 7) for g in range(len(ring.generators))}
        try:
            total, size = _evaluate(ring, p, draws, {})
            if not mpmath.isfinite(size):
                return None
        except (ZeroDivisionError, ValueError, TypeError, OverflowError):
            return None
        return abs(total) / size if size else mpmath.mpf(0)


def _evaluate(ring: DifferentialRing, p: Polynomial, draws: dict[int, Any], cache: dict[Any, Any]) -> tuple[Any, Any]:
    total, size = mpmath.mpf(0), mpmath.mpf(0)
    for monomial, coefficient in ring.polynomials.terms(p):
        term = mpmath.mpmathify(to_sympy(coefficient).evalf(DIGITS))
        for g, n in enumerate(monomial):
            if n:
                term = term * _generator(ring, g, draws, cache) ** n
        total, size = total + term, size + abs(term)
    return total, size


def _generator(ring: DifferentialRing, g: int, draws: dict[int, Any], cache: dict[Any, Any]) -> Any:
    if g not in cache:
        generator = ring.generators[g]
        e = generator.expression
        if e.is_number:
            cache[g] = mpmath.mpmathify(e.evalf(DIGITS))
        elif not generator.function:
            cache[g] = draws[g]
        elif generator.undefined:  # one value for one function at one point, however the point is written
            at = tuple(mpmath.nstr(_evaluate(ring, a, draws, cache)[0], SURE) for a in generator.arguments)
            cache[g] = cache.setdefault((decode(e)[::2], at), draws[g])  # type: ignore[index]
        else:
            arguments = [_evaluate(ring, a, draws, cache)[0] for a in generator.arguments]
            if generator.exponent is not None:
                root = mpmath.root(arguments[0], generator.exponent.denominator)
                cache[g] = root if generator.exponent > 0 else 1 / root
            elif generator.function == "pow":
                cache[g] = arguments[0] ** arguments[1]
            else:
                function = sympy.exp if generator.function == "exp" else e.func
                cache[g] = mpmath.mpmathify(function(*map(sympy.sympify, arguments)).evalf(DIGITS))
    return cache[g]
