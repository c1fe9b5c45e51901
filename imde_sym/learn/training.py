"""Training through a solver: `fit`, and the loop behind it, with one rule of divergence for JAX and torch."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.checks import check_count
from ..base.errors import LearningError, TrainingError, shown
from ..base.libraries import is_torch
from ..base.progress import track
from .backends import double_precision, library
from .base import real_array
from .datasets import Dataset
from .fit import Fit
from .forms import library_of
from .gathering import as_dataset, joined
from .jax_training import File, JaxTrainer
from .torch_training import TorchTrainer
from .trainers import Checkpoint, History, Trainer

SAVE_EVERY = 30.0
"""Seconds between checkpoints."""
EXPLODED = 1e6
"""A loss this many times the first one, and that of the field 0, is divergence, even while it is finite."""
MAX_SUBSTEPS = 1_000_000
MAX_STEPS = 1_000_000_000


@checked
def fit(
    data: Any,
    model: Any,
    solver: Any,
    T: Any = None,
    S: int | None = None,
    *,
    h: Any = None,
    optimiser: Any = None,
    steps: int = 1000,
    target: float = 0.0,
    batch: int | None = None,
    seed: int = 0,
    checkpoint: str | Path | None = None,
    resume: bool = False,
) -> Fit:
    """Train `model` so that S steps of `solver` over time T take x to y, in float64 whatever JAX is set to.

    data       : a Dataset; a pair (x, y) of arrays (N, d) of any library with T; trajectories (N, time, d) or (time, d);
                 a mapping with "x", "y", "T", controls "u", "mask"; a loader or another iterable of batches. T may be an
                 array (N,). With controls the model is called as (x, u). Pairs (x, y) and a mapping may hold states in pieces,
                 tuples or other pytrees of arrays with N in front
    model      : an equinox module or other JAX pytree, or a torch module; called at one point, (d,) to (d,)
    solver     : a diffrax solver, `tableau_solver(...)`, a method or its name; steps are fixed, h = T/S
    T, S, h    : T is by default the data's, S is 1; given together they must agree
    optimiser  : "lm" (default; Levenberg-Marquardt, up to 4000 parameters), "adam" (rate 1e-2 to 1e-5), "lbfgs", or of optax
                 (for torch modules by default "lbfgs"; or a function from parameters to an optimiser of torch)
    steps      : of the optimiser, at most; fewer where the loss reaches `target` or no step reduces it
    batch      : pairs a step, drawn from `seed`; by default all. The seed of a network is given where it is made
    checkpoint : a file that receives the state every 30 s, at the end, and (the last good state) at divergence
    resume     : continue from `checkpoint` if it exists; the result is that of a run without interruption
    For torch modules `torch_training.TorchTrainer` says which solvers and optimisers there are.
    Raises LearningError for data, times, models, solvers or checkpoints that do not fit together;
    TrainingError, with the last good model as `.fit`, where the loss is no number any more or explodes.
    On a terminal a progress line with the loss is shown.

    >>> import jax, diffrax, equinox, optimistix
    >>> jax.config.update("jax_enable_x64", True)
    >>> from imde_sym.learn import polynomial
    >>> import sympy
    >>> x = np.linspace(-1, 1, 8)[:, None]
    >>> result = fit((x, np.exp(-0.1) * x), polynomial([sympy.Symbol("x")], 1), "explicit_euler", T=0.1, steps=20)
    >>> print(np.asarray(result.model.coefficients).round(4)[0, 1], round((np.exp(-0.1) - 1) / 0.1, 4))
    -0.9516 -0.9516
    """
    if T is None and h is not None:
        T = real_array(h, "h") * (1 if S is None else check_count(S, "S", 1, MAX_SUBSTEPS, LearningError))
    data, state = joined(data, library_of(model))
    data = as_dataset(data, T)
    S = _substeps(data, T, S, h)
    steps, path = check_count(steps, "steps", 0, MAX_STEPS, LearningError), None if checkpoint is None else Path(checkpoint)
    if batch is not None:
        batch = check_count(batch, "batch", 1, MAX_STEPS, LearningError)
    if resume and path is None:
        raise LearningError("resume=True needs the file to resume from: checkpoint=path")
    task = Task(data, S, steps, target, batch, seed)
    if is_torch(model):
        if path is not None:
            raise LearningError("checkpoints are for JAX models; of a torch module save the state_dict of `.fit.model`")
        return train(TorchTrainer(data, model, solver, S, optimiser, steps, batch, seed, state), task, Checkpoint(), False)
    double = bool(library("jax", "training").config.jax_enable_x64)
    with double_precision():
        trainer = JaxTrainer(data, model, solver, S, optimiser, steps, batch, seed, state)
        trainer.double = double
        return train(trainer, task, Checkpoint() if path is None else File(path, trainer.settings), resume)


@dataclass(frozen=True)
class Task:
    """Data, steps of the solver in their time, and when the training ends."""

    data: Dataset
    S: int
    steps: int
    target: float
    batch: int | None
    seed: int

    @property
    def loss_at_rest(self) -> float:
        """The loss of the field 0."""
        data = self.data
        return float(np.mean(np.sum((data.y - data.x) ** 2, axis=1) / np.asarray(data.T) ** 2))

    def fit(self, trainer: Trainer, history: History, seconds: float) -> Fit:
        """The result."""
        about = {"seed": self.seed, "batch": self.batch, "digest": self.data.digest}
        model, losses = trainer.model(history.best), np.array(history.losses)
        return Fit(model, losses, self.data.T, self.S, trainer.solver, trainer.name, trainer.size, seconds, about)


def diverged(loss: float, history: History, at_rest: float) -> bool:
    """Whether a loss is no number any more, or has exploded against the first one and against that of the field 0."""
    first = history.losses[0] if history.losses else loss
    return not isfinite(loss) or loss > EXPLODED * max(at_rest, first)


def train(trainer: Trainer, task: Task, store: Checkpoint, resume: bool) -> Fit:
    """The one loop, for all libraries: step until the target, the number of steps, or a standstill.

    Raises TrainingError, with the best model as `.fit`, where it diverges; what is saved then is the state before.
    """
    history = History(trainer.weights())
    if resume:
        store.restore(trainer, history)
    start = saved = perf_counter()
    at_rest, label = task.loss_at_rest, Label()
    for k in track(range(len(history.losses), task.steps), label):
        loss, weights = trainer.step()
        if diverged(loss, history, at_rest):
            trainer.undo()
            store.save(trainer, history)
            where = f"; {store.place} holds it" if store.place else ""
            raise TrainingError(
                f"training diverged at step {k}: the loss is {loss:.3g} after {history.least:.3g} at best. The model before it "
                f"is the error's `.fit.model`{where}. Smaller T/S, another start, scaled data or smaller learning rates help",
                task.fit(trainer, history, perf_counter() - start),
            )
        history.add(loss, weights)
        label.loss = loss
        if loss <= task.target or trainer.stalled():
            break
        if perf_counter() - saved > SAVE_EVERY:
            store.save(trainer, history)
            saved = perf_counter()
    store.save(trainer, history)
    return task.fit(trainer, history, perf_counter() - start)


class Label(str):
    """The label of the progress line, which tells the present loss."""

    loss = float("nan")

    def __format__(self, spec: str) -> str:
        return f"training, loss {self.loss:.2e}"


def _substeps(data: Dataset, T: Any, S: int | None, h: float | None) -> int:
    T = None if T is None else real_array(T, "T")
    if T is not None and not (np.shape(T) in ((), np.shape(data.T)) and np.allclose(T, data.T, rtol=1e-12, atol=0)):
        raise LearningError(f"T = {shown(T)}, but the data were made with T = {shown(data.T)}")
    step = None if h is None else real_array(h, "h")
    if step is not None and S is None:
        S = round(float(np.mean(data.T) / np.mean(step))) if np.all(step) else 0
    S = check_count(1 if S is None else S, "S, the number of solver steps over T,", 1, MAX_SUBSTEPS, LearningError)
    if step is not None and not (step.shape in ((), np.shape(data.T)) and np.allclose(S * step, data.T, rtol=1e-9, atol=0)):
        raise LearningError(f"T = {shown(data.T)} is not S·h = {S}·{shown(h)}: give two of T, S and h, or ones that agree")
    return S
