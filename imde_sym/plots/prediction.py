"""The predicted error of a trained model against the step size, and the parts of a bound."""

from __future__ import annotations

from typing import Any

from ..base.arguments import checked
from ..prediction import Bound, Prediction
from .canvas import axes, color, finished, slope_guide


@checked
def plot_prediction(prediction: Prediction, ax: Any = None) -> Any:
    """Mean and sup error over the domain against h = T/S on logarithmic axes, and the largest step of linear theory.

    ax : where to draw, by default a new figure
    Returns the matplotlib Axes. Raises MissingLibraryError without matplotlib, ImdeError for another `ax`.

    >>> import matplotlib
    >>> import imde_sym as imde
    >>> plot_prediction(imde.predict("pendulum", "explicit_euler", [0.02, 0.04])).get_xlabel()
    'step size h'
    """
    ax = axes(ax, "a plot of a prediction")
    rows = sorted(prediction.rows, key=lambda r: r.h)
    steps = [r.h for r in rows]
    ax.loglog(steps, [r.mean for r in rows], "o-", color=color(0), label="mean over the domain")
    ax.loglog(steps, [r.sup for r in rows], "s--", color=color(1), label="largest over the domain")
    if prediction.order:
        slope_guide(ax, steps, [r.mean for r in rows], prediction.order, f"$h^{{{prediction.order}}}$")
    largest = prediction.largest_step
    if largest is not None and largest < float("inf"):
        ax.axvline(largest, color="gray", linestyle=":", label="largest step of linear theory")
    if prediction.convergence is not None:
        ax.axvline(prediction.convergence, color="gray", linestyle="--", label="convergence that the terms suggest")
    title = repr(prediction)[1:-1].partition(":")[0]
    return finished(ax, title, legend=True, xlabel="step size h", ylabel="|f_h - f|")


SHOWN = ("error", "distance", "residual", "terms", "remainder", "loss")
"""The parts of a bound that are errors."""


@checked
def plot_bound(bound: Bound, ax: Any = None) -> Any:
    """The parts of a bound as bars on a logarithmic axis, each with what it rests on; an infinite one is left out.

    ax : where to draw, by default a new figure
    Returns the matplotlib Axes. Raises MissingLibraryError without matplotlib, ImdeError for another `ax`.

    >>> import matplotlib
    >>> from imde_sym import bound
    >>> plot_bound(bound("pendulum", "explicit_euler", 0.02, order=6)).get_yscale()
    'log'
    """
    ax = axes(ax, "a plot of a bound")
    values = {f"{p.name}\n{p.status}": p.value for p in bound.parts if p.name in SHOWN}
    values["total"] = bound.total
    shown = {name: value for name, value in values.items() if 0 < value < float("inf")}
    ax.bar(list(shown), list(shown.values()), color=color(0))
    if shown:
        ax.set_yscale("log")
    return finished(ax, repr(bound)[1:-1], ylabel="at most")
