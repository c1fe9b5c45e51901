"""Training of JAX models through solvers of diffrax, with checkpoints: what `fit` does for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..base.errors import LearningError
from .backends import double_jax, library
from .calling import PROBES, calling_of, named
from .datasets import Dataset
from .files import read_arrays, write_arrays
from .optimisers import Optimiser, Problem, optimiser
from .solvers import as_solver, step_map
from .trainers import Checkpoint, History, Settings, Trainer

FORMAT = "imde_sym/checkpoint"


class JaxTrainer(Trainer):
    """A pytree whose floating-point arrays are trained, in float64."""

    def __init__(self, data: Dataset, model: Any, solver: Any, S: int, kind: Any, steps: int, batch: int | None, seed: int):
        jax, eqx = double_jax("training"), library("equinox", "training")
        model = jax.tree_util.tree_map(lambda a: a.astype(float) if eqx.is_inexact_array(a) else a, model)
        calling = calling_of(model, jax.numpy.asarray(data.x[:PROBES]))
        if calling.library != "jax":
            raise LearningError(f"{named(model)} is no function of JAX arrays: it can be corrected, but not trained")
        values, static = eqx.partition(model, eqx.is_inexact_array)
        theta, unravel = library("jax.flatten_util", "training").ravel_pytree(values)
        if not theta.size:
            raise LearningError(
                f"the model ({type(model).__name__}) has no parameters to train: they must be floating-point JAX arrays of a "
                "pytree"
            )
        self.solver, self.size, self.theta = as_solver(solver), int(theta.size), theta
        self._build: Callable[[Any], Any] = lambda weights: eqx.combine(unravel(weights), static)
        own, build = self.solver, self._build

        def residuals(weights: Any, sample: Any) -> Any:
            x, y, t = sample
            trained = build(weights)
            end, good = step_map(own, lambda z: calling.values(trained, z), S)(x, t)
            return jax.numpy.where(good, end - y, jax.numpy.nan) / t

        samples = tuple(map(jax.numpy.asarray, (data.x, data.y, np.broadcast_to(data.T, len(data)).copy())))
        self.run: Optimiser = optimiser(kind or "lm", Problem(residuals, samples), self.size, steps, batch, seed)
        self.name, self.inner = self.run.name, self.run.start(theta)
        self._before = self.theta, self.inner
        self.settings: Settings = {
            "digest": data.digest, "S": S, "optimiser": self.name, "solver": repr(own), "parameters": self.size,
            "batch": batch, "seed": seed,
        } | ({"steps": steps} if self.name == "adam" else {})  # fmt: skip

    def weights(self) -> Any:
        """The flattened parameters."""
        return self.theta

    def step(self) -> tuple[float, Any]:
        """Descending methods tell the loss of the new parameters, the others that of those they left."""
        self._before = self.theta, self.inner
        theta, self.inner, loss = self.run.step(self.theta, self.inner)
        told = theta if self.run.descends else self.theta
        self.theta = theta
        return float(loss), told

    def undo(self) -> None:
        """Back to the parameters and the optimiser's state before the last step."""
        self.theta, self.inner = self._before

    def model(self, weights: Any) -> Any:
        """The pytree with these parameters."""
        return self._build(weights)

    def stalled(self) -> bool:
        """Whether the optimiser is at a standstill."""
        return self.run.stalled(self.inner)


class File(Checkpoint):
    """The parameters, the optimiser's state and the history in an npz file, with the settings that they belong to."""

    def __init__(self, path: Path, settings: Settings):
        if not path.parent.is_dir():
            raise LearningError(f"the checkpoint {path} has no directory to lie in: make {path.parent} first")
        self.path, self.settings, self.place = path, settings, str(path)

    def save(self, trainer: Trainer, history: History) -> None:
        """All that a resumed run needs."""
        assert isinstance(trainer, JaxTrainer)
        own = {"theta": trainer.theta, "best": history.best, "least": history.least, "losses": history.losses}
        leaves = library("jax", "training").tree_util.tree_leaves(trainer.inner)
        state = {f"inner{i}": np.asarray(leaf) for i, leaf in enumerate(leaves)}
        write_arrays(self.path, FORMAT, "about", self.settings, own | state)

    def restore(self, trainer: Trainer, history: History) -> None:
        """Put trainer and history where the file says. Raises LearningError for a file of another training, or none at all."""
        assert isinstance(trainer, JaxTrainer)
        if not self.path.exists():
            return
        found, stored = read_arrays(self.path, FORMAT, "about", "checkpoint")
        for k, v in self.settings.items():
            if found.get(k) != v:
                raise LearningError(f"{self.path} belongs to another training: its {k} is {found.get(k)!r}, here it is {v!r}")
        jax = library("jax", "training")
        leaves, structure = jax.tree_util.tree_flatten(trainer.inner)
        try:
            state = [jax.numpy.asarray(stored[f"inner{i}"]) for i in range(len(leaves))]
            theta, best = jax.numpy.asarray(stored["theta"]), jax.numpy.asarray(stored["best"])
            history.least, history.losses = float(stored["least"]), stored["losses"].tolist()
        except (KeyError, TypeError) as error:
            raise LearningError(f"{self.path} is not a checkpoint: it lacks {error}") from None
        trainer.inner = jax.tree_util.tree_unflatten(structure, state)
        trainer.theta, history.best = theta, best
