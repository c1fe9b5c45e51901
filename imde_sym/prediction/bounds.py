"""bound: how far what a learner learns can be from the field, with every constant worked out (docs/bounds.md has the proof)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.checks import check_direction, check_order
from ..base.columns import columns
from ..base.errors import FieldError, shown
from ..base.pictures import Pictured
from ..base.tables import Cell, Table, Tabled, cell_text
from ..base.values import Stored, reads
from ..equations import ModifiedField, build_equation
from ..equations.derived import stored_expression
from ..equations.modified import MAX_ORDER
from ..fields import FieldLike, VectorField
from ..fields.domain import Box, box_of
from ..method import MethodLike, method_from_data
from ..rings import real
from .enclosing import enclosure, rounded_down, rounded_up
from .given_learner import GivenLearner
from .neighbourhoods import COARSE, FINE, Neighbourhood, Neighbourhoods
from .outward import down, finite, fraction, up
from .parts_of_bounds import Part, parts_of
from .prediction import MAX_SUBSTEPS, check_powers
from .stage_sizes import StageSizes, check_consistent, stage_sizes
from .terms import convergence
from .theorem import MANY, Choice, Setting, Sizes, apply, best, forward, largest_H, largest_T

DEFAULT_ORDER = 6
"""Up to this tree order the best one is looked for where none is given."""
DEPTH, TRIED = 8, 2
"""How many sizes smaller the inner neighbourhood is at most, and on how many pairs the most promising bounds are proved."""
MATTERS = 0.005
"""A remainder larger than this, relative to the terms, is worth sizes of finer tolerance."""
TINY_STEP = 1e-9
"""Of what the field crosses a neighbourhood in."""
MEAN_SQUARE = (
    "the loss of a bound is a number: the largest |Φ_h[f_θ](x) - φ_h[f](x)|/h over a complex neighbourhood of the domain. A mean "
    "square never bounds it: a learner may be wrong by any amount on a set that weighs nothing in a mean, or between the data"
)


class Bound(Pictured, Stored, Tabled):
    """How far a learner can be from the field: total = terms + remainder + loss term, all floats rounded outward.

    terms     : (low, high), between which sup |f_h^K - f| over the domain lies
    remainder : bounds |f_θ - f_h^K| on the domain for a learner without loss; with choice "A" it bounds |f_θ - f| itself. In
                the forward direction it bounds |Φ_h[f] - φ_h[f_h^K]|/h, the distance of a step from the truncated flow
    loss_term : the factor `gain` times the loss
    total     : bounds |f_θ - f| over the domain; in the forward direction, where nothing is learned, it is the remainder
    error, distance : of a learner that was given: the floats between which sup |f_θ - f| and sup |f_θ - f_h^K| over the domain
                lie; with it `loss` is proved where none was given, and the total is error[1] where that is smaller than `theorem`
    residual  : with a learner: a bound of sup |Φ_T[f_θ] - φ_T[f]|/T over the domain itself, which is its loss in the sup norm
    theorem   : terms + remainder + loss_term, which holds for every learner of the size M_theta with this loss
    h0        : the largest step for which the theorem holds here, nearly; beyond it remainder and total are inf
    convergence : the radius of convergence in h that the terms on the domain suggest, an estimate; None where there are few
    parts     : the parts by name, each "proved", "estimated" or "assumed"; `why` says why there is no bound, else it is ""
    choice    : "A" (compare with f) or "B" (with f_h^K); K, n, H, R, R1, rho, eta, M_f, M, M_theta and the sizes mu and kappa of
                the method as in docs/bounds.md; None where there is no bound
    Made by `bound`, which says what is raised.

    >>> from imde_sym import bound
    >>> found = bound("harmonic_oscillator", "explicit_euler", 0.02, order=6)
    >>> [part.name for part in found.parts], found.constants["K"]
    (['terms', 'remainder', 'loss', 'M_theta', 'convergence'], 6)
    >>> len(found.table().splitlines()) > 3, Bound.from_dict(found.to_dict()) == found
    (True, True)
    """

    form = "imde_sym/bound"
    view = "plot_bound"
    choice: str | None = None
    n: int | None = None
    weights: tuple[float, ...] | None = None
    R: float | None = None
    R1: float | None = None
    H: float | None = None
    rho: float | None = None
    eta: float | None = None
    M_f: float | None = None
    M: float | None = None
    M_theta: float | None = None
    levels: bool | None = None
    near: float = 0.0
    error: tuple[float, float] | None = None
    distance: tuple[float, float] | None = None
    residual: float = math.inf

    def __init__(
        self, equation: ModifiedField, domain: Box, h: float, S: int, given: Mapping[str, Any], learner: VectorField | None = None
    ):
        self.equation, self.domain, self.h, self.S, self.given = equation, domain, h, S, dict(given)
        self.learner = learner
        self._given = None if learner is None else GivenLearner(learner, equation, domain, h)
        self.direction = equation.direction
        self.sizes: StageSizes = stage_sizes(equation.method, S)
        self.why = ""
        self.K: int = equation.order
        self.remainder, self.gain = math.inf, math.inf
        self.h0 = 0.0
        self.convergence: float | None = None
        self.loss: float = given["loss"] or 0.0
        self._work()
        self.terms: tuple[float, float] = enclosure(equation.truncate(self.K), h, domain)
        loss, gain = finite(self.loss), finite(self.gain)
        self.loss_term = 0.0 if not self.loss else math.inf if loss is None or gain is None else up(loss * gain)
        added = 0.0 if self.choice == "A" or self.direction == "forward" else self.terms[1]
        self.theorem = self.total = up(*map(finite, (added, self.remainder, self.loss_term)))
        if self._given is not None:
            self.error, self.distance = self._given.distance(1), self._given.distance(self.K)
            self.total = min(self.theorem, self.error[1])
        self._freeze()

    # -- the work ---------------------------------------------------------------------------------
    def _setting(self, kind: Any, weights: Sequence[float], own: float | None = None) -> Setting:
        """The numbers of the theorem as floats, for the search, or as fractions; M_θ and L in the norm with these weights.

        own : what is proved of the learner where it is given, in this norm
        """
        learner, least = self.given["M_theta"], kind(min(weights))
        return Setting(
            kind(Fraction(self.h) * self.S),
            self.S,
            self.sizes.of(kind),
            (None if learner is None else kind(learner) / least) if own is None else kind(own),
            kind(self.given["loss"] or 0) / least,
        )

    def _work(self) -> None:
        F = self.equation
        if reason := _not_for(F):
            self.why = reason
            return
        near = Neighbourhoods(F, self.domain, self.learner)
        self.convergence = convergence(near.on_the_box)
        if not len(near):
            self.why = "no complex neighbourhood of the domain was found on which the field is proved to be analytic and bounded"
            return
        (self._forward if self.direction == "forward" else self._inverse)(near)
        if self._given is not None:
            settings = {w: (self._setting(float, w), self._setting(Fraction, w)) for w in {place.weights for place in near}}
            self.residual = self._given.residual(settings, near, self.K)
        if not self.why and not math.isfinite(self.remainder):
            self.why = "the bounds of the terms on complex neighbourhoods are too large for this step"

    def _orders(self) -> list[int]:
        """The tree orders among which the best is looked for."""
        p, most = self._lowest(), self.equation.order
        return [most] if self.given["order"] is not None else list(range(min(p + 1, most), most + 1))

    def _lowest(self) -> int:
        """The lowest power of h in f_h - f, as far as known."""
        F = self.equation
        return next((k for k, grade in enumerate(F.grades) if k and not grade.is_proved_zero), F.order)

    def _inverse(self, near: Neighbourhoods) -> None:
        p, orders = self._lowest(), self._orders()
        top = max(near, key=lambda place: largest_T(self._setting(float, place.weights), place.R, place.sample[0]))
        T = largest_T(self._setting(float, top.weights), top.R, near.proved(top, 1, FINE)[0])
        self.h0 = T if math.isinf(T) else down(Fraction(T) / self.S)
        if not self.h < self.h0:
            self.why = f"h = {self.h:.6g} is beyond h0 = {self.h0:.4g}: no neighbourhood of the domain has room for the estimates"
        found = []
        for i, outer in enumerate(near):
            s = self._setting(float, outer.weights)
            for inner in near[max(0, i - DEPTH) : i + 1]:
                if inner.weights == outer.weights:
                    result = best(s, Sizes(outer.R, inner.R, outer.sample, inner.sample), p, orders)
                    if result is not None:
                        found.append((result[0], outer, inner))
        found.sort(key=lambda f: f[0])
        small = MATTERS * sum(self.h**k * size for k, size in enumerate(near.on_the_box) if k)
        usable = ((outer, inner) for _, outer, inner in found if math.isfinite(near.learner(inner)))
        for outer, inner in [*islice(usable, TRIED), (top, top)]:
            if self._prove(near, p, orders, outer, inner, COARSE):
                self.why = ""
                if self.remainder > small:
                    self._prove(near, p, orders, outer, inner, FINE)
                return
        if found and not self.why and all(math.isinf(near.learner(inner)) for _, _, inner in found):
            self.why = (
                "the learner is not proved to be analytic and bounded on any complex neighbourhood of the domain that has room "
                "for the estimates: activations such as tanh have poles, which large weights bring near"
            )

    def _prove(
        self,
        near: Neighbourhoods,
        p: int,
        orders: Sequence[int],
        outer: Neighbourhood,
        inner: Neighbourhood,
        tolerance: float,
    ) -> bool:
        """Take the bound with proved sizes on these two neighbourhoods; whether it is finite."""
        own = None if self.learner is None else near.learner(inner)
        if own == math.inf:
            return False
        sizes, weights = tuple(near.proved(place, tolerance=tolerance) for place in (outer, inner)), outer.weights
        result = best(self._setting(float, weights, own), Sizes(outer.R, inner.R, *sizes), p, orders, MANY)
        if result is None:
            return False
        choice: Choice = result[1]
        exact = choice._replace(H=None if choice.H is None else Fraction(choice.H))
        z = Sizes(Fraction(outer.R), Fraction(inner.R), *(tuple(map(fraction, own)) for own in sizes))
        setting = self._setting(Fraction, weights, own)
        found = apply(setting, z, p, exact)
        if found is None:
            return False
        if self._given is not None and self.given["loss"] is None:
            region = self._given.around(up(found.stages) * np.array(weights))
            E, weighted = map(fraction, self._given.both(choice.K if choice.kind == "B" else 1, weights, region))
            self.loss = up(found.rho + setting.stages.mu * E + found.chain * weighted)
            found = apply(replace(setting, loss=fraction(self.loss) / Fraction(min(weights))), z, p, exact) or found
        self.choice, self.n, self.H, self.R, self.R1 = choice.kind, choice.n, choice.H, outer.R, inner.R
        self.M_f, self.weights, self.levels, self.near = sizes[0][0], weights, choice.levels, up(found.near)
        if choice.kind == "B":
            self.K = choice.K
        self.remainder, self.gain = up(found.remainder), up(found.factor / Fraction(min(weights)))
        self.rho, self.eta, self.M, self.M_theta = up(found.rho), up(found.eta), up(found.M), up(found.learner)
        self.h0 = max(self.h0, self.h)
        return True

    def _forward(self, near: Neighbourhoods) -> None:
        orders = self._orders()
        found = []
        for place in near:
            s = self._setting(float, place.weights)
            for K in orders:
                H = largest_H(s, place.sample[:K], place.R, direct=True)
                value = forward(s, place.R, place.sample[:K], H) if H else None
                if value is not None:
                    found.append((value, place, K))
        top = max(near, key=lambda place: self._reach(place, place.sample[: orders[0]]))
        self.h0 = down(Fraction(self._reach(top, near.proved(top, orders[0]))) / self.S)
        if not self.h < self.h0:
            self.why = (
                f"h = {self.h:.6g} is beyond h0 = {self.h0:.4g}: stages or flow may leave every neighbourhood of the domain"
            )
        for _, place, K in sorted(found, key=lambda f: f[0])[:TRIED]:
            sizes = near.proved(place)[:K]
            H = largest_H(self._setting(float, place.weights), sizes, place.R, direct=True)
            exact = self._setting(Fraction, place.weights)
            value = forward(exact, Fraction(place.R), list(map(fraction, sizes)), Fraction(H)) if H else None
            if value is not None:
                self.choice, self.K, self.H, self.R, self.M_f, self.why = "forward", K, H, place.R, sizes[0], ""
                self.weights, self.remainder = place.weights, up(value)
                return

    def _reach(self, place: Neighbourhood, sizes: Sequence[float]) -> float:
        """The largest H on a neighbourhood, whatever the step: found by asking with a tiny one."""
        s = self._setting(float, place.weights)
        return largest_H(replace(s, T=TINY_STEP * place.R / (sizes[0] or 1.0)), sizes, place.R, direct=True)

    # -- output -----------------------------------------------------------------------------------
    @property
    def parts(self) -> tuple[Part, ...]:
        """What the total is made of, and what it rests on."""
        return tuple(parts_of(self))

    def table(self) -> Table:
        """The bound: a line for each part of the total with what it rests on; the total and the constants below."""
        F = self.equation
        box = " x ".join(f"[{a:g}, {b:g}]" for a, b in self.domain)
        names = ", ".join(map(str, F.variables))
        what = "of the learned field" if self.direction == "inverse" else "of the modified flow per unit of time"
        about = f"{repr(F)[1:-1].rsplit(', order', 1)[0]}: bound of the error {what}"
        setting = f"domain {box} in ({names}), h = {self.h:g}" + (f", S = {self.S} substeps" if self.S > 1 else "")
        total, why = rounded_up(self.total), f"  ({self.why})" if self.why and math.isinf(self.total) else ""
        cells = [
            {"part": p.name, "value": Cell(p.value, rounded_up(p.value)), "status": p.status, "what": p.words} for p in self.parts
        ]
        lines = columns([[cell_text(x) for x in row.values()] for row in cells], str.ljust)
        constants = "; ".join(f"{k} = {_text(v)}" for k, v in self.constants.items())
        last = f"h0 = {rounded_down(self.h0)}; {constants}"
        printed = "\n".join([about, setting, f"total      {total}{why}", *(f"  {line}" for line in lines), last])
        return Table.of(cells, notes=[setting, f"total {total}{why}", last], caption=about, text=printed)

    @property
    def constants(self) -> dict[str, Any]:
        """The constants of docs/bounds.md by name; those that the bound does not need are left out."""
        names = ("choice", "K", "n", "weights", "R", "R1", "H", "M_f", "M", "rho", "eta", "levels")
        found = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return found | {"mu": up(self.sizes.mu), "kappa": up(self.sizes.kappa)}

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        name = self.equation.field.name or "the field"
        return f"<bound for {name} under {self.equation.method.title}, h = {self.h:g}: {rounded_up(self.total)}>"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON; what is infinite is null."""
        F = self.equation
        return self.head | {
            "field": F.field.to_dict(),
            "learned_through": F.method.to_dict(),
            "split": None if F.split is None else [[F.write(c) for c in part] for part in F.split],
            "direction": self.direction,
            "tree_order": F.order,
            "h": self.h,
            "S": self.S,
            "domain": [list(side) for side in self.domain],
            "given": self.given,
            "learner": None if self.learner is None else self.learner.to_dict(),
            "terms": [self.terms[0], _plain(self.terms[1])],
            "remainder": _plain(self.remainder),
            "loss_term": _plain(self.loss_term),
            "total": _plain(self.total),
            "h0": _plain(self.h0),
            "why": self.why,
            **({} if self.learner is None else self._of_learner()),
            "constants": self.constants,
            "parts": [asdict(p) | {"value": _plain(p.value)} for p in self.parts],
        }

    def _of_learner(self) -> dict[str, Any]:
        pairs = {"error": self.error, "distance": self.distance}
        return {name: pair and list(map(_plain, pair)) for name, pair in pairs.items()} | {"residual": _plain(self.residual)}

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> Bound:
        """Inverse of `to_dict`: the bound is worked out again."""
        field, method = VectorField.from_dict(data["field"]), method_from_data(data["learned_through"])
        split = data["split"] and [[stored_expression(c, field, method) for c in part] for part in data["split"]]
        given, order = data["given"], check_order(data["tree_order"], MAX_ORDER)
        if given["order"] not in (None, order) or (given["order"] is None and order != DEFAULT_ORDER):
            raise FieldError(f"the data of a bound say tree order {order} and were asked for {given['order']}")
        found: Bound = bound(
            field, method, data["h"], data["domain"], given["order"], given["loss"], given["M_theta"], data["S"],
            data["direction"], split, data.get("learner") and VectorField.from_dict(data["learner"]),
        )  # fmt: skip
        return found


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _not_for(F: ModifiedField) -> str:
    """Why the theorem does not apply to the way in which a field is split; "" where it does."""
    if F.split is None:
        return ""
    for v, shares in zip(F.variables, zip(*F.split, strict=True), strict=True):
        if sum(share != 0 for share in shares) > 1:
            return f"the equation of {v} is divided among several parts of the field: the data do not say what each part learns"
    return ""


