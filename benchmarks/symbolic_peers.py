"""The same recursion over the expressions of symengine and of sympy: python benchmarks/symbolic_peers.py

`StageRecursion` and its exp and log run over vector fields whose components are expanded expressions of the library; f'·w is
made of its derivatives. Conversion to sympy counts on both sides: what is wanted is a formula. Process CPU time, the least of
three runs; the results are compared by their difference. symengine is used where it is installed: pip install symengine.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from fractions import Fraction
from time import process_time
from typing import Any

import sympy
from timing import machine, print_table

from imde_sym import ModifiedField, VectorField, inverse_modified_equation, methods, systems
from imde_sym.prelie import Graded, PreLieSpace

TASKS = {"lorenz": ("rk4", 6), "pendulum": ("explicit_midpoint", 8), "kepler": ("explicit_midpoint", 5)}
TASKS["double_pendulum"] = ("explicit_midpoint", 4)
RUNS = 3


class ExpressionSpace(PreLieSpace):
    """Vector fields of expressions of a library that has `expand`, `diff` and numbers like sympy's."""

    def __init__(self, library: Any, field: VectorField, order: int):
        self.library, self.order, self.colors = library, order, 1
        self.variables = [library.sympify(v) for v in field.variables]

    def scalar(self, value: Fraction) -> Any:
        return self.library.Rational(value.numerator, value.denominator)

    def linear(self, weights: Sequence[Any], parts: Sequence[list[Any]]) -> list[Any]:
        rows = zip(*parts, strict=True)
        return [self.library.expand(sum((w * p for w, p in zip(weights, row, strict=True)), 0 * weights[0])) for row in rows]

    def product(self, w: Graded, g: Graded, k: int, lowest: int) -> list[Any]:
        totals = [self.library.sympify(0)] * len(self.variables)
        for i in range(lowest, k):
            for m, component in enumerate(g[i]):
                for v, along in zip(self.variables, w[k - i], strict=True):
                    totals[m] += component.diff(v) * along
        return [self.library.expand(t) for t in totals]

    def field(self, components: Sequence[sympy.Expr]) -> Graded:
        own = [self.library.expand(self.library.sympify(c)) for c in components]
        return [None, own, *([[0 * c for c in own]] * (self.order - 1))]


def theirs(library: Any, system: str) -> list[list[sympy.Expr]]:
    """The coefficients of the powers of h as sympy's expressions."""
    (name, order), field = TASKS[system], systems[system]
    space = ExpressionSpace(library, field, order)
    found = methods[name].inverse_modified(space, space.field(field.components))
    return [[sympy.sympify(c) for c in grade] for grade in found[1:]]


def ours(system: str) -> ModifiedField:
    (name, order), field = TASKS[system], systems[system]
    F = inverse_modified_equation(field, methods[name], order)
    F.as_expr()
    return F


def cost(task: Any, runs: int = RUNS) -> float:
    times = []
    for _ in range(runs):
        start = process_time()
        task()
        times.append(process_time() - start)
    return min(times)


def ratio(name: str, system: str) -> float:
    """Their time over ours. Raises ImportError where the library is not installed."""
    library = importlib.import_module(name)
    ours(system)
    runs = RUNS if name == "symengine" else 1
    return cost(lambda: theirs(library, system), runs) / cost(lambda: ours(system))


def difference(library: Any, system: str) -> float:
    """The largest difference of values at a point, relative."""
    F, found = ours(system), theirs(library, system)
    point = {v: sympy.Rational(37 + 13 * i, 100) for i, v in enumerate(F.variables)}
    worst = 0.0
    for k, grade in enumerate(found):
        for a, b in zip(grade, F.term(k), strict=True):
            x, y = (complex(sympy.N(e.subs(point), 30)) for e in (a, b))
            worst = max(worst, abs(x - y) / max(1.0, abs(y)))
    return worst


def main() -> None:
    print(f"{machine()}; the same recursion, conversion to sympy included\n")
    rows = []
    for system, (method, order) in TASKS.items():
        own = cost(lambda s=system: ours(s))
        row = [f"{system}, {method}, order {order}", f"{1000 * own:.1f} ms"]
        for name in ("symengine", "sympy"):
            try:
                library = importlib.import_module(name)
            except ImportError:
                row += ["not installed", "", ""]
                continue
            their = cost(lambda s=system, lib=library: theirs(lib, s), RUNS if name == "symengine" else 1)
            row += [f"{1000 * their:.0f} ms", f"{their / own:.1f} x", f"{difference(library, system):.0e}"]
        rows.append(row)
        print(*row, sep="  ", file=sys.stderr)
    head = ["task", "ours", "symengine", "ratio", "difference", "sympy", "ratio", "difference"]
    print_table(head, rows)


if __name__ == "__main__":
    main()
