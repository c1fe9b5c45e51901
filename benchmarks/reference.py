"""The reference flow beside mpmath.odefun and heyoka: python benchmarks/reference.py [digits] [time]

Taylor series all three, at 50 digits unless told otherwise. Seconds for the point at the end, the fastest of three runs after
one that does not count (of odefun one run: it keeps what it has computed), the relative distance from the reference flow with
20 digits more, and seconds for 100 points of the dense output. heyoka, where it is installed (`pip install heyoka`), compiles
for each field first: seconds for that in brackets.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import mpmath
import sympy
from timing import machine, once, print_table, seconds

from imde_sym import VectorField, systems
from imde_sym.base.sharing import precision
from imde_sym.fields import as_graded
from imde_sym.rings import to_sympy
from imde_sym.verify import ReferenceFlow

NAMES = ("pendulum", "lotka_volterra", "kepler", "lorenz", "henon_heiles", "double_pendulum")
MARGIN, RUNS, POINTS = 20, 3, 100
ODEFUN_LIMIT = 40
"""odefun is left out where a tenth of the time takes it over a tenth of so many seconds."""


def start_of(field: VectorField) -> list[Any]:
    return [mpmath.mpf(v.p) / v.q for v in (to_sympy(sympy.Rational(str(x))) for x in field.info["x0"])]


def of_mpmath(field: VectorField, start: list[Any]) -> Callable[[Any], list[Any]]:
    f = sympy.lambdify(field.variables, list(field.components), "mpmath")
    return mpmath.odefun(lambda _, y: f(*y), 0, start)


def of_heyoka(field: VectorField, start: list[Any], digits: int) -> tuple[Callable[[Any], list[Any]], float] | None:
    """A function of the time, and seconds to compile it; None where heyoka is not installed."""
    try:
        import heyoka as hy
    except ImportError:
        return None
    bits = mpmath.libmp.dps_to_prec(digits)
    odd = {c for e in field.components for c in e.atoms(sympy.Rational) if c.q & (c.q - 1)}  # from_sympy takes powers of 2 below
    named = {c: sympy.Symbol(f"number_{i}") for i, c in enumerate(sorted(odd))}
    values = {s: hy.expression(hy.real(c.p, bits) / hy.real(c.q, bits)) for c, s in named.items()}
    components = [hy.from_sympy(c.xreplace(named), values) for c in field.components]
    equations = [(hy.make_vars(str(v)), c) for v, c in zip(field.variables, components, strict=True)]
    state = [hy.real(mpmath.nstr(v, digits + 5), bits) for v in start]
    made: list[Any] = []
    compiling = once(lambda: made.append(hy.taylor_adaptive(equations, state, fp_type=hy.real, prec=bits)))

    def run(time: Any) -> list[Any]:
        flow = made[0]
        flow.time, flow.state[:] = hy.real(0, bits), state
        flow.propagate_until(hy.real(mpmath.nstr(time, digits + 5), bits))
        return [mpmath.mpf(str(v)) for v in flow.state]

    return run, compiling


def row(name: str, digits: int, time: Any) -> list[str]:
    field = systems[name]
    with precision(digits + MARGIN):
        start = start_of(field)
        exact = ReferenceFlow(as_graded(field))(start, time)
    with precision(digits):
        start, flow = start_of(field), ReferenceFlow(as_graded(field))

        def off(end: list[Any]) -> str:
            worst = max(abs(a - b) for a, b in zip(end, exact, strict=True)) / max(1, *map(abs, exact))
            return mpmath.nstr(worst, 2) if worst else "0"

        ours = min(once(lambda: flow(start, time)) for _ in range(RUNS + 1))
        path = flow.path(start, time)
        dense = once(lambda: [path(time * i / POINTS) for i in range(POINTS)])
        cells = [name, seconds(ours), off(flow(start, time)), seconds(dense)]
        solution = of_mpmath(field, start)
        if (probe := once(lambda: solution(time / 10))) > ODEFUN_LIMIT / 10:
            cells += [f"over {seconds(10 * probe)}", "-", f"{10 * probe / ours:.0f}"]
        else:
            found: list[Any] = []
            theirs = probe + once(lambda: found.append(solution(time)))
            cells += [seconds(theirs), off(found[0]), f"{theirs / ours:.0f}"]
        other = of_heyoka(field, start, digits)
        if other is None:
            return [*cells, "-", "-"]
        run, compiling = other
        theirs = min(once(lambda: run(time)) for _ in range(RUNS))
        return [*cells, f"{seconds(theirs)} ({seconds(compiling)})", off(run(time))]


def main() -> None:
    digits = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    time = mpmath.mpf(sys.argv[2] if len(sys.argv) > 2 else 5)
    print(f"{machine()}; {digits} digits, t = {mpmath.nstr(time, 5)}")
    head = ["system", "here", "error", f"{POINTS} points", "odefun", "error", "times as long", "heyoka", "error"]
    print_table(head, [row(name, digits, time) for name in NAMES])


if __name__ == "__main__":
    main()
