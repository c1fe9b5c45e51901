"""How costs grow: python benchmarks/scaling.py

Process CPU time of the first run of each size after one small run, fitted as size^p or, by order, as p an order; wall time beside
it, so that a busy machine shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter, process_time

import numpy as np
from timing import machine, print_table

from imde_sym import VectorField, inverse_modified_equation, inverse_modified_series
from imde_sym.fields import lorenz96
from imde_sym.trees import count_rooted_trees

Task = Callable[[int], Callable[[], object]]


def heat(n: int) -> VectorField:
    """u_i' = u_{i-1} - 2 u_i + u_{i+1}, 0 at both ends."""
    line = ["0", *(f"u{i}" for i in range(n)), "0"]
    return VectorField({f"u{i}": f"{line[i]} - 2*u{i} + {line[i + 2]}" for i in range(n)})


def mixed(n: int) -> VectorField:
    """Every variable with a function of its own of three kinds."""
    return VectorField({f"x{i}": f"sin(x{i}) + exp(x{(i + 1) % n}) + 1/(1 + x{(i + 2) % n}**2)" for i in range(n)})


def derived(field: Callable[[int], VectorField]) -> Task:
    def task(n: int) -> Callable[[], object]:
        f = field(n)
        return lambda: inverse_modified_equation(f, "explicit_midpoint", 4)

    return task


def compiled(field: Callable[[int], VectorField]) -> Task:
    def task(n: int) -> Callable[[], object]:
        equation = inverse_modified_equation(field(n), "explicit_midpoint", 4)
        return equation.lambdify

    return task


def printed(field: Callable[[int], VectorField]) -> Task:
    def task(n: int) -> Callable[[], object]:
        equation = inverse_modified_equation(field(n), "explicit_midpoint", 4)
        return lambda: str(equation)

    return task


def series(method: str) -> Task:
    return lambda order: lambda: inverse_modified_series(method, order)


def colored(colors: int) -> Task:
    """A method of one tableau for each part; the costs are those of the trees of so many colours."""
    return lambda order: lambda: inverse_modified_series("rk4", order, colors)


CHAIN, RING = (32, 64, 128, 256, 512), (40, 80, 160)
SIZES: dict[str, tuple[Task, Sequence[int]]] = {
    "heat chain, order 4": (derived(heat), CHAIN),
    "heat chain, order 4, numpy code": (compiled(heat), CHAIN),
    "heat chain, order 4, str": (printed(heat), CHAIN),
    "Lorenz 96, order 4": (derived(lorenz96), RING),
    "Lorenz 96, order 4, numpy code": (compiled(lorenz96), RING),
    "Lorenz 96, order 4, str": (printed(lorenz96), RING),
    "sin, exp, 1/(1 + x²) of each variable, order 4": (derived(mixed), (8, 16, 32)),
}
ORDERS: dict[str, tuple[Task, Sequence[int]]] = {
    "rk4, series": (series("rk4"), range(9, 15)),
    "gauss2, series": (series("gauss2"), range(9, 14)),
    "gauss3, series": (series("gauss3"), range(8, 13)),
    "dop853, series": (series("dop853"), range(9, 13)),
}
COLORS: dict[str, tuple[Task, Sequence[int]]] = {
    "rk4, series, 2 colours": (colored(2), range(7, 11)),
    "rk4, series, 3 colours": (colored(3), range(5, 9)),
    "rk4, series, 4 colours": (colored(4), range(5, 8)),
}


def costs(task: Task, sizes: Sequence[int]) -> list[tuple[float, float]]:
    """CPU and wall seconds of each size."""
    task(min(sizes))()
    found = []
    for n in sizes:
        run = task(n)
        cpu, wall = process_time(), perf_counter()
        run()
        found.append((process_time() - cpu, perf_counter() - wall))
    return found


def fit(numbers: Sequence[int]) -> float:
    """By what factor they grow, as fitted."""
    return float(np.exp(np.polyfit(range(len(numbers)), np.log(numbers), 1)[0]))


def table(tasks: dict[str, tuple[Task, Sequence[int]]], by_order: bool) -> None:
    rows = []
    for name, (task, sizes) in tasks.items():
        found = costs(task, sizes)
        cpu = np.log([c for c, _ in found])
        x = np.array(sizes, float) if by_order else np.log2(sizes)
        slope, residuals = np.polyfit(x, cpu, 1, full=True)[:2]
        spread = float(np.sqrt(residuals[0] / len(sizes))) if len(residuals) else 0.0
        shown = "  ".join(f"{n}: {1000 * c:.0f}/{1000 * w:.0f}" for n, (c, w) in zip(sizes, found, strict=True))
        rows.append([name, f"{np.exp(slope[0]):.2f}", f"{100 * spread:.0f} %", shown])
    print_table(["task", "growth an order" if by_order else "growth a doubling", "off the fit", "ms, CPU/wall"], rows)
    print()


def main() -> None:
    print(f"{machine()}\n")
    table(SIZES, by_order=False)
    table(ORDERS, by_order=True)
    table(COLORS, by_order=True)
    trees = {n: [count_rooted_trees(k, n) for k in COLORS[f"rk4, series, {n} colours"][1]] for n in (2, 3, 4)}
    print_table(["colours", "growth of the number of trees an order"], [[str(n), f"{fit(c):.2f}"] for n, c in trees.items()])


if __name__ == "__main__":
    main()
