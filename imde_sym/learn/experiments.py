"""Tasks for studies, and the experiments of Zhu et al. (ICML 2022) as studies: `imde-sym learn`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import log
from pathlib import Path
from typing import Any

from ..errors import UnknownNameError
from ..fields import systems
from ..methods import methods
from ..verify import predict
from . import datasets
from .base import LearningError, library, mean_error
from .bias import debias
from .comparison import compare, exact_fields
from .models import mlp
from .solvers import as_method
from .study import Study, grid
from .training import fit

LIBRARIES = ("jax", "diffrax", "equinox", "optimistix")
SETTINGS: dict[str, Any] = {
    "system": None,
    "method": None,
    "T": None,
    "S": 1,
    "seed": 0,
    "data": "domain",
    "count": 800,
    "noise": 0.0,
    "width": 16,
    "depth": 1,
    "optimiser": "lm",
    "steps": 1500,
    "orders": 9,
    "order": 4,
}
"""What a cell of `train_cell` may hold; None marks what it must."""


PAIRS: dict[str, Callable[..., datasets.Dataset]] = {"domain": datasets.pairs, "trajectory": datasets.trajectory}


def train_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Make data, train a network through a solver, and hold it against f and f_h: the default task of a Study.

    cell : "system" (of the catalogue), "method" (of the catalogue, or a solver such as "diffrax.Midpoint"), "T"; and where
           they differ from SETTINGS "S", "seed" (of data and network), "data" ("domain" or "trajectory"), "count" and
           "noise" of pairs, "width" and "depth" of the network, "optimiser" and its "steps", "orders" of the
           comparison, "order" of the correction
    Returns errors (means over the data of max-norms): predicted = Error(f_h, f), against_f, against_f_h, floor (of the
    truncation of f_h), debiased; loss, training_seconds, verdict. JAX is in double precision while it runs.
    Raises UnknownNameError or LearningError for a cell that is not so, and what the steps raise.
    """
    if unknown := [name for name in cell if name not in SETTINGS]:
        raise UnknownNameError("setting", unknown[0], SETTINGS)
    given = SETTINGS | dict(cell)
    if missing := [name for name, value in given.items() if value is None]:
        raise LearningError(f"the cell needs a {missing[0]!r}")
    field, solver = systems[given["system"]], _solver(given["method"])
    with _double():
        h = given["T"] / given["S"]
        if given["data"] not in PAIRS:
            raise UnknownNameError("kind of data", given["data"], PAIRS)
        data = PAIRS[given["data"]](field, given["T"], given["count"], noise=given["noise"], seed=given["seed"])
        network = mlp(field.dimension, given["width"], given["depth"], seed=given["seed"] + 1)
        result = fit(data, network, solver, S=given["S"], optimiser=given["optimiser"], steps=given["steps"], seed=given["seed"])
        found = compare(result.model, field, solver, h, orders=given["orders"], points=data.x)
        corrected = debias(result.model, solver, h, given["order"])
        truth = exact_fields(field, as_method(solver), 1)(data.x, h, 1)
        return {
            "predicted": found.expected,
            "against_f": found.errors[0],
            "against_f_h": found.errors[-1],
            "floor": found.floors[-1],
            "debiased": mean_error(corrected(data.x), truth),
            "loss": result.loss,
            "training_seconds": result.seconds,
            "verdict": found.verdict,
        }


def predict_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    """What training to perfection would give, without training: `verify.predict` for "system", "method", "T" and "S".

    Returns "predicted" and "largest", the mean and the maximum over the catalogue's domain of |f_h - f|.
    """
    row = predict(systems[cell["system"]], methods[cell["method"]], cell["T"], cell.get("S", 1)).rows[0]
    return {"predicted": row.mean, "largest": row.sup}


@dataclass(frozen=True)
class Experiment:
    """A named study: cells = the product of `axes`, and `more`; `small` are the changes for a run of a minute."""

    title: str
    axes: Mapping[str, Any]
    more: Sequence[Mapping[str, Any]] = ()
    small: Mapping[str, Any] | None = None

    def study(self, quick: bool = False, store: str | Path | None = None) -> Study:
        """The Study; with `quick` fewer times, data and steps. Raises MissingLibraryError without the extra `learn`."""
        for name in LIBRARIES:
            library(name, "training")
        parts = [{**self.axes, **(self.small or {})}] if quick else [self.axes, *self.more]
        cells = [cell for axes in parts for cell in grid({"S": 1, **axes})]
        return Study(cells, train_cell, store)


SOLVERS = ["diffrax.Euler", "diffrax.Midpoint"]
SMALL = {"count": 400, "steps": 500}
SHORT = [0.005, 0.01, 0.02]
"""Times for the fields whose expansion of f_h diverges soon."""
EXPERIMENTS: dict[str, Experiment] = {
    "pendulum-errors": Experiment(
        "pendulum: errors against T and S, after figure 1 of Zhu et al.",
        {"system": "pendulum", "method": SOLVERS, "T": [0.02, 0.04, 0.08, 0.16]},
        [{"system": "pendulum", "method": SOLVERS, "T": 0.16, "S": [2, 4]}],
        {"T": [0.04, 0.08]} | SMALL,
    ),
    "cubic-errors": Experiment(
        "damped cubic oscillator: errors against T",
        {"system": "damped_cubic_oscillator", "method": SOLVERS, "T": SHORT, "width": 24, "orders": 6},
        small={"T": SHORT[1:]} | SMALL,
    ),
    "lorenz-errors": Experiment(
        "scaled Lorenz system: errors against T along one trajectory",
        {"system": "lorenz_scaled", "data": "trajectory", "method": SOLVERS, "T": SHORT, "width": 24, "orders": 6},
        small={"T": SHORT[1:]} | SMALL,
    ),
}
COLUMNS = ("method", "T", "S", "predicted", "against_f", "against_f_h", "floor", "debiased")


def report(study: Study) -> str:
    """The table of an experiment, and the observed powers of T in the error against f."""
    lines = [study.table(*COLUMNS)]
    rows = sorted((r for r in study.results() if r["S"] == 1), key=lambda r: (r["method"], r["T"]))
    for method, group in groupby(rows, key=lambda r: r["method"]):
        own = list(group)
        powers = [log(b["against_f"] / a["against_f"]) / log(b["T"] / a["T"]) for a, b in pairwise(own)]
        if powers:
            expected = as_method(_solver(method)).order
            found = ", ".join(f"{p:.2f}" for p in powers)
            lines.append(f"{method}: error against f grows with T to the power {found} (expected {expected})")
    return "\n".join(lines)


def experiment(name: str) -> Experiment:
    """An experiment by name. Raises UnknownNameError."""
    if name not in EXPERIMENTS:
        raise UnknownNameError("experiment", name, EXPERIMENTS, "imde-sym learn")
    return EXPERIMENTS[name]


def _solver(name: str) -> Any:
    """A method of the catalogue, or "diffrax.Midpoint" and the like."""
    kind, dot, own = name.partition(".")
    if not dot:
        return methods[name]
    solvers = library("diffrax", "training through a solver")
    found = getattr(solvers, own, None) if kind == "diffrax" else None
    if not (isinstance(found, type) and issubclass(found, solvers.AbstractSolver)):
        raise UnknownNameError("solver", name, [f"diffrax.{n}" for n in dir(solvers) if n[0].isupper()])
    return found()


def _double() -> Any:
    """A context in which JAX is in double precision; the caller's setting comes back after it."""
    jax = library("jax", "training")
    home = jax if hasattr(jax, "enable_x64") else importlib.import_module("jax.experimental")  # the latter in older versions
    return home.enable_x64(True)
