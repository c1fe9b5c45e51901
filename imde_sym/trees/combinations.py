"""LinearCombination: formal sums of forests, and of tensors of forests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from html import escape
from math import prod
from typing import Any, TypeAlias

import sympy

from ..base.arguments import checked
from ..base.errors import RingError, TreeError
from ..base.typeset import Formulated
from ..base.values import Value
from ..expressions import latex
from ..rings import Scalar, promote, ring_of, scalar, to_sympy
from .forest import EMPTY, Forest
from .summand import Summand
from .svg import trees_svg
from .tree import RootedTree

Basis: TypeAlias = Forest | tuple[Forest, ...]
"""A basis element: a forest, or a tuple of forests for their tensor product."""
Character: TypeAlias = Mapping[RootedTree, Scalar] | Callable[[RootedTree], Scalar]

SHOWN = 12


class LinearCombination(Formulated, Value, Mapping[Basis, Scalar]):
    """A formal sum of forests, or of tensors f₁ ⊗ ... ⊗ f_r, with coefficients in a ring.

    terms : a mapping from forests (or trees, or their brackets), or from tuples of them, to scalars;
            or one such element, for the coefficient 1; nothing for 0

    A mapping from basis elements, ascending, to non-zero coefficients; the coefficient of any other element
    is 0. Fractions stay Fractions; symbolic ones are brought to the normal form of their field. Sums, scalar
    multiples and products are values again; the product is that of forests, componentwise for tensors.
    Raises TreeError where the terms have different numbers of tensor factors, RingError for bad scalars.

    >>> x = LinearCombination({"[[]]": 1, "[] []": "-1/2"})
    >>> x
    <LinearCombination: -1/2 [] [] + [[]]>
    >>> x * x
    <LinearCombination: 1/4 [] [] [] [] - [] [] [[]] + [[]] [[]]>
    >>> tensor(x, "[]")["[[]]", "[]"]
    Fraction(1, 1)
    """

    __array_ufunc__ = None  # numpy's numbers leave the product to __rmul__
    _terms: dict[Basis, Scalar]

    def __init__(self, terms: Mapping[Any, Any] | Forest | RootedTree | str | tuple[Any, ...] = {}):  # noqa: B006
        given = terms if isinstance(terms, Mapping) else {_basis(terms): 1}
        sums: dict[Basis, Scalar] = {}
        for element, value in given.items():
            _add(sums, _basis(element), scalar(value))
        self._settle(sums)

    def _settle(self, sums: dict[Basis, Scalar]) -> None:
        ranks = {_rank(key) for key in sums}
        if len(ranks) > 1:
            raise TreeError(f"a sum of elements with {' and '.join(map(str, sorted(ranks)))} tensor factors")
        settled = ((key, _normal(value)) for key, value in sums.items())
        self._terms = {key: value for key, value in settled if value != 0}
        self._freeze()

    @classmethod
    def _of(cls, sums: dict[Basis, Scalar]) -> LinearCombination:
        """The combination with these terms, whose keys are basis elements already."""
        self = object.__new__(cls)
        self._settle(sums)
        return self

    @property
    def rank(self) -> int | None:
        """Number of tensor factors: 1 for forests, None for 0, which fits everywhere.

        >>> tensor("[]", "[[]]").rank
        2
        """
        return next((_rank(key) for key in self._terms), None)

    # -- linear maps ----------------------------------------------------------------------------
    def map_basis(self, function: Callable[[Any], Any]) -> LinearCombination:
        """The linear extension of a function from basis elements to basis elements or combinations.

        Raises TreeError where an image is not a forest, a tensor of forests or a combination of them.

        >>> LinearCombination({"[]": 2}).map_basis(lambda f: f * f)
        <LinearCombination: 2 [] []>
        """
        sums: dict[Basis, Scalar] = {}
        for key, value in self._terms.items():
            image = function(key)
            if not isinstance(image, LinearCombination):
                _add(sums, _basis(image), value)
                continue
            for element, factor in image._terms.items():
                _add(sums, element, value * factor)
        return LinearCombination._of(sums)

    def map_factor(self, position: int, function: Callable[[Forest], Any]) -> LinearCombination:
        """id ⊗ ... ⊗ function ⊗ ... ⊗ id: the factor at this position (from 0) replaced, in every tensor.

        Raises TreeError where there is no such factor.

        >>> tensor("[]", "[[]]").map_factor(0, lambda f: f * f)
        <LinearCombination: [] [] ⊗ [[]]>
        """

        def replace(key: Basis) -> LinearCombination:
            factors = _factors(key)
            if not 0 <= position < len(factors):
                raise TreeError(f"there is no tensor factor {position}: there are {len(factors)}, counted from 0")
            return tensor(*factors[:position], function(factors[position]), *factors[position + 1 :])

        return self.map_basis(replace)

    def multiply_factors(self) -> LinearCombination:
        """f₁ ⊗ ... ⊗ f_r ↦ f₁ ··· f_r.

        >>> tensor("[]", "[[]]").multiply_factors()
        <LinearCombination: [] [[]]>
        """
        return self.map_basis(lambda key: prod(_factors(key), start=Forest()))

    def evaluate(self, *characters: Character) -> Scalar:
        """The value under one character a tensor factor: a functional on trees, multiplicative on forests.

        characters : mappings from trees, such as a BSeries, or callables; each is 1 on the empty forest
        Raises TreeError unless there are as many characters as tensor factors, and what the characters raise.

        >>> LinearCombination({("[[]]", "[]"): 3}).evaluate(lambda t: t.order, lambda t: "1/2")
        Fraction(3, 1)
        """
        if self.rank not in (None, len(characters)):
            raise TreeError(f"{len(characters)} character(s) for {self.rank} tensor factor(s)")
        values = [c.__getitem__ if isinstance(c, Mapping) else c for c in characters]
        total: Scalar = Fraction(0)
        for key, coefficient in self._terms.items():
            term = coefficient
            for forest, value in zip(_factors(key), values, strict=True):
                for tree in forest:
                    term = term * scalar(value(tree))
            total = total + term
        return _normal(total)

    # -- arithmetic -----------------------------------------------------------------------------
    def __add__(self, other: object) -> LinearCombination:
        if not isinstance(other, LinearCombination | Forest | RootedTree):
            return NotImplemented
        sums = dict(self._terms)
        for key, value in _combination(other)._terms.items():
            _add(sums, key, value)
        return LinearCombination._of(sums)

    def __radd__(self, other: object) -> LinearCombination:
        return self if isinstance(other, int) and other == 0 else self.__add__(other)  # 0, from which `sum` starts

    def __neg__(self) -> LinearCombination:
        return self * -1

    def __sub__(self, other: object) -> LinearCombination:
        if not isinstance(other, LinearCombination | Forest | RootedTree):
            return NotImplemented
        return self + -_combination(other)

    def __rsub__(self, other: object) -> LinearCombination:
        return -self + other

    def __mul__(self, other: object) -> LinearCombination:
        """The product with a combination, forest or tree; anything else is read as a scalar."""
        if not isinstance(other, LinearCombination | Forest | RootedTree):
            factor = scalar(other)
            return LinearCombination._of({key: value * factor for key, value in self._terms.items()})
        right = _combination(other)
        if None not in (self.rank, right.rank) and self.rank != right.rank:
            raise TreeError(f"a product of elements with {self.rank} and {right.rank} tensor factors")
        sums: dict[Basis, Scalar] = {}
        for x, a in self._terms.items():
            for y, b in right._terms.items():
                _add(sums, _times(x, y), a * b)
        return LinearCombination._of(sums)

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> LinearCombination:
        divisor = scalar(other)
        if divisor == 0:
            raise RingError("a linear combination cannot be divided by 0")
        return self.__mul__(1 / divisor)

    # -- mapping --------------------------------------------------------------------------------
    def __getitem__(self, element: object) -> Scalar:
        return self._terms.get(_basis(element), Fraction(0))

    def __contains__(self, element: object) -> bool:
        return isinstance(element, Forest | RootedTree | str | tuple) and _basis(element) in self._terms

    def __iter__(self) -> Iterator[Basis]:
        return iter(self._sorted)

    @cached_property
    def _sorted(self) -> list[Basis]:
        terms: list[Any] = list(self._terms)  # all of one rank, so that they compare
        return sorted(terms)

    def __len__(self) -> int:
        return len(self._terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LinearCombination) and self._terms == other._terms

    def __hash__(self) -> int:
        return hash(frozenset(self._terms.items()))

    def __reduce__(self) -> tuple[type, tuple[dict[Basis, Scalar]]]:
        return LinearCombination, (self._terms,)

    # -- text -----------------------------------------------------------------------------------
    def _text(self, limit: int | None = None) -> str:
        terms = [(_coefficient(self[key], str, "({})"), " ⊗ ".join(map(str, _factors(key)))) for key in list(self)[:limit]]
        more = "" if limit is None or len(self) <= limit else f" + ... {len(self) - limit} more"
        return _sum(terms) + more

    def __str__(self) -> str:
        return self._text()

    def __repr__(self) -> str:
        return f"<LinearCombination: {self._text(SHOWN)}>"

    def latex(self) -> str:
        r"""The sum for a formula, tensors with \otimes.

        >>> print(LinearCombination({("[]", "[[]]"): "1/2"}).latex())
        \frac{1}{2} \tau \otimes [\tau]
        """

        def write(value: Scalar) -> str:
            return latex(to_sympy(value))

        return _sum(
            [
                (_coefficient(value, write, r"\left({}\right)"), r" \otimes ".join(f.latex() for f in _factors(key)))
                for key, value in self.items()
            ]
        )

    def _repr_html_(self) -> str:
        """The first terms with drawn trees; a notebook takes this before LaTeX."""

        def draw(forest: Forest) -> str:
            picture = trees_svg(forest.trees, columns=len(forest))
            return f'<span style="display:inline-block;vertical-align:middle">{picture}</span>'

        keys = list(self)[:SHOWN]
        tensors = [" ⊗ ".join(draw(f) if f else EMPTY for f in _factors(key)) for key in keys]
        unbroken = [f'<span style="white-space:nowrap">{t}</span>' for t in tensors]
        terms = [(escape(_coefficient(self[key], str, "({})")), t) for key, t in zip(keys, unbroken, strict=True)]
        more = f" + ... {len(self) - SHOWN} more" if len(self) > SHOWN else ""
        return f"<div>{_sum(terms)}{more}</div>"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex()}$"


Summand.combination = LinearCombination


@checked
def tensor(*factors: Any) -> LinearCombination:
    """The tensor product of combinations, forests and trees.

    Raises TreeError for a factor that is none of these.

    >>> tensor("[]", LinearCombination({"[[]]": 1, "": 2}))
    <LinearCombination: 2 [] ⊗ ∅ + [] ⊗ [[]]>
    """
    sums: dict[tuple[Forest, ...], Scalar] = {(): Fraction(1)}
    for factor in factors:
        right = _combination(factor)._terms
        sums = {(*x, *_factors(y)): a * b for x, a in sums.items() for y, b in right.items()}
    return LinearCombination(sums)


def _combination(x: Any) -> LinearCombination:
    return x if isinstance(x, LinearCombination) else LinearCombination(x)


def _basis(element: object) -> Basis:
    if isinstance(element, Forest):
        return element
    if isinstance(element, RootedTree | str):
        return Forest(element)
    if isinstance(element, tuple) and element:
        factors = tuple(factor if isinstance(factor, Forest) else Forest(factor) for factor in element)
        return factors if len(factors) > 1 else factors[0]
    raise TreeError(
        f"{str(element)[:60]!r} is not a basis element; accepted: Forest, RootedTree, brackets, a tuple of them for a tensor"
    )


def _factors(key: Basis) -> tuple[Forest, ...]:
    return key if isinstance(key, tuple) else (key,)


def _rank(key: Basis) -> int:
    return len(_factors(key))


def _times(x: Basis, y: Basis) -> Basis:
    if isinstance(x, Forest) and isinstance(y, Forest):
        return Forest((*x.trees, *y.trees))
    return tuple(f * g for f, g in zip(_factors(x), _factors(y), strict=True))


def _add(sums: dict[Basis, Scalar], key: Basis, value: Scalar) -> None:
    sums[key] = sums[key] + value if key in sums else value


def _normal(value: Scalar) -> Scalar:
    """Equal symbolic values in one form, so that sums cancel and compare; others as they are."""
    if isinstance(value, Fraction):
        return value
    value = scalar(value)
    if isinstance(value, Fraction) or promote([value]) != "symbolic":
        return value
    return ring_of([value]).run(lambda ring: ring.array([value]))[0]


def _coefficient(value: Scalar, write: Callable[[Scalar], str], parentheses: str) -> str:
    """The text before a basis element: nothing for 1, a sign for -1, sums in parentheses."""
    if isinstance(value, Fraction) and abs(value) == 1:
        return "" if value == 1 else "-"
    text = write(value)
    return f"{parentheses.format(text) if isinstance(value, sympy.Add) else text} "


def _sum(terms: list[tuple[str, str]]) -> str:
    text = ""
    for coefficient, element in terms:
        sign = "-" if coefficient.startswith("-") else "+"
        text += f" {sign} " if text else sign.strip("+")
        text += coefficient.removeprefix("-").lstrip() + element
    return text or "0"
