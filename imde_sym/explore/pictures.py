"""The pictures of an answer: trajectories, what drifts, the predicted error, the region of stability."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..base.errors import ImdeError
from ..method import Method
from ..verify import integrate
from .chart import Chart, span
from .derivation import Derivation, Sampled, numbers_of
from .flows import flow
from .state import Asked

POINTS = 500
"""Of the exact trajectories."""
EXPLICIT_STEPS, SPLITTING_STEPS, IMPLICIT_STAGES = 2500, 1500, 200
"""So many steps of a method are shown, and steps times stages of an implicit one: what takes a tenth of a second."""
WIDE = 2.5
"""A picture reaches so many times as far as the true solution does."""


@dataclass(frozen=True)
class Curves:
    """Points (n, d) at times (n,): the true solution, the numerical one, and that of the equation."""

    times: np.ndarray
    true: np.ndarray
    learned: np.ndarray
    steps: np.ndarray
    numerical: np.ndarray
    label: str
    agree: bool
    """Whether the last two belong on each other: then one is drawn in dashes over the other."""
    notes: tuple[str, ...]


def most_steps(method: Method) -> int:
    """How many steps of a method are shown."""
    if method.is_explicit:
        return EXPLICIT_STEPS
    if method.family in ("splitting", "composition"):
        return SPLITTING_STEPS
    parts = method.tableaux(method.colors) if method.one_step else ()
    return IMPLICIT_STAGES // min(5, max([1, *(len(part.b) for part in parts)]))


@lru_cache(maxsize=24)
def true_solution(derivation: Derivation, x0: tuple[float, ...], time: float) -> np.ndarray:
    """The exact flow of the field, (POINTS, d)."""
    return flow(lambda x: derivation.true(x, 0.0), x0, time, POINTS)


def curves(asked: Asked, derivation: Derivation, h: float, time: float) -> Curves:
    """The three trajectories from x0."""
    notes = []
    x0, learned = np.array(asked.x0), derivation.learned(asked.powers)
    count = max(1, math.ceil(time / h - 1e-9))
    if count > (most := most_steps(asked.method)):
        notes.append(f"the numerical solution is shown for its first {most} of {count} steps")
        count = most
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that numbers leave the range of floats is seen, and said below
            path = np.asarray(integrate(asked.method, asked.field, x0, h, count), float)
    except ImdeError as error:
        notes.append(f"no numerical solution: {' '.join(str(error).split())}")
        path = x0[None]
    if not np.isfinite(path).all():
        notes.append("the numerical solution grows beyond all bounds")
    name = "learned by a model" if asked.direction == "inverse" else "modified equation"
    with np.errstate(all="ignore"):
        true = true_solution(derivation, tuple(asked.x0), time)
        model = flow(lambda x: learned(x, h), asked.x0, time, POINTS)
    for what, points in (("true solution", true), ("solution of the equation in h", model)):
        if not np.isfinite(points).all():
            end = time * max(0, int(np.argmin(np.isfinite(points).all(axis=1))) - 1) / (POINTS - 1)
            notes.append(f"the {what} is followed up to the time {end:.3g}")
    return Curves(
        np.linspace(0, time, POINTS),
        true,
        model,
        h * np.arange(len(path)),
        path,
        name,
        asked.direction == "forward",
        tuple(notes),
    )


def _window(true: np.ndarray, others: list[np.ndarray]) -> tuple[float, float]:
    """Around all curves, as long as they stay within WIDE times the reach of the true one."""
    low, high = span([true], 0.0)
    reach = (WIDE - 1) / 2 * max(high - low, 1e-9)
    bound = [np.clip(v[np.isfinite(v)], low - reach, high + reach) for v in others]
    return span([true, *bound])


def phase(c: Curves, places: tuple[int, int], names: tuple[str, str]) -> str:
    """The phase portrait in two components."""
    i, j = places
    across, up = (_window(c.true[:, k], [c.learned[:, k], c.numerical[:, k]]) for k in (i, j))
    chart = Chart(f"phase portrait: {names[1]} against {names[0]}", names, across, up)
    chart.line(c.true[:, i], c.true[:, j], "true", "true solution")
    _numerical(chart, c.numerical[:, i], c.numerical[:, j])
    chart.line(c.learned[:, i], c.learned[:, j], "learned", c.label, dash=c.agree)
    chart.dots(c.true[:1, i], c.true[:1, j], "mark", "start", 4)
    return chart.svg()


def _numerical(chart: Chart, x: np.ndarray, y: np.ndarray) -> None:
    if len(x) <= 250:
        chart.dots(x, y, "numerical", "numerical solution")
    chart.line(x, y, "numerical", "numerical solution")


def series(c: Curves, place: int, name: str) -> str:
    """One component against time."""
    window = _window(c.true[:, place], [c.learned[:, place], c.numerical[:, place]])
    chart = Chart(f"{name} against time", ("time", name), (0.0, float(c.times[-1])), window)
    chart.line(c.times, c.true[:, place], "true", "true solution")
    _numerical(chart, c.steps, c.numerical[:, place])
    chart.line(c.times, c.learned[:, place], "learned", c.label, dash=c.agree)
    return chart.svg()


@dataclass(frozen=True)
class Drift:
    """Along each trajectory: how a quantity differs from its first value, or how far it lies from the true solution."""

    name: str
    learned: np.ndarray
    numerical: np.ndarray
    shadow: np.ndarray | None = None
    start: float = 0.0


def drift(asked: Asked, c: Curves, derivation: Derivation, h: float) -> Drift:
    """Of the field's first invariant, where it has one; with what the equation's own Hamiltonian does along the steps."""
    known = asked.field.invariants
    with np.errstate(all="ignore"):
        if known:
            name, expression = next(iter(known.items()))
            value = numbers_of(asked.field, (expression,))
            learned, numerical = value(c.learned)[:, 0], value(c.numerical)[:, 0]
            shadow = None
            if asked.direction == "forward" and (terms := derivation.shadow) is not None:
                rows = numbers_of(asked.field, terms)(c.numerical)
                shadow = rows @ h ** np.arange(len(terms))
                shadow = shadow - shadow[0]
            return Drift(name, learned - learned[0], numerical - numerical[0], shadow, float(numerical[0]))
        at_steps = np.column_stack([np.interp(c.steps, c.times, column) for column in c.true.T])
        return Drift("", np.abs(c.learned - c.true).max(axis=1), np.abs(c.numerical - at_steps).max(axis=1))


def drift_picture(c: Curves, d: Drift) -> str:
    """The drift against time."""
    given = [d.numerical] if d.shadow is None else [d.numerical, d.shadow]
    label = f"change of {d.name.replace('_', ' ')}" if d.name else "distance from the true solution"
    shown = [v[np.isfinite(v)] for v in [d.learned, *given]]
    typical = max((float(np.quantile(np.abs(v), 0.9)) for v in shown if len(v)), default=1.0)
    window = span([np.clip(v, -4 * typical, 4 * typical) for v in shown] + [np.zeros(1)])
    chart = Chart(f"{label} against time", ("time", label), (0.0, float(c.times[-1])), window)
    if d.name:
        chart.rule(0.0, "true", "true solution", across=True)
    chart.line(c.steps, d.numerical, "numerical", "numerical solution")
    chart.line(c.times, d.learned, "learned", c.label, dash=c.agree)
    if d.shadow is not None:
        chart.line(c.steps, d.shadow, "shadow", "shadow Hamiltonian, numerical", dash=True)
    return chart.svg()


def error_picture(s: Sampled, h: float, limit: float | None, direction: str) -> str:
    """The largest |f_h - f| over the box against h, with the h of now and the end of validity."""
    steps, errors = s.curve
    good = np.isfinite(errors) & (errors > 0)
    x = math.log10(min(steps[0], h)), math.log10(max(steps[-1], h))
    y = span([np.log10(errors[good])] if good.any() else [])
    top = math.log10(s.terms.sup[0] * 100) if s.terms.sup[0] > 0 else y[1]
    what = "what is learned" if direction == "inverse" else "what is solved"
    chart = Chart(
        f"error of {what} against h", ("step size h", "largest |f_h - f|"), x, (y[0], max(min(y[1], top), y[0] + 1)), log=True
    )
    chart.line(steps[good], errors[good], "learned", "predicted error")
    if limit is not None and steps[0] < limit < 10 ** x[1]:
        chart.rule(limit, "true", "end of validity")
    chart.rule(h, "mark", f"h = {h:.4g}")
    chart.dots(np.array([h]), np.array([s.terms.at(h)[1]]), "mark", "", 4)
    return chart.svg()


def orders_picture(report: Any) -> str:
    """Errors of a check against h, a line for each truncation."""
    steps = np.array(report.steps, float)
    errors = np.array(report.errors, float)
    shown = errors[(errors > 0) & np.isfinite(errors)]
    if not shown.size:
        shown = np.array([1e-16])
    y = math.log10(shown.min()) - 0.3, math.log10(shown.max()) + 0.3
    chart = Chart(
        "error of one step against h", ("step size h", "error"), (math.log10(steps.min()), math.log10(steps.max())), y, log=True
    )
    kinds = ("numerical", "learned", "shadow", "mark")
    for n, (row, seen) in enumerate(zip(errors, report.observed, strict=True), 1):
        good = row > 0
        label = f"order {n}: " + ("exact" if seen is None else f"slope {seen:.2f}")
        if good.any():
            chart.line(steps[good], row[good], kinds[(n - 1) % 4], label, dash=n > 4)
            chart.dots(steps[good], row[good], kinds[(n - 1) % 4], label, 3)
    return chart.svg()
