"""The generators of a differential ring: which functions a field contains, and how each differentiates.

A kernel is a function value such as sin(q) or (q1**2 + q2**2)**(-1/2). It knows its derivative as an
expression in kernels and, where there is one, the relation that brings powers of it to normal form.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import lcm

import sympy
from sympy.core.function import AppliedUndef

from ..errors import FieldError

NON_SMOOTH = (
    sympy.Abs, sympy.sign, sympy.Piecewise, sympy.Heaviside, sympy.Max, sympy.Min, sympy.floor, sympy.ceiling,
    sympy.re, sympy.im, sympy.arg, sympy.conjugate, sympy.DiracDelta, sympy.Mod,
)  # fmt: skip
MAX_KERNELS = 200
MAX_POWER = 1000

_RECIPROCALS = {
    sympy.cot: lambda x: sympy.cos(x) / sympy.sin(x),
    sympy.sec: lambda x: 1 / sympy.cos(x),
    sympy.csc: lambda x: 1 / sympy.sin(x),
    sympy.coth: lambda x: sympy.cosh(x) / sympy.sinh(x),
    sympy.sech: lambda x: 1 / sympy.cosh(x),
    sympy.csch: lambda x: 1 / sympy.sinh(x),
}
_QUOTIENTS = {
    sympy.tan: ((sympy.sin, sympy.cos), lambda x: sympy.sin(x) / sympy.cos(x)),
    sympy.tanh: ((sympy.sinh, sympy.cosh), lambda x: sympy.sinh(x) / sympy.cosh(x)),
}
PAIRS = {sympy.sin: sympy.cos, sympy.sinh: sympy.cosh}


def refuse_non_smooth(expressions: Iterable[sympy.Expr]) -> None:
    """Raise FieldError, naming the sub-expression, where a field is not smooth or not understood."""
    for expression in expressions:
        for node in sympy.preorder_traversal(expression):
            if isinstance(node, NON_SMOOTH):
                raise FieldError(
                    f"{node} is not smooth, so it has no B-series; accepted: compositions of smooth functions"
                )
            if isinstance(node, AppliedUndef | sympy.Derivative | sympy.Integral):
                raise FieldError(f"{node} is not an elementary function of the variables")
            if node in (sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
                raise FieldError(f"{expression} contains {node}: a field must be finite")


def prepare(expressions: Iterable[sympy.Expr]) -> list[sympy.Expr]:
    """Write reciprocal functions as quotients, and tan as sin/cos where sin or cos occur as well."""
    expressions = [sympy.sympify(e) for e in expressions]
    refuse_non_smooth(expressions)
    for function, rule in _RECIPROCALS.items():
        expressions = [e.replace(function, rule) for e in expressions]
    for function, (parts, rule) in _QUOTIENTS.items():
        if any(e.has(*parts) for e in expressions):
            expressions = [e.replace(function, rule) for e in expressions]
    return expressions


@dataclass
class Roots:
    """All powers of one base: q is the common denominator of the exponents."""

    base: sympy.Expr
    q: int = 1
    negative: bool = False
    positive: bool = False

    @property
    def root(self) -> sympy.Expr:
        return self.base ** sympy.Rational(1, self.q)

    @property
    def inverse(self) -> sympy.Expr:
        return self.base ** sympy.Rational(-1, self.q)


@dataclass
class Lattice:
    """Arguments of exp, of sin and cos, or of sinh and cosh, as integer combinations of few `basis` arguments.

    That makes exp(x + y) = exp(x) exp(y) and the addition theorems hold in the ring.
    """

    arguments: list[sympy.Expr] = field(default_factory=list)
    basis: list[sympy.Expr] = field(default_factory=list)
    coordinates: dict[sympy.Expr, tuple[int, ...]] = field(default_factory=dict)

    def add(self, argument: sympy.Expr) -> bool:
        if argument in self.coordinates:
            return False
        self.arguments.append(argument)
        self._solve()
        return True

    def _solve(self) -> None:
        rows = [_terms(a) for a in self.arguments]
        monomials = list(dict.fromkeys(m for row in rows for m in row))
        common = lcm(*(c.q for row in rows for c in row.values())) if monomials else 1
        matrix = [[int(row.get(m, 0) * common) for m in monomials] for row in rows]
        basis = _echelon(matrix)
        self.basis = [
            sympy.Add(*(sympy.Rational(n, common) * m for n, m in zip(row, monomials, strict=True))) for row in basis
        ]
        self.coordinates = {a: _coordinates(row, basis) for a, row in zip(self.arguments, matrix, strict=True)}


def _terms(argument: sympy.Expr) -> dict[sympy.Expr, sympy.Rational]:
    out: dict[sympy.Expr, sympy.Rational] = {}
    for term in sympy.Add.make_args(sympy.expand(argument)):
        coefficient, rest = term.as_coeff_Mul(rational=True)
        out[rest] = out.get(rest, sympy.Integer(0)) + coefficient
    return out


def _echelon(matrix: list[list[int]]) -> list[list[int]]:
    """A basis of the integer row lattice, by Euclid's algorithm on the columns in turn."""
    rows, basis = [list(r) for r in matrix], []
    for column in range(len(matrix[0]) if matrix else 0):
        active = [r for r in rows if r[column]]
        rest = [r for r in rows if not r[column]]
        while len(active) > 1:
            active.sort(key=lambda r: abs(r[column]))
            head, others = active[0], active[1:]
            for r in others:
                n = r[column] // head[column]
                r[:] = [x - n * y for x, y in zip(r, head, strict=True)]
            rest += [r for r in others if not r[column]]
            active = [head] + [r for r in others if r[column]]
        if active:
            pivot = active[0]
            basis.append([x if pivot[column] > 0 else -x for x in pivot])
        rows = [r for r in rest if any(r)]
    return basis


