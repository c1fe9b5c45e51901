"""Polynomials in one real variable: remainders, square-free parts, Sturm chains, the first change of sign.

A polynomial is a list of coefficients, lowest first, all Fraction or all mpmath numbers. Fractions are
exact; mpmath coefficients below `tolerance` times the largest one count as zero, so that gcd and root
counts come out as they do for the numbers that they stand for.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, zip_longest
from typing import Any

import sympy

Coefficients = list[Any]
EXACT_BITS = 400
"""The roots of polynomials whose coefficients have more bits in all are given as decimals: nobody reads the exact form."""
ACCURATE = sympy.Rational(1, 10**32)
"""Relative width of the interval to which a root is refined."""
BISECTIONS = 120


def trim(p: Coefficients, tolerance: float = 0) -> Coefficients:
    """Without vanishing leading coefficients."""
    bound = tolerance * max(map(abs, p), default=0) if tolerance else 0
    out = [x if abs(x) > bound else 0 * x for x in p]
    while out and out[-1] == 0:
        out.pop()
    return out


def evaluate(p: Coefficients, x: Any) -> Any:
    """The value at x."""
    total = 0 * x
    for coefficient in reversed(p):
        total = total * x + coefficient
    return total


def multiply(p: Coefficients, q: Coefficients) -> Coefficients:
    """The product."""
    out = [0 * p[0]] * (len(p) + len(q) - 1) if p and q else []
    for i, x in enumerate(p):
        for j, y in enumerate(q):
            out[i + j] += x * y
    return out


def derivative(p: Coefficients) -> Coefficients:
    """The derivative."""
    return [k * x for k, x in enumerate(p)][1:]


def divide(p: Coefficients, q: Coefficients, tolerance: float = 0) -> tuple[Coefficients, Coefficients]:
    """Quotient and remainder; a remainder that is small against p counts as zero."""
    rest, quotient = list(p), [0 * q[-1]] * max(len(p) - len(q) + 1, 0)
    for k in reversed(range(len(quotient))):
        factor = quotient[k] = rest[k + len(q) - 1] / q[-1]
        for j, x in enumerate(q):
            rest[k + j] -= factor * x
    rest = rest[: len(q) - 1]
    if tolerance and max(map(abs, rest), default=0) <= tolerance * max(map(abs, p), default=0):
        rest = []
    return quotient, trim(rest, tolerance)


def scaled(p: Coefficients) -> Coefficients:
    """Divided by the absolute value of the leading coefficient: signs stay."""
    return [x / abs(p[-1]) for x in p]


def gcd(p: Coefficients, q: Coefficients, tolerance: float = 0) -> Coefficients:
    """The greatest common divisor with leading coefficient 1."""
    while q:
        p, q = q, divide(p, q, tolerance)[1]
        q = scaled(q) if q else q
    return [x / p[-1] for x in p]


def odd_part(p: Coefficients, tolerance: float = 0) -> Coefficients:
    """The product, each once, of the factors of odd multiplicity (Yun's algorithm): p changes sign where it does.

    p itself where multiplicities do not add up to its degree: roots of rounded numbers lie close together, but apart.
    """
    common = gcd(p, derivative(p), tolerance)
    rest, out, multiplicity = divide(p, common, tolerance)[0], [p[0] / p[0]], 1
    slope = divide(derivative(p), common, tolerance)[0]
    while len(rest) > 1:
        if multiplicity >= len(p):
            return p
        step = trim([a - b for a, b in zip_longest(slope, derivative(rest), fillvalue=0 * p[0])], tolerance)
        factor = gcd(rest, step, tolerance)
        if multiplicity % 2:
            out = multiply(out, factor)
        rest, slope = divide(rest, factor, tolerance)[0], divide(step, factor, tolerance)[0]
        multiplicity += 1
    return out


def sturm_chain(p: Coefficients, tolerance: float = 0) -> list[Coefficients]:
    """p, p' and the negative remainders after them, up to the last that does not vanish."""
    chain = [scaled(p), scaled(derivative(p))] if len(p) > 1 else [p]
    while len(chain[-1]) > 1:
        rest = [-x for x in divide(chain[-2], chain[-1], tolerance)[1]]
        if not rest:
            break
        chain.append(scaled(rest))
    return chain


def variations(chain: list[Coefficients], x: Any) -> int:
    """How often the sign changes along the chain at x: p has as many roots in (a, b] as there are more at a than at b."""
    signs = [v > 0 for v in (evaluate(p, x) for p in chain) if v != 0]
    return sum(a != b for a, b in pairwise(signs))


def first_sign_change(p: Coefficients, tolerance: float = 0) -> sympy.Expr:
    """The supremum of the x >= 0 with p >= 0 on [0, x]: 0 where p is negative at once, oo where it never is.

    Exact (a rational, radicals, a root object) for rational polynomials of up to EXACT_BITS bits; the root of a longer
    one is isolated in exact integers and given to 30 digits. Others are searched in mpmath's working precision.
    Cost: O(degree³) coefficient operations.
    """
    p = trim(p, tolerance)
    while p and p[0] == 0:
        p = p[1:]
    if not p:
        return sympy.oo
    if p[0] < 0:
        return sympy.S.Zero
    exact = isinstance(p[0], Fraction)
    if exact and sum(x.numerator.bit_length() + x.denominator.bit_length() for x in p) > EXACT_BITS:
        return _isolated(p)
    odd = odd_part(p, tolerance)
    chain = sturm_chain(odd, tolerance)
    low = 0 * odd[0]
    high = 1 + max((abs(x / odd[-1]) for x in odd[:-1]), default=low)
    at_low = variations(chain, low)
    if at_low == variations(chain, high):
        return sympy.oo
    if exact:
        x = sympy.Symbol("x")
        roots = sympy.Poly([sympy.Rational(c.numerator, c.denominator) for c in reversed(odd)], x).real_roots()
        return min(r for r in roots if r.is_positive)
    while at_low - variations(chain, high) > 1 or low == 0:
        middle = (low + high) / 2
        low, high = (middle, high) if at_low == variations(chain, middle) else (low, middle)
    upwards = evaluate(odd, high) > 0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if (evaluate(odd, middle) > 0) == upwards else (middle, high)
    return sympy.Float(high, 30)


def _isolated(p: Coefficients) -> sympy.Expr:
    """The first change of sign of a rational polynomial with p(0) > 0, by isolating intervals of rational ends."""
    polynomial = sympy.Poly([sympy.Rational(c.numerator, c.denominator) for c in reversed(p)], sympy.Symbol("x"))
    ends = []
    for factor, multiplicity in polynomial.sqf_list()[1]:
        if multiplicity % 2 and (found := factor.intervals(inf=0, eps=sympy.Rational(1, 4), sqf=True)):
            ends += [(interval, factor) for interval in found]
    if not ends:
        return sympy.oo
    refined = [factor.refine_root(*interval, eps=interval[1] * ACCURATE or ACCURATE) for interval, factor in ends]
    return sympy.Float(min(high for _, high in refined), 30)


def has_roots_in_right_half_plane_only(p: Coefficients, tolerance: float = 0) -> bool:
    """Whether Re z > 0 for every root z of p: Routh's criterion for p(-z)."""
    p = trim(p, tolerance)
    mirrored = [x if k % 2 == 0 else -x for k, x in enumerate(p)][::-1]
    if mirrored[0] < 0:
        mirrored = [-x for x in mirrored]
    upper, lower = mirrored[0::2], mirrored[1::2]
    while lower:
        if lower[0] <= tolerance * upper[0]:
            return False
        ratio, shifted = upper[0] / lower[0], [*lower[1:], 0 * lower[0]]
        upper, lower = lower, [u - ratio * v for u, v in zip(upper[1:], shifted, strict=False)]
    return bool(upper[0] > 0)
