"""The experiments of Zhu et al. (ICML 2022), and some beside them, as studies: `imde-sym learn`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from ..base.errors import UnknownNameError
from ..learn.backends import library
from ..learn.cells import coefficient_cell, flow_cell, hamiltonian_cell, named_solver, train_cell
from ..learn.study import Study
from ..method import as_method
from ..plots.learning import Row, plot_coefficients, plot_energies, plot_errors, plot_floors, plot_portraits
from ..studies.running import Task
from ..studies.study import grid

LIBRARIES = ("jax", "diffrax", "equinox", "optimistix")


@dataclass(frozen=True)
class Experiment:
    """A named study: cells = the product of `axes`, and `more`; `small` are the changes for a run of a minute.

    full    : the changes for the size of the paper, best on a GPU
    columns : of its table;  summary : rows -> lines below it;  plot : rows -> a matplotlib Figure

    >>> experiment = EXPERIMENTS["pendulum-errors"]
    >>> experiment.title
    'pendulum: errors against T and S, after figure 1 of Zhu et al.'
    """

    title: str
    task: Task
    axes: Mapping[str, Any]
    columns: Sequence[str]
    plot: Callable[[Sequence[Row]], Any]
    more: Sequence[Mapping[str, Any]] = ()
    small: Mapping[str, Any] | None = None
    full: Mapping[str, Any] | None = None
    summary: Callable[[Sequence[Row]], Iterable[str]] = lambda _: ()

    def study(self, size: str = "normal", store: str | Path | None = None) -> Study:
        """The Study in a size: "quick", "normal" or "full". Raises MissingLibraryError without the extra `learn`.

        >>> import optax  # of the extra learn
        >>> len(EXPERIMENTS["pendulum-errors"].study("quick"))
        4
        """
        for name in LIBRARIES:
            library(name, "training")
        changes = {"quick": self.small, "normal": None, "full": self.full}
        if size not in changes:
            raise UnknownNameError("size", size, changes)
        parts = [self.axes] if size == "quick" else [self.axes, *self.more]
        cells = [cell for axes in parts for cell in grid({"S": 1, **axes, **(changes[size] or {})})]
        return Study(cells, self.task, store)

    def report(self, study: Study) -> str:
        """The table, and what is to be seen in it.

        >>> import optax  # of the extra learn
        >>> experiment = EXPERIMENTS["pendulum-errors"]
        >>> print(experiment.report(experiment.study("quick")))
        4 cell(s) are waiting
        """
        return "\n".join([study.table(*self.columns), *self.summary(study.results())])


def slopes(rows: Sequence[Row]) -> Iterable[str]:
    """For each method the power of T in the error against f, fitted to all T, beside that of the prediction."""
    for method, own in by_method(row for row in rows if row["S"] == 1):
        times = sorted({row["T"] for row in own})
        if len(times) > 1:
            order = as_method(named_solver(method)).order
            found, predicted = (power(times, [mean_at(own, T, key) for T in times]) for key in ("against_f", "predicted"))
            yield f"{method}: error against f grows like T^{found:.2f} (predicted {predicted:.2f}, order {order})"


def by_method(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """The rows of each method, in the order of their times."""
    ordered = sorted(rows, key=lambda row: (row["method"], row["T"], row["S"]))
    return [(method, list(own)) for method, own in groupby(ordered, key=lambda row: row["method"])]


def mean_at(rows: Sequence[Row], T: float, key: str) -> float:
    """The mean over the seeds."""
    return fmean(row[key] for row in rows if row["T"] == T)


def power(x: Sequence[float], y: Sequence[float]) -> float:
    """The least-squares slope in doubly logarithmic axes."""
    return float(np.polyfit([log(v) for v in x], [log(v) for v in y], 1)[0])


SOLVERS = ["diffrax.Euler", "diffrax.Midpoint"]
SEEDS = [0, 1, 2]
SMALL = {"count": 400, "steps": 500, "seed": 0}
NARROW = SMALL | {"width": 16, "steps": 150}
"""Where the network is a wide one: a step of Levenberg-Marquardt costs the square of its weights."""
PAPER = {"width": 128, "count": 10_000, "optimiser": "adam", "steps": 100_000, "seed": [0, 1, 2, 3, 4]}
SHORT = [0.005, 0.01, 0.02]
"""Times for the fields whose expansion of f_h diverges soon."""
ERRORS = ("method", "T", "S", "seed", "predicted", "against_f", "against_f_h", "floor", "debiased")
FLOWS = ("method", "T", "learned_from_imde", "learned_from_true")
EXPERIMENTS: dict[str, Experiment] = {
    "pendulum-errors": Experiment(
        "pendulum: errors against T and S, after figure 1 of Zhu et al.",
        train_cell,
        {"system": "pendulum", "method": SOLVERS, "T": [0.02, 0.04, 0.08, 0.16], "seed": SEEDS},
        ERRORS,
        plot_errors,
        [{"system": "pendulum", "method": SOLVERS, "T": 0.16, "S": [2, 4, 8], "seed": SEEDS}],
        {"T": [0.04, 0.08]} | SMALL,
        PAPER,
        slopes,
    ),
    "cubic-errors": Experiment(
        "damped cubic oscillator: errors against T",
        train_cell,
        {"system": "damped_cubic_oscillator", "method": SOLVERS, "T": SHORT, "width": 32, "orders": 6, "seed": 0},
        ERRORS,
        plot_errors,
        (),
        {"T": SHORT[1:]} | NARROW,
        PAPER,
        slopes,
    ),
    "lorenz-errors": Experiment(
        "scaled Lorenz system: errors against T along one trajectory",
        train_cell,
        {"system": "lorenz_scaled", "data": "trajectory", "method": SOLVERS, "T": SHORT, "width": 24, "orders": 6, "seed": 0},
        ERRORS,
        plot_errors,
        (),
        {"T": SHORT[1:]} | NARROW,
        PAPER,
        slopes,
    ),
    "pendulum-energy": Experiment(
        "pendulum: the energy along the learned flow is that of f_h, not that of the ODE",
        flow_cell,
        {"system": "pendulum", "method": SOLVERS, "T": [0.04, 0.08], "duration": 10.0},
        FLOWS,
        plot_energies,
        small={"T": 0.08} | SMALL,
        full=PAPER | {"seed": 0},
    ),
    "cubic-flow": Experiment(
        "damped cubic oscillator: learned, true and inverse modified flow, after figure 2 of Zhu et al.",
        flow_cell,
        {"system": "damped_cubic_oscillator", "method": SOLVERS, "T": 0.02, "width": 32, "orders": 8, "duration": 5.0},
        FLOWS,
        plot_portraits,
        small=NARROW,
        full=PAPER | {"seed": 0},
    ),
    "lorenz-flow": Experiment(
        "scaled Lorenz system: learned, true and inverse modified flow, after figure 3 of Zhu et al.",
        flow_cell,
        {"system": "lorenz_scaled", "data": "trajectory", "method": SOLVERS, "T": 0.02, "width": 24, "duration": 4.0},
        FLOWS,
        plot_portraits,
        small=NARROW,
        full=PAPER | {"seed": 0},
    ),
    "oscillator-hamiltonian": Experiment(
        "harmonic oscillator: a Hamiltonian network learns H_h through a symplectic solver, and hits a floor through Euler",
        hamiltonian_cell,
        {"system": "harmonic_oscillator", "method": ["symplectic_euler", "explicit_euler"], "T": [0.05, 0.1, 0.2]},
        ("method", "T", "predicted", "against_f", "against_f_h", "root_loss", "least"),
        plot_floors,
        small={"T": 0.1} | SMALL,
    ),
    "cubic-coefficients": Experiment(
        "damped cubic oscillator: the coefficients of a learned polynomial are those of f_h",
        coefficient_cell,
        {
            "system": "damped_cubic_oscillator",
            "domain": [[[-1, 1], [-1, 1]]],
            "method": SOLVERS,
            "T": 0.01,
            "degree": 13,
            "orders": 9,
            "steps": 60,
        },
        ("method", "T", "degree", "largest", "changed"),
        plot_coefficients,
        small={"count": 400},
    ),
}
"""By name: `EXPERIMENTS[name].study("quick").run()` repeats one in a minute."""


def experiment(name: str) -> Experiment:
    """An experiment by name. Raises UnknownNameError."""
    if name not in EXPERIMENTS:
        raise UnknownNameError("experiment", name, EXPERIMENTS, "imde-sym learn")
    return EXPERIMENTS[name]
