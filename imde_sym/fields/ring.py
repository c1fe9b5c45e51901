"""The differential ring of a field and the vector fields over it.

Every function value in the field is a generator whose derivative lies in the ring again, so the directional derivative
Dg·w is polynomial arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

import sympy

from ..base.arguments import checked
from ..base.checks import check_index
from ..base.errors import FieldError, shown
from ..rings import Polynomial
from .kernel_ring import KernelRing
from .kernels import Kernel
from .relations import Relations
from .zero import ZeroTest, cleared, vanishes


class RingField:
    """A vector field over a ring: a polynomial for each component, with what is computed of it once.

    >>> x, y = sympy.symbols("x y")
    >>> ring = DifferentialRing([x, y], [x * y])
    >>> w = ring.part([y, -x])
    >>> w.expressions, w.vanishes, w.is_zero, ring.to_sympy(w.along(0))
    ([y, -x], False, False, -x)
    >>> [[(g, ring.to_sympy(p)) for g, p in gradient] for gradient in w.gradients]
    [[(0, 1)], [(1, -1)]]
    """

    __slots__ = ("_along", "_gradients", "components", "ring")

    def __init__(self, ring: DifferentialRing, components: Sequence[Polynomial]):
        self.ring, self.components = ring, tuple(components)
        self._gradients: list[list[tuple[int, Polynomial]]] | None = None
        self._along: dict[int, Polynomial] = {}

    @property
    def gradients(self) -> list[list[tuple[int, Polynomial]]]:
        """For each component, the generators in it and the partial derivatives by them."""
        if self._gradients is None:
            ring = self.ring.polynomials
            self._gradients = [[(g, ring.derivative(p, g)) for g in ring.used(p)] for p in self.components]
        return self._gradients

    def along(self, g: int) -> Polynomial:
        """The derivative of generator g along this field."""
        if g not in self._along:
            self._along[g] = self.ring.generator_along(g, self)
        return self._along[g]

    @property
    def expressions(self) -> list[sympy.Expr]:
        """The components as expressions."""
        return [self.ring.to_sympy(p) for p in self.components]

    @property
    def vanishes(self) -> bool:
        """Whether every normal form is 0; quick."""
        return all(p == 0 for p in self.components)

    @property
    def is_zero(self) -> bool:
        """Whether every component is zero, as `DifferentialRing.zero_test` finds."""
        return all(self.ring.zero_test(p).zero for p in self.components)

    @property
    def is_proved_zero(self) -> bool:
        """Whether every component is zero and that is proven: what vanishes to many digits only may still be small.

        >>> from imde_sym import inverse_modified_equation
        >>> [grade.is_proved_zero for grade in inverse_modified_equation("pendulum", "rk4", 4).grades]
        [False, True, True, True]
        """
        return all(test.zero and test.proven for test in map(self.ring.zero_test, self.components))


@checked
class DifferentialRing(KernelRing):
    """The smallest ring for the given expressions (a field's components, a method's coefficients).

    Functions, powers of sums and denominators stay as they are written, so that what is computed from the
    ring's polynomials in floating point is as accurate as the expressions are; normal forms are then not
    unique. `merged` is the ring with few generators and all their relations, where they are.

    variables : symbols that the derivation moves; all other symbols are constants
    depth     : how often undefined functions V(q) in the expressions can be differentiated further
    written   : the ring whose `merged` this is
    Raises FieldError for functions that are not smooth or not understood and where a denominator is
    identically zero.

    >>> x = sympy.Symbol("x")
    >>> ring = DifferentialRing([x], [1 / (x + x**2)])
    >>> ring.to_sympy(ring.convert(1 / (x + x**2)))
    1/(x**2 + x)
    >>> ring.merged.to_sympy(ring.merged.convert(1 / (x + x**2)))
    -1/(x + 1) + 1/x
    >>> x, k = sympy.symbols("x k")
    >>> ring = DifferentialRing([x], [k * sympy.sin(x)])
    >>> f = ring.part([k * sympy.sin(x)])
    >>> ring.to_sympy(ring.along(f.components[0], f))  # f'f
    k**2*sin(x)*cos(x)
    >>> [str(ring.generators[i].expression) for i in ring.constants], ring.unit(0).expressions
    (['k'], [1])
    >>> one = ring.convert(sympy.sin(x) ** 2 + sympy.cos(x) ** 2)
    >>> ring.zero_test(one - ring.convert(sympy.S.One))
    ZeroTest(zero=True, proven=True)
    >>> ring.merge(one) == ring.merged.convert(sympy.S.One)
    True
    """

    def _lay_out(self, found: list[Kernel]) -> None:
        self._images: dict[tuple[int, int], Polynomial] = {}
        super()._lay_out(found)

    @cached_property
    def plain(self) -> Relations:
        """The relations that hold no reciprocal.

        >>> x = sympy.Symbol("x")
        >>> ring = DifferentialRing([x], [1 / x])
        >>> len(ring.plain.rules)  # x · (1/x) = 1 is not one of them
        0
        """
        plain = Relations(self.polynomials, self.exact)
        plain.add(self._plain)
        return plain

    @cached_property
    def merged(self) -> DifferentialRing:
        """The ring with few generators and unique normal forms where they can be had; itself where it is that.

        Raises FieldError where it would be too large.
        """
        if self._merging is not None:
            return self
        return DifferentialRing(self.variables, self.expressions[::-1], self._kernels.depth, self)

    def merge(self, p: Polynomial) -> Polynomial:
        """The normal form of the polynomial in `merged`. Raises FieldError where that is too large."""
        if self._merging is not None:
            return self.reduce(p)
        ring = self.merged
        total = ring.polynomials.zero
        for monomial, coefficient in self.polynomials.terms(p):
            term = ring.polynomials.constant(coefficient)
            for g, n in enumerate(monomial):
                if n:
                    term = ring.reduce(term * self._image(g, n))
            total = total + term
        return ring.reduce(total)

    def _image(self, g: int, n: int) -> Polynomial:
        """A power of a generator in `merged`."""
        if (g, n) not in self._images:
            known = self._images.get((g, 1))
            if known is None:
                known = self._images[g, 1] = self.merged.convert(self.expressions[g])
            self._images[g, n] = known if n == 1 else self.merged.reduce(self._image(g, n - 1) * known)
        return self._images[g, n]

    def zero_test(self, p: Polynomial) -> ZeroTest:
        """Whether p is zero, and whether that is proven: exact or, where stated, by a numerical certificate.

        p need not be reduced. Raises FieldError where no value of it is finite.
        """
        p = self.simplify(p)
        if p == 0:
            return ZeroTest(True, True)
        if not self.has_kernels or not vanishes(self.polynomials, self.generators, p):
            return ZeroTest(False, True)
        return ZeroTest(True, self.exact and self._proof(p))

    def _proof(self, p: Polynomial) -> bool:
        """Whether the relations of the merged ring show that p is zero."""
        try:
            return bool(self.merged.numerator(self.merge(p)) == 0)
        except FieldError:  # the merged ring is too large: there is no proof
            return False

    def numerator(self, p: Polynomial) -> Polynomial:
        """p times all its denominators, without any reciprocal: 0 exactly if p is.

        >>> x = sympy.Symbol("x")
        >>> ring = DifferentialRing([x], [1 / x])
        >>> ring.to_sympy(ring.numerator(ring.convert(1 / x + 1))), ring.plain.reduce(ring.convert(x)) == ring.convert(x)
        (x + 1, True)
        """
        return self.plain.reduce(cleared(self.polynomials, self.reciprocals, p))

    def generator_along(self, g: int, w: RingField) -> Polynomial:
        """The derivative of generator g along the vector field w; `w.along(g)` computes it once.

        Raises FieldError for what is not a field over a ring.

        >>> x = sympy.Symbol("x")
        >>> ring = DifferentialRing([x], [sympy.sin(x)])
        >>> w = ring.part([x])
        >>> [ring.to_sympy(ring.generator_along(g, w)) for g in range(len(ring.generators))]
        [x*cos(x), -x*sin(x), x]
        """
        if g in self._variable_index:
            return w.components[self._variable_index[g]]
        total = self.polynomials.zero
        for outer, inner in self._derivatives.get(g, ()):
            direction = self.along(inner, w)
            if outer is None and direction != 0:
                e = self.expressions[g]
                raise FieldError(f"the ring holds no further derivative of {e}; build it with a larger depth")
            total = total if outer is None else total + outer * direction
        return self.reduce(total)

    def along(self, p: Polynomial, w: RingField) -> Polynomial:
        """The derivative of p along the vector w (not reduced).

        Raises FieldError for what is not a field over a ring.
        """
        ring, total = self.polynomials, self.polynomials.zero
        for g in ring.used(p):
            direction = w.along(g)
            if direction != 0:
                total = total + ring.derivative(p, g) * direction
        return total

    def part(self, components: Sequence[sympy.Expr]) -> RingField:
        """The vector field with these components, in the order of the variables.

        Raises FieldError for what the ring has no generators for.
        """
        return RingField(self, [self.convert(c) for c in components])

    def unit(self, m: int) -> RingField:
        """The constant vector field along variable m.

        Raises FieldError unless m is a number from 0 to d - 1.
        """
        d = len(self.variables)
        m = check_index(m, d, f"variable {shown(m)} does not exist: there are {d}, counted from 0")
        one, zero = self.polynomials.constant(Fraction(1)), self.polynomials.zero
        return RingField(self, [one if i == m else zero for i in range(d)])

    @property
    def constants(self) -> list[int]:
        """Generators that the derivation does not move and that are symbols: the parameters."""
        return [
            i
            for i, g in enumerate(self.generators)
            if not g.function and i not in self._variable_index and g.expression.is_Symbol
        ]
