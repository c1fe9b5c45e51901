"""The coefficients of a field from data that lie steps of a solver apart, fitted through its inverse modified equation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import sympy

from ..base.arguments import Real, checked, read_fields
from ..base.checks import check_count, check_order, check_word
from ..base.columns import columns
from ..base.errors import ConvergenceError, LearningError, MethodError, UnknownNameError, shown
from ..base.tables import Cell, Table, Tabled, number_cell
from ..base.values import ReadOnly
from ..equations import inverse_modified_equation
from ..equations.split import split_field
from ..expressions import latex
from ..fields import VectorField, as_field
from ..fields.gate import are_equations
from ..method import Method, as_method
from ..rings import to_sympy
from .base import real_array
from .datasets import Dataset
from .gathering import as_dataset
from .least_squares import Found, least_squares
from .pysindy import from_pysindy
from .stepping import Stepper, stepper

MAX_SUBSTEPS = 10_000
MAX_FITTED_ORDER = 9
NOISY = ("both", "y")
SAME = 1e-9
"""Relative; h times S and the T of the data agree to it."""
HALF, FAIR, ALIKE = 0.5, 0.05, 0.3
"""Residuals above half of the motion say that nothing is explained; above a twentieth, if they are correlated so much."""
NUDGE = 1e-4
"""Of the size of the data: the step of difference quotients along the points."""


@checked
@dataclass(frozen=True)
class CoefficientFit(Tabled):
    """Coefficients of a field fitted to data; the field with these values is `.field`.

    values        : {name: value}; floats
    uncertainties : {name: standard deviation}: of the noise that the residuals show, and of the power of h that was left out
    plain         : what the same fit gives without the solver's part: the method's step taken for the flow of the field itself
    residual      : sqrt(mean |Φ(x) - y|²)/T after the fit
    template      : the field with its symbols;  order, h, S, pairs, method : of the fit;  h is the mean where it varies

    >>> found = CoefficientFit({"k": -1.0}, {"k": 0.01}, {"k": -0.95}, 0.1, VectorField("x' = k*x", parameters="k"), "euler", 0.1)
    >>> print(found.field, found.values["k"])
    x' = -x -1.0
    >>> found.table().splitlines()[0].split()[:2], found.to_dict()["values"]
    (['coefficient', 'value'], {'k': -1.0})
    """

    values: Mapping[str, Real]
    uncertainties: Mapping[str, Real]
    plain: Mapping[str, Real]
    residual: Real
    template: VectorField
    method: str
    h: Real
    order: int = 5
    S: int = 1
    pairs: int = 0
    covariance: tuple[tuple[float, ...], ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        read_fields(self)
        for name in ("values", "uncertainties", "plain"):
            given = {str(k): float(real_array(v, f"{name} of {k!s}", 0, finite=False)) for k, v in getattr(self, name).items()}
            object.__setattr__(self, name, ReadOnly(given))
        for name in ("residual", "h"):
            object.__setattr__(self, name, float(getattr(self, name)))
        known = {str(s) for s in (*self.template.parameters, *self.template.free_parameters)}
        if (
            not self.values
            or not {*self.values} <= known
            or {*self.values} != {*self.uncertainties}
            or {*self.values} != {*self.plain}
        ):
            raise LearningError(
                f"values, uncertainties and plain each hold a number for the same coefficients, of {', '.join(sorted(known))}"
            )
        rows = tuple(tuple(map(float, row)) for row in self.covariance)
        object.__setattr__(self, "covariance", rows)

    def __hash__(self) -> int:
        return hash((self.template, self.method, self.h, self.order, *self.values.values()))

    @cached_property
    def field(self) -> VectorField:
        """The field with the fitted values."""
        names = {str(s): s for s in (*self.template.parameters, *self.template.free_parameters)}
        return self.template.with_parameters({names[k]: sympy.Float(v) for k, v in self.values.items()})

    def table(self) -> Table:
        """A line for each coefficient: fitted, its uncertainty, and what a fit without the solver's part would have told."""
        rows = [
            {"coefficient": Cell(name, name, latex(sympy.Symbol(name)))}
            | {"value": number_cell(v, ".8g"), "uncertainty": number_cell(self.uncertainties[name], ".1e")}
            | {"plain": number_cell(self.plain[name], ".6g")}
            for name, v in self.values.items()
        ]
        about = (
            f"{self.pairs} pairs, {self.method}, h = {self.h:g}, S = {self.S}, order {self.order}; residual {self.residual:.2e}"
        )
        notes = [about, *([self.note] if self.note else [])]
        text = columns([list(rows[0]), *([cell.text for cell in row.values()] for row in rows)])
        return Table.of(rows, notes=notes, caption="Coefficients fitted to data", text="\n".join([*text, *notes]))

    def __str__(self) -> str:
        return self.table()

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        tables = {name: dict(getattr(self, name)) for name in ("values", "uncertainties", "plain")}
        about = {name: getattr(self, name) for name in ("residual", "method", "h", "order", "S", "pairs", "note")}
        return tables | about | {"equations": self.template.to_dict()}


