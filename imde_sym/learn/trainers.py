"""What the loop of a training asks of a library, and what it remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Trainer:
    """A model in training: it goes on by a step, goes back by one, and makes a model of weights.

    name   : of the optimiser;  size : how many parameters are trained;  solver : as `Fit` names it
    """

    name: str
    size: int
    solver: Any

    def weights(self) -> Any:
        """Those of the present."""
        raise NotImplementedError

    def step(self) -> tuple[float, Any]:
        """Go on by a step; a loss, and the weights that have it: the new ones or those that were left."""
        raise NotImplementedError

    def undo(self) -> None:
        """Go back to where the last step began, for what is saved then; nothing where nothing can be saved."""

    def stalled(self) -> bool:
        """Whether further steps are useless."""
        return False

    def model(self, weights: Any) -> Any:
        """The model with these weights."""
        raise NotImplementedError


@dataclass
class History:
    """The losses so far, and the weights of the least."""

    best: Any
    least: float = float("inf")
    losses: list[float] = field(default_factory=list)

    def add(self, loss: float, weights: Any) -> None:
        """One step more."""
        self.losses.append(loss)
        if loss < self.least:
            self.best, self.least = weights, loss


class Checkpoint:
    """Where a training stands, written down; this one nowhere."""

    place = ""

    def save(self, trainer: Trainer, history: History) -> None:
        """Write to a file that is complete at every moment."""

    def restore(self, trainer: Trainer, history: History) -> None:
        """Read what `save` wrote, if anything. Raises LearningError where it belongs to other data or another training."""


Settings = Mapping[str, Any]
"""What a checkpoint must agree with, by name."""
