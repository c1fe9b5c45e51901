"""Undo what a solver did to a model: `debias`, `retarget`, and their relatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.checks import check_order
from ..base.errors import ConvergenceError, LearningError, MethodError
from ..base.values import Value
from ..codegen.numbers import nearest
from ..equations import CallableModifiedField, inverse_modified_equation, modified_equation
from ..method import Method, as_method
from ..series import BSeries, inverse_modified_series, modified_series, substitute
from ..trees import tree_table
from .base import as_numpy, batched, mean_size
from .models import HNN
from .solvers import one_step

MAX_ORDER = 9
"""One below the highest order of the equations: the next term estimates what remains."""
NODES = 20
"""Of the Gauss-Legendre rule along the line to a point."""
SWEEPS = 200

Model = Callable[[Any], Any]


class Corrected(Value):
    """A model with its solver's bias removed or exchanged: called like the model, at a point or a batch (..., d).

    equation : the modified equation behind it, one order further than is used
    h, order : its step size and the order that is kept

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> corrected = debias(lambda x: -x, "explicit_euler", 0.1, order=3)
    >>> corrected
    <<modified field of <lambda> under Explicit Euler method, order 3, by derivatives>, h = 0.1>
    >>> corrected(jax.numpy.ones((5, 2))).shape
    (5, 2)
    """

    def __init__(self, model: Model, equation: CallableModifiedField, h: float, order: int):
        self.model, self.equation, self.h, self.order = model, equation, h, order
        self._kept = equation.truncate(order)
        self._freeze()

    def __call__(self, x: Any) -> Any:
        """The corrected field at a point (d,) or a batch (..., d)."""
        return self._kept(x, self.h)

    def remaining(self, x: Any) -> float:
        """An estimate of the error of the correction: the mean over points (N, d) of the first term left out, h^order g_order."""
        return abs(self.h) ** self.order * mean_size(self.equation.term(self.order)(x))

    def __repr__(self) -> str:
        return f"<{self._kept!r}, h = {self.h:g}>"


@checked
def debias(model: Model, method: Any, h: float, order: int = 4, *, parts: Sequence[Any] | None = None) -> Corrected:
    """The field behind the data that `model` was trained on: the forward modified equation of the model.

    model  : a function of one point (d,) in JAX or torch, such as an equinox module or a torch.nn.Module
    method : the Method, its name, or the diffrax solver that the model was trained through
    h      : its step size T/S
    order  : 1..9; the error that remains is O(h**order), see `Corrected.remaining`, plus the error of the training itself
    parts  : for partitioned methods, the indices of the components of each part
    Exact to rounding on an exact f_h as far as the order goes: modified(inverse_modified(f)) = f. Raises LearningError
    for a step size that is no number, and what `modified_equation` raises: FieldError, MethodError, SeriesError.
    Cost in evaluations of the model for orders 2, 3, 4, 5: 3, 9, 23, 59, fewer under jit.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> h = 0.1
    >>> def learned(x):  # what x' = -x becomes through Euler's method: one step of it is exact
    ...     return (np.exp(-h) - 1) / h * x
    >>> corrected = debias(learned, "explicit_euler", h, order=5)
    >>> x = jax.numpy.array([1.0])
    >>> print(f"{learned(x)[0]:.4f} {corrected(x)[0]:.4f} {corrected.remaining(x[None]):.0e}")
    -0.9516 -1.0000 1e-06
    """
    order, h = check_order(order, MAX_ORDER), one_step(h)
    return Corrected(model, modified_equation(model, as_method(method, model), order + 1, parts), h, order)


@checked
def retarget(
    model: Model,
    from_method: Any,
    to_method: Any,
    h: float,
    order: int = 4,
    *,
    to_h: float | None = None,
    parts: Sequence[Any] | None = None,
) -> Corrected:
    """What the same data would have taught through another method, or with another step size.

    The forward modified equation for `from_method` with step h, then the inverse one for `to_method` with step
    `to_h` (default h), as one series over trees (the substitution law; Chartier, Hairer, Vilmart 2010): the model run with
    `to_method` in steps of `to_h` follows the data to order `order`. Arguments and errors as in `debias`.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> h = 0.1
    >>> def learned(x):  # what x' = -x becomes through Euler's method: one step of it is exact
    ...     return (np.exp(-h) - 1) / h * x
    >>> other = retarget(learned, "explicit_euler", "implicit_midpoint", h, order=5)
    >>> print(f"{other(jax.numpy.array([1.0]))[0]:.5f} {-2 / h * np.tanh(h / 2):.5f}")
    -0.99917 -0.99917
    """
    order, h = check_order(order, MAX_ORDER), one_step(h)
    new_h = h if to_h is None else one_step(to_h)
    source, target = as_method(from_method, model), as_method(to_method)
    colors = max(source.colors, target.colors)
    # the splitting, and the check of `parts`, are those of the method that has parts
    split = inverse_modified_equation(model, target if target.colors == colors else source, order + 1, parts)
    inner = _in_steps(modified_series(source, order + 1, colors), Fraction(str(h)) / Fraction(str(new_h)))
    series = substitute(inner, inverse_modified_series(target, order + 1, colors))
    equation = CallableModifiedField(model, target, order + 1, "inverse", series, split.parts, split.backend)
    return Corrected(model, equation, new_h, order)


def _in_steps(series: BSeries, ratio: Fraction) -> BSeries:
    """The series of a field with step h = ratio·h', as one in powers of h'."""
    table = tree_table(series.colors)
    scaled = list(series.coefficients)
    for k in range(1, series.order + 1):
        for i in range(*table.block(k).indices(len(scaled))):
            scaled[i] = scaled[i] * ratio ** (k - 1)
    errors = [e * float(ratio) ** (int(k) - 1) for e, k in zip(series.errors, table.order, strict=False)]
    return BSeries(series.order, scaled, Fraction(0), series.colors, errors=errors)


class CorrectedMap(Value):
    """(Δ - Δ²/2 + Δ³/3 - ...)/h of a map Φ, Δ = Φ - id: its field by values alone. Called at what Φ takes.

    >>> field = debias_map(lambda x: np.exp(-0.1) * x, 0.1, order=5)
    >>> print(f"{field(1.0):.5f} {field.remaining(np.ones((1, 1))):.0e}")
    -1.00000 1e-06
    """

    def __init__(self, step: Model, h: float, order: int):
        self.step, self.h, self.order = step, h, order
        self._freeze()

    def __call__(self, x: Any) -> Any:
        """The corrected field at what the map takes."""
        return self._sum(x, range(1, self.order + 1))

    def remaining(self, x: Any) -> float:
        """An estimate of the error of the correction: the mean over points (N, d) of the first term left out."""
        return mean_size(self._sum(x, [self.order + 1]))

    def _sum(self, x: Any, powers: Sequence[int] | range) -> Any:
        """Σ over k of (-1)^(k-1)/(kh) Δ^k x; Δ^k is a difference of iterates with binomial weights."""
        path = [x]
        for _ in range(max(powers)):
            path.append(self.step(path[-1]))
        weights = [Fraction(0)] * len(path)
        for k in powers:
            for j in range(k + 1):
                weights[j] -= Fraction((-1) ** j * comb(k, j), k)
        return sum((nearest(w) * y for w, y in zip(weights[1:], path[1:], strict=True)), nearest(weights[0]) * x) / self.h


@checked
def debias_map(
    step: Model | None = None, h: float = 0.0, order: int = 4, *, model: Model | None = None, method: Any = None
) -> CorrectedMap:
    """The derivative-free variant of `debias`, for black boxes: h f = log(1 + Δ) id = Δ - Δ²/2 + Δ³/3 - ...

    step  : the trained map x -> Φ_h[f_θ](x), as it is used for prediction; arrays of any library, any shape it accepts
    model, method : instead of `step`, a field in any arrays with + and *, and the one-part method that runs it
    h     : the step size; order: 1..9, the map is called `order` times. The error that remains is O(h**order), with a
            larger constant than that of `debias`, and rounding errors grow by 2^order/h
    Raises LearningError unless there is either a step or a model with its method, MethodError for a method without tableau.

    >>> field = debias_map(lambda x: np.exp(-0.1) * x, 0.1, order=9)  # the flow of x' = -x over 0.1
    >>> print(f"{field(1.0):.7f}")
    -1.0000000
    """
    order, h = check_order(order, MAX_ORDER), one_step(h)
    if (step is None) == (model is None and method is None) or (step is None and (model is None or method is None)):
        raise LearningError("give the trained map as `step`, or else both `model` and `method`")
    return CorrectedMap(step if step is not None else plain_step(model, as_method(method, model), h), h, order)


def plain_step(model: Any, method: Method, h: float) -> Model:
    """One step of a Runge-Kutta method along a model, by + and * alone; implicit stages by fixed-point iteration.

    Raises MethodError for other methods; the step raises ConvergenceError where the iteration does not settle.
    """
    tableau = method.one_tableau
    if tableau is None:
        raise MethodError(f"{method.title} is no Runge-Kutta method: give the trained map itself, as `step`")
    A, b = [[h * nearest(a) for a in row] for row in tableau.A], [h * nearest(x) for x in tableau.b]

    def moved(x: Any, row: Sequence[float], slopes: Sequence[Any]) -> Any:
        return sum((a * g for a, g in zip(row, slopes, strict=False) if a), x)

    def explicit(x: Any) -> Any:
        slopes: list[Any] = []
        for row in A:
            slopes.append(model(moved(x, row, slopes)))
        return moved(x, b, slopes)

    def implicit(x: Any) -> Any:
        slopes = [model(x)] * len(b)
        for _ in range(SWEEPS):
            new = [model(moved(x, row, slopes)) for row in A]
            change = max(np.max(np.abs(as_numpy(n - s))) for n, s in zip(new, slopes, strict=True))
            slopes = new
            if change <= 1e-14 * max(1.0, *(np.max(np.abs(as_numpy(s))) for s in slopes)):
                return moved(x, b, slopes)
        raise ConvergenceError(f"the stages of {method.title} were not found by fixed-point iteration: take a smaller h")

    return explicit if method.is_explicit else implicit


@checked
def corrected_hamiltonian(
    model: HNN,
    method: Any,
    h: float,
    order: int = 4,
    *,
    parts: Sequence[Any] | None = None,
    origin: Sequence[float] | None = None,
) -> Model:
    """The Hamiltonian behind the data of an HNN trained through a symplectic method, as a function (..., d) to (...).

    The debiased field is B ∇H̃; H̃ is its line integral from `origin` (default 0), where it is given the value of the
    model's own Hamiltonian. Arguments and errors as in `debias`; MethodError for a method that is not symplectic, whose
    modified equation has no Hamiltonian.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> h = 0.1
    >>> model = HNN(lambda x: np.tan(h / 2) / h * x @ x, ((0.0, -1.0), (1.0, 0.0)))  # of the oscillator, by the midpoint rule
    >>> H = corrected_hamiltonian(model, "implicit_midpoint", h, order=7)
    >>> print(f"{model.hamiltonian(np.ones(2)):.6f} {H([1.0, 1.0]):.6f}")
    1.000834 1.000000
    """
    found = as_method(method, model)
    if not getattr(found, "is_symplectic", False):
        raise MethodError(
            f"{found.title} is not symplectic: what a model learns through it has no corrected Hamiltonian (use debias)"
        )
    corrected = debias(model, found, h, order, parts=parts)
    inverse = model.inverse_matrix
    start = np.zeros(len(inverse)) if origin is None else np.asarray(origin, dtype=float)
    value = float(model.hamiltonian(start))
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    nodes, weights = (nodes + 1) / 2, weights / 2
    field = batched(corrected)

    def hamiltonian(x: Any) -> np.ndarray:
        x = np.asarray(x, dtype=float)
        along = (x - start)[..., None, :]
        gradients = np.asarray(field(start + nodes[:, None] * along)) @ inverse.T
        return np.asarray(value + np.sum(np.sum(gradients * along, axis=-1) * weights, axis=-1))

    return hamiltonian
