"""Pictures of what was learned: errors against T and 1/S, phase portraits, energies. Rows are results of a Study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import LearningError, shown
from ..fields import systems
from ..learn.base import real_array
from .canvas import axes, color, finished, panels, plain_text

Row = Mapping[str, Any]
KINDS = (
    ("predicted", "-", "", "0.7", "predicted Error($f_h$, f)"),
    ("against_f", "-", "o", color(0), "Error(model, f)"),
    ("debiased", "-", "^", color(2), "Error(de-biased model, f)"),
    ("against_f_h", "-", "s", color(1), "Error(model, $f_h$)"),
)
"""Key, line, marker, colour and label of what `plot_errors` shows."""
CURVES: dict[str, dict[str, Any]] = {
    "true": {"linewidth": 4.5, "alpha": 0.4, "color": "0.45", "label": "true flow, of f"},
    "imde": {"linewidth": 2, "color": color(1), "label": "flow of $f_h$"},
    "learned": {"linestyle": (0, (4, 3)), "linewidth": 1.2, "color": "black", "label": "learned flow"},
}


@checked
def plot_flows(flows: Mapping[str, Any], ax: Any = None, components: tuple[int, int] = (0, 1)) -> Any:
    """Phase portraits: trajectories (steps, d) by name, in two components; "true" is drawn broad. Returns the Axes.

    The names "true", "imde" (the flow of f_h) and "learned", which `flow_cell` uses, have styles and labels of their own.
    Raises MissingLibraryError without matplotlib, LearningError for components or trajectories that are not so.

    >>> ax = plot_flows({"true": [[0, 1], [1, 0]], "learned": [[0, 1], [1, 0.1]], "mine": [[0, 1], [1, 0.2]]})
    >>> [line.get_label() for line in ax.lines]
    ['true flow, of f', 'learned flow', 'mine']
    """
    ax = axes(ax, "plot_flows")
    if len(components) != 2:
        raise LearningError(f"components are two numbers, of those that are drawn; got {shown(components)}")
    i, j = components
    for k, (name, path) in enumerate(flows.items()):
        path = real_array(path, f"the flow {name!r}", 2, finite=False)
        if not all(isinstance(c, int) and -path.shape[1] <= c < path.shape[1] for c in components):
            raise LearningError(f"the flow {name!r} has {path.shape[1]} components; {shown(components)} were asked for")
        ax.plot(path[:, i], path[:, j], **CURVES.get(name, {"label": plain_text(name), "color": color(k)}))
    return finished(ax, legend=True)


@checked
def plot_errors(rows: Sequence[Row]) -> Any:
    """Errors of the results of `train_cell`: against T above, against 1/S below. A point is a seed, a line the means.

    The slope of the errors against f is in each panel. Returns the matplotlib Figure. Raises LearningError without results.

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
    lines: list[tuple[str, list[Row], Callable[[Row], float]]] = [
        ("T, the time between data (S = 1)", by_T, lambda row: row["T"])
    ]
    if len({row["S"] for row in by_S}) > 1:
        lines.append((f"1/S, the share of a step (T = {longest:g})", by_S, lambda row: 1 / row["S"]))
    grid = panels(len(lines), len(methods), PURPOSE, sharex="row", sharey=True)
    for line, (label, chosen, place) in zip(grid, lines, strict=True):
        for ax, method in zip(line, methods, strict=True):
            own = sorted((row for row in chosen if row["method"] == method), key=place)
            for key, dash, marker, shade, name in KINDS:
                x, mean = _means(own, place, key)
                ax.loglog(x, mean, dash, color=shade, linewidth=1.4 if marker else 5, label=name, zorder=2 if marker else 1)
                if marker:
                    ax.loglog(
                        [place(row) for row in own], [row[key] for row in own], marker, color=shade, markersize=5, alpha=0.55
                    )
                if key == "against_f" and len(x) > 1:
                    slope = np.polyfit(np.log(x), np.log(mean), 1)[0]
                    ax.annotate(
                        f"slope {slope:.2f}", (x[0], mean[0]), (2, 12), textcoords="offset points", ha="left", color=shade
                    )
            ax.set_xticks(places := sorted({place(row) for row in own}), [f"{x:g}" for x in places], minor=False)
            ax.set_xticks([], minor=True)
            finished(ax, f"{rows[0]['system']} through {method}", xlabel=label, ylabel="error" if ax is line[0] else "")
    seeds = {row.get("seed") for row in rows}
    return _with_legend(grid, f"{len(seeds)} seeds, a point each" if len(seeds) > 1 else "one seed")


