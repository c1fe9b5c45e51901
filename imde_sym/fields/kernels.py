"""The generators of a differential ring: which functions a field contains, closed under differentiation.

A kernel is a function value such as sin(q) or (q1**2 + q2**2)**(-1/2). Powers with a symbolic exponent
are exponentials: x**a is exp(a log x), so that x**(2*a) is its square. Undefined functions V(q) come
with their derivatives up to a depth that the caller chooses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import lcm

import sympy

from ..base.errors import FieldError
from ..expressions.functions import ANGLES, BY_NAME
from ..expressions.undefined import Orders, decode, is_undefined, partial
from .lattice import Lattice
from .rewrite import ATOMS, Rules, expanded, logarithm, prepare

MAX_KERNELS = 200
MAX_POWER = 1000
MAX_DERIVATIVES = 2000

RELATED = {sympy.exp: sympy.exp} | {f: sine for sine, cosine, _ in ANGLES for f in (sine, cosine)}
"""Functions whose arguments are related to each other, and the lattice that they belong to."""
WRITTEN, MERGED = (3, False), (24, True)
"""Which arguments are related (see `Lattice`): in formulas that are evaluated, and where relations are looked for."""


@dataclass(frozen=True)
class Kernel:
    """One generator and how it is made: kind and arguments.

    kind : symbol, algebraic, sum, root, inverse, exp, cos, sin, cosh, sinh, tanh, sech, function or undefined
    """

    expression: sympy.Expr
    kind: str
    arguments: tuple[sympy.Expr, ...] = ()

    @property
    def height(self) -> int:
        """Nesting of functions and roots: outer kernels come after the kernels inside them."""
        return 1 + max(map(_height, self.arguments)) if self.arguments else 0


def _height(e: sympy.Expr) -> int:
    if not e.args:
        return 0
    if found := decode(e):
        return 1 + max(map(_height, found[1]))
    inner = max(map(_height, e.args))
    if not e.is_Pow:
        return inner + int(bool(e.is_Function))
    if e.exp.is_Rational:
        return inner + int(not e.exp.is_Integer or bool(e.exp < 0) or e.base.is_Add)
    return inner + 2  # exp(power * log(base))


@dataclass
class Roots:
    """All powers of one base: q is the common denominator of the exponents."""

    base: sympy.Expr
    q: int = 1
    negative: bool = False
    positive: bool = False

    @property
    def root(self) -> sympy.Expr:
        """The positive generator, base^(1/q)."""
        return self.base ** sympy.Rational(1, self.q)

    @property
    def inverse(self) -> sympy.Expr:
        """The negative generator, base^(-1/q)."""
        return self.base ** sympy.Rational(-1, self.q)


class KernelSet:
    """The kernels of some expressions, closed under differentiation.

    depth   : how many further derivatives of undefined functions are held
    merging : the rules of `rewrite.merging_rules` for few kernels; None keeps what is written
    """

    def __init__(self, depth: int = 0, merging: Rules | None = None) -> None:
        self.depth, self.merging = depth, merging
        self.symbols: dict[sympy.Expr, None] = {}
        self.roots: dict[sympy.Expr, Roots] = {}
        bounds = WRITTEN if merging is None else MERGED
        self.lattices: dict[type, Lattice] = {f: Lattice(*bounds) for f in {*RELATED.values()}}
        self.sums: list[sympy.Expr] = []
        self.saturating: list[sympy.Expr] = []
        self.algebraic: list[sympy.Expr] = []
        self.others: list[sympy.Expr] = []
        self.undefined: dict[sympy.Expr, int] = {}
        self._seen: set[sympy.Expr] = set()

    def collect(self, expression: sympy.Expr) -> None:
        """Register every kernel of the expression and of its kernels' derivatives."""
        if expression in self._seen:
            return
        self._seen.add(expression)
        if len(self._seen) > 50 * MAX_KERNELS or len(self.others) + len(self.roots) > MAX_KERNELS:
            raise FieldError(f"the derivatives of {expression.func.__name__} lead to ever new functions; not accepted")
        if not (expression.is_Rational or expression.is_Float):
            self._register(expression)

    def _register(self, expression: sympy.Expr) -> None:
        if expression.is_Symbol or expression in ATOMS:
            self.symbols[expression] = None
        elif expression.is_Add or expression.is_Mul:
            for part in expression.args:
                self.collect(part)
        elif isinstance(expression, sympy.CRootOf):
            self.algebraic.append(expression)
        elif is_undefined(expression):
            self._undefined(expression)
        elif (argument := exponent(expression)) is not None:
            self._lattice(sympy.exp, argument)
        elif expression.is_Pow:
            self._power(*expression.as_base_exp())
        elif isinstance(expression, sympy.Function):
            self._function(expression)
        else:
            raise FieldError(f"{expression} ({expression.func.__name__}) is not an elementary function")

    def _function(self, expression: sympy.Expr) -> None:
        if (kind := RELATED.get(type(expression))) is not None:
            self._lattice(kind, expression.args[0])
            return
        for argument in expression.args:
            self.collect(argument)
        if self.merging is None and isinstance(expression, sympy.tanh | sympy.sech):
            if expression.args[0] not in self.saturating:
                self.saturating.append(expression.args[0])
            return
        self.others.append(expression)
        for derivative in partial_derivatives(expression, self.merging):
            self.collect(derivative)

    def _lattice(self, kind: type, argument: sympy.Expr) -> None:
        for part in sympy.Add.make_args(argument if self.merging is None else expanded(argument)):
            self.collect(part.as_coeff_Mul(rational=True)[1])
        self.lattices[kind].add(argument)

    def _power(self, base: sympy.Expr, power: sympy.Expr) -> None:
        self.collect(base)
        if abs(power) > MAX_POWER:
            raise FieldError(f"the power {power} is too large (at most {MAX_POWER})")
        if power.is_Integer and power > 0:
            if self.merging is None and base.is_Add and not base.is_number and base not in self.sums:
                self.sums.append(base)
            return
        roots = self.roots.setdefault(base, Roots(base))
        roots.q = lcm(roots.q, int(power.q))
        roots.negative |= bool(power < 0) or not base.is_number
        roots.positive |= not power.is_Integer and (bool(power > 0) or base.is_number)

    def _undefined(self, expression: sympy.Expr) -> None:
        function, arguments, orders = decode(expression)  # type: ignore[misc]
        for argument in arguments:
            self.collect(argument)
        key = function(*arguments)
        self.undefined[key] = max(self.undefined.get(key, 0), sum(orders))

    # -- the finished set -----------------------------------------------------------------------
    def kernels(self) -> list[Kernel]:
        """Every kernel, innermost first; cos before sin and a root before its inverse."""
        found = list(self._found())
        if len(found) > MAX_DERIVATIVES:
            raise FieldError(f"{len(found)} functions and derivatives; at most {MAX_DERIVATIVES} are accepted")
        return sorted(found, key=lambda kernel: kernel.height)

    def _found(self) -> Iterator[Kernel]:
        yield from (Kernel(s, "symbol") for s in self.symbols)
        yield from (Kernel(number, "algebraic") for number in self.algebraic)
        yield from (Kernel(base, "sum", (base,)) for base in self.sums)
        yield from self._roots()
        yield from self._exponentials()
        yield from (Kernel(sympy.tanh(u, evaluate=False), "tanh", (u,)) for u in self.saturating)
        for sine, cosine, _ in ANGLES:
            for u in self.lattices[sine].basis:
                yield Kernel(cosine(u, evaluate=False), cosine.__name__, (u,))
                yield Kernel(sine(u, evaluate=False), sine.__name__, (u,))
        # after cosh and sinh: sech(u)*sinh(u) is tanh(u)
        yield from (Kernel(sympy.sech(u, evaluate=False), "sech", (u,)) for u in self.saturating)
        for e in sorted(dict.fromkeys(self.others), key=sympy.default_sort_key):
            yield Kernel(e, "function", e.args)
        for applied, order in self.undefined.items():
            for orders in sorted(_up_to(len(applied.args), order + self.depth), key=sum):
                yield Kernel(partial(applied, orders), "undefined", applied.args)

    def _roots(self) -> Iterator[Kernel]:
        for roots in sorted(self.roots.values(), key=lambda r: sympy.default_sort_key(r.base)):
            if roots.positive:
                yield Kernel(roots.root, "root", (roots.base,))
            if roots.negative:
                yield Kernel(roots.inverse, "inverse", (roots.base,))

    def _exponentials(self) -> Iterator[Kernel]:
        lattice = self.lattices[sympy.exp]
        for u in lattice.basis:
            signs = lattice.signs(u)
            if True in signs:
                yield Kernel(exponential(u), "exp", (u,))
            if False in signs:
                yield Kernel(exponential(-u), "exp", (-u,))