@checked
def fit_coefficients(
    field: Any,
    data: Any,
    method: Any,
    h: Any = None,
    order: int = 5,
    *,
    S: int = 1,
    start: Mapping[Any, Any] | None = None,
    fixed: Sequence[Any] = (),
    parts: Sequence[Any] | None = None,
    noisy: str = "both",
) -> CoefficientFit:
    """The coefficients of a field with which S steps of `method` with its inverse modified equation take x to y.

    These are the coefficients of the ODE itself, up to O(h**order): a fit of the field to what its solver's step tells (finite
    differences, as SINDy does; training through a solver) has an error of O(h**p).

    field  : with symbols for the coefficients: a VectorField, text (all unknown names are coefficients), or a system's name.
             Those with values start there; others start at 1. Or a fitted model of PySINDy, without controls
    data   : (x, y), arrays (N, d); trajectories (N, time, d); a Dataset, a loader or a mapping
    method, h : whose step stands for the flow: a method with a tableau or its name, and its step, a number or (N,). It may be
             cheap: "explicit_euler" will do. h may be left out where a Dataset tells T = S·h
    order  : 1..9: the error of the coefficients that remains is O(h**order)
    S      : y lies S steps after x
    start  : {name: value} where a search in coefficients that enter nonlinearly begins
    fixed  : names of coefficients that keep their values
    noisy  : "both" where x and y are measurements, as along a trajectory: the bias that noise in x makes is then taken out to
             first order in its variance; "y" where x is known
    Raises LearningError where the data do not determine the coefficients, or lie too far apart for the series;
    MethodError for a method without tableau, UnknownNameError for a coefficient that is none.
    The uncertainty is a robust one for pairs: of any noise that is independent from pair to pair. Along a trajectory, where
    neighbours share the measurement between them, it is that of noise of one size for each component.
    Cost: one derivation of f_h to order + 1 with the coefficients as variables (fractions of a second for a dozen of terms),
    and some ten evaluations with Jacobians.

    >>> x = np.linspace(0.2, 1, 20)[:, None]
    >>> found = fit_coefficients("x' = k*x", (x, np.exp(-0.2) * x), "explicit_euler", h=0.2)
    >>> print(f"{found.values['k']:.4f} ± {found.uncertainties['k']:.0e}, plain {found.plain['k']:.4f}")
    -1.0000 ± 5e-07, plain -0.9063
    """
    check_word(noisy, "noisy", NOISY, LearningError)
    order, S = check_order(order, MAX_FITTED_ORDER), check_count(S, "S", 1, MAX_SUBSTEPS, LearningError)
    template = with_symbols(field)
    known = {str(s): s for s in (*template.parameters, *template.free_parameters)}
    kept = [_symbol(known, n) for n in fixed]
    names = [s for s in known.values() if s not in kept]
    if unvalued := [s for s in kept if s not in template.parameters]:
        raise LearningError(f"{unvalued[0]} is to keep its value, but has none: give it one by with_parameters")
    if not names:
        raise LearningError(f"{template} has no symbols to fit: write its coefficients as letters, such as x' = a*x")
    pairs, h = _steps(data, h, S)
    if pairs.dimension != template.dimension:
        raise LearningError(f"the data have {pairs.dimension} components, the field {template.dimension} variables")
    found = as_method(method)
    given = {_symbol(known, k): v for k, v in (start or {}).items()}
    first = np.array([float(to_sympy(given.get(s, template.parameters.get(s, 1)))) for s in names])
    flow = _flow(template, names, found, parts, S, pairs, h, order + 1)
    plain = least_squares(flow(1), first, list(map(str, names)))
    best = least_squares(flow(order), plain.values, list(map(str, names)))
    further = _next(flow(order + 1), best)
    _, slopes = flow(order)(best.values)
    variances = _noise(slopes, best, pairs, noisy)
    spread, shift = _covariance(slopes, variances, best, pairs), np.zeros(len(names))
    if noisy == "both":
        shift = _bias(flow(order), slopes, variances, best, pairs)
    truncation = np.abs(further - best.values)
    uncertainty = np.sqrt(np.diag(spread) + truncation**2)
    notes = [] if best.settled else ["the search has not settled: give start="]
    notes += _misfit(best.residuals, pairs)
    large = np.abs(shift) > 3 * uncertainty
    if np.any(large):
        notes.append(
            f"noise in x is large: it moved {names[int(np.argmax(large))]} by {abs(shift).max():.1e}, which was taken out"
        )
    keys = list(map(str, names))
    return CoefficientFit(
        dict(zip(keys, best.values + shift, strict=True)),
        dict(zip(keys, np.hypot(uncertainty, shift / 2), strict=True)),
        dict(zip(keys, plain.values, strict=True)),
        float(np.sqrt(np.mean(np.sum(best.residuals**2, axis=-1)))),
        template, found.name or found.title, float(np.mean(h)), order, S, len(pairs), tuple(map(tuple, spread)), "; ".join(notes),
    )  # fmt: skip


