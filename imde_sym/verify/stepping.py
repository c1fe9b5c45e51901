"""Steps of every family in float64, on columns: arrays (d, N) of N points.

`float_step` is the one place to enter a family. A family that is not entered takes the exact steps of `stepper`, a point at
a time in 30 digits: slow, and right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, singledispatch
from typing import Any

import mpmath
import numpy as np

from ..base.errors import MethodError
from ..base.sharing import precision
from ..codegen import Program
from ..codegen.compose import Composer
from ..codegen.numbers import nearest
from ..method import (
    Adjoint,
    ButcherTableau,
    Composition,
    ContinuousStage,
    LinearMultistep,
    Method,
    MultiderivativeTableau,
    Nystrom,
    PartitionedTableau,
    Rosenbrock,
    Splitting,
    methods,
)
from ..rings import Scalar
from .newton import Coupling, solve_map, solve_stages
from .slopes import FloatField, Slope
from .steps import MethodField, stepper
from .straight_lines import straight_line

DIGITS = 30
GAUSS_NODES = 10
"""For integrals over continuous stages."""
MAX_OPERATIONS = 4_000
"""A step of fewer operations is written out as one program; compilers take long over longer ones."""
EXPLICIT_STARTERS = ((4, "rk4"), (6, "verner65_robust"), (8, "dormand_prince8"))
IMPLICIT_STARTERS = ((3, "radau_iia_2"), (5, "radau_iia_3"), (7, "radau_iia_4"), (10, "gauss5"))
"""Highest order, and the one-step method of at least this order that gives the starting values of a multistep method."""


class Step:
    """How a method steps. A subclass gives `advance`, and `start` where it needs more than one point."""

    title: str
    is_straight_line = False
    """Whether `inline` writes the step as straight-line code."""

    def start(self, x: np.ndarray, size: float) -> tuple[list[np.ndarray], Any]:
        """The first points from x on, itself first, and what `advance` takes."""
        del size
        return [x], x

    def advance(self, state: Any, size: float) -> tuple[np.ndarray, Any]:
        """The next point, and what the next call takes. Raises UnsolvedError."""
        new = self.move(state, size)
        return new, new

    def move(self, x: np.ndarray, size: float) -> np.ndarray:
        """One step of a one-step method."""
        raise NotImplementedError

    def inline(self, code: Composer, x: list[int], size: int) -> list[int]:
        """The instructions of the new point."""
        raise NotImplementedError

    @property
    def operations(self) -> int:
        """About how many operations `inline` writes."""
        return 0

    def program(self, names: Sequence[str]) -> Program:
        """The step as a program of the variables, its h the length of the step."""
        code = Composer(names)
        return code.program(self.inline(code, [code.emit("input", i) for i in range(len(names))], code.emit("h")))


@singledispatch
def float_step(method: Method, field: FloatField) -> Step:
    """The float steps of a method on a field. Raises MethodError for a family without steps.

    >>> from imde_sym import methods
    >>> from imde_sym.fields import VectorField, as_graded
    >>> step = float_step(methods["heun2"], FloatField.of(as_graded(VectorField.parse("x' = x")), 0))
    >>> step.move(np.array([[1.0, 2.0]]), 0.1)  # of two points, each times 1 + h + h²/2
    array([[1.105, 2.21 ]])
    """
    return ExactStep(method, field)


@dataclass(frozen=True)
class Layer:
    """h^power Σ_j a_ij F(Y_j) in stage i, h^power Σ_j b_j F(Y_j) in the new point."""

    slope: Slope
    A: Sequence[Sequence[Scalar]]
    b: Sequence[Scalar]
    power: int = 1

    @cached_property
    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """A and b as floats; short rows are filled up."""
        s = len(self.b)
        A = np.zeros((s, s))
        for i, row in enumerate(self.A):
            A[i, : len(row)] = [nearest(a) for a in row]
        return A, np.array([nearest(x) for x in self.b], float)


def groups_of(used: np.ndarray) -> list[tuple[range, bool]]:
    """Stages that have to be solved for together, in their order, and whether they have to: stage i needs j if used[i, j]."""
    cuts = [k for k in range(1, len(used)) if not used[:k, k:].any()]
    groups = [range(a, b) for a, b in zip([0, *cuts], [*cuts, len(used)], strict=True)]
    return [(group, bool(used[np.ix_(group, group)].any())) for group in groups]


def _constant(code: Composer, value: Any) -> int:
    """A rational as it is, anything else as a float."""
    return code.constant(value if isinstance(value, Fraction) else Fraction(value) if isinstance(value, int) else nearest(value))


class StageStep(Step):
    """Stages Y_i = x + Σ layers, one after the other where they can be, else by Newton in groups that depend on each other.

    Where the components can be worked out one after the other the step is written out, so that nothing is left for Newton.
    """

    def __init__(self, layers: Sequence[Layer], title: str):
        self._layers, self.title = layers, title
        self._groups = groups_of(np.any([layer.arrays[0] != 0 for layer in layers], axis=0))
        implicit = any(implicit for _, implicit in self._groups)
        self._written = straight_line([layer.slope.program for layer in layers], [layer.arrays for layer in layers], implicit)
        self.is_straight_line = self._written is not None
        last = [np.array_equal(A[-1], b) for A, b in (layer.arrays for layer in layers)]
        self._ends_at_stage = implicit and all(last)

    def move(self, x: np.ndarray, size: float) -> np.ndarray:
        """One step."""
        points: list[np.ndarray] = []
        slopes: list[dict[int, np.ndarray]] = [{} for _ in self._layers]
        for group, implicit in self._groups:
            known = np.stack([self._sum(x, size, slopes, [layer.arrays[0][i] for layer in self._layers]) for i in group])
            if implicit:
                weights = [size**layer.power * layer.arrays[0][np.ix_(group, group)] for layer in self._layers]
                couplings: list[Coupling] = [(layer.slope, W) for layer, W in zip(self._layers, weights, strict=True) if W.any()]
                known = solve_stages(known, np.repeat(x[None], len(group), 0), couplings)
            points += list(known)
            for layer, own in zip(self._layers, slopes, strict=True):
                A, b = layer.arrays
                for j in group:
                    if A[group.stop :, j].any() or (b[j] and not self._ends_at_stage):
                        own[j] = layer.slope.values(np.ascontiguousarray(points[j]))
        if self._ends_at_stage:
            return points[-1]
        return self._sum(x, size, slopes, [layer.arrays[1] for layer in self._layers])

    def _sum(self, x: np.ndarray, size: float, slopes: Any, rows: Sequence[np.ndarray]) -> np.ndarray:
        total = x.copy()
        for layer, own, row in zip(self._layers, slopes, rows, strict=True):
            for j, slope in own.items():
                if row[j]:
                    total += (size**layer.power * row[j]) * slope
        return total

    @property
    def operations(self) -> int:
        """Those of all evaluations."""
        return sum(layer.slope.program.operations * len(layer.b) for layer in self._layers if layer.slope.program)

    def inline(self, code: Composer, x: list[int], size: int) -> list[int]:
        """One step, written out."""
        assert self._written is not None
        slopes: dict[tuple[int, int, int], int] = {}

        def component(rows: Sequence[Sequence[Scalar]], m: int) -> int:
            new = x[m]
            for k, (layer, row) in enumerate(zip(self._layers, rows, strict=True)):
                pairs = [(_constant(code, a), slopes[k, j, m]) for j, a in enumerate(row) if a != 0]
                if pairs:
                    total = code.constant(Fraction(0))
                    for a, slope in pairs:
                        total = code.emit("add", total, code.emit("mul", a, slope))
                    new = code.emit("add", new, code.emit("mul", code.raised(size, layer.power), total))
            return new

        for i, k, piece in self._written:
            rows, names = [layer.A[i] for layer in self._layers], piece.program.inputs
            here = {names[m]: component(rows, m) for m in piece.needs}
            for m, value in zip(piece.outputs, code.inline(piece.program, here, size), strict=True):
                slopes[k, i, m] = value
        return [component([layer.b for layer in self._layers], m) for m in range(len(x))]


class ExactStep(Step):
    """The exact steps of a family, a point at a time, rounded to floats."""

    def __init__(self, method: Method, field: FloatField):
        self.title, self._field = method.title, field
        self._step = stepper(method, MethodField(field.formulas(method.title)))

    def move(self, x: np.ndarray, size: float) -> np.ndarray:
        """One step of each point."""
        h = nearest(self._field.h)
        with precision(DIGITS):
            columns = [
                [float(v) for v in self._step([mpmath.mpf(v) for v in point], mpmath.mpf(h), mpmath.mpf(size))] for point in x.T
            ]
        return np.array(columns).T.reshape(x.shape)


class CompositionStep(Step):
    """Steps one after the other, each with its fraction."""

    def __init__(self, steps: Sequence[Step], fractions: Sequence[Scalar], title: str):
        self._steps, self._fractions, self.title = steps, fractions, title
        self.is_straight_line = all(step.is_straight_line for step in steps)

    def move(self, x: np.ndarray, size: float) -> np.ndarray:
        """One step."""
        for step, fraction in zip(self._steps, self._fractions, strict=True):
            x = step.move(x, float(nearest(fraction)) * size)
        return x

    @property
    def operations(self) -> int:
        """Those of all steps."""
        return sum(step.operations for step in self._steps)

    def inline(self, code: Composer, x: list[int], size: int) -> list[int]:
        """All steps, written out."""
        for step, fraction in zip(self._steps, self._fractions, strict=True):
            x = step.inline(code, x, code.emit("mul", _constant(code, fraction), size))
        return x


class FlowStep(Step):
    """The exact flow of a part, by Taylor series."""

    def __init__(self, field: FloatField, color: int, title: str):
        self.title, self._flow = title, field.flow(color, title)

    def move(self, x: np.ndarray, size: float) -> np.ndarray:
        """The flow over the time `size`."""
        return self._flow(x, size)


class AdjointStep(Step):
    """The inverse of the step with -h."""

    def __init__(self, inner: Step, title: str):
        self._inner, self.title = inner, title

    def move(self, x: np.ndarray, size: float) -> np.ndarray:
        """The point from which the step back ends at x."""
        return solve_map(lambda y: self._inner.move(y, -size), x)


class RosenbrockStep(Step):
    """One linear system for each stage."""

    def __init__(self, method: Rosenbrock, field: FloatField):
        self.title, self._slope = method.title, field.whole
        field.formulas(self.title)  # difference quotients are not Jacobians
        self._A, self._gamma = ([[float(nearest(a)) for a in row] for row in rows] for rows in (method.A, method.gamma))
        self._b = [float(nearest(x)) for x in method.b]

    def move(self, x: np.ndarray, size: float) -> np.ndarray:
        """One step."""
        here, J = self._slope.both(x)
        J = size * np.moveaxis(J, -1, 0)
        stages: list[np.ndarray] = []  # (N, d)
        for i, row in enumerate(self._A):
            values = here
            if any(row):
                moved = x.T + sum((a * k for a, k in zip(row, stages, strict=False) if a), np.zeros_like(x.T))
                values = self._slope.values(np.ascontiguousarray(moved.T))
            earlier = sum((g * k for g, k in zip(self._gamma[i], stages, strict=False) if g), np.zeros_like(x.T))
            right = size * values.T + (J @ earlier[..., None])[..., 0]
            stages.append(np.linalg.solve(np.eye(len(x)) - self._gamma[i][i] * J, right[..., None])[..., 0])
        return np.ascontiguousarray((x.T + sum(b * k for b, k in zip(self._b, stages, strict=True))).T)


class MultistepStep(Step):
    """Σ α_j y_{n+j} = h Σ β_j f(y_{n+j}); the first values come from a one-step method of at least the same order."""

    def __init__(self, method: LinearMultistep, field: FloatField):
        self.title, self._slope, self._k = method.title, field.whole, method.steps
        self._alpha, self._beta = ([float(nearest(x)) for x in row] for row in (method.alpha, method.beta))
        if not self._alpha[-1]:
            raise MethodError(f"{method.title} does not determine the newest value: alpha[-1] is 0")
        starters = EXPLICIT_STARTERS if method.is_explicit else IMPLICIT_STARTERS
        name = next((name for order, name in starters if order >= method.order), starters[-1][1])
        whole = FloatField([field.whole], field.dimension, None, field.h)
        self._first = field.data or float_step(methods[name], whole).move

    def start(self, x: np.ndarray, size: float) -> tuple[list[np.ndarray], Any]:
        """k points by the starting method."""
        points = [x]
        for _ in range(self._k - 1):
            points.append(self._first(points[-1], size))
        return points, (points, [self._slope.values(p) if b else None for p, b in zip(points, self._beta, strict=False)])

    def advance(self, state: Any, size: float) -> tuple[np.ndarray, Any]:
        """The next point from k points and their slopes."""
        points, slopes = state
        known = np.zeros_like(points[0])
        for a, b, y, f in zip(self._alpha, self._beta, points, slopes, strict=False):
            known -= a * y
            if b:
                known += size * b * (self._slope.values(y) if f is None else f)
        known /= self._alpha[-1]
        weight = size * self._beta[-1] / self._alpha[-1]
        if weight:
            known = solve_stages(known[None], points[-1][None], [(self._slope, np.array([[weight]]))])[0]
        needed = any(self._beta)
        newest = self._slope.values(known) if needed else None
        return known, ([*points[1:], known], [*slopes[1:], newest])


@float_step.register(ButcherTableau)
@float_step.register(PartitionedTableau)
def _(method: Any, field: FloatField) -> Step:
    tableaux = method.tableaux(len(field.parts))
    return StageStep([Layer(part, t.A, t.b) for part, t in zip(field.parts, tableaux, strict=True)], method.title)


@float_step.register
def _(method: MultiderivativeTableau, field: FloatField) -> Step:
    slopes = field.derived(len(method.layers), method.title)
    pairs = enumerate(zip(slopes, method.layers, strict=True), 1)
    return StageStep([Layer(slope, t.A, t.b, power) for power, (slope, t) in pairs], method.title)


@float_step.register
def _(method: ContinuousStage, field: FloatField) -> Step:
    """A Gauss formula in the place of the integrals."""
    nodes, weights = np.polynomial.legendre.leggauss(GAUSS_NODES)
    nodes, weights = (1 + nodes) / 2, weights / 2
    A = np.array([[float(nearest(a)) for a in row] for row in method.A])
    powers = nodes[:, None] ** np.arange(max(A.shape[0], A.shape[1], len(method.B)))
    B = powers[:, : len(method.B)] @ [float(nearest(b)) for b in method.B]
    inner = powers[:, : A.shape[0]] @ A @ powers[:, : A.shape[1]].T * weights
    return StageStep([Layer(field.whole, inner.tolist(), (B * weights).tolist())], method.title)


@float_step.register
def _(method: Nystrom, field: FloatField) -> Step:
    """An explicit stage at x gives the velocity; forces act on v, and with h² on q."""
    s, drift, force = method.stages, field.parts[0], field.parts[1]
    first: list[Any] = [0] * (s + 1)

    def shifted(rows: Sequence[Sequence[Scalar]]) -> list[list[Scalar]]:
        return [first, *([0, *row] for row in rows)]  # type: ignore[list-item]

    layers = [
        Layer(drift, [first, *([c, *first[1:]] for c in method.c)], [1, *first[1:]]),  # type: ignore[list-item]
        Layer(force, shifted(method.a or ((),) * s), [0, *method.b]),  # type: ignore[list-item]
        Layer(field.lifted(method.title), shifted(method.A), [0, *method.b_bar], power=2),  # type: ignore[list-item]
    ]
    return StageStep(layers, method.title)


@float_step.register
def _(method: Composition, field: FloatField) -> Step:
    return CompositionStep([float_step(m, field) for m in method.methods], method.steps, method.title)


@float_step.register
def _(method: Adjoint, field: FloatField) -> Step:
    return AdjointStep(float_step(method.method, field), method.title)


@float_step.register
def _(method: Splitting, field: FloatField) -> Step:
    def flow(color: int) -> Step:
        if field.is_straight(color, method.title):
            return StageStep([Layer(field.parts[color], [[]], [1])], method.title)  # type: ignore[list-item]
        return FlowStep(field, color, method.title)

    flows = [flow(color) for color in range(len(field.parts))]
    return CompositionStep([flows[int(part)] for part, _ in method.steps], [x for _, x in method.steps], method.title)


@float_step.register
def _(method: Rosenbrock, field: FloatField) -> Step:
    return RosenbrockStep(method, field)


@float_step.register
def _(method: LinearMultistep, field: FloatField) -> Step:
    return MultistepStep(method, field)
