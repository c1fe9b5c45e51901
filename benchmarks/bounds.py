"""How far bounds are above the truth: python benchmarks/bounds.py [--problems 500]

Random planar problems (tests/prediction/random_problems.py, whose truth knows no series), then the fields of docs/bounds.md at
fixed steps, then boxes of the pendulum, Lorenz and Kepler; there the truth is the largest |f_h - f| of order 10 on random points.
A bound below the truth ends the run with 1.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from timing import machine, print_table, seconds

import imde_sym as imde

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.prediction.random_problems import Problem, problems, truth

PLANAR = {
    "pendulum": (("-sin(y)", "x"), [(-1, 1), (-1, 1)]),
    "Lotka-Volterra": (("x*(2 - y)", "y*(x - 1)"), [(0.5, 1.5), (1.5, 2.5)]),
    "van der Pol": (("y", "(1 - x**2)*y - x"), [(-1, 1), (-1, 1)]),
    "cubic oscillator": (("-0.1*x**3 + 2*y**3", "-2*x**3 - 0.1*y**3"), [(-1, 1), (-1, 1)]),
    "Duffing": (("y", "x - x**3"), [(-1, 1), (-1, 1)]),
}
STEPS = (("explicit_euler", 0.02), ("explicit_midpoint", 0.002), ("explicit_midpoint", 0.005), ("explicit_midpoint", 0.02))
BOXES = (
    ("pendulum", [(-3.8, 3.8), (-1.2, 1.2)], "explicit_euler", 0.02),
    ("pendulum", [(-3.8, 3.8), (-1.2, 1.2)], "explicit_midpoint", 0.002),
    ("lorenz", [(-10, 10), (-10, 10), (15, 35)], "explicit_euler", 0.002),
    ("lorenz", [(-2, 2), (-2, 2), (20, 25)], "explicit_midpoint", 0.0005),
    ("kepler", [(0.9, 1.1), (-0.1, 0.1), (-0.1, 0.1), (0.9, 1.1)], "explicit_euler", 0.01),
    ("kepler", [(0.9, 1.1), (-0.1, 0.1), (-0.1, 0.1), (0.9, 1.1)], "explicit_midpoint", 0.002),
    ("kepler", [(0.9, 1.1), (-0.1, 0.1), (-0.1, 0.1), (0.9, 1.1)], "stoermer_verlet", 0.0005),
)
ORDER = 6


def random_problems(count: int) -> int:
    """Print factors by method; returns how many bounds are below the truth."""
    factors, infinite, wrong, widths = defaultdict(list), defaultdict(int), 0, []
    for p in problems(count):
        found = imde.bound(p.text, p.method, p.h, p.box, order=ORDER)
        true, uncertain = truth(p)
        widths.append(1 - found.terms[0] / found.terms[1])
        if not math.isfinite(found.total):
            infinite[p.method] += 1
            continue
        if true > found.total + 2 * uncertain + 1e-10:
            wrong += 1
            print(f"BELOW THE TRUTH: {p}: {found.total} < {true}")
        factors[p.method].append(found.total / true if true > 10 * uncertain + 1e-10 else math.nan)
    print_table(
        ["method", "finite", "inf", "total/true: least", "median", "90 %", "most"],
        [row(m, factors[m], infinite[m]) for m in factors],
    )
    finite = count - sum(infinite.values())
    worst = f"terms enclosed to {max(widths):.2%} at worst"
    print(f"{finite} of {count} finite ({finite / count:.0%}), {wrong} below the truth, {worst}")
    return wrong


def row(method: str, factors: list[float], infinite: int) -> list[str]:
    known = sorted(f for f in factors if not math.isnan(f))
    shown = [known[0], median(known), known[int(0.9 * (len(known) - 1))], known[-1]] if known else [math.nan] * 4
    return [method, str(len(factors)), str(infinite), *(f"{x:.4g}" for x in shown)]


def planar() -> None:
    rows = []
    for name, (sides, box) in PLANAR.items():
        for method, h in STEPS:
            p = Problem(sides, method, h, box)
            found = imde.bound(p.text, method, h, box, order=ORDER)
            rows.append([name, method, f"{h:g}", f"{found.total / truth(p)[0]:.4g}", f"{found.h0:.3g}", str(found.n)])
    print_table(["field", "method", "h", "total/true", "h0", "n"], rows)


def boxes() -> None:
    rows = []
    for system, box, method, h in BOXES:
        start = perf_counter()
        found = imde.bound(system, method, h, box, order=ORDER)
        time = perf_counter() - start
        g = imde.inverse_modified_equation(system, method, 10).lambdify()
        x = np.random.default_rng(0).uniform(*np.array(box).T, (20_000, len(box)))
        x = np.concatenate([x, np.array(np.meshgrid(*box)).reshape(len(box), -1).T])
        true = np.abs(g(x, h) - g(x, 0.0)).max()
        rows.append(
            [system, method, f"{h:g}", f"{found.total:.4g}", f"{found.total / true:.4g}", f"{found.h0:.3g}", seconds(time)]
        )
    print_table(["box", "method", "h", "total", "total/true", "h0", "time"], rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=500)
    print(machine())
    wrong = random_problems(parser.parse_args().problems)
    print()
    planar()
    print()
    boxes()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
