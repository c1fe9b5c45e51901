"""Training of torch modules, through torchdiffeq where it has the method with fixed steps: what `fit` does for them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..base.errors import LearningError, UnknownNameError
from ..method import ButcherTableau, Method, as_method, methods
from .backends import library
from .calling import PROBES, Calling, calling_of
from .datasets import Dataset
from .optimisers import RATES
from .states import State
from .stepping import stepper
from .torch_least_squares import LeastSquares
from .trainers import Trainer

FIXED = ("euler", "midpoint", "heun2", "heun3", "rk4")
"""Runge-Kutta methods of torchdiffeq that take the steps they are told; "rk4" is its 3/8 rule."""
INNER = 20
"""Iterations of L-BFGS that count as one step: its memory lives from one call to the next."""


class TorchTrainer(Trainer):
    """A torch.nn.Module, called in any of the ways that `debias` names (at time 0), in float64; the one given is left as it is.

    solver : a fixed-step method of torchdiffeq, run by its odeint; or the name of an adaptive one, a Runge-Kutta method of
             this package or its name, whose tableau is then run with equal steps. `Fit.solver` is the method
    state  : the pieces in which the module takes points
    kind   : "lbfgs" (default), "lm" (Levenberg-Marquardt, up to 4000 parameters), "adam" (rate 1e-2 to 1e-5), or a function from
             parameters to a torch optimiser
    """

    def __init__(self, data: Dataset, model: Any, solver: Any, S: int, kind: Any, steps: int, batch: int | None, seed: int,
        state: State | None = None,
    ):  # fmt: skip
        torch = library("torch", "training a torch module")
        self.solver, run = _stepper(torch, solver, S)
        self._model = model = copy.deepcopy(model).double()
        calling = _calling(torch, model, data, state)
        trained = [p for p in model.parameters() if p.requires_grad]
        if not trained:
            raise LearningError(f"the model ({type(model).__name__}) has no parameters to train")
        self.size = sum(p.numel() for p in trained)
        T = torch.tensor(np.broadcast_to(data.T, len(data)).copy())[:, None]
        samples = (*map(torch.tensor, (data.x, data.y)), T, *map(torch.tensor, data.controls))
        chance, everything = torch.Generator().manual_seed(seed), torch.arange(len(data))

        def draw() -> Any:
            return everything if batch is None else torch.randperm(len(data), generator=chance)[:batch]

        def residuals(own: Sequence[Any], run: Any = run) -> Any:
            x, y, T, *rest = own
            return (run(lambda points: T * calling.values(model, points, None, rest), x) - y) / T

        def loss(chosen: Any) -> Any:
            return torch.mean(torch.sum(residuals([s[chosen] for s in samples]) ** 2, dim=-1))

        self._draw, self._loss, self._squares = draw, loss, None
        if kind == "lm":
            if batch is not None:
                raise LearningError("Levenberg-Marquardt uses all data in each step: leave `batch` out, or take optimiser='adam'")
            own_steps = _own_steps(self.solver, S)
            self._squares, self.name = LeastSquares(model, lambda own: residuals(own, own_steps), samples), "lm"
        else:
            self._advance, self.name = _optimiser(torch, kind, trained, steps, batch)

    def weights(self) -> Any:
        """A copy of the module's state."""
        return copy.deepcopy(self._model.state_dict())

    def step(self) -> tuple[float, Any]:
        """The loss is that of the weights that were left; of Levenberg-Marquardt that of the new ones."""
        if self._squares is not None:
            return self._squares.step(), self.weights()
        chosen, left = self._draw(), self.weights()
        return self._advance(lambda: self._loss(chosen)), left

    def stalled(self) -> bool:
        """Whether Levenberg-Marquardt is at a standstill."""
        return self._squares is not None and self._squares.stalled

    def model(self, weights: Any) -> Any:
        """The module, with these weights from now on."""
        self._model.load_state_dict(weights)
        return self._model


def _stepper(torch: Any, solver: Any, S: int) -> tuple[Method, Callable[[Any, Any], Any]]:
    """The method, and (field, points) -> where S of its steps over time 1 take them."""
    known = getattr(library("torchdiffeq._impl.odeint", "training a torch module"), "SOLVERS", {})
    if isinstance(solver, str) and solver not in known and solver not in methods:
        raise UnknownNameError("solver", solver, [*known, *methods])
    if isinstance(solver, str):
        method: Any = ButcherTableau.from_torchdiffeq(solver) if solver in known else methods[solver]
    else:
        method = as_method(solver)
    if method.one_tableau is None:
        raise LearningError(
            f"{solver!r} cannot train a torch module: give a method of torchdiffeq such as 'midpoint', a ButcherTableau "
            "or its name"
        )
    if solver in FIXED:
        odeint, grid = library("torchdiffeq", "training a torch module").odeint, torch.linspace(0, 1, S + 1, dtype=torch.float64)
        return method, lambda field, points: odeint(lambda _, v: field(v), points, grid, method=solver)[-1]

    return method, _own_steps(method, S)


def _own_steps(method: Method, S: int) -> Callable[[Any, Any], Any]:
    stepping = stepper(method)

    def steps(field: Any, points: Any) -> Any:
        for _ in range(S):
            points = stepping.step(lambda v, _: field(v), points, None, lambda value: value / S)
        return points

    return steps


def _optimiser(torch: Any, kind: Any, weights: list[Any], steps: int, batch: int | None) -> tuple[Callable[..., float], str]:
    """A step (loss function -> the loss before it), and the name."""
    schedule = None
    if kind in (None, "lbfgs"):
        if batch is not None:
            raise LearningError("L-BFGS uses all data in each step: leave `batch` out, or take optimiser='adam'")
        own, name = torch.optim.LBFGS(weights, max_iter=INNER, history_size=50, line_search_fn="strong_wolfe"), "lbfgs"
        own.param_groups[0] |= {"tolerance_grad": 0.0, "tolerance_change": 0.0}
    elif kind == "adam":
        own, name = torch.optim.Adam(weights, lr=RATES[0]), "adam"
        schedule = torch.optim.lr_scheduler.ExponentialLR(own, (RATES[1] / RATES[0]) ** (1 / max(steps, 1)))
    elif callable(kind):
        own = kind(weights)
        name = type(own).__name__
    else:
        raise LearningError(
            f"for torch modules the optimiser is 'lbfgs', 'lm', 'adam' or a function of the parameters; got {kind!r}"
        )

    def step(loss: Callable[[], Any]) -> float:
        def closure() -> Any:
            own.zero_grad()
            value = loss()
            value.backward()
            return value

        value = float(own.step(closure).detach())
        if schedule is not None:
            schedule.step()
        return value

    return step, name


def _calling(torch: Any, model: Any, data: Dataset, state: State | None) -> Calling:
    """How the model is called; layers that are random or look at the whole batch may be, in training."""
    mode = model.training
    try:
        rest = tuple(torch.tensor(u[:PROBES]) for u in data.controls)
        return calling_of(model.eval(), torch.tensor(data.x[:PROBES]), None, rest, state)
    finally:
        model.train(mode)
