"""How far bounds are above the truth: python benchmarks/bounds.py [--problems 500] [--learners 35] [--save results.jsonl]

Random planar problems (tests/prediction/random_problems.py, whose truth knows no series: deferred correction down to 1e-10), then
the fields of docs/bounds.md at fixed steps, then boxes of the pendulum, Lorenz and Kepler; there the truth is the largest
|f_h - f| of order 10 on random points; and networks with random features that were fitted to what is learned in such problems,
against samples of their errors and of what their steps miss. With --save each problem is a line of that file, and lines that are
there are not worked out again. A bound below the truth ends the run with 1.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

import numpy as np
from timing import machine, print_table, seconds

import imde_sym as imde

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.prediction.random_problems import Problem, field, flow, problems, truth

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
CONVERGED = 1e-10
"""How far deferred correction may still go."""


class Result(NamedTuple):
    """What is found for one random problem."""

    method: str
    h: float
    total: float
    true: float
    uncertain: float
    width: float
    seconds: float
    why: str


def solved(p: Problem) -> Result:
    start = perf_counter()
    found = imde.bound(p.text, p.method, p.h, p.box, order=ORDER)
    spent = perf_counter() - start
    true, uncertain = truth(p, goal=CONVERGED)
    width = 1 - found.terms[0] / found.terms[1]
    return Result(p.method, p.h, found.total, true, uncertain, width, spent, found.why)


def results(count: int, saved: Path | None) -> list[Result]:
    """The results of the first so many problems; those that the file has are read from it, and the others written to it."""
    known: list[Result] = []
    if saved is not None and saved.exists():
        known = [Result(*json.loads(line)) for line in saved.read_text().splitlines()]
    for p in problems(count)[len(known) :]:
        known.append(solved(p))
        if saved is not None:
            with saved.open("a") as file:
                file.write(json.dumps(known[-1]) + "\n")
    return known[:count]


def random_problems(count: int, saved: Path | None) -> int:
    """Print factors by method; returns how many bounds are below the truth."""
    found = results(count, saved)
    low = [r for r in found if r.true > r.total + 2 * r.uncertain + CONVERGED]
    for r in low:
        print(f"BELOW THE TRUTH: problem {found.index(r)}: {r}")
    names = sorted({r.method for r in found})
    print_table(
        ["method", "finite", "inf", "total/true: least", "median", "90 %", "most"],
        [row(m, [r for r in found if r.method == m]) for m in names],
    )
    finite, open_ = sum(math.isfinite(r.total) for r in found), sum(r.uncertain > CONVERGED for r in found)
    print(
        f"{finite} of {count} finite ({finite / count:.0%}), {len(low)} below the truth, terms enclosed to "
        f"{max(r.width for r in found):.2%} at worst; the truth is known to {CONVERGED:g} but for {open_} "
        f"({max(r.uncertain for r in found):.1g} at worst); a bound takes {median(r.seconds for r in found):.2f} s, "
        f"{max(r.seconds for r in found):.1f} s at most"
    )
    return len(low)


def row(method: str, found: list[Result]) -> list[str]:
    finite = [r for r in found if math.isfinite(r.total)]
    known = sorted(r.total / r.true for r in finite if r.true > 10 * r.uncertain + CONVERGED)
    factors = [known[0], median(known), known[int(0.9 * (len(known) - 1))], known[-1]] if known else [math.nan] * 4
    return [method, str(len(finite)), str(len(found) - len(finite)), *(f"{x:.4g}" for x in factors)]


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


def learners(count: int) -> int:
    """Print by method how far enclosures of fitted networks are above samples; returns how many are below one."""
    source, found, below = np.random.default_rng(0), {}, 0
    for p in problems(count, seed=5):
        f, g = field(p), imde.inverse_modified_equation(p.text, p.method, 5).lambdify()
        W, c = source.normal(size=(int(source.choice([4, 8, 16])), 2)), source.normal(size=2)
        b, x = source.normal(size=len(W)), source.uniform(*np.array(p.box).T, (1500, 2))
        V, *_ = np.linalg.lstsq(np.tanh(x @ W.T + b), g(x, p.h) - c, rcond=1e-8)
        V += source.normal(size=V.shape) * 10 ** source.uniform(-8, -2)
        network = imde.learn.network_field([(W, b), "tanh", (V.T, c)], "x, y")
        start = perf_counter()
        bound = imde.bound(p.text, p.method, p.h, p.box, order=5, learner=network)
        time = perf_counter() - start
        z = np.stack(np.meshgrid(*[np.linspace(*side, 41) for side in p.box]), -1).reshape(-1, 2)
        values, landed = np.tanh(z @ W.T + b) @ V + c, imde.integrate(p.method, network, z, p.h, 1)[-1]
        true = [np.abs(values - f(z)).max(), np.abs(values - g(z, p.h)).max(), np.abs(landed - flow(f, z, p.h)).max() / p.h]
        own = [bound.error[1], bound.distance[1], bound.residual]
        below += any(high < t * (1 - 1e-9) - CONVERGED for high, t in zip(own, true, strict=True))
        factors = [high / t for high, t in zip([*own, bound.theorem], [*true, true[0]], strict=True)]
        found.setdefault(p.method, []).append([*factors, time])
    head = ["method", *(f"{name}: median, most" for name in ("error", "distance", "residual", "theorem", "seconds"))]
    print_table(head, [[m, *(f"{median(k):.4g}, {max(k):.4g}" for k in zip(*rows, strict=True))] for m, rows in found.items()])
    return below


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=500)
    parser.add_argument("--learners", type=int, default=35)
    parser.add_argument("--save", type=Path)
    given = parser.parse_args()
    print(machine())
    wrong = random_problems(given.problems, given.save)
    print()
    planar()
    print()
    boxes()
    print()
    wrong += learners(given.learners)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
