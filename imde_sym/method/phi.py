"""Combinations of φ-functions, the entries of exponential methods: φ_0(z) = e^z, φ_{k+1}(z) = (φ_k(z) - 1/k!)/z.

An entry is a sum of terms weight · z^n · Π φ_k(λ z)^e. As text: "phi1(z)/2 - 3*phi2(z/2)", "exp(z/2)/2"; phi0 is exp.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import factorial
from typing import Any, NamedTuple

import numpy as np
import sympy
from sympy.core.function import AppliedUndef

from ..base.errors import ImdeError, MethodError, shown
from ..expressions import parse_expression
from ..expressions.writing import expression_text
from ..rings import Scalar, scalar, to_sympy

Z = sympy.Symbol("z")
HIGHEST = 9
PHI = [sympy.Function(f"phi{k}") for k in range(HIGHEST + 1)]
SPELLINGS = ("phi{}", "phi_{}", "φ{}", "φ_{}", "varphi{}", "varphi_{}")
NAMES: dict[str, Any] = {"z": Z, **{name.format(k): f for k, f in enumerate(PHI) for name in SPELLINGS}}
ACCEPTED = f'a number, or a combination of z, exp and phi0 to phi{HIGHEST} of multiples of z, such as "phi1(z/2)/2"'
MAX_TERMS = 200


class Factor(NamedTuple):
    """φ_k(λ z)^exponent."""

    k: int
    scale: Scalar
    exponent: int


class Term(NamedTuple):
    """weight · z^power · Π factors."""

    weight: Scalar
    power: int
    factors: tuple[Factor, ...]


Entry = tuple[Term, ...]


def entry(what: str, value: Any, names: Mapping[str, sympy.Expr] | None = None, floats: bool = False) -> Entry:
    """What a user or JSON gives as an entry, in its one form. Raises MethodError, naming the entry.

    >>> text(entry("a[0][0]", "(exp(z) - phi0(z/2))/2"))
    '-phi0(z/2)/2 + phi0(z)/2'
    """
    try:
        given = parse_expression(value, NAMES | dict(names or {}), floats) if isinstance(value, str) else value
        if not isinstance(given, sympy.Basic):
            number = scalar(given)
            return (Term(number, 0, ()),) if number != 0 else ()
        whole = sympy.expand(given.replace(sympy.exp, PHI[0]), power_exp=False, power_base=False)
        terms: dict[tuple[int, tuple[Factor, ...]], Any] = {}
        for weight, *rest in (_term(t) for t in sympy.Add.make_args(whole) if t != 0):
            key: Any = tuple(rest)
            terms[key] = terms[key] + weight if key in terms else weight
        parts = [Term(scalar(weight), *key) for key, weight in terms.items() if weight != 0]
    except ImdeError as error:
        raise MethodError(f"{what}: {error}") from None
    if len(parts) > MAX_TERMS:
        raise MethodError(f"{what} has {len(parts)} terms; at most {MAX_TERMS} are read")
    return tuple(sorted(parts, key=lambda t: (t.power, [(f.k, str(f.scale), f.exponent) for f in t.factors])))


def _term(product: sympy.Expr) -> Term:
    power, weight, exponential, factors = 0, sympy.S.One, sympy.S.Zero, []
    for factor in sympy.Mul.make_args(product):
        base, exponent = factor.as_base_exp()
        if isinstance(base, AppliedUndef) and base.func in PHI and exponent.is_Integer and exponent > 0:
            scale = sympy.cancel(base.args[0] / Z) if len(base.args) == 1 else Z
            if scale.has(Z):
                raise MethodError(f"{base}: the argument of a φ-function is a multiple of z")
            if base.func == PHI[0]:
                exponential += scale * exponent
            else:
                factors.append(Factor(PHI.index(base.func), scalar(scale), int(exponent)))
        elif base == Z and exponent.is_Integer and exponent > 0:
            power += int(exponent)
        elif factor.has(Z) or factor.atoms(AppliedUndef):
            raise MethodError(f"{factor} is not accepted: an entry is {ACCEPTED}")
        else:
            weight *= factor
    if exponential != 0:
        factors.append(Factor(0, scalar(exponential), 1))
    return Term(scalar(weight), power, tuple(sorted(factors, key=lambda f: (f.k, str(f.scale)))))


def expression(own: Entry) -> sympy.Expr:
    """The entry as an expression in z and functions phi0, phi1, ..."""
    return sympy.Add(
        *(
            to_sympy(t.weight) * Z**t.power * sympy.Mul(*(PHI[f.k](to_sympy(f.scale) * Z) ** f.exponent for f in t.factors))
            for t in own
        )
    )


def elementary(own: Entry, z: sympy.Expr) -> sympy.Expr:
    """The entry at z in exponentials: φ_k(z) = (e^z - Σ_{n<k} z^n/n!)/z^k.

    >>> elementary(entry("a", "phi1(z/2)"), sympy.Symbol("z"))
    2*(exp(z/2) - 1)/z
    """

    def function(k: int, at: sympy.Expr) -> sympy.Expr:
        if at == 0:
            return 1 / sympy.factorial(k)
        return (sympy.exp(at) - sum(at**n / sympy.factorial(n) for n in range(k))) / at**k

    return expression(own).subs(Z, z).replace(lambda e: e.func in PHI, lambda e: function(PHI.index(e.func), e.args[0]))


def value(own: Entry, z: Any) -> Any:
    """The entry at an array of complex numbers."""
    total = np.zeros(z.shape, complex)
    for t in own:
        total += (
            complex(t.weight) * z**t.power * np.prod([_phi(f.k, complex(f.scale) * z) ** f.exponent for f in t.factors], axis=0)
        )
    return total


def _phi(k: int, z: Any) -> Any:
    """φ_k by its series up to |z| = 3, beyond by φ_j = (φ_{j-1} - 1/(j-1)!)/z."""
    near = np.where(abs(z) <= 3, z, 0)
    far = np.where(abs(z) <= 3, 1, z)
    series = sum(near**n / factorial(n + k) for n in range(40))
    recursion = np.exp(far)
    for j in range(k):
        recursion = (recursion - 1 / factorial(j)) / far
    return np.where(abs(z) <= 3, series, recursion)


def text(own: Entry) -> str:
    """The entry as text that `entry` reads back."""
    return expression_text(expression(own))


def scalars(own: Entry) -> list[Scalar]:
    """All numbers of the entry."""
    return [x for t in own for x in (t.weight, *(f.scale for f in t.factors))]


def taylor(own: Entry, count: int) -> list[Scalar]:
    """The coefficients of z^0 to z^(count-1).

    >>> [str(x) for x in taylor(entry("a", "phi1(z/2)"), 3)]
    ['1', '1/4', '1/24']
    """
    total: list[Scalar] = [Fraction(0)] * count
    for term in own:
        series = [term.weight if n == term.power else Fraction(0) for n in range(count)]
        for k, scale, exponent in term.factors:
            own_series = [scale**n * Fraction(1, factorial(n + k)) for n in range(count)]
            for _ in range(exponent):
                series = [sum((series[i] * own_series[n - i] for i in range(n + 1)), Fraction(0)) for n in range(count)]
        total = [a + b for a, b in zip(total, series, strict=True)]
    return [scalar(sympy.expand(x)) if isinstance(x, sympy.Basic) else x for x in total]


def latex_name(source: str) -> str:
    r"""`\varphi_{1}` for `\operatorname{phi_{1}}`, as LaTeX of expressions has it."""
    for k in range(HIGHEST + 1):
        for form in (rf"\operatorname{{phi_{{{k}}}}}", rf"\phi_{{{k}}}", rf"\operatorname{{phi{k}}}"):
            source = source.replace(form, rf"\varphi_{{{k}}}")
    return source


def rows_of_entries(what: str, values: Any, read: Any, width: int) -> tuple[tuple[Entry, ...], ...]:
    """A matrix of entries; rows are filled up to `width` with zeros."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Sequence):
        raise MethodError(f"{what} must be a sequence of rows, got {shown(values)}")
    out = []
    for i, row in enumerate(values):
        if isinstance(row, str | bytes | Mapping) or not isinstance(row, Sequence):
            raise MethodError(f"{what}[{i}] must be a sequence of entries, got {shown(row)}")
        if len(row) > width:
            raise MethodError(f"{what} has a row of more than {width} entries")
        out.append(tuple(read(f"{what}[{i}][{j}]", x) for j, x in enumerate(row)) + ((),) * (width - len(row)))
    return tuple(out)
