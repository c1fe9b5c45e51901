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
        self._relations: list[tuple[frozenset[int], list[list[tuple[int, int]]], Relation]] = []

    def add(self, relation: Polynomial) -> None:
        """Let a polynomial be zero."""
        found = self._ring.as_dict(relation).items()
        terms = sorted(found, key=lambda t: (sum(t[0]), tuple(t[0])), reverse=True)
        # wherever all terms but one occur, one of the first two does
        starts = [[(BITS * i, n) for i, n in enumerate(m) if n] for m, _ in terms[:2]]
        needed = frozenset(i for i, (a, b) in enumerate(zip(terms[0][0], terms[1][0], strict=True)) if a and b)
        self._relations.append((needed, starts, [(_pack(m), c) for m, c in terms]))

    def contract(self, p: Polynomial) -> Polynomial:
        """p, with every relation used until none shortens it."""
        if not self._relations:
            return p
        used = {*self._ring.used(p)}
        active = [rest for needed, *rest in self._relations if needed <= used]
        if not active:
            return p
        size = len(self._ring.generators)
        found, changed = {_pack(m): c for m, c in self._ring.as_dict(p).items()}, False
        while any([_shorten(found, starts, terms) for starts, terms in active]):
            changed = True
        return self._ring.from_dict({_unpack(m, size): c for m, c in found.items()}) if changed else p


def _pack(monomial: Iterable[int]) -> int:
    return sum([int(n) << (BITS * i) for i, n in enumerate(monomial) if n])


def _unpack(key: int, size: int) -> Monomial:
    return tuple([(key >> (BITS * i)) & MASK for i in range(size)])


def _shorten(p: dict[int, Any], starts: list[list[tuple[int, int]]], relation: Relation) -> bool:
    """Use a relation in p (changed in place) wherever that leaves fewer terms, all but one of them smaller."""
    changed = False
    for start, (lead, _) in zip(starts, relation, strict=False):
        for monomial in [m for m in p if all((m >> s) & MASK >= n for s, n in start)]:
            shift = monomial - lead
            places = [shift + m for m, _ in relation]
            missing = sum([place not in p for place in places])
            if missing > 1:
                continue
            ratios = [p[place] / c for place, (_, c) in zip(places, relation, strict=True) if place in p]
            for ratios_of_sign in ([r for r in ratios if r > 0], [r for r in ratios if r < 0]):
                if len(ratios_of_sign) < len(relation) - 1:
                    continue
                factor = min(ratios_of_sign, key=abs)
                if ratios.count(factor) > missing:
                    changed = True
                    _subtract(p, places, factor, relation)
                    break
    return changed


def _subtract(p: dict[int, Any], places: list[int], factor: Any, relation: Relation) -> None:
    for place, (_, c) in zip(places, relation, strict=True):
        left = p.get(place, 0) - factor * c
        if left == 0:
            del p[place]
        else:
            p[place] = left
