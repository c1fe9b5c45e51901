"""Relations of three and more terms, used only where they make a polynomial shorter.

With u·g = 1, u = 2 + a², the product a²·g could be written 1 - 2·g: exact, and for small a a difference of
nearly equal numbers. So a multiple of such a relation is only subtracted where it makes all terms but one
smaller, wherever they are evaluated: a²·g + 2·g = 1, 1 - 2·g = a²·g, 3·a²·g + 2·g - 1 = 2·a²·g. What it takes from
those is what it gives to the one, so the sum of the absolute values never grows, nor then the rounding error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..rings import Polynomial
from ..rings.polynomials import PolynomialRing, Powers

BITS = 20
"""Of one exponent: monomials are packed into one integer, so that multiplying them is one addition."""
MASK = (1 << BITS) - 1

Relation = list[tuple[int, Any]]


@dataclass(frozen=True)
class _Known:
    """A relation by the powers in its terms, the largest first, and the generators without which it is of no use."""

    number: int
    terms: list[tuple[Powers, Any]]
    needed: frozenset[int]
    generators: frozenset[int]

    def fits(self, degrees: Mapping[int, int], length: int) -> bool:
        """Whether a polynomial of these degrees and this many terms may hold a multiple of all its terms but one."""
        leads = [powers for powers, _ in self.terms[:2]]
        return length >= len(self.terms) - 1 and any(all(degrees.get(i, 0) >= n for i, n in powers) for powers in leads)


class Contractions:
    """Relations over one polynomial ring with real coefficients."""

    def __init__(self, ring: PolynomialRing):
        self._ring, self._size = ring, 0
        self._needing: dict[int, list[_Known]] = {}
        self._led: dict[int, list[_Known]] = {}
        """Those that need no one generator, by the generators of their first two terms."""

    def add(self, relation: Polynomial) -> None:
        """Let a polynomial be zero."""
        size = len(self._ring.generators)
        terms = sorted(self._ring.items(relation), key=lambda t: _degree_then_first(t[0], size), reverse=True)
        # wherever all terms but one occur, one of the first two does
        needed = frozenset(i for i, _ in terms[0][0]) & frozenset(i for i, _ in terms[1][0])
        known = _Known(self._size, terms, needed, frozenset(i for powers, _ in terms for i, _ in powers))
        self._size += 1
        if needed:
            self._needing.setdefault(min(needed), []).append(known)
        for g in () if needed else {i for powers, _ in terms[:2] for i, _ in powers}:
            self._led.setdefault(g, []).append(known)

    def contract(self, p: Polynomial) -> Polynomial:
        """p, with every relation used until none shortens it."""
        if not self._size:
            return p
        degrees = self._ring.degrees(p)
        able, held = self._able({*degrees})
        fitting = [r.fits(degrees, len(p)) for r in able]
        if not any(fitting):
            return p
        shift = {g: BITS * i for i, g in enumerate(held)}
        self._guard = sum(1 << (BITS * i + BITS - 1) for i in range(len(held)))
        active: dict[int, Relation] = {}
        found = _Terms(sorted((_pack(m, shift), c) for m, c in self._ring.items(p)))  # in one order with every library
        changed, idle, turn = False, 0, 0
        while idle < len(able):
            n, shortened = turn % len(able), False
            if changed or fitting[n]:
                if n not in active:
                    active[n] = [(_pack(powers, shift), c) for powers, c in able[n].terms]
                shortened = self._shorten(found, active[n])
            changed, idle, turn = changed or shortened, 0 if shortened else idle + 1, turn + 1
        if not changed:
            return p
        return self._ring.from_items((_unpack(m, held), c) for m, c in found.items())

    def _able(self, used: set[int]) -> tuple[list[_Known], list[int]]:
        """The relations that may be of use where these generators occur, and all generators that may occur then."""
        able = {r.number: r for g in used for r in self._needing.get(g, ()) if r.needed <= used}
        held = used.union(*(r.generators for r in able.values()))
        waiting = [*held]
        while waiting:
            for r in self._led.get(waiting.pop(), ()):
                if r.number not in able and any(held.issuperset(i for i, _ in powers) for powers, _ in r.terms[:2]):
                    able[r.number] = r
                    waiting += r.generators - held
                    held |= r.generators
        return [able[n] for n in sorted(able)], sorted(held)

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


def _degree_then_first(powers: Powers, size: int) -> Any:
    """Graded lexicographic order, as a key."""
    return sum(n for _, n in powers), [(size - i, n) for i, n in powers]


def _pack(powers: Powers, shift: Mapping[int, int]) -> int:
    return sum([n << shift[i] for i, n in powers])


def _unpack(key: int, held: Sequence[int]) -> Powers:
    powers = []
    while key:
        place = _lowest(key)
        powers.append((held[place // BITS], (key >> place) & MASK))
        key &= ~(MASK << place)
    return powers
