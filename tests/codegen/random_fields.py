"""Fields as people write them, and their modified equations evaluated in 40 digits from the written text alone.

The reference takes sympy's derivatives of the expressions as written, puts elementary differentials together from their
values, and adds them with the coefficients of the series over trees. It knows nothing of rings, kernels and programs.
Beside every number goes its scale, the sum of the absolute values of the terms as written: rounding is proportional to
that. `Reference.fit` says where a comparison is fair: all is finite and real, and no function is ill-conditioned.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import mpmath
import sympy
from hypothesis import strategies as st

from imde_sym import inverse_modified_series, methods, modified_series, rooted_trees

DIGITS = 40
CONDITION = 1e4
FUNCTIONS = ("exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "sqrt")
METHODS = ("explicit_euler", "explicit_midpoint", "implicit_midpoint")
SERIES = {"inverse": inverse_modified_series, "forward": modified_series}
x, t = VARIABLES = sympy.symbols("x t")

# which functions the derivatives of a function lead to, beside it
COMPANIONS = {"sin": ("cos",), "cos": ("sin",), "tan": ("sin", "cos"), "sinh": ("cosh",), "cosh": ("sinh",), "log": ("inverse",)}
CONDITIONS = {
    "exp": lambda u: 1,
    "sin": mpmath.cot,
    "cos": mpmath.tan,
    "tan": lambda u: 1 / (mpmath.sin(u) * mpmath.cos(u)),
    "sinh": mpmath.coth,
    "cosh": mpmath.tanh,
    "tanh": lambda u: 2 * mpmath.tanh(u) if abs(u) > 1 else 1 / u,
    "log": lambda u: 1 / (u * mpmath.log(u)),
    "sqrt": lambda u: 1 / u,
    "inverse": lambda u: 1 / u,
}
"""g'(u)/g(u), up to a factor 2."""


@dataclass(frozen=True)
class Written:
    """x' = text, where t is the time; `arguments` are the functions in it with the numbers (a, b, c) of a*x + b*t + c."""

    text: str
    arguments: tuple[tuple[str, tuple[str, str, str]], ...]

    def __str__(self) -> str:
        return f"x' = {self.text}"

    @cached_property
    def components(self) -> list[sympy.Expr]:
        return [sympy.sympify(self.text, rational=True), sympy.S.One]

    @cached_property
    def derivatives(self) -> dict[tuple[int, ...], list[sympy.Expr]]:
        """The derivatives by some variables (by number, sorted) of both components, up to third ones."""
        table: dict[tuple[int, ...], list[sympy.Expr]] = {(): self.components}
        for n in (1, 2, 3):
            for by in product(range(2), repeat=n):
                if by == tuple(sorted(by)):
                    table[by] = [sympy.diff(e, VARIABLES[by[-1]]) for e in table[by[:-1]]]
        return table


@st.composite
def decimals(draw: Any, bound: int) -> str:
    """A decimal with up to three digits after the point, small ones as often as large ones."""
    digits = draw(st.integers(0, 3))
    size = draw(st.sampled_from([2, 10, bound])) * 10**digits
    n = draw(st.integers(-size, size))
    sign, text = "-" * (n < 0), str(abs(n)).rjust(digits + 1, "0")
    return sign + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)


@st.composite
def written_fields(draw: Any, functions: tuple[str, ...] = FUNCTIONS) -> Written:
    """1 to 4 functions of a*x + b*t + c, with factors, added, multiplied and divided."""
    arguments, text = [], ""
    for i in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(functions))
        a, c = draw(decimals(400)), draw(decimals(100))
        b = draw(decimals(400)) if draw(st.booleans()) else "0"
        if a.strip("-0.") == "" and b.strip("-0.") == "":
            a = "0.37"
        arguments.append((name, (a, b, c)))
        factor = f"{name}(({a})*x + ({b})*t + ({c}))"
        if i:
            text += draw(st.sampled_from([" + ", " - ", " * "]))
        text += (f"({draw(decimals(10))})*" if draw(st.booleans()) else "") + factor
    return Written(text, tuple(arguments))


@st.composite
def points(draw: Any, field: Written) -> tuple[str, str]:
    """x and t as decimals: near zero, or where an argument of the field is of moderate size, which is where people look."""
    time = draw(decimals(3))
    _, (a, b, c) = draw(st.sampled_from(field.arguments))
    if float(a) and draw(st.booleans()):
        wanted = draw(st.integers(-300, 300)) / 100
        return f"{(wanted - float(c) - float(b) * float(time)) / float(a):.5f}", time
    return draw(decimals(3)), time


