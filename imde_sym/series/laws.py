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


def _apply(law: Callable[..., Graded], empty: Any, name: str, *series: BSeries, numbers: Sequence[Any] = ()) -> BSeries:
    """A law of the pre-Lie calculus on series of one colour count, up to their lowest order, and some numbers."""
    order, colors = common(*series)
    table = tree_table(colors)

    def compute(arithmetic: Arithmetic, *given: np.ndarray) -> Any:
        space = TreeSpace(table, order, arithmetic)
        return space.flat(law(space, *map(space.graded, given), *map(space.scalar, numbers)))

    values, errors = evaluate(compute, *(s.truncate(order) for s in series), others=numbers)
    return BSeries(order, values, scalar(empty), colors, name, errors)


def _require(series: BSeries, empty: int, law: str) -> None:
    if not isinstance(series, BSeries):
        raise SeriesError(f"{law} takes B-series, got {shown(series)}; method_series gives that of a method")
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
    """The composition of series, the first argument applied first, each with its own step h.

    So two exact flows give 2^|t|/γ(t). The last one need not be a map: a field is read off at the mapped point, as h·f
    for the derivative that dense output starts from, and any a(∅) is carried on. `steps` gives each its fraction of the
    step instead of a whole one. Truncated at the lowest order. Raises SeriesError where one before the last is not a map,
    for different numbers of colours, for as many steps as there are not series. Cost: O(order² N(order)) for each.

    >>> from imde_sym import exact_series
    >>> compose(exact_series(3), exact_series(3))["[[],[]]"]
    Fraction(8, 3)
    >>> compose(exact_series(3), exact_series(3), steps=["1/3", "2/3"]) == exact_series(3)
    True
    >>> field = BSeries(3, [1, 0, 0, 0], empty=0)
    >>> compose(exact_series(3), field)["[[],[]]"]  # h f(y1): the product over the branches
    Fraction(1, 1)
    """
    if not maps:
        raise SeriesError("compose needs at least one series")
    for a in maps[:-1]:
        _require(a, 1, "compose, before its last argument,")
    common(*maps)
    if steps is not None:
        if isinstance(steps, str) or not isinstance(steps, Sequence):
            raise SeriesError(f"steps must be a list of step fractions, one for each map; got {steps!r}")
        if len(steps) != len(maps):
            raise SeriesError(f"{len(steps)} step fractions for {len(maps)} maps: give one for each")
        maps = tuple(scale(a, step) for a, step in zip(maps, steps, strict=True))
    total = maps[0]
    for a in maps[1:]:
        total = _apply(prelie.compose, a.empty, "", total, a, numbers=[a.empty])
    return total


@checked
def conjugate(a: BSeries, change: BSeries) -> BSeries:
    """The map a in other coordinates: χ first backwards, then a, then χ. Raises SeriesError for fields.

    The methods a and χ ∘ a ∘ χ⁻¹ have the same behaviour over many steps (Butcher 1969; HLW VI.8).

    >>> from imde_sym import method_series, methods
    >>> half = scale(method_series(methods["explicit_euler"], 4), "1/2")
    >>> conjugate(method_series(methods["trapezoid"], 4), half) == method_series(methods["implicit_midpoint"], 4)
    True
    """
    return compose(inverse(change), a, change)


@checked
def symmetric_part(a: BSeries) -> BSeries:
    """The symmetric method s with a = s after an even map: exp(log(adjoint(a) then a)/2), both with the step h.

    Every map is s after e in one way, with adjoint(s) = s and e(t) = 0 in odd orders of t: the odd-even decomposition of
    characters (Aguiar, Bergeron, Sottile 2006); `even_part` is e. Raises SeriesError for a field.

    >>> from imde_sym import method_series, methods
    >>> a = method_series(methods["rk4"], 6)
    >>> adjoint(symmetric_part(a)) == symmetric_part(a), compose(even_part(a), symmetric_part(a)) == a
    (True, True)
    """
    return exp(log(compose(adjoint(a), a)) / 2)


@checked
def even_part(a: BSeries) -> BSeries:
    """The even map e with a = `symmetric_part(a)` after e: scale(e, -1) = e. It is the identity for a symmetric method.

    Raises SeriesError for a field.

    >>> from imde_sym import method_series, methods
    >>> from imde_sym.series import identity_series
    >>> even_part(method_series(methods["trapezoid"], 5)) == identity_series(5)
    True
    """
    return compose(a, inverse(symmetric_part(a)))


@checked
def lie_bracket(v: BSeries, w: BSeries) -> BSeries:
    """The commutator of two fields as derivations, w' v - v' w: what moving along v and w in different order differs by.

    Raises SeriesError for maps. Cost: O(order N(order)).

    >>> from imde_sym import methods, modified_series
    >>> b = modified_series(methods["heun2"], 4)
    >>> lie_bracket(b, b) == 0 * b
    True
    """
    for field in (v, w):
        _require(field, 0, "lie_bracket")
    return _apply(prelie.bracket, 0, "", v, w)


@checked
def renormalize(a: BSeries, back: bool = False) -> BSeries:
    """The coefficients a(t)/σ(t), those of the elementary differentials, in place of a(t); with `back` the other way.

    Laws, orders and LaTeX read a(t): renormalize formulas only to compare them with others', which often print a(t)/σ(t).
    Raises SeriesError for what is not a series.

    >>> from imde_sym import exact_series
    >>> renormalize(exact_series(3))["[[],[]]"]
    Fraction(1, 6)
    >>> renormalize(renormalize(exact_series(5)), back=True) == exact_series(5)
    True
    """
    sigma = tree_table(common(a)[1], a.order).symmetry[: len(a)]
    factors = [Fraction(int(s)) if back else Fraction(1, int(s)) for s in sigma]
    values = [v * f for v, f in zip(a.coefficients, factors, strict=True)]
    errors = [e * float(f) for e, f in zip(a.errors, factors, strict=True)] if a.errors else ()
    return BSeries(a.order, values, a.empty, a.colors, errors=errors)


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
    theta, table = scalar(factor), tree_table(common(a)[1], a.order)
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
