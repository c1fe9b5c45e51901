"""Multivariate polynomials: one small adapter each for python-flint and for sympy's `ring()`.

This is the only module that knows either. `IMDE_SYM_POLYNOMIALS=sympy` or `flint` forces the choice;
otherwise rational coefficients use python-flint where it is installed (`pip install 'imde_sym[fast]'`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from itertools import compress
from typing import Any, Protocol

import sympy

from ..base.errors import MissingLibraryError, RingError
from ..base.libraries import found, library
from .scalars import Scalar, as_fraction, scalar, to_sympy


class Polynomial(Protocol):
    """An element of a PolynomialRing, whichever library holds it; its length counts terms. The ring knows what else it can do.

    >>> from imde_sym.rings import polynomial_ring
    >>> x, y = polynomial_ring(2).generators
    >>> len((x + y) * (x - y)), x * y == y * x
    (2, True)
    """

    def __add__(self, other: Polynomial | int, /) -> Polynomial: ...

    def __sub__(self, other: Polynomial | int, /) -> Polynomial: ...

    def __mul__(self, other: Polynomial | int, /) -> Polynomial: ...

    def __pow__(self, exponent: int, /) -> Polynomial: ...

    def __neg__(self) -> Polynomial: ...

    def __eq__(self, other: object, /) -> bool: ...

    def __len__(self) -> int: ...


Monomial = tuple[int, ...]
Powers = list[tuple[int, int]]
"""A monomial as the generators that occur, in ascending order, with their exponents."""
MANY = 128
"""From how many generators on a polynomial holds only those that it may contain."""
VARIABLE = "IMDE_SYM_POLYNOMIALS"


@cache
def _flint_available() -> bool:
    return hasattr(found("flint"), "fmpq_mpoly_ctx")


def backend() -> str:
    """'flint' or 'sympy': what computes with rational polynomials in this process.

    Raises RingError where IMDE_SYM_POLYNOMIALS names neither, MissingLibraryError where it names a library that is not here.

    >>> backend() in ("flint", "sympy")
    True
    """
    choice = os.environ.get(VARIABLE, "")
    if choice not in ("", "flint", "sympy"):
        raise RingError(f"{VARIABLE}={choice!r}; accepted: flint, sympy")
    if choice == "flint" and not _flint_available():
        raise MissingLibraryError("python-flint", "fast", f"{VARIABLE}=flint")
    return choice or ("flint" if _flint_available() else "sympy")


def occurring(monomial: Sequence[int]) -> Iterator[int]:
    """Which exponents are not zero: quick where there are many, of which few are."""
    return compress(range(len(monomial)), monomial)


def _dense(powers: Iterable[tuple[int, int]], size: int) -> Monomial:
    exponents = [0] * size
    for i, n in powers:
        exponents[i] = n
    return tuple(exponents)


class PolynomialRing:
    """K[generators] with lexicographic order, the first generator the largest.

    >>> ring = polynomial_ring(2)
    >>> x, y = ring.generators
    >>> ring.terms(x * y + ring.constant(Fraction(1, 2)))
    [((1, 1), Fraction(1, 1)), ((0, 0), Fraction(1, 2))]
    >>> ring.from_items(ring.items(x * y)) == x * y
    True
    """

    zero: Polynomial
    generators: tuple[Polynomial, ...]

    def constant(self, value: Scalar) -> Polynomial:
        """The constant polynomial of a canonical scalar of the coefficient field.

        >>> ring = polynomial_ring(1)
        >>> ring.terms(ring.constant(Fraction(1, 2)))
        [((0,), Fraction(1, 2))]
        """
        raise NotImplementedError

    def dot(self, pairs: Sequence[tuple[Polynomial, Polynomial]]) -> Polynomial:
        """Σ a b over pairs.

        >>> ring = polynomial_ring(2)
        >>> x, y = ring.generators
        >>> ring.dot([(x, x), (y, x)]) == x * (x + y)
        True
        """
        total = self.zero
        for a, b in pairs:
            total = total + a * b
        return total

    def derivative(self, p: Polynomial, index: int) -> Polynomial:
        """The derivative in generator `index`.

        >>> ring = polynomial_ring(2)
        >>> x, y = ring.generators
        >>> ring.terms(ring.derivative(x * x * y, 0))
        [((1, 1), Fraction(2, 1))]
        """
        raise NotImplementedError

    def used(self, p: Polynomial) -> Iterable[int]:
        """Indices of the generators that occur in p.

        >>> ring = polynomial_ring(3)
        >>> list(ring.used(ring.generators[1]))
        [1]
        """
        raise NotImplementedError

    def degrees(self, p: Polynomial) -> Mapping[int, int]:
        """The degree in each generator that occurs.

        >>> ring = polynomial_ring(3)
        >>> x, y, z = ring.generators
        >>> ring.degrees(x * x * y + y)
        {0: 2, 1: 1}
        """
        raise NotImplementedError

    def remainder(self, p: Polynomial, divisor: Polynomial) -> Polynomial:
        """p modulo divisor, reduced in every term.

        >>> ring = polynomial_ring(2)
        >>> s, c = ring.generators
        >>> ring.terms(ring.remainder(s * s, s * s + c * c - ring.constant(Fraction(1))))
        [((0, 2), Fraction(-1, 1)), ((0, 0), Fraction(1, 1))]
        """
        raise NotImplementedError

    def terms(self, p: Polynomial) -> list[tuple[Monomial, Scalar]]:
        """Exponents and canonical coefficients, largest monomial first."""
        raise NotImplementedError

    def from_terms(self, terms: Mapping[Monomial, Scalar]) -> Polynomial:
        """Inverse of `terms`: the polynomial with these coefficients, exponents of all generators in each key.

        >>> ring = polynomial_ring(2)
        >>> p = ring.generators[0] * ring.generators[1]
        >>> ring.from_terms(dict(ring.terms(p))) == p
        True
        """
        raise NotImplementedError

    def factors(self, p: Polynomial) -> tuple[Fraction, list[tuple[Polynomial, int]]]:
        """A number and the irreducible factors with their powers, over the rationals.

        >>> ring = polynomial_ring(1)
        >>> (x,) = ring.generators
        >>> number, found = ring.factors(x * x * 2 - ring.constant(Fraction(2)))
        >>> number, len(found)
        (Fraction(2, 1), 2)
        """
        raise NotImplementedError

    def items(self, p: Polynomial) -> list[tuple[Powers, Any]]:
        """The generators that occur in each term with their powers, and its coefficient as the library holds it.

        >>> ring = polynomial_ring(3)
        >>> [powers for powers, _ in ring.items(ring.generators[1] ** 2)]
        [[(1, 2)]]
        """
        raise NotImplementedError

    def from_items(self, items: Iterable[tuple[Sequence[tuple[int, int]], Any]]) -> Polynomial:
        """The inverse of `items`."""
        raise NotImplementedError


class FlintRing(PolynomialRing):
    """Rational polynomials by python-flint's fmpq_mpoly."""

    def __init__(self, size: int):
        flint = library("flint", "a polynomial", "fast")
        self._rational = flint.fmpq
        self._context = flint.fmpq_mpoly_ctx.get([f"x{i}" for i in range(size)], flint.Ordering.lex)
        self.generators = self._context.gens()
        self.zero = self._context.constant(0)

    def _fmpq(self, value: Scalar) -> Any:
        return self._rational(*as_fraction(value).as_integer_ratio())

    @staticmethod
    def _rows(p: Any) -> Iterable[tuple[Any, Any]]:
        """Exponents and coefficients as the library holds them; its own dictionary of them takes three times as long."""
        return zip(p.monoms(), p.coeffs(), strict=True)

    def constant(self, value: Scalar) -> Any:
        """A rational number as a polynomial."""
        return self._context.constant(self._fmpq(value))

    def derivative(self, p: Any, index: int) -> Any:
        """The derivative in generator `index`."""
        return p.derivative(index)

    def used(self, p: Any) -> list[int]:
        """Which generators occur in p."""
        degrees = p.degrees()
        return [i for i in occurring(degrees) if degrees[i] > 0]

    def degrees(self, p: Any) -> Mapping[int, int]:
        """The degree in each generator that occurs."""
        degrees = p.degrees()
        return {i: int(degrees[i]) for i in occurring(degrees) if degrees[i] > 0}

    def embedded(self, p: Any, places: Sequence[int]) -> Any:
        """A polynomial of a smaller ring, whose generators are those here with these numbers."""
        return p.compose(*(self.generators[i] for i in places), ctx=self._context)

    def remainder(self, p: Any, divisor: Any) -> Any:
        """p modulo the divisor, in the lexicographic order."""
        return divmod(p, divisor)[1]

    def terms(self, p: Any) -> list[tuple[Monomial, Scalar]]:
        """Monomials and their coefficients as Fractions."""
        zeros = [0] * len(self.generators)
        found: list[tuple[Monomial, Scalar]] = []
        for m, c in self._rows(p):
            powers = zeros.copy()
            for i in occurring(m):
                powers[i] = int(m[i])
            found.append((tuple(powers), Fraction(int(c.p), int(c.q))))
        return found

    def from_terms(self, terms: Mapping[Monomial, Scalar]) -> Any:
        """Inverse of `terms`."""
        return self._context.from_dict({m: self._fmpq(c) for m, c in terms.items()})

    def factors(self, p: Any) -> tuple[Fraction, list[tuple[Polynomial, int]]]:
        """A number and the irreducible factors with their powers."""
        used = self.used(p)
        if len(used) == len(self.generators):
            number, found = p.factor()
            return Fraction(int(number.p), int(number.q)), [(f, int(n)) for f, n in found]
        # the library's time grows with the generators of the ring, not with those of the polynomial
        small, size = FlintRing(len(used)), len(self.generators)
        inner = small._context.from_dict({tuple([m[i] for i in used]): c for m, c in self._rows(p)})
        scale, parts = small.factors(inner)
        return scale, [(self._wider(f, used, size), n) for f, n in parts]

    def _wider(self, p: Any, used: Sequence[int], size: int) -> Any:
        """A polynomial in a few generators as one in all."""
        terms = {}
        for m, c in self._rows(p):
            powers = [0] * size
            for i, n in zip(used, m, strict=True):
                powers[i] = int(n)
            terms[tuple(powers)] = c
        return self._context.from_dict(terms)

    def items(self, p: Any) -> list[tuple[Powers, Any]]:
        """Powers, and coefficients as python-flint holds them."""
        return [([(i, int(m[i])) for i in occurring(m)], c) for m, c in self._rows(p)]

    def from_items(self, items: Iterable[tuple[Sequence[tuple[int, int]], Any]]) -> Any:
        """Inverse of `items`."""
        return self._context.from_dict({_dense(powers, len(self.generators)): c for powers, c in items})


