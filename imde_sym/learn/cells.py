"""Tasks for studies: train one model through one solver, and say what it learned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from ..base.arguments import checked
from ..base.errors import LearningError, UnknownNameError
from ..equations import ModifiedField, inverse_modified_equation
from ..fields import VectorField, as_field
from ..geometry.expansion import numpy_function
from ..method import Method, as_method
from ..prediction import predict
from ..prediction.terms import SampledTerms
from . import datasets
from .backends import double_precision, library
from .base import mean_error
from .bias import debias
from .comparison import Comparison, compare
from .fit import Fit
from .flows import BatchFlow, learned_path
from .hamiltonian import hamiltonian_floor
from .models import hnn, mlp, polynomial
from .solvers import tableau_solver
from .training import fit

SETTINGS: dict[str, Any] = {
    "system": None,
    "method": None,
    "T": None,
    "S": 1,
    "seed": 0,
    "data": "domain",
    "domain": "catalogue",
    "count": 800,
    "noise": 0.0,
    "model": "mlp",
    "width": 16,
    "depth": 1,
    "degree": 3,
    "optimiser": "lm",
    "steps": 1500,
    "starts": 1,
    "orders": 9,
    "order": 4,
    "duration": 6.0,
    "samples": 400,
}
"""What a cell may hold; None marks what it must."""

PAIRS: dict[str, Callable[..., datasets.Dataset]] = {"domain": datasets.pairs, "trajectory": datasets.trajectory}
POINTS = 4096
"""Of the domain, where a model is held against the equations; a model of a trajectory is held against them along it."""


@dataclass(frozen=True)
class Trained:
    """A model that was trained for a cell, with all that it was trained on."""

    given: Mapping[str, Any]
    field: VectorField
    solver: Any
    parts: list[list[int]] | None
    h: float
    data: datasets.Dataset
    fit: Fit

    @property
    def points(self) -> int | np.ndarray:
        """Where the model is held against the equations: along its trajectory, or so many points of the domain."""
        return self.data.x if self.given["data"] == "trajectory" else POINTS

    @property
    def domain(self) -> Any:
        """The box of the data, None for the catalogue's."""
        return None if self.given["domain"] == "catalogue" else self.given["domain"]

    def equation(self, order: int) -> ModifiedField:
        """The inverse modified equation of the solver."""
        return inverse_modified_equation(self.field, as_method(self.solver), order, self.parts)

    def comparison(self) -> Comparison:
        """The model against the truncations of f_h."""
        field, orders = self.field, self.given["orders"]
        return compare(self.fit.model, field, self.solver, self.h, self.domain, orders, points=self.points, parts=self.parts)