def with_symbols(given: Any) -> VectorField:
    """A field whose unknown names are coefficients; a model of PySINDy is one with a letter for each."""
    if hasattr(given, "get_feature_names"):
        found = from_pysindy(given, symbols=True)
        if controls := found.free_parameters:
            raise LearningError(
                f"the model has the controls {', '.join(map(str, controls))}, which a fit does not take beside the pairs; "
                "debias_terms takes them, as constant over a step"
            )
        return found
    if isinstance(given, Mapping) and given and all(isinstance(v, str) for v in given.values()):
        given = "; ".join(f"{name}' = {value}" for name, value in given.items())
    elif isinstance(given, list | tuple) and given and all(isinstance(v, str) for v in given):
        given = "; ".join(given)
    if isinstance(given, str) and are_equations(given):
        return VectorField(given, parameters="auto")
    return as_field(given)


def _symbol(known: Mapping[str, sympy.Symbol], name: Any) -> sympy.Symbol:
    if str(name) not in known:
        raise UnknownNameError("coefficient", str(name), known)
    return known[str(name)]


def _steps(data: Any, h: Any, S: int) -> tuple[Dataset, Any]:
    """The pairs, and the solver's step, a number or (N, )."""
    if h is None and not isinstance(data, Dataset | Mapping):
        raise LearningError("h is missing: the step of the solver, of which S lie between x and y")
    step = None if h is None else real_array(h, "h")
    pairs = as_dataset(data, None if step is None else step * S)
    own = np.asarray(pairs.T) / S
    if step is not None and not (step.shape in ((), own.shape) and np.allclose(own, step, rtol=SAME, atol=0)):
        raise LearningError(f"h = {shown(h)} and S = {S}, but x and y of the data lie {shown(pairs.T)} apart")
    return pairs, own