class SympyRing(PolynomialRing):
    """Polynomials by sympy's `ring()` over QQ, or over floats (which stay floats)."""

    def __init__(self, size: int, domain: sympy.Domain):
        from sympy.polys.orderings import lex
        from sympy.polys.rings import PolyRing

        self._ring = PolyRing([f"x{i}" for i in range(size)], domain, lex)
        self.generators = self._ring.gens
        self.zero = self._ring.zero

    def constant(self, value: Scalar) -> Any:
        """A rational number as a polynomial."""
        return self._ring.ground_new(self._ring.domain.from_sympy(to_sympy(value)))

    def derivative(self, p: Any, index: int) -> Any:
        """The derivative in generator `index`."""
        return p.diff(index)

    def used(self, p: Any) -> Iterable[int]:
        """Which generators occur in p."""
        return [i for i in range(self._ring.ngens) if any(m[i] for m in p)]

    def degrees(self, p: Any) -> Mapping[int, int]:
        """The degree in each generator that occurs."""
        return {i: n for i, column in enumerate(zip(*p, strict=True)) if (n := max(column))}

    def remainder(self, p: Any, divisor: Any) -> Any:
        """p modulo the divisor, in the lexicographic order."""
        return p.rem(divisor)

    def terms(self, p: Any) -> list[tuple[Monomial, Scalar]]:
        """Monomials and their coefficients as Fractions."""
        return [(tuple(m), scalar(self._ring.domain.to_sympy(c))) for m, c in p.terms()]

    def from_terms(self, terms: Mapping[Monomial, Scalar]) -> Any:
        """Inverse of `terms`."""
        convert = self._ring.domain.from_sympy
        return self._ring.from_dict({m: convert(to_sympy(c)) for m, c in terms.items()})

    def factors(self, p: Any) -> tuple[Fraction, list[tuple[Polynomial, int]]]:
        """A number and the irreducible factors with their powers."""
        number, found = p.factor_list()
        rational = self._ring.domain.to_sympy(number)
        return Fraction(int(rational.p), int(rational.q)), found

    def items(self, p: Any) -> list[tuple[Powers, Any]]:
        """Powers, and coefficients as sympy holds them."""
        return [([(i, m[i]) for i in occurring(m)], c) for m, c in p.items()]

    def from_items(self, items: Iterable[tuple[Sequence[tuple[int, int]], Any]]) -> Any:
        """Inverse of `items`."""
        return self._ring.from_dict({_dense(powers, self._ring.ngens): c for powers, c in items})


