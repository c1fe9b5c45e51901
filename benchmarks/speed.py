"""Times of concrete fields and generated code against their targets: python benchmarks/speed.py

Best of five after a warm-up. The rows of concrete fields run with python-flint (where installed) and
with sympy's polynomials. Trees and B-series have a script of their own, series.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import sympy
from timing import REPEATS, best, print_table

from imde_sym import inverse_modified_equation, methods, systems
from imde_sym.rings import backend

VARIABLE = "IMDE_SYM_POLYNOMIALS"
POINTS = 1_000_000


def by_hand() -> Callable[[np.ndarray, float], np.ndarray]:
    """Explicit midpoint on the pendulum, order 4, as one would write it in numpy; h³ from the exact formula."""
    F = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 4)
    p, q = F.variables
    s, c = sympy.symbols("s c")
    term = [sympy.expand(e.subs({sympy.sin(q): s, sympy.cos(q): c})) for e in F.term(3)]
    names = sympy.Symbol("p"), s, c
    term = [e.subs(p, names[0]) for e in term]
    first, second = (sympy.lambdify(names, sympy.horner(e, wrt=names[0]), "numpy") for e in term)

    def hand(x: np.ndarray, h: float) -> np.ndarray:
        p, q = x[..., 0], x[..., 1]
        s, c = np.sin(q), np.cos(q)
        out = np.empty_like(x)
        out[..., 0] = s * (-10 + h**2 * (5 / 12 * p**2 + 50 / 3 * c)) + h**3 * first(p, s, c)
        out[..., 1] = p + h**2 * (-5 / 3 * p * c) + h**3 * second(p, s, c)
        return out

    return hand


def rows() -> list[tuple[str, str, float, float, str]]:
    """(task, back end, measured, target, unit)"""
    out = []
    given = os.environ.get(VARIABLE)
    for choice in dict.fromkeys((backend(), "sympy")):
        os.environ[VARIABLE] = choice
        name = "python-flint" if choice == "flint" else choice
        for system, method, order, target in (
            ("nonlinear_oscillator", "explicit_midpoint", 8, 0.010),
            ("lorenz", "rk4", 12, 0.5),
        ):
            f, m = systems[system], methods[method]
            time = best(lambda f=f, m=m, n=order: inverse_modified_equation(f, m, n))
            allowed = target if choice == "flint" else 30 * target
            out.append((f"field: {system}, {method}, order {order}", name, time, allowed, "s"))
    os.environ.pop(VARIABLE)
    if given is not None:
        os.environ[VARIABLE] = given
    hand = by_hand()
    g = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 4).lambdify()
    x = np.random.default_rng(0).uniform([-3.8, -1.2], [3.8, 1.2], (POINTS, 2))
    np.testing.assert_allclose(g(x[:1000], 0.1), hand(x[:1000], 0.1), rtol=1e-9, atol=1e-12)
    ratio = best(lambda: g(x, 0.1)) / best(lambda: hand(x, 0.1))
    out.append(("numpy: pendulum, order 4, 10^6 points / by hand", "-", ratio, 1.3, "x"))
    return out


def main() -> None:
    table = []
    for task, name, measured, target, unit in rows():
        shown = [f"{1000 * v:.1f} ms" if unit == "s" else f"{v:.2f} x" for v in (measured, target)]
        table.append([task, name, *shown, "yes" if measured <= target else "no"])
    print(f"polynomial backend: {backend()}; best of {REPEATS} after a warm-up")
    print_table(["task", "polynomials", "measured", "target", "met"], table)


if __name__ == "__main__":
    main()
