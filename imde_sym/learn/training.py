"""Training through a solver: `fit`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import LearningError, TrainingError
from ..base.progress import track
from .base import axes, double_jax, is_torch, library
from .datasets import Dataset
from .optimisers import Optimiser, Problem, optimiser
from .solvers import as_solver, step_map

SAVE_EVERY = 30.0
"""Seconds between checkpoints."""
EXPLODED = 1e6
"""A loss this many times the first one, and that of the field 0, is divergence, even while it is finite."""
FORMAT = "imde_sym/checkpoint"


@checked
@dataclass(frozen=True)
class Fit:
    """A trained model and how it was trained.

    model  : of the same kind as the one given to `fit`, with trained parameters (those of the smallest loss)
    losses : array (steps,); a loss is the mean over the data of |Φ(x) - y|²/T², so the square of an error of the field
    h      : the step size T/S that the model belongs to; an array for irregular sampling
    """

    model: Any
    losses: np.ndarray
    T: Any
    S: int
    solver: Any
    optimiser: str
    parameters: int
    seconds: float
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def h(self) -> Any:
        return self.T / self.S

    @property
    def loss(self) -> float:
        """The loss of `model`."""
        return float(np.min(self.losses)) if len(self.losses) else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Plain data, without the model."""
        T = self.T if isinstance(self.T, float) else [float(np.min(self.T)), float(np.max(self.T))]
        names = {"solver": type(self.solver).__name__, "optimiser": self.optimiser, "parameters": self.parameters}
        return {"T": T, "S": self.S, "steps": len(self.losses), "loss": self.loss, "seconds": self.seconds} | names | self.about

    def plot(self, ax: Any = None) -> Any:
        """The loss against the step, on a logarithmic axis; returns the matplotlib Axes."""
        ax = axes(ax, "Fit.plot")
        ax.semilogy(self.losses)
        ax.set(xlabel="step", ylabel="loss", title=f"{self.optimiser}, T = {np.mean(self.T):g}, S = {self.S}")
        return ax