def plot_portraits(rows: Sequence[Row]) -> Any:
    """Phase portraits of the results of `flow_cell`, one panel a row: first and last component. Returns the Figure."""
    grid = panels(1, len(rows), PURPOSE, sharex=True, sharey=True)
    for ax, row in zip(grid[0], rows, strict=True):
        plot_flows({name: row[name] for name in CURVES}, ax, (0, len(row["true"][0]) - 1))
        ax.get_legend().remove()
        names = [str(v) for v in systems[row["system"]].variables]
        title = f"{row['system']} through {row['method']}, T = {row['T']:g}"
        finished(ax, title, xlabel=names[0], ylabel=names[-1] if ax is grid[0, 0] else "")
    return _with_legend(grid, _seed(rows))


def plot_energies(rows: Sequence[Row]) -> Any:
    """The energy along the three flows of the results of `flow_cell`: a row of panels for each method. Returns the Figure."""
    ordered = sorted(rows, key=_method_then_time)
    groups = [(method, list(own)) for method, own in groupby(ordered, key=lambda row: row["method"])]
    grid = panels(len(groups), max(len(own) for _, own in groups), PURPOSE, sharex=True, sharey="row", size=(4.6, 3.0))
    for line, (method, own) in zip(grid, groups, strict=True):
        for ax, row in zip(line, own, strict=False):
            for name, style in CURVES.items():
                energy = np.asarray(row[f"energy_{name}"])
                ax.plot(row["times"], energy - energy[0], **style)
            title = f"{row['system']} through {method}, T = {row['T']:g}"
            finished(ax, title, xlabel="time t", ylabel="change of energy" if ax is line[0] else "")
        for ax in line[len(own) :]:
            ax.set_axis_off()
    return _with_legend(grid, _seed(rows))


def plot_floors(rows: Sequence[Row]) -> Any:
    """The loss of Hamiltonian networks, from `hamiltonian_cell`, and the least that a Hamiltonian allows. Returns the Figure."""
    grid = panels(1, 1, PURPOSE)
    ax = grid[0, 0]
    for k, (method, own) in enumerate(groupby(sorted(rows, key=_method_then_time), key=lambda row: row["method"])):
        group = list(own)
        times = [row["T"] for row in group]
        ax.loglog(times, [row["root_loss"] for row in group], "os"[k % 2], color=color(k), label=plain_text(f"{method}, trained"))
        least = [row["least"] for row in group]
        ax.loglog(times, least, "--", color=color(k), label=plain_text(f"{method}, least possible"))
    ax.set_xticks(times := sorted({row["T"] for row in rows}), [f"{x:g}" for x in times], minor=False)
    ax.set_xticks([], minor=True)
    finished(ax, f"{rows[0]['system']}: Hamiltonian networks", xlabel="T, the time between data", ylabel="root of the loss")
    return _with_legend(grid, _seed(rows))


def plot_coefficients(rows: Sequence[Row]) -> Any:
    """Learned coefficients, from `coefficient_cell`, against those of f_h and of f. Returns the Figure."""
    grid = panels(1, len(rows), PURPOSE, sharex=True, sharey=True)
    for ax, row in zip(grid[0], rows, strict=True):
        size = np.array([abs(r[3]) for r in row["rows"]])
        for index, marker, shade, name in (
            (4, "o", color(0), "distance to that of f"),
            (3, "s", color(1), "distance to that of $f_h$"),
        ):
            away = [abs(r[2] - r[index]) + LEAST for r in row["rows"]]
            ax.loglog(size, away, marker, color=shade, markersize=5, alpha=0.7, label=name)
        title = f"{row['system']} through {row['method']}, T = {row['T']:g}"
        ylabel = "learned coefficient less the other" if ax is grid[0, 0] else ""
        finished(ax, title, xlabel="size of the coefficient in f_h", ylabel=ylabel)
    return _with_legend(grid, _seed(rows))


PURPOSE = "a picture of an experiment"
LEAST = 1e-17


def _with_legend(grid: Any, title: str) -> Any:
    """One legend for all panels, beside them; the figure."""
    figure = grid.flat[0].figure
    handles, labels = grid.flat[0].get_legend_handles_labels()
    width, height = figure.get_size_inches()
    figure.set_size_inches(width + 2.2, height)
    figure.legend(
        handles, labels, loc="outside right center", title=title or None, frameon=False, fontsize="small", title_fontsize="small"
    )
    return figure


def _seed(rows: Sequence[Row]) -> str:
    seeds = sorted({row["seed"] for row in rows if "seed" in row})
    return f"seed {', '.join(map(str, seeds))}" if seeds else ""


def _method_then_time(row: Row) -> tuple[str, float]:
    return row["method"], row["T"]


def _means(rows: Sequence[Row], place: Callable[[Row], float], key: str) -> tuple[np.ndarray, np.ndarray]:
    """Places, and the mean over the seeds there."""
    groups = [(x, [row[key] for row in own]) for x, own in groupby(rows, key=place)]
    return np.array([x for x, _ in groups]), np.array([sum(own) / len(own) for _, own in groups])
