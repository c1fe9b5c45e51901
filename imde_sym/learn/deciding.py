"""By which route a model is corrected, and to which order: tried and measured on points."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np

from ..base.errors import LearningError
from ..equations.callables import tree_weights
from ..method import methods
from ..series import modified_series
from .base import as_numpy, rounding
from .calling import FAILURES, PROBES, Calling, brief, calling_of, kinks, named, rows
from .correction import FEW_TERMS, MARGIN, MAX_ORDER, MAX_TREE_ORDER, Correction, Measured, Plan
from .routes import AUTOGRAD, DIFFERENCES, JVP, SERIES, along_of, series_terms, tree_terms
from .states import State
from .stepping import Stepper

SAMPLES = 256
"""Points on which terms are measured."""
DEAR = 5
"""Beyond this power of h, and that of the method's own error, nested derivatives are taken on request only: h^5 takes 150
evaluations of a model within derivatives five deep, h^7 takes 900."""
NEGLIGIBLE = 1e-9
"""A term this much smaller than the field is not worth having."""
AGREEMENT = 2e-2
"""Of a derivative with its difference quotient, relative to the largest."""
EULER = Stepper("explicit Euler", True, ((0.0,),), (1.0,), (0.0,))


def decide(
    correction: Correction,
    model: Any,
    x: Any,
    t: Any,
    rest: Sequence[Any],
    error: float | None = None,
    state: State | None = None,
) -> tuple[Plan, Measured]:
    """How to correct a model at points (..., d) with values, and what was measured at them.

    error : that of the training, where it is known;  state : the pieces in which the model takes points
    Raises LearningError where the model cannot be called or expanded, or the order is out of reach.
    """
    x, t, rest = rows(x, t, rest, SAMPLES)
    x = x.detach() if hasattr(x, "detach") else x
    calling = calling_of(model, x, t, rest, state)
    x = calling.backend.array(x)
    notes = [] if correction.asked == 1 else kinks(model, calling, x, t, rest)
    notes += _precision(calling, x, correction.h)
    route, more = _route(correction, model, calling, x, t, rest)
    calling = replace(calling, gradients=route == AUTOGRAD)
    measured = Measured(correction, Plan(calling, route, 1), model, x, t, rest)
    order, why = _order(correction, route, measured, float(np.finfo(as_numpy(x).dtype).eps), error)
    return Plan(calling, route, order, (*notes, *more, *why)), measured


def _precision(calling: Calling, x: Any, h: float) -> list[str]:
    """What to say of numbers with few digits."""
    values = as_numpy(x)
    if values.dtype.itemsize > 4:
        return []
    how = "jax.config.update('jax_enable_x64', True)" if calling.library == "jax" else "model.double()"
    floor = rounding(values) / abs(h)
    return [f"computed in {values.dtype}: what is below {floor:.0e} is rounding; {how} gives more digits"]


def _route(correction: Correction, model: Any, calling: Calling, x: Any, t: Any, rest: Sequence[Any]) -> tuple[str, list[str]]:
    """The first route that works and agrees with difference quotients of the model; what to say of it."""
    if correction.asked == 1:  # nothing is differentiated
        return JVP, []
    series = correction.by_steps and (correction.asked is None or calling.library == "torch" or correction.asked > FEW_TERMS)
    routes = [] if calling.library == "numpy" or calling.tracked else [SERIES, JVP] if series else [JVP]
    routes += [AUTOGRAD] if calling.library == "torch" else []
    reasons, at = list[str](), rows(x, t, rest, PROBES)
    for route in routes:
        try:
            if _agree(*_derivative(route, calling, model, *at)):
                return route, [] if route == routes[0] and not calling.tracked else [
                    f"derivatives by {route}" + (f" ({reasons[0]})" if reasons else "")
                ]
        except FAILURES as failure:
            reasons.append(f"{route}: {brief(failure)}")
            continue
        reasons.append(f"{route} gives other derivatives than differences of the model's values do")
    why = "; ".join(reasons) or "it is not a function of JAX or torch arrays"
    if not correction.by_steps:
        raise LearningError(f"the model ({named(model)}) cannot be differentiated: {why}")
    return DIFFERENCES, [f"the model cannot be differentiated ({why}): corrected by central differences of its steps"]


def _derivative(route: str, calling: Calling, model: Any, x: Any, t: Any, rest: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Df·f, with ∂f/∂t, by a route, which has to give the next derivative as well; and as a difference quotient."""
    e = 1e-4 if as_numpy(x).dtype.itemsize > 4 else 2e-2

    def quotient(y: Any, s: Any, own: Sequence[Any]) -> Any:
        field = calling.field(model, own)
        f = field(y, s)
        size = e / (1 + abs(f).max())
        later, before = (None, None) if s is None else (s + size, s - size)
        return (field(y + size * f, later) - field(y - size * f, before)) / (2 * size)

    def series(y: Any, s: Any, own: Sequence[Any]) -> Any:
        return series_terms(calling.field(model, own), EULER, calling.library, y, s, 3)[1]

    def trees(y: Any, s: Any, own: Sequence[Any], last: int = 2) -> Any:
        way, powers = JVP if route == SERIES else route, range(1, last + 1)
        values = tree_terms([calling.field(model, own)], along_of(way, calling.library), _euler_weights(), y, s, powers)
        return values[1] + 0 * values[last]

    own = replace(calling, gradients=route == AUTOGRAD)
    first = series if route == SERIES and calling.library == "torch" else trees
    if calling.library == "jax":  # that there are rules, tracing tells; what those of series say is what jvp says
        more = series if route == SERIES else trees
        sys.modules["jax"].eval_shape(lambda y: own.spread(lambda *at: (more(*at),), y, t, rest), x)
        first = partial(trees, last=1)
    found, expected = once(own, lambda *at: (first(*at), quotient(*at)), x, t, rest)
    return -2 * as_numpy(found).astype(float), as_numpy(expected).astype(float)  # Euler's step is the flow of f - h/2 Df·f + ...