@checked
def fit(
    data: Dataset | tuple[Any, Any],
    model: Any,
    solver: Any,
    T: Any = None,
    S: int | None = None,
    *,
    h: float | None = None,
    optimiser: Any = None,
    steps: int = 1000,
    target: float = 0.0,
    batch: int | None = None,
    seed: int = 0,
    checkpoint: str | Path | None = None,
    resume: bool = False,
) -> Fit:
    """Train `model` so that S steps of `solver` over time T take x to y, in float64.

    data       : a Dataset, or a pair of arrays (N, d) with T
    model      : an equinox module or other JAX pytree, or a torch module; called at one point, (d,) to (d,)
    solver     : a diffrax solver, `tableau_solver(...)`, a method or its name; steps are fixed, h = T/S
    T, S, h    : T is by default the data's, S is 1; given together they must agree
    optimiser  : "lm" (default; Levenberg-Marquardt, up to 4000 parameters), "adam" (rate 1e-2 to 1e-5), "lbfgs", or of optax
    steps      : of the optimiser, at most; fewer where the loss reaches `target` or no step reduces it
    batch      : pairs a step, drawn from `seed`; by default all. The seed of a network is given where it is made
    checkpoint : a file that receives the state every 30 s, at the end, and (the last good state) at divergence
    resume     : continue from `checkpoint` if it exists; the result is that of a run without interruption
    For torch modules `torch_training.fit_torch` says which solvers and optimisers there are.
    Raises LearningError for data, times, models, solvers or checkpoints that do not fit together;
    TrainingError, with the last good model as `.fit`, where the loss is no number any more or explodes.
    On a terminal a progress line with the loss is shown.
    """
    data = _dataset(data, T)
    times, S = _times(data, T, S, h)
    if is_torch(model):
        from .torch_training import fit_torch

        if checkpoint is not None or resume:
            raise LearningError("checkpoints are for JAX models; of a torch module save the state_dict of `.fit.model`")
        return fit_torch(data, model, solver, S, optimiser, steps, target, batch, seed)
    jax, eqx = double_jax("training"), library("equinox", "training")
    model = jax.tree_util.tree_map(lambda a: a.astype(float) if eqx.is_inexact_array(a) else a, model)
    check_shape(model, data.dimension)
    values, static = eqx.partition(model, eqx.is_inexact_array)
    theta, unravel = library("jax.flatten_util", "training").ravel_pytree(values)
    if not theta.size:
        raise LearningError(
            f"the model ({type(model).__name__}) has no parameters to train: they must be floating-point JAX arrays of a pytree"
        )
    solver = as_solver(solver)

    def build(values: Any) -> Any:
        return eqx.combine(unravel(values), static)

    def residuals(values: Any, sample: Any) -> Any:
        x, y, t = sample
        end, good = step_map(solver, build(values), S)(x, t)
        return jax.numpy.where(good, end - y, jax.numpy.nan) / t

    samples = tuple(map(jax.numpy.asarray, (data.x, data.y, np.broadcast_to(data.T, len(data)).copy())))
    problem = Problem(residuals, samples)
    run = optimiser_of(optimiser or "lm", problem, theta.size, steps, batch, seed)
    about = {"digest": data.digest, "S": S, "optimiser": run.name, "solver": repr(solver), "parameters": int(theta.size)}
    about |= {"batch": batch, "seed": seed} | ({"steps": steps} if run.name == "adam" else {})
    state = State.begin(run, theta)
    path = None if checkpoint is None else Path(checkpoint)
    if path and not path.parent.is_dir():
        raise LearningError(f"the checkpoint {path} has no directory to lie in: make {path.parent} first")
    if resume:
        state.restore(path, about)
    limit = EXPLODED * float(np.mean(np.sum((data.y - data.x) ** 2, axis=1) / np.asarray(data.T) ** 2))
    start = perf_counter()

    def finished() -> Fit:
        about = {"seed": seed, "batch": batch, "digest": data.digest}
        losses = np.array(state.losses)
        return Fit(build(state.best), losses, times, S, solver, run.name, int(theta.size), perf_counter() - start, about)

    label = Label()
    saved = start
    for k in track(range(len(state.losses), steps), label):
        before = state.copy()
        state.advance(run)
        label.loss = loss = state.losses[-1]
        if not np.isfinite(loss) or loss > max(limit, EXPLODED * state.losses[0]):
            state = before
            state.save(path, about)
            where = f"; {path} holds it" if path else ""
            raise TrainingError(
                f"training diverged at step {k}: the loss is {loss:.3g} after {state.least:.3g} at best. The model before it is "
                f"the error's `.fit.model`{where}. Smaller T/S, another start, scaled data or smaller learning rates help",
                finished(),
            )
        if loss <= target or run.stalled(state.inner):
            break
        if path and perf_counter() - saved > SAVE_EVERY:
            state.save(path, about)
            saved = perf_counter()
    state.save(path, about)
    return finished()


