"""Linear equations for polynomials of a ring: find G with A(G) = target for a linear map A, among monomials of the generators.

Two sets of monomials are tried. Where A is a derivation along a field, the reachable ones: those whose image holds a monomial
of the target, then those whose image holds what these bring in, and so on; all weights under which the field is homogeneous
are kept by themselves. And the box of all monomials up to some degrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix

from ..fields import DifferentialRing, RingField
from ..rings import Polynomial, as_fraction

MAX_MONOMIALS = 4_000
"""How many monomials a box may have."""
MAX_UNKNOWNS = 800
"""So many reachable monomials are solved for."""
Monomial = tuple[int, ...]
Operator = Callable[[Polynomial], Sequence[Polynomial]]


def combination(
    ring: DifferentialRing, operator: Operator, candidates: Iterable[Polynomial], target: Sequence[Polynomial]
) -> Polynomial | None:
    """The combination of candidates with operator(combination) = target; None if there is none, or a number is no fraction.

    Where there are several, the first candidates have the word.
    """
    candidates = list(candidates)
    columns = [*map(operator, candidates), target]
    entries = [{(m, *x): c for m, p in enumerate(column) for x, c in ring.polynomials.terms(p)} for column in columns]
    if not all(isinstance(c, Fraction) for entry in entries for c in entry.values()):
        return None
    rows = {key: row for row, key in enumerate(dict.fromkeys(key for entry in entries for key in entry))}
    if not rows:
        return ring.polynomials.zero
    sparse: dict[int, dict[int, Any]] = {}
    for column, entry in enumerate(entries):
        for key, c in entry.items():
            sparse.setdefault(rows[key], {})[column] = sympy.QQ(*as_fraction(c).as_integer_ratio())
    solution, pivots = DomainMatrix.from_dod(sparse, (len(rows), len(entries)), sympy.QQ).rref()
    if len(candidates) in pivots:
        return None
    found = ring.polynomials.zero
    for row, column in enumerate(pivots):
        weight = solution[row, len(candidates)].element
        found = found + ring.polynomials.constant(Fraction(int(weight.numerator), int(weight.denominator))) * candidates[column]
    return found


def box(ring: DifferentialRing, degrees: Sequence[int], total: int) -> list[Polynomial] | None:
    """The monomials in normal form up to these degrees, by generator and in all; None where they are too many."""
    if prod(d + 1 for d in degrees) > MAX_MONOMIALS:
        return None
    every = (x for x in product(*(range(d + 1) for d in degrees)) if 0 < sum(x) <= total)
    return [monomial for monomial in (normal(ring, x) for x in every) if monomial is not None]


def normal(ring: DifferentialRing, x: Monomial) -> Polynomial | None:
    """The monomial; None where it is not its own normal form."""
    monomial = ring.polynomials.from_terms({x: Fraction(1)})
    return monomial if ring.reduce(monomial) == monomial else None


def reachable(ring: DifferentialRing, field: RingField, target: Polynomial, total: int) -> list[Polynomial] | None:
    """The monomials up to a degree that the derivative along the field connects with those of the target; None: too many."""
    ways = []
    for g in range(len(ring.generators)):
        along = field.along(g)
        if along != 0:
            ways += [(g, x) for x, _ in ring.polynomials.terms(along)]
    waiting = [x for x, _ in ring.polynomials.terms(target)]
    seen, found = {*waiting}, dict[Monomial, Polynomial | None]()
    while waiting:
        t = waiting.pop()
        for g, by in ways:
            x = [a - b for a, b in zip(t, by, strict=True)]
            x[g] += 1
            key = tuple(x)
            if min(x) < 0 or not 0 < sum(x) <= total or key in found:
                continue
            found[key] = monomial = normal(ring, key)
            if monomial is None:
                continue
            if len(found) > MAX_UNKNOWNS:
                return None
            for y, _ in ring.polynomials.terms(ring.reduce(ring.along(monomial, field))):
                if y not in seen:
                    seen.add(y)
                    waiting.append(y)
    ordered = (found[key] for key in sorted(found, key=lambda x: (sum(x), x)))
    return [monomial for monomial in ordered if monomial is not None]
