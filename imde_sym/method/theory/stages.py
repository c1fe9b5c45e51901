"""The numbers of Runge-Kutta stages, and the stages of methods that are made of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

import sympy

from ...base.errors import MethodError
from ...expressions.layout import decimal_text, numerals_of
from ...rings import Scalar, is_exact, scalar, sum_tolerance, to_sympy, vanishes

MAX_STAGES = 100
FEWEST_PLACES = 3
"""Abscissae of fewer decimal places must be the row sums: 0.2 is no rounded 0.24."""
Matrix = Sequence[Sequence[Scalar]]


class HasStages(Protocol):
    """What has the numbers of Runge-Kutta stages."""

    @property
    def A(self) -> Matrix:
        """s×s entries."""
        ...

    @property
    def b(self) -> Sequence[Scalar]:
        """s weights."""
        ...

    @property
    def given_c(self) -> Sequence[Scalar] | None:
        """s abscissae where they are not the row sums of A."""
        ...


class Stages(NamedTuple):
    """A, b, and the abscissae where they are not the row sums."""

    A: Matrix
    b: Sequence[Scalar]
    given_c: Sequence[Scalar] | None = None


def abscissae(stages: HasStages) -> list[Scalar]:
    """The times of the stages, in steps: as given, else the row sums."""
    return list(stages.given_c) if stages.given_c is not None else [total(row) for row in stages.A]


def total(values: Sequence[Scalar]) -> Scalar:
    """The sum, expanded where it is an expression.

    >>> total([Fraction(1, 2), Fraction(1, 4)])
    Fraction(3, 4)
    """
    out = sum(values, Fraction(0))
    return scalar(sympy.expand(out)) if isinstance(out, sympy.Basic) else out


def one_after_the_other(parts: Sequence[HasStages], fractions: Sequence[Scalar]) -> Stages:
    """The stages of a composition, the first part applied first, each with its fraction of the step.

    Time runs on by Σ b of what was done, so that given abscissae keep their place in the step.
    """
    count = sum(len(t.b) for t in parts)
    timed = any(t.given_c is not None for t in parts)
    A: list[list[Scalar]] = []
    c: list[Scalar] = []
    done: list[Scalar] = []
    for t, theta in zip(parts, fractions, strict=True):
        rest = [Fraction(0)] * (count - len(done) - len(t.b))
        A.extend([*done, *(theta * a for a in row), *rest] for row in t.A)
        if timed:
            c.extend(total([*done, theta * x]) for x in abscissae(t))
        done = [*done, *(theta * b for b in t.b)]
    return Stages(A, done, c if timed else None)


def reversed_stages(t: HasStages) -> Stages:
    """The stages of the adjoint method, in reversed sequence (HLW Thm II.3.2)."""
    A = [[b - a for a, b in zip(row[::-1], t.b[::-1], strict=True)] for row in t.A[::-1]]
    c = None if t.given_c is None else [total([*t.b, -x]) for x in t.given_c[::-1]]
    return Stages(A, t.b[::-1], c)


def side_by_side(parts: Sequence[HasStages], weights: Sequence[Scalar]) -> Stages:
    """The stages of Σ weight · (result of a part)."""
    count, timed = sum(len(t.b) for t in parts), any(t.given_c is not None for t in parts)
    A: list[list[Scalar]] = []
    for t in parts:
        before = len(A)
        A.extend([*[Fraction(0)] * before, *row, *[Fraction(0)] * (count - before - len(row))] for row in t.A)
    b = [weight * x for weight, t in zip(weights, parts, strict=True) for x in t.b]
    return Stages(A, b, [x for t in parts for x in abscissae(t)] if timed else None)


# -- structure ------------------------------------------------------------------------------------
Residuals = Callable[[Callable[[Scalar], Any]], Iterator[Any]]


def is_strictly_lower(A: Matrix) -> bool:
    """Whether the stages can be computed one after the other."""
    return all(a == 0 for i, row in enumerate(A) for a in row[i:])


def symplectic_residuals(A: Matrix, b: Sequence[Scalar]) -> Residuals:
    """b_i a_ij + b_j a_ji - b_i b_j for all i, j (Sanz-Serna 1988; HLW Thm VI.4.3)."""
    s = range(len(b))

    def residuals(number: Callable[[Scalar], Any]) -> Iterator[Any]:
        rows, weights = [[number(a) for a in row] for row in A], [number(x) for x in b]
        return (weights[i] * rows[i][j] + weights[j] * rows[j][i] - weights[i] * weights[j] for i in s for j in s if j <= i)

    return residuals


def jointly_symplectic_residuals(parts: Sequence[HasStages], every_pair: bool = False) -> Residuals:
    """b_i â_ij + b̂_j a_ji - b_i b̂_j for the pairs of parts, and b - b̂ where there are two (HLW Thm VI.4.6).

    every_pair : the first condition for each part with itself too, and no other, where there are two as well
    """
    n, s = len(parts), range(len(parts[0].b))
    pairs = [(0, 1)] if n == 2 and not every_pair else [(x, y) for x in range(n) for y in range(x, n)]

    def residuals(number: Callable[[Scalar], Any]) -> Iterator[Any]:
        A = [[[number(a) for a in row] for row in p.A] for p in parts]
        b = [[number(x) for x in p.b] for p in parts]
        if n == 2 and not every_pair:
            yield from (x - y for x, y in zip(*b, strict=True))
        for x, y in pairs:
            yield from (b[x][i] * A[y][i][j] + b[y][j] * A[x][j][i] - b[x][i] * b[y][j] for i in s for j in s)

    return residuals


def symmetric_residuals(parts: Sequence[HasStages]) -> Residuals:
    """a_ij + a_{s+1-i,s+1-j} - b_j of each part, with the stages in the order of c, one order for all (HLW Thm V.2.3)."""
    times = zip(*([_real_part(x) for x in abscissae(part)] for part in parts), strict=True)
    up = [i for _, i in sorted((time, i) for i, time in enumerate(times))]

    def residuals(number: Callable[[Scalar], Any]) -> Iterator[Any]:
        for part in parts:
            rows, b = [[number(a) for a in row] for row in part.A], [number(x) for x in part.b]
            yield from (rows[i][j] + rows[up[-1 - k]][up[-1 - m]] - b[j] for k, i in enumerate(up) for m, j in enumerate(up))

    return residuals


def _real_part(value: Scalar) -> float:
    """By which stages are put in order; 0 for symbols."""
    expression = to_sympy(value)
    return 0.0 if expression.free_symbols else complex(expression).real


# -- abscissae as they are given ------------------------------------------------------------------
def agreeing_abscissa(i: int, given: Scalar, row: Sequence[Scalar]) -> Scalar:
    """The given abscissa where it is the sum of its row, the sum where it agrees to the digits that are given.

    Raises MethodError for another one.
    """
    expected = total(row)
    difference = given - expected if is_exact(given) == is_exact(expected) else complex(given) - complex(expected)
    if is_exact(given) == is_exact(expected) and vanishes(difference, sum_tolerance(row)):
        return given
    places = _places(given)
    written = 0.5001 * 10.0**-places if places >= FEWEST_PLACES else 0.0
    tolerance = max(written, sum_tolerance([given, *row]) or 0.0)
    if tolerance and vanishes(difference, tolerance):
        return expected
    decimal = numerals_of([to_sympy(given)]).decimals and not to_sympy(expected).free_symbols
    said, sums = (decimal_text(x) if decimal else str(x) for x in (given, expected))
    raise MethodError(f"c[{i}] = {said}, but row {i} of A sums to {sums}: c must be the row sums; check_c=False takes c as given")


def _places(value: Scalar) -> int:
    """Decimal places of a decimal or a float as it is printed; 0 for other numbers."""
    if isinstance(value, float):
        value = Fraction(repr(value))
    if not isinstance(value, Fraction):
        return 0
    places = next((k for k in range(1, 40) if 10**k % value.denominator == 0), 0)
    return places if value.denominator > 1 else 0
