"""How far a trained model is tied to the solver and the step size that it was trained with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..base.arguments import Real, checked, read_fields
from ..base.checks import check_order
from ..base.errors import LearningError, MethodError
from ..base.pictures import Pictured
from ..base.tables import Table, Tabled, number_cell
from ..base.values import ReadOnly
from ..fields import FieldLike
from ..method import Method, as_method, methods
from .backends import double_precision, library
from .base import as_numpy, mean_error, points_of, real_array
from .bias import debias
from .calling import batched, calling_of, numbers
from .correction import MAX_TREE_ORDER
from .flows import BatchFlow
from .forms import library_of
from .solvers import one_step, step_map
from .states import State
from .stepping import stepper

PAIRS = "the pairs"
MOST_POINTS = 256
"""Of the pairs."""
TIED = 2.0
"""A model whose error grows by this factor when the solver is refined is tied to its solver."""
REFERENCE_STEPS = 4
"""Steps of the Dormand-Prince method that stand for the exact flow over one step."""


@checked
@dataclass(frozen=True)
class OverfitCurve(Pictured, Tabled):
    """Errors of a model run with other steps or solvers, per unit of time: mean of |Φ(x) - φ(x)|/h over points.

    measured[name][i], predicted[name][i] : with the solver `name` and the step steps[i]

    >>> row = {"Euler": (0.05, 1e-9)}
    >>> curve = OverfitCurve("Euler", 0.2, (0.1, 0.2), row, row, own=1e-9, reference="the field")
    >>> curve.tied
    True
    >>> curve.verdict.partition(":")[0], len(curve.table().splitlines()), curve.to_dict()["trained"]
    ('tied to Euler with h = 0.2', 4, 'Euler')
    """

    view = "plot_overfit_curve"

    trained: str
    h: float
    steps: tuple[float, ...]
    measured: Mapping[str, tuple[Real, ...]]
    predicted: Mapping[str, tuple[Real, ...]]
    own: Real
    """With the solver and step of the training; nan where there are neither pairs nor a field."""
    reference: str

    def __post_init__(self) -> None:
        read_fields(self)
        object.__setattr__(self, "h", float(real_array(self.h, "h", 0)))
        rows = [*self.measured.values(), *self.predicted.values()]
        wrong = any(not isinstance(row, tuple | list) or len(row) != len(self.steps) for row in rows)
        if self.measured.keys() != self.predicted.keys() or wrong:
            raise LearningError("an overfit curve has the same solvers measured and predicted, an error for each step")
        for name in ("measured", "predicted"):
            object.__setattr__(self, name, ReadOnly({k: tuple(v) for k, v in getattr(self, name).items()}))

    def __hash__(self) -> int:
        return hash((self.trained, self.h, self.steps, self.own, *self.measured, *self.measured.values()))

    @property
    def tied(self) -> bool:
        """Whether the error with some finer step is over twice that with the solver and step of the training."""
        finer = [e for row in self.measured.values() for e, h in zip(row, self.steps, strict=True) if abs(h) < abs(self.h)]
        return max(finer, default=0.0) > TIED * self.own

    @property
    def verdict(self) -> str:
        """One sentence on whether the model is tied to its solver."""
        if math.isnan(self.own):
            return f"cannot tell whether the model is tied to {self.trained}: that takes pairs=(x, y) or the true field"
        if not self.tied and self.reference == PAIRS:
            most = max((e for row in self.measured.values() for e in row), default=0.0)
            return (
                f"cannot tell whether the model is tied to {self.trained}: its error of training, {self.own:.1e} by the pairs, "
                f"hides what other steps and solvers do to it, {most:.1e} at most (measured against the debiased model)"
            )
        if not self.tied:
            return f"not tied to {self.trained}: refining the step does not make the model worse"
        return (
            f"tied to {self.trained} with h = {self.h:g}: there its error is {self.own:.2e}, with finer steps it is larger; "
            "run it with that solver and step, or debias it"
        )

    def table(self) -> Table:
        """A line for each solver and step, and the verdict."""
        head = ("solver", "h", "measured", "predicted")
        cells = [
            (name, number_cell(h, ".5g"), number_cell(m), number_cell(p))
            for name, row in self.measured.items()
            for h, m, p in zip(self.steps, row, self.predicted[name], strict=True)
        ]
        lines = [f"{head[0]:<24}{head[1]:>10}  {head[2]:>11}  {head[3]:>11}"]
        lines += [f"{name:<24}{h.text:>10}  {m.text:>11}  {p.text:>11}" for name, h, m, p in cells]
        rows = [dict(zip(head, row, strict=True)) for row in cells]
        title = f"A model trained through {self.trained} with h = {self.h:g}, run with other steps and solvers"
        return Table.of(rows, head, notes=[self.verdict], caption=title, text="\n".join([*lines, self.verdict]))

    def __str__(self) -> str:
        return self.table()

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return asdict(self) | {"tied": self.tied, "verdict": self.verdict}


@checked
def overfit_curve(
    model: Any,
    method: Any,
    h: float,
    steps: Sequence[float],
    *,
    field: FieldLike | None = None,
    domain: Sequence[Sequence[Any]] | None = None,
    points: int | np.ndarray = 256,
    solvers: Sequence[Any] = (),
    order: int = 4,
    parts: Sequence[Any] | None = None,
    pairs: Sequence[Any] | None = None,
    S: int = 1,
) -> OverfitCurve:
    """Run a trained model with other step sizes and solvers, and hold its error against the theory's.

    model, method, h : the model, of torch or JAX, and the solver and step size that it was trained with
    steps   : step sizes to run it with
    field   : the true field, where it is known
    pairs   : (x, y), arrays (N, d), y lying S steps of h after x: they tell the error at home where the field is not known,
              and the debiased model then stands for the field in the other rows. Without either nothing can be judged,
              and the verdict says so
    points  : how many Sobol points of `domain` (default: the field's), or an array (N, d), needed where there is no field, or
              where the state of the model is in pieces: these, with N in front
    solvers : further solvers or methods to run it with
    order   : of the modified equations behind the prediction: |modified equation for the run - true field|
    Raises LearningError for arguments that do not fit.

    >>> import jax, diffrax
    >>> jax.config.update("jax_enable_x64", True)
    >>> h, f = 0.1, "x' = -x"
    >>> one = np.ones((1, 1))
    >>> curve = overfit_curve(lambda x: (np.exp(-h) - 1) / h * x, "explicit_euler", h, [h / 2, h], field=f, points=one)
    >>> curve.verdict.partition(":")[0]
    'tied to Explicit Euler method with h = 0.1'
    """
    order, h = check_order(order, MAX_TREE_ORDER), one_step(h)
    grid = [one_step(s) for s in steps]
    if not grid:
        raise LearningError("overfit_curve needs at least one step size")
    if field is None and pairs is not None and isinstance(points, int):
        points, state = numbers(model, pairs[0])
        points = _some(points, MOST_POINTS)
    else:
        points, state = numbers(model, points)
    if field is None and isinstance(points, int):
        raise LearningError("without the field there is no domain: give `points` as an array (N, d), such as the data's x")
    x = np.asarray(as_numpy(points), dtype=float) if field is None else points_of(points, domain, field)
    at = x if state is None else state.split(x)
    truth = debias(model, method, h, order, parts=parts, points=at)
    many = batched(truth, state=state)
    ends = _steps(methods["dopri5"], many, None, REFERENCE_STEPS) if field is None else BatchFlow.of(field)
    exact = many(x)
    measured, predicted = {}, {}
    for solver in (method, *solvers):
        own = as_method(solver)
        split = parts if own.colors > 1 else None
        run = _runner(solver, model, split, state)
        measured[own.title] = tuple(mean_error(run(x, s), ends(x, s)) / abs(s) for s in grid)
        predicted[own.title] = tuple(
            mean_error(batched(debias(model, own, s, order, parts=split, points=at), state=state)(x), exact) for s in grid
        )
    at_home = float("nan")
    if pairs is not None:
        (start, own_state), (target, _) = (numbers(model, p) for p in pairs)
        start, target = (np.asarray(as_numpy(p), dtype=float) for p in (start, target))
        at_home = mean_error(_runner(method, model, parts, own_state, S)(start, S * h), target) / abs(S * h)
    elif field is not None:
        at_home = mean_error(_runner(method, model, parts, state)(x, h), ends(x, h)) / abs(h)
    reference = "the field" if field is not None else PAIRS if pairs is not None else "nothing but the model"
    return OverfitCurve(as_method(method).title, h, tuple(grid), measured, predicted, at_home, reference)


def _some(x: Any, count: int) -> np.ndarray:
    """At most so many points of data, over all of them."""
    flat = np.asarray(as_numpy(x), dtype=float)
    flat = flat.reshape(-1, flat.shape[-1]) if flat.ndim > 1 else flat
    return flat[:: max(1, -(-len(flat) // count))]


def _runner(solver: Any, model: Any, parts: Any, state: State | None, count: int = 1) -> Callable[[Any, float], Any]:
    """(points, T) -> where `count` steps of a solver take them: of its method, or of diffrax where it alone has the steps."""
    try:
        return _steps(as_method(solver), batched(model, state=state), parts, count)
    except MethodError:
        if library_of(model) == "torch" or isinstance(solver, str | Method):
            raise
    jax = library("jax", "running a model")

    def run(x: Any, T: float) -> Any:
        with double_precision():
            calling = calling_of(model, jax.numpy.asarray(x), state=state)
            step = step_map(solver, lambda y: calling.values(model, y), count)
            return np.asarray(jax.jit(jax.vmap(lambda x, T: step(x, T)[0], (0, None)))(x, T))

    return run


def _steps(method: Method, many: Callable[[Any], Any], parts: Any, count: int) -> Callable[[Any, float], Any]:
    stepping = stepper(method, parts)

    def run(x: Any, T: float) -> Any:
        for _ in range(count):
            x = stepping.step(lambda z, _: many(z), x, None, lambda value: T / count * value)
        return x

    return run