@cache
def _inner(size: int) -> FlintRing:
    return FlintRing(size)


@lru_cache(maxsize=4096)
def _places(few: tuple[int, ...], more: tuple[int, ...]) -> list[int]:
    place = {g: i for i, g in enumerate(more)}
    return [place[g] for g in few]


def _number(constant: Any) -> Any:
    """The coefficient of a polynomial without generators."""
    return constant.coefficient(0) if len(constant) else 0


class Local:
    """A polynomial over the generators with these numbers, in ascending order, of which some may not occur.

    What a component of a large field and its derivatives hold are the variables near it: a chain of a thousand has twenty in a
    grade. A monomial with a place for each generator of the ring would make every step cost as many.
    """

    __slots__ = ("held", "inner")

    def __init__(self, held: tuple[int, ...], inner: Any):
        self.held, self.inner = held, inner

    def over(self, held: tuple[int, ...]) -> Any:
        """The inner polynomial in the ring of more generators."""
        if held == self.held:
            return self.inner
        return _inner(len(held)).embedded(self.inner, _places(self.held, held))

    def trimmed(self) -> Local:
        """The same in the ring of the generators that occur."""
        ring = _inner(len(self.held))
        used = list(ring.used(self.inner))
        if len(used) == len(self.held):
            return self
        held = tuple([self.held[i] for i in used])
        return Local(held, _inner(len(held)).from_items(
            ([(used.index(i), n) for i, n in powers], c) for powers, c in ring.items(self.inner)
        ))  # fmt: skip

    def _with(self, other: Any) -> tuple[tuple[int, ...], Any, Any]:
        if not isinstance(other, Local):
            return self.held, self.inner, other  # a number
        if self.held == other.held:
            return self.held, self.inner, other.inner
        if not other.held:
            return self.held, self.inner, _number(other.inner)
        if not self.held:
            return other.held, _number(self.inner), other.inner
        held = tuple(sorted({*self.held, *other.held}))
        return held, self.over(held), other.over(held)

    def __add__(self, other: Any) -> Local:
        held, a, b = self._with(other)
        return Local(held, a + b)

    def __sub__(self, other: Any) -> Local:
        held, a, b = self._with(other)
        return Local(held, a - b)

    def __mul__(self, other: Any) -> Local:
        held, a, b = self._with(other)
        return Local(held, a * b)

    __radd__, __rmul__ = __add__, __mul__

    def __pow__(self, exponent: int) -> Local:
        return Local(self.held, self.inner**exponent)

    def __neg__(self) -> Local:
        return Local(self.held, -self.inner)

    def __eq__(self, other: object) -> bool:
        _, a, b = self._with(other)
        return bool(a == b)

    def __hash__(self) -> int:
        own = self.trimmed()
        return hash((own.held, own.inner))

    def __len__(self) -> int:
        return len(self.inner)

    def __bool__(self) -> bool:
        return bool(self.inner != 0)

    def __str__(self) -> str:
        own = self.trimmed()
        return f"{own.inner} in {own.held}"


