"""Fit: a trained model, and how it was trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..base.arguments import checked, read_fields
from ..base.checks import check_count
from ..base.errors import LearningError
from ..base.libraries import is_torch
from ..base.pictures import Pictured
from ..base.values import frozen, locked
from .backends import library
from .base import real_array

LARGEST = 10**12


@checked
@dataclass(frozen=True, eq=False, repr=False)
class Fit(Pictured):
    """A trained model and how it was trained; `plot()` shows the loss against the step.

    model  : of the same kind as the one given to `fit`, with trained parameters (those of the smallest loss)
    losses : array (steps,), read-only; a loss is the mean over the data of |Φ(x) - y|²/T², so the square of an error of the
             field
    T, S   : the time between data, an array for irregular sampling, and the number of steps of the solver in it
    h      : the step size T/S that the model belongs to
    Two are equal if their models, losses and settings are; the seconds do not count.

    >>> result = Fit(abs, np.array([4.0, 1.0]), 0.2, 2, "rk4", "lm", parameters=1, seconds=0.5)
    >>> result.h, result.loss
    (0.1, 1.0)
    >>> result
    <Fit of a builtin_function_or_method: 1 parameters, lm, 2 steps, loss 1, T = 0.2, S = 2>
    >>> list(result.to_dict())[:4]
    ['T', 'S', 'steps', 'loss']
    """

    model: Any
    losses: np.ndarray
    T: Any
    S: int
    solver: Any
    optimiser: str
    parameters: int
    seconds: float
    about: Mapping[str, Any] = field(default_factory=dict)

    view = "plot_fit"

    def __post_init__(self) -> None:
        read_fields(self)
        for what in ("S", "parameters"):
            check_count(getattr(self, what), what, 1, LARGEST, LearningError)
        T = real_array(self.T, "T")
        object.__setattr__(self, "losses", locked(real_array(self.losses, "losses", 1, finite=False)))
        object.__setattr__(self, "T", float(T) if T.ndim == 0 else locked(T))
        object.__setattr__(self, "about", frozen(self.about))

    @property
    def h(self) -> Any:
        """The step size T/S, an array for irregular sampling."""
        return self.T / self.S

    @property
    def loss(self) -> float:
        """The loss of `model`; nan where no step was taken."""
        return float(np.min(self.losses)) if len(self.losses) else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Plain data, without the model."""
        T = self.T if isinstance(self.T, float) else [float(np.min(self.T)), float(np.max(self.T))]
        names = {"solver": type(self.solver).__name__, "optimiser": self.optimiser, "parameters": self.parameters}
        found = {"T": T, "S": self.S, "steps": len(self.losses), "loss": self.loss, "seconds": self.seconds}
        return found | names | dict(self.about)

    @property
    def _settings(self) -> tuple[object, ...]:
        return self.losses.tobytes(), np.asarray(self.T).tobytes(), self.S, self.optimiser, self.parameters

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fit):
            return NotImplemented
        return self._settings == other._settings and self.about == other.about and same_model(self.model, other.model)

    def __hash__(self) -> int:
        return hash(self._settings)

    def __reduce__(self) -> tuple[Any, ...]:
        own = self.model, self.losses, self.T, self.S, self.solver, self.optimiser, self.parameters, self.seconds, self.about
        return type(self), own

    def __repr__(self) -> str:
        T = f"{self.T:g}" if isinstance(self.T, float) else f"{self.T.min():g}..{self.T.max():g}"
        what = f"{self.parameters} parameters, {self.optimiser}, {len(self.losses)} steps, loss {self.loss:.3g}"
        return f"<Fit of a {type(self.model).__name__}: {what}, T = {T}, S = {self.S}>"


def same_model(first: Any, second: Any) -> bool:
    """Whether two models are of one kind and have equal parameters."""
    if first is second:
        return True
    if type(first) is not type(second):
        return False
    if is_torch(first):
        own, others = first.state_dict(), second.state_dict()
        return own.keys() == others.keys() and all(bool((v == others[k]).all()) for k, v in own.items())
    tree = library("jax", "comparing models").tree_util
    (own, form), (others, other_form) = tree.tree_flatten(first), tree.tree_flatten(second)
    return form == other_form and all(a is b or np.array_equal(a, b) for a, b in zip(own, others, strict=True))
