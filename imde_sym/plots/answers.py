"""Errors as `check`, `fit`, `compare` and `overfit_curve` found them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.arguments import checked
from ..learn.comparison import Comparison
from ..learn.explain import Explanation
from ..learn.fit import Fit
from ..learn.overfit import OverfitCurve
from ..verify import Audit, LongRun, Report
from .canvas import DASHES, MARKERS, axes, color, finished, plain_text, typeset

LEAST = 1e-17
"""Errors of 0 are drawn here, on logarithmic axes."""


@checked
def plot_check(report: Report, ax: Any = None) -> Any:
    """Errors of a check against h on logarithmic axes, one line for each truncation; returns the matplotlib Axes.

    ax : where to draw, by default a new figure
    Raises MissingLibraryError without matplotlib, ImdeError for another `ax`.

    >>> import matplotlib
    >>> import imde_sym as imde
    >>> plot_check(imde.check(imde.inverse_modified_equation("pendulum", "explicit_euler", 2))).get_xlabel()
    'step size h'
    """
    ax = axes(ax, "a plot of a check")
    for n, (errors, o) in enumerate(zip(report.errors, report.observed, strict=True)):
        label = f"order {n + 1}: " + ("exact" if o is None else f"slope {o:.2f}")
        style = {"marker": MARKERS[n % len(MARKERS)], "linestyle": DASHES[n % len(DASHES)], "color": color(n)}
        ax.loglog(report.steps, errors, label=label, **style)
    ax.set_xticks(report.steps, [f"{h:.3g}" for h in report.steps], minor=False)
    ax.set_xticks([], minor=True)
    title = report.title if report.passed else f"{report.title}: FAILED"
    return finished(ax, title, legend=True, xlabel="step size h", ylabel="max-norm error at the end")


@checked
def plot_long_run(run: LongRun, ax: Any = None) -> Any:
    """Deviations and drift of a long run against h on logarithmic axes; returns the matplotlib Axes.

    ax : where to draw, by default a new figure. What is zero is not drawn.
    Raises MissingLibraryError without matplotlib, ImdeError for another `ax`.

    >>> import imde_sym as imde, matplotlib
    >>> found = imde.modified_invariant("harmonic_oscillator", "explicit midpoint", 4, "energy", direction="forward")
    >>> plot_long_run(imde.long_run(found, steps=[0.2, 0.1, 0.05], time=40)).get_xscale()
    'log'
    """
    ax = axes(ax, "a plot of a long run")
    rows = (
        ("deviation of I", run.swings, run.swing_order),
        ("deviation of the modified invariant", run.remains, run.rest_order),
        ("drift per time", run.rates, run.drift_order),
    )
    for n, (name, values, order) in enumerate(rows):
        label = f"{name}: " + ("rounding" if order is None else f"slope {order[0]:.2f}")
        style = {"marker": MARKERS[n % len(MARKERS)], "linestyle": DASHES[n % len(DASHES)], "color": color(n)}
        ax.loglog(run.steps, [x or np.nan for x in values], label=label, **style)
    ax.set_xticks(run.steps, [f"{h:.3g}" for h in run.steps], minor=False)
    ax.set_xticks([], minor=True)
    title = run.title if run.confirmed else f"{run.title}: NOT confirmed"
    return finished(ax, title, legend=True, xlabel="step size h", ylabel=f"over t = {run.time:.4g}")


@checked
def plot_audit(audit: Audit, ax: Any = None) -> Any:
    """For each power of h that was judged, how many terms are right as claimed and how many not; returns the matplotlib Axes.

    ax : where to draw, by default a new figure. A power without a wrong term has a bar of height 0 with the word "right".
    Raises MissingLibraryError without matplotlib, ImdeError for another `ax`.

    >>> import imde_sym as imde, matplotlib
    >>> plot_audit(imde.audit("y**2 + 2*h*y**3", "y' = y**2", "explicit_euler")).get_ylabel()
    'wrong terms'
    """
    ax = axes(ax, "a plot of an audit")
    counts = [sum(w.power == k for w in audit.wrong) for k in audit.powers]
    ax.bar(audit.powers, counts, color=color(1))
    for power, count in zip(audit.powers, counts, strict=True):
        said = "right" if not count else f"{count} wrong"
        ax.annotate(said, (power, count), (0, 4), textcoords="offset points", ha="center")
    ax.set_xticks(list(audit.powers))
    ax.set_ylim(0, 1.2 * max(1, *counts))
    ax.yaxis.get_major_locator().set_params(integer=True)
    title = f"{audit.title}: {'RIGHT' if audit.ok else 'WRONG'}" + (f"; {audit.effect}" if audit.effect else "")
    return finished(ax, title, xlabel="power of h", ylabel="wrong terms")


@checked
def plot_fit(fit: Fit, ax: Any = None) -> Any:
    """The loss of a training against the step, on a logarithmic axis; returns the matplotlib Axes.

    Arguments and errors as in `plot_check`.
    Raises as `plot_check` does.

    >>> import matplotlib, numpy as np
    >>> from imde_sym.learn import Fit
    >>> plot_fit(Fit(abs, np.array([4.0, 1.0]), 0.2, 2, "rk4", "lm", parameters=1, seconds=0.5)).get_ylabel()
    'loss'
    """
    ax = axes(ax, "a plot of a training")
    ax.semilogy(fit.losses, color=color(0))
    return finished(ax, f"{fit.optimiser}, T = {np.mean(fit.T):g}, S = {fit.S}", xlabel="step of the optimiser", ylabel="loss")


@checked
def plot_comparison(comparison: Comparison, ax: Any = None) -> Any:
    """Errors of a model and floors against the order of the truncation; returns the matplotlib Axes.

    Arguments and errors as in `plot_check`.
    Raises as `plot_check` does.

    >>> import matplotlib
    >>> from imde_sym.learn import Comparison
    >>> plot_comparison(Comparison("pendulum", 0.1, 100, (0.2, 0.01), (0.0, 0.2), (0.2, 0.01), 0.2)).get_yscale()
    'log'
    """
    ax = axes(ax, "a plot of a comparison")
    K = range(1, len(comparison.errors) + 1)
    ax.semilogy(K, comparison.errors, "o-", color=color(0), label=r"Error(model, $f_h^K$)")
    ax.semilogy(K, [max(x, LEAST) for x in comparison.floors], "--", color="0.5", label="floor of the truncation")
    ax.axhline(comparison.expected, color=color(1), linewidth=1.0, label="predicted Error(model, f)")
    ax.set_xticks(list(K))
    return finished(ax, comparison.title, legend=True, xlabel="K, terms of f_h", ylabel="error")


@checked
def plot_overfit_curve(curve: OverfitCurve, ax: Any = None) -> Any:
    """Measured (points) and predicted (lines) errors against the step; returns the matplotlib Axes.

    Arguments and errors as in `plot_check`.
    Raises as `plot_check` does.

    >>> import matplotlib
    >>> from imde_sym.learn import OverfitCurve
    >>> row = {"Euler": (0.05, 1e-9)}
    >>> len(plot_overfit_curve(OverfitCurve("Euler", 0.2, (0.1, 0.2), row, row, own=1e-9, reference="the field")).lines)
    3
    """
    ax = axes(ax, "a plot of an overfit curve")
    for k, (name, row) in enumerate(curve.measured.items()):
        ax.loglog(curve.steps, row, MARKERS[k % len(MARKERS)], color=color(k), label=plain_text(f"{name}, measured"))
        ax.loglog(curve.steps, curve.predicted[name], "-", color=color(k), label=plain_text(f"{name}, predicted"))
    ax.axvline(curve.h, color="gray", linewidth=0.8, linestyle=":", label=typeset("step of the training"))
    title = f"trained through {curve.trained}, h = {curve.h:g}"
    return finished(ax, title, legend=True, xlabel="step size of the run", ylabel="error per unit of time")


@checked
def plot_explanation(found: Explanation, ax: Any = None) -> Any:
    """What a model absorbed of its solver beside what else is wrong with it and what other solvers would leave, as bars on a
    logarithmic axis; returns the matplotlib Axes. Errors of 0 have no bar.

    Arguments and errors as in `plot_check`.
    Raises as `plot_check` does.

    >>> import matplotlib
    >>> from imde_sym.learn import Explanation
    >>> found = Explanation("n", "rk4", 0.1, 1, 100, 0.2, 0.01, 0.03, 7, 4, "", "", {"rk4": 0.2})
    >>> len(plot_explanation(found).patches)
    4
    """
    ax = axes(ax, "a plot of an explanation")
    names, sizes = list(found.sizes), list(found.sizes.values())
    places = range(len(names), 0, -1)
    of_model = len(names) - len(found.solvers)
    bars = ax.barh(places, [s if s > 0 else np.nan for s in sizes], color=[color(int(i >= of_model)) for i in range(len(names))])
    for bar, size in zip(bars, sizes, strict=True):
        ax.annotate(f" {size:.1e}", (max(size, LEAST), bar.get_y() + bar.get_height() / 2), va="center", fontsize="small")
    ax.set_xscale("log")
    ax.set_yticks(list(places), [plain_text(name) for name in names])
    ax.margins(x=0.2)
    title = f"{found.model} through {found.method}, h = {found.h:g}: gain of debias {found.gain:.3g}"
    return finished(ax, title, xlabel="error of the field", ylabel="")
