"""The predicted error of a trained model against the step size, and the parts of a bound."""

from __future__ import annotations

from typing import Any

from ..base.arguments import checked
from ..prediction import Bound, Prediction
from .canvas import axes, plain_text


@checked
def plot_prediction(prediction: Prediction, ax: Any = None) -> Any:
    """Mean and sup error over the domain against h = T/S on logarithmic axes, and the largest step of linear theory.

    ax : where to draw, by default a new figure
    Returns the matplotlib Axes. Raises MissingLibraryError without matplotlib, ImdeError for another `ax`.
    """
    ax = axes(ax, "a plot of a prediction")
    rows = sorted(prediction.rows, key=lambda r: r.h)
    steps = [r.h for r in rows]
    ax.loglog(steps, [r.mean for r in rows], "o-", label="mean error")
    ax.loglog(steps, [r.sup for r in rows], "s--", label="sup error")
    largest = prediction.largest_step
    if largest is not None and largest < float("inf"):
        ax.axvline(largest, color="gray", linestyle=":", label="largest step of linear theory")
    if prediction.convergence is not None:
        ax.axvline(prediction.convergence, color="gray", linestyle="--", label="convergence that the terms suggest")
    title = plain_text(repr(prediction)[1:-1].partition(":")[0])
    ax.set(xlabel="step size h", ylabel="|f_h - f| over the domain", title=title)
    ax.legend()
    return ax


@checked
def plot_bound(bound: Bound, ax: Any = None) -> Any:
    """The parts of a bound as bars on a logarithmic axis, each with what it rests on; an infinite one is left out.

    ax : where to draw, by default a new figure
    Returns the matplotlib Axes. Raises MissingLibraryError without matplotlib, ImdeError for another `ax`.
    """
    ax = axes(ax, "a plot of a bound")
    values = {f"{p.name}\n{p.status}": p.value for p in bound.parts if p.name in ("terms", "remainder", "loss")}
    values["total"] = bound.total
    shown = {name: value for name, value in values.items() if 0 < value < float("inf")}
    ax.bar(list(shown), list(shown.values()))
    ax.set(ylabel="at most", title=plain_text(repr(bound)[1:-1]))
    if shown:
        ax.set_yscale("log")
    return ax