def _settings(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """All settings of a cell. Raises UnknownNameError for one that is not known, LearningError where one has no value."""
    if unknown := [name for name in cell if name not in SETTINGS]:
        raise UnknownNameError("setting", unknown[0], SETTINGS)
    given = SETTINGS | dict(cell)
    if missing := [name for name, value in given.items() if value is None]:
        raise LearningError(f"the cell needs a {missing[0]!r}")
    return given


def train(cell: Mapping[str, Any]) -> Trained:
    """Make data and train a model as a cell says. Raises UnknownNameError or LearningError for a cell that is not so."""
    given = _settings(cell)
    for name, known in (("data", PAIRS), ("model", MODELS)):
        if given[name] not in known:
            raise UnknownNameError(f"kind of {name}", given[name], known)
    field = as_field(given["system"])
    solver, parts = _solver(given["method"], field)
    box = {} if given["domain"] == "catalogue" or given["data"] != "domain" else {"domain": given["domain"]}
    data = PAIRS[given["data"]](field, given["T"], given["count"], noise=given["noise"], seed=given["seed"], **box)
    tries = []
    for start in range(given["starts"]):
        seed = given["seed"] + start
        model = MODELS[given["model"]](field, {**given, "seed": seed})
        tries.append(fit(data, model, solver, S=given["S"], optimiser=given["optimiser"], steps=given["steps"], seed=seed))
    found = min(tries, key=lambda result: result.loss)
    return Trained(given, field, solver, parts, given["T"] / given["S"], data, found)


@checked
def train_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Make data, train a model through a solver, and hold it against f and f_h: the default task of a Study.

    cell : "system" (of the catalogue, or equations as text with a "domain" such as "x: -1,1; y: 0,2"), "method" (of the
           catalogue, the text of a tableau, or a solver such as "diffrax.Midpoint"), "T"; and where they differ from SETTINGS
           "S", "seed" (of data and network), "data" ("domain" or "trajectory"), "domain", "count" and "noise" of pairs,
           "model" ("mlp", "hnn" or "polynomial") with "width" and "depth" or "degree", "optimiser", its "steps" and from
           how many "starts" (the least loss counts), "orders" of the comparison, "order" of the correction
    Returns errors (means over the domain or the trajectory of max-norms): predicted = Error(f_h, f), against_f,
    against_f_h, floor (of the truncation of f_h), debiased; loss, training_seconds, verdict. JAX is in double precision
    while it runs. Raises UnknownNameError or LearningError for a cell that is not so, and what the steps raise.

    >>> import jax
    >>> train_cell({"system": "pendulum", "method": "rk4"})
    Traceback (most recent call last):
    imde_sym.base.errors.LearningError: the cell needs a 'T'
    """
    with double_precision():
        own = train(cell)
        found = own.comparison()
        corrected = debias(own.fit.model, own.solver, own.h, own.given["order"], parts=own.parts)
        x = own.data.x
        return {
            "predicted": found.expected,
            "against_f": found.errors[0],
            "against_f_h": found.errors[-1],
            "floor": found.floors[-1],
            "debiased": mean_error(corrected(x), SampledTerms(own.equation(1), x).values[0]),
            "loss": own.fit.loss,
            "training_seconds": own.fit.seconds,
            "verdict": found.verdict,
        }


@checked
def flow_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Train as `train_cell` does, and follow three fields from the system's x0: the ODE, its f_h, and the model.

    cell : as for `train_cell`, with "duration" and the number of "samples" of the curves
    Returns times; the curves "true", "imde" and "learned" as lists of points; apart, the largest distances of "learned"
    from the two others; and for Hamiltonian systems the energy along each curve.

    >>> import jax
    >>> flow_cell({"system": "pendulum", "method": "rk4", "T": 0.1, "time": 6})
    Traceback (most recent call last):
    imde_sym.base.errors.UnknownNameError: unknown setting 'time'; nearest: optimiser
    """
    with double_precision():
        own = train(cell)
        start = datasets.initial_point(own.field)
        times = np.linspace(0.0, own.given["duration"], own.given["samples"] + 1)
        F = own.equation(own.given["orders"] + 1)
        kept = SampledTerms(F, own.data.x).smallest(own.h)
        curves = {
            "true": BatchFlow.of(own.field).path(start, times),
            "imde": BatchFlow(F.truncate(kept), own.h).path(start, times),
            "learned": learned_path(own.fit.model, start, times),
        }
        apart = {f"learned_from_{name}": _distance(curves["learned"], curves[name]) for name in ("true", "imde")}
        return {"times": times, **curves, **apart, **_energies(own.field, curves), "loss": own.fit.loss}


@checked
def hamiltonian_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Train a Hamiltonian network as `train_cell` does, and hold its loss against the least one that a Hamiltonian can have.

    Returns what `train_cell` returns of the errors, the root of the loss, and "least": the root of the mean over the data of
    |f_h - J∇H|², for the best H. It is 0 where f_h is Hamiltonian, and above 0 where the solver is not symplectic.

    >>> import jax
    >>> hamiltonian_cell({"system": "lorenz", "method": "explicit_euler", "T": 0.01, "data": "box"})
    Traceback (most recent call last):
    imde_sym.base.errors.UnknownNameError: unknown kind of data 'box'; accepted: domain, trajectory
    """
    with double_precision():
        own = train({"model": "hnn"} | dict(cell))
        found = own.comparison()
        terms = SampledTerms(own.equation(own.given["orders"]), own.data.x)
        least = hamiltonian_floor(own.field, own.data.x, terms.partial(own.h, terms.smallest(own.h)))
        errors = {"predicted": found.expected, "against_f": found.errors[0], "against_f_h": found.errors[-1]}
        return errors | {"root_loss": own.fit.loss**0.5, "least": least}


@checked
def coefficient_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Train a polynomial through a solver, and hold its coefficients against those of f_h.

    Returns "largest", the largest difference to a coefficient of f_h up to the cell's "degree", "changed", how much f_h
    itself differs from f in a coefficient, and the three "rows" learned, f_h and f: variable, term and coefficients.

    >>> import jax
    >>> coefficient_cell({"method": "rk4", "T": 0.1, "degree": 3})
    Traceback (most recent call last):
    imde_sym.base.errors.LearningError: the cell needs a 'system'
    """
    with double_precision():
        own = train({"model": "polynomial"} | dict(cell))
        model, names = own.fit.model, own.field.variables
        F = own.equation(own.given["orders"])
        rows = []
        for m, (f_h, f) in enumerate(zip(F.as_expr(str(own.h)), F.term(0), strict=True)):
            exact, true = sympy.Poly(f_h, *names), sympy.Poly(f, *names)
            for j, term in enumerate(model.terms):
                known = float(exact.coeff_monomial(term)), float(true.coeff_monomial(term))
                rows.append((str(names[m]), str(term), float(model.coefficients[m, j]), *known))
        largest = max(abs(learned - new) for *_, learned, new, _ in rows)
        changed = max(abs(new - old) for *_, new, old in rows)
        return {"largest": largest, "changed": changed, "rows": [r for r in rows if r[3]], "loss": own.fit.loss}


@checked
def predict_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    """What training to perfection would give, without training: `predict` for "system", "method", "T", "S" and "domain".

    cell : as for `train_cell`; other settings of a training are not asked, so that one grid serves both
    Returns "predicted" and "largest", the mean and the maximum over the domain of |f_h - f|.
    Raises LearningError for what is not a cell or lacks one of these, UnknownNameError for a setting or a name that is not
    known, and as `predict` does.

    >>> round(predict_cell({"system": "pendulum", "method": "explicit_euler", "T": 0.02})["predicted"], 4)
    0.1557
    >>> predict_cell({"system": "x' = -0.37*x", "method": "heun2", "T": 0.1, "domain": "-1,1"})["largest"] < 1e-3
    True
    """
    given = _settings(cell)
    domain = None if given["domain"] == "catalogue" else given["domain"]
    row = predict(given["system"], named_solver(given["method"]), given["T"], given["S"], domain).rows[0]
    return {"predicted": row.mean, "largest": row.sup}


MODELS: dict[str, Callable[[VectorField, Mapping[str, Any]], Any]] = {
    "mlp": lambda field, given: mlp(field.dimension, given["width"], given["depth"], seed=given["seed"] + 1),
    "hnn": lambda field, given: hnn(field, given["width"], given["depth"], given["seed"] + 1),
    "polynomial": lambda field, given: polynomial(field.variables, given["degree"]),
}


def named_solver(name: str) -> Any:
    """A method of the catalogue or as text, or "diffrax.Midpoint" and the like. Raises UnknownNameError or MethodError."""
    kind, dot, own = name.partition(".")
    if not dot or not kind.isidentifier():
        return as_method(name)
    solvers = library("diffrax", "training through a solver")
    found = getattr(solvers, own, None) if kind == "diffrax" else None
    if not (isinstance(found, type) and issubclass(found, solvers.AbstractSolver)):
        raise UnknownNameError("solver", name, [f"diffrax.{n}" for n in dir(solvers) if n[0].isupper()])
    return found()


def _solver(name: str, field: VectorField) -> tuple[Any, list[list[int]] | None]:
    """A solver by name, and the parts of the field, q then p, if its method has parts."""
    found, structure = named_solver(name), field.structure
    if not isinstance(found, Method):
        return found, None
    if found.colors == 1:
        return tableau_solver(found), None
    if structure is None or not structure.q:
        raise LearningError(f"{found.title} treats q and p differently, and {field.name or field} has none")
    parts = [[field.variables.index(v) for v in part] for part in (structure.q, structure.p)]
    return tableau_solver(found, parts), parts


def _energies(field: VectorField, curves: Mapping[str, np.ndarray]) -> dict[str, Any]:
    structure = field.structure
    if structure is None or structure.kind != "hamiltonian":
        return {}
    energy = numpy_function(field.variables, structure.function)
    return {f"energy_{name}": energy(*path.T) for name, path in curves.items()}


def _distance(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.max(np.abs(first - second)))
