"""Random (field, method, h, domain) problems in the plane, and their solution by a route that knows no series.

The field f_h that a method turns into the flow is found at single points: as a difference quotient of the flow where that is
exact, else by deferred correction, F <- F + (φ_h - Φ_h[F])/h, until it stands still. Flows are those of extrapolation.
"""

from __future__ import annotations

import random
from typing import NamedTuple

import numpy as np

TEMPLATES = (
    "y; {a}*x + {b}*y + {c}*x*y",
    "{a}*x + {b}*x*y; {c}*y + {d}*x*y",
    "y; {a}*y - {b}*x**2*y - x",
    "-{a}*x**3 + {b}*y**3; -{b}*x**3 - {a}*y**3",
    "-{a}*sin(y); x",
    "{a}*sin(x)*cos(y); {b}*cos(x) + {c}*y",
    "y + {a}*x**2; {b} + {c}*x - {d}*y**2",
    "{a}*tanh(x) + {b}*y; {c}*tanh(y) - x",
    "{a}*exp(-x) + {b}*y; {c}*x*y",
    "{a}/(4 + x) + {b}*y; -{c}*x + {d}",
)
METHODS = ("explicit_euler", "implicit_euler", "explicit_midpoint", "implicit_midpoint", "heun2", "kutta3", "rk4")
TABLEAUX = {
    "explicit_midpoint": ([[], [1 / 2]], [0, 1]),
    "heun2": ([[], [1]], [1 / 2, 1 / 2]),
    "kutta3": ([[], [1 / 2], [-1, 2]], [1 / 6, 2 / 3, 1 / 6]),
    "rk4": ([[], [1 / 2], [0, 1 / 2], [0, 0, 1]], [1 / 6, 1 / 3, 1 / 3, 1 / 6]),
}
DEPTHS = {2: 7, 3: 5, 4: 4}
"""How often deferred correction is repeated, by the number of stages: each time takes so many times as long."""
DEEPER = 4
"""How many more times it is repeated at most where a goal is named."""


class Problem(NamedTuple):
    equations: tuple[str, str]
    method: str
    h: float
    box: list[tuple[float, float]]

    @property
    def text(self) -> str:
        return f"x' = {self.equations[0]}; y' = {self.equations[1]}"


def problems(count: int, seed: int = 0) -> list[Problem]:
    source, found = random.Random(seed), []
    for i in range(count):
        values = {name: f"{source.uniform(0.2, 2):.2f}" for name in "abcd"}
        right = tuple(side.strip() for side in TEMPLATES[i % len(TEMPLATES)].format(**values).split(";"))
        box = []
        for _ in range(2):
            low = round(source.uniform(-1.5, 1), 2)
            box.append((low, round(low + source.uniform(0.3, 2), 2)))
        method = METHODS[(i // len(TEMPLATES) + i) % len(METHODS)]
        h = float(f"{10 ** source.uniform(-3.3, -1.7):.2g}")
        found.append(Problem(right, method, h, box))
    return found


def field(problem: Problem):
    """The right-hand side as a function of points (..., 2)."""
    code = [compile(side, "field", "eval") for side in problem.equations]
    names = {"sin": np.sin, "cos": np.cos, "tanh": np.tanh, "exp": np.exp, "__builtins__": {}}

    def f(z):
        own = names | {"x": z[..., 0], "y": z[..., 1]}
        return np.stack([eval(c, own) + 0 * z[..., 0] for c in code], axis=-1)  # templates of ours

    return f


def flow(f, z, h, rows=6):
    """φ_h(z) by extrapolation of Gragg's midpoint rule, order 2·rows (HNW II.9)."""
    table = []
    for i in range(1, rows + 1):
        n = 2 * i
        before, now = z, z + h / n * f(z)
        for _ in range(n - 1):
            before, now = now, before + 2 * h / n * f(now)
        row = [(before + now + h / n * f(now)) / 2]
        for k, older in enumerate(table[-1] if table else []):
            row.append(row[k] + (row[k] - older) / ((n / (n - 2 * (k + 1))) ** 2 - 1))
        table.append(row)
    return table[-1][-1]


def learned(problem: Problem, points, goal=np.inf):
    """f_h at the points, and how far the last correction still went: further than `goal` only where DEEPER was not enough."""
    f, h = field(problem), problem.h
    if problem.method == "explicit_euler":
        return (flow(f, points, h) - points) / h, 0.0
    if problem.method == "implicit_euler":
        return (points - flow(f, points, -h)) / h, 0.0
    if problem.method == "implicit_midpoint":
        start = points
        for _ in range(60):
            start = points - (flow(f, start, h) - start) / 2
        return (flow(f, start, h) - start) / h, float(np.abs(start + flow(f, start, h) - 2 * points).max() / h)
    A, b = TABLEAUX[problem.method]

    def corrected(z, depth):
        if depth == 0:
            return f(z)
        g = []
        for row in A:
            g.append(corrected(z + h * sum((a * k for a, k in zip(row, g)), np.zeros_like(z)), depth - 1))
        return g[0] + (flow(f, z, h) - z) / h - sum(w * k for w, k in zip(b, g))

    depth = DEPTHS[len(b)]
    before = corrected(points, depth - 1)
    for deeper in range(DEEPER + 1):
        last = corrected(points, depth + deeper)
        went = float(np.abs(last - before).max())
        if went <= goal:
            break
        before = last
    return last, went


def truth(problem: Problem, side: int = 5, goal: float = np.inf) -> tuple[float, float]:
    """(the largest |f_h - f| on a grid of the box with its corners, what of it is not certain: at most `goal`, mostly)."""
    axes = [np.linspace(a, b, side) for a, b in problem.box]
    # each correction doubles what rounding did, over h: numbers longer than a double
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2).astype(np.longdouble)
    found, uncertain = learned(problem, points, goal)
    return float(np.abs(found - field(problem)(points)).max()), uncertain
