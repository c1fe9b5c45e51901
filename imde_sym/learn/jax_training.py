"""Training of JAX models through solvers of diffrax, with checkpoints: what `fit` does for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..base.errors import LearningError
from .backends import double_jax, library
from .calling import PROBES, Calling, calling_of, named
from .datasets import Dataset
from .files import read_arrays, write_arrays
from .forms import form_of
from .optimisers import Optimiser, Problem, optimiser
from .solvers import as_solver, step_map
from .states import State
from .trainers import Checkpoint, History, Settings, Trainer

FORMAT = "imde_sym/checkpoint"


class JaxTrainer(Trainer):
    """A pytree whose floating-point arrays are trained, in float64.

    state  : the pieces in which the model takes points
    double : whether JAX was set to double precision by its user: the model is then given back in it
    """

    double = True

    def __init__(self, data: Dataset, model: Any, solver: Any, S: int, kind: Any, steps: int, batch: int | None, seed: int,
        state: State | None = None,
    ):  # fmt: skip
        jax, eqx = double_jax("training"), library("equinox", "training")
        form_of(model)  # what cannot be called is refused at once
        self._given = model
        model = jax.tree_util.tree_map(lambda a: a.astype(float) if eqx.is_inexact_array(a) else a, model)
        samples = (data.x, data.y, np.broadcast_to(data.T, len(data)).copy(), data.controls)
        self._samples = jax.tree_util.tree_map(jax.numpy.asarray, samples)
        rest = tuple(jax.numpy.asarray(u[:PROBES]) for u in data.controls)
        calling = calling_of(model, jax.numpy.asarray(data.x[:PROBES]), None, rest, state)
        if calling.library != "jax":
            raise LearningError(f"{named(model)} is not a function of JAX arrays: it can be corrected, but not trained")
        values, static = eqx.partition(model, eqx.is_inexact_array)
        theta, unravel = library("jax.flatten_util", "training").ravel_pytree(values)
        if not theta.size:
            raise LearningError(
                f"the model ({type(model).__name__}) has no parameters to train: they must be floating-point JAX arrays of a "
                "pytree"
            )
        self.solver, self.size, self.theta = as_solver(solver), int(theta.size), theta
        self._build: Callable[[Any], Any] = lambda weights: eqx.combine(unravel(weights), static)
        recipe = Recipe(_flat(values, shapes=True), _flat(static), _flat(self.solver), calling, S, kind or "lm", steps, batch)
        try:
            self.run: Optimiser = _compiled(recipe)
        except TypeError:  # what is fixed in the model or the solver cannot be compared
            self.run = _optimiser(recipe)
        self.name, self.inner = self.run.name, self.run.start(theta, self._samples, seed)
        self._before = self.theta, self.inner
        self.settings: Settings = {
            "digest": data.digest, "S": S, "optimiser": self.name, "solver": repr(self.solver), "parameters": self.size,
            "batch": batch, "seed": seed,
        } | ({"steps": steps} if self.name == "adam" else {})  # fmt: skip

    def weights(self) -> Any:
        """The flattened parameters."""
        return self.theta

    def step(self) -> tuple[float, Any]:
        """Descending methods tell the loss of the new parameters, the others that of those they left."""
        self._before = self.theta, self.inner
        theta, self.inner, loss = self.run.step(self.theta, self.inner, self._samples)
        told = theta if self.run.descends else self.theta
        self.theta = theta
        return float(loss), told

    def undo(self) -> None:
        """Back to the parameters and the optimiser's state before the last step."""
        self.theta, self.inner = self._before

    def model(self, weights: Any) -> Any:
        """The pytree with these parameters; in the precision of the model that was given, where JAX is set to single."""
        found, eqx = self._build(weights), library("equinox", "training")
        if self.double:
            return found

        def cast(new: Any, old: Any) -> Any:
            return new.astype(old.dtype) if eqx.is_inexact_array(old) else new

        return library("jax", "training").tree_util.tree_map(cast, found, self._given)

    def stalled(self) -> bool:
        """Whether the optimiser is at a standstill."""
        return self.run.stalled(self.inner)


Flat = tuple[tuple[Any, ...], Any]
"""Leaves, or their shapes, and the structure of a pytree."""


@dataclass(frozen=True)
class Recipe:
    """All that a compiled training depends on besides numbers; hashable where what is fixed in model and solver is."""

    values: Flat
    static: Flat
    solver: Flat
    calling: Calling
    S: int
    kind: Any
    steps: int
    batch: int | None


def _flat(tree: Any, shapes: bool = False) -> Flat:
    leaves, structure = library("jax", "training").tree_util.tree_flatten(tree)
    return tuple(leaf.shape if shapes else leaf for leaf in leaves), structure


def _optimiser(recipe: Recipe) -> Optimiser:
    """The optimiser of the mean of |Φ(x) - y|²/T² over samples (x, y, T, controls)."""
    jax, eqx = double_jax("training"), library("equinox", "training")
    shapes, structure = recipe.values
    zeros = jax.tree_util.tree_unflatten(structure, [jax.numpy.zeros(s) for s in shapes])
    theta, unravel = library("jax.flatten_util", "training").ravel_pytree(zeros)
    static, solver = (jax.tree_util.tree_unflatten(own, leaves) for leaves, own in (recipe.static, recipe.solver))

    def residuals(weights: Any, sample: Any) -> Any:
        x, y, t, controls = sample
        trained = eqx.combine(unravel(weights), static)
        end, good = step_map(solver, lambda z: recipe.calling.values(trained, z, None, controls), recipe.S)(x, t)
        return jax.numpy.where(good, end - y, jax.numpy.nan) / t

    return optimiser(recipe.kind, Problem(residuals), int(theta.size), recipe.steps, recipe.batch)


_compiled = lru_cache(maxsize=32)(_optimiser)
"""JAX compiles a function once for each shape of its arguments; a training like one before has its function."""


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
