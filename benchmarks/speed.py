"""What surrounds the algorithm, and how costs grow, row by row: python benchmarks/speed.py [--only WORD] [--quick]

"then" is what a row cost before the work that it stands for, "wanted" the aim, "now" this run: process CPU time, the least of
several runs, with wall time beside it (on a busy machine CPU time holds better, though caches are shared). Rows of whole
processes count the CPU time of the child. `--only` keeps the rows with a word in them; `--quick` leaves out those over seconds.
Growth comes from `scaling.py`, callables from `callables.py`, peers from `symbolic_peers.py`.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from time import perf_counter, process_time
from typing import Any, NamedTuple

import numpy as np
import scaling
from timing import Time, machine, print_table

from imde_sym import ButcherTableau, inverse_modified_equation, inverse_modified_series, method_series, methods, substitute
from imde_sym.fields import lorenz96


class Row(NamedTuple):
    task: str
    then: str
    wanted: str
    limit: float
    """The aim in the unit of the row: seconds, or a ratio."""
    measure: Callable[[], Time | float]
    slow: bool = False


def least(task: Callable[[], object], runs: int = 5, first: bool = False) -> Time:
    """The cheapest of several runs, after one that does not count, unless the first is meant."""
    if not first:
        task()
    found = []
    for _ in range(runs):
        cpu, wall = process_time(), perf_counter()
        task()
        found.append(Time(process_time() - cpu, perf_counter() - wall))
    return min(found)


def process(*arguments: str, runs: int = 5) -> Time:
    """A Python process as a whole."""
    found = []
    for _ in range(runs):
        before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
        subprocess.run([sys.executable, *arguments], capture_output=True, check=False, env=dict(os.environ))
        wall, after = perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(Time(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, wall))
    return min(found)


# -- formulas -----------------------------------------------------------------------------------------
def double_pendulum() -> Any:
    return inverse_modified_equation("double_pendulum", "implicit_midpoint", 7)


def per_term(ask: Callable[[Any], object]) -> Callable[[], Time]:
    """Of a fresh equation each time: answers are kept."""

    def run() -> Time:
        found = []
        for _ in range(3):
            F = double_pendulum()
            count = sum(len(F.ring.polynomials.terms(p)) for grade in F.grades for p in grade.components)
            found.append(least(lambda F=F: ask(F), 1, first=True).over(count))
        return min(found)

    return run


def one_point(system: str, order: int) -> Callable[[], Time]:
    def run() -> Time:
        F = inverse_modified_equation(system, "explicit_midpoint", order)
        g, x = F.as_ode("scipy", h=0.01), np.ones(len(F.variables))
        return least(lambda: [g(0.0, x) for _ in range(1000)]).over(1000)

    return run


def to_c() -> Time:
    return least(lambda: inverse_modified_equation("pendulum", "explicit_midpoint", 8).source("c"), 20)


# -- series -------------------------------------------------------------------------------------------
def ratio(method: str, order: int, other: str = "rk4") -> Callable[[], float]:
    def run() -> float:
        own, base = (least(lambda m=m: inverse_modified_series(m, order), 2).cpu for m in (method, other))
        return own / base

    return run


def series(method: str, order: int, runs: int = 2) -> Callable[[], Time]:
    return lambda: least(lambda: inverse_modified_series(method, order), runs, first=runs == 1)


def substitution() -> Time:
    a, b = method_series("rk4", 10), inverse_modified_series("rk4", 10)
    return least(lambda: substitute(b, a))


def colours(count: int, order: int) -> Callable[[], float]:
    """The growth of the last order over that of the number of trees."""

    def run() -> float:
        from imde_sym.trees import tree_table

        method = ButcherTableau([["0", "0"], ["1/2", "0"]], ["0", "1"])
        times = [least(lambda n=n: inverse_modified_series(method, n, colors=count), 2).cpu for n in (order - 1, order)]
        trees = [tree_table(count).size(n) for n in (order - 1, order)]
        return times[1] / times[0] / (trees[1] / trees[0])

    return run


def growth(task: str) -> Callable[[], float]:
    """A doubling, from the fit of `scaling`."""

    def run() -> float:
        make, sizes = scaling.SIZES[task]
        cpu = np.log([c for c, _ in scaling.costs(make, sizes)])
        return float(np.exp(np.polyfit(np.log2(sizes), cpu, 1)[0]))

    return run


def variables(many: int, few: int) -> Callable[[], float]:
    def run() -> float:
        a, b = (least(scaling.derived(scaling.mixed)(n), 2).cpu for n in (many, few))
        return a / b

    return run


def lorenz_96(n: int) -> Callable[[], Time]:
    def run() -> Time:
        f = lorenz96(n)
        return least(lambda: inverse_modified_equation(f, "explicit_midpoint", 4), 1, first=True)

    return run


def derivation(system: str, method: str, order: int) -> Callable[[], Time]:
    return lambda: least(lambda: inverse_modified_equation(system, method, order))


def numpy_code() -> float:
    import generated_code

    return generated_code.beside_by_hand()


# -- callables and peers ------------------------------------------------------------------------------
def jax_compile(order: int) -> Callable[[], Time]:
    def run() -> Time:
        import callables

        return callables.compile_time(order)

    return run


def callable_growth(library: str, order: int) -> Callable[[], float]:
    def run() -> float:
        import callables

        return callables.growth(library, order)

    return run


def peer(system: str) -> Callable[[], float]:
    def run() -> float:
        import symbolic_peers

        return symbolic_peers.ratio("symengine", system)

    return run


LORENZ_96, HEAT, MIDPOINT = "Lorenz 96, order 4", "heat chain, order 4", "explicit_midpoint"
ROWS = [
    Row("str a term: double pendulum, midpoint, order 7", "607 µs", "60 µs", 60e-6, per_term(str)),
    Row("latex a term", "1434 µs", "60 µs", 60e-6, per_term(lambda F: F.latex())),
    Row("term a term", "50-95 µs", "15 µs", 15e-6, per_term(lambda F: [F.term(k) for k in range(F.order)])),
    Row("as_expr a term", "50-95 µs", "15 µs", 15e-6, per_term(lambda F: F.as_expr())),
    Row('as_ode("scipy"), one point: Lorenz, order 6', "203 µs", "20 µs", 20e-6, one_point("lorenz", 6)),
    Row('as_ode("scipy"), one point: double pendulum, order 4', "846 µs", "90 µs", 90e-6, one_point("double_pendulum", 4)),
    Row("imde-sym --help", "0.78 s", "0.15 s", 0.15, lambda: process("-m", "imde_sym", "--help")),
    Row("imde-sym --version", "0.78 s", "0.15 s", 0.15, lambda: process("-m", "imde_sym", "--version")),
    Row("imde-sym: a typo", "0.78 s", "0.15 s", 0.15, lambda: process("-m", "imde_sym", "inversee")),
    Row("import imde_sym", "0.81 s", "sympy + 0.15 s", 0.55, lambda: process("-c", "import imde_sym")),
    Row("the same, and a first use", "-", "-", np.inf, lambda: process("-c", "import imde_sym; imde_sym.methods['rk4']")),
    Row("beside it: import sympy", "0.40 s", "-", np.inf, lambda: process("-c", "import sympy")),
    Row("system to C code: pendulum, order 8, warm", "-", "30 ms", 0.03, to_c),
    Row(
        "nonlinear oscillator, midpoint, order 8", "-", "10 ms", 0.01, derivation("nonlinear_oscillator", "explicit_midpoint", 8)
    ),
    Row("Lorenz, rk4, order 12", "-", "0.5 s", 0.5, derivation("lorenz", "rk4", 12)),
    Row("numpy code on 10^6 points / by hand", "-", "1.3 x", 1.3, numpy_code, True),
    Row("32 variables with sin, exp, 1/(1 + x²) / 8", "36 x", "5 x", 5, variables(32, 8), True),
    Row("heat chain, a doubling", "3.5 x", "2.3 x", 2.3, growth(HEAT), True),
    Row("Lorenz 96, a doubling", "3.2 x", "2.3 x", 2.3, growth(LORENZ_96), True),
    Row("Lorenz 96, N = 1000", "-", "2 s", 2, lorenz_96(1000), True),
    Row("gauss2, order 12 / rk4", "110 x", "4 x", 4, ratio("gauss2", 12)),
    Row("gauss3, order 10", "-", "2 s", 2, series("gauss3", 10)),
    Row("dop853, order 12", "4.7 s", "2 s", 2, series("dop853", 12, 1), True),
    Row("2 colours, order 10: growth / that of trees", "10-12 x an order", "1.2 x", 1.2, colours(2, 10), True),
    Row("3 colours, order 8", "", "1.2 x", 1.2, colours(3, 8), True),
    Row("4 colours, order 7", "", "1.2 x", 1.2, colours(4, 7), True),
    Row("substitution, order 10", "61 ms", "20 ms", 0.02, substitution),
    Row("rk4, order 16, exact", "2.3 s", "1.5 s", 1.5, series("rk4", 16, 1), True),
    Row("rk4, order 18, exact", "26 s", "18 s", 18, series("rk4", 18, 1), True),
    Row("JAX callable, order 7, width 32: compile", "2.5 s", "1 s", 1, jax_compile(7), True),
    Row("JAX callable, order 9: growth of a call", "2-3 x", "1.6 x", 1.6, callable_growth("jax", 9), True),
    Row("torch callable, order 7: growth of a call", "-", "1.6 x", 1.6, callable_growth("torch", 7), True),
    *(Row(f"symengine / ours: {s}", "2.0-5.6 x", "5 x", -5, peer(s), True) for s in ("lorenz", "pendulum")),
]


def shown(value: float, ratio: bool) -> str:
    if ratio:
        return f"{value:.2f} x"
    unit, size = next((u for u in (("s", 1), ("ms", 1e-3)) if value >= u[1]), ("µs", 1e-6))
    return f"{value / size:.3g} {unit}"


def cells(row: Row) -> Iterator[str]:
    yield from (row.task, row.then, row.wanted)
    try:
        found = row.measure()
    except ImportError as missing:
        yield from (f"needs {missing.name}", "", "")
        return
    own = found.cpu if isinstance(found, Time) else found
    yield shown(own, not isinstance(found, Time))
    yield shown(found.wall, False) if isinstance(found, Time) else ""
    yield "" if row.limit == np.inf else "yes" if (own <= row.limit if row.limit > 0 else own >= -row.limit) else "no"


def main() -> None:
    parser = argparse.ArgumentParser(description="The costs of what surrounds the algorithm, row by row.")
    parser.add_argument("--only", metavar="WORD", default="", help="rows with this word")
    parser.add_argument("--quick", action="store_true", help="leave out the rows that take over seconds")
    options = parser.parse_args()
    chosen = [r for r in ROWS if options.only.lower() in r.task.lower() and not (options.quick and r.slow)]
    print(f"{machine()}\n")
    methods["rk4"]
    table = []
    for row in chosen:
        table.append(list(cells(row)))
        print(*table[-1], sep="  ", file=sys.stderr, flush=True)
    print_table(["row", "then", "wanted", "now, CPU", "wall", "met"], table)
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
