"""What a model has learned: the ODE, or the inverse modified equation of its solver?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..base.arguments import Real, checked, read_fields
from ..base.checks import check_order
from ..base.errors import LearningError
from ..base.pictures import Pictured
from ..base.tables import Table, Tabled, number_cell
from ..equations import inverse_modified_equation
from ..fields import FieldLike
from ..method import as_method
from ..prediction.terms import SampledTerms
from .base import mean_error, points_of, real_array
from .calling import batched, numbers
from .solvers import one_step

AHEAD = 3
"""Orders beyond the last one shown: they tell how far the truncated equation is from f_h, up to the smallest term."""
CLOSE = 0.05
"""Relative deviation from the predicted error that still counts as agreement."""


@checked
@dataclass(frozen=True)
class Comparison(Pictured, Tabled):
    """Errors of a model against the truncations of f_h; every error is a mean over points of a max-norm.

    errors[K - 1]    : Error(f_θ, f_h^K); the first one, K = 1, is the error against the ODE itself
    predicted[K - 1] : Error(f_h^K, f), what the error against the ODE would be for a model equal to f_h^K
    floors[K - 1]    : Error(f_h^K, f_h^N), N being where the terms are smallest: no model of f_h can be nearer to f_h^K
    expected         : Error(f_h^N, f)

    >>> found = Comparison("pendulum", 0.1, 100, (0.2, 0.01), (0.0, 0.2), (0.2, 0.01), 0.2)
    >>> round(found.gain)
    20
    >>> found.verdict.partition(":")[0]
    'the model learned the inverse modified equation, not the ODE'
    >>> print(found.table().splitlines()[2])
      1          2.0000e-01        0.0000e+00    2.00e-01
    >>> list(found.to_dict())[:3]
    ['title', 'h', 'points']
    """

    view = "plot_comparison"

    title: str
    h: float
    points: int
    errors: tuple[Real, ...]
    predicted: tuple[Real, ...]
    floors: tuple[Real, ...]
    expected: Real

    def __post_init__(self) -> None:
        read_fields(self)
        for name in ("h", "expected"):
            object.__setattr__(self, name, float(real_array(getattr(self, name), name, 0)))
        for name in ("errors", "predicted", "floors"):
            object.__setattr__(self, name, tuple(map(float, getattr(self, name))))
        if not len(self.errors) == len(self.predicted) == len(self.floors) > 0:
            raise LearningError("a comparison has as many errors as predicted ones and floors, at least one")

    @property
    def gain(self) -> float:
        """How many times nearer the model is to the best truncation than to the ODE."""
        return self.errors[0] / max(min(self.errors), 1e-300)

    @property
    def verdict(self) -> str:
        """One sentence on what was learned."""
        own, best = self.errors[0], min(self.errors)
        order = self.errors.index(best) + 1
        if not math.isfinite(own):
            return "the model is not finite on this domain"
        if own < self.expected / 3:
            return (
                f"the model is nearer to the ODE ({own:.2e}) than a model trained through this method can be "
                f"({self.expected:.2e}): it was trained otherwise, or has been corrected"
            )
        if abs(own - self.expected) <= CLOSE * self.expected and best <= own / 3:
            limit = " (the floor of this truncation)" if best < 2 * self.floors[order - 1] else ""
            return (
                f"the model learned the inverse modified equation, not the ODE: the error against the ODE is {own:.3e} "
                f"(predicted {self.expected:.3e}), against f_h^{order} it is {best:.2e}{limit}, {self.gain:.0f} times smaller"
            )
        if best > own / 3 and own > 3 * self.expected:
            return (
                f"the error of training ({own:.2e}) hides the effect of the method ({self.expected:.2e}): "
                "train longer or enlarge the model"
            )
        return f"no clear verdict: error against the ODE {own:.2e}, predicted {self.expected:.2e}, against f_h^{order} {best:.2e}"

    def table(self) -> Table:
        """A line for each truncation, and the verdict."""
        head = ("K", "Error(f_θ, f_h^K)", "Error(f_h^K, f)", "floor")
        cells = [
            (k, number_cell(own, ".4e"), number_cell(predicted, ".4e"), number_cell(floor, ".2e"))
            for k, (own, predicted, floor) in enumerate(zip(self.errors, self.predicted, self.floors, strict=True), 1)
        ]
        lines = [self.title, f"{head[0]:>3}  {head[1]:>18}  {head[2]:>16}  {head[3]:>10}"]
        lines += [f"{k:>3}  {own.text:>18}  {predicted.text:>16}  {floor.text:>10}" for k, own, predicted, floor in cells]
        notes = [f"predicted Error(f_θ, f): {self.expected:.4e}", self.verdict]
        rows = [dict(zip(head, row, strict=True)) for row in cells]
        return Table.of(rows, head, notes=notes, caption=self.title, text="\n".join([*lines, *notes]))

    def __str__(self) -> str:
        return self.table()

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return asdict(self) | {"gain": self.gain, "verdict": self.verdict}


@checked
def compare(
    model: Any,
    field: FieldLike,
    method: Any,
    h: float,
    domain: Sequence[Sequence[Any]] | None = None,
    orders: int = 4,
    *,
    points: int | np.ndarray = 1024,
    parts: Sequence[Any] | None = None,
    seed: int = 0,
) -> Comparison:
    """Hold a trained model against the ODE `field` and against f_h^1, ..., f_h^orders of `method` with step h.

    model  : the trained model, of torch or JAX, called in any of the ways that `debias` names; a corrected one too
    method : a Method, its name, or the diffrax solver of the training
    h      : step size, T/S
    domain : [low, high] for each variable, by default the catalogue's
    points : how many Sobol points of the domain, or an array (N, d) of points (such as those of a trajectory); for a model whose
             state is in pieces these, with N in front, and their components are in the order of the field's variables
    parts  : for partitioned methods, as for `inverse_modified_equation`
    Raises LearningError, FieldError or MethodError for arguments that do not fit.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> h, f = 0.1, "x' = -x"
    >>> found = compare(lambda x: (np.exp(-h) - 1) / h * x, f, "explicit_euler", h, points=np.linspace(-1, 1, 9)[:, None])
    >>> print(f"{found.errors[0]:.4f} {found.expected:.4f} {found.errors[3]:.0e}")
    0.0269 0.0269 5e-07
    """
    method = as_method(method, model)
    orders = check_order(orders, 9, "orders")
    h = one_step(h)
    points, state = numbers(model, points)
    x = points_of(points, domain, field, seed)
    terms = SampledTerms(inverse_modified_equation(field, method, orders + AHEAD, parts), x)
    learned = np.asarray(batched(model, state=state)(x))
    fields = [terms.partial(h, K) for K in range(1, orders + 1)]
    best = terms.partial(h, terms.smallest(h))
    title = f"{field.name or 'field'}, {method.title}, h = {h:g}, {len(x)} points"
    return Comparison(
        title,
        h,
        len(x),
        tuple(mean_error(learned, g) for g in fields),
        tuple(mean_error(g, fields[0]) for g in fields),
        tuple(mean_error(g, best) for g in fields),
        mean_error(best, fields[0]),
    )
