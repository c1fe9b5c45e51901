"""Steps of methods that treat the parts of a field differently, in mpmath arithmetic and from their definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath

from ..method import Exponential, GeneralizedAdditive
from ..method.phi import Entry
from .numbers import evaluate, number
from .steps import MethodField, Point, Stepper, fixed_point, stepper


@stepper.register
def _(method: GeneralizedAdditive, field: MethodField) -> Stepper:
    A = [[[[number(a) for a in row] for row in block] for block in line] for line in method.A]
    b = [[number(x) for x in own] for own in method.b]
    places = [(q, i) for q, own in enumerate(b) for i in range(len(own))]

    def moved(x: Sequence[Any], size: Any, weights: Sequence[Sequence[Any]], slopes: Sequence[Sequence[Point]]) -> Point:
        """x + size Σ_m Σ_j w^m_j f_m(Y^m_j)."""
        pairs = [(w, g) for row, own in zip(weights, slopes, strict=True) for w, g in zip(row, own, strict=True) if w]
        return [v + size * sum(w * g[n] for w, g in pairs) for n, v in enumerate(x)]

    def step(x: Sequence[Any], h: Any, size: Any) -> Point:
        def values(points: Sequence[Point]) -> list[list[Point]]:
            found: list[list[Point]] = [[] for _ in b]
            for (q, _), point in zip(places, points, strict=True):
                found[q].append(evaluate(field.values[q], point, h))
            return found

        def sweep(points: list[Point]) -> list[Point]:
            slopes = values(points)
            return [moved(x, size, [block[i] for block in A[q]], slopes) for q, i in places]

        points = fixed_point(sweep, [list(x)] * len(places), method.title)
        return moved(x, size, b, values(points))

    return step


@stepper.register
def _(method: Exponential, field: MethodField) -> Stepper:
    nodes = [number(c) for c in method.c]

    def step(x: Sequence[Any], h: Any, size: Any) -> Point:
        d = len(x)
        L = mpmath.matrix(d, d)
        for n, value in enumerate(evaluate(field.jacobian(0), x, h)):
            L[n // d, n % d] = size * value
        functions = MatrixFunctions(L)
        drift = size * mpmath.matrix(evaluate(field.values[0], x, h))
        starts = [mpmath.matrix(list(x)) + c * (functions.phi(1, c) * drift) for c in (*nodes, mpmath.mpf(1))]
        *rows, last = ([functions.entry(e) for e in row] for row in (*method.a, method.b))

        def point(start: Any, row: Sequence[Any], points: Sequence[Point]) -> Point:
            total = start.copy()
            for matrix, y in zip(row, points, strict=True):
                if matrix is not None:
                    total += size * (matrix * mpmath.matrix(evaluate(field.values[1], y, h)))
            return list(total)

        def sweep(points: list[Point]) -> list[Point]:
            return [point(start, row, points) for start, row in zip(starts, rows, strict=False)]

        return point(starts[-1], last, fixed_point(sweep, [list(x)] * method.stages, method.title))

    return step


class MatrixFunctions:
    """φ-functions of multiples of one matrix, from exponentials of block matrices.

    The first row of exp [[Z, I, 0], [0, 0, I], [0, 0, 0]] is φ_0(Z), φ_1(Z), φ_2(Z), and so on (Sidje 1998).
    """

    def __init__(self, Z: Any):
        self._Z = Z
        self._found: dict[tuple[int, str], Any] = {}

    def phi(self, k: int, scale: Any) -> Any:
        """φ_k(scale · Z)."""
        key = (k, mpmath.nstr(scale, mpmath.mp.dps))
        if key not in self._found:
            d = self._Z.rows
            block = mpmath.zeros(d * (k + 1))
            block[:d, :d] = scale * self._Z
            for n in range(d * k):
                block[n, n + d] = mpmath.mpf(1)
            self._found[key] = mpmath.expm(block)[:d, d * k : d * (k + 1)]
        return self._found[key]

    def entry(self, own: Entry) -> Any:
        """The value of an entry; None for zero."""
        if not own:
            return None
        total = mpmath.zeros(self._Z.rows)
        for term in own:
            product = number(term.weight) * self._Z**term.power
            for factor in term.factors:
                product = product * self.phi(factor.k, number(factor.scale)) ** factor.exponent
            total += product
        return total
