"""What `learn.debias` gains on networks that were trained by other people's loops, and what `learn.explain` says of it before.

    python benchmarks/debias.py [--quick] [--save FILE] [--report FILE]

Each cell is a system, a method, a noise level, a seed and a library: a tanh network is trained on pairs (x, φ_T(x)) by a plain
loop written here, L-BFGS in torch or Levenberg-Marquardt in JAX, which knows nothing of this package. T makes the solver's
error ten times the floor of the training: the error that the same network and loop leave when they are shown the field itself.
Noise is Gaussian on y, in units of the solver's error over one step. `explain` sees held-out pairs, each the mean of 16
repetitions; the truth is the mean of the max-norm of the difference to the true field at other points. The gain of a model that
`debias` refuses to correct counts as 1. Cells come so that each system, method and noise level is there once, in torch with
the first seed, before JAX and the other seed. Beside it, for
noise-free cells: the same training through a method of higher order, through four substeps, and Richardson's extrapolation of
two models (h and h/2). Every cell is written to FILE when it is done; cells that are there are not run again, so an
interrupted run goes on. `--quick` runs 16 cells, of 5 seconds of one core each (measured on nine of them).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

import jax
import jax.flatten_util
import numpy as np
import torch
from scipy.stats import spearmanr

import imde_sym as imde
from imde_sym import learn
from imde_sym.base.spread import sample
from imde_sym.fields.domain import box_of

jax.config.update("jax_enable_x64", True)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

HODGKIN_HUXLEY = imde.VectorField(
    # V in units of 100 mV from rest, time in units of 10 ms; gates relax by smooth sigmoids of V (after Hodgkin and Huxley 1952)
    "v' = 2*(0.6 - 12*m**3*u*(v - 1.15) - 3.6*n**4*(v + 0.12) - 0.3*(v - 0.106));"
    "m' = 6*(1/(1 + exp(-(v - 0.25)*10)) - m); u' = 1.5*(1/(1 + exp((v - 0.05)*12)) - u);"
    "n' = 2*(1/(1 + exp(-(v - 0.12)*7)) - n)",
    name="hodgkin_huxley_scaled",
)
SYSTEMS: dict[str, tuple[Any, Any]] = {
    "pendulum": (imde.systems["pendulum"], None),
    "lotka_volterra": (imde.systems["lotka_volterra"], None),
    "van_der_pol": (imde.systems["van_der_pol"], None),
    "lorenz_scaled": (imde.systems["lorenz_scaled"], None),
    "kepler": (imde.systems["kepler"], [(0.7, 1.3), (0.7, 1.3), (-0.7, 0.7), (-0.7, 0.7)]),
    "henon_heiles": (imde.systems["henon_heiles"], None),
    "damped_cubic": (imde.systems["damped_cubic_oscillator"], [(-1.5, 1.5), (-1.5, 1.5)]),
    "hodgkin_huxley": (HODGKIN_HUXLEY, [(-0.1, 1.0), (0.05, 0.95), (0.05, 0.6), (0.3, 0.75)]),
}
LEAPFROG = imde.PartitionedTableau(
    [
        imde.ButcherTableau([[0, 0, 0], [0, 0, 0], [0, 1, 0]], [0, 1, 0], name="drift"),
        imde.ButcherTableau([[0, 0, 0], ["1/2", 0, 0], ["1/2", 0, 0]], ["1/2", 0, "1/2"], name="kick"),
    ],
    name="leapfrog_of_a_network",
)
"""Kick, drift, kick as loops have it: each with all of the network's present values, so explicit."""
PARTS = {"pendulum": [[1], [0]], "kepler": [[0, 1], [2, 3]], "henon_heiles": [[0, 1], [2, 3]]}
METHODS = {"euler": "explicit_euler", "midpoint": "explicit_midpoint", "rk4": "rk4", "leapfrog": LEAPFROG}
ORDERS = {"euler": 1, "midpoint": 2, "rk4": 4, "leapfrog": 2}
HIGHER = {"euler": "midpoint", "midpoint": "rk4", "leapfrog": "rk4"}
QUICK = ("pendulum", "van_der_pol")
NOISES = (0.0, 0.1, 1.0)
SEEDS = (0, 1)
LIBRARIES = ("torch", "jax")
RATIO = 10.0
"""Of the solver's error to the floor."""
COUNT, HELD, REPEATED, TESTED = 256, 128, 16, 512
WIDTH = 24
BUDGET = {"torch": 800, "jax": 250}
"""Iterations of a training."""


