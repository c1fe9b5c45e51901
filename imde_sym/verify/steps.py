"""Steps of methods in mpmath arithmetic, written from their definitions: the check on the algebra.

Nothing here knows trees or grades: stages are solved for, flows are Taylor series. A stepper is called
with a point, the h that the field's coefficients hold and the length of the step, and gives the new point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial, singledispatch
from typing import Any

import mpmath
from mpmath.calculus.quadrature import GaussLegendre

from ..base.errors import ConvergenceError, MethodError
from ..base.progress import track
from ..base.sharing import working_digits
from ..codegen import Program, field_program
from ..fields import FieldSpace, GradedField
from ..method import (
    Adjoint,
    ButcherTableau,
    Composition,
    ContinuousStage,
    Method,
    MultiderivativeTableau,
    Nystrom,
    PartitionedTableau,
    Rosenbrock,
    Splitting,
)
from .flow import ReferenceFlow
from .numbers import evaluate, number
from .slopes import along

MANY = 1000
"""Steps from which on a bar tells how far they are."""
MAX_ITERATIONS = 50
MAX_SWEEPS = 400
GAUSS_DEGREE = 4
"""mpmath's word for a formula with 24 nodes: along one step, what it misses is below every working precision in use."""
Point = list[Any]
Stepper = Callable[[Sequence[Any], Any, Any], Point]
"""(x, h, size) -> the point after one step of length `size`."""


class MethodField:
    """The field that a method is applied to, by colours: programs for values, Jacobians, derivatives and flows.

    >>> from imde_sym.fields import VectorField, as_graded
    >>> field = MethodField(as_graded(VectorField.parse("x' = x**2")))
    >>> field.whole([3], 0), field.whole_jacobian([3], 0)
    ([9], [mpf('6.0')])
    >>> round(float(field.flow(0, 0)([1], mpmath.mpf("0.5"))[0]), 12)  # 1/(1 - t)
    2.0
    >>> field.jacobian(0).operations, [len(program.outputs) for program in field.derivatives(2)]
    (1, [1, 1])
    """

    def __init__(self, field: GradedField):
        self._field = field
        self.colours = [field.colour(i) for i in range(len(field.colored))]
        self.values: list[Program] = [field_program(colour) for colour in self.colours]
        self._jacobians: dict[int, Program] = {}
        self._flows: dict[tuple[int, Any], Callable[[Sequence[Any], Any], Point]] = {}

    def jacobian(self, color: int) -> Program:
        """The Jacobian of one colour, row by row."""
        if color not in self._jacobians:
            self._jacobians[color] = field_program(self.colours[color], field=False, jacobian=True)
        return self._jacobians[color]

    def whole(self, x: Sequence[Any], h: Any) -> Point:
        """The sum over the colours."""
        return [sum(column) for column in zip(*(evaluate(program, x, h) for program in self.values), strict=True)]

    def whole_jacobian(self, x: Sequence[Any], h: Any) -> Point:
        """That of the sum, row by row."""
        programs = (self.jacobian(color) for color in range(len(self.colours)))
        return [sum(column) for column in zip(*(evaluate(program, x, h) for program in programs), strict=True)]

    def flow(self, color: int, h: Any) -> Callable[[Sequence[Any], Any], Point]:
        """The flow of one colour, with this h in its coefficients; a straight line where that is proved."""
        if (color, h) not in self._flows:
            flow: Any = partial(self._straight, color, h) if self._is_straight(color) else ReferenceFlow(self.colours[color], h)
            self._flows[color, h] = flow
        return self._flows[color, h]

    def _is_straight(self, color: int) -> bool:
        part = self.colours[color]
        return all(grade.is_proved_zero for grade in along(part, part).grades)

    def _straight(self, color: int, h: Any, x: Sequence[Any], time: Any) -> Point:
        return [v + time * slope for v, slope in zip(x, evaluate(self.values[color], x, h), strict=True)]

    def derivatives(self, count: int) -> list[Program]:
        """f, D f·f, ... of the whole field, as programs."""
        ring, whole = self._field.ring, self._field.grades
        layers = [whole]
        for _ in range(count - 1):
            grades = len(whole) + len(layers[-1]) - 1
            space = FieldSpace(ring, grades + 1)
            w, g = space.element(whole), space.element(layers[-1])
            layers.append(tuple(space.product(w, g, k, 1) for k in range(2, grades + 2)))
        return [field_program(GradedField(ring, [layer])) for layer in layers]


