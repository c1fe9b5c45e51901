"""Multivariate polynomials: one small adapter each for python-flint and for sympy's `ring()`.

This is the only module that knows either. `IMDE_SYM_POLYNOMIALS=sympy` or `flint` forces the choice;
otherwise rational coefficients use python-flint where it is installed (`pip install 'imde_sym[fast]'`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
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


class PolynomialRing:
    """K[generators] with lexicographic order, the first generator the largest.

    >>> ring = polynomial_ring(2)
    >>> x, y = ring.generators
    >>> ring.terms(x * y + ring.constant(Fraction(1, 2)))
    [((1, 1), Fraction(1, 1)), ((0, 0), Fraction(1, 2))]
    >>> ring.from_dict(ring.as_dict(x * y)) == x * y
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

    def degrees(self, p: Polynomial) -> Sequence[int]:
        """The degree in each generator; of 0 none is positive.

        >>> ring = polynomial_ring(2)
        >>> x, y = ring.generators
        >>> list(ring.degrees(x * x * y + y))
        [2, 1]
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

    def as_dict(self, p: Polynomial) -> dict[Monomial, Any]:
        """Exponents and coefficients as the library holds them; quicker than `terms`."""
        raise NotImplementedError

    def from_dict(self, terms: dict[Monomial, Any]) -> Polynomial:
        """The inverse of `as_dict`."""
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

    def degrees(self, p: Any) -> Sequence[int]:
        """The degree in each generator."""
        found: Sequence[int] = p.degrees()
        return found

    def remainder(self, p: Any, divisor: Any) -> Any:
        """p modulo the divisor, in the lexicographic order."""
        return divmod(p, divisor)[1]

    def terms(self, p: Any) -> list[tuple[Monomial, Scalar]]:
        """Monomials and their coefficients as Fractions."""
        zeros = [0] * len(self.generators)
        found: list[tuple[Monomial, Scalar]] = []
        for m, c in p.to_dict().items():
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
        inner = small.from_dict({tuple([m[i] for i in used]): c for m, c in p.to_dict().items()})
        scale, parts = small.factors(inner)
        return scale, [(self._wider(f, used, size), n) for f, n in parts]

    def _wider(self, p: Any, used: Sequence[int], size: int) -> Any:
        """A polynomial in a few generators as one in all."""
        terms = {}
        for m, c in p.to_dict().items():
            powers = [0] * size
            for i, n in zip(used, m, strict=True):
                powers[i] = int(n)
            terms[tuple(powers)] = c
        return self._context.from_dict(terms)

    def as_dict(self, p: Any) -> dict[Monomial, Any]:
        """Monomials and coefficients as python-flint holds them."""
        terms: dict[Monomial, Any] = p.to_dict()
        return terms

    def from_dict(self, terms: dict[Monomial, Any]) -> Any:
        """Inverse of `as_dict`."""
        return self._context.from_dict(terms)


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

    def degrees(self, p: Any) -> Sequence[int]:
        """The degree in each generator."""
        return [max(column) for column in zip(*p, strict=True)] or [0] * self._ring.ngens

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

    def as_dict(self, p: Any) -> dict[Monomial, Any]:
        """Monomials and coefficients as sympy holds them."""
        return dict(p)

    def from_dict(self, terms: dict[Monomial, Any]) -> Any:
        """Inverse of `as_dict`."""
        return self._ring.from_dict(terms)


def polynomial_ring(size: int, kind: str = "rational", precision: int = 53) -> PolynomialRing:
    """A ring in `size` generators over the rationals ('rational'), floats ('float', 'mpmath') or 'complex'.

    precision : bits of the floats

    >>> ring = polynomial_ring(2)
    >>> x, y = ring.generators
    >>> ring.terms(x * y + x * y)
    [((1, 1), Fraction(2, 1))]
    """
    if kind == "rational":
        return FlintRing(size) if backend() == "flint" else SympyRing(size, sympy.QQ)
    if kind == "complex":
        return SympyRing(size, sympy.ComplexField(prec=precision))
    return SympyRing(size, sympy.RealField(prec=precision))
