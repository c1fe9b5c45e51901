"""A plain step of a Runge-Kutta method in mpmath, independent of the package's own steppers, and a nonlinear field."""

from __future__ import annotations

from fractions import Fraction

import mpmath

START = (0.75, -0.5, 0.625)
"""Dyadic, so that every library starts at the same point."""


def field(a, b, c):
    """A polynomial field without symmetry: works for numbers, arrays and tensors alike."""
    return (b * c - a * a, a * c - b + 0.5, a * b - 0.25 * c * c * c)


class Series:
    """A truncated power series in t, enough for polynomial fields."""

    def __init__(self, terms):
        self.terms = terms

    def __mul__(self, other):
        if not isinstance(other, Series):
            return Series([x * other for x in self.terms])
        a, b = self.terms, other.terms
        return Series([mpmath.fdot(a[: k + 1], b[k::-1]) for k in range(len(a))])

    def __add__(self, other):
        rest = other.terms if isinstance(other, Series) else [other] + [0] * (len(self.terms) - 1)
        return Series([x + y for x, y in zip(self.terms, rest)])

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other

    __rmul__, __radd__ = __mul__, __add__


def flow(h, f=field, start=START):
    """The exact solution after h by its Taylor series, for h well under 1."""
    terms = [[number(v)] for v in start]
    count = int(mpmath.mp.dps * mpmath.log(10) / -mpmath.log(h)) + 8
    for k in range(count):
        for own, rate in zip(terms, f(*(Series(list(t)) for t in terms))):
            own.append(rate.terms[k] / (k + 1))
    return [mpmath.polyval(t[::-1], h) for t in terms]


def number(x):
    if isinstance(x, Fraction):
        return mpmath.mpf(x.numerator) / x.denominator
    return mpmath.mpmathify(x.evalf(mpmath.mp.dps + 10) if hasattr(x, "evalf") else x)


def step(tableau, h, f=field, start=START, weights=None):
    """One step in the working precision; the stages of implicit methods by functional iteration, which contracts for small h."""
    A = [[(j, number(a)) for j, a in enumerate(row) if a != 0] for row in tableau.A]
    b = [number(x) for x in weights or tableau.b]
    y = [number(v) for v in start]

    def slope(row, slopes):
        return f(*(v + h * sum(a * slopes[j][i] for j, a in row) for i, v in enumerate(y)))

    slopes = [f(*y)] * tableau.stages
    for _ in range(400):
        before = slopes
        slopes = list(before)
        for i, row in enumerate(A):
            slopes[i] = slope(row, slopes)
        change = max(abs(p - q) for k, old in zip(slopes, before) for p, q in zip(k, old))
        if tableau.is_explicit or change <= mpmath.mpf(10) ** (2 - mpmath.mp.dps):
            break
    else:
        raise AssertionError("the stages were not found: take a smaller h")
    return [v + h * sum(x * k[i] for x, k in zip(b, slopes)) for i, v in enumerate(y)]
