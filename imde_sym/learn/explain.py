"""What a model absorbed of its solver, and what undoing it would gain; from the model and its data alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ..base.arguments import Real, checked, read_fields
from ..base.checks import check_count
from ..base.errors import ImdeError, LearningError
from ..base.pictures import Pictured
from ..base.tables import Table, Tabled, number_cell
from ..base.values import ReadOnly
from ..fields import FieldLike, VectorField
from ..method import Method, as_method, methods
from ..prediction.bounds import Bound, bound
from .base import as_numpy, mean_size, real_array, rounding
from .bias import AUTO, debias
from .calling import in_precision, rows
from .corrected import steps_of
from .correction import left_out
from .deciding import SAMPLES
from .networks import network_field
from .routes import DIFFERENCES
from .stepping import stepper

LADDER = ("explicit_euler", "explicit_midpoint", "kutta3", "rk4", "dopri5")
"""Solvers that are advised, by cost."""
FINE = 4
"""Steps of the last of these that stand for the flow: their error is less than a hundredth of that of one step."""
WORTH = 1.5
"""A gain from which on a correction is advised."""
CLEARLY = 3.0
"""So many times better does something else have to meet the pairs."""
MAX_FOLLOWED = 64
"""So many steps between x and y are taken for that question."""
MAX_SUBSTEPS = 1_000_000


@checked
@dataclass(frozen=True)
class Explanation(Pictured, Tabled):
    """What a model absorbed of its solver; sizes are means over points of max-norms, of the field.

    bias           : |corrected - model|, the error of the solver that the model absorbed
    remaining      : what the correction leaves out: its first term, and those after it, if they shrink as those before it did
    training_error : sqrt(mean |Φ(x) - y|²)/T
    gain           : max(1, bias/(remaining + training_error)): how many times smaller the error becomes by `debias`
    order, note    : of the correction
    p              : order of the method;  structure : what can have been learnt of conservation;  advice : in words
    doubt          : why the model does not look like one that was trained through this solver; empty where nothing says so
    solvers        : the error that each solver would have left in the model with the step h: of a step, over h
    bound          : what is proved by `imde_sym.bound` of this model where it is a network of layers, else of every learner;
                     None where no field was given

    It shows as a table in notebooks, and `plot()` draws the sizes.

    >>> found = Explanation("n", "rk4", 0.1, 1, 100, 0.2, 0.01, 0.03, 7, 4, "", "", {"rk4": 0.2})
    >>> round(found.gain, 2), found.substeps(0.1), found.solver(0.3)
    (5.0, 2, 'rk4')
    >>> found.advice.split()[0], len(found.table().rows), found.to_dict()["p"]
    ('debias:', 5, 4)
    """

    view = "plot_explanation"

    model: str
    method: str
    h: Real
    S: int
    points: int
    bias: Real
    remaining: Real
    training_error: Real
    order: int
    p: int
    structure: str
    note: str
    solvers: Mapping[str, Real]
    bound: Bound | None = None
    doubt: str = ""

    def __post_init__(self) -> None:
        read_fields(self)
        for name in ("h", "bias", "remaining", "training_error"):
            object.__setattr__(self, name, float(getattr(self, name)))
        sizes = {str(name): float(real_array(size, f"the error of {name!s}", 0)) for name, size in self.solvers.items()}
        object.__setattr__(self, "solvers", ReadOnly(sizes))

    def __hash__(self) -> int:
        return hash((self.model, self.method, self.h, self.bias, self.remaining, self.training_error))

    @property
    def gain(self) -> float:
        """How many times smaller the error becomes by `debias`; 1 where it does not."""
        left = self.remaining + self.training_error
        return max(1.0, self.bias / left) if left else math.inf if self.bias else 1.0

    def substeps(self, tolerance: float) -> int:
        """How many steps over the same time T bring the solver's error below a tolerance: it falls with S as S**-p.

        Raises LearningError for a tolerance of 0 or below, or out of reach.
        """
        tolerance = float(real_array(tolerance, "tolerance", 0))
        if tolerance <= 0:
            raise LearningError(f"a tolerance is above 0; got {tolerance:g}")
        factor = (self.bias / tolerance) ** (1 / max(self.p, 1)) if self.bias else 0.0
        if not factor * self.S <= MAX_SUBSTEPS:
            raise LearningError(
                f"a tolerance of {tolerance:g} would take over {MAX_SUBSTEPS} steps of {self.method}: a higher order is needed"
            )
        return max(1, math.ceil(self.S * factor * (1 - 1e-12)))

    def solver(self, tolerance: float) -> str | None:
        """The cheapest solver that, with the step h, would leave an error below a tolerance; None where none of them does.

        Raises LearningError for a tolerance that is not a number.
        """
        tolerance = float(real_array(tolerance, "tolerance", 0))
        return next((name for name, size in self.solvers.items() if size <= tolerance), None)

    @property
    def advice(self) -> str:
        """What to do."""
        if self.doubt:
            return self.doubt
        floor = self.training_error / 3
        best = min(self.solvers, key=self.solvers.__getitem__, default=None)
        better = self.solver(floor) or (best if best and self.solvers[best] < self.remaining else None)
        if self.bias <= self.training_error:
            return (
                f"the training error ({self.training_error:.1e}) hides what the solver left ({self.bias:.1e}): train longer, on "
                "more or cleaner data; neither a correction nor another solver helps before"
            )
        retrain = (
            f" Where you can retrain, {better} with the same step is better still (it leaves "
            f"{self.solvers[better]:.1e}; 5 to 39 times better in trials)"
            if better and better != self.method
            else ""
        )
        if self.gain < WORTH:
            little = f"a correction gains little (a factor of {self.gain:.1f}): h = {self.h:g} is too large for it."
            return little + (retrain or " Smaller steps help")
        return f"debias: it makes the error about {self.gain:.3g} times smaller.{retrain}"

    @property
    def sizes(self) -> dict[str, float]:
        """The errors by name: the solver's, that of the training, what is left by a correction, and those of other solvers.

        >>> list(Explanation("n", "rk4", 0.1, 1, 100, 0.2, 0.01, 0.03, 7, 4, "", "", {"rk4": 0.2}).sizes.values())
        [0.2, 0.03, 0.01, 0.2]
        """
        return {
            "solver's error in the model": self.bias,
            "training error, sqrt(loss)": self.training_error,
            f"left by debias(order={self.order})": self.remaining,
            **{f"with this h {name}": size for name, size in self.solvers.items()},
        }

    def table(self) -> Table:
        """The answer as a table, with what it means in words below it."""
        title = f"{self.model}, trained through {self.method} with h = {self.h:g}, S = {self.S}; {self.points} points"
        sizes = [(name, number_cell(size)) for name, size in self.sizes.items()]
        sizes.insert(3, ("expected gain of debias", number_cell(self.gain, ".3g")))
        notes = [line for line in (self.advice, self.structure, self.note, self._proved()) if line]
        text = [title, *(f"  {name:<30}{size.text:>10}" for name, size in sizes), *notes]
        rows = [{"what": name, "size": size} for name, size in sizes]
        return Table.of(rows, notes=notes, caption=title, text="\n".join(text))

    def _proved(self) -> str:
        if self.bound is None:
            return ""
        (low, high), total = self.bound.terms, self.bound.total
        box = " x ".join(f"[{float(a):.3g}, {float(b):.3g}]" for a, b in self.bound.domain)
        if self.bound.error is not None and math.isfinite(self.bound.error[1]):
            return (
                f"proved of this model: its largest error on {box} is between {self.bound.error[0]:.3g} and "
                f"{self.bound.error[1]:.3g}, that of f_h between {low:.3g} and {high:.3g}"
                + (f"; |Φ(x) - y|/T is below {self.bound.residual:.3g} there" if math.isfinite(self.bound.residual) else "")
            )
        if self.bound.why:
            return f"no bound is proved: {self.bound.why}"
        return (
            f"proved for every learner that reproduces the flow: its error is below {total:.3g} on {box}, where f_h is between "
            f"{low:.3g} and {high:.3g} from f at most"
        )

    def __str__(self) -> str:
        return str(self.table())

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        own = {f.name: getattr(self, f.name) for f in fields(self)} | {"solvers": dict(self.solvers)}
        own["bound"] = None if self.bound is None else self.bound.to_dict()
        return own | {"gain": self.gain, "advice": self.advice}


@checked
def explain(
    model: Any,
    method: Any = None,
    h: Any = None,
    x: Any = None,
    y: Any = None,
    *,
    S: int = 1,
    order: int | str = AUTO,
    parts: Sequence[Any] | None = None,
    t: Any = None,
    args: Sequence[Any] = (),
    training_error: float | None = None,
    field: FieldLike | None = None,
    domain: Sequence[Sequence[Any]] | None = None,
) -> Explanation:
    """What solver error a model absorbed, how well it is trained, and what `debias` would gain; no true field is needed.

    model, method, h, parts, t, args, order : as for `debias`;  x, y : pairs (N, d), held-out ones best; y lies S steps after x.
             All of them tell the training error, the first 256 the other sizes
    training_error : instead of y, such as sqrt(loss)
    field, domain  : the true field, where it is known: `.bound` then holds what `imde_sym.bound` proves on a box, by default that
             of x: of a network of layers (`network_field`) how far it is from the field and its steps from the flow, of other
             models what holds for every learner that reproduces the flow; its parts are named by the indices in `parts`
    Raises LearningError without x and y (or training_error), and what `debias` raises for what it cannot correct.
    The gain is an estimate: under noise the training error is that of the pairs, up to 12 times above the error of the
    model; held-out or repeated pairs tell it better.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> import numpy as np
    >>> x, h = np.linspace(-1, 1, 9)[:, None], 0.1
    >>> found = explain(lambda u: (np.exp(-h) - 1.01) / h * u, "explicit_euler", h, x, np.exp(-h) * x, order=3)
    >>> print(f"{found.bias:.3f} {found.training_error:.3f} {found.gain:.2f}")
    0.033 0.065 1.00
    """
    if x is None or (y is None and training_error is None):
        raise LearningError("explain holds a model against its data: give x and y, or x and training_error=")
    S = check_count(S, "S", 1, MAX_SUBSTEPS, LearningError)
    x = in_precision(model, x)
    corrected = debias(
        model, method, h, order, parts=parts, x=x, y=y, S=S, t=t, args=args, training_error=training_error, force=True
    )
    own, plan = corrected.correction, corrected.correction.plan
    points = corrected.points(x)
    found = own.method
    title = found.name or found.title
    count = int(np.prod(points.shape[:-1]))
    sizes = _left_by_solvers(corrected, plan, *rows(points, t, args, SAMPLES))
    left = left_out(own.moved, own.left, plan.order - found.order)
    if plan.route == DIFFERENCES:  # of points, whose rounding is divided by h
        left = max(left, rounding(points) / abs(own.h))
    return Explanation(
        _name(corrected.model), title, own.h, S, count, own.moved, left, own.training, plan.order, found.order,
        structure_of(found), corrected.note, sizes,
        None if field is None else _bound(corrected.model, field, domain, found, own.h, S, parts, as_numpy(points).astype(float)),
        "" if y is None else _doubt(corrected, plan, points, corrected.ends(points, y), t, args, S),
    )  # fmt: skip


def _bound(
    model: Any, field: VectorField, domain: Any, method: Method, h: float, S: int, parts: Sequence[Any] | None, x: np.ndarray
) -> Bound:
    d = len(field.variables)
    if d != x.shape[-1]:
        raise LearningError(f"the field has {d} components and the points {x.shape[-1]}")
    names = parts and [[field.variables[i] if isinstance(i, int) else i for i in part] for part in parts]
    flat = x.reshape(-1, d)
    box = list(zip(flat.min(axis=0).tolist(), flat.max(axis=0).tolist(), strict=True)) if domain is None else domain
    try:
        learner = network_field(model, field.variables)
    except ImdeError:  # it is not a network of layers: its size stays assumed
        learner = None
    return bound(field, method, h, box, S=S, parts=names, learner=learner)


def _name(model: Any) -> str:
    return str(getattr(model, "__name__", type(model).__name__))


def _left_by_solvers(corrected: Any, plan: Any, x: Any, t: Any, rest: Sequence[Any]) -> dict[str, float]:
    """|Φ(x) - φ(x)|/h of other solvers with the same step; the model stands for the field, fine steps for its flow φ."""
    h, model = corrected.h, corrected.model

    def after(name: str, count: int = 1) -> np.ndarray:
        return as_numpy(steps_of(stepper(methods[name]), plan.calling, model, x, t, rest, h / count, count)).astype(float)

    with plan.calling.without_gradients(), np.errstate(all="ignore"):
        flow = after(LADDER[-1], FINE)
        sizes = {name: mean_size(after(name) - flow) / abs(h) for name in LADDER}
    floor = rounding(x) / abs(h)
    return {name: max(size, floor) for name, size in sizes.items() if math.isfinite(size)}


def _doubt(corrected: Any, plan: Any, points: Any, y: np.ndarray, t: Any, args: Sequence[Any], S: int) -> str:
    """What else meets the pairs so much better than steps of the solver that the model is taken for something that it is not."""
    own, h = corrected.correction, corrected.h
    if S > MAX_FOLLOWED or not own.training > 0:
        return ""
    x, t, rest = rows(points, t, args, SAMPLES)
    ends = y.reshape(-1, y.shape[-1])[: len(x)]

    def missed(found: Any) -> float:
        return float(np.sqrt(np.mean(np.sum((as_numpy(found).astype(float) - ends) ** 2, axis=-1)))) / float(abs(S * h))

    with plan.calling.without_gradients(), np.errstate(all="ignore"):
        as_map = missed(plan.calling.values(corrected.model, x, t, rest))
        flow = missed(steps_of(stepper(methods[LADDER[-1]]), plan.calling, corrected.model, x, t, rest, h / FINE, FINE * S))
    if CLEARLY * as_map < own.training:
        return (
            f"the values of the model are the points y themselves, to {as_map * abs(S * h):.1e}: it is a map from x to y "
            "and not a field. debias_map finds the field of a map"
        )
    if CLEARLY * flow < own.training and own.moved > own.training / CLEARLY:
        return (
            f"the pairs are met by the exact flow of the model (to {flow:.1e}) and not by steps of {own.method.title} (to "
            f"{own.training:.1e}): it was not trained through these, with this h, and there is nothing of them to undo"
        )
    return ""


def structure_of(method: Method) -> str:
    """Whether energy and symplecticity can have been learnt through a method."""
    symplectic = bool(getattr(method, "is_symplectic", False))
    preserving = bool(getattr(method, "is_energy_preserving", False))
    if symplectic:
        return f"{method.title} is symplectic: what a Hamiltonian model learns is Hamiltonian, with an energy near the true one"
    if preserving:
        return (
            f"{method.title} preserves energy: the true energy is conserved by what is learned through it, symplecticity is not"
        )
    return (
        f"{method.title} is not symplectic: what is learned through it has no conserved energy, even where the true field has; a "
        "Hamiltonian network fits only to the solver's error. A symplectic solver, or debias, gives the energy back"
    )


@checked
class Monitor:
    """A callback for training loops: explains the model every so many steps, says so, and keeps what it found.

    method, h, x, y : as for `explain`, with its further arguments;  every : steps between two explanations
    log   : what is called with a line of text, by default print; None for silence
    `history` is the list of (step, Explanation).
    Raises LearningError for `every` below 1, and when it is called what `explain` raises.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 9)[:, None]
    >>> monitor = Monitor("explicit_euler", 0.1, x, np.exp(-0.1) * x, every=50, order=3)
    >>> for step in range(51):
    ...     _ = monitor(step, lambda u: (np.exp(-0.1) - 1 + 1e-4) / 0.1 * u)
    step 0: solver's error 2.67e-02, training error 6.45e-04, gain of debias 34.8
    step 50: solver's error 2.67e-02, training error 6.45e-04, gain of debias 34.8
    """

    def __init__(
        self, method: Any, h: Any, x: Any, y: Any, *, every: int = 100, log: Callable[[str], Any] | None = print, **options: Any
    ):
        self.method, self.h, self.x, self.y = as_method(method), h, x, y
        self.every = check_count(every, "every", 1, 10**9, LearningError)
        self.log, self.options = log, options
        self.history: list[tuple[int, Explanation]] = []

    def __call__(self, step: int, model: Any) -> Explanation | None:
        """Explain the model if its turn has come; a torch module is put into evaluation mode meanwhile."""
        if step % self.every:
            return None
        training = getattr(model, "training", False)
        if training:
            model.eval()
        try:
            found: Explanation = explain(model, self.method, self.h, self.x, self.y, **self.options)
        finally:
            if training:
                model.train()
        self.history.append((step, found))
        if self.log is not None:
            self.log(
                f"step {step}: solver's error {found.bias:.2e}, training error {found.training_error:.2e}, "
                f"gain of debias {found.gain:.3g}"
            )
        return found