@singledispatch
def stepper(method: Method, _: MethodField) -> Stepper:
    """How the method steps along the field. Raises MethodError for a family without steps.

    >>> from imde_sym import methods
    >>> from imde_sym.fields import VectorField, as_graded
    >>> step = stepper(methods["heun2"], MethodField(as_graded(VectorField.parse("x' = x"))))
    >>> round(float(step([1], 0, mpmath.mpf("0.1"))[0]), 12)  # 1 + h + h²/2
    1.105
    """
    raise MethodError(f"{method.title} has no steps of its own to check with")


def after(step: Stepper, x: Sequence[Any], h: Any, size: Any, count: int) -> Point:
    """The point after `count` steps. A method that hands on several values starts once and runs on with them."""
    if advance := getattr(step, "advance", None):
        return list(advance(x, h, size, count))
    for _ in counted(count):
        x = step(x, h, size)
    return list(x)


def counted(count: int) -> Iterable[int]:
    """So many steps, with a bar where they are many."""
    return track(range(count), "steps") if count > MANY else range(count)


@stepper.register(ButcherTableau)
@stepper.register(PartitionedTableau)
def _(method: Any, field: MethodField) -> Stepper:
    return StageStepper(method.tableaux(len(field.colours)), field, method.title)


@stepper.register
def _(method: ContinuousStage, field: MethodField) -> Stepper:
    """Y_τ = x + Σ τ^i Z_i is a polynomial in τ: its coefficients are iterated, the integrals are Gauss formulas."""
    A, B = [[number(a) for a in row] for row in method.A], [number(b) for b in method.B]
    width = max(len(B), *map(len, A))
    rule = GaussLegendre(mpmath.mp).calc_nodes(GAUSS_DEGREE, mpmath.mp.prec)
    nodes = [((1 + z) / 2, weight / 2) for z, weight in rule]

    def step(x: Sequence[Any], h: Any, size: Any) -> Point:
        d = range(len(x))

        def moments(stages: Sequence[Point]) -> list[Point]:
            """∫ ζ^j f(Y_ζ) dζ for each j."""
            total = [[mpmath.mpf(0) for _ in d] for _ in range(width)]
            for node, weight in nodes:
                point = [x[m] + mpmath.polyval([z[m] for z in reversed(stages)], node) for m in d]
                slope = field.whole(point, h)
                for j, row in enumerate(total):
                    for m in d:
                        row[m] += weight * node**j * slope[m]
            return total

        def weighted(weights: Sequence[Any], values: Sequence[Point]) -> Point:
            return [size * sum(w * v[m] for w, v in zip(weights, values, strict=False)) for m in d]

        def sweep(stages: list[Point]) -> list[Point]:
            values = moments(stages)
            return [weighted(row, values) for row in A]

        stages = fixed_point(sweep, [[mpmath.mpf(0) for _ in d] for _ in A], method.title)
        return [v + w for v, w in zip(x, weighted(B, moments(stages)), strict=True)]

    return step


