"""Numerators and denominators that are polynomials in atoms, and what the numbers of a sum have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NamedTuple

import sympy

from ..rings import Polynomial
from ..rings.polynomials import Monomial, PolynomialRing

MAX_CONTENT = 1000
"""Denominators beyond which numbers stay with their terms."""


class Sum(NamedTuple):
    """An atom that is a power of a sum: its place, the power, the sum as a polynomial in the other atoms, and its factors."""

    atom: int
    power: Fraction
    polynomial: Polynomial
    factors: tuple[Fraction, list[tuple[Polynomial, int]]]


def polynomial(e: sympy.Expr, places: Mapping[sympy.Expr, int], own: PolynomialRing) -> Polynomial | None:
    """An expression as a polynomial in atoms; None where it is none with rational coefficients."""
    found: dict[Monomial, Fraction] = {}
    for term in sympy.Add.make_args(e):
        number, rest = term.as_coeff_Mul(rational=True)
        powers = [0] * len(places)
        for part in sympy.Mul.make_args(rest) if rest != 1 else ():
            base, n = (part.base, part.exp) if part.is_Pow and part.exp.is_Integer and part.exp > 0 else (part, 1)
            if base not in places:
                return None
            powers[places[base]] += int(n)
        key = tuple(powers)
        found[key] = found.get(key, Fraction(0)) + Fraction(int(number.p), int(number.q))
    return own.from_terms(found)


def cancelled(
    number: Fraction, factors: list[tuple[Polynomial, int]], sums: Sequence[Sum], powers: Mapping[int, Fraction]
) -> tuple[Fraction, list[tuple[Polynomial, int]], dict[int, Fraction]]:
    """Factors of a numerator, and the powers of sums, negative ones below it, without what both have in common."""
    powers = dict(powers)
    for s in sums:
        scale, parts = s.factors
        whole = (1 / s.power).denominator == 1  # the power of the atom must stay an integer
        while whole and powers[s.atom] < 0 and all(any(f == p and n >= k for p, n in factors) for f, k in parts):
            factors = [(p, n - next((k for f, k in parts if f == p), 0)) for p, n in factors]
            factors = [(p, n) for p, n in factors if n]
            number, powers[s.atom] = number / scale, powers[s.atom] + 1
    return number, factors, powers


def content(numbers: Sequence[Any]) -> Fraction:
    """What all the numbers have in common, and the sign of the first; 1 where they are no fractions."""
    if not all(isinstance(c, Fraction) for c in numbers):
        return Fraction(1)
    if max(c.denominator for c in numbers) > MAX_CONTENT:
        return Fraction(1)
    size = Fraction(gcd(*(c.numerator for c in numbers)), lcm(*(c.denominator for c in numbers)))
    return -size if numbers[0] < 0 else size


def saved(numbers: Sequence[Any], content: Fraction) -> int:
    """How many characters are saved where the numbers are divided by what they have in common."""
    if abs(content) == 1:
        return 0
    return sum(_digits(c) - _digits(c / content) for c in numbers) - _digits(content)


def _digits(c: Fraction) -> int:
    return sum(len(str(n)) + 1 for n in (abs(c.numerator), c.denominator) if n != 1)
