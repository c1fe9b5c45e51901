"""Pictures of what was learned: errors against T and 1/S, phase portraits, energies. Rows are results of a Study."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import LearningError, shown
from ..learn.base import real_array
from .canvas import axes, panels

Row = Mapping[str, Any]
KINDS = (
    ("predicted", "k--", "predicted Error($f_h$, f)"),
    ("against_f", "o", "Error(model, f)"),
    ("against_f_h", "s", "Error(model, $f_h$)"),
    ("debiased", "^", "Error(de-biased model, f)"),
)
"""Key, style and label of what `plot_errors` shows."""
CURVES = (
    ("true", {"linewidth": 4, "alpha": 0.35, "color": "tab:gray"}),
    ("imde", {"linewidth": 2, "color": "tab:orange"}),
    ("learned", {"linestyle": (0, (4, 4)), "linewidth": 1, "color": "black"}),
)


@checked
def plot_flows(flows: Mapping[str, Any], ax: Any = None, components: tuple[int, int] = (0, 1)) -> Any:
    """Phase portraits: trajectories (steps, d) by name, in two components; "true" is drawn broad. Returns the Axes.

    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = plot_flows({"true": [[0, 1], [1, 0]], "learned": [[0, 1], [1, 0.1]]})
    >>> [line.get_label() for line in ax.lines]
    ['true', 'learned']
    """
    ax = axes(ax, "plot_flows")
    if len(components) != 2:
        raise LearningError(f"components are two numbers, of those that are drawn; got {shown(components)}")
    i, j = components
    styles = dict(CURVES)
    for name, path in flows.items():
        path = real_array(path, f"the flow {name!r}", 2, finite=False)
        if not all(-path.shape[1] <= k < path.shape[1] for k in components):
            raise LearningError(f"the flow {name!r} has {path.shape[1]} components; {shown(components)} were asked for")
        ax.plot(path[:, i], path[:, j], label=name, **styles.get(name, {}))
    ax.legend()
    return ax


@checked
def plot_errors(rows: Sequence[Row]) -> Any:
    """Errors of the results of `train_cell`, mean over the seeds with their range: against T above, against 1/S below.

    The slope of the errors against f is in the legend. Returns the matplotlib Figure. Raises LearningError without results.

    >>> import matplotlib
    >>> errors = {"predicted": 0.2, "against_f": 0.2, "against_f_h": 0.01, "debiased": 0.02}
    >>> rows = [{"system": "pendulum", "method": "rk4", "T": T, "S": 1, **errors} for T in (0.1, 0.2)]
    >>> len(plot_errors(rows).axes)
    1
    """
    if not rows:
        raise LearningError("there are no results to draw: run the study first")
    methods = sorted({row["method"] for row in rows})
    by_T = [row for row in rows if row["S"] == 1]
    longest = max(row["T"] for row in rows)
    by_S = [row for row in rows if row["T"] == longest]
    lines: list[tuple[str, list[Row], Callable[[Row], float]]] = [("T", by_T, lambda row: row["T"])]
    if len({row["S"] for row in by_S}) > 1:
        lines.append((f"1/S at T = {longest:g}", by_S, lambda row: 1 / row["S"]))
    figure, grid = _panels(len(lines), len(methods), sharey=True)
    for line, (label, chosen, place) in zip(grid, lines, strict=True):
        for ax, method in zip(line, methods, strict=True):
            own = sorted((row for row in chosen if row["method"] == method), key=place)
            for key, style, name in KINDS:
                x, low, mean, high = _bands(own, place, key)
                slope = f", slope {np.polyfit(np.log(x), np.log(mean), 1)[0]:.2f}" if key == "against_f" and len(x) > 1 else ""
                (curve,) = ax.loglog(x, mean, style, label=name + slope)
                ax.fill_between(x, low, high, color=curve.get_color(), alpha=0.2, linewidth=0)
            ax.set_xticks(places := sorted({place(row) for row in own}), [f"{x:g}" for x in places], minor=False)
            ax.set_xticks([], minor=True)
            ax.set(title=f"{rows[0]['system']} through {method}", xlabel=label)
            ax.grid(alpha=0.3)
            ax.legend(fontsize="small")
    return figure


def plot_portraits(rows: Sequence[Row]) -> Any:
    """Phase portraits of the results of `flow_cell`, one panel a row: first and last component. Returns the Figure."""
    figure, grid = _panels(1, len(rows))
    for ax, row in zip(grid[0], rows, strict=True):
        plot_flows({name: row[name] for name, _ in CURVES}, ax, (0, len(row["true"][0]) - 1))
        ax.set_title(f"{row['system']} through {row['method']}, T = {row['T']:g}", fontsize="medium")
    return figure


def plot_energies(rows: Sequence[Row]) -> Any:
    """The energy along the three flows of the results of `flow_cell`, one panel a row. Returns the Figure."""
    figure, grid = _panels(1, len(rows))
    for ax, row in zip(grid[0], rows, strict=True):
        for name, style in CURVES:
            energy = np.asarray(row[f"energy_{name}"])
            ax.plot(row["times"], energy - energy[0], label=name, **style)
        ax.set(title=f"{row['method']}, T = {row['T']:g}", xlabel="time", ylabel="change of energy")
        ax.legend()
    return figure


def plot_floors(rows: Sequence[Row]) -> Any:
    """The loss of Hamiltonian networks, from `hamiltonian_cell`, and the least that a Hamiltonian allows. Returns the Figure."""
    figure, grid = _panels(1, 1)
    ax = grid[0][0]
    for k, (method, own) in enumerate(groupby(sorted(rows, key=_method_then_time), key=lambda row: row["method"])):
        group = list(own)
        times = [row["T"] for row in group]
        ax.loglog(times, [row["root_loss"] for row in group], "o", color=f"C{k}", label=f"{method}, trained")
        ax.loglog(times, [row["least"] for row in group], "--", color=f"C{k}", label=f"{method}, least possible")
    ax.set(xlabel="T", ylabel="root of the loss", title=rows[0]["system"])
    ax.legend()
    return figure


def plot_coefficients(rows: Sequence[Row]) -> Any:
    """Learned coefficients, from `coefficient_cell`, against those of f_h and of f. Returns the Figure."""
    figure, grid = _panels(1, len(rows))
    for ax, row in zip(grid[0], rows, strict=True):
        size = np.array([abs(r[3]) for r in row["rows"]])
        for index, style, name in ((3, "s", "to $f_h$"), (4, "o", "to f")):
            ax.loglog(size, [abs(r[2] - r[index]) + 1e-17 for r in row["rows"]], style, label=f"distance {name}")
        ax.set(title=f"{row['system']} through {row['method']}", xlabel="size of the coefficient in $f_h$", ylabel="distance")
        ax.legend()
    return figure


def _method_then_time(row: Row) -> tuple[str, float]:
    return row["method"], row["T"]


def _bands(rows: Iterable[Row], place: Any, key: str) -> tuple[np.ndarray, ...]:
    """Places, and there the least, mean and greatest value over the seeds."""
    groups = [(x, [row[key] for row in own]) for x, own in groupby(rows, key=place)]
    values = [(x, min(own), sum(own) / len(own), max(own)) for x, own in groups]
    return tuple(np.array(values).T)


def _panels(rows: int, columns: int, sharey: bool = False) -> tuple[Any, Any]:
    return panels(rows, columns, "a picture of an experiment", sharey)
