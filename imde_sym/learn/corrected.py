"""Corrected models: a torch module where the model is one, else a pytree; called as the model is."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from inspect import Parameter, Signature
from typing import Any

import numpy as np

from ..base.errors import LearningError, MethodError
from ..base.sharing import only_once
from ..base.values import Value
from ..equations import CallableModifiedField
from ..prediction.linear import linear_radius
from ..series import modified_series
from .base import as_numpy, real_array
from .calling import Calling, as_points, check_beside, check_clock, is_abstract, named, real_values, rows, time_of
from .correction import Correction, Measured, Plan, left_out
from .deciding import SAMPLES, decide
from .forms import POINT, Form, form_of, library_of, original
from .routes import DIFFERENCES, left_the_data
from .states import State, in_pieces
from .stepping import Stepper

WIDE = 8
"""Up to so many components the eigenvalues of Df are looked at."""
SIZES = ("in_features", "out_features")
CALLED = Signature([Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in ("self", "t", "x")])
JACOBIANS = 32
"""At so many points."""


class Corrected:
    """A model with its solver's bias removed or exchanged: called like the model, at a point or a batch (..., d).

    It is a torch.nn.Module where the model is of torch, and else a pytree with the model's leaves: it trains on, is saved
    and goes into odeint and diffeqsolve.
    model    : the model that was given;  h : the step of its solver
    order    : the order that is kept, "auto" until it is decided, which points or the first call with values do
    note     : what was decided and found, in words

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> from imde_sym.learn import debias
    >>> corrected = debias(lambda x: -x, "explicit_euler", 0.1, order=3)
    >>> corrected
    <debiased <lambda>: Explicit Euler method, h = 0.1, order 3>
    >>> corrected(jax.numpy.ones((5, 2))).shape
    (5, 2)
    >>> x = jax.numpy.ones((5, 2))
    >>> corrected.settle(x) is corrected, corrected.order, corrected.h, corrected.method.name, corrected.library
    (True, 3, 0.1, 'explicit_euler', 'jax')
    >>> corrected.points([[1.0, 2.0]]).shape
    (1, 2)
    >>> bool((corrected.evaluate(x) == corrected(x)).all()), round(corrected.remaining(x), 5)
    (True, 0.00025)
    >>> corrected.plan_at(x, None, ()).order, corrected.equation.order, corrected.form == corrected.calling.form
    (3, 4, True)
    >>> round(corrected.training_error(x, np.exp(-0.1) * x), 4)  # of the model itself
    0.0684
    >>> corrected.add("seen on ones")
    >>> corrected.note.split("; ")[-1]
    'seen on ones'
    """

    model: Any
    correction: Correction

    @property
    def h(self) -> float:
        """The step size of the equation."""
        return self.correction.h

    @property
    def method(self) -> Any:
        """The method of the equation."""
        return self.correction.method

    @property
    def order(self) -> int | str:
        """The order that is kept; "auto" while it is not decided."""
        plan, asked = self.correction.plan, self.correction.asked
        return plan.order if plan else "auto" if asked is None else asked

    @property
    def note(self) -> str:
        """What was decided and found."""
        plan = self.correction.plan
        return "; ".join(plan.notes) if plan else "nothing is decided before the first call, or points"

    @property
    def library(self) -> str:
        """torch, jax or numpy."""
        plan = self.correction.plan
        return plan.calling.library if plan else library_of(self.model)

    @property
    def form(self) -> Form:
        """How it is called."""
        plan = self.correction.plan
        return plan.calling.form if plan else form_of(self.model) or POINT

    @property
    def calling(self) -> Calling | None:
        """How it is evaluated at many points."""
        plan = self.correction.plan
        return replace(plan.calling, tracked=False, gradients=False) if plan else None

    @property
    def equation(self) -> CallableModifiedField:
        """The equation over trees, one order further than is kept."""
        own, order = self.correction, self.order
        count = min((own.method.order + 3 if isinstance(order, str) else order) + 1, 10)
        series = own.given or modified_series(own.method, count)
        parts = [self.model] if own.parts is None else own.parts
        direction = "forward" if own.given is None else "inverse"
        return CallableModifiedField(
            self.model, own.method, series.order, direction, series, parts, time=self.form.clock is not None
        )

    def evaluate(self, *given: Any, **options: Any) -> Any:
        """The corrected field, called as the model."""
        x, t, rest = self.correction.read(self.model, given, options)
        points, state = self.correction.points(self.model, x, t, rest, many=False)
        value = self.correction.apply(self.plan_at(points, t, rest, state), self.model, points, t, rest)
        return state.split(value) if state is not None and in_pieces(x) else value

    def points(self, x: Any) -> Any:
        """Points in arrays of the model's library, (..., d); pieces are joined. Raises LearningError where they do not fit."""
        return self.correction.points(self.model, x)[0]

    def plan_at(self, x: Any, t: Any, rest: Sequence[Any], state: State | None = None) -> Plan:
        """What was decided on points (..., d); now, if it was not and there are values to decide on.

        state : the pieces in which the model takes them. Raises LearningError where nothing can be decided.
        """
        own = self.correction
        if own.plan is not None:
            return own.plan
        if is_abstract(x, self.model):
            return own.without_values(self.model, x, state)
        measured = self._decide(x, t, rest, own.training or None, state=state)
        if own.asked is None or own.training:  # an order that was asked for is taken without a word
            self._judge(measured, *rows(x, t, rest, SAMPLES), own.training or None, False)
        assert own.plan is not None
        return own.plan

    def settle(
        self,
        x: Any,
        *,
        t: Any = None,
        args: Sequence[Any] = (),
        error: float | None = None,
        pairs: Any = None,
        force: bool = False,
        beside: Any = None,
    ) -> Any:
        """Decide on points (..., d), unless that was done; returns itself. `debias` says what the arguments are.

        Raises LearningError where there are no points, and what `debias` raises.
        """
        own = self.correction
        if own.plan is not None:
            return self
        t = time_of(t)
        points, state = own.points(self.model, x, t, args)
        if 0 in tuple(points.shape):
            raise LearningError(f"x holds no points: its shape is {tuple(points.shape)}")
        check_beside(args, self.library)
        check_clock(t, points)
        measured = self._decide(points, t, args, error, pairs, state)
        own.check_values(measured)
        at = rows(as_points(self.model, points, self.library), t, args, SAMPLES)
        if beside is not None and beside is not x:
            self._box(points, beside)
        self._judge(measured, *at, own.training if pairs is not None or error is not None else None, force)
        return self

    def add(self, note: str) -> None:
        """One thing more to say of what was decided. Raises AssertionError before that."""
        own = self.correction
        assert own.plan is not None
        own.plan = Plan(own.plan.calling, own.plan.route, own.plan.order, (*own.plan.notes, note))

    def training_error(self, x: Any, y: Any, S: int = 1, *, t: Any = None, args: Sequence[Any] = ()) -> float:
        """sqrt(mean |Φ(x) - y|²)/T of the model itself, Φ being S steps of the method, T = S h. Raises LearningError."""
        own, plan = self.correction, self.correction.plan
        assert plan is not None
        x = self.points(x)
        target, stepping = self.ends(x, y), own.stepper(x)
        if stepping is None or own.given is not None:
            raise LearningError(f"{own.method.title} has no steps to try the pairs with: give training_error=")

        with plan.calling.without_gradients():
            ends = as_numpy(steps_of(stepping, plan.calling, self.model, x, t, args, own.h, S)).astype(float)
        return float(np.sqrt(np.mean(np.sum((ends - target) ** 2, axis=-1)))) / abs(S * own.h)

    def remaining(self, x: Any, y: Any = None, T: Any = None, *, t: Any = None, args: Sequence[Any] = ()) -> float:
        """An estimate of the error of the corrected model: the mean over points (N, d) of the first term left out that does
        not vanish, and the training error, where pairs (x, y) a time T apart (default h) tell it or it is known already.
        Raises LearningError where the points do not fit the model.
        """
        points, state = self.correction.points(self.model, x, t, args)
        plan = self.plan_at(points, t, args, state)
        points = as_points(self.model, points, plan.calling.library)
        left = self.correction.remaining(plan, self.model, points, t, args)
        if y is None:
            return left + self.correction.training
        S = 1 if T is None else round(float(real_array(T, "T", 0)) / self.h)
        if T is not None and not np.isclose(S * self.h, float(T), rtol=1e-9, atol=0):
            raise LearningError(f"T = {T} is not a multiple of the step h = {self.h}")
        return left + self.training_error(x, y, S, t=t, args=args)

    def __repr__(self) -> str:
        kind = "debiased" if self.correction.given is None else "retargeted"
        return f"<{kind} {named(self.model)}: {self.method.title}, h = {self.h:g}, order {self.order}>"

    # -- deciding -------------------------------------------------------------------------------
    def _decide(
        self, x: Any, t: Any, rest: Sequence[Any], error: float | None, pairs: Any = None, state: State | None = None
    ) -> Measured:
        own = self.correction
        if pairs is not None:  # their error needs a way to call the model, and the order needs their error
            asked, own.asked = own.asked, own.asked or 1
            own.plan, first = decide(own, self.model, x, t, rest, state=state)
            own.check_values(first)
            if t is None and own.plan.calling.form.clock is not None and first.moves_with_time():
                raise LearningError(
                    f"the model ({named(self.model)}) depends on the time: give that of x as t=, a number or one for each point"
                )
            error = self.training_error(*pairs, t=t, args=rest) if error is None else error
            own.asked, own.plan = asked, None
        own.plan, measured = decide(own, self.model, x, t, rest, error, state)
        own.training = error or 0.0
        return measured

    def _box(self, points: Any, beside: Any) -> None:
        data, at = self._numbers(beside, "x"), as_numpy(points).astype(float)
        outside = np.mean(np.any((at < data.min(axis=0)) | (at > data.max(axis=0)), axis=-1))
        if outside:
            self.add(f"{outside:.0%} of the points lie outside the box of the training data")

    def ends(self, x: Any, y: Any) -> np.ndarray:
        """The y of pairs as numpy has them. Raises LearningError where they are not numbers, one point for each of x.

        >>> import jax
        >>> from imde_sym.learn import debias
        >>> x = jax.numpy.ones((2, 1))
        >>> debias(lambda x: -x, "explicit_euler", 0.1, 3).ends(x, [[0.9], [0.8]]).tolist()
        [[0.9], [0.8]]
        """
        target = self._numbers(y, "y")
        if target.shape != tuple(x.shape):
            raise LearningError(f"x and y are pairs (N, d); their shapes are {tuple(x.shape)} and {target.shape}")
        return target

    def _numbers(self, values: Any, what: str) -> np.ndarray:
        """Data (..., d), which may be in pieces, as numpy has them."""
        state = self.form.state
        joined = state.join(values) if state is not None and in_pieces(values) else values
        return as_numpy(real_values(joined, what)).astype(float)

    def _judge(self, measured: Measured, x: Any, t: Any, rest: Sequence[Any], error: float | None, force: bool) -> None:
        """Say where the correction does not help. Raises LearningError where data show it."""
        own, plan = self.correction, self.correction.plan
        assert plan is not None
        bias, left = own.moved, own.left = measured.sizes(plan)
        if plan.order == 1:
            return
        x = plan.calling.backend.array(x)
        total = left_out(bias, left, plan.order - own.method.order)
        if error is not None and bias <= total + error:
            text = (
                f"the correction would not help: it moves the field by {bias:.2e}, and its error would be {total + error:.2e} "
                f"(terms left out {total:.1e}, training {error:.1e})"
            )
            if not force and own.given is None:
                own.plan = None
                raise LearningError(f"{text}. Train longer, or take the correction all the same with force=True")
            self.add(text)
        elif left > bias > 0:
            text = (
                f"what the correction leaves out ({left:.1e}) is larger than itself ({bias:.1e}): h = {own.h:g} is too large here"
            )
            warnings.warn(text, stacklevel=4)
            self.add(text)
        if plan.route == DIFFERENCES:

            def step(y: Any) -> Any:
                stepping = own.stepper(y)
                assert stepping is not None
                return plan.calling.spread(
                    lambda z, s, r: (stepping.step(plan.calling.field(self.model, r), z, s, lambda v: own.h * v, 60),), y, t, rest
                )[0]

            self.add(left_the_data(step, x, (plan.order + 1) // 2))
        elif (rate := self._rate(plan, x, t, rest)) and own.given is None:
            try:
                radius = linear_radius(own.method, "forward")
            except MethodError:
                return
            if abs(own.h) * rate > radius:
                reach = f"beyond {radius:.2g}, up to which the expansion converges for linear fields"
                text = f"h max|λ| of Df is {abs(own.h) * rate:.2g}, {reach}"
                warnings.warn(text, stacklevel=4)
                self.add(text)

    def _rate(self, plan: Plan, x: Any, t: Any, rest: Sequence[Any]) -> float:
        """max|λ| of Df over some points; 0 where it is not found."""
        d = x.shape[-1]
        if d > WIDE:
            return 0.0
        x, t, rest = rows(x, t, rest, JACOBIANS)
        values, size = as_numpy(x), float(np.abs(as_numpy(x)).max(initial=0.0))
        e = float(np.finfo(values.dtype).eps) ** (1 / 3) * (1 + size)
        field = plan.calling.many(self.model, rest)
        units = [plan.calling.backend.array(e * row, like=x) for row in np.eye(d)]
        try:
            with plan.calling.without_gradients():
                columns = [as_numpy(field(x + u, t) - field(x - u, t)).astype(float) / (2 * e) for u in units]
            found = np.stack(columns, axis=-1)
            return float(np.nanmax(np.abs(np.linalg.eigvals(found))))
        except (TypeError, ValueError, RuntimeError, NotImplementedError, np.linalg.LinAlgError):
            return 0.0


class CorrectedFunction(Corrected, Value):
    """A corrected model of JAX, or a function: a pytree with the leaves of the model."""

    def __init__(self, model: Any, correction: Correction):
        self.model, self.correction = model, correction
        self._freeze()

    def __call__(self, *given: Any, **options: Any) -> Any:
        """The corrected field, called as the model is."""
        return self.evaluate(*given, **options)


def steps_of(stepping: Stepper, calling: Calling, model: Any, x: Any, t: Any, rest: Sequence[Any], h: float, count: int) -> Any:
    """The points (..., d) where so many steps of a method through a model take those at x."""
    field = calling.many(model, rest)
    t = None if calling.form.clock is None else 0.0 if t is None else t
    for _ in range(count):
        x = stepping.step(field, x, t, lambda value: h * value)
        t = None if t is None else t + h
    return x


def corrected_model(model: Any, correction: Correction) -> Any:
    """A corrected model of the model's library."""
    if library_of(model) == "torch":
        timed = (form_of(model) or POINT).clock == 0
        return module_classes()["TimedModule" if timed else "CorrectedModule"](model, correction)
    if "jax" in sys.modules:
        _register()
    return CorrectedFunction(model, correction)


@only_once
def _register() -> None:
    tree = sys.modules["jax"].tree_util

    def flatten(own: CorrectedFunction) -> tuple[tuple[Any, ...], Any]:
        fixed = tree.all_leaves([own.model])  # a function has no leaves of its own
        return ((), (own.model, own.correction)) if fixed else ((own.model,), (None, own.correction))

    def unflatten(about: Any, children: Any) -> CorrectedFunction:
        return CorrectedFunction(children[0] if children else about[0], about[1])

    tree.register_pytree_node(CorrectedFunction, flatten, unflatten)


@only_once
def module_classes() -> dict[str, Any]:
    """The classes of corrected torch modules by name, made when torch is there."""
    torch = sys.modules["torch"]

    class CorrectedModule(Corrected, torch.nn.Module):  # type: ignore[name-defined, misc]
        """A corrected model of torch."""

        def __init__(self, model: Any, correction: Correction):
            super().__init__()
            self.model, self.correction = model, correction
            self.training = getattr(model, "training", False)
            for name in SIZES:  # what asks a module for them, as neuromancer's integrators do, asks this one too
                if hasattr(inner := original(model), name):
                    setattr(self, name, getattr(inner, name))

        def forward(self, *given: Any, **options: Any) -> Any:
            """The corrected field, called as the model is."""
            return self.evaluate(*given, **options)

        __repr__ = Corrected.__repr__

    class TimedModule(CorrectedModule):
        """One that is called with the time first, as its signature tells, which torchdyn reads."""

        def forward(self, *given: Any, **options: Any) -> Any:
            """The corrected field, called as the model is."""
            return self.evaluate(*given, **options)

        forward.__signature__ = CALLED  # type: ignore[attr-defined]

    for cls in (CorrectedModule, TimedModule):
        cls.__qualname__ = cls.__name__
    return {cls.__name__: cls for cls in (CorrectedModule, TimedModule)}


def __getattr__(name: str) -> Any:
    if name in ("CorrectedModule", "TimedModule"):  # where pickle looks for them
        if "torch" not in sys.modules:
            __import__("torch")
        return module_classes()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