class Reference:
    """The modified equation of a written field at one point, in 40 digits, with scales.

    value, scale : of the field with step h; `fit` says whether a comparison with floating-point numbers is fair.
    """

    def __init__(self, field: Written, method: str, order: int, direction: str, point: tuple[str, str], h: str):
        self.field = field
        with mpmath.workdps(DIGITS):
            numbers = [float(v) for v in point]
            self._trees: dict[Any, list[tuple[Any, Any]]] = {}
            self._known: dict[sympy.Expr, tuple[Any, Any]] = {}
            self._known |= {v: (mpmath.mpf(n), abs(mpmath.mpf(n))) for v, n in zip(VARIABLES, numbers, strict=True)}
            self.fit = self._conditioned(*numbers)
            self.value = self.scale = (mpmath.nan,) * 2
            if self.fit:
                self._add(SERIES[direction](methods[method], order), mpmath.mpf(float(h)))

    def _conditioned(self, x: float, t: float) -> bool:
        for name, numbers in self.field.arguments:
            a, b, c = map(mpmath.mpf, numbers)
            u, size = a * x + b * t + c, abs(a * x) + abs(b * t) + abs(c)
            if (name in ("log", "sqrt") and u <= 0) or abs(u) > 300:
                return False
            try:
                if any(abs(size * CONDITIONS[n](u)) > CONDITION for n in (name, *COMPANIONS.get(name, ()))):
                    return False
            except ZeroDivisionError:
                return False
        return True

    def _add(self, series: Any, h: Any) -> None:
        totals = [[mpmath.mpf(0), mpmath.mpf(0)] for _ in VARIABLES]
        for tree in [u for n in range(1, series.order + 1) for u in rooted_trees(n)]:
            coefficient = series[tree] / tree.symmetry
            if not coefficient:
                continue
            weight = mpmath.mpf(coefficient.numerator) / coefficient.denominator * h ** (tree.order - 1)
            for total, (value, scale) in zip(totals, self._differential(tree), strict=True):
                total[0] += weight * value
                total[1] += abs(weight) * scale
        self.value, self.scale = zip(*totals, strict=True)
        sizes = [s for _, s in self._known.values()]
        self.fit = all(mpmath.isfinite(v) and not isinstance(v, mpmath.mpc) for v in self.value) and max(sizes) < 1e60
        self.fit &= 1e-60 < self.scale[0] < 1e150

    def _differential(self, tree: Any) -> list[tuple[Any, Any]]:
        """F([t1, ..., tm]) = D^m f (F(t1), ..., F(tm)) by its values."""
        if tree in self._trees:
            return self._trees[tree]
        below = [self._differential(child) for child in tree.children]
        out = [(mpmath.mpf(0), mpmath.mpf(0))] * 2
        for by in product(range(2), repeat=len(below)):
            factors = [branch[i] for branch, i in zip(below, by, strict=True)]
            for m, e in enumerate(self.field.derivatives[tuple(sorted(by))]):
                value, scale = self._evaluate(e)
                old = out[m]
                out[m] = (old[0] + value * prod(f[0] for f in factors), old[1] + scale * prod(f[1] for f in factors))
        self._trees[tree] = out
        return out

    def _evaluate(self, e: sympy.Expr) -> tuple[Any, Any]:
        """The value of an expression, and the sum of the absolute values of its terms."""
        if e in self._known:
            return self._known[e]
        if e.is_Rational:
            value = mpmath.mpf(int(e.p)) / int(e.q)
            return value, abs(value)
        parts = [self._evaluate(a) for a in e.args]
        if e.is_Add:
            found = sum(v for v, _ in parts), sum(s for _, s in parts)
        elif e.is_Mul:
            found = prod(v for v, _ in parts), prod(s for _, s in parts)
        elif e.is_Pow and e.exp.is_Integer and e.exp > 0:
            found = parts[0][0] ** int(e.exp), parts[0][1] ** int(e.exp)
        else:
            value = parts[0][0] ** parts[1][0] if e.is_Pow else getattr(mpmath, type(e).__name__)(parts[0][0])
            found = value, abs(value)
        self._known[e] = found
        return found


def operations_of_sympy(field: Written, method: str, order: int, direction: str) -> int:
    """How many operations sympy's cse leaves of the same equation: derivatives as written, put together over trees."""
    series, h = SERIES[direction](methods[method], order), sympy.Symbol("h")
    known: dict[Any, list[sympy.Expr]] = {}

    def differential(tree: Any) -> list[sympy.Expr]:
        if tree not in known:
            below = [differential(child) for child in tree.children]
            known[tree] = [
                sympy.Add(
                    *(
                        field.derivatives[tuple(sorted(by))][m] * sympy.Mul(*(b[i] for b, i in zip(below, by, strict=True)))
                        for by in product(range(2), repeat=len(below))
                    )
                )
                for m in range(2)
            ]
        return known[tree]

    rows = [sympy.S.Zero] * 2
    for tree in [u for n in range(1, order + 1) for u in rooted_trees(n)]:
        weight = sympy.Rational(*(series[tree] / tree.symmetry).as_integer_ratio()) * h ** (tree.order - 1)
        rows = [r + weight * d for r, d in zip(rows, differential(tree), strict=True)]
    replaced, reduced = sympy.cse(rows)
    return int(sum(sympy.count_ops(e) for _, e in replaced) + sum(map(sympy.count_ops, reduced)))
