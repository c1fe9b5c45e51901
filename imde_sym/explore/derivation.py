"""What depends on field, method, order and direction alone: the equation with its formulas, trees, code and error curve.

Kept for the last states, so that h, x0 and the time move trajectories only. Each part is computed when it is first asked for.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

import numpy as np
import sympy

from ..base.errors import CodegenError, ImdeError
from ..base.mathml import mathml
from ..base.spread import spread_points
from ..codegen import LiveFunction
from ..codegen.columns import Columns
from ..codegen.numbers import nearest
from ..equations import ModifiedField, build_equation
from ..equations.display import field_pieces
from ..expressions import latex
from ..fields import VectorField
from ..fields.domain import Box, box_of
from ..geometry.hamiltonian import build_hamiltonian
from ..method import Method, methods
from ..prediction import linear_radius
from ..prediction.terms import SampledTerms
from ..rings import to_sympy
from ..series import BSeries
from ..trees import RootedTree, elementary_differential

_STYLE = re.compile(' style="[^"]*"')
Point = Callable[[Sequence[float], float], list[float]]
"""g(x, h) of one point."""
SAMPLES = 512
TREES = 40
MAX_PIECES = 60
"""Terms of one power of h that are shown; nobody reads more."""
SHADOW_ORDER = 7


@lru_cache(maxsize=24)
def derive(field: VectorField, method: Method, order: int, direction: str) -> Derivation:
    """The derivation of an equation. Raises ImdeError where the method does not take the field."""
    return Derivation(field, method, build_equation(field, method, order, direction))


@lru_cache(maxsize=24)
def numbers_of(field: VectorField, expressions: tuple[sympy.Expr, ...]) -> Callable[[np.ndarray], np.ndarray]:
    """Expressions in the variables as a function of points (n, d) to (n, number of expressions)."""
    dummies = [sympy.Dummy() for _ in expressions[len(field.variables) :]]
    row = [*expressions, *[sympy.S.Zero] * (len(field.variables) - len(expressions))]
    carrier = VectorField([*field.variables, *dummies], row, time=False)
    code = plain(carrier)
    return lambda x: np.asarray(code(np.hstack([x, np.zeros((len(x), len(dummies)))]), 0.0))[:, : len(expressions)]


def plain(field: VectorField, target: Any = "numpy") -> Any:
    """The field itself as a live function g(x, h)."""
    return build_equation(field, methods["explicit_euler"], 1, "inverse").lambdify(target)


def at_a_point(code: LiveFunction) -> Point:
    """The generated function itself, g(x, h), without its checks of arguments: trajectories call it thousands of times.

    Raises CodegenError where plain Python lacks one of its functions.
    """
    found = Columns(code.routine.program, code.routine.title, sized=True).of_a_point
    if found is None:
        raise CodegenError("trajectories need code in plain Python, which lacks a function of this field")
    return found


def styleless(latex: str, display: bool = False) -> str:
    """MathML without styles of its own, which the page's policy refuses: its style sheet has them."""
    return _STYLE.sub("", mathml(latex, display))