def _flow(
    template: VectorField,
    names: Sequence[sympy.Symbol],
    method: Method,
    parts: Sequence[Any] | None,
    S: int,
    pairs: Dataset,
    h: Any,
    highest: int,
) -> Callable[[int], Callable[..., tuple[np.ndarray, np.ndarray]]]:
    """order -> (coefficients, points) -> (Φ - y)/T, (N, d), and its derivatives by (points, coefficients), (N, d, d + m).

    The coefficients are variables that do not move, so that one Jacobian holds all derivatives.
    """
    d, m = template.dimension, len(names)
    values = {s: v for s, v in template.parameters.items() if s not in names}
    components = [sympy.sympify(c).xreplace(values) for c in template.template]
    grown = VectorField([*template.variables, *names], [*components, *[0] * m], time=False)
    indices = _indices(template, method, parts, m)
    moved = None if indices is None else [[grown.variables[i] for i in part] for part in indices]
    stepping: Stepper = stepper(method, indices)
    step, T = (h[:, None] if np.ndim(h) else h), np.asarray(pairs.T)
    span = T[:, None] if T.ndim else T

    F = inverse_modified_equation(grown, method, highest, moved)

    @cache
    def at_order(order: int) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
        g = F.truncate(order).lambdify("numpy", jacobian=True)

        def field(states: Any, _: Any) -> Any:
            """Values and derivatives, stacked (1 + d + m, N, d + m)."""
            value, J = g(states[0], h)
            return np.concatenate([value[None], np.einsum("nij,knj->kni", J, states[1:])])

        def residuals(c: np.ndarray, x: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
            x = pairs.x if x is None else x
            states = np.zeros((1 + d + m, len(x), d + m))
            states[0, :, :d], states[0, :, d:] = x, c
            states[1:] = np.eye(d + m)[:, None, :]
            with np.errstate(all="ignore"):
                try:
                    for _ in range(S):
                        states = stepping.step(field, states, None, lambda value: step * value)
                except ConvergenceError:
                    states = np.full_like(states, np.nan)
                return (states[0, :, :d] - pairs.y) / span, np.moveaxis(states[1:, :, :d], 0, -1) / span[..., None]

        return residuals

    return at_order


def _indices(template: VectorField, method: Method, parts: Sequence[Any] | None, m: int) -> list[list[int]] | None:
    """The components of each part; m more, the coefficients, are in the first."""
    split = split_field(template, method, parts)
    if split is None:
        return None
    owners = [[k for k, part in enumerate(split) if part[i] != 0] for i in range(template.dimension)]
    if any(len(own) > 1 for own in owners):
        raise MethodError(f"{method.title} is to step with parts of whole components; these share some between them")
    found = [[i for i, own in enumerate(owners) if (own or [0])[0] == k] for k in range(method.colors)]
    found[0] += range(template.dimension, template.dimension + m)
    return found


def _misfit(residuals: np.ndarray, pairs: Dataset) -> list[str]:
    """What to say of residuals that noise does not explain: alike from pair to pair, or as large as the motion."""
    motion = (pairs.y - pairs.x) / (np.asarray(pairs.T)[:, None] if np.ndim(pairs.T) else pairs.T)
    share = float(np.sqrt(np.mean(residuals**2) / max(np.mean(motion**2), 1e-300)))
    chained = np.all(pairs.x[1:] == pairs.y[:-1], axis=1)
    first, second = residuals[:-1][chained], residuals[1:][chained]
    alike = float(np.sum(first * second) / max(np.sum(first**2), 1e-300)) if chained.any() else 0.0
    if not (share > HALF or (share > FAIR and alike > ALIKE)):
        return []
    why = ", and alike in neighbouring pairs, which noise is not" if alike > ALIKE else ""
    return [
        f"the residual is {share:.0%} of the motion of the data{why}: this field does not follow them with these h and S, or "
        "they lie too far apart for the series; the uncertainties do not hold then"
    ]


def _next(residuals: Any, best: Found) -> np.ndarray:
    """The coefficients after one step of Gauss and Newton with another order."""
    r, J = residuals(best.values)
    m = len(best.values)
    moved: np.ndarray = best.values - np.linalg.lstsq(J[..., -m:].reshape(-1, m), r.ravel(), rcond=None)[0]
    return moved


def _covariance(J: np.ndarray, variances: np.ndarray, best: Found, pairs: Dataset) -> np.ndarray:
    """The sandwich of White (1980); along a trajectory, where neighbours share a measurement, by what each of these does."""
    count, m, d = best.residuals.size, len(best.values), pairs.dimension
    chained = np.all(pairs.x[1:] == pairs.y[:-1], axis=1)
    if chained.any():
        T = np.broadcast_to(pairs.T, len(pairs))[:, None, None]
        by_x = np.einsum("nik,nim->nkm", J[..., :d], best.jacobian)
        by_y = -best.jacobian / T
        shared = by_x[1:][chained] + by_y[:-1][chained]
        alone = by_x[np.r_[True, ~chained]], by_y[np.r_[~chained, True]]
        effects = np.concatenate([shared, *alone])
        meat = np.einsum("nkm,k,nkl->ml", effects, variances, effects)
    else:
        scores = np.einsum("ndm,nd->nm", best.jacobian, best.residuals)
        meat = scores.T @ scores * (count / max(count - m, 1))
    inverse = np.linalg.pinv(best.normal)
    found: np.ndarray = inverse @ meat @ inverse
    return found


def _noise(J: np.ndarray, best: Found, pairs: Dataset, noisy: str) -> np.ndarray:
    """The variances of the measurements, by component, that the residuals tell."""
    m, d = len(best.values), pairs.dimension
    own = np.diag(np.full(d, np.mean(1 / np.asarray(pairs.T) ** 2)))
    if noisy == "both":
        own = own + np.mean(J[..., :d] ** 2, axis=0)
    freedom = max(1 - m / best.residuals.size, 0.1)
    found: np.ndarray = np.maximum(np.linalg.lstsq(own, np.mean(best.residuals**2, axis=0) / freedom, rcond=None)[0], 0.0)
    return found


def _bias(residuals: Any, J: np.ndarray, variances: np.ndarray, best: Found, pairs: Dataset) -> np.ndarray:
    """What is to be added to the coefficients because x is noisy: the mean of the score, by second differences in x."""
    m, d = len(best.values), pairs.dimension
    Dx = J[..., :d]
    score = np.zeros(m)
    for k in range(d):
        e = np.zeros(d)
        e[k] = NUDGE * max(float(np.std(pairs.x[:, k])), 1e-12)
        (_, Ju), (_, Jd) = residuals(best.values, pairs.x + e), residuals(best.values, pairs.x - e)
        turned = (Ju[..., d:] - Jd[..., d:]) / (2 * e[k])
        bent = (Ju[..., k] - Jd[..., k]) / (2 * e[k])
        terms = np.einsum("ndm,nd->m", turned, Dx[..., k]) + 0.5 * np.einsum("ndm,nd->m", J[..., d:], bent)
        score += variances[k] * terms
    found: np.ndarray = np.linalg.lstsq(best.normal, score, rcond=None)[0]
    return found
