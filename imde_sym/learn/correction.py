"""The rule that corrects a model: how it is called, differentiated and to which order; decided once, on points, then kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add
from typing import Any

import numpy as np

from ..base.errors import MethodError
from ..base.libraries import is_torch
from ..method import Method
from ..series import BSeries, modified_series
from .backends import library
from .base import as_numpy, mean_size
from .calling import Calling, as_points, is_abstract
from .forms import POINT, form_of, library_of
from .routes import DIFFERENCES, JVP, SERIES, Field, Point, along_of, difference_parts, series_terms, tree_terms, tree_weights
from .stepping import Stepper, stepper

MAX_ORDER = 10
"""Of a correction by power series or differences."""
MAX_TREE_ORDER = 9
"""Of one by nested derivatives: one below the highest order of the equations, as the next term estimates what remains."""
MARGIN = 3
"""The automatic order is never below p + 3."""
FEW_TERMS = 5
"""So many terms come as fast by nested derivatives as by power series, in JAX; torch takes seconds to load its own."""
SETTLED = 1e-14


@dataclass(frozen=True)
class Plan:
    """What was decided: how the model is called, by which route its terms come, and the order that is kept."""

    calling: Calling
    route: str
    order: int
    notes: tuple[str, ...] = ()


class Correction:
    """The rule without the model, which is an argument of each call: it holds no weights.

    given : coefficients over trees of the equation, where it is not the forward one of the method
    asked : the order, or None for an automatic one;  training : the error of the training, where it is known
    """

    def __init__(self, method: Method, h: float, asked: int | None, parts: Sequence[Any] | None, given: BSeries | None = None):
        self.method, self.h, self.asked, self.parts, self.given = method, h, asked, parts, given
        self.plan: Plan | None = None
        self.training = 0.0
        self._functions: dict[Any, Any] = {}

    # JAX compares it where a corrected model is an argument of a compiled function
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Correction):
            return NotImplemented
        return all(getattr(self, n) == getattr(other, n) for n in ("method", "h", "asked", "parts", "given", "plan", "training"))

    def __hash__(self) -> int:
        return hash((self.method, self.h, self.asked))

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_functions": {}}

    @cached_property
    def weights(self) -> list[Mapping[int, float]]:
        """By power of h, up to the highest that trees are taken to."""
        return tree_weights(self.given or modified_series(self.method, MAX_TREE_ORDER + 1))

    @cached_property
    def by_steps(self) -> bool:
        """Whether steps, of numbers or of series, define the equation."""
        return self.given is None and self.stepper(None) is not None

    def vanishes(self, k: int) -> bool:
        """Whether the power h^k vanishes for every field."""
        return 0 < k < len(self.weights) and not self.weights[k]

    def stepper(self, like: Any) -> Stepper | None:
        """A step of the method; None where it has no stages, or parts that are functions."""
        if self.parts is not None and any(callable(part) for part in self.parts):
            return None
        try:
            return stepper(self.method, self.parts, like)
        except MethodError:
            return None

    # -- evaluation -----------------------------------------------------------------------------
    def terms(self, plan: Plan, model: Any, x: Any, t: Any, rest: Sequence[Any], powers: Sequence[int]) -> list[Any]:
        """h^k g_k for these powers, each of the shape of x."""
        stepping, count = self.stepper(x), max(powers) + 1

        def kernel_of(model: Any) -> Any:
            return lambda y, s, own: kernel(plan.calling.field(model, own), y, s, own)

        def kernel(field: Field, y: Any, s: Any, own: Sequence[Any]) -> tuple[Any, ...]:
            if plan.route == DIFFERENCES and count > 1:
                values, _ = self.differences(field, y, s, count)
                return tuple(values[k] for k in powers)
            if plan.route == SERIES and count > (FEW_TERMS if plan.calling.library == "jax" else 1):
                assert stepping is not None
                found = series_terms(field, stepping, plan.calling.library, y, s, count)
            else:
                along = along_of(plan.route, plan.calling.library)
                found = tree_terms(self._fields(field, plan, y, own), along, self.weights, y, s, powers)
            return tuple(found[k] * self.h**k if k in found else 0 * y for k in powers)

        if plan.calling.library == "jax" and plan.route != DIFFERENCES and not is_abstract(x, model):
            return list(self._compiled(plan, kernel_of, model, tuple(powers))(model, x, t, rest))
        return list(plan.calling.spread(kernel_of(model), x, t, rest))

    def _compiled(self, plan: Plan, kernel_of: Any, model: Any, powers: tuple[int, ...]) -> Any:
        """The same, compiled once for a structure of the model and a shape of the points."""
        jax = library("jax", "a corrected model")
        leaves, structure = jax.tree_util.tree_flatten(model)
        fixed = tuple(None if isinstance(a, jax.Array | np.ndarray) else a for a in leaves)
        try:
            key = hash((structure, fixed, plan, powers)), structure, fixed, plan, powers
        except TypeError:
            return lambda model, x, t, rest: plan.calling.spread(kernel_of(model), x, t, rest)
        if key not in self._functions:

            def run(arrays: Any, x: Any, t: Any, rest: Any) -> Any:
                own = structure.unflatten([a if f is None else f for a, f in zip(arrays, fixed, strict=True)])
                return plan.calling.spread(kernel_of(own), x, t, rest)

            self._functions[key] = jax.jit(run)
        compiled = self._functions[key]

        def call(model: Any, x: Any, t: Any, rest: Any) -> Any:
            own = jax.tree_util.tree_leaves(model)
            return compiled([a if f is None else None for a, f in zip(own, fixed, strict=True)], x, t, rest)

        return call

    def differences(self, field: Field, x: Any, t: Any, count: int) -> tuple[list[Any], bool]:
        """The same by steps of the model; a time moves with them. Whether they were taken both ways."""
        stepping = self.stepper(x)
        assert stepping is not None

        def times_h(value: Any) -> Any:
            return self.h * value

        if t is None:
            settled = None if is_abstract(x) else lambda a, b: _size(a - b) <= SETTLED * (1 + _size(b))
            return difference_parts(lambda y: stepping.step(field, y, None, times_h), x, self.h, count, field(x, None), settled)

        def step(p: Any) -> Point:
            return Point(stepping.step(field, p.x, p.t, times_h), p.t + self.h)

        done = None if is_abstract(x) else lambda a, b: _size(a.x - b.x) <= SETTLED * (1 + _size(b.x))
        values, found = difference_parts(step, Point(x, t), self.h, count, Point(field(x, t), 1.0 + 0 * t), done)
        return [v.x for v in values], found

    def _fields(self, field: Field, plan: Plan, x: Any, own: Sequence[Any]) -> list[Field]:
        """The parts of the field, one for each colour."""
        if self.parts is None:
            return [field]

        def part(given: Any) -> Field:
            if callable(given):
                return Calling(plan.calling.library, form_of(given) or plan.calling.form).field(given, own)
            mask = plan.calling.backend.array([float(i in given) for i in range(x.shape[-1])], like=x)
            return lambda z, time: mask * field(z, time)

        return [part(given) for given in self.parts]

    def powers(self, order: int) -> list[int]:
        """Those that an order keeps."""
        return [k for k in range(order) if not self.vanishes(k)]

    def read(self, model: Any, given: Sequence[Any], options: Mapping[str, Any]) -> tuple[Any, Any, tuple[Any, ...]]:
        """Point, time and the rest of a call."""
        form = self.plan.calling.form if self.plan else form_of(model) or POINT
        x, t, rest = form.read(given, options)
        return as_points(model, x, self.plan.calling.library if self.plan else None), t, rest

    def apply(self, plan: Plan, model: Any, x: Any, t: Any, rest: Sequence[Any]) -> Any:
        """The corrected field."""
        values = self.terms(plan, model, x, t, rest, self.powers(plan.order))
        return reduce(add, values)

    def next_power(self, plan: Plan) -> int:
        """The first one left out that does not vanish, as far as can be told."""
        if plan.route == DIFFERENCES:
            return plan.order + (plan.order % 2 if plan.order > 1 else 0)
        last = MAX_ORDER if plan.route == SERIES else MAX_TREE_ORDER
        return next((k for k in range(plan.order, last) if not self.vanishes(k)), last)

    def remaining(self, plan: Plan, model: Any, x: Any, t: Any, rest: Sequence[Any]) -> float:
        """The mean of the max-norm of that term."""
        return mean_size(as_numpy(self.terms(plan, model, x, t, rest, [self.next_power(plan)])[0]))

    def sizes(self, plan: Plan, model: Any, x: Any, t: Any, rest: Sequence[Any]) -> tuple[float, float]:
        """Mean max-norms of what the correction adds and of the first term that it leaves out."""
        powers = self.powers(plan.order)
        _, *added, left = self.terms(plan, model, x, t, rest, [*powers, self.next_power(plan)])
        return mean_size(reduce(add, map(as_numpy, added))) if added else 0.0, mean_size(as_numpy(left))

    def without_values(self, model: Any, x: Any) -> Plan:
        """A plan for arrays without values, on which nothing can be decided; it is not kept."""
        name = library_of(model, x)
        calling = Calling(name, form_of(model) or POINT, name == "torch" and is_torch(model))
        order = self.asked or min(self.method.order + MARGIN, MAX_TREE_ORDER)
        return Plan(calling, JVP, order, (f"order {order}, inside a transformation, before anything was decided on points",))


def _size(values: Any) -> float:
    return float(abs(values).max())
