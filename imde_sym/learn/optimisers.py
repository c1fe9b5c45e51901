"""Optimisers behind one face: `start(theta, samples, seed)` gives a state, `step(theta, state, samples)` the next of both and
the loss at theta. Samples are arguments, so that what is compiled serves all data of one shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..base.errors import LearningError
from .backends import double_jax, library

NAMES = ("lm", "adam", "lbfgs")
MAX_PARAMETERS = 4000
"""Of Levenberg-Marquardt, which keeps a dense matrix of this size squared."""
RATES = 1e-2, 1e-5
"""First and last learning rate of Adam, with exponential decay over the run, as in the experiments of Zhu et al. (2022)."""
DAMPING = 1.0
SMALLEST, LARGEST = 1e-15, 1e15
"""Of the damping: beyond the largest no step reduces the loss any more."""
FLAT = 1e-6
"""Parameters with less curvature than this times the largest are damped alike: otherwise the first steps throw those
that have little effect so far away that the training ends in a poor minimum."""


@dataclass(frozen=True)
class Problem:
    """A sum of squares over samples, a pytree of arrays with samples along the first axis, in the flattened parameters theta.

    residuals : theta, sample -> the residuals of one sample
    """

    residuals: Callable[[Any, Any], Any]

    def loss(self, theta: Any, samples: Any) -> Any:
        """The mean over the samples of the sum of squares."""
        jax = library("jax", "training")
        rows = jax.vmap(self.residuals, (None, 0))(theta, samples)
        return jax.numpy.mean(jax.numpy.sum(rows**2, axis=-1))


@dataclass(frozen=True)
class Optimiser:
    """`stalled(state)` tells whether further steps are useless; `descends` whether the loss never grows."""

    name: str
    start: Callable[[Any, Any, int], Any]
    step: Callable[[Any, Any, Any], tuple[Any, Any, Any]]
    stalled: Callable[[Any], bool] = lambda _: False
    descends: bool = False


def optimiser(kind: Any, problem: Problem, size: int, steps: int, batch: int | None) -> Optimiser:
    """ "lm", "adam", "lbfgs" or an optax transformation. Raises LearningError for anything else."""
    if kind == "lm":
        if batch is not None:
            raise LearningError("Levenberg-Marquardt uses all data in each step: leave `batch` out, or take optimiser='adam'")
        if size > MAX_PARAMETERS:
            raise LearningError(
                f"Levenberg-Marquardt is for up to {MAX_PARAMETERS} parameters, the model has {size}: "
                "take optimiser='adam' or 'lbfgs'"
            )
        return levenberg_marquardt(problem)
    optax = library("optax", "training")
    if kind == "adam":
        first, last = RATES
        return gradient("adam", optax.adam(optax.exponential_decay(first, max(steps, 1), last / first)), problem, batch)
    if kind == "lbfgs":
        if batch is not None:
            raise LearningError("L-BFGS uses all data in each step: leave `batch` out, or take optimiser='adam'")
        return gradient("lbfgs", optax.lbfgs(), problem, None)
    if hasattr(kind, "init") and hasattr(kind, "update"):
        return gradient("optax", kind, problem, batch)
    raise LearningError(f"optimiser {kind!r} is none of {', '.join(map(repr, NAMES))} and no optax transformation")


def levenberg_marquardt(problem: Problem) -> Optimiser:
    """Levenberg-Marquardt with dense normal equations, built sample by sample in reverse mode (Marquardt 1963).

    A step costs N·d backward passes and one Cholesky factorisation. At the sizes that it is for this is some
    80 times faster than a forward-mode QR solver, which allows the many steps that small losses take.
    """
    jax = double_jax("training")
    jnp = jax.numpy

    def normal(theta: Any, samples: Any) -> tuple[Any, Any, Any]:
        def both(sample: Any) -> tuple[Any, Any]:
            return jax.jacrev(problem.residuals)(theta, sample), problem.residuals(theta, sample)

        J, r = jax.vmap(both)(samples)
        count = r.shape[0]
        J, r = J.reshape(-1, theta.size), r.ravel()
        return J.T @ J / count, J.T @ r / count, r @ r / count

    def start(theta: Any, samples: Any, seed: int) -> Any:
        del seed  # nothing is drawn
        return jnp.array(DAMPING), *normal(theta, samples)

    def step(theta: Any, state: Any, samples: Any) -> tuple[Any, Any, Any]:
        damping, A, g, loss = state
        curvature = jnp.diag(A)  # Marquardt's scale: the result does not depend on the units of a parameter
        scale = jnp.maximum(curvature, FLAT * jnp.max(curvature))
        factor = jax.scipy.linalg.cho_factor(A + damping * jnp.diag(scale))
        trial = theta - jax.scipy.linalg.cho_solve(factor, g)
        better = problem.loss(trial, samples) < loss  # false where either is not a number

        def accept(_: Any) -> Any:
            return trial, (jnp.maximum(damping / 3, SMALLEST), *normal(trial, samples))

        def reject(_: Any) -> Any:
            return theta, (2 * damping, A, g, loss)

        theta, state = jax.lax.cond(better, accept, reject, None)
        return theta, state, state[3]

    return Optimiser("lm", jax.jit(start), jax.jit(step), lambda state: bool(state[0] > LARGEST), descends=True)


def gradient(name: str, transformation: Any, problem: Problem, batch: int | None) -> Optimiser:
    """An optax transformation; with `batch`, on samples drawn anew in each step from `seed`."""
    jax, optax = double_jax("training"), library("optax", "training")
    transformation = optax.with_extra_args_support(transformation)

    def start(theta: Any, samples: Any, seed: Any) -> Any:
        del samples
        return transformation.init(theta), jax.random.PRNGKey(seed)

    def step(theta: Any, state: Any, samples: Any) -> tuple[Any, Any, Any]:
        inner, key = state
        if batch is not None:
            count = jax.tree_util.tree_leaves(samples)[0].shape[0]
            key, own = jax.random.split(key)
            chosen = jax.random.choice(own, count, (min(batch, count),), replace=False)
            samples = jax.tree_util.tree_map(lambda a: a[chosen], samples)

        def loss(t: Any) -> Any:
            return problem.loss(t, samples)

        value, slope = jax.value_and_grad(loss)(theta)
        updates, inner = transformation.update(slope, inner, theta, value=value, grad=slope, value_fn=loss)
        return optax.apply_updates(theta, updates), (inner, key), value

    return Optimiser(name, jax.jit(start), jax.jit(step))
