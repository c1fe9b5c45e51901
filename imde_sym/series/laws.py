"""Laws of B-series: exp, log, composition, inverse, adjoint, change of step size."""

from __future__ import annotations

import cmath
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from .. import prelie
from ..base.arguments import checked
from ..base.errors import SeriesError, shown
from ..prelie import Graded
from ..rings import Arithmetic, scalar
from ..trees import TreeSpace, tree_table
from .bseries import BSeries, common, evaluate


def _apply(law: Callable[..., Graded], empty: int, name: str, *series: BSeries) -> BSeries:
    """A law of the pre-Lie calculus on series of one colour count, up to their lowest order."""
    order, colors = common(*series)
    table = tree_table(colors)

    def compute(arithmetic: Arithmetic, *given: np.ndarray) -> Any:
        space = TreeSpace(table, order, arithmetic)
        return space.flat(law(space, *map(space.graded, given)))

    values, errors = evaluate(compute, *(s.truncate(order) for s in series))
    return BSeries(order, values, Fraction(empty), colors, name, errors)


def _require(series: BSeries, empty: int, law: str) -> None:
    if not isinstance(series, BSeries):
        raise SeriesError(f"{law} takes B-series, got a {type(series).__name__}; method_series gives that of a method")
    if series.empty != empty:
        kind = "a map, a(∅) = 1" if empty else "a field, a(∅) = 0"
        raise SeriesError(f"{law} needs {kind}; here a(∅) = {series.empty}")


@checked
def exp(b: BSeries) -> BSeries:
    """The time-one flow of a field: a map with log(exp(b)) = b. Raises SeriesError for a map.

    Cost: O(order² N(order)).

    >>> from imde_sym import exact_series, methods, modified_series
    >>> exp(modified_series(methods["explicit_euler"], 3))["[[]]"]
    Fraction(0, 1)
    """
    _require(b, 0, "exp")
    return _apply(prelie.exp, 1, f"exp({b.name})" if b.name else "", b)


@checked
def log(a: BSeries) -> BSeries:
    """The field whose time-one flow is the map a. Raises SeriesError for a field. Cost: O(order² N(order)).

    >>> from imde_sym import exact_series
    >>> log(exact_series(3)).coefficients
    (Fraction(1, 1), Fraction(0, 1), Fraction(0, 1), Fraction(0, 1))
    """
    _require(a, 1, "log")
    return _apply(prelie.log, 0, f"log({a.name})" if a.name else "", a)


@checked
def compose(*maps: BSeries, steps: Sequence[Any] | None = None) -> BSeries:
    """The composition of maps, the first argument applied first, each with its own step h.

    So two exact flows give 2^|t|/γ(t). `steps` gives each map its fraction of the step instead.
    Truncated at the lowest order. Raises SeriesError for fields, for different numbers of colours, for
    as many steps as there are not maps. Cost: O(order² N(order)) for each.

    >>> from imde_sym import exact_series
    >>> compose(exact_series(3), exact_series(3))["[[],[]]"]
    Fraction(8, 3)
    >>> compose(exact_series(3), exact_series(3), steps=["1/3", "2/3"]) == exact_series(3)
    True
    """
    if not maps:
        raise SeriesError("compose needs at least one series")
    for a in maps:
        _require(a, 1, "compose")
    if steps is not None:
        if isinstance(steps, str) or not isinstance(steps, Sequence):
            raise SeriesError(f"steps must be a list of step fractions, one for each map; got {steps!r}")
        if len(steps) != len(maps):
            raise SeriesError(f"{len(steps)} step fractions for {len(maps)} maps: give one for each")
        maps = tuple(scale(a, step) for a, step in zip(maps, steps, strict=True))
    total = maps[0]
    for a in maps[1:]:
        total = _apply(prelie.compose, 1, "", total, a)
    return total


@checked
def inverse(a: BSeries) -> BSeries:
    """The inverse map: exp(-log a). Raises SeriesError for a field.

    >>> from imde_sym import exact_series
    >>> compose(exact_series(4), inverse(exact_series(4))).coefficients[1]
    Fraction(0, 1)
    """
    _require(a, 1, "inverse")
    return exp(-log(a))


@checked
def scale(a: BSeries, factor: Any) -> BSeries:
    """The series with step size factor·h: coefficients a(t) factor^|t|. Cost: O(N(order)).

    Raises RingError where the factor is not a number, SeriesError where floats of the series leave their range.

    >>> from imde_sym import exact_series
    >>> scale(exact_series(2), "1/2").coefficients
    (Fraction(1, 2), Fraction(1, 8))
    """
    theta, table = scalar(factor), tree_table(common(a)[1])
    orders = table.order[: len(a)]

    def compute(arithmetic: Arithmetic, given: np.ndarray) -> Any:
        step = arithmetic.array([theta])
        powers = [arithmetic.array([Fraction(1)])]
        for _ in range(a.order):
            powers.append(arithmetic.reduce(powers[-1] * step))
        return arithmetic.reduce(given * np.concatenate(powers)[orders])

    with np.errstate(over="ignore", invalid="ignore"):
        values, errors = evaluate(compute, a, others=[theta])
    if any(isinstance(v, float | complex) and not cmath.isfinite(v) for v in values):
        raise SeriesError(f"scaled by {shown(factor)}, coefficients of the series are beyond the range of floats")
    return BSeries(a.order, values, a.empty, a.colors, errors=errors)


@checked
def adjoint(a: BSeries) -> BSeries:
    """The adjoint method: the inverse of a with step -h (HLW II.3). Raises SeriesError for a field.

    >>> from imde_sym import method_series, methods
    >>> adjoint(method_series(methods["explicit_euler"], 4)) == method_series(methods["implicit_euler"], 4)
    True
    """
    _require(a, 1, "adjoint")
    return inverse(scale(a, -1))
