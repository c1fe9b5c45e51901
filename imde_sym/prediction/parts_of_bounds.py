"""What a bound is made of, line by line: each part is proved, estimated or assumed, and says of what it is a bound."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .enclosing import rounded_down, rounded_up
from .outward import down, finite

PROVED, ESTIMATED, ASSUMED = "proved", "estimated", "assumed"


@dataclass(frozen=True)
class Part:
    """One line of a bound: its name, its value, whether it is "proved", "estimated" or "assumed", and what it is."""

    name: str
    value: float
    status: str
    words: str


def parts_of(bound: Any) -> Iterator[Part]:
    """The parts of a bound in their order."""
    K, (low, high) = bound.K, bound.terms
    yield from _of_learner(bound)
    yield Part("terms", high, PROVED, f"sup |f_h^{K} - f| over the domain, at least {rounded_down(low)}: ball arithmetic")
    if bound.direction == "forward":
        bounded = f"|Φ_h[f] - φ_h[f_h^{K}]|/h over the domain"
    else:
        bounded = f"|f_θ - {'f' if bound.choice == 'A' else f'f_h^{K}'}| over the domain for a learner without loss"
    reason = f": {bound.why}" if bound.learner is not None else ""
    yield Part("remainder", bound.remainder, PROVED, f"no bound of {bounded}{reason}" if bound.why else bounded)
    if bound.direction == "inverse":
        yield _loss(bound)
        yield _size(bound)
    if bound.equation.method.is_rounded:
        exact = "the numbers of the method are the exact ones of which they are roundings"
        yield Part("method", bound.equation.method.rounding, ASSUMED, exact)
    if bound.convergence is not None:
        suggested = "the radius of convergence in h that the terms on the domain suggest"
        beyond = " (h is beyond it: no sum is near f_h)" if bound.h >= bound.convergence else ""
        yield Part("convergence", bound.convergence, ESTIMATED, suggested + beyond)


def _of_learner(bound: Any) -> Iterator[Part]:
    for name, ends, other in (("error", bound.error, "f"), ("distance", bound.distance, f"f_h^{bound.K}")):
        if ends is not None:
            words = (
                f"sup |f_θ - {other}| over the domain, at least {rounded_down(ends[0])}: ball arithmetic with the given learner"
            )
            yield Part(name, ends[1], PROVED, words)
    if bound.learner is not None:
        of = "sup |Φ_h[f_θ] - φ_h[f]|/h over the domain: the loss of the given learner in the sup norm"
        yield Part("residual", bound.residual, PROVED, of if math.isfinite(bound.residual) else f"no bound of {of}")


def _loss(bound: Any) -> Part:
    own = bound.learner is not None and bound.given["loss"] is None
    if bound.given["loss"] is None and not own:
        return Part("loss", 0.0, ASSUMED, "L = 0: the learner reproduces the flow exactly")
    room = ""
    if bound.R1 is not None:
        room = f" on all complex points within {_radii(bound, bound.near)} of the domain" if bound.near else " on the domain"
    if own and bound.R1 is None:
        return Part("loss", math.inf, PROVED, "no bound of the loss near the domain")
    words = f"{bound.gain:.6g} L, with |Φ_h[f_θ] - φ_h[f]|/h <= L = {rounded_up(bound.loss) if own else f'{bound.loss:g}'}{room}"
    return Part("loss", bound.loss_term, PROVED if own else ASSUMED, words + _refuted(bound))


def _refuted(bound: Any) -> str:
    """What the distance of a given learner says of a loss that was assumed: |f_θ - f_h^K| <= remainder + gain L."""
    ends, remainder, gain = bound.error if bound.choice == "A" else bound.distance, finite(bound.remainder), finite(bound.gain)
    if ends is None or bound.given["loss"] is None or remainder is None or gain is None or not gain:
        return ""
    least = down(max((Fraction(ends[0]) - remainder) / gain, Fraction(0)))
    return f"; the given learner has a larger one: at least {rounded_down(least)}" if least > bound.loss else ""


def _size(bound: Any) -> Part:
    M = math.inf if bound.M_theta is None else bound.M_theta
    room = "a complex neighbourhood" if bound.R1 is None else f"all complex points within {_radii(bound, bound.R1)}"
    each = "" if bound.weights is None or min(bound.weights) == 1 else f" times {_radii(bound, 1)}, component by component,"
    if bound.learner is None:
        return Part("M_theta", M, ASSUMED, f"the learner is analytic, and no larger than this{each} on {room} of the domain")
    if math.isinf(M):
        return Part("M_theta", M, PROVED, "no bound of the given learner")
    return Part("M_theta", M, PROVED, f"the given learner is analytic, and no larger than this{each} on {room} of the domain")


def _radii(bound: Any, R: float) -> str:
    """R w_j in words."""
    radii = [f"{R * w:.3g}" for w in bound.weights or (1,)]
    return radii[0] if len(set(radii)) == 1 else f"({', '.join(radii)})"
