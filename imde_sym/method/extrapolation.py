"""Richardson extrapolation of Runge-Kutta methods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.checks import check_count
from ..base.errors import MethodError, shown
from ..rings import as_fraction, scalar
from .families.runge_kutta import ButcherTableau
from .gate import MethodLike
from .theory.stages import MAX_STAGES, one_after_the_other, side_by_side
from .value import digits_of


@checked
def extrapolate(method: MethodLike, counts: Sequence[int], order: int | None = None) -> ButcherTableau:
    """Richardson extrapolation over `counts` substeps as one Butcher tableau (Aitken-Neville; HNW II.9).

    order : the order of the method, by default computed; expansions in h² are used for symmetric methods
    Raises MethodError unless the counts are different positive integers.

    >>> from imde_sym.methods import methods
    >>> extrapolate(methods["explicit_euler"], [1, 2, 3]).order
    3
    """
    if not isinstance(method, ButcherTableau):
        raise MethodError(f"extrapolate takes a Butcher tableau, got a {type(method).__name__}: the result is one tableau")
    if isinstance(counts, str) or not isinstance(counts, Iterable):
        raise MethodError(f"counts must be a sequence of numbers of substeps, such as [1, 2, 4]; got {shown(counts)}")
    counts = [check_count(n, "a number of substeps", 1, MAX_STAGES, MethodError) for n in counts]
    if not counts or len(set(counts)) < len(counts):
        raise MethodError(f"counts must be different positive integers, got {shown(counts)}")
    if method.stages * sum(counts) > MAX_STAGES:
        raise MethodError(f"{shown(counts)} substeps of {method.stages} stage(s) each: at most {MAX_STAGES} stages are made")
    p = method.order if order is None else check_count(order, "the order of the method", 1, 100, MethodError)
    powers = [p + (2 if method.is_symmetric else 1) * i for i in range(len(counts) - 1)]
    weights = _eliminating([[Fraction(1, n**q) for n in counts] for q in powers], len(counts))
    parts = [one_after_the_other([method] * n, [Fraction(1, n)] * n) for n in counts]
    A, b, c = side_by_side(parts, weights)
    name = f"{method.name}_extrapolated" if method.name else ""
    return ButcherTableau(A, b, c, check_c=c is None, name=name, **digits_of(method))


def _eliminating(conditions: list[list[Fraction]], count: int) -> list[Fraction]:
    """Weights with sum 1 that meet all conditions Σ weight · entry = 0."""
    rows: list[list[Any]] = [[1] * count, *conditions]
    matrix = sympy.Matrix([[sympy.Rational(x) for x in row] for row in rows])
    solution = matrix.LUsolve(sympy.Matrix([1, *[0] * len(conditions)]))
    return [as_fraction(scalar(solution[i])) for i in range(count)]
