"""The ring of a field: Q[variables, parameters, kernels] modulo relations, to and from expressions.

Relations (sin² + cos² = 1, r·u = 1, ...) are reduced after every product, which keeps normal forms. The generators of
outer functions come first in the lexicographic order, so that every relation is led by the kernel that it defines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from math import comb
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.errors import FieldError
from ..expressions.functions import ANGLES
from ..expressions.layout import Term
from ..expressions.undefined import decode, is_undefined, partial
from ..rings import Polynomial, polynomial_ring, promote, scalar
from .contractions import Contractions
from .formulas import Atoms
from .generators import Generator, Reciprocal
from .kernels import Kernel, KernelSet, Roots, exponent, exponential, partial_derivatives
from .relations import Relations
from .rewrite import as_expression, merging_rules, prepare
from .zero import vanishes

LARGE = 64
"""Polynomials of more terms are brought to their normal form, whatever that does to small values."""


@checked
class KernelRing:
    """The polynomials in the kernels of some expressions, modulo their relations; see `DifferentialRing`.

    >>> x, y = sympy.symbols("x y")
    >>> ring = KernelRing([x, y], [sympy.sin(x), 1 / y])
    >>> p = ring.convert(y / y**2 + sympy.sin(x) ** 2)
    >>> ring.to_sympy(p), ring.has_kernels
    (sin(x)**2 + 1/y, True)
    >>> ring.reduce(p) == p, ring.simplify(p) == p, ring.shortest.reduce(p) == p
    (True, True, False)
    """

    def __init__(
        self,
        variables: Sequence[sympy.Symbol],
        expressions: Iterable[sympy.Expr],
        depth: int = 1,
        written: KernelRing | None = None,
    ):
        expressions = [as_expression(e) for e in expressions]
        self._merging = merging_rules(expressions) if written else None
        prepared = prepare(expressions, self._merging)
        self.variables = tuple(variables)
        kernels = KernelSet(depth, self._merging)
        for v in self.variables:
            kernels.collect(v)
        for s in sorted({s for e in prepared for s in e.free_symbols} - set(self.variables), key=str):
            kernels.collect(s)
        for e in prepared:
            kernels.collect(e)
        self._kernels = kernels
        floats = [scalar(x) for e in prepared for x in e.atoms(sympy.Float)]
        self.kind: str = written.kind if written else promote(floats)
        self.exact = self.kind == "rational"
        self._lay_out(kernels.kernels())

    # -- layout ---------------------------------------------------------------------------------
    def _lay_out(self, found: list[Kernel]) -> None:
        """Fix the generators, innermost first in `found`, outermost first in the polynomial ring."""
        size = len(found)
        self._atoms: Atoms | None = None
        self.polynomials = polynomial_ring(size, self.kind)
        self._place = place = {kernel.expression: size - 1 - i for i, kernel in enumerate(found)}
        self.expressions = [kernel.expression for kernel in reversed(found)]
        self._generator = self.polynomials.generators
        self.relations = Relations(self.polynomials, self.exact and self._merging is not None)
        self.contractions = Contractions(self.polynomials)
        self._plain: list[Polynomial] = []
        self._long: list[Polynomial] = []
        self.reciprocals: list[Reciprocal] = []
        self._derivatives: dict[int, list[tuple[Polynomial | None, Polynomial]]] = {}
        self.generators: list[Generator] = [Generator(e) for e in self.expressions]
        if sympy.I in place:
            self._relate(self._generator[place[sympy.I]] ** 2 + 1)
        self._variable_index = {place[v]: m for m, v in enumerate(self.variables)}
        for number in self._kernels.algebraic:
            g = self._generator[place[number]]
            minimal = self.polynomials.zero
            for c in number.poly.monic().all_coeffs():
                minimal = minimal * g + self.polynomials.constant(scalar(c))
            self._plain.append(minimal)
            self._hold([minimal], number=True)
        for kernel in found:  # innermost first: arguments convert before what contains them
            if kernel.arguments:
                self._define(kernel)
        self._identify()
        self.reciprocals.reverse()
        self._begun = False

    def reserve(self, depth: int) -> None:
        """Hold at least `depth` further derivatives of undefined functions; no effect once elements exist.

        Raises FieldError for a depth that is not a whole number.

        >>> x, g = sympy.Symbol("x"), sympy.Function("g")
        >>> ring = KernelRing([x], [g(x)])
        >>> ring.reserve(2)
        >>> ring.to_sympy(ring.convert(g(x).diff(x, 2)))
        Derivative(g(x), (x, 2))
        """
        if self._kernels.undefined and depth > self._kernels.depth and not self._begun:
            self._kernels.depth = depth
            self._lay_out(self._kernels.kernels())

    def _relate(self, *relations: Polynomial) -> None:
        """Relations without reciprocals."""
        self._plain += relations
        self._hold(relations)

    def _hold(self, relations: Iterable[Polynomial], number: bool = False) -> None:
        """Reduce by relations; of those that would replace one term by a sum, where rounding is lost, only contract.

        number : between numbers, whose powers are always reduced
        """
        relations = list(relations)
        if self._merging is None and not number:
            long = [p for p in relations if len(self.polynomials.terms(p)) > 2]
            for p in long if self.kind != "complex" else []:
                self.contractions.add(p)
                self._long.append(p)
            relations = [p for p in relations if all(p is not q for q in long)]
        self.relations.add(relations)

    @cached_property
    def shortest(self) -> Relations:
        """All relations as rules, for polynomials so large that their length matters more than their last digits."""
        found = Relations(self.polynomials, self.exact)
        found.add([r.polynomial for r in self.relations.rules])
        found.add(self._long)
        return found

    @property
    def has_kernels(self) -> bool:
        """Whether there are generators besides symbols, so that normal forms may not be unique."""
        return any(g.function or g.expression.is_number for g in self.generators)

    def _define(self, kernel: Kernel) -> None:
        place, gens, expression = self._place, self._generator, kernel.expression
        index = place[expression]
        g = gens[index]
        argument, function = kernel.arguments[0], kernel.kind
        if kernel.kind == "sum":
            inner: tuple[Polynomial, ...] = (self._sum(argument),)
            self._derivatives[index] = [(self.polynomials.constant(Fraction(1)), inner[0])]
            self.generators[index] = Generator(expression, function, inner)
            return
        inner = tuple(self.convert(a, prepared=True) for a in kernel.arguments)
        u = inner[0]
        if kernel.kind in ("root", "inverse"):
            self._define_root(self._kernels.roots[argument], kernel.kind, index, u)
            return
        if kernel.kind == "exp":
            self._derivatives[index] = [(g, u)]
            opposite = exponential(-argument)
            if opposite in place and place[opposite] in self._derivatives and opposite != expression:
                self.relations.add([g * gens[place[opposite]] - 1])
                self.reciprocals.append((index, 1, gens[place[opposite]], None))
            if expression.is_Pow and expression is not sympy.E and not isinstance(expression, sympy.exp):
                function, inner = "pow", tuple(self.convert(a) for a in expression.args)
        elif kernel.kind in ("cos", "cosh", "sin", "sinh"):
            self._define_angle(kernel, index, u)
        elif kernel.kind in ("tanh", "sech"):
            t, s = (gens[place[f(argument, evaluate=False)]] for f in (sympy.tanh, sympy.sech))
            self._derivatives[index] = [(s * s if kernel.kind == "tanh" else -s * t, u)]
            if kernel.kind == "sech":
                self._define_saturating(t, s, argument)
        elif kernel.kind == "undefined":
            function = str(expression)
            self._derivatives[index] = list(zip(self._partials(expression), inner, strict=True))
        else:
            function = type(expression).__name__
            outer = [self.convert(d) for d in partial_derivatives(expression, self._merging)]
            self._derivatives[index] = list(zip(outer, inner, strict=True))
        self.generators[index] = Generator(expression, function, inner, undefined=kernel.kind == "undefined")

    def _define_angle(self, kernel: Kernel, index: int, u: Polynomial) -> None:
        """The derivatives of cos and sin, or cosh and sinh, and where both are known their relation."""
        sine, cosine, sign = next(row for row in ANGLES if kernel.kind in (row[0].__name__, row[1].__name__))
        s, c = (self._generator[self._place[f(*kernel.arguments, evaluate=False)]] for f in (sine, cosine))
        if kernel.kind == cosine.__name__:
            self._derivatives[index] = [(s * sign, u)]
        else:
            self._derivatives[index] = [(c, u)]
            self._relate(s * s - c * c * sign + sign)

    def _define_saturating(self, t: Polynomial, s: Polynomial, argument: sympy.Expr) -> None:
        """tanh² + sech² = 1, and what products with cosh are, which alone would overflow."""
        self._relate(t * t + s * s - 1)
        lattice = self._kernels.lattices[sympy.sinh]
        if argument in lattice.basis:
            cosh, sinh = (self._generator[self._place[f(argument, evaluate=False)]] for f in (sympy.cosh, sympy.sinh))
            self._relate(s * cosh - 1, s * sinh - t)

    def _partials(self, expression: sympy.Expr) -> list[Polynomial | None]:
        """The generators of the first partial derivatives; None for those beyond the ring's depth."""
        function, arguments, orders = decode(expression)  # type: ignore[misc]
        raised = [tuple(n + (i == j) for j, n in enumerate(orders)) for i in range(len(orders))]
        keys = [self._place.get(partial(function(*arguments), r)) for r in raised]
        return [None if k is None else self._generator[k] for k in keys]

    def _define_root(self, roots: Roots, kind: str, index: int, u: Polynomial) -> None:
        place, gens, q = self._place, self._generator, roots.q
        power = Fraction(-1 if kind == "inverse" else 1, q)
        self.generators[index] = Generator(self.expressions[index], "power", (u,), power)
        g, weight = gens[index], self.polynomials.constant(power)
        if kind == "inverse":
            if u == 0 or vanishes(self.polynomials, self.generators, u):
                raise FieldError(f"division by {roots.base}, which is identically zero")
            self._derivatives[index] = [(weight * g ** (q + 1), u)]
            root = place[roots.root] if roots.positive else None
            self.reciprocals.append((index, q, u, root))
            relations = [u * g**q - 1]
            if root is not None:
                relations += [gens[root] * g - 1, u * g - gens[root] ** (q - 1)]
            self._hold(relations, roots.base.is_number)
        elif roots.negative:
            self._derivatives[index] = [(weight * gens[place[roots.inverse]] ** (q - 1), u)]
            self._hold([g**q - u], roots.base.is_number)
        else:  # a number's root
            self._derivatives[index] = []
            self._plain.append(g**q - u)
            self._hold([g**q - u], number=True)

    def _identify(self) -> None:
        """Kernels of one function whose arguments have equal normal forms are equal."""
        first: dict[tuple[Any, ...], int] = {}
        for index in reversed(range(len(self.generators))):
            generator = self.generators[index]
            if generator.function and not generator.expression.is_number:
                name = decode(generator.expression)[::2] if generator.undefined else generator.function  # type: ignore[index]
                arguments = tuple(str(self.reduce(a)) for a in generator.arguments)
                same = first.setdefault((name, generator.exponent, arguments), index)
                if same != index:
                    self._relate(self._generator[index] - self._generator[same])

    # -- conversion -----------------------------------------------------------------------------
    def convert(self, expression: sympy.Expr, prepared: bool = False) -> Polynomial:
        """The normal form of an expression in the kernels of this ring.

        Raises FieldError for what the ring has no generators for.
        """
        self._begun = True
        (e,) = (expression,) if prepared else prepare([expression], self._merging)
        return self.simplify(self._convert(e))

    def _convert(self, e: sympy.Expr) -> Polynomial:
        if e in self._place:
            return self._generator[self._place[e]]
        if e.is_Rational or e.is_Float:
            return self.polynomials.constant(scalar(e))
        if e.is_Add or e.is_Mul:
            return self._sum(e)
        if is_undefined(e):
            raise FieldError(f"{e} is beyond the derivatives that the ring holds; give it a larger depth")
        if (argument := exponent(e)) is not None:
            return self._exponential(argument)
        if e.is_Pow:
            return self.reduce(self._power(*e.as_base_exp()))
        for sine, cosine, sign in ANGLES:
            if isinstance(e, sine | cosine):
                return self._angle(sine, cosine, sign, e.args[0])[isinstance(e, cosine)]
        raise FieldError(f"{e} is not an element of the ring of {', '.join(map(str, self.expressions[::-1]))}")

    def _sum(self, e: sympy.Expr) -> Polynomial:
        """A sum or product by its parts."""
        parts = [self._convert(a) for a in e.args]
        total = parts[0]
        for p in parts[1:]:
            total = total + p if e.is_Add else self.reduce(total * p)
        return total

    def _power(self, base: sympy.Expr, power: sympy.Expr) -> Polynomial:
        if power.is_Integer and power > 0:
            return self._convert(base) ** int(power)
        roots = self._kernels.roots.get(base)
        if roots is None or not power.is_Rational or roots.q % power.q:
            raise FieldError(f"{base**power} is not in the ring")
        n = int(power * roots.q)
        if n > 0:
            return self._generator[self._place[roots.root]] ** n
        if not roots.negative:  # a number's root: u^(-n/q) = u^(-m) root^(mq - n)
            m = -(n // roots.q)
            return self._generator[self._place[roots.root]] ** (m * roots.q + n) * self.polynomials.constant(scalar(base**-m))
        return self._generator[self._place[roots.inverse]] ** -n

    def _exponential(self, argument: sympy.Expr) -> Polynomial:
        lattice = self._kernels.lattices[sympy.exp]
        if argument not in lattice.coordinates:
            raise FieldError(f"{sympy.exp(argument)} is not in the ring")
        total = self.polynomials.constant(Fraction(1))
        for b, n in lattice.coordinates[argument]:
            total = total * self._generator[self._place[exponential(b if n > 0 else -b)]] ** abs(n)
        return total

    def _angle(self, kind: type, partner: type, sign: int, argument: sympy.Expr) -> tuple[Polynomial, Polynomial]:
        """sin and cos (or sinh and cosh) of an argument, by the addition theorems."""
        lattice = self._kernels.lattices[kind]
        if argument not in lattice.coordinates:
            raise FieldError(f"{kind(argument)} is not in the ring")
        S, C = self.polynomials.zero, self.polynomials.constant(Fraction(1))
        for b, n in lattice.coordinates[argument]:
            s, c = (self._generator[self._place[f(b, evaluate=False)]] for f in (kind, partner))
            # Re and Im of (c + i s)^|n|, i² = sign
            m = abs(n)
            sn, cn = self.polynomials.zero, self.polynomials.zero
            for j in range(m + 1):
                term = c ** (m - j) * s**j * (comb(m, j) * sign ** (j // 2))
                cn, sn = (cn + term, sn) if j % 2 == 0 else (cn, sn + term)
            sn = -sn if n < 0 else sn
            S, C = self.reduce(S * cn + C * sn), self.reduce(C * cn + S * sn * sign)
        return S, C

    def to_sympy(self, p: Polynomial) -> sympy.Expr:
        """The polynomial as an expression, its terms in a stable order."""
        return self.atoms.expression(self.polynomials.terms(p))

    def layout(self, p: Polynomial, style: str, fractions: bool = True) -> tuple[Term, ...]:
        """The polynomial as a formula in a style, for scripts that write it; arguments as for `Atoms.terms`.

        Raises FieldError for a style that is not text.

        >>> x = sympy.Symbol("x")
        >>> ring = KernelRing([x], [sympy.sin(x)])
        >>> len(ring.layout(ring.convert(x + 2 * sympy.sin(x)), "expanded")), type(ring.atoms).__name__
        (2, 'Atoms')
        """
        return self.atoms.terms(self.polynomials.terms(p), style, self.polynomials if self.exact else None, fractions)

    @property
    def atoms(self) -> Atoms:
        """The generators as atoms of formulas.

        >>> x = sympy.Symbol("x")
        >>> ring = KernelRing([x], [sympy.sin(x)])
        >>> ring.atoms is ring.atoms
        True
        """
        if self._atoms is None:
            self._atoms = Atoms(self.expressions)
        return self._atoms

    # -- arithmetic -----------------------------------------------------------------------------
    def reduce(self, p: Polynomial) -> Polynomial:
        """The remainder by all relations that replace one term by one; in `merged` the normal form."""
        return self.relations.reduce(p)

    def simplify(self, p: Polynomial) -> Polynomial:
        """`reduce`, and made shorter by the other relations where that costs no accuracy."""
        p = self.reduce(p)
        if self._merging is None and len(p) > LARGE:
            return self.shortest.reduce(p)
        return self.contractions.contract(p)