def _up_to(length: int, total: int) -> list[Orders]:
    return [n for n in product(range(total + 1), repeat=length) if sum(n) <= total]


def exponent(expression: sympy.Expr) -> sympy.Expr | None:
    """x of exp(x), 1 of E, a*log(b) of b**a for an exponent that is no rational number; else None."""
    if isinstance(expression, sympy.exp):
        return expression.args[0]
    if expression is sympy.E:
        return sympy.S.One
    if expression.is_Pow and not expression.exp.is_Rational:
        return expanded(expression.exp * logarithm(expression.base))
    return None


def exponential(argument: sympy.Expr) -> sympy.Expr:
    """exp(argument), written as a power where the argument is a product with a logarithm."""
    logs = [f for f in sympy.Mul.make_args(argument) if isinstance(f, sympy.log)]
    if not logs:
        return sympy.exp(argument)
    return logs[0].args[0] ** (argument / logs[0])


def partial_derivatives(expression: sympy.Expr, merging: Rules | None = None) -> list[sympy.Expr]:
    """∂f/∂(argument i) of a function value f(arguments), as expressions that the ring understands."""
    row = BY_NAME.get(type(expression).__name__)
    if row is not None and row.partials is not None:
        return list(row.partials(expression))
    try:
        found = [expression.fdiff(i + 1) for i in range(len(expression.args))]
    except (sympy.core.function.ArgumentIndexError, NotImplementedError):
        raise FieldError(
            f"{expression} is not accepted: its derivatives by all arguments do not lead back to finitely many functions that "
            "sympy knows; accepted: elementary functions and integrals of them such as erf"
        ) from None
    return prepare(found, merging)