def _coordinates(row: list[int], basis: list[list[int]]) -> tuple[int, ...]:
    row, out = list(row), []
    for b in basis:
        column = next(i for i, x in enumerate(b) if x)
        n = row[column] // b[column]
        out.append(n)
        row = [x - n * y for x, y in zip(row, b, strict=True)]
    return tuple(out)


class KernelSet:
    """The kernels of some expressions, closed under differentiation."""

    def __init__(self) -> None:
        self.symbols: list[sympy.Expr] = []
        self.roots: dict[sympy.Expr, Roots] = {}
        self.lattices: dict[type, Lattice] = {sympy.exp: Lattice(), sympy.sin: Lattice(), sympy.sinh: Lattice()}
        self.exp_inverse = False
        self.others: list[sympy.Expr] = []
        self._seen: set[sympy.Expr] = set()

    def collect(self, expression: sympy.Expr) -> None:
        """Register every kernel of the expression and of its kernels' derivatives."""
        if expression in self._seen:
            return
        self._seen.add(expression)
        if len(self._seen) > 50 * MAX_KERNELS or len(self.others) + len(self.roots) > MAX_KERNELS:
            raise FieldError(f"the derivatives of {expression.func.__name__} lead to ever new functions; not accepted")
        if expression.is_Rational or expression.is_Float:
            return
        if expression.is_Symbol or expression in (sympy.pi, sympy.I, sympy.EulerGamma):
            if expression not in self.symbols:
                self.symbols.append(expression)
        elif expression.is_Add or expression.is_Mul:
            for part in expression.args:
                self.collect(part)
        elif isinstance(expression, sympy.exp) or expression is sympy.E:
            self._lattice(sympy.exp, exponent(expression))
        elif expression.is_Pow:
            self._power(*expression.as_base_exp())
        elif isinstance(expression, sympy.sin | sympy.cos):
            self._lattice(sympy.sin, expression.args[0])
        elif isinstance(expression, sympy.sinh | sympy.cosh):
            self._lattice(sympy.sinh, expression.args[0])
        elif isinstance(expression, sympy.Function):
            self._function(expression)
        else:
            raise FieldError(f"{expression} ({expression.func.__name__}) is not an elementary function")

    def _lattice(self, kind: type, argument: sympy.Expr) -> None:
        for part in sympy.Add.make_args(sympy.expand(argument)):
            self.collect(part.as_coeff_Mul(rational=True)[1])
        self.lattices[kind].add(argument)

    def _power(self, base: sympy.Expr, power: sympy.Expr) -> None:
        self.collect(base)
        if power.is_Rational:
            if abs(power) > MAX_POWER:
                raise FieldError(f"the power {power} is too large (at most {MAX_POWER})")
            if power.is_Integer and power > 0:
                return
            roots = self.roots.setdefault(base, Roots(base))
            roots.q = lcm(roots.q, int(power.q))
            roots.negative |= bool(power < 0) or not base.is_number
            roots.positive |= not power.is_Integer and (bool(power > 0) or base.is_number)
        else:
            self.collect(power)
            self.others.append(base**power)
            self.collect(1 / base)
            if power.free_symbols:
                self.collect(sympy.log(base))

    def _function(self, expression: sympy.Expr) -> None:
        for argument in expression.args:
            self.collect(argument)
        self.others.append(expression)
        for derivative in partial_derivatives(expression):
            self.collect(derivative)


def exponent(expression: sympy.Expr) -> sympy.Expr:
    """x of exp(x); sympy writes exp(1) as a constant of its own."""
    return sympy.S.One if expression is sympy.E else expression.args[0]


def partial_derivatives(expression: sympy.Expr) -> list[sympy.Expr]:
    """∂f/∂(argument i) of a function value f(arguments), as expressions that the ring understands."""
    if isinstance(expression, sympy.tan):
        return [1 + expression**2]
    if isinstance(expression, sympy.tanh):
        return [1 - expression**2]
    if expression.is_Pow:
        base, power = expression.as_base_exp()
        return [power * expression / base, expression * sympy.log(base) if power.free_symbols else sympy.S.Zero]
    try:
        found = [expression.fdiff(i + 1) for i in range(len(expression.args))]
    except (sympy.core.function.ArgumentIndexError, NotImplementedError):
        raise FieldError(f"{expression} has no derivative that sympy knows") from None
    return prepare(found)

