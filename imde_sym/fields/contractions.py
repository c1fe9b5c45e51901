"""Relations of three and more terms, used only where they make a polynomial shorter.

With u·g = 1, u = 2 + a², the product a²·g could be written 1 - 2·g: exact, and for small a a difference of
nearly equal numbers. So a multiple of such a relation is only subtracted where it makes all terms but one
smaller, wherever they are evaluated: a²·g + 2·g = 1, 1 - 2·g = a²·g, 3·a²·g + 2·g - 1 = 2·a²·g. What it takes from
those is what it gives to the one, so the sum of the absolute values never grows, nor then the rounding error.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..rings import Polynomial
from ..rings.polynomials import Monomial, PolynomialRing

BITS = 20
"""Of one exponent: monomials are packed into one integer, so that multiplying them is one addition."""
MASK = (1 << BITS) - 1

Relation = list[tuple[int, Any]]


class Contractions:
    """Relations over one polynomial ring with real coefficients."""

    def __init__(self, ring: PolynomialRing):
        self._ring = ring
        self._guard = sum(1 << (BITS * i + BITS - 1) for i in range(len(ring.generators)))
        self._relations: list[tuple[frozenset[int], Relation]] = []

    def add(self, relation: Polynomial) -> None:
        """Let a polynomial be zero."""
        found = self._ring.as_dict(relation).items()
        terms = sorted(found, key=lambda t: (sum(t[0]), tuple(t[0])), reverse=True)
        # wherever all terms but one occur, one of the first two does
        needed = frozenset(i for i, (a, b) in enumerate(zip(terms[0][0], terms[1][0], strict=True)) if a and b)
        self._relations.append((needed, [(_pack(m), c) for m, c in terms]))

    def contract(self, p: Polynomial) -> Polynomial:
        """p, with every relation used until none shortens it."""
        if not self._relations:
            return p
        used = {*self._ring.used(p)}
        active = [relation for needed, relation in self._relations if needed <= used]
        if not active:
            return p
        found = dict(sorted((_pack(m), c) for m, c in self._ring.as_dict(p).items()))  # in one order with every library
        idle, turn = 0, 0
        while idle < len(active):
            idle = 0 if self._shorten(found, active[turn % len(active)]) else idle + 1
            turn += 1
        if turn == len(active):  # nothing was shortened
            return p
        size = len(self._ring.generators)
        return self._ring.from_dict({_unpack(m, size): c for m, c in found.items()})

    def _shorten(self, p: dict[int, Any], relation: Relation) -> bool:
        """Use a relation in p (changed in place) wherever that leaves fewer terms, all but one of them smaller."""
        changed, guard, enough = False, self._guard, len(relation) - 1
        for lead, _ in relation[:2]:
            # multiples of the lead: no exponent borrows from its guard bit
            for shift in [m - lead for m in p if ((m | guard) - lead) & guard == guard]:
                found = [(p[shift + m] / c) for m, c in relation if shift + m in p]
                if len(found) < enough:
                    continue
                for ratios in ([r for r in found if r > 0], [r for r in found if r < 0]):
                    if len(ratios) < enough:
                        continue
                    factor = min(ratios, key=abs)
                    if found.count(factor) > len(relation) - len(found):
                        changed = True
                        _subtract(p, shift, factor, relation)
                        break
        return changed


def _pack(monomial: Iterable[int]) -> int:
    return sum([int(n) << (BITS * i) for i, n in enumerate(monomial) if n])


def _unpack(key: int, size: int) -> Monomial:
    return tuple([(key >> (BITS * i)) & MASK for i in range(size)])


def _subtract(p: dict[int, Any], shift: int, factor: Any, relation: Relation) -> None:
    for m, c in relation:
        left = p.get(shift + m, 0) - factor * c
        if left == 0:
            del p[shift + m]
        else:
            p[shift + m] = left