def take_steps(name: str, g: Callable[[Any], Any], x: Any, h: Any, steps: int, split: tuple[Any, Any] | None) -> Any:
    """The loops' own solvers, for arrays of any library; `split` are masks of ones for q and p."""
    for _ in range(steps):
        if name == "euler":
            x = x + h * g(x)
        elif name == "midpoint":
            x = x + h * g(x + h / 2 * g(x))
        elif name == "rk4":
            a = g(x)
            b = g(x + h / 2 * a)
            c = g(x + h / 2 * b)
            x = x + h / 6 * (a + 2 * b + 2 * c + g(x + h * c))
        else:
            assert split is not None
            q, p = split
            x = x + h / 2 * p * g(x)
            x = x + h * q * g(x)
            x = x + h / 2 * p * g(x)
    return x


class Net(torch.nn.Module):
    """A tanh network with inputs scaled to the box and outputs to the size of the field."""

    def __init__(self, middle: Any, half: Any, size: Any, seed: int):
        super().__init__()
        torch.manual_seed(seed)
        d = len(middle)
        self.body = torch.nn.Sequential(torch.nn.Linear(d, WIDTH), torch.nn.Tanh(), torch.nn.Linear(WIDTH, d))
        for name, value in (("center", middle), ("radius", half), ("size", size)):
            self.register_buffer(name, torch.tensor(value))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The field."""
        return self.size * self.body((x - self.center) / self.radius)


def torch_loop(task: Mapping[str, Any], residual: Callable[..., Any]) -> Any:
    """A plain loop: L-BFGS, all data in each step."""
    net = Net(*task["scale"], task["seed"])
    x, y = torch.tensor(task["x"]), torch.tensor(task["y"])
    run = torch.optim.LBFGS(
        net.parameters(),
        max_iter=BUDGET["torch"],
        history_size=60,
        line_search_fn="strong_wolfe",
        tolerance_grad=0,
        tolerance_change=0,
    )

    def closure() -> Any:
        run.zero_grad()
        loss = (residual(net, x, y, torch.tensor) ** 2).sum(-1).mean()
        loss.backward()
        return loss

    run.step(closure)
    return net.eval()


def jax_loop(task: Mapping[str, Any], residual: Callable[..., Any]) -> Any:
    """A plain loop: Levenberg-Marquardt with dense normal equations."""
    jnp, rng = jax.numpy, np.random.default_rng(task["seed"])
    middle, half, size = map(jnp.asarray, task["scale"])
    d = len(middle)
    start = {
        "a": rng.standard_normal((WIDTH, d)) / d**0.5, "b": rng.standard_normal(WIDTH) / 2,
        "c": rng.standard_normal((d, WIDTH)) / WIDTH**0.5, "e": np.zeros(d),
    }  # fmt: skip
    theta, unravel = jax.flatten_util.ravel_pytree(jax.tree_util.tree_map(jnp.asarray, start))

    def model(weights: Any) -> Callable[[Any], Any]:
        w = unravel(weights)
        return lambda z: size * (jnp.tanh((z - middle) / half @ w["a"].T + w["b"]) @ w["c"].T + w["e"])

    def defect(weights: Any, x: Any, y: Any) -> Any:
        return residual(model(weights), x, y, jnp.asarray)

    @jax.jit
    def normal(weights: Any) -> tuple[Any, Any, Any]:
        rows = jax.vmap(lambda x, y: (jax.jacrev(defect)(weights, x, y), defect(weights, x, y)))(x, y)
        J, r = rows[0].reshape(-1, theta.size), rows[1].ravel()
        return J.T @ J, J.T @ r, r @ r

    @jax.jit
    def attempt(weights: Any, A: Any, g: Any, damping: Any) -> tuple[Any, Any]:
        scale = jnp.maximum(jnp.diag(A), 1e-6 * jnp.max(jnp.diag(A)))
        trial = weights - jnp.linalg.solve(A + damping * jnp.diag(scale), g)
        return trial, jnp.sum(jax.vmap(lambda x, y: defect(trial, x, y))(x, y) ** 2)

    x, y = jnp.asarray(task["x"]), jnp.asarray(task["y"])
    A, g, loss = normal(theta)
    damping = 1.0
    for _ in range(BUDGET["jax"]):
        trial, found = attempt(theta, A, g, damping)
        if found < loss:
            theta, damping = trial, damping / 3
            A, g, loss = normal(theta)
        else:
            damping *= 3
        if damping > 1e12:
            break
    return model(theta)


LOOPS = {"torch": torch_loop, "jax": jax_loop}


def values(model: Any, x: np.ndarray) -> np.ndarray:
    """A model of either library, or a corrected one, at points (N, d)."""
    if isinstance(model, torch.nn.Module):
        with torch.no_grad():
            return np.asarray(model(torch.tensor(x)))
    return np.asarray(model(jax.numpy.asarray(x)))


FLOORS: dict[tuple[str, str, int], float] = {}


class Problem:
    """A system with its points, its true field, and the floor of each loop on it."""

    def __init__(self, name: str, seed: int):
        self.name, self.seed = name, seed
        self.field, box = SYSTEMS[name]
        self.box = box_of(self.field, box, imde.errors.LearningError)
        self.train, self.held, self.test = (
            sample(self.box, n, "sobol", 100 * seed + k) for k, n in enumerate((COUNT, HELD, TESTED))
        )
        self.truth = imde.modified_equation(self.field, "explicit_euler", 1).lambdify("numpy", h=0.1)
        low, high = np.array(self.box).T
        size = np.sqrt(np.mean(self.truth(self.train) ** 2, axis=0)) + 1e-3
        self.scale = ((low + high) / 2, (high - low) / 2, size)
        self.flow = learn.BatchFlow.of(self.field)

    def error(self, model: Any) -> float:
        """Mean of the max-norm at the test points."""
        return learn_error(values(model, self.test), self.truth(self.test))

    def floor(self, library: str) -> float:
        """What the loop leaves where it is shown the field itself."""
        key = self.name, library, self.seed
        if key not in FLOORS:
            task = {"x": self.train, "y": self.truth(self.train), "scale": self.scale, "seed": self.seed}
            FLOORS[key] = self.error(LOOPS[library](task, lambda g, x, y, _: g(x) - y))
        return FLOORS[key]

    def step(self, method: str, library: str) -> float:
        """T for which the leading error term of the method is RATIO times the floor; below where the series ends."""
        p = ORDERS[method]
        parts = None if method != "leapfrog" else [[self.field.variables[i] for i in part] for part in PARTS[self.name]]
        F = imde.inverse_modified_equation(self.field, METHODS[method], p + 1, parts)
        g = F.lambdify("numpy", part="correction")
        trial = 1e-2
        size = learn_error(g(self.test, trial), 0 * self.test) / trial**p
        return float(min((RATIO * self.floor(library) / size) ** (1 / p), 1 / self.stiffness()))

    def stiffness(self) -> float:
        """The mean size of the field's Jacobian."""
        _, J = imde.modified_equation(self.field, "explicit_euler", 1).lambdify("numpy", jacobian=True)(self.test, 0.1)
        return float(np.mean(np.linalg.norm(J, 2, axis=(-2, -1))))


