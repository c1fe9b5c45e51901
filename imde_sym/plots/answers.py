"""Errors as `check`, `fit`, `compare` and `overfit_curve` found them."""

from __future__ import annotations

from textwrap import fill
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..learn.comparison import Comparison
from ..learn.fit import Fit
from ..learn.overfit import OverfitCurve
from ..verify import Report
from .canvas import axes, plain_text

LEAST = 1e-17
"""Errors of 0 are drawn here, on logarithmic axes."""


@checked
def plot_check(report: Report, ax: Any = None) -> Any:
    """Errors of a check against h on logarithmic axes, one line for each truncation; returns the matplotlib Axes.

    ax : where to draw, by default a new figure
    Raises MissingLibraryError without matplotlib, ImdeError for another `ax`.
    """
    ax = axes(ax, "a plot of a check")
    for n, (errors, o) in enumerate(zip(report.errors, report.observed, strict=True), 1):
        label = f"order {n}: " + ("exact" if o is None else f"slope {o:.2f}")
        ax.loglog(report.steps, errors, "o-", label=label)
    ax.set(xlabel="step size h", ylabel="max-norm error", title=plain_text(fill(report.title, 60)))
    ax.legend()
    return ax


@checked
def plot_fit(fit: Fit, ax: Any = None) -> Any:
    """The loss of a training against the step, on a logarithmic axis; returns the matplotlib Axes.

    Arguments and errors as in `plot_check`.
    """
    ax = axes(ax, "a plot of a training")
    ax.semilogy(fit.losses)
    ax.set(xlabel="step", ylabel="loss", title=f"{plain_text(fit.optimiser)}, T = {np.mean(fit.T):g}, S = {fit.S}")
    return ax


@checked
def plot_comparison(comparison: Comparison, ax: Any = None) -> Any:
    """Errors of a model and floors against the order of the truncation; returns the matplotlib Axes.

    Arguments and errors as in `plot_check`.
    """
    ax = axes(ax, "a plot of a comparison")
    K = range(1, len(comparison.errors) + 1)
    ax.semilogy(K, comparison.errors, "o-", label="Error(f_θ, f_h^K)")
    ax.semilogy(K, [max(x, LEAST) for x in comparison.floors], "--", color="gray", label="floor of the truncation")
    ax.axhline(comparison.expected, color="tab:red", linewidth=0.8, label="predicted Error(f_θ, f)")
    ax.set(xlabel="K", ylabel="error", title=plain_text(comparison.title), xticks=list(K))
    ax.legend()
    return ax


@checked
def plot_overfit_curve(curve: OverfitCurve, ax: Any = None) -> Any:
    """Measured (points) and predicted (lines) errors against the step; returns the matplotlib Axes.

    Arguments and errors as in `plot_check`.
    """
    ax = axes(ax, "a plot of an overfit curve")
    for k, (name, row) in enumerate(curve.measured.items()):
        ax.loglog(curve.steps, row, "o", color=f"C{k}", label=plain_text(f"{name}, measured"))
        ax.loglog(curve.steps, curve.predicted[name], "-", color=f"C{k}", label=plain_text(f"{name}, predicted"))
    ax.axvline(curve.h, color="gray", linewidth=0.8, linestyle=":")
    title = plain_text(f"trained through {curve.trained}, h = {curve.h:g}")
    ax.set(xlabel="step size of the run", ylabel="error per unit of time", title=title)
    ax.legend()
    return ax
