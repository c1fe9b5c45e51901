"""The rule that corrects a model: how it is called, differentiated and to which order; decided once, on points, then kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import add
from typing import Any

import numpy as np

from ..base.errors import LearningError, MethodError
from ..base.libraries import is_torch
from ..equations.callables import tree_weights
from ..method import Method
from ..series import BSeries, modified_series
from .base import as_numpy, mean_size
from .calling import TIMES, Calling, as_points, is_abstract, moves, state_of
from .compiling import compiled
from .forms import POINT, form_of, library_of
from .routes import DIFFERENCES, JVP, SERIES, Field, Point, along_of, difference_parts, series_terms, tree_terms
from .states import State
from .stepping import Stepper, stepper

MAX_ORDER = 10
"""Of a correction by power series or differences."""
MAX_TREE_ORDER = 9
"""Of one by nested derivatives: one below the highest order of the equations, as the next term estimates what remains."""
MARGIN = 3
"""The automatic order is never below p + 3."""
CHEAP = {1: MAX_TREE_ORDER, 2: 5}
"""By colours: up to which power trees tell whether it vanishes; of two colours there are 90,000 at order 9."""
FEW_TERMS = 5
"""So many terms come as fast by nested derivatives as by power series, in JAX; torch takes seconds to load its own."""
SETTLED = 1e-14
SLOWEST = 0.9
"""Terms that shrink more slowly from one power of h to the next are not told from such as grow."""


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
    moved, left : what it adds and what it leaves out, where it was judged: means over points of max-norms
    """

    def __init__(self, method: Method, h: float, asked: int | None, parts: Sequence[Any] | None, given: BSeries | None = None):
        self.method, self.h, self.asked, self.parts, self.given = method, h, asked, parts, given
        self.plan: Plan | None = None
        self.training, self.moved, self.left = 0.0, math.nan, math.nan
        self._weights: list[dict[int, float]] = []
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

    def weights(self, k: int) -> list[dict[int, float]]:
        """By power of h, up to h^k at least, or the last of a series that was given."""
        if len(self._weights) <= k and (self.given is None or not self._weights):
            self._weights = tree_weights(self.given or modified_series(self.method, k + 1))
        return self._weights

    @cached_property
    def by_steps(self) -> bool:
        """Whether steps, of numbers or of series, define the equation."""
        return self.given is None and self.stepper(None) is not None

    def vanishes(self, k: int) -> bool:
        """Whether the power h^k vanishes for every field."""
        if self.given is None and k > CHEAP.get(self.method.colors, min(CHEAP.values())):
            return k % 2 == 1 and bool(getattr(self.method, "is_symmetric", False))
        return 0 < k < len(self.weights(k)) and not self.weights(k)[k]

    def check_values(self, measured: Measured) -> None:
        """Raise LearningError where the model is not finite: nothing can be said of it then."""
        lost = measured.lost()
        if lost.any():
            self.plan = None
            first = int(np.argmax(lost))
            raise LearningError(
                f"the model is not finite at {int(lost.sum())} of {len(lost)} points, the first of them "
                f"{', '.join(f'{v:.6g}' for v in measured.where(first))}: leave them out, or train again"
            )

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
        count, jax = max(powers) + 1, plan.calling.library == "jax"
        like = None if jax else x

        def differing(y: Any, s: Any, own: Sequence[Any]) -> tuple[Any, ...]:
            return tuple(self.differences(plan.calling.field(model, own), y, s, count)[0][k] for k in powers)

        def kernel(field: Field, y: Any, s: Any, own: Sequence[Any]) -> tuple[Any, ...]:
            if plan.route == SERIES and count > (FEW_TERMS if jax else 1):
                stepping = self.stepper(y if jax else like)
                assert stepping is not None
                found = series_terms(field, stepping, plan.calling.library, y, s, count)
            else:
                along = along_of(plan.route, plan.calling.library)
                found = tree_terms(self._fields(field, plan, y, own), along, self.weights(count - 1), y, s, powers)
            return tuple(found[k] if k in found else 0 * y for k in powers)

        def everywhere(model: Any) -> Any:
            return lambda x, t, rest: plan.calling.spread(
                lambda y, s, own: kernel(plan.calling.field(model, own), y, s, own), x, t, rest
            )

        if plan.route == DIFFERENCES and count > 1:  # these have the powers of h in them
            return list(plan.calling.spread(differing, x, t, rest))
        if jax and not is_abstract(x, model):
            rule = (self.method, self.parts, self.given, plan.calling, plan.route, tuple(powers))
            run = compiled(everywhere, model, rule, self._functions)
        else:
            run = everywhere(model)
        return [value * self.h**k for k, value in zip(powers, run(x, t, rest), strict=True)]

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
        return form.read(given, options)

    def points(
        self, model: Any, x: Any, t: Any = None, rest: Sequence[Any] = (), *, many: bool = True
    ) -> tuple[Any, State | None]:
        """x as an array (..., d), and the pieces in which the model takes it. `state_of` says what `many` is."""
        if self.plan is None:
            state = state_of(model, x, t, rest, many=many)
            return as_points(model, x, state=state), state
        calling = self.plan.calling
        return as_points(model, x, calling.library, calling.form.state), calling.form.state

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

    def without_values(self, model: Any, x: Any, state: State | None = None) -> Plan:
        """A plan for arrays without values, on which nothing can be decided; it is not kept."""
        name, form = library_of(model, x), form_of(model) or POINT
        calling = Calling(name, replace(form, state=state), name == "torch" and is_torch(model) and state is None)
        order = self.asked or min(self.method.order + MARGIN, MAX_TREE_ORDER)
        return Plan(calling, JVP, order, (f"order {order}, inside a transformation, before anything was decided on points",))