@cache
def _euler_weights() -> Any:
    return tree_weights(modified_series(methods["explicit_euler"], 3))


def once(calling: Calling, kernel: Any, x: Any, t: Any, rest: Sequence[Any]) -> Any:
    """The values of a kernel; compiled as a whole in JAX, which is slow operation by operation."""
    if calling.library != "jax":
        return calling.spread(kernel, x, t, rest)
    return sys.modules["jax"].jit(lambda y: calling.spread(kernel, y, t, rest))(x)


def _agree(found: np.ndarray, expected: np.ndarray) -> bool:
    """At half of the points at least: others may lie near a kink, or where the model is not defined."""
    size = np.abs(expected).max(axis=-1)
    scale = np.maximum(size, 1e-2 * np.nan_to_num(size).max(initial=0.0)) + 1e-6
    off = np.abs(found - expected).max(axis=-1)
    good = (off <= AGREEMENT * scale) | ~np.isfinite(expected).all(axis=-1)
    return bool(np.mean(good) >= 0.5)


def _asked(order: int, route: str, limit: int) -> int:
    if order > limit:
        raise LearningError(f"order {order} is out of reach of {route}, which goes to {limit}")
    return order


def _within_reach(correction: Correction) -> int:
    """The highest order whose next term, which tells what is left, takes few nested derivatives; one that corrects at least."""
    kept = [n for n in range(1, DEAR + 1) if not all(correction.vanishes(k) for k in range(n, DEAR + 1))]
    return min(max(kept[-1], correction.method.order + 1), MAX_TREE_ORDER)


def _order(
    correction: Correction, route: str, measured: Measured, precision: float, error: float | None
) -> tuple[int, list[str]]:
    """The order, and why: raised while it pays."""
    steps = route in (SERIES, DIFFERENCES)
    limit = MAX_ORDER if steps else MAX_TREE_ORDER
    if correction.asked is not None:
        return _asked(correction.asked, route, limit), []
    own_order = correction.method.order
    most = limit if steps else _within_reach(correction)
    least, last = min(own_order + MARGIN, most), max(most, DEAR)

    def size(k: int) -> float:
        if steps:  # the first guess is usually enough, and series of a high degree are dear
            measured.find(range(min(least + 1, last) + 1 if k <= least + 1 else last + 1))
        return measured.size(k)

    def following(n: int) -> float:
        """The first term that order n leaves out and that does not vanish; inf where none is within reach."""
        absent = (lambda k: k % 2 == 1 and k > 1) if route == DIFFERENCES else correction.vanishes
        return next((size(k) for k in range(n, last + 1) if not absent(k)), np.inf)

    def best(n: int) -> int:
        """That order, or one between the method's and the least with less left out: terms may be rounding, or grow, before."""
        return min((n, *reversed(range(own_order + 1, n if n == least else 0))), key=following)

    enough = max(NEGLIGIBLE, 4 * precision) * size(0)
    n = least
    while n < most:
        own = following(n)
        if not own > enough:
            return (n := best(n)), [f"order {n}: the next term, {following(n):.1e}, is negligible"]
        if following(n + 1) > own:
            return (n := best(n)), [f"order {n}: further terms do not become smaller, the next is {following(n):.1e}"]
        if error is not None and own < error:
            return n + 1, [f"order {n + 1}: one past where the next term, {own:.1e}, is below the training error, {error:.1e}"]
        n += 1
    return n, [f"order {n}: the highest that is tried"]