class LocalRing(PolynomialRing):
    """Rational polynomials in many generators, each over those that it may hold.

    >>> ring = LocalRing(1000)
    >>> p = ring.generators[7] * ring.generators[900] + ring.constant(Fraction(1, 2))
    >>> p.held, list(ring.used(p)), len(ring.terms(p)[0][0])
    ((7, 900), [7, 900], 1000)
    """

    def __init__(self, size: int):
        (x,) = _inner(1).generators
        self.generators = tuple([Local((i,), x) for i in range(size)])
        self.zero = Local((), _inner(0).zero)

    def constant(self, value: Scalar) -> Local:
        """A rational number as a polynomial."""
        return Local((), _inner(0).constant(value))

    def dot(self, pairs: Sequence[tuple[Any, Any]]) -> Local:
        """Σ a b; all are brought to one ring at once."""
        held = tuple(sorted({g for pair in pairs for p in pair for g in p.held}))
        total = _inner(len(held)).zero
        for a, b in pairs:
            x, y = (p.over(held) if p.held else _number(p.inner) for p in (a, b))
            total = total + x * y
        return Local(held, total)

    def derivative(self, p: Any, index: int) -> Local:
        """The derivative in generator `index`."""
        if index not in p.held:
            return Local((), _inner(0).zero)
        return Local(p.held, _inner(len(p.held)).derivative(p.inner, p.held.index(index)))

    def used(self, p: Any) -> list[int]:
        """Which generators occur in p."""
        return [p.held[i] for i in _inner(len(p.held)).used(p.inner)]

    def degrees(self, p: Any) -> Mapping[int, int]:
        """The degree in each generator that occurs."""
        return {p.held[i]: n for i, n in _inner(len(p.held)).degrees(p.inner).items()}

    def remainder(self, p: Any, divisor: Any) -> Local:
        """p modulo the divisor, in the lexicographic order."""
        held, a, b = p._with(divisor)
        return Local(held, _inner(len(held)).remainder(a, b))

    def terms(self, p: Any) -> list[tuple[Monomial, Scalar]]:
        """Monomials and their coefficients as Fractions."""
        zeros, found = [0] * len(self.generators), []
        for m, c in _inner(len(p.held)).terms(p.inner):
            powers = zeros.copy()
            for i, n in zip(p.held, m, strict=True):
                powers[i] = n
            found.append((tuple(powers), c))
        return found

    def from_terms(self, terms: Mapping[Monomial, Scalar]) -> Local:
        """Inverse of `terms`."""
        held = tuple(sorted({i for m in terms for i in occurring(m)}))
        return Local(held, _inner(len(held)).from_terms({tuple([m[i] for i in held]): c for m, c in terms.items()}))

    def factors(self, p: Any) -> tuple[Fraction, list[tuple[Polynomial, int]]]:
        """A number and the irreducible factors with their powers."""
        own = p.trimmed()
        number, found = _inner(len(own.held)).factors(own.inner)
        return number, [(Local(own.held, f), n) for f, n in found]

    def items(self, p: Any) -> list[tuple[Powers, Any]]:
        """The generators that occur in each term with their powers, and its coefficient as the library holds it."""
        return [([(p.held[i], n) for i, n in powers], c) for powers, c in _inner(len(p.held)).items(p.inner)]

    def from_items(self, items: Iterable[tuple[Sequence[tuple[int, int]], Any]]) -> Local:
        """Inverse of `items`."""
        found = list(items)
        held = tuple(sorted({i for powers, _ in found for i, _ in powers}))
        place = {g: i for i, g in enumerate(held)}
        return Local(held, _inner(len(held)).from_items(([(place[g], n) for g, n in powers], c) for powers, c in found))


def polynomial_ring(size: int, kind: str = "rational", precision: int = 53) -> PolynomialRing:
    """A ring in `size` generators over the rationals ('rational'), floats ('float', 'mpmath') or 'complex'.

    precision : bits of the floats

    >>> ring = polynomial_ring(2)
    >>> x, y = ring.generators
    >>> ring.terms(x * y + x * y)
    [((1, 1), Fraction(2, 1))]
    """
    if kind == "rational":
        if backend() == "sympy":
            return SympyRing(size, sympy.QQ)
        return FlintRing(size) if size < MANY else LocalRing(size)
    if kind == "complex":
        return SympyRing(size, sympy.ComplexField(prec=precision))
    return SympyRing(size, sympy.RealField(prec=precision))
