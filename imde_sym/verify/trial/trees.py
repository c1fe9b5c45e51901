"""A claim over trees: coefficient by coefficient, and what else it may be right as."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import factorial
from typing import Any

from ...base.errors import ImdeError, SeriesError, UnknownNameError
from ...method import Method
from ...rings import Scalar, is_zero, to_sympy, vanishes
from ...series import BSeries, exact_series, inverse_modified_series, method_series, modified_series
from ...trees import RootedTree
from .claims import TreeClaim
from .value import WrongTerm

RELATIVE = 1e-9
"""Floats that agree to this are equal."""
CONVENTIONS: dict[str, Callable[[RootedTree], Fraction]] = {
    "c(t)": lambda _: Fraction(1),
    "c(t)/σ(t)": lambda t: Fraction(1, t.symmetry),
    "c(t)γ(t), of α(t) h^|t|/|t|!": lambda t: Fraction(t.density),
    "c(t)|t|!/σ(t), of h^|t|/|t|!": lambda t: Fraction(factorial(t.order), t.symmetry),
    "c(t)(|t|-1)!/σ(t), of h^(|t|-1)/(|t|-1)!": lambda t: Fraction(factorial(t.order - 1), t.symmetry),
    "c(t)σ(t)": lambda t: Fraction(t.symmetry),
    "c(t)/γ(t)": lambda t: Fraction(1, t.density),
    "c(t)α(t)/|t|! = c(t)/(σ(t)γ(t))": lambda t: Fraction(1, t.symmetry * t.density),
    "c(t)α(t)": lambda t: Fraction(factorial(t.order), t.symmetry * t.density),
}
"""What people write instead of c(t), in B(c, y) = Σ h^|t|/σ(t) c(t) F(t)(y)."""
WORDS = {
    "c": "c(t)",
    "c/sigma": "c(t)/σ(t)",
    "c/σ": "c(t)/σ(t)",
    "c*gamma": "c(t)γ(t), of α(t) h^|t|/|t|!",
    "alpha": "c(t)γ(t), of α(t) h^|t|/|t|!",
}


def convention_of(word: str) -> str:
    """The convention that a word means."""
    if word in CONVENTIONS:
        return word
    if word not in WORDS:
        raise UnknownNameError("convention", word, WORDS)
    return WORDS[word]


def judged_orders(claim: TreeClaim, order: int | None) -> range:
    """From the lowest order that is named to the highest, or to the one that was asked for."""
    orders = {t.order for t in claim.coefficients}
    low, high = (min(orders), max(orders)) if orders else (1, 1)
    last = high if order is None else order
    if last < low:
        raise SeriesError(f"the claim names trees from order {low} on; order={order} leaves nothing to judge")
    return range(low, last + 1)


def compare_trees(
    claim: TreeClaim, method: Method, direction: str, orders: range, convention: str, tolerance: float | None
) -> tuple[list[WrongTerm], str]:
    """The wrong coefficients, in the claim's convention, and what it is right as instead, or ""."""
    colors = max([method.colors, *(t.colors for t in claim.coefficients)])
    right = _series(direction, method, orders[-1], colors)
    judged = [t for t in right if t.order in orders]
    claimed = {t: claim.coefficients.get(t, Fraction(0)) for t in judged}
    factor = CONVENTIONS[convention]
    errors = dict(zip(right, right.errors, strict=True)) if right.errors else {}

    def bad(expected: Mapping[RootedTree, Scalar]) -> list[RootedTree]:
        return [t for t in judged if not _equal(claimed[t], expected[t], errors.get(t, 0.0), tolerance)]

    own = {t: right[t] * factor(t) for t in judged}
    wrong = [WrongTerm(t.order - 1, "", t, claimed[t], own[t]) for t in bad(own)]
    if not wrong:
        return [], ""
    told = sum(not is_zero(claimed[t]) for t in judged if t.order > 1)
    for name, values in _alternatives(right, method, direction, convention) if told > 1 else ():
        if not bad({t: values(t) for t in judged}):
            return wrong, name
    return wrong, ""


def _series(direction: str, method: Method, order: int, colors: int) -> BSeries:
    return (inverse_modified_series if direction == "inverse" else modified_series)(method, order, colors)


def _alternatives(
    right: BSeries, method: Method, direction: str, convention: str
) -> Iterator[tuple[str, Callable[[RootedTree], Any]]]:
    """Names of what a claim may be, with its coefficients."""
    other = "forward" if direction == "inverse" else "inverse"
    titles = {"forward": "the modified equation (forward)", "inverse": "the inverse modified equation"}
    sources: list[tuple[str, BSeries]] = [("", right)]
    others: dict[str, Callable[[], BSeries]] = {
        titles[other]: lambda: _series(other, method, right.order, right.colors),
        "the map of the method, a(t)": lambda: method_series(method, right.order, right.colors),
        "the exact flow, 1/γ(t)": lambda: exact_series(right.order, right.colors),
    }
    for title, build in others.items():
        try:
            sources.append((title, build()))
        except ImdeError:  # a method without this series
            continue
    for title, series in sources:
        for sign in (1, -1):
            for name, factor in CONVENTIONS.items():
                if sign == 1 and not title and name == convention:
                    continue
                words = [title, "of -h" if sign < 0 else "", name if name != "c(t)" or not title else ""]

                def values(t: RootedTree, series: BSeries = series, factor: Any = factor, sign: int = sign) -> Any:
                    return series[t] * factor(t) * Fraction(sign ** (t.order - 1))

                yield ", ".join(filter(None, words)), values


def _equal(a: Scalar, b: Scalar, error: float, tolerance: float | None) -> bool:
    if isinstance(a, Fraction) and isinstance(b, Fraction) and not error and tolerance is None:
        return a == b
    floats = any(isinstance(v, float | complex) for v in (a, b))
    size = max((abs(complex(v)) for v in (a, b) if _has_size(v)), default=0.0)
    allowed = max(error, size * max(tolerance or 0.0, RELATIVE if floats else 0.0))
    difference = a - b if type(a) is type(b) else to_sympy(a) - to_sympy(b)
    if floats or allowed:
        return bool(abs(complex(difference)) <= allowed)
    return vanishes(difference)


def _has_size(value: Scalar) -> bool:
    return not getattr(value, "free_symbols", None)
