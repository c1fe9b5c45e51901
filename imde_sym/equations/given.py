"""A modified equation of a system of second order as q'' = ..., the velocities eliminated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import sympy

from ..base.errors import FieldError

Series: TypeAlias = list[sympy.Expr]
"""Coefficients of h^0, h^1, ..."""


def accelerations(
    variables: Sequence[sympy.Symbol], terms: Sequence[Sequence[sympy.Expr]], pairs: Mapping[sympy.Symbol, sympy.Symbol]
) -> dict[sympy.Symbol, Series]:
    """The series of q'' in q and q', for q' = v + h f_1 + ..., v' = ...; the symbol v now stands for q'.

    terms : components of the coefficient of each power of h
    pairs : the velocity of each position
    v = q' - h f_1(q, v) - ... is solved for v power by power, and put into q'' = ∂q'/∂y · y'. Exact up to the last power.
    Raises FieldError where q' = v does not hold at h = 0.
    """
    order, places = len(terms), {x: i for i, x in enumerate(variables)}
    for q, v in pairs.items():
        if sympy.expand(terms[0][places[q]] - v) != 0:
            raise FieldError(f"{q}' = {terms[0][places[q]]} at h = 0, and not {v}: velocities cannot be eliminated")
    h = sympy.Dummy("h")
    known: dict[sympy.Symbol, Series] = {v: [v] for v in pairs.values()}
    for k in range(1, order):
        at = {v: _sum(s, h) for v, s in known.items()}
        for q, v in pairs.items():
            lower = [_coefficients(terms[j][places[q]].xreplace(at), h, k - j)[-1] for j in range(1, k + 1)]
            known[v].append(-sympy.Add(*lower))
    at = {v: _sum(s, h) for v, s in known.items()}
    found = {}
    for q in pairs:
        rates: Series = [sympy.S.Zero] * order
        for i in range(order):
            for j in range(order - i):
                rate = sympy.Add(*(sympy.diff(terms[i][places[q]], y) * terms[j][places[y]] for y in variables))
                for k, c in enumerate(_coefficients(rate.xreplace(at), h, order - 1 - i - j)):
                    rates[i + j + k] += c
        found[q] = [sympy.expand(c) for c in rates]
    return found


def _sum(series: Series, h: sympy.Dummy) -> sympy.Expr:
    return sympy.Add(*(h**k * c for k, c in enumerate(series)))


def _coefficients(e: sympy.Expr, h: sympy.Dummy, last: int) -> Series:
    """Coefficients of h^0 to h^last of a function of h that is smooth at 0."""
    found = []
    for k in range(last + 1):
        found.append(e.subs(h, 0) / sympy.factorial(k))
        e = sympy.diff(e, h) if k < last else e
    return found
