"""Undo what a solver did to a model: `debias`, `retarget`, `debias_map`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.checks import check_order
from ..base.errors import LearningError, MethodError, shown
from ..base.values import Value
from ..equations.callables import split_parts
from ..method import Method, as_method
from ..series import BSeries, inverse_modified_series, modified_series, substitute
from ..trees import tree_table
from .base import as_numpy, mean_size, real_array
from .calling import TIMES, in_precision, is_abstract, moves, named
from .corrected import corrected_model
from .correction import MAX_ORDER, Correction
from .fit import Fit
from .forms import POINT, form_of, integrator_of, library_of, original
from .routes import difference_parts, left_the_data, near
from .solvers import one_step
from .states import State, in_pieces
from .stepping import Stepper, stepper

Model = Callable[..., Any]
AUTO = "auto"
ADAPTIVE = ("dopri5", "dopri8", "bosh3", "fehlberg2", "adaptive_heun", "tsit5", "scipy_solver")
"""Methods that torchdiffeq runs with steps of its own choice, unless it is told a step size."""


@checked
def debias(
    model: Any,
    method: Any = None,
    h: Any = None,
    order: int | str = AUTO,
    *,
    parts: Sequence[Any] | None = None,
    x: Any = None,
    y: Any = None,
    points: Any = None,
    S: int = 1,
    t: Any = None,
    args: Sequence[Any] = (),
    training_error: float | None = None,
    force: bool = False,
    rtol: float | None = None,
    atol: float | None = None,
) -> Any:
    """The field behind the data that `model` was trained on: the forward modified equation of the model.

    model  : a torch module, an equinox module or another pytree, or a function of torch or JAX arrays; called as (x), (t, x),
             (t, x, args) or (x, u), of a point (d,) or a batch (N, d), or of a state in pieces: a tuple, a dict or another
             pytree of arrays, as torchdiffeq and diffrax take them; or the `Fit` of a training, which knows method and h, as an
             integrator of neuromancer does, whose block is corrected; of a NeuralODE of torchdyn its field `vf` is
    method : the Method, its name, or the solver of diffrax or torchdiffeq that the model was trained through
    h      : the solver's step, whatever lies between the data
    order  : 1..10: the error that remains is O(h**order); "auto": at least p + 3 for a method of order p (p + 1 where terms
             grow before, and at most 5 by nested derivatives), and higher while it pays: until the remaining error
             is below that of the training, or of no account, or grows. It is decided on `points`, on x, or where the
             corrected model is first called, and then stays
    parts  : for partitioned methods, the indices of the components of each part; those of a state in pieces count on from piece
             to piece (of a dict of JAX in the order of its sorted keys)
    x, y   : pairs of the training, better held-out ones, arrays (N, d), or pieces of which each has N in front, as jax.vmap has
             it; y lies S steps after x. They tell the training error
    t, args: what the model takes besides the point at x or `points`: the time, and (args, ) or (u, )
    training_error : sqrt(mean |Φ(x) - y|²)/T, where it is known; otherwise x and y tell it
    force  : correct also where the data say that it does not help
    rtol, atol : tolerances of a solver that chose its steps; it is then refused, as there is no h to correct for

    Returns a model of the same kind (`Corrected`: a torch.nn.Module, or a pytree), with `.order`, `.note`, `.remaining(x)`. It is
    called as the model is, and one of the point alone also as solvers do, (t, x) and (t, x, args). Terms come from power
    series through the model, where these have no rule from nested derivatives, and for a model that cannot be
    differentiated from central differences of its steps; the note says so.
    Raises LearningError where the training error or what remains is larger than the correction (with both numbers), where
    steps were adaptive, and for models that cannot be called, naming the signatures that were tried; FieldError for parts,
    MethodError and SeriesError for methods and orders. Warns where what remains is larger than the correction, outside
    the radius of convergence, and for activations that are not smooth.
    Cost in evaluations of the model: order·stages on series of degree `order`, or for nested derivatives of orders
    2, 3, 4, 5: 3, 9, 23, 59.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> h = 0.1
    >>> def learned(x):  # what x' = -x becomes through Euler's method: one step of it is exact
    ...     return (np.exp(-h) - 1) / h * x
    >>> corrected = debias(learned, "explicit_euler", h, order=5)
    >>> x = jax.numpy.array([1.0])
    >>> print(f"{learned(x)[0]:.4f} {corrected(x)[0]:.4f} {corrected.remaining(x[None]):.0e}")
    -0.9516 -1.0000 1e-06
    """
    if isinstance(model, Fit):
        method, h = model.solver if method is None else method, model.h if h is None else h
        training_error = model.loss**0.5 if training_error is None and y is None else training_error
        model = model.model
    elif (taken := integrator_of(model)) is not None:
        method, h = (given if known is None else known for known, given in zip((method, h), taken, strict=True))
    _refuse_adaptive(method, h, rtol, atol)
    form_of(model)  # what cannot be called is refused at once
    x, points = in_precision(model, x), in_precision(model, points)
    found, step = as_method(method, model), one_step(h)
    corrected = corrected_model(model, _correction(model, found, step, order, parts))
    known = None if training_error is None else float(real_array(training_error, "training_error", 0))
    where = points if points is not None else x
    if where is None:
        if y is not None:
            raise LearningError("y was given without the x that it follows")
        corrected.correction.training = known or 0.0
        return corrected
    corrected.settle(where, t=t, args=args, error=known, pairs=None if y is None else (x, y, S), force=force, beside=x)
    if isinstance(method, str) and method in ADAPTIVE and corrected.library == "torch":
        corrected.add(
            f"{method} of torchdiffeq chooses its steps unless options={{'step_size': h}}: this is for steps of {step:g}"
        )
    return corrected


def _correction(
    model: Any, method: Method, h: float, order: int | str, parts: Sequence[Any] | None, given: BSeries | None = None
) -> Correction:
    asked = None if order == AUTO else _asked(order)
    if method.parameters:
        raise MethodError(f"{method.title} has the free parameters {method.parameters}: a model needs a method of numbers")
    split_parts(model, method, parts)
    return Correction(method, h, asked, None if parts is None else tuple(p if callable(p) else tuple(p) for p in parts), given)


def _asked(order: Any) -> int:
    if isinstance(order, str):
        raise LearningError(f"order is an integer from 1 to {MAX_ORDER}, or 'auto'; got {shown(order)}")
    return check_order(order, MAX_ORDER)


def _refuse_adaptive(method: Any, h: Any, rtol: Any, atol: Any) -> None:
    """Raise LearningError where steps were chosen by tolerances, or no step is given."""
    names = [c.__name__ for c in (method if isinstance(method, type) else type(method)).__mro__]
    controller = "AbstractStepSizeController" in names and "ConstantStepSize" not in names
    rtol, atol = (getattr(method, n, v) if controller else v for n, v in (("rtol", rtol), ("atol", atol)))
    if controller or rtol is not None or atol is not None:
        size = max((float(v) for v in (rtol, atol) if isinstance(v, int | float)), default=None)
        told = f", here about {size:g} times the size of the field," if size is not None else ""
        raise LearningError(
            f"the steps were chosen by tolerances: what the solver left in the model is of the size of the tolerance{told} and "
            "differs from step to step, so there is no h to correct for. A smaller tolerance lowers it; a model trained with "
            "fixed steps can be corrected"
        )
    if method is None or h is None:
        what = "method" if method is None else "h"
        raise LearningError(
            f"{what} is missing: give the solver and its step h. Where a solver chose its steps by tolerances (rtol=, atol=) the "
            "error in the model is of the size of the tolerance, and there is nothing to correct"
        )


@checked
def retarget(
    model: Any,
    from_method: Any,
    to_method: Any,
    h: float,
    order: int = 4,
    *,
    to_h: float | None = None,
    parts: Sequence[Any] | None = None,
) -> Any:
    """What the same data would have taught through another method, or with another step size.

    The forward modified equation for `from_method` with step h, then the inverse one for `to_method` with step
    `to_h` (default h), as one series over trees (the substitution law; Chartier, Hairer, Vilmart 2010): the model run with
    `to_method` in steps of `to_h` follows the data to order `order`, 1..9. Models, result and errors as in `debias`.
    Raises as `debias` does.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> h = 0.1
    >>> def learned(x):  # what x' = -x becomes through Euler's method: one step of it is exact
    ...     return (np.exp(-h) - 1) / h * x
    >>> other = retarget(learned, "explicit_euler", "implicit_midpoint", h, order=5)
    >>> print(f"{other(jax.numpy.array([1.0]))[0]:.5f} {-2 / h * np.tanh(h / 2):.5f}")
    -0.99917 -0.99917
    """
    order, h = check_order(order, MAX_ORDER - 1), one_step(h)
    new_h = h if to_h is None else one_step(to_h)
    source, target = as_method(from_method, model), as_method(to_method)
    colors = max(source.colors, target.colors)
    inner = _in_steps(modified_series(source, order + 1, colors), Fraction(str(h)) / Fraction(str(new_h)))
    series = substitute(inner, inverse_modified_series(target, order + 1, colors))
    split = target if target.colors == colors else source  # whose parts they are
    correction = _correction(model, split, new_h, order, parts, series)
    correction.method = target
    return corrected_model(model, correction)


def _in_steps(series: BSeries, ratio: Fraction) -> BSeries:
    """The series of a field with step h = ratio·h', as one in powers of h'."""
    table = tree_table(series.colors, series.order)
    scaled = list(series.coefficients)
    for k in range(1, series.order + 1):
        for i in range(*table.block(k).indices(len(scaled))):
            scaled[i] = scaled[i] * ratio ** (k - 1)
    errors = [e * float(ratio) ** (int(k) - 1) for e, k in zip(series.errors, table.order, strict=False)]
    return BSeries(series.order, scaled, Fraction(0), series.colors, errors=errors)


class CorrectedMap(Value):
    """The field of a map Φ by its values alone: Σ c_j (Φ^j - Φ^-j)/h with the weights of central differences.

    h, order : step and order;  note : where the points of the formula left the data, if `points` were given
    Made by `debias_map`, which says what is raised.

    >>> field = debias_map(lambda x: np.exp(-0.1) * x, 0.1, order=4)
    >>> print(f"{field(1.0):.5f} {field.remaining(np.ones((1, 1))):.0e}")
    -1.00000 3e-06
    """

    def __init__(self, step: Model, h: float, order: int, note: str = ""):
        self.step, self.h, self.order, self.note = step, h, order, note
        self._freeze()

    def __call__(self, x: Any) -> Any:
        """The corrected field at what the map takes."""
        state = _whole(x)
        total = reduce(add, self._parts(x, self.order, state))
        return total if state is None else state.split(total)

    def remaining(self, x: Any) -> float:
        """An estimate of the error of the correction: the mean over points (N, d) of the first term left out."""
        odd = self.order % 2 if self.order > 1 else 0
        return mean_size(as_numpy(self._parts(x, self.order + odd + 1, _whole(x))[-1]))

    def _parts(self, x: Any, count: int, state: State | None) -> list[Any]:
        x = np.asarray(x, dtype=float) if isinstance(x, list | int) else x
        step, start = (self.step, x) if state is None else (_joined(self.step, state), state.join(x))
        return difference_parts(step, start, self.h, count, None, near)[0]


def _whole(x: Any) -> State | None:
    """The pieces of a state that a map takes, all that it is given being one of them."""
    return State.of(x, library_of(None, x)) if in_pieces(x) else None


def _joined(step: Model, state: State) -> Model:
    """A map of pieces as one of arrays."""
    return lambda y: state.join(step(state.split(y)))


def _step_of(model: Any, stepping: Stepper, h: float) -> Model:
    """A step through a model, which may be called with a time that it does not depend on."""
    form, inner = form_of(model) or POINT, original(model)

    def at(x: Any, t: float) -> Any:
        clock = x.new_tensor(t) if hasattr(x, "new_tensor") else t
        return form.call(inner, x, clock, ())

    def step(x: Any) -> Any:
        if form.clock is not None and not is_abstract(x) and moves([as_numpy(at(x, t)) for t in TIMES]):
            raise LearningError(
                f"the model ({named(model)}) depends on the time, so its steps are not the powers of one map: debias takes t="
            )
        return stepping.step(lambda z, _: at(z, 0.0), x, None, lambda value: h * value)

    return step


@checked
def debias_map(
    step: Model | None = None, h: float = 0.0, order: int = 4, *, model: Any = None, method: Any = None, points: Any = None
) -> CorrectedMap:
    """The derivative-free variant of `debias`, for black boxes: a central difference along the orbit Φ^j(x), |j| <= order/2.

    step  : the trained map x -> Φ_h[f_θ](x), as it is used for prediction; arrays of any library, any shape it accepts, or
            tuples, dicts and other pytrees of them
    model, method : instead of `step`, a field in any arrays with + and *, and the Runge-Kutta method that runs it
    h     : the step size; order: 1..9. The error that remains is O(h**order), rounded up to an even order. The steps back are
            found by fixed-point iteration, in some 20 calls each; where h·Lip >= 1 it does not settle, and the series Δ - Δ²/2
            + ... of forward differences is taken, whose error is 7 to 120 times larger
    points : data (N, d), or pieces with N in front: `.note` then says how many of them the formula leaves the box of the data for
    Raises LearningError unless there is either a step or a model with its method, MethodError for a method without tableau.

    >>> field = debias_map(lambda x: np.exp(-0.1) * x, 0.1, order=9)  # the flow of x' = -x over 0.1
    >>> print(f"{field(1.0):.7f}")
    -1.0000000
    """
    order, h = check_order(order, MAX_ORDER - 1), one_step(h)
    if (step is None) == (model is None and method is None) or (step is None and (model is None or method is None)):
        raise LearningError("give the trained map as `step`, or else both `model` and `method`")
    if step is None:
        step = _step_of(model, stepper(as_method(method, model)), h)
    if points is None:
        return CorrectedMap(step, h, order)
    state = State.of(points, library_of(None, points), 1) if in_pieces(points) else None
    if state is not None:
        points = state.join(points)
    x = points if hasattr(points, "shape") else real_array(points, "points", 2)
    try:
        note = left_the_data(step if state is None else _joined(step, state), x, (order + 1) // 2)
    except Exception as error:
        shape = tuple(x.shape)
        raise LearningError(f"the map failed at points of shape {shape}: {type(error).__name__}: {error}") from error
    return CorrectedMap(step, h, order, note)
