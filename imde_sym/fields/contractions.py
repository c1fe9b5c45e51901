"""Relations of three and more terms, used only where they make a polynomial shorter.

With u·g = 1, u = 2 + a², the product a²·g could be written 1 - 2·g: exact, and for small a a difference of
nearly equal numbers. So a multiple of such a relation is only subtracted where it makes all terms but one
smaller, wherever they are evaluated: a²·g + 2·g = 1, 1 - 2·g = a²·g, 3·a²·g + 2·g - 1 = 2·a²·g. What it takes from
those is what it gives to the one, so the sum of the absolute values never grows, nor then the rounding error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
        self._relations.append((needed, [(_pack(m, range(len(m))), c) for m, c in terms]))

    def contract(self, p: Polynomial) -> Polynomial:
        """p, with every relation used until none shortens it."""
        if not self._relations:
            return p
        used = list(self._ring.used(p))
        active = [relation for needed, relation in self._relations if needed <= {*used}]
        if not active:
            return p
        found = _Terms(sorted((_pack(m, used), c) for m, c in self._ring.as_dict(p).items()))  # in one order with every library
        idle, turn = 0, 0
        while idle < len(active):
            idle = 0 if self._shorten(found, active[turn % len(active)]) else idle + 1
            turn += 1
        if turn == len(active):  # nothing was shortened
            return p
        size = len(self._ring.generators)
        return self._ring.from_dict({_unpack(m, size): c for m, c in found.items()})

    def _shorten(self, p: _Terms, relation: Relation) -> bool:
        """Use a relation in p (changed in place) wherever that leaves fewer terms, all but one of them smaller."""
        changed, guard, enough = False, self._guard, len(relation) - 1
        for lead, _ in relation[:2]:
            # multiples of the lead: no exponent borrows from its guard bit
            for shift in [m - lead for m in p.holding(lead) if ((m | guard) - lead) & guard == guard]:
                found = [(p[shift + m] / c) for m, c in relation if shift + m in p]
                if len(found) < enough:
                    continue
                for ratios in ([r for r in found if r > 0], [r for r in found if r < 0]):
                    if len(ratios) < enough:
                        continue
                    factor = min(ratios, key=abs)
                    if found.count(factor) > len(relation) - len(found):
                        changed = True
                        p.subtract(shift, factor, relation)
                        break
        return changed


class _Terms(dict[int, Any]):
    """Packed monomials and their coefficients; which monomials hold a generator is known once it has been asked for."""

    def __init__(self, terms: Iterable[tuple[int, Any]]):
        super().__init__(terms)
        self._holding: dict[int, dict[int, None]] = {}

    def holding(self, lead: int) -> Iterable[int]:
        """The monomials that hold the first generator of another one, in the order of all."""
        if lead == 0:
            return self
        mask = MASK << _lowest(lead)
        if mask not in self._holding:
            self._holding[mask] = {m: None for m in self if m & mask}
        return self._holding[mask]

    def subtract(self, shift: int, factor: Any, relation: Relation) -> None:
        """Take a multiple of a relation away."""
        for m, c in relation:
            monomial = shift + m
            left = self.get(monomial, 0) - factor * c
            if left == 0:
                del self[monomial]
            elif monomial in self:
                self[monomial] = left
                continue
            else:
                self[monomial] = left
            for mask, known in self._holding.items():
                if monomial & mask:
                    known.pop(monomial) if left == 0 else known.setdefault(monomial)


def _lowest(key: int) -> int:
    """Where the first generator of a monomial has its exponent."""
    return ((key & -key).bit_length() - 1) // BITS * BITS


def _pack(monomial: Sequence[int], used: Iterable[int]) -> int:
    return sum([int(monomial[i]) << (BITS * i) for i in used if monomial[i]])


def _unpack(key: int, size: int) -> Monomial:
    powers = [0] * size
    while key:
        place = _lowest(key)
        powers[place // BITS] = (key >> place) & MASK
        key &= ~(MASK << place)
    return tuple(powers)
