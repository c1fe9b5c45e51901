"""The order that a method attains: over trees, and over words for compositions of flows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from math import factorial
from typing import Any

import numpy as np

from ...base.sharing import precision
from ...base.values import locked
from ...rings import Arithmetic, FractionArithmetic, Scalar
from ...rings.modular import residues_for
from ...trees import tree_table
from .numbers import Numbers

MAX_COMPUTED_ORDER = 14
MAX_OTHER_ORDER = 8
DIGITS = 60
Occurring = Callable[[int], np.ndarray]
"""order -> mask over all trees up to it, where only some of them matter."""


@cache
def branching_once(color: int, colors: int, order: int) -> np.ndarray:
    """Which trees up to `order` stand for something where the part of one colour is linear: its nodes have one branch at most."""
    table = tree_table(colors)
    table.grow(order)
    found = np.ones(table.size(order), bool)
    for k in range(2, order + 1):
        block = table.block(k)
        u, w = table.trunk[block], table.branch[block]
        found[block] = found[u] & found[w] & ((table.root[u] != color) | (table.order[u] == 1))
    return locked(found)


def _fast(numbers: Numbers) -> Arithmetic:
    """Rational numbers are tested modulo four primes, which a condition that fails passes with probability below 2^-110."""
    arithmetic = numbers.arithmetic
    if isinstance(arithmetic, FractionArithmetic):
        return residues_for([x for x in numbers.values if isinstance(x, Fraction)])
    return arithmetic


def order_over_trees(
    numbers: Numbers,
    blocks: Callable[[Arithmetic], Iterator[np.ndarray]],
    colors: int,
    limit: int,
    occurring: Occurring | None = None,
) -> int:
    """The highest p <= limit with Φ(t) = 1/γ(t) for all trees up to order p.

    blocks : arithmetic -> the values Φ(t), order by order

    Rational data are tested by residues, symbols exactly, algebraic numbers to 60 digits; conditions on rounded numbers
    hold if their rounding explains what is missing (`rings.rounding`).
    """
    arithmetic = _fast(numbers)
    with precision(DIGITS):
        table = tree_table(colors)
        for k, block in zip(range(1, limit + 1), blocks(arithmetic), strict=False):
            exact = [Fraction(1, int(d)) for d in table.density[table.block(k)]]
            difference = arithmetic.reduce(block - arithmetic.constants(exact))
            if occurring is not None:
                difference = difference[occurring(k)[table.block(k)]]
            if not arithmetic.vanishing(difference).all():
                return k - 1
    return limit


def order_over_words(numbers: Numbers, flows: Sequence[tuple[int, Scalar]], colors: int, limit: int) -> int:
    """The highest p <= limit to which exp(θ_1 X_1) exp(θ_2 X_2) ... agrees with exp(X_0 + X_1 + ...).

    flows : pairs (letter, θ) in the order of the product

    Both are group-like in the free algebra, so that they agree up to degree p if they do on the Lyndon words up to p
    (Radford 1979; Reutenauer, Free Lie algebras, 6.1): 71 conditions for order 8 of two parts, where there are 24,314 trees.
    Cost: O(flows · p²) products a word.

    >>> half = Fraction(1, 2)
    >>> order_over_words(Numbers([half, Fraction(1)], {}), [(0, half), (1, Fraction(1)), (0, half)], 2, 8)
    2
    """
    arithmetic = _fast(numbers)
    with precision(DIGITS):
        shares = arithmetic.constants([Fraction(1, factorial(n)) for n in range(limit + 1)])
        one, zero = shares[0], arithmetic.constants([Fraction(0)])[0]
        steps = [(letter, _exponential(arithmetic, arithmetic.element(theta), shares)) for letter, theta in flows]
        for n in range(1, limit + 1):
            found = [_coefficient(arithmetic, word, steps, one, zero) - shares[n] for word in lyndon_words(colors, n)]
            if not arithmetic.vanishing(arithmetic.reduce(arithmetic.stack(found))).all():
                return n - 1
    return limit


def _exponential(arithmetic: Arithmetic, theta: Any, shares: Any) -> list[Any]:
    """θ^k / k! for k up to the limit."""
    powers = [shares[0]]
    for _ in range(len(shares) - 1):
        powers.append(arithmetic.reduce(powers[-1] * theta))
    return [arithmetic.reduce(p * share) for p, share in zip(powers, shares, strict=True)]


def _coefficient(arithmetic: Arithmetic, word: Sequence[int], steps: Sequence[tuple[int, list[Any]]], one: Any, zero: Any) -> Any:
    """The coefficient of a word in the product: each factor takes a run of its letter off the word."""
    reached = [one] + [zero] * len(word)  # coefficients of the beginnings of the word
    for letter, powers in steps:
        for j in range(len(word), 0, -1):
            for k in range(1, j + 1):
                if word[j - k] != letter:
                    break
                reached[j] = arithmetic.reduce(reached[j] + reached[j - k] * powers[k])
    return reached[-1]


def lyndon_words(letters: int, length: int) -> Iterator[tuple[int, ...]]:
    """The words that are smaller than all their rotations (Duval 1988).

    >>> list(lyndon_words(2, 4))
    [(0, 0, 0, 1), (0, 0, 1, 1), (0, 1, 1, 1)]
    """
    word = [-1]
    while word:
        word[-1] += 1
        if len(word) == length:
            yield tuple(word)
        period = len(word)
        word += [word[i % period] for i in range(period, length)]
        while word and word[-1] == letters - 1:
            word.pop()
