"""Integrals of interpolation polynomials at equidistant nodes, exactly."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

Row = tuple[Fraction, ...]


@cache
def integration(count: int) -> tuple[Row, tuple[Row, ...], Row]:
    """Nodes ζ_i = i/(count - 1), the integrals of the Lagrange polynomials from 0 to each node, and those from 0 to 1.

    Exact for polynomials of degree count - 1.

    >>> integration(3)[2]
    (Fraction(1, 6), Fraction(2, 3), Fraction(1, 6))
    """
    nodes = tuple(Fraction(i, count - 1) for i in range(count)) if count > 1 else (Fraction(1, 2),)
    integrals = []
    for j, node in enumerate(nodes):
        polynomial = [Fraction(1)]  # from low to high
        for i, other in enumerate(nodes):
            if i != j:
                shifted = [Fraction(0), *polynomial]
                polynomial = [(s - other * p) / (node - other) for s, p in zip(shifted, [*polynomial, Fraction(0)], strict=True)]
        integrals.append([c / (k + 1) for k, c in enumerate(polynomial)])

    def upto(x: Fraction) -> Row:
        return tuple(sum((c * x ** (k + 1) for k, c in enumerate(own)), Fraction(0)) for own in integrals)

    return nodes, tuple(map(upto, nodes)), upto(Fraction(1))
