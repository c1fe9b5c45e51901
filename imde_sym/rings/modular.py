"""Exact rational results through residues: vectorised int64 arithmetic modulo several primes.

The primes have 29 bits, so a sum of 32 products of residues fits an int64 without reduction; that is
what makes this some hundred times faster than rational objects (von zur Gathen and Gerhard, Modern
Computer Algebra, ch. 5). Results come back by the Chinese remainder theorem and rational
reconstruction. Every result is checked modulo one further prime, so that a wrong one survives with
probability below 2**-28; more primes are taken until the check holds for all coefficients.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache

import numpy as np

from ..base.executors import shares
from .arithmetic import Arithmetic
from .scalars import Scalar, as_fraction

PRIME_BITS = 29
TERMS = 32
"""How many products of residues can be added before a reduction is due."""
SAMPLE = 16
"""How many numbers are tried before all are."""


class ResidueArithmetic(Arithmetic):
    """Residues modulo a row of primes, along one trailing axis."""

    exact = True
    dtype = np.int64

    def __init__(self, primes: Sequence[int]):
        self.primes = tuple(primes)
        self.shape = (len(self.primes),)
        self.moduli = np.array(self.primes, np.int64)
        self.name = f"residues modulo {len(self.primes)} primes"

    def element(self, value: Scalar) -> np.ndarray:
        """The residues of a rational number. Raises ZeroDivisionError where a prime divides its denominator."""
        numerator, denominator = as_fraction(value).as_integer_ratio()
        if denominator == 1:
            return np.array([numerator % p for p in self.primes], np.int64)
        if any(denominator % p == 0 for p in self.primes):
            raise ZeroDivisionError(f"{value} has no residue modulo some of {self.primes}")
        return np.array([numerator * pow(denominator, -1, p) % p for p in self.primes], np.int64)

    def reduce(self, array: np.ndarray) -> np.ndarray:
        """Residues in 0..p - 1."""
        return array % self.moduli

    def vanishing(self, array: np.ndarray) -> np.ndarray:
        """Which entries are zero modulo all primes."""
        return ~np.asarray(array.any(axis=-1))

    def shares(self, count: int) -> list[ResidueArithmetic]:
        """Rings of at most `count` runs of these primes: side by side, along the trailing axis, what they find is found here."""
        return [ResidueArithmetic(primes) for primes in shares(self.primes, count)]


class RationalArithmetic(Arithmetic):
    """The rational numbers: `run` computes modulo primes and reconstructs Fractions."""

    name, exact = "QQ", True

    def run(self, compute: Callable[[Arithmetic], np.ndarray]) -> Sequence[Fraction]:
        """Run modulo primes until the fractions that fit agree with one prime more."""
        return reconstructed(lambda primes: compute(ResidueArithmetic(primes)), primes_from())


def reconstructed(residues: Callable[[Sequence[int]], np.ndarray], source: Iterator[int]) -> list[Fraction]:
    """The rational numbers with these residues; more primes are taken until the fractions that fit agree with one prime more.

    residues : of N numbers modulo some primes, an array (N, primes). Raises ZeroDivisionError where one divides a denominator
    source   : primes to choose from
    """
    modulus, lifted = 1, np.zeros(0, object)
    batch = 4  # three to compute with, one to check: enough for RK4 to order 15
    while True:
        primes, found = _residues(residues, source, batch)
        lifted, modulus = _chinese(lifted, modulus, found[:, :-1], primes[:-1])
        # the last numbers are the largest, where trees are of rising order: whether they fit is soon known
        for part in (slice(-SAMPLE, None), slice(None)):
            result = _reconstruct(lifted[part], modulus)
            if result is None or not _agrees(result, found[part, -1], primes[-1]):
                break
        else:
            return result  # type: ignore[return-value]  # not None here
        lifted, modulus = _chinese(lifted, modulus, found[:, -1:], primes[-1:])
        batch = max(2, math.ceil(modulus.bit_length() / PRIME_BITS / 3))


def residues_for(values: Sequence[Fraction], count: int = 4) -> ResidueArithmetic:
    """Residues modulo primes that divide neither a numerator nor a denominator, to test what is zero."""
    source = (p for p in primes_from() if all(v.denominator % p and (v.numerator % p or v == 0) for v in values))
    return ResidueArithmetic([next(source) for _ in range(count)])


def _residues(residues: Callable[[Sequence[int]], np.ndarray], source: Iterator[int], count: int) -> tuple[list[int], np.ndarray]:
    """Run modulo the next `count` primes; primes that divide a denominator are passed over."""
    primes = [next(source) for _ in range(count)]
    while True:
        try:
            return primes, residues(primes)
        except ZeroDivisionError:
            good = []
            for p in primes:
                try:
                    residues([p])
                    good.append(p)
                except ZeroDivisionError:
                    continue
            primes = good + [next(source) for _ in range(count - len(good))]


@cache
def _prime(index: int) -> int:
    from sympy import prevprime

    return int(prevprime(2**PRIME_BITS if index == 0 else _prime(index - 1)))


def primes_from(index: int = 0) -> Iterator[int]:
    """The primes below 2**29, the largest first."""
    while True:
        yield _prime(index)
        index += 1


def _chinese(lifted: np.ndarray, modulus: int, residues: np.ndarray, primes: Sequence[int]) -> tuple[np.ndarray, int]:
    """Lift values known modulo `modulus` by their residues (one column a prime), to 0..modulus·Π primes - 1; with that product.

    The new residues are joined among themselves first, in a tree of products, so that each value costs few operations on
    long integers.
    """
    product = math.prod(primes)
    columns = [(column * pow(product // p, -1, p) % p, p) for p, column in zip(primes, residues.T, strict=True)]
    while len(columns) > 1:
        pairs = zip(columns[::2], columns[1::2], strict=False)
        joined = [((x * q + y * p).astype(object), p * q) for (x, p), (y, q) in pairs]  # residues: two products fit an int64
        columns = joined + [(x.astype(object), p) for x, p in columns[len(joined) * 2 :]]
    new = columns[0][0].astype(object) % product
    if modulus == 1:
        return new, product
    return lifted + (new - lifted) * pow(modulus, -1, product) % product * modulus, modulus * product


def _reconstruct(lifted: np.ndarray, modulus: int) -> list[Fraction] | None:
    """The fractions n/d with 2 |n| d < modulus of all residues, or None where one does not exist.

    Coefficients of one order share most of their denominators, so each value is first tried with the
    denominators found so far; Wang's half-extended Euclidean algorithm runs only for new ones.
    """
    bound = math.isqrt(modulus // 2)
    denominator, result = 1, []
    for value in lifted:
        numerator = value * denominator % modulus
        if numerator > modulus >> 1:
            numerator -= modulus
        if abs(numerator) > bound or denominator > bound:
            found = _rational(int(value), modulus, bound)
            if found is None:
                return None
            denominator = math.lcm(denominator, found.denominator)
            if denominator > bound:
                denominator = found.denominator
            result.append(found)
        else:
            result.append(Fraction(int(numerator), denominator))
    return result


def _rational(value: int, modulus: int, bound: int) -> Fraction | None:
    r0, r1, t0, t1 = modulus, value, 0, 1
    while r1 > bound:
        q = r0 // r1
        r0, r1, t0, t1 = r1, r0 - q * r1, t1, t0 - q * t1
    if t1 == 0 or abs(t1) > bound or math.gcd(r1, t1) != 1:
        return None
    return Fraction(r1, t1)


def _agrees(fractions: list[Fraction], residues: np.ndarray, p: int) -> bool:
    inverses: dict[int, int] = {}
    for x, residue in zip(fractions, residues.tolist(), strict=True):
        d = x.denominator
        if d not in inverses:
            if d % p == 0:
                return False
            inverses[d] = pow(d, -1, p)
        if x.numerator * inverses[d] % p != residue:
            return False
    return True
