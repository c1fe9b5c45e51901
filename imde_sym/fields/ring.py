"""The differential ring of a field: Q[variables, parameters, kernels] with a derivation and relations.

Every function value in the field is a generator whose derivative lies in the ring again, so the
directional derivative Dg·w is polynomial arithmetic. Relations (sin² + cos² = 1, r·u = 1, ...) are
reduced after every product, which keeps normal forms. The generators of outer functions come first in
the lexicographic order, so that every relation is led by the kernel that it defines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

import sympy

from ..errors import FieldError
from ..prelie import Graded, PreLieSpace
from ..rings import Polynomial, Scalar, polynomial_ring, promote, scalar, to_sympy
from .kernels import KernelSet, Roots, exponent, partial_derivatives, prepare


@dataclass(frozen=True)
class Generator:
    """One generator: a sympy expression; `function` and `argument` say how to evaluate it.

    function : "" for a symbol, "power" (argument ** exponent), else the sympy function's name
    """

    expression: sympy.Expr
    function: str = ""
    arguments: tuple[Polynomial, ...] = ()
    exponent: Fraction | None = None


class FieldPart:
    """One homogeneous part: a polynomial for each component, with what is computed of it once."""

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
        """The derivative of generator g along this part."""
        if g not in self._along:
            self._along[g] = self.ring.generator_along(g, self)
        return self._along[g]

    @property
    def is_zero(self) -> bool:
        return all(p == 0 for p in self.components)


class DifferentialRing:
    """The smallest ring for the given expressions (a field's components, a method's coefficients).

    variables : symbols that the derivation moves; all other symbols are constants
    Raises FieldError for functions that are not smooth or not understood.
    """

    def __init__(self, variables: Sequence[sympy.Symbol], expressions: Iterable[sympy.Expr]):
        prepared = prepare(expressions)
        self.variables = tuple(variables)
        kernels = KernelSet()
        for v in self.variables:
            kernels.collect(v)
        for e in prepared:
            kernels.collect(e)
        self._kernels = kernels
        floats = [scalar(x) for e in prepared for x in e.atoms(sympy.Float)]
        self.kind = promote(floats)
        self._lay_out()

    # -- layout ---------------------------------------------------------------------------------
    def _lay_out(self) -> None:
        """Fix the generators, innermost first in `expressions`, outermost first in the polynomial ring."""
        kernels = self._kernels
        found: list[tuple[sympy.Expr, tuple[sympy.Expr, ...]]] = [(s, ()) for s in kernels.symbols]
        for roots in kernels.roots.values():
            if roots.positive:
                found.append((roots.root, (roots.base,)))
            if roots.negative:
                found.append((roots.inverse, (roots.base,)))
        for argument in kernels.lattices[sympy.exp].basis:
            found.append((sympy.exp(argument), (argument,)))
            if any(c < 0 for c in self._column(sympy.exp, argument)):
                found.append((sympy.exp(-argument), (argument,)))
        for function, partner in ((sympy.sin, sympy.cos), (sympy.sinh, sympy.cosh)):
            for argument in kernels.lattices[function].basis:
                found.append((partner(argument, evaluate=False), (argument,)))
                found.append((function(argument, evaluate=False), (argument,)))
        found.extend((e, e.args) for e in dict.fromkeys(kernels.others))
        found.sort(key=lambda pair: _height(pair[0]))  # stable: cos before sin, root before inverse
        expressions = [e for e, _ in found]
        size = len(expressions)
        self.polynomials = polynomial_ring(size, self.kind)
        place = {e: size - 1 - i for i, e in enumerate(expressions)}
        self._place = place
        self.expressions = expressions[::-1]  # by generator index
        self._generator = self.polynomials.generators
        self._rules: list[Polynomial] = []
        self._derivatives: dict[int, list[tuple[Polynomial, Polynomial]]] = {}
        self.generators: list[Generator] = [Generator(e) for e in self.expressions]
        for expression, arguments in found:  # innermost first: arguments convert before what contains them
            if arguments:
                self._define(expression, arguments)
        if sympy.I in place:
            self._rules.append(self._generator[place[sympy.I]] ** 2 + 1)
        self._variable_index = {place[v]: m for m, v in enumerate(self.variables)}

    def _column(self, kind: type, argument: sympy.Expr) -> list[int]:
        lattice = self._kernels.lattices[kind]
        position = lattice.basis.index(argument)
        return [c[position] for c in lattice.coordinates.values()]

    def _define(self, expression: sympy.Expr, arguments: tuple[sympy.Expr, ...]) -> None:
        place, gens = self._place, self._generator
        index = place[expression]
        g = gens[index]
        inner = tuple(self.convert(a, prepared=True) for a in arguments)
        u = inner[0]
        base_roots = self._kernels.roots.get(arguments[0])
        if base_roots is not None and expression in (base_roots.root, base_roots.inverse):
            self._define_root(base_roots, expression, u)
            return
        name = "exp" if expression is sympy.E else type(expression).__name__
        if name == "exp":
            sign = 1 if expression == sympy.exp(arguments[0]) else -1
            self._derivatives[index] = [(g * sign, u)]
            if sign < 0:
                self._rules.append(g * gens[place[sympy.exp(arguments[0])]] - 1)
                inner = (-u,)
        elif isinstance(expression, sympy.cos | sympy.cosh):
            partner = sympy.sin if name == "cos" else sympy.sinh
            p = gens[place[partner(arguments[0], evaluate=False)]]
            self._derivatives[index] = [(-p if name == "cos" else p, u)]
        elif isinstance(expression, sympy.sin | sympy.sinh):
            partner = sympy.cos if name == "sin" else sympy.cosh
            p = gens[place[partner(arguments[0], evaluate=False)]]
            self._derivatives[index] = [(p, u)]
            self._rules.append(g * g + p * p - 1 if name == "sin" else g * g - p * p + 1)
        else:
            outer = [self.convert(d) for d in partial_derivatives(expression)]
            self._derivatives[index] = list(zip(outer, inner, strict=True))
        self.generators[index] = Generator(expression, "pow" if expression.is_Pow else name, inner)

    def _define_root(self, roots: Roots, expression: sympy.Expr, u: Polynomial) -> None:
        place, gens, q = self._place, self._generator, roots.q
        index = place[expression]
        inverse = expression == roots.inverse
        power = Fraction(-1 if inverse else 1, q)
        self.generators[index] = Generator(expression, "power", (u,), power)
        g = gens[index]
        weight = self.polynomials.constant(power)
        if inverse:
            self._derivatives[index] = [(weight * g ** (q + 1), u)]
            self._rules.append(u * g**q - 1)
            if roots.positive:
                root = gens[place[roots.root]]
                self._rules += [root * g - 1, u * g - root ** (q - 1)]
        else:
            self._rules.append(g**q - u)
            if roots.negative:
                self._derivatives[index] = [(weight * gens[place[roots.inverse]] ** (q - 1), u)]
            else:  # a number's root
                self._derivatives[index] = []

    # -- conversion -----------------------------------------------------------------------------
    def convert(self, expression: sympy.Expr, prepared: bool = False) -> Polynomial:
        """The normal form of an expression in the kernels of this ring."""
        (e,) = (expression,) if prepared else prepare([expression])
        return self.reduce(self._convert(e))

    def _convert(self, e: sympy.Expr) -> Polynomial:
        if e in self._place:
            return self._generator[self._place[e]]
        if e.is_Rational or e.is_Float:
            return self.polynomials.constant(scalar(e))
        if e.is_Add or e.is_Mul:
            parts = [self._convert(a) for a in e.args]
            total = parts[0]
            for p in parts[1:]:
                total = total + p if e.is_Add else self.reduce(total * p)
            return total
        if isinstance(e, sympy.exp) or e is sympy.E:
            return self._exponential(exponent(e))
        if e.is_Pow:
            return self.reduce(self._power(*e.as_base_exp()))
        if isinstance(e, sympy.sin | sympy.cos | sympy.sinh | sympy.cosh):
            kind = sympy.sin if isinstance(e, sympy.sin | sympy.cos) else sympy.sinh
            sine, cosine = self._angle(kind, e.args[0])
            return sine if isinstance(e, kind) else cosine
        raise FieldError(f"{e} is not an element of the ring of {', '.join(map(str, self.expressions[::-1]))}")

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
            return self._generator[self._place[roots.root]] ** (m * roots.q + n) * self.polynomials.constant(
                scalar(base**-m)
            )
        return self._generator[self._place[roots.inverse]] ** -n

    def _exponential(self, argument: sympy.Expr) -> Polynomial:
        lattice = self._kernels.lattices[sympy.exp]
        total = self.polynomials.constant(Fraction(1))
        for n, b in zip(lattice.coordinates[argument], lattice.basis, strict=True):
            if n:
                total = total * self._generator[self._place[sympy.exp(b if n > 0 else -b)]] ** abs(n)
        return total

    def _angle(self, kind: type, argument: sympy.Expr) -> tuple[Polynomial, Polynomial]:
        """sin and cos (or sinh and cosh) of an argument, by the addition theorems."""
        lattice = self._kernels.lattices[kind]
        partner = sympy.cos if kind is sympy.sin else sympy.cosh
        sign = -1 if kind is sympy.sin else 1
        S, C = self.polynomials.zero, self.polynomials.constant(Fraction(1))
        for n, b in zip(lattice.coordinates[argument], lattice.basis, strict=True):
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
        terms = []
        for monomial, coefficient in self.polynomials.terms(p):
            factors = [e**n for e, n in zip(self.expressions, monomial, strict=True) if n]
            terms.append(sympy.Mul(to_sympy(coefficient), *factors))
        return sympy.Add(*terms)

    # -- arithmetic -----------------------------------------------------------------------------
    def reduce(self, p: Polynomial) -> Polynomial:
        """Normal form: remainders by all relations until none applies."""
        if not self._rules:
            return p
        while True:
            before = p
            for rule in self._rules:
                p = self.polynomials.remainder(p, rule)
            if p == before or len(self._rules) == 1:
                return p

    def generator_along(self, g: int, w: FieldPart) -> Polynomial:
        if g in self._variable_index:
            return w.components[self._variable_index[g]]
        total = self.polynomials.zero
        for outer, inner in self._derivatives.get(g, ()):
            total = total + outer * self.along(inner, w)
        return self.reduce(total)

    def along(self, p: Polynomial, w: FieldPart) -> Polynomial:
        """The derivative of p along the vector w (not reduced)."""
        ring, total = self.polynomials, self.polynomials.zero
        for g in ring.used(p):
            direction = w.along(g)
            if direction != 0:
                total = total + ring.derivative(p, g) * direction
        return total

    def part(self, components: Sequence[sympy.Expr]) -> FieldPart:
        return FieldPart(self, [self.convert(c) for c in components])

    def unit(self, m: int) -> FieldPart:
        """The constant vector field along variable m."""
        one, zero = self.polynomials.constant(Fraction(1)), self.polynomials.zero
        return FieldPart(self, [one if i == m else zero for i in range(len(self.variables))])

    @property
    def constants(self) -> list[int]:
        """Generators that the derivation does not move and that are symbols: the parameters."""
        return [
            i
            for i, g in enumerate(self.generators)
            if not g.function and i not in self._variable_index and g.expression.is_Symbol
        ]


def _height(e: sympy.Expr) -> int:
    """Nesting of functions and roots: outer kernels after the kernels inside them."""
    if not e.args:
        return 0
    inner = max(_height(a) for a in e.args)
    kernel = e.is_Function or (e.is_Pow and not (e.exp.is_Integer and e.exp > 0))
    return inner + (1 if kernel else 0)


class FieldSpace(PreLieSpace):
    """Vector fields over a differential ring: `w ▷ g` is Dg·w."""

    def __init__(self, ring: DifferentialRing, order: int):
        self.ring, self.order = ring, order

    def scalar(self, value: Scalar) -> Polynomial:
        if isinstance(value, Fraction):
            return self.ring.polynomials.constant(value)
        return self.ring.convert(to_sympy(value))

    def linear(self, weights: Sequence[Polynomial], parts: Sequence[FieldPart]) -> FieldPart:
        components = []
        for i in range(len(parts[0].components)):
            total = self.ring.polynomials.zero
            for weight, part in zip(weights, parts, strict=True):
                total = total + weight * part.components[i]
            components.append(self.ring.reduce(total))
        return FieldPart(self.ring, components)

    def product(self, w: Graded, g: Graded, k: int, lowest: int) -> FieldPart:
        totals = [self.ring.polynomials.zero] * len(self.ring.variables)
        for i in range(lowest, k):
            direction = w[k - i]
            if direction.is_zero:
                continue
            for m, gradient in enumerate(g[i].gradients):
                for generator, partial in gradient:
                    along = direction.along(generator)
                    if along != 0:
                        totals[m] = totals[m] + partial * along
        return FieldPart(self.ring, [self.ring.reduce(p) for p in totals])

    def field(self, components: Sequence[sympy.Expr]) -> Graded:
        """h·f as a graded element."""
        zero = FieldPart(self.ring, [self.ring.polynomials.zero] * len(self.ring.variables))
        return [None, self.ring.part(components)] + [zero] * (self.order - 1)
