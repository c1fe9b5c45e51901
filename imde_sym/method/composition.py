"""Compositions of methods, their adjoints, and Richardson extrapolation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.errors import MethodError, check_count, shown
from ..prelie import AdjointRecursion, CompositionRecursion, PreLieSpace, Recursion
from ..rings import Scalar, scalar
from . import formulas
from .gate import MethodLike, as_method
from .method import Method, rounding_tags
from .partitioned import PartitionedTableau
from .plain import numbers, whole_number
from .stage_method import StageMethod
from .tableau import MAX_STAGES, ButcherTableau

Tableaux = list[ButcherTableau]
MAX_SUBSTEPS = 100


class Composition(Method):
    """The methods one after the other, the first applied first, each with its fraction of the step.

    `compose_methods` makes one, or a tableau where the methods are tableaux.
    """

    family = "composition"

    def __init__(self, methods: Sequence[MethodLike], steps: Sequence[Any], *, name: str = "", **info: Any):
        self.methods, self.steps = tuple(map(as_method, methods)), numbers("steps", steps)
        self.colors = max(m.colors for m in self.methods)
        for m in self.methods:
            m.check_colors(self.colors)
        super().__init__(name, info)

    @property
    def data(self) -> dict[str, Any]:
        return {"methods": self.methods, "steps": self.steps}

    @property
    def kind(self) -> str:
        return " then ".join(m.title if s == 1 else f"{m.title} ({s} h)" for m, s in zip(self.methods, self.steps, strict=True))

    def latex(self) -> str:
        """The maps, the first applied first, so written last."""
        return formulas.one_after_another([(formulas.step_map(m), s) for m, s in zip(self.methods, self.steps, strict=True)])

    def recursion(self, space: PreLieSpace) -> CompositionRecursion:
        return CompositionRecursion(space, [(m.recursion(space), s) for m, s in zip(self.methods, self.steps, strict=True)])


class Adjoint(Method):
    """The adjoint Φ* = (Φ with step -h)⁻¹ of any one-step method. `adjoint_method` makes one."""

    family = "adjoint"

    def __init__(self, method: MethodLike, *, name: str = "", **info: Any):
        self.method, self.colors = method, method.colors
        super().__init__(name, info)

    @property
    def data(self) -> dict[str, Any]:
        return {"method": self.method}

    @property
    def kind(self) -> str:
        return f"adjoint of {self.method.title}"

    def latex(self) -> str:
        return rf"\left({formulas.step_map(self.method)}_{{-h}}\right)^{{-1}}"

    def recursion(self, space: PreLieSpace) -> Recursion:
        return AdjointRecursion(space, self.method.recursion(space))


@checked
def compose_methods(*methods: MethodLike, steps: Sequence[Any] | None = None, name: str = "", **info: Any) -> Method:
    """The composition of one-step methods, the first argument applied first.

    steps : the fraction of the step h that each method takes, by default equal ones that sum to 1
    Runge-Kutta methods compose to one Butcher tableau, partitioned ones to one partitioned tableau;
    others, and those with over 100 stages together, to a Composition. `m1 @ m2` is m1, then m2, with half a step each.
    Raises MethodError for no methods, multistep methods, or as many steps as there are not methods.

    >>> from imde_sym.methods import methods
    >>> compose_methods(methods["implicit_euler"], methods["explicit_euler"]).is_symplectic
    False
    >>> (methods["implicit_euler"] @ methods["explicit_euler"]).order
    2
    """
    if not methods:
        raise MethodError("compose_methods needs at least one method")
    methods = tuple(map(as_method, methods))
    for m in methods:
        require_one_step(m)
    fractions = numbers("steps", steps) if steps is not None else (Fraction(1, len(methods)),) * len(methods)
    if len(fractions) != len(methods):
        raise MethodError(f"{len(fractions)} step fractions for {len(methods)} methods: give one for each")
    colors = max(m.colors for m in methods)
    for m in methods:
        m.check_colors(colors)
    stages = [m.tableaux(colors)[0].stages for m in methods if isinstance(m, StageMethod)]
    if len(stages) == len(methods) and sum(stages) <= MAX_STAGES:
        columns = zip(*(m.tableaux(colors) for m in methods if isinstance(m, StageMethod)), strict=True)
        parts = [_one_after_the_other(list(column), fractions) for column in columns]
        return _stage_method(parts, name, rounding_tags(*methods) | info)
    return Composition(methods, fractions, name=name, **info)


@checked
def substeps(method: MethodLike, count: int) -> Method:
    """The method applied `count` times with step h/count: what a model trained with `count` substeps a datum sees."""
    n = whole_number("the number of substeps", count, MAX_SUBSTEPS)
    return compose_methods(*[method] * n, name=f"{method.name}_x{n}" if method.name else "")


@checked
def adjoint_method(method: MethodLike) -> Method:
    """The adjoint method; a tableau where the method is one (HLW Thm II.3.2).

    >>> from imde_sym.methods import methods
    >>> adjoint_method(methods["explicit_euler"]) == methods["implicit_euler"]
    True
    """
    require_one_step(method)
    name = f"{method.name}_adjoint" if method.name else ""
    if isinstance(method, StageMethod):
        return _stage_method([_reversed(t) for t in method.tableaux(method.colors)], name, rounding_tags(method))
    return method.method if isinstance(method, Adjoint) else Adjoint(method, name=name)


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
    counts = [whole_number("a number of substeps", n) for n in counts]
    if not counts or len(set(counts)) < len(counts) or min(counts) < 1:
        raise MethodError(f"counts must be different positive integers, got {shown(counts)}")
    if method.stages * sum(counts) > MAX_STAGES:
        raise MethodError(f"{shown(counts)} substeps of {method.stages} stage(s) each: at most {MAX_STAGES} stages are made")
    p = method.order if order is None else check_count(order, "the order of the method", 1, 100, MethodError)
    powers = [p + (2 if method.is_symmetric else 1) * i for i in range(len(counts) - 1)]
    weights = _eliminating([[Fraction(1, n**q) for n in counts] for q in powers], len(counts))
    parts = [_one_after_the_other([method] * n, [Fraction(1, n)] * n) for n in counts]
    stages = sum(part.stages for part in parts)
    A: list[list[Scalar]] = []
    b: list[Scalar] = []
    for weight, part in zip(weights, parts, strict=True):
        before = len(A)
        A.extend([Fraction(0)] * before + list(row) + [Fraction(0)] * (stages - before - len(row)) for row in part.A)
        b.extend(weight * x for x in part.b)
    name = f"{method.name}_extrapolated" if method.name else ""
    return ButcherTableau(A, b, name=name, **rounding_tags(method))


def require_one_step(method: Method) -> None:
    """Raise MethodError for what is no one-step method."""
    if not isinstance(method, Method) or not method.one_step:
        what = method.title if isinstance(method, Method) else f"a {type(method).__name__}"
        raise MethodError(f"{what} is not a one-step method: only one-step methods compose and have an adjoint")


def _stage_method(parts: Tableaux, name: str, info: dict[str, Any]) -> Method:
    if len(parts) == 1:
        return ButcherTableau(parts[0].A, parts[0].b, name=name, **info)
    return PartitionedTableau(parts, name=name, **info)


def _one_after_the_other(tableaux: Tableaux, fractions: Sequence[Scalar]) -> ButcherTableau:
    stages = sum(t.stages for t in tableaux)
    A: list[list[Scalar]] = []
    done: list[Scalar] = []
    for t, theta in zip(tableaux, fractions, strict=True):
        rest = [Fraction(0)] * (stages - len(done) - t.stages)
        A.extend([*done, *(theta * a for a in row), *rest] for row in t.A)
        done = [*done, *(theta * b for b in t.b)]
    return ButcherTableau(A, done)


def _reversed(t: ButcherTableau) -> ButcherTableau:
    A = [[b - a for a, b in zip(row[::-1], t.b[::-1], strict=True)] for row in t.A[::-1]]
    return ButcherTableau(A, t.b[::-1])


def _eliminating(conditions: list[list[Fraction]], count: int) -> list[Fraction]:
    """Weights with sum 1 that meet all conditions Σ weight · entry = 0."""
    rows: list[list[Any]] = [[1] * count, *conditions]
    matrix = sympy.Matrix([[sympy.Rational(x) for x in row] for row in rows])
    solution = matrix.LUsolve(sympy.Matrix([1, *[0] * len(conditions)]))
    return [scalar(solution[i]) for i in range(count)]
