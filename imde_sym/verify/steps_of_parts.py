"""Steps of methods that treat the parts of a field differently, in mpmath arithmetic and from their definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import mpmath
from mpmath.calculus.quadrature import GaussLegendre

from ..base.sharing import precision, working_digits
from ..method import Exponential, ExponentialRosenbrock, GeneralizedAdditive, Multirate
from ..method.families.exponential import PhiMethod
from ..method.phi import Entry
from .numbers import evaluate, number
from .steps import MethodField, Point, Stepper, fixed_point, stepper

Forcing = Callable[[Sequence[Any]], Point]
INNER_DEGREE = 2
"""mpmath's word for a formula with 6 nodes, of order 12: what it misses in one step is far below what a check measures."""


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
    def parts(x: Sequence[Any], h: Any) -> tuple[Point, Point, Forcing]:
        """L, L y and N."""
        return evaluate(field.jacobian(0), x, h), evaluate(field.values[0], x, h), lambda y: evaluate(field.values[1], y, h)

    return _phi_stepper(method, parts)


@stepper.register
def _(method: ExponentialRosenbrock, field: MethodField) -> Stepper:
    def parts(x: Sequence[Any], h: Any) -> tuple[Point, Point, Forcing]:
        """J = f'(x), f(x), and f(y) - f(x) - J (y - x) at a stage y."""
        J, slope, d = field.whole_jacobian(x, h), field.whole(x, h), range(len(x))

        def forcing(y: Sequence[Any]) -> Point:
            return [
                v - w - sum(J[m * len(x) + n] * (y[n] - x[n]) for n in d)
                for m, (v, w) in enumerate(zip(field.whole(y, h), slope, strict=True))
            ]

        return J, slope, forcing

    return _phi_stepper(method, parts)


def _phi_stepper(method: PhiMethod, parts: Callable[[Sequence[Any], Any], tuple[Point, Point, Forcing]]) -> Stepper:
    """Stages x + c_i φ_1(c_i Z) drift + Σ_j a_ij(Z) forcing(U_j), all times the step, with Z the step times a matrix."""
    nodes = [number(c) for c in method.c]

    def step(x: Sequence[Any], h: Any, size: Any) -> Point:
        entries, slope, forcing = parts(x, h)
        d = len(x)
        Z = size * mpmath.matrix([entries[m * d : m * d + d] for m in range(d)])
        functions, drift = MatrixFunctions(Z), size * mpmath.matrix(slope)
        starts = [mpmath.matrix(list(x)) + c * (functions.phi(1, c) * drift) for c in (*nodes, mpmath.mpf(1))]
        *rows, last = ([functions.entry(e) for e in row] for row in (*method.a, method.b))

        def point(start: Any, row: Sequence[Any], points: Sequence[Point]) -> Point:
            total = start.copy()
            for matrix, y in zip(row, points, strict=True):
                if matrix is not None:
                    total += size * (matrix * mpmath.matrix(forcing(y)))
            return list(total)

        def sweep(points: list[Point]) -> list[Point]:
            return [point(start, row, points) for start, row in zip(starts, rows, strict=False)]

        return point(starts[-1], last, fixed_point(sweep, [list(x)] * method.stages, method.title))

    return step


@stepper.register
def _(method: Multirate, field: MethodField) -> Stepper:
    """The inner solutions are collocation polynomials at Gauss nodes, far finer than the step; stages are iterated."""
    layers = [[[number(x) for x in row] for row in m] for m in method.layers]
    alpha, gamma = ([[number(x) for x in row] for row in m] for m in (method.starts, method.drifts))
    durations = [number(x) for x in method.durations]
    count = len(durations)
    nodes, inner, whole = _collocation()
    fast, slow = field.values

    def step(x: Sequence[Any], h: Any, size: Any) -> Point:
        d = range(len(x))
        start_at = list(x)

        def sweep(points: list[Point]) -> list[Point]:
            """Y_0, ..., Y_s, then the inner solutions at their nodes, one after the other with what is known by then."""
            Y, paths = points[: count + 1], points[count + 1 :]
            slopes = [evaluate(slow, y, h) for y in Y]
            new_paths: list[Point] = []
            for i in range(count):
                away = [[v - w for v, w in zip(y, start_at, strict=True)] for y in Y]
                start = _added(start_at, zip(alpha[i], away, strict=False))
                path = paths[i * len(nodes) : (i + 1) * len(nodes)]
                speeds = []
                for node, v in zip(nodes, path, strict=True):
                    forcing = [(size * sum(m[i][j] * node**k for k, m in enumerate(layers)), slopes[j]) for j in range(i + 2)]
                    drift = zip(gamma[i], away, strict=False)
                    own = [(size * durations[i], evaluate(fast, v, h))] if durations[i] else []
                    speeds.append(_added([mpmath.mpf(0) for _ in d], [*own, *drift, *forcing]))
                new_paths += [_added(start, zip(row, speeds, strict=True)) for row in inner]
                Y[i + 1] = _added(start, zip(whole, speeds, strict=True))
                slopes[i + 1] = evaluate(slow, Y[i + 1], h)
            return [*Y, *new_paths]

        return fixed_point(sweep, [start_at] * (count + 1 + count * len(nodes)), method.title)[count]

    return step


def _added(start: Sequence[Any], terms: Iterable[tuple[Any, Sequence[Any]]]) -> Point:
    pairs = [(w, v) for w, v in terms if w]
    return [x + sum(w * v[m] for w, v in pairs) for m, x in enumerate(start)]


def _collocation() -> tuple[list[Any], list[list[Any]], list[Any]]:
    """Gauss nodes on [0, 1], and the integrals of their Lagrange polynomials to each node and to 1."""
    with precision(2 * working_digits()):
        nodes = sorted((1 + z) / 2 for z, _ in GaussLegendre(mpmath.mp).calc_nodes(INNER_DEGREE, mpmath.mp.prec))
        n = range(len(nodes))
        powers = mpmath.matrix([[node**k for node in nodes] for k in n])

        def weights(x: Any) -> list[Any]:
            return list(mpmath.lu_solve(powers, mpmath.matrix([x ** (k + 1) / (k + 1) for k in n])))

        return nodes, [weights(node) for node in nodes], weights(mpmath.mpf(1))


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
