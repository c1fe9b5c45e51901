"""Rooted trees and B-series against their targets, their growth, and other packages: python benchmarks/series.py

Everything is exact unless a row says float64. Rows with a memory and the growth table run in processes of
their own (see `timing.measured`), all others are the best of five after a warm-up. `--large` adds order
18 in float64 and gives other packages a longer time.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple

import peers
from timing import Cost, best, fresh, machine, measured, mebibytes, print_table, seconds

from imde_sym import (
    ButcherTableau,
    compose,
    count_rooted_trees,
    exp,
    inverse_modified_series,
    log,
    method_series,
    methods,
    modified_series,
    substitute,
)
from imde_sym.trees import TreeTable

RK4 = methods["rk4"]
FLOAT_RK4 = ButcherTableau([[float(a) for a in row] for row in RK4.A], [float(b) for b in RK4.b], name="rk4 in float64")
ORDERS = range(6, 16)
GROWTH = 3.2
PEER_SECONDS = 8.0
LARGE_PEER_SECONDS = 100.0
FIRST_PEER_ORDER, PEER_ORDER = 6, 10
"""The last one is as far as nodepy's list of trees goes."""


class Row(NamedTuple):
    """A task with its target in seconds (None: it has none), and in bytes."""

    task: str
    cost: Cost
    target: float | None
    memory: int | None = None

    def cells(self) -> list[str]:
        met = (self.target is None or self.cost.seconds <= self.target) and (
            self.memory is None or self.cost.memory <= self.memory
        )
        return [
            self.task,
            seconds(self.cost.seconds),
            "-" if self.target is None else seconds(self.target),
            "-" if self.target is None else "yes" if met else "no",
            mebibytes(self.cost.memory) if self.cost.memory else "-",
        ]


def inverse_cost(floats: bool, order: int) -> Cost:
    method = FLOAT_RK4 if floats else RK4
    return measured(lambda: inverse_modified_series(method, order))


def tables(order: int) -> None:
    table = TreeTable(1)
    for k in range(2, order + 1):
        table.cuts(k)


def growth() -> dict[int, Cost]:
    """Costs of the exact inverse modified series of RK4, printed order by order."""
    costs: dict[int, Cost] = {}
    rows, factors = [], []
    for n in ORDERS:
        costs[n] = fresh(inverse_cost, False, n)
        factor = "-"
        if n - 1 in costs:
            factors.append(costs[n].seconds / costs[n - 1].seconds)
            factor = f"{factors[-1]:.2f}"
        trees = sum(count_rooted_trees(k) for k in range(1, n + 1))
        rows.append([str(n), f"{trees:,}", seconds(costs[n].seconds), mebibytes(costs[n].memory), factor])
    print("Growth: inverse modified series of rk4, exact")
    print_table(["order", "trees", "time", "peak memory", "growth"], rows)
    verdict = "yes" if max(factors) < GROWTH else "no"
    print(f"largest growth factor {max(factors):.2f}, target below {GROWTH}: {verdict}\n")
    return costs


def targets(exact: dict[int, Cost], large: bool) -> list[Row]:
    def row(task: str, run: Callable[[], object], target: float | None) -> Row:
        return Row(task, Cost(best(run), 0), target)

    floats = [Row("inverse modified series: rk4, order 16, float64", fresh(inverse_cost, True, 16), 15.0)]
    if large:
        floats.append(Row("inverse modified series: rk4, order 18, float64", fresh(inverse_cost, True, 18), 300.0, 12 * 2**30))
    a, b = method_series(RK4, 10), modified_series(RK4, 10)
    midpoint = methods["explicit_midpoint"]
    return [
        row("inverse modified series: explicit midpoint, order 9", lambda: inverse_modified_series(midpoint, 9), 0.010),
        Row("inverse modified series: rk4, order 12", exact[12], 0.3),
        Row("inverse modified series: rk4, order 15", exact[15], 15.0),
        *floats,
        row("compose(a, a), order 10", lambda: compose(a, a), 0.1),
        row("substitute(b, a), order 10", lambda: substitute(b, a), 0.1),
        row("exp(b), order 10", lambda: exp(b), 0.1),
        row("log(a), order 10", lambda: log(a), 0.1),
        row("tree tables with all cuts, order 14", lambda: tables(14), 0.3),
        row("tree tables with all cuts, order 16", lambda: tables(16), None),
    ]


def compare(limit: float) -> None:
    """Raise the order until a peer's next run would pass the limit; print the last order."""
    print("Other packages: rk4, all trees up to the order, each time the first run in a new process")
    tasks = [("kauri", task) for task in peers.KAURI] + [("nodepy", "error coefficients")]
    states = {package: fresh(peers.state, package) for package in peers.PACKAGES}
    rows = []
    for package, task in tasks:
        if states[package]:
            continue
        run, done, left = getattr(peers, package), None, limit
        for n in range(FIRST_PEER_ORDER, PEER_ORDER + 1):
            found = fresh(run, task, n, limit=limit + 30)
            if found is None:
                break
            done, left = (n, found), left - found.theirs
            if left < 4 * found.theirs:
                break
        if done is None:
            continue
        n, found = done
        rows.append(
            [
                f"{package} {peers.version(package)}",
                task,
                str(n),
                str(found.trees),
                seconds(found.theirs),
                seconds(found.ours),
                f"{found.theirs / found.ours:.0f} x",
                f"{found.difference:.0e}" if found.difference else "0",
            ]
        )
    if rows:
        print_table(["package", "task", "order", "trees", "theirs", "ours", "ratio", "largest difference"], rows)
    for package, reason in states.items():
        if reason:
            print(f"{package}: {reason}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Times of trees and B-series against their targets and other packages.")
    parser.add_argument("--large", action="store_true", help="also order 18 in float64, and more time for other packages")
    large = parser.parse_args().large
    print(f"{machine()}\n")
    costs = growth()
    print("Targets")
    print_table(["task", "measured", "target", "met", "peak memory"], [row.cells() for row in targets(costs, large)])
    print()
    compare(LARGE_PEER_SECONDS if large else PEER_SECONDS)
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
