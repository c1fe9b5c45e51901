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
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np

from ..base.executors import shares
from ..base.sharing import uncollected
from .arithmetic import Arithmetic
from .scalars import MAX_BITS, Canonical, Scalar, as_fraction, scalars

PRIME_BITS = 29
TERMS = 32
"""How many products of residues can be added before a reduction is due."""
SAMPLE = 32
"""How many numbers of all sizes, and how many of the last, are tried before all are."""
MARGIN = 24
"""Bits that a fraction must be shorter than the modulus to count as found."""


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
        return self.reduce(np.array([numerator % p for p in self.primes], np.int64) * self._inverse(denominator))

    def array(self, values: Sequence[Scalar]) -> np.ndarray:
        """The residues of rational numbers, shape (N, primes); each denominator is inverted once."""
        numbers = [value.as_integer_ratio() for value in values if isinstance(value, Fraction)]
        if len(numbers) < len(values):
            return super().array(values)
        numerators, denominators = zip(*numbers, strict=True) if numbers else ((), ())
        known = {d: self._inverse(d) for d in set(denominators)}
        return self.reduce(_columns(numerators, self.primes) * self.stack([known[d] for d in denominators]))

    def _inverse(self, number: int) -> np.ndarray:
        if number == 1:
            return np.ones(len(self.primes), np.int64)
        try:
            return np.array([pow(number, -1, p) for p in self.primes], np.int64)
        except ValueError:
            raise ZeroDivisionError(f"1/{number} has no residue modulo some of {self.primes}") from None

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

    def run(self, compute: Callable[[Arithmetic], np.ndarray]) -> Sequence[Scalar]:
        """Run modulo primes until the fractions that fit agree with one prime more."""
        return reconstructed(lambda primes: compute(ResidueArithmetic(primes)), primes_from())


def reconstructed(residues: Callable[[Sequence[int]], np.ndarray], source: Iterator[int]) -> Canonical:
    """The rational numbers with these residues; more primes are taken until the fractions that fit agree with one prime more.

    residues : of N numbers modulo some primes, an array (N, primes). Raises ZeroDivisionError where one divides a denominator
    source   : primes to choose from
    """
    modulus, lifted = 1, np.zeros(0, object)
    batch = 4  # three to compute with, one to check: enough for RK4 to order 15
    while True:
        primes, found = _residues(residues, source, batch)
        lifted, modulus = _chinese(lifted, modulus, found[:, :-1], primes[:-1])
        # whether some fit is soon known, and their denominators are likely to be those of all
        places, common = _sample(len(lifted)), 1
        for part in (places, np.arange(len(lifted))):
            fractions = Fractions.fitting(lifted[part], modulus, common)
            if fractions.fitted < len(part) or not fractions.agree(found[part, -1], primes[-1]):
                break
            common = fractions.common
        else:
            with uncollected():
                numbers = Canonical(map(Fraction, fractions.numerators, fractions.denominators))
            return scalars(tuple(numbers)) if modulus.bit_length() > MAX_BITS else numbers
        lifted, modulus = _chinese(lifted, modulus, found[:, -1:], primes[-1:])
        batch = _more(modulus, math.log(part[fractions.fitted - 1] + 2, len(lifted) + 2) if fractions.fitted else 0.0)


def _sample(size: int) -> np.ndarray:
    """Places of some numbers: of each order of trees, and more of the last, which are the largest."""
    spread = np.geomspace(1, max(size, 1), SAMPLE).astype(np.int64)
    return np.unique(np.concatenate([spread, np.arange(size - SAMPLE, size) + 1]).clip(1, size)) - 1


def _more(modulus: int, share: float) -> int:
    """How many primes to add where a share of the numbers fits: digits grow as orders of trees do, as the logarithm of places."""
    return max(2, math.ceil(modulus.bit_length() / PRIME_BITS * min(1 / max(share, 0.25) - 1, 3)))


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


def _columns(numbers: Sequence[int], primes: Sequence[int]) -> np.ndarray:
    """Integers of any length modulo each prime, shape (N, primes)."""
    try:
        array = np.array(numbers, np.int64)
    except OverflowError:
        array = np.array(numbers, object)
    return np.stack([(array % p).astype(np.int64) for p in primes], axis=-1)


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


@dataclass
class Fractions:
    """Numbers as numerators and denominators, not in lowest terms; `common` is the denominator of most, `fitted` their number."""

    numerators: np.ndarray
    denominators: np.ndarray
    common: int
    fitted: int = 0

    @classmethod
    def fitting(cls, lifted: np.ndarray, modulus: int, common: int) -> Fractions:
        """The fractions n/d with |n| d < modulus/2^MARGIN of all residues, up to the first of which there is none.

        Coefficients of one order share most of their denominators, so each value is first multiplied by what the others had
        (at first by `common`), which then costs no digits: |n| < modulus/2^MARGIN is enough. Euclid's algorithm runs only
        for what is no integer then.
        """
        limit, size = modulus >> MARGIN, len(lifted)
        out = cls(np.zeros(size, object), np.ones(size, object), common)
        pending = np.arange(size)
        while len(pending):
            values = lifted[pending] * out.common % modulus
            values = np.where(values > modulus >> 1, values - modulus, values)
            fits = (np.abs(values) <= limit).astype(bool)
            out.numerators[pending[fits]], out.denominators[pending[fits]] = values[fits], out.common
            pending, values = pending[~fits], values[~fits]
            done = 0
            for index, value in zip(pending, values, strict=True):
                found = _rational(value, modulus)
                found = _rational(lifted[index], modulus) if found is None else found / out.common
                if found is None:
                    out.fitted = int(index)
                    return out
                done += 1
                out.numerators[index], out.denominators[index] = found.as_integer_ratio()
                if (common := math.lcm(out.common, found.denominator)) <= limit:
                    out.common = common
                    break  # the others may fit now
            pending = pending[done:]
        out.fitted = size
        return out

    def agree(self, residues: np.ndarray, p: int) -> bool:
        """Whether these are the residues of the numbers modulo p."""
        n, d = ((x % p).astype(np.int64) for x in (self.numerators, self.denominators))
        return bool((d != 0).all() and ((n - d * residues) % p == 0).all())


def _rational(value: int, modulus: int) -> Fraction | None:
    """The fraction n/d of a residue with |n| d < modulus/2^MARGIN, or None.

    It stands before the first large quotient of Euclid's algorithm (Monagan 2004: maximal quotient rational reconstruction).
    """
    r0, r1, t0, t1 = modulus, value % modulus, 0, 1
    while r1:
        q = r0 // r1
        if q >> MARGIN:
            return Fraction(r1, t1) if math.gcd(r1, t1) == 1 else None
        r0, r1, t0, t1 = r1, r0 - q * r1, t1, t0 - q * t1
    return None