@dataclass
class State:
    """Where training stands: everything that a resumed run needs."""

    theta: Any
    inner: Any
    best: Any
    least: float
    losses: list[float]

    @classmethod
    def begin(cls, run: Optimiser, theta: Any) -> State:
        return cls(theta, run.start(theta), theta, float("inf"), [])

    def copy(self) -> State:
        return State(self.theta, self.inner, self.best, self.least, self.losses[:])

    def advance(self, run: Optimiser) -> None:
        theta, self.inner, loss = run.step(self.theta, self.inner)
        # descending methods tell the loss of the new parameters, the others that of the ones they left
        candidate = theta if run.descends else self.theta
        self.theta = theta
        self.losses.append(float(loss))
        if self.losses[-1] < self.least:
            self.best, self.least = candidate, self.losses[-1]

    def save(self, path: Path | None, about: dict[str, Any]) -> None:
        """Write to a file that is complete at every moment."""
        if path is None:
            return
        leaves = library("jax", "training").tree_util.tree_leaves(self.inner)
        arrays = {f"inner{i}": np.asarray(leaf) for i, leaf in enumerate(leaves)}
        text = json.dumps({"format": FORMAT, "version": 1} | about)
        partial = path.with_name(path.name + ".partial")
        with partial.open("wb") as file:
            own = {"theta": self.theta, "best": self.best, "least": self.least, "losses": self.losses, "about": np.array(text)}
            np.savez(file, **(own | arrays))  # type: ignore[arg-type]
        os.replace(partial, path)

    def restore(self, path: Path | None, about: dict[str, Any]) -> None:
        """Read what `save` wrote, if anything. Raises LearningError where it belongs to other data or another training."""
        if path is None:
            raise LearningError("resume=True needs the file to resume from: checkpoint=path")
        if not path.exists():
            return
        jax = library("jax", "training")
        try:
            with np.load(path, allow_pickle=False) as data:
                stored = dict(data)
            found = json.loads(str(stored["about"]))
        except (OSError, KeyError, ValueError) as error:
            raise LearningError(f"{path} is no checkpoint: {error}") from None
        different = [k for k, v in about.items() if found.get(k) != v]
        if different:
            k = different[0]
            raise LearningError(f"{path} belongs to another training: its {k} is {found.get(k)!r}, here it is {about[k]!r}")
        leaves, structure = jax.tree_util.tree_flatten(self.inner)
        self.inner = jax.tree_util.tree_unflatten(structure, [jax.numpy.asarray(stored[f"inner{i}"]) for i in range(len(leaves))])
        self.theta, self.best = jax.numpy.asarray(stored["theta"]), jax.numpy.asarray(stored["best"])
        self.least, self.losses = float(stored["least"]), stored["losses"].tolist()


optimiser_of: Callable[..., Optimiser] = optimiser
"""`fit` has an argument of the same name."""


def check_shape(model: Any, d: int) -> None:
    """Raise LearningError unless the model takes a point (d,) to (d,)."""
    jax = library("jax", "training")
    if not callable(model):
        raise LearningError(
            f"a model is called at a point and returns the field there; a {type(model).__name__} cannot be called"
        )
    try:
        result = jax.eval_shape(model, jax.ShapeDtypeStruct((d,), float))
    except Exception as error:  # whatever the user's own code raises
        raise LearningError(f"the model fails at a point of shape ({d},): {type(error).__name__}: {error}") from error
    shape = getattr(result, "shape", None)
    if shape != (d,):
        found = type(result).__name__ if shape is None else f"shape {shape}"
        raise LearningError(f"the model returns {found} at a point of shape ({d},); it must return ({d},)")


class Label(str):
    """The label of the progress line, which tells the present loss."""

    loss = float("nan")

    def __format__(self, spec: str) -> str:
        return f"training, loss {self.loss:.2e}"


def _dataset(data: Any, T: Any) -> Dataset:
    if isinstance(data, Dataset):
        return data
    if not isinstance(data, tuple) or len(data) != 2:
        raise LearningError(f"data is a Dataset, or a pair (x, y) of arrays with T; got {type(data).__name__}")
    if T is None:
        raise LearningError("a pair (x, y) of arrays does not tell the time between them: give T")
    return Dataset(*data, T)


def _times(data: Dataset, T: Any, S: int | None, h: float | None) -> tuple[Any, int]:
    if T is not None and not (np.shape(T) in ((), np.shape(data.T)) and np.allclose(T, data.T, rtol=1e-12, atol=0)):
        raise LearningError(f"T = {T}, but the data were made with T = {data.T}")
    if h is not None and S is None:
        S = round(float(np.mean(data.T)) / h) if h else 0
    S = 1 if S is None else S
    if not isinstance(S, int | np.integer) or S < 1:
        raise LearningError(f"S, the number of solver steps over T, must be an integer of at least 1; got {S}")
    if h is not None and not np.allclose(S * h, data.T, rtol=1e-9, atol=0):
        raise LearningError(f"T = {data.T} is not S·h = {S}·{h} = {S * h:g}: give two of T, S and h, or ones that agree")
    return data.T, int(S)