class Derivation:
    """A modified or inverse modified equation and what the page shows of it."""

    def __init__(self, field: VectorField, method: Method, equation: ModifiedField):
        self.field, self.method, self.equation = field, method, equation
        self._learned: dict[tuple[int, ...], Point] = {}
        self._code: dict[str, str] = {}

    # -- formulas -------------------------------------------------------------------------------
    @cached_property
    def latex(self) -> str:
        """The equation in LaTeX."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it is long is seen
            return self.equation.latex()

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """For each component its left side, and each power of h with the pieces of its coefficient; h^k as `factor`."""
        return [
            {
                "variable": str(v),
                "left": styleless(f"{left} ="),
                "powers": [
                    {
                        "power": k,
                        "factor": styleless(factor) if factor else "",
                        "pieces": [styleless(f"{{}}{piece}" if i else piece) for i, piece in enumerate(pieces[:MAX_PIECES])],
                        "left_out": max(0, len(pieces) - MAX_PIECES),
                    }
                    for k, factor, pieces in powers
                ],
            }
            for v, (left, powers) in zip(self.equation.variables, field_pieces(self.equation), strict=True)
        ]

    @cached_property
    def remainder(self) -> str:
        """What is left out, as MathML."""
        return styleless(rf"\mathcal{{O}}({latex(self.equation.step, self.equation.symbols)}^{{{self.equation.order}}})")

    @cached_property
    def series(self) -> BSeries:
        """The equation over trees."""
        return self.equation.series

    @cached_property
    def trees(self) -> list[dict[str, Any]]:
        """The first trees with picture, numbers, coefficient and elementary differential."""
        series, names = self.series, self.series.field_names
        rows = []
        for tree, value in islice(series.items(), TREES):
            formula, coefficient = elementary_differential(tree, latex=True, names=names), to_sympy(value)
            rows.append(
                {
                    "tree": tree.brackets,
                    "svg": _picture(tree),
                    "order": tree.order,
                    "symmetry": tree.symmetry,
                    "density": tree.density,
                    "coefficient": str(value),
                    "value": float(nearest(value)) if coefficient.is_number else None,
                    "coefficient_mathml": styleless(latex(coefficient)),
                    "differential": elementary_differential(tree, names=names),
                    "mathml": styleless(formula),
                }
            )
        return rows

    @property
    def more_trees(self) -> int:
        """How many trees are not in `trees`."""
        return max(0, len(self.series) - TREES)

    def code(self, target: str) -> str:
        """Source text; "latex" and "json" are targets, too. Raises CodegenError."""
        if target not in self._code:
            own = {"latex": lambda: self.latex, "json": self.equation.to_json}
            self._code[target] = own[target]() if target in own else self.equation.source(target)  # type: ignore[arg-type]
        return self._code[target]

    # -- numbers --------------------------------------------------------------------------------
    @cached_property
    def true(self) -> Point:
        """The field at a point; its step size is not used."""
        return at_a_point(plain(self.field, "python"))

    def learned(self, powers: Sequence[int] | None) -> Point:
        """The equation at a point, with these powers of h only (all, for None)."""
        F = self.equation
        kept = tuple(k for k in range(F.order) if powers is None or k in powers)
        if kept not in self._learned:
            nothing = F.ring.part([sympy.S.Zero] * len(F.variables))
            colored = [[g if k in kept else nothing for k, g in enumerate(grades)] for grades in F.colored]
            cut = ModifiedField(F.field, F.method, F.order, F.direction, F.ring, colored, F.split)
            self._learned[kept] = at_a_point(cut.lambdify("python"))
        return self._learned[kept]

    @cached_property
    def radius(self) -> float | None:
        """Up to which |hλ| the expansion converges on linear equations; None where that is not known."""
        try:
            return linear_radius(self.method, self.equation.direction)
        except ImdeError:
            return None

    @cached_property
    def shadow(self) -> tuple[sympy.Expr, ...] | None:
        """The terms of the equation's Hamiltonian, where it has one and the field's is known."""
        F = self.equation
        if self.field.hamiltonian_function is None:
            return None
        try:
            return tuple(build_hamiltonian(self.field, self.method, min(F.order, SHADOW_ORDER), F.direction, F.split).terms)
        except ImdeError:
            return None


class Sampled:
    """The error of the equation over a box: what its powers of h contribute, and how fast the field's modes are."""

    def __init__(self, equation: ModifiedField, box: Box):
        self.box, self.terms = box, SampledTerms(equation, spread_points(box, SAMPLES))
        self.rate = self.terms.rate()
        speed = np.abs(self.terms.values[0]).mean(axis=0)
        crossings = [(b - a) / v for (a, b), v in zip(box, speed, strict=True) if v > 0]
        self.crossing = min(crossings, default=1.0)
        """About how long the field takes to cross the box."""

    @cached_property
    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """Steps, and there the largest error over the box."""
        steps = np.geomspace(*self.steps, 48)
        return steps, np.array([self.terms.at(float(h))[1] for h in steps])

    @property
    def steps(self) -> tuple[float, float]:
        """The range of the slider: from where nothing is seen to beyond where the expansion means anything."""
        size = self.rate if math.isfinite(self.rate) and self.rate > 1e-9 else 1.0 / self.crossing
        return 0.003 / size, 3.0 / size

    @property
    def step(self) -> float:
        """A step to begin with: seen, and not absurd. A round number."""
        raw = math.sqrt(self.steps[0] * self.steps[1] * 6)
        power = 10.0 ** math.floor(math.log10(raw))
        return float(f"{max(m * power for m in (1, 2, 5) if m * power <= raw):.3g}")


@lru_cache(maxsize=24)
def sampled(field: VectorField, method: Method, order: int, direction: str, start: tuple[float, ...]) -> Sampled:
    """Over the catalogue's box, or one around the start. Raises FieldError where the field is not finite there."""
    box = box_of(field) if field.info.get("domain") else tuple((a - max(1.0, abs(a)), a + max(1.0, abs(a))) for a in start)
    return Sampled(derive(field, method, order, direction).equation, box)


@lru_cache(maxsize=512)
def _picture(tree: RootedTree) -> str:
    return tree.svg()