class StageStepper:
    """Stages Y_i = x + size Σ_ν Σ_j a^ν_ij f_ν(Y_j), one after the other or by Newton with the exact Jacobian."""

    def __init__(self, tableaux: Sequence[ButcherTableau], field: MethodField, title: str):
        self._field, self._title = field, title
        self._A = [[[number(a) for a in row] for row in t.A] for t in tableaux]
        self._b = [[number(b) for b in t.b] for t in tableaux]
        self._explicit = all(t.is_explicit for t in tableaux)

    def __call__(self, x: Sequence[Any], h: Any, size: Any) -> Point:
        """Raises ConvergenceError if the stages are not found."""
        s = range(len(self._b[0]))
        if self._explicit:
            slopes: list[list[Point]] = []
            for i in s:
                slopes.append(self._slopes(self._point(x, size, [A[i] for A in self._A], slopes), h))
        else:
            slopes = self._newton(x, h, size)
        return self._point(x, size, self._b, slopes)

    def _slopes(self, point: Sequence[Any], h: Any) -> list[Point]:
        return [evaluate(program, point, h) for program in self._field.values]

    def _point(self, x: Sequence[Any], size: Any, weights: Sequence[Sequence[Any]], slopes: Sequence[Sequence[Point]]) -> Point:
        pairs = [(a, stage[v]) for v, row in enumerate(weights) for a, stage in zip(row, slopes, strict=False) if a]
        return [value + size * sum(a * g[m] for a, g in pairs) for m, value in enumerate(x)]

    def _newton(self, x: Sequence[Any], h: Any, size: Any) -> list[list[Point]]:
        s, d, field = len(self._b[0]), len(x), self._field
        points = [list(x) for _ in range(s)]
        tolerance = mpmath.mpf(10) ** (3 - working_digits())
        for _ in range(MAX_ITERATIONS):
            slopes = [self._slopes(p, h) for p in points]
            jacobians = [[evaluate(field.jacobian(v), p, h) for v in range(len(self._A))] for p in points]
            residual, system = mpmath.matrix(s * d, 1), mpmath.eye(s * d)
            for i in range(s):
                rows = [A[i] for A in self._A]
                target = self._point(x, size, rows, slopes)
                for m in range(d):
                    residual[i * d + m] = points[i][m] - target[m]
                    for v, row in enumerate(rows):
                        for j, a in enumerate(row):
                            if a:
                                for n in range(d):
                                    system[i * d + m, j * d + n] -= size * a * jacobians[j][v][m * d + n]
            try:
                correction = mpmath.lu_solve(system, residual)
            except ZeroDivisionError:
                break
            points = [[points[i][m] - correction[i * d + m] for m in range(d)] for i in range(s)]
            scale = max(abs(v) for p in points for v in p)
            if max(abs(c) for c in correction) <= tolerance * max(scale, 1):
                return [self._slopes(p, h) for p in points]
        raise ConvergenceError(
            f"Newton's method for the stages of {self._title} did not converge with h = {mpmath.nstr(size, 5)}: "
            "take smaller steps"
        )