@checked
def bound(
    field: FieldLike,
    method: MethodLike,
    h: Any,
    domain: Any = None,
    order: int | None = None,
    loss: Any = None,
    M_theta: Any = None,
    S: int = 1,
    direction: str = "inverse",
    parts: Sequence[Any] | None = None,
    learner: FieldLike | None = None,
) -> Bound:
    """How far a field that is learned through the method can be from the true one over a box: a bound with a proof.

    For every f_θ that is analytic and no larger than M_θ near the domain, and whose steps miss the exact flow by at most L per
    unit of time: |f_θ - f| <= total. The theorem and its proof are in docs/bounds.md.
    h       : the solver's step;  S : how many make up the time T = S h between data
    domain  : (low, high) for each variable in order, a mapping from them, or "x: 0,1; y: -2,2"; by default the catalogue's
    order   : K, the tree order of f_h^K, whose distance from f is enclosed; by default the best one up to 6
    loss    : L >= 0, the largest |Φ_h[f_θ](x) - φ_h[f](x)|/h near the domain, complex points included; None means 0. A mean
              square loss bounds nothing and is refused
    M_theta : a bound of |f_θ| near the domain; by default a tenth more than that of the field to be learned. It is assumed
    learner : f_θ itself as a field, as `learn.network_field` makes it of a network; then M_θ and L are proved by ball arithmetic,
              and so is |f_θ - f| itself, which is what the total says where it is the smaller one
    direction : "forward": how far the flow of the truncated modified equation is from a step of the method, per unit of time
    parts   : as for `inverse_modified_equation`
    Where h > h0, or no constants are found, remainder and total are inf, and `why` says why. Returns a Bound.
    Raises MethodError for families that the theorem is not for (multistep, Rosenbrock, Nyström, ...) and for methods that are
    not consistent, FieldError for a field without numbers or domain and for a loss that is no number >= 0. Cost: a second or
    so in three dimensions, up to a minute in ten.

    >>> from imde_sym import bound
    >>> found = bound("pendulum", "explicit_euler", 0.02, order=6)
    >>> found.terms[0] <= found.terms[1] <= found.total < 1.1 * found.terms[0]
    True
    >>> [part.status for part in found.parts]
    ['proved', 'proved', 'assumed', 'assumed', 'estimated']
    """
    check_direction(direction)
    if free := [*field.free_parameters, *method.parameters]:
        raise FieldError(f"a bound needs numbers: parameter {free[0]} has no value")
    step = real(h, "h", FieldError)
    if not step > 0:
        raise FieldError(f"h must be a positive number, got {shown(h)}")
    S = check_order(S, MAX_SUBSTEPS, "S")
    if order is not None:
        order = check_order(order, MAX_ORDER)
    if direction == "forward" and (loss is not None or M_theta is not None or learner is not None):
        raise FieldError("loss, M_theta and learner are of a learner; in the forward direction nothing is learned")
    if learner is not None:
        _check_learner(learner, field, M_theta)
    stage_sizes(method)
    check_consistent(method)
    check_powers([(step, 1)], DEFAULT_ORDER if order is None else order)
    given = {"order": order, "loss": _loss(loss), "M_theta": None if M_theta is None else _size(M_theta, "M_theta")}
    box = box_of(field, domain)
    equation = build_equation(field, method, DEFAULT_ORDER if order is None else order, direction, parts)
    return Bound(equation, box, step, S, given, learner)


def _check_learner(learner: VectorField, field: VectorField, M_theta: Any) -> None:
    if M_theta is not None:
        raise FieldError("give the learner or M_theta: of a learner M_theta is worked out")
    if learner.variables != field.variables:
        names, own = (", ".join(map(str, f.variables)) for f in (field, learner))
        raise FieldError(f"the learner is a field in the variables of the field, {names}; got one in {own}")
    if learner.free_parameters:
        raise FieldError(f"a bound needs numbers: parameter {learner.free_parameters[0]} of the learner has no value")


def _loss(given: Any) -> float | None:
    if given is None:
        return None
    try:
        return _size(given, "the loss")
    except FieldError:
        raise FieldError(f"{MEAN_SQUARE}; got {shown(given)}") from None


def _size(given: Any, what: str) -> float:
    value = real(given, what, FieldError)
    if not value >= 0:
        raise FieldError(f"{what} is a number from 0 on, got {shown(given)}")
    return value
