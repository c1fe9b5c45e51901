"""What a realisation of the graded pre-Lie algebra has to offer.

An element is a `Graded`: a list whose entry k is its homogeneous part of grade k (k counts powers of
h); entry 0 is None and stands for nothing in a field and for the identity in a map. The algorithms
build elements grade by grade, by appending.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import factorial
from typing import Any, Protocol

Part = object
"""A part is opaque to the algorithms: they hand it back to the space that made it, which alone knows what it is."""
Graded = list[Any]
"""An element: its parts by grade, counted from 1; entry 0 is None."""

COMPOSE = tuple(Fraction(1, factorial(j)) for j in range(40))
"""Weights of g ∘ exp(w) = Σ L_w^j g / j!."""
EXP = tuple(Fraction(1, factorial(j + 1)) for j in range(40))
"""Weights of exp(w) = id + Σ L_w^j w / (j + 1)!."""


class Iterates(Protocol):
    """Σ_{j>=1} weights[j] L_w^j g of two elements that may still be growing."""

    def total(self, k: int) -> Part:
        """Grade k of the sum; needs w and g up to grade k - 1. Grades are asked for in turn."""


class PreLieSpace:
    """One realisation, truncated at grade `order`.

    A subclass gives `linear`, `scalar` and `product` (L_w g grade by grade, `Dg·w` for vector fields);
    it may have a faster `tower` of its own. With several colours an element is a sum of one component a
    colour (the colour of the root, or of the outermost field), and the subclass gives `colored` too.

    >>> from imde_sym.prelie import exp
    >>> class Powers(PreLieSpace):  # the part a of grade k is the field a y^(k+1); Dg·w is (m + 1) g_m w_n y^(m+n+1)
    ...     order = 3
    ...     def scalar(self, value):
    ...         return value
    ...     def linear(self, weights, parts):
    ...         return sum(a * x for a, x in zip(weights, parts))
    ...     def product(self, w, g, k, lowest):
    ...         return sum((m + 1) * g[m] * w[k - m] for m in range(lowest, k))
    >>> space, w = Powers(), [None, 1, 0, 0]
    >>> [str(x) for x in exp(space, w)[1:]]  # the flow of y' = y²: y/(1 - h y) = y + h y² + h² y³ + ...
    ['1', '1', '1']
    >>> space.product(w, w, 2, 1), space.tower(w, w, [1, 1, 1]).total(2)  # (y²)' y²
    (2, 2)
    >>> str(space.sum(1, 2)), str(space.difference(1, 2)), str(space.negative(1)), str(space.zero(1))
    ('3', '-1', '-1', '0')
    >>> space.linear([space.scalar(2)], [3]), space.colored([[2]], [3], 1)
    (6, 6)
    """

    order: int
    colors: int = 1

    def scalar(self, value: Any) -> Any:
        """A canonical scalar in the form that `linear` takes as a weight."""
        raise NotImplementedError

    def linear(self, weights: Sequence[Any], parts: Sequence[Part]) -> Part:
        """Σ weight · part over parts of one grade (at least one)."""
        raise NotImplementedError

    def colored(self, weights: Sequence[Sequence[Any]], parts: Sequence[Part], k: int) -> Part:  # noqa: ARG002
        """`linear` over parts of grade k, with one weight for the component of each colour."""
        return self.linear([weight[0] for weight in weights], parts)

    def product(self, w: Graded, g: Graded, k: int, lowest: int) -> Part:
        """Grade k of L_w g, for a g that starts at grade `lowest`."""
        raise NotImplementedError

    def tower(self, w: Graded, g: Graded, weights: Sequence[Any]) -> Iterates:
        """The iterates of L_w on g, summed with these weights: `Tower`, or what a realisation knows better."""
        return Tower(self, w, g, weights)

    def flow(self, w: Graded) -> Graded | None:  # noqa: ARG002
        """exp(w), where a realisation knows it without a series.

        >>> PreLieSpace().flow([None, 1]) is None  # a space that knows nothing of its own
        True
        """
        return None

    def sum(self, *parts: Part) -> Part:
        """The sum of parts of one grade (at least one)."""
        one = self.scalar(Fraction(1))
        return self.linear([one] * len(parts), parts)

    def difference(self, a: Part, b: Part) -> Part:
        """a - b, parts of one grade."""
        return self.linear([self.scalar(Fraction(1)), self.scalar(Fraction(-1))], [a, b])

    def negative(self, part: Part) -> Part:
        """-part."""
        return self.linear([self.scalar(Fraction(-1))], [part])

    def zero(self, part: Part) -> Part:
        """The zero of the same grade as `part`."""
        return self.linear([self.scalar(Fraction(0))], [part])


class Tower:
    """Iterates of any space with a `product`: level j holds L_w^j g, which starts at grade j + 1.

    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> f = space.generator()
    >>> tower = Tower(space, f, f, EXP)
    >>> tower.total(2), tower.total(3)  # the exact flow
    (array([0.5]), array([0.33333333, 0.16666667]))
    """

    def __init__(self, space: PreLieSpace, w: Graded, g: Graded, weights: Sequence[Any]):
        self._space, self._w, self._weights = space, w, weights
        self._levels: list[Graded] = [g]
        self._next = 2

    def _advance(self, k: int) -> None:
        while self._next <= k:
            grade, self._next = self._next, self._next + 1
            self._levels.append([None] * grade)  # level grade - 1 enters here, at its first grade
            for j in range(1, grade):
                self._levels[j].append(self._space.product(self._w, self._levels[j - 1], grade, j))

    def total(self, k: int) -> Part:
        """Grade k of the sum; costs one product for each level below k."""
        self._advance(k)
        weights = [self._space.scalar(self._weights[j]) for j in range(1, k)]
        return self._space.linear(weights, [self._levels[j][k] for j in range(1, k)])


class ScalarSpace(PreLieSpace):
    """A space without parts: enough to ask a recursion for its consistency.

    >>> from imde_sym import methods
    >>> from imde_sym.prelie import StageRecursion
    >>> StageRecursion(ScalarSpace(1), [methods["rk4"]]).consistency
    [Fraction(1, 1)]
    >>> ScalarSpace(1).scalar(Fraction(1, 2))
    Fraction(1, 2)
    """

    order = 1

    def __init__(self, colors: int):
        self.colors = colors

    def scalar(self, value: Any) -> Any:
        """The number itself."""
        return value