def learn_error(first: Any, second: Any) -> float:
    """Mean over points of the max-norm."""
    return float(np.mean(np.max(np.abs(np.asarray(first) - np.asarray(second)), axis=-1)))


def run(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Train, explain, correct, and hold all of it against the truth."""
    own, method, library = Problem(cell["system"], cell["seed"]), cell["method"], cell["library"]
    start, floor = perf_counter(), own.floor(library)
    h, rng = own.step(method, library), np.random.default_rng(cell["seed"])
    noise = cell["noise"] * RATIO * floor * h
    mask = None
    if method == "leapfrog":
        mask = tuple(np.isin(np.arange(len(own.box)), part).astype(float) for part in PARTS[own.name])

    def trained(name: str, steps: int = 1, span: float = 1.0) -> Any:
        T = span * h
        y = own.flow(own.train, T) + noise * rng.standard_normal(own.train.shape)

        def residual(g: Any, x: Any, y: Any, array: Any) -> Any:
            split = None if mask is None else tuple(map(array, mask))
            return (take_steps(name, g, x, T / steps, steps, split) - y) / T

        return LOOPS[library]({"x": own.train, "y": y, "scale": own.scale, "seed": cell["seed"]}, residual)

    began = perf_counter()
    model = trained(method)
    training = perf_counter() - began
    x = own.held
    y = own.flow(x, h) + noise / REPEATED**0.5 * rng.standard_normal(x.shape)
    options: dict[str, Any] = {"parts": PARTS[own.name]} if mask is not None else {}
    pair = (torch.tensor(x), torch.tensor(y)) if library == "torch" else (jax.numpy.asarray(x), jax.numpy.asarray(y))
    before, row = own.error(model), dict[str, Any]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = learn.explain(model, METHODS[method], h, *pair, **options)
        forced = learn.debias(model, METHODS[method], h, x=pair[0], y=pair[1], force=True, **options)
        try:
            learn.debias(model, METHODS[method], h, x=pair[0], y=pair[1], **options)
        except imde.errors.LearningError as refusal:
            row["refused"] = str(refusal)[:200]
    after = own.error(forced)
    row |= {
        "h": h, "floor": floor, "before": before, "after": after, "observed": before / after, "predicted": found.gain,
        "bias": found.bias, "remaining": found.remaining, "training_error": found.training_error, "order": found.order,
        "training_seconds": training,
    }  # fmt: skip
    if not cell["noise"] and cell["alternatives"]:
        if method in HIGHER:
            row["higher_order"] = own.error(trained(HIGHER[method]))
        row["four_substeps"] = own.error(trained(method, 4))
        half, p = values(trained(method, 1, 0.5), own.test), ORDERS[method]
        both = (2**p * half - values(model, own.test)) / (2**p - 1)
        row["richardson"] = learn_error(both, own.truth(own.test))
    return row | {"seconds": perf_counter() - start}


def cells(quick: bool) -> Iterator[dict[str, Any]]:
    """The grid; the quick subset is part of it."""
    chosen = product(SEEDS[:1] if quick else SEEDS, LIBRARIES, NOISES[:2] if quick else NOISES, QUICK if quick else SYSTEMS)
    for seed, library, noise, system in chosen:
        for method in ("euler", "midpoint") if quick else METHODS:
            if method != "leapfrog" or system in PARTS:
                names = {"system": system, "method": method, "noise": noise, "seed": seed, "library": library}
                yield names | {"alternatives": library == "torch" and seed == 0}


CRITERIA: dict[str, Callable[[Any], bool]] = {
    "spearman": lambda found: found is not None and found > 0.9,
    "noise_free_within_3": lambda found: found is not None and found >= 0.9,
    "false_promises": lambda found: found == 0,
}
"""Asked of the predictions: their ranks, their ratio to what is observed, no promise to a model that becomes worse."""


def report(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures that the rows come to."""
    predicted, observed = (np.array([r[k] for r in rows]) for k in ("predicted", "observed"))
    gains = np.array([1.0 if "refused" in r else r["observed"] for r in rows])
    telling = np.maximum(predicted, observed) > 1.5
    clean = np.array([not r["noise"] for r in rows])
    ratio = predicted / np.maximum(observed, 1.0)
    within = (ratio < 3) & (ratio > 1 / 3)
    found: dict[str, Any] = {
        "cells": len(rows),
        "gain_median": float(np.median(gains)),
        "gain_worst": float(gains.min()),
        "refused": sum("refused" in r for r in rows),
        "spearman": float(spearmanr(predicted[telling], observed[telling]).statistic) if telling.sum() > 2 else None,
        "telling_cells": int(telling.sum()),
        "noise_free_within_3": float(within[clean].mean()) if clean.any() else None,
        "false_promises": int(np.sum((predicted > 1.2) & (observed <= 0.98))),
        "hours": sum(r["seconds"] for r in rows) / 3600,
    }
    for noise in sorted({r["noise"] for r in rows}):
        own = gains[[r["noise"] == noise for r in rows]]
        found[f"gain_at_noise_{noise:g}"] = {"median": float(np.median(own)), "worst": float(own.min())}
    for name in ("higher_order", "four_substeps", "richardson"):
        own = [r["before"] / r[name] for r in rows if name in r]
        found[f"gain_of_{name}"] = float(np.median(own)) if own else None
    own = [r["observed"] for r in rows if "four_substeps" in r]
    found["gain_of_debias_beside_them"] = float(np.median(own)) if own else None
    found["seeds_and_libraries"] = sorted({f"seed {r['seed']}, {r['library']}, noise {r['noise']:g}" for r in rows})
    found["cells_of_the_grid"] = sum(1 for _ in cells(False))
    return found | {"met": {name: holds(found[name]) for name, holds in CRITERIA.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="8 trainings and their noisy twins")
    parser.add_argument("--save", type=Path, help="file of the rows, which goes on where it stands")
    parser.add_argument("--report", type=Path, help="only report on a file")
    options = parser.parse_args()
    path = options.report or options.save
    known = json.loads(path.read_text(encoding="utf-8"))["rows"] if path and path.exists() else []
    done = {json.dumps(r["cell"], sort_keys=True) for r in known}
    rows, start = list(known), perf_counter()
    try:
        for cell in [] if options.report else cells(options.quick):
            if json.dumps(cell, sort_keys=True) in done:
                continue
            try:
                row = {"cell": cell, **cell, **run(cell)}
            except imde.errors.ImdeError as failure:
                print(f"{cell}: {failure}", flush=True)
                continue
            rows.append(row)
            print(
                "{system:>16} {method:>9} {library:>6} noise {noise:<4g} h {h:<8.3g} before {before:.1e} after {after:.1e} "
                "gain {observed:<7.3g} predicted {predicted:<7.3g} {seconds:.0f} s".format(**row),
                flush=True,
            )
            if options.save:
                about = {"machine": platform.machine(), "cores": os.cpu_count(), "report": report(rows), "rows": rows}
                options.save.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    except KeyboardInterrupt:
        print("interrupted; so far:")
    if rows:
        print(json.dumps(report(rows), indent=1))
    print(f"{perf_counter() - start:.0f} s on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
