"""The seed paper's experiments at a small size: python benchmarks/learning.py [--save FOLDER]

A tanh network of 82 weights is trained on the pendulum through explicit Euler and the explicit midpoint rule by
Levenberg-Marquardt. What it learns is held against the ODE, against the inverse modified equation and
against the prediction; then it is de-biased. Needs the extra `learn`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
from pathlib import Path
from time import perf_counter
from typing import Any

import diffrax
import jax
import numpy as np
from timing import print_table

import imde_sym as imde
from imde_sym import learn

SOLVERS = {"Euler": diffrax.Euler(), "Midpoint": diffrax.Midpoint()}
TIMES = (0.02, 0.04, 0.08, 0.16)
STEPS = (1, 2, 4)
FIELD = imde.systems["pendulum"]
ORDER = 9


def distance(first: np.ndarray, second: np.ndarray) -> float:
    """The mean over the points of the max-norm of the difference."""
    return float(np.abs(first - second).max(axis=1).mean())


def run(name: str, T: float, S: int) -> dict[str, Any]:
    """Train once; errors of the network against f, f_h and after de-biasing."""
    start, solver, h = perf_counter(), SOLVERS[name], T / S
    data = learn.datasets.pairs(FIELD, T, 800, seed=1)
    result = learn.fit(data, learn.mlp(2, seed=2), solver, S=S, steps=1500)
    seconds = perf_counter() - start
    equation = imde.inverse_modified_equation(FIELD, learn.solvers.as_method(solver), ORDER).lambdify()
    f, f_h = equation(data.x, 0.0), equation(data.x, h)
    field = np.asarray(jax.vmap(result.model)(data.x))
    plain = np.asarray(jax.vmap(learn.debias(result.model, solver, h, 4))(data.x))
    return {
        "solver": name,
        "T": T,
        "S": S,
        "predicted": distance(f_h, f),
        "against_f": distance(field, f),
        "against_f_h": distance(field, f_h),
        "debiased": distance(plain, f),
        "loss": result.loss,
        "seconds": seconds,
    }


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    for ax, name in zip(figure.subplots(1, 2, sharey=True), SOLVERS, strict=True):
        own = [r for r in rows if r["solver"] == name and r["S"] == 1]
        T = [r["T"] for r in own]
        for key, style, label in (
            ("predicted", "k--", "predicted Error(f_h, f)"),
            ("against_f", "o", "Error(model, f)"),
            ("against_f_h", "s", "Error(model, f_h)"),
            ("debiased", "^", "Error(de-biased model, f)"),
        ):
            ax.loglog(T, [r[key] for r in own], style, label=label)
        ax.set(title=f"pendulum through {name}", xlabel="T")
        ax.legend()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", type=Path, help="folder for the figures as JSON and SVG")
    options = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    cells = [(name, T, 1) for name in SOLVERS for T in TIMES] + [(name, 0.16, S) for name in SOLVERS for S in STEPS[1:]]
    rows = [run(*cell) for cell in cells]
    keys = ("predicted", "against_f", "against_f_h", "debiased")
    head = ["solver", "T", "S", *keys, "seconds"]
    table = [[r["solver"], str(r["T"]), str(r["S"]), *(f"{r[k]:.3e}" for k in keys), f"{r['seconds']:.1f}"] for r in rows]
    print_table(head, table)
    for name in SOLVERS:
        own = [r["against_f"] for r in rows if r["solver"] == name and r["S"] == 1]
        slopes = [math.log2(b / a) for a, b in itertools.pairwise(own)]
        print(f"{name}: slopes in T {', '.join(f'{s:.2f}' for s in slopes)}")
    if options.save:
        options.save.mkdir(parents=True, exist_ok=True)
        (options.save / "pendulum_errors.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        plot(rows, options.save / "pendulum_errors.svg")


if __name__ == "__main__":
    main()
