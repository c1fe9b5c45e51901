"""Several methods on one system: errors against the work, and against the step."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import ConvergenceError, FieldError, MethodError
from ..fields import FieldLike, VectorField
from ..method import Method, MethodLike, as_method
from ..verify import integrate
from ..verify.comparing import ComparisonTable
from .canvas import DASHES, MARKERS, axes, color, finished, kind_of, slope_guide
from .fields import solve
from .planes import numbered, start_of, time_of

COUNTS = tuple(8 * 2**k for k in range(8))
LEAST, MOST = 1e-14, 1e3
"""Errors outside are rounding, or no errors any more."""


@checked
def plot_convergence(
    methods: Sequence[MethodLike],
    field: FieldLike,
    ax: Any = None,
    *,
    x0: Any = None,
    time: Any = None,
    parameters: Mapping[Any, Any] | None = None,
    parts: Any = None,
    steps: Sequence[int] = COUNTS,
) -> Any:
    """Max-norm errors at the end of a fixed time against the step h, with the slopes of the orders; returns the Axes.

    methods : methods or what stands for them;  field, x0, parameters, parts : as for `integrate`
    time    : by default some time scales of the field;  steps : how many steps make up the time, one run each
    Raises MissingLibraryError, FieldError, MethodError. Cost: the runs, mostly under a second.

    >>> plot_convergence(["explicit_euler", "rk4"], "pendulum").get_xlabel()
    'step size h'
    """
    given, errors, duration = _measured(methods, field, x0, time, parameters, parts, steps)
    ax = axes(ax, "a plot of convergence")
    sizes = duration / np.array(steps, float)
    _curves(ax, given, [sizes] * len(given), errors)
    for order in sorted({m.order for m in given if m.order > 0}):
        rows = [own for m, own in zip(given, errors, strict=True) if m.order == order]
        least = np.nan_to_num(np.array(rows), nan=np.inf).min(axis=0)
        slope_guide(ax, sizes, least, order, f"$h^{{{order}}}$")
    return finished(
        ax, f"{_title(field)}: error at t = {duration:.3g}", legend=True, xlabel="step size h", ylabel="max-norm error"
    )


@checked
def plot_work_precision(
    methods: Sequence[MethodLike],
    field: FieldLike,
    ax: Any = None,
    *,
    x0: Any = None,
    time: Any = None,
    parameters: Mapping[Any, Any] | None = None,
    parts: Any = None,
    steps: Sequence[int] = COUNTS,
) -> Any:
    """Max-norm errors at the end of a fixed time against evaluations of the field; returns the matplotlib Axes.

    `Method.evaluations` says how many a step takes (of a continuum of stages: one). Arguments as in `plot_convergence`.
    Raises as that does.

    >>> import matplotlib
    >>> plot_work_precision(["explicit_euler", "rk4"], "pendulum").get_ylabel()
    'max-norm error'
    """
    given, errors, duration = _measured(methods, field, x0, time, parameters, parts, steps)
    ax = axes(ax, "a work-precision diagram")
    _curves(ax, given, [np.array(steps) * float(m.evaluations or 1) for m in given], errors)
    title = f"{_title(field)}: error at t = {duration:.3g}"
    return finished(ax, title, legend=True, xlabel="evaluations of the field", ylabel="max-norm error")


def _curves(ax: Any, given: Sequence[Any], abscissae: Sequence[Any], errors: Sequence[Any]) -> None:
    """A line with marks for each method, told apart without colours too."""
    for i, (m, x, own) in enumerate(zip(given, abscissae, errors, strict=True)):
        style = {"linestyle": DASHES[i % len(DASHES)], "color": color(i), "markersize": 4.5}
        ax.loglog(x, own, MARKERS[i % len(MARKERS)], label=_name(m), **style)


@checked
def plot_compared(table: ComparisonTable, ax: Any = None, kind: str = "work_precision", **options: Any) -> Any:
    """The methods of `compare` on its field: "work_precision" or "convergence"; returns the matplotlib Axes.

    options : those of `plot_work_precision` and `plot_convergence`, and field= where the comparison had none
    Raises UnknownNameError for another kind, and as the view does.

    >>> import matplotlib
    >>> import imde_sym as imde
    >>> plot_compared(imde.compare(["explicit_euler", "rk4"], field="pendulum"), kind="convergence").get_xlabel()
    'step size h'
    """
    view = kind_of(kind, KINDS, "a comparison")
    field = options.pop("field", table.field)
    if field is None:
        raise FieldError("errors are measured on a system: compare(methods, field).plot(), or .plot(field='pendulum')")
    options.setdefault("x0", table.x0 if field is table.field else None)
    return view(list(table.methods), field, ax, **options)


def _measured(
    methods: Any, field: VectorField, x0: Any, time: Any, parameters: Any, parts: Any, steps: Sequence[int]
) -> tuple[list[Method], list[np.ndarray], float]:
    given: list[Method] = [as_method(m) for m in methods]
    if not given:
        raise MethodError("a comparison takes at least one method")
    counts = [int(n) for n in steps]
    if len(counts) < 2 or min(counts) < 1:
        raise FieldError(f"steps are two or more numbers of steps, each from 1 on; got {list(steps)}")
    field = numbered(field, parameters)
    start = start_of(field, x0)
    duration = time_of(field, start, time)
    end = solve(field, start, duration, exact=True).points[-1]
    errors = []
    for m in given:
        row = []
        for n in counts:
            try:
                own = parts if m.colors > 1 else None
                path = _quietly(m, field, start, duration / n, n, own)
                error = float(np.abs(path - end).max())
            except ConvergenceError:  # stages that do not exist for so large a step leave a gap
                error = np.nan
            row.append(error if LEAST < error < MOST else np.nan)
        errors.append(np.array(row))
    return given, errors, duration


def _quietly(m: Method, field: VectorField, start: np.ndarray, h: float, steps: int, parts: Any) -> np.ndarray:
    """The end of a trajectory; one that leaves the range of floats is a gap in the picture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: np.ndarray = integrate(m, field, start, h, steps, parts=parts, save_every=steps)[-1]
        return found


def _name(m: Method) -> str:
    return f"{m.name or m.title} (order {m.order})"


def _title(field: VectorField) -> str:
    return field.name or str(field)[:50]


KINDS = {"work_precision": plot_work_precision, "convergence": plot_convergence}
