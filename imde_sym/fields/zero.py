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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mpmath
import sympy

from ..base.arguments import checked
from ..base.errors import FieldError
from ..expressions.undefined import decode
from ..rings import Polynomial, to_sympy

if TYPE_CHECKING:
    from .ring import DifferentialRing, Generator

KNOWN = ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sech")
"""Functions of mpmath's own; it may not have others, or not mean the same by them."""

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
    """The answer; proven is False for the numerical certificate (zero to 40 digits at three points)."""

    zero: bool
    proven: bool


def zero_test(ring: DifferentialRing, p: Polynomial) -> ZeroTest:
    """Whether p is zero; p need not be reduced. Raises FieldError where no value of it is finite."""
    p = ring.simplify(p)
    if p == 0:
        return ZeroTest(True, True)
    if not ring.has_kernels:
        return ZeroTest(False, True)
    if not vanishes(ring, p):
        return ZeroTest(False, True)
    return ZeroTest(True, ring.exact and _proof(ring, p))


def _proof(ring: DifferentialRing, p: Polynomial) -> bool:
    """Whether the relations of the merged ring show that p is zero."""
    try:
        return numerator(ring.merged, ring.merge(p)) == 0
    except FieldError:  # the merged ring is too large: there is no proof
        return False


def vanishes(ring: DifferentialRing, p: Polynomial) -> bool:
    """Whether p is zero at random points. Raises FieldError where it is finite at none of them."""
    source, finite = random.Random(2022), False
    for scale in SCALES:
        for _ in range(4):
            draws = {g: source.randint(10**9, 2 * 10**9) for g in range(len(ring.generators))}
            try:
                if not _vanishes_at(ring, p, draws, scale):
                    return False
                finite = True
                break
            except (ArithmeticError, ValueError, TypeError):  # not defined or not finite there
                continue
    if not finite:
        raise FieldError("the field is not finite at any of the points tried: is a denominator identically zero?")
    return True


def _vanishes_at(ring: DifferentialRing, p: Polynomial, draws: dict[int, int], scale: int) -> bool:
    for low, high in (PRECISIONS[:2], PRECISIONS[2:]):
        values = [_value(ring, p, draws, scale, digits) for digits in (low, high)]
        if abs(values[0] - values[1]) < AGREEMENT * abs(values[1]):
            return False
        if values[0] == values[1] == 0:
            return True
    return True


def _value(ring: DifferentialRing, p: Polynomial, draws: dict[int, int], scale: int, digits: int) -> Any:
    """p at a point, in so many digits. Raises an ArithmeticError, ValueError or TypeError where it is not finite."""
    context = _context(digits)
    value = _evaluate(ring, p, context, {g: context.mpf(n) / (10**9 + 7) / scale for g, n in draws.items()}, {})
    if not context.isfinite(value):
        raise ZeroDivisionError
    return value


def _context(digits: int) -> Any:
    """Numbers of exactly so many digits, for this thread alone: no other may raise one of two precisions that are compared."""
    if not hasattr(_own, "context"):
        _own.context = mpmath.MPContext()
    _own.context.dps = digits
    return _own.context


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


def _evaluate(ring: DifferentialRing, p: Polynomial, context: Any, draws: dict[int, Any], cache: dict[Any, Any]) -> Any:
    total = context.mpf(0)
    for monomial, coefficient in ring.polynomials.terms(p):
        term = context.convert(to_sympy(coefficient).evalf(context.dps))
        for g, n in enumerate(monomial):
            if n:
                term = term * _generator(ring, g, context, draws, cache) ** n
        total = total + term
    return total


def _generator(ring: DifferentialRing, g: int, context: Any, draws: dict[int, Any], cache: dict[Any, Any]) -> Any:
    if g not in cache:
        generator = ring.generators[g]
        e = generator.expression
        if e.is_number:
            cache[g] = context.convert(e.evalf(context.dps))
        elif not generator.function:
            cache[g] = draws[g]
        elif generator.undefined:  # one value for one function at one point, however the point is written
            at = tuple(context.nstr(_evaluate(ring, a, context, draws, cache), SAME) for a in generator.arguments)
            cache[g] = cache.setdefault((decode(e)[::2], at), draws[g])  # type: ignore[index]
        else:
            cache[g] = _function(generator, context, [_evaluate(ring, a, context, draws, cache) for a in generator.arguments])
    return cache[g]


def _function(generator: Generator, context: Any, arguments: list[Any]) -> Any:
    if generator.function == "sum":
        return arguments[0]
    if generator.exponent is not None:
        root = context.root(arguments[0], generator.exponent.denominator)
        return root if generator.exponent > 0 else 1 / root
    if not all(abs(a) < LARGEST for a in arguments):
        raise OverflowError
    if generator.function == "pow":
        return arguments[0] ** arguments[1]
    if generator.function in KNOWN:
        return getattr(context, generator.function)(*arguments)
    return context.convert(generator.expression.func(*map(sympy.sympify, arguments)).evalf(context.dps))
