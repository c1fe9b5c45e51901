"""Relations of three and more terms, used only where they make a polynomial shorter.

With u·g = 1, u = 2 + a², the product a²·g could be written 1 - 2·g: exact, and for small a a difference of
nearly equal numbers. So such a relation is only used where all of its terms but one are there, in proportion:
the one that remains takes their place, a²·g + 2·g = 1 or 1 - 2·g = a²·g. That never loses accuracy and always
shortens.
"""

from __future__ import annotations

from typing import Any

from ..rings import Polynomial
from ..rings.polynomials import Monomial, PolynomialRing

Terms = dict[Monomial, Any]


class Contractions:
    """Relations over one polynomial ring."""

    def __init__(self, ring: PolynomialRing):
        self._ring = ring
        self._relations: list[tuple[frozenset[int], list[tuple[Monomial, Any]]]] = []

    def add(self, relation: Polynomial) -> None:
        """Let a polynomial be zero."""
        terms = sorted(self._ring.as_dict(relation).items(), key=lambda t: (sum(t[0]), t[0]), reverse=True)
        # at least one of the two terms that come first occurs wherever all but one do
        needed = frozenset(i for i, (a, b) in enumerate(zip(terms[0][0], terms[1][0], strict=True)) if a and b)
        self._relations.append((needed, terms))

    def contract(self, p: Polynomial) -> Polynomial:
        """p, with every relation used until none shortens it."""
        if not self._relations:
            return p
        used = {*self._ring.used(p)}
        active = [terms for needed, terms in self._relations if needed <= used]
        if not active:
            return p
        found, changed = self._ring.as_dict(p), False
        while any([_shorten(found, terms) for terms in active]):
            changed = True
        return self._ring.from_dict(found) if changed else p


def _shorten(p: Terms, relation: list[tuple[Monomial, Any]]) -> bool:
    """Use a relation in p (changed in place) wherever all of its terms but one occur in proportion."""
    changed = False
    for start, weight in relation[:2]:
        sparse = [(i, n) for i, n in enumerate(start) if n]
        for monomial in [m for m in p if all(m[i] >= n for i, n in sparse)]:
            if monomial not in p:
                continue
            factor = p[monomial] / weight
            shift = tuple([a - b for a, b in zip(monomial, start, strict=True)])
            missing = 0
            places = []
            for m, c in relation:
                place = tuple([a + b for a, b in zip(shift, m, strict=True)])
                places.append(place)
                if p.get(place, 0) != factor * c:
                    missing += 1
                    if missing > 1:
                        break
            if missing > 1:
                continue
            changed = True
            for place, (_, c) in zip(places, relation, strict=True):
                left = p.get(place, 0) - factor * c
                if left == 0:
                    p.pop(place, None)
                else:
                    p[place] = left
    return changed
