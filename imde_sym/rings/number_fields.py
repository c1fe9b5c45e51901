"""Algebraic numbers through residues: as `modular`, with primes that split the field's minimal polynomial.

Modulo such a prime p the generator θ of the field has d = [K : Q] values, the roots of its minimal polynomial, and a number
Σ c_i θ^i has d residues. A computation runs once for each root, and interpolation returns the c_i modulo p (von zur Gathen and
Gerhard, Modern Computer Algebra, ch. 5 and 6.7): what a root costs are d residues instead of one, not objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import count
from typing import Any

import numpy as np
import sympy

from ..base.executors import shares
from .arithmetic import Arithmetic, DomainArithmetic
from .modular import ResidueArithmetic, primes_from, reconstructed
from .scalars import Scalar, as_fraction, scalar, to_sympy

MAX_DEGREE = 8
"""Of a field; of the primes 1 in d! may split a polynomial of degree d."""
MAX_SEARCH = 4_000
"""How many primes are looked at for one that splits."""
Coefficients = tuple[Fraction, ...]
"""Of a polynomial in the generator, the constant first."""


class AlgebraicArithmetic(DomainArithmetic):
    """A sympy domain that computes modulo primes wherever it is a number field of moderate degree."""

    def run(self, compute: Callable[[Arithmetic], np.ndarray]) -> Sequence[Scalar]:
        """Run modulo primes that split, until the numbers that fit agree with one prime more; else in the domain itself."""
        if not self.domain.is_Algebraic or self.domain.mod.degree() > MAX_DEGREE or self.domain.dom != sympy.QQ:
            return super().run(compute)
        minimal = _fractions(self.domain.mod)
        degree = len(minimal) - 1
        try:
            next(_splitting(minimal))
        except StopIteration:
            return super().run(compute)

        def residues(primes: Sequence[int]) -> np.ndarray:
            places = [(p, root) for p in primes for root in _roots(minimal, p)]
            found = compute(PlaceArithmetic(places, self))
            values = found.reshape(len(found), len(primes), degree)
            columns = [values[:, i] @ _interpolation(_roots(minimal, p), p) % p for i, p in enumerate(primes)]
            return np.stack(columns, axis=-1).reshape(-1, len(primes))

        found = reconstructed(residues, _splitting(minimal))
        rows = [tuple(map(as_fraction, found[i : i + degree])) for i in range(0, len(found), degree)]
        known = {row: self._number(row) for row in dict.fromkeys(rows)}
        return [known[row] for row in rows]

    def coefficients(self, value: Scalar) -> Coefficients:
        """A number of the field as a polynomial in its generator. Raises RingError where the field does not hold it."""
        return _fractions(self.element(value))

    def _number(self, row: Coefficients) -> Scalar:
        if not any(row[1:]):
            return row[0]
        expression = self.domain.to_sympy(self.domain([self.domain.dom.from_sympy(to_sympy(x)) for x in reversed(row)]))
        return expression if self._canonical else scalar(expression)

    @cached_property
    def _canonical(self) -> bool:
        """Whether sums of the powers of the generator are canonical as they stand: where no root stands under another."""
        powers = [self.domain.ext.as_expr() ** i for i in range(1, self.domain.mod.degree())]
        parts = {part for power in powers for part in sympy.preorder_traversal(sympy.expand(power))}
        return not any(part.is_Pow and not part.exp.is_Integer and part.base.is_Add for part in parts)


class PlaceArithmetic(ResidueArithmetic):
    """Residues of a number field, one for each prime with a root of the minimal polynomial modulo it."""

    def __init__(self, places: Sequence[tuple[int, int]], field: AlgebraicArithmetic):
        super().__init__([p for p, _ in places])
        self._places, self._field = places, field
        self.name = f"residues of {field.name} at {len(places)} places"

    def shares(self, count: int) -> list[ResidueArithmetic]:
        """Rings of at most `count` runs of these places."""
        return [PlaceArithmetic(places, self._field) for places in shares(self._places, count)]

    def element(self, value: Scalar) -> np.ndarray:
        """The residues of a number of the field. Raises ZeroDivisionError where a prime divides a denominator."""
        if isinstance(value, Fraction):
            return super().element(value)
        total = np.zeros(len(self.primes), np.int64)
        roots = np.array([root for _, root in self._places], np.int64)
        for c in reversed(self._field.coefficients(value)):
            total = (total * roots + super().element(c)) % self.moduli
        return total


def _fractions(element: Any) -> Coefficients:
    """The coefficients of sympy's dense polynomials, the constant first."""
    return tuple(Fraction(int(c.numerator), int(c.denominator)) for c in reversed(element.to_list()))


def _splitting(minimal: Coefficients) -> Iterator[int]:
    """The primes modulo which the polynomial has as many different roots as its degree; none where they are too rare."""
    index = 0
    while (found := _next_splitting(minimal, index)) is not None:
        yield found[0]
        index = found[1]


@lru_cache(maxsize=4096)
def _next_splitting(minimal: Coefficients, index: int) -> tuple[int, int] | None:
    """The first prime that splits from the one with this index on, and the index after it."""
    for i, p in zip(count(index), primes_from(index), strict=False):
        if i - index > MAX_SEARCH:
            return None
        if _splits(minimal, p):
            return p, i + 1
    return None


def _modulo(minimal: Coefficients, p: int) -> list[int] | None:
    """The polynomial modulo p, with leading coefficient 1 and the highest power first."""
    if any(c.denominator % p == 0 for c in minimal) or minimal[-1].numerator % p == 0:
        return None
    lead = pow(minimal[-1].numerator, -1, p) * minimal[-1].denominator
    return [c.numerator * pow(c.denominator, -1, p) * lead % p for c in reversed(minimal)]


def _splits(minimal: Coefficients, p: int) -> bool:
    """Whether the polynomial divides x^p - x, that is, is a product of different linear factors."""
    from sympy.polys.galoistools import gf_pow_mod

    f = _modulo(minimal, p)
    return f is not None and list(map(int, gf_pow_mod([1, 0], p, f, p, sympy.ZZ))) == [1, 0]


@lru_cache(maxsize=4096)
def _roots(minimal: Coefficients, p: int) -> tuple[int, ...]:
    """The roots modulo a prime that splits, in ascending order."""
    from sympy.polys.galoistools import gf_factor_sqf

    _, factors = gf_factor_sqf(_modulo(minimal, p), p, sympy.ZZ)
    return tuple(sorted(-int(f[1]) % p for f in factors))


@lru_cache(maxsize=4096)
def _interpolation(roots: tuple[int, ...], p: int) -> np.ndarray:
    """The matrix that takes the values at the roots to the coefficients of the polynomial, the constant first."""
    rows = []
    for own in roots:
        basis, scale = [1], 1  # Lagrange's polynomial: 1 at this root, 0 at the others
        for other in roots:
            if other != own:
                basis = [(a - other * b) % p for a, b in zip([0, *basis], [*basis, 0], strict=True)]
                scale = scale * (own - other) % p
        rows.append([b * pow(scale, -1, p) % p for b in basis])
    return np.array(rows, np.int64)