def left_out(moved: float, left: float, powers: int) -> float:
    """All that a correction leaves out: its first term, `left`, and those after it, which shrink as those before it did.

    moved : what the correction adds, so the size of its leading term, so many powers of h before
    Where terms shrink little the first alone is too small an estimate: it promised a gain to 2 of 113 trained models that lost.
    """
    if not (moved > 0 and left > 0):
        return left
    ratio: float = (left / moved) ** (1 / max(powers, 1))
    return left / (1 - min(ratio, SLOWEST))


class Measured:
    """The terms of a correction at some points, as numpy arrays, each found once."""

    def __init__(self, correction: Correction, plan: Plan, model: Any, x: Any, t: Any, rest: Sequence[Any]):
        self._correction, self._plan, self._model, self._at = correction, plan, model, (x, t, rest)
        self._known: dict[int, Any] = {}

    def find(self, powers: Sequence[int]) -> None:
        """Those that are not known yet, in one go: compiled together, and lower ones are parts of higher ones."""
        missing = [k for k in powers if k not in self._known]
        if missing:
            with self._plan.calling.without_gradients():
                found = self._correction.terms(self._plan, self._model, *self._at, missing)
            self._known.update(zip(missing, map(as_numpy, found), strict=True))

    def lost(self) -> np.ndarray:
        """Which points the model gives no finite value at."""
        x, t, rest = self._at
        with self._plan.calling.without_gradients():
            values = as_numpy(self._plan.calling.many(self._model, rest)(x, t))
        found: np.ndarray = ~np.isfinite(values).all(axis=-1)
        return found

    def where(self, i: int) -> list[float]:
        """One of the points."""
        return [float(v) for v in as_numpy(self._at[0])[i]]

    def moves_with_time(self) -> bool:
        """Whether the model has other values at other times at the same points."""
        x, _, rest = self._at
        calling = self._plan.calling
        with calling.without_gradients():
            return moves([as_numpy(calling.values(self._model, x, t, rest)) for t in TIMES])

    def size(self, k: int) -> float:
        """The mean max-norm of the term of h^k."""
        self.find([k])
        return mean_size(self._known[k])

    def sizes(self, plan: Plan) -> tuple[float, float]:
        """Mean max-norms of what a correction adds and of the first term that it leaves out."""
        powers, following = self._correction.powers(plan.order), self._correction.next_power(plan)
        self.find([*powers, following])
        added = [self._known[k] for k in powers[1:]]
        return mean_size(reduce(add, added)) if added else 0.0, self.size(following)


def _size(values: Any) -> float:
    return float(abs(values).max())