@stepper.register
def _(method: Rosenbrock, field: MethodField) -> Stepper:
    A, gamma = ([[number(a) for a in row] for row in rows] for rows in (method.A, method.gamma))
    b = [number(x) for x in method.b]

    def step(x: Sequence[Any], h: Any, size: Any) -> Point:
        d = len(x)
        J = mpmath.matrix(d, d)
        for n, value in enumerate(field.whole_jacobian(x, h)):
            J[n // d, n % d] = size * value
        stages: list[Any] = []
        for i, row in enumerate(A):
            point = [v + sum(a * k[m] for a, k in zip(row, stages, strict=False)) for m, v in enumerate(x)]
            right = size * mpmath.matrix(field.whole(point, h))
            for g, k in zip(gamma[i], stages, strict=False):
                right += g * (J * k)
            stages.append(mpmath.lu_solve(mpmath.eye(d) - gamma[i][i] * J, right))
        return [v + sum(w * k[m] for w, k in zip(b, stages, strict=True)) for m, v in enumerate(x)]

    return step


@stepper.register
def _(method: MultiderivativeTableau, field: MethodField) -> Stepper:
    programs = field.derivatives(len(method.layers))
    A = [[[number(a) for a in row] for row in t.A] for t in method.layers]
    b = [[number(x) for x in t.b] for t in method.layers]

    def values(point: Sequence[Any], h: Any) -> list[Point]:
        return [evaluate(program, point, h) for program in programs]

    def moved(x: Sequence[Any], size: Any, rows: Sequence[Sequence[Any]], stages: Sequence[list[Point]]) -> Point:
        pairs = [(size ** (m + 1) * a, stage[m]) for m, row in enumerate(rows) for a, stage in zip(row, stages, strict=True) if a]
        return [v + sum(a * g[i] for a, g in pairs) for i, v in enumerate(x)]

    def step(x: Sequence[Any], h: Any, size: Any) -> Point:
        def sweep(points: list[Point]) -> list[Point]:
            stages = [values(p, h) for p in points]
            return [moved(x, size, [layer[i] for layer in A], stages) for i in range(method.stages)]

        points = fixed_point(sweep, [list(x)] * method.stages, method.title)
        return moved(x, size, b, [values(p, h) for p in points])

    return step


@stepper.register
def _(method: Composition, field: MethodField) -> Stepper:
    parts = [(stepper(m, field), number(fraction)) for m, fraction in zip(method.methods, method.steps, strict=True)]

    def step(x: Sequence[Any], h: Any, size: Any) -> Point:
        for inner, fraction in parts:
            x = inner(x, h, fraction * size)
        return list(x)

    return step


@stepper.register
def _(method: Adjoint, field: MethodField) -> Stepper:
    inner = stepper(method.method, field)

    def step(x: Sequence[Any], h: Any, size: Any) -> Point:
        def sweep(points: list[Point]) -> list[Point]:
            (y,) = points
            return [[v - (w - u) for v, w, u in zip(y, inner(y, h, -size), x, strict=True)]]

        return fixed_point(sweep, [list(x)], method.title)[0]

    return step


@stepper.register
def _(method: Splitting, field: MethodField) -> Stepper:
    pairs = [(int(part), number(fraction)) for part, fraction in method.steps]

    def step(x: Sequence[Any], h: Any, size: Any) -> Point:
        flows = {part: field.flow(part, h) for part, _ in pairs}
        for part, fraction in pairs:
            x = flows[part](x, fraction * size)
        return list(x)

    return step


@stepper.register
def _(method: Nystrom, field: MethodField) -> Stepper:
    A = [[number(x) for x in row] for row in method.A]
    a = [[number(x) for x in row] for row in method.a or ((),) * method.stages]
    b_bar, b, c = ([number(x) for x in values] for values in (method.b_bar, method.b, method.c))
    drift, force = field.values

    def step(x: Sequence[Any], h: Any, size: Any) -> Point:
        velocity = evaluate(drift, x, h)  # in the directions of q, zeros elsewhere

        def lift(slope: Point) -> Point:
            """The acceleration of v, in the directions of q: q' = v has no other terms."""
            ahead = evaluate(drift, [u + s for u, s in zip(x, slope, strict=True)], h)
            return [w - u for w, u in zip(ahead, velocity, strict=True)]

        def point(node: Any, row: Sequence[Any], own: Sequence[Any], slopes: Sequence[Point]) -> Point:
            out = [u + size * node * w for u, w in zip(x, velocity, strict=True)]
            for weights, factor, move in ((row, size**2, lift), (own, size, list)):
                for weight, slope in zip(weights, slopes, strict=False):
                    if weight:
                        out = [o + factor * weight * s for o, s in zip(out, move(slope), strict=True)]
            return out

        def sweep(points: list[Point]) -> list[Point]:
            slopes = [evaluate(force, p, h) for p in points]
            return [point(c[i], A[i], a[i], slopes) for i in range(method.stages)]

        points = fixed_point(sweep, [list(x)] * method.stages, method.title)
        return point(mpmath.mpf(1), b_bar, b, [evaluate(force, p, h) for p in points])

    return step


def fixed_point(sweep: Callable[[list[Point]], list[Point]], points: list[Point], title: str) -> list[Point]:
    """Iterate until nothing changes; the contraction is of the size of the step. Raises ConvergenceError."""
    tolerance = mpmath.mpf(10) ** (3 - working_digits())
    for _ in range(MAX_SWEEPS):
        new = sweep(points)
        change = max(abs(a - b) for p, q in zip(new, points, strict=True) for a, b in zip(p, q, strict=True))
        points = new
        if change <= tolerance * max(1, *(abs(v) for p in points for v in p)):
            return points
    raise ConvergenceError(f"the equations of {title} were not solved by fixed-point iteration: take smaller steps")
