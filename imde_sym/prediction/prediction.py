"""predict: what a perfect training run through a solver returns, before any training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import sympy

from ..base.arguments import checked
from ..base.checks import check_order, check_word
from ..base.columns import columns
from ..base.errors import FieldError, MethodError, shown
from ..base.executors import ExecutorLike, spread
from ..base.pictures import Pictured
from ..base.spread import MAX_POINTS, spread_points
from ..base.tables import Cell, Table, Tabled
from ..base.values import Stored, reads
from ..equations import ModifiedField, build_equation
from ..equations.derived import stored_expression
from ..expressions import latex
from ..expressions.layout import Numerals
from ..fields import FieldLike, VectorField
from ..fields.domain import Box, box_of
from ..fields.formulas import expression_latex, expression_text
from ..method import MethodLike, method_from_data
from ..rings import real
from .enclosing import correction, enclosed, rounded_down, rounded_up
from .linear import linear_radius
from .stage_sizes import check_consistent
from .terms import SampledTerms

SAMPLES = 4096
FIRST, MAX_AUTOMATIC = 4, 16
"""The tree orders that are tried without being asked for: 4, 6, ..., 16."""
UNRELIABLE = 0.1
"""Beyond this relative truncation estimate the numbers are called unreliable."""
MAX_SUBSTEPS = 1 << 20
WIDTH = 160
"""Longer formulas are cut in the table."""
NORMS = ("sup", "mean")


@dataclass(frozen=True)
class Row:
    """One setting. Norms are over the samples of the domain, of the max-norm of f_h - f at each.

    mean, sup  : the error of the learned field; `relative`: mean over the mean of |f|
    truncation : the estimated error of `sup`, from the first terms left out; `order`: the tree order used
    reach      : h·max|λ| over the radius of linear theory (None if that is not known)
    best       : N(h), the order of the sum that ends with the smallest term: no longer sum is nearer to f_h
    sampling   : an estimate of how far `sup`, the largest of samples, lies below that of all points; None if there is none
    warnings   : what makes the numbers doubtful, in words
    enclosure  : for a rigorous prediction a pair: sup |f_h - f| over all points of the domain is proved to lie between, f_h
                 being the sum of `order` terms with the float h. (low, inf) where a singularity may be in the domain
    """

    T: float
    S: int
    h: float
    mean: float
    sup: float
    relative: float
    truncation: float
    order: int
    reach: float | None
    best: int
    sampling: float | None
    warnings: tuple[str, ...]
    enclosure: tuple[float, float] | None = None


class Prediction(Pictured, Stored, Tabled):
    """The error of a perfectly trained model, for several steps; `rows`, `table()`, `to_dict()`, `substeps(target)`.

    equation : the inverse modified equation to the order that was needed
    order    : p, the order of accuracy with which the model learns this field; None if f_h = f as far as computed
    leading  : the leading error term h**p f_p as a column; `rate`: max|λ| of Df over the domain; `radius`: of |hλ|
    convergence : the radius of convergence in h that the terms on the domain suggest, an estimate; None for few terms
    domain   : the box; `samples`: how many points of the R-sequence in it (M. Roberts 2018; no randomness)
    rigorous : whether the rows hold enclosures; without, all norms are those of samples
    Made by `predict`, which says what is raised.

    >>> from imde_sym import methods, systems
    >>> result = predict(systems["harmonic_oscillator"], methods["explicit_euler"], [0.1])
    >>> result.order, result.leading
    (1, Matrix([
    [-h*p/2],
    [-h*q/2]]))
    >>> [round(row.sup, 4) for row in result.rows], result.substeps(0.01), result.largest_step
    ([0.0515], 6, inf)
    >>> len(result.table().splitlines()) > 3
    True
    >>> Prediction.from_dict(result.to_dict()) == result
    True
    """

    form = "imde_sym/prediction"
    view = "plot_prediction"

    def __init__(
        self,
        equation: ModifiedField,
        domain: Box,
        terms: SampledTerms,
        settings: Sequence[tuple[float, int]],
        target: tuple[float, str] | None,
        rigorous: bool = False,
        executor: Executor | None = None,
    ):
        self.equation, self.domain, self.samples = equation, domain, len(terms.points)
        self._errors, self.rate = terms, terms.rate()
        try:
            self.radius: float | None = linear_radius(equation.method)
        except MethodError:
            self.radius = None
        self.rigorous, self.target, self.convergence = rigorous, target, terms.convergence
        rows = [self._row(T, S) for T, S in settings]
        found: Sequence[Any] = [None] * len(rows)
        if rigorous:
            asked = [(correction(equation.truncate(row.order)), row.h) for row in rows]
            found = spread(partial(enclosed, domain), asked, executor, "enclosures")
        self._rows = tuple(map(self._told, rows, found))
        self._freeze()

    # -- facts ----------------------------------------------------------------------------------
    @property
    def rows(self) -> tuple[Row, ...]:
        """A row for each setting."""
        return self._rows

    @cached_property
    def order(self) -> int | None:
        """The order of accuracy with which the field is learned; None if it is exact as far as computed."""
        return next((k for k, grade in enumerate(self.equation.grades) if k and not grade.is_zero), None)

    @property
    def leading(self) -> sympy.Matrix:
        """The leading error term as a column; zeros where there is none."""
        h, d = self.equation.step, len(self.equation.variables)
        return sympy.zeros(d, 1) if self.order is None else h**self.order * self.equation.term(self.order)

    @property
    def largest_step(self) -> float | None:
        """The h at which the fastest mode in the domain reaches the radius of linear theory; None if not known."""
        if self.radius is None:
            return None
        return self.radius / self.rate if self.rate else math.inf

    def substeps(self, target: float, T: float | None = None, norm: str = "sup") -> int:
        """The least number S of equal substeps with which the error over the domain is at most `target`.

        T : by default the first of the prediction;  norm : "sup" or "mean". A setting whose numbers are unreliable does not
        count. Raises FieldError if a million substeps do not suffice, or for a target that is not positive.
        """
        norm = _norm(norm)
        if not target > 0:
            raise FieldError(f"the target must be a positive number, got {shown(target)}")
        time = self._rows[0].T if T is None else _positive(T, "T")

        def good(S: int) -> bool:
            row = self._row(time, S)
            return not row.warnings and getattr(row, norm) <= target

        upper = 1
        while not good(upper):
            upper *= 2
            if upper > MAX_SUBSTEPS:
                raise FieldError(f"{MAX_SUBSTEPS} substeps do not bring the {norm} error to {target:g}")
        lower = upper // 2  # not good, or 0
        while upper - lower > 1:
            middle = (lower + upper) // 2
            lower, upper = (lower, middle) if good(middle) else (middle, upper)
        return upper

    def _row(self, T: float, S: int) -> Row:
        h = T / S
        mean, sup, truncation, order = self._errors.at(h)
        reach = None if self.radius is None else h * self.rate / self.radius
        warnings = []
        if reach is not None and reach >= 1:
            warnings.append(
                f"h·max|λ| = {h * self.rate:.3g} is beyond the radius {self.radius:.4g} of linear theory: there the expansion "
                "means nothing"
            )
        if truncation > UNRELIABLE * sup:
            warnings.append("the terms of the expansion do not decrease: the numbers are unreliable")
        if self.convergence is not None and h >= self.convergence:
            warnings.append(
                f"h = {h:.3g} is beyond the radius of convergence {self.convergence:.3g} that the terms on the domain suggest: "
                f"no sum is nearer to f_h than that of order {self._errors.smallest(h)}"
            )
        best, relative = self._errors.smallest(h), mean / self._errors.size
        return Row(T, S, h, mean, sup, relative, truncation, order, reach, best, None, tuple(warnings))

    def _told(self, row: Row, found: tuple[float, float] | None) -> Row:
        """The row with how much a sample misses, and its enclosure."""
        return replace(row, sampling=self._errors.missed(row.h, row.order), enclosure=found)

    # -- output ---------------------------------------------------------------------------------
    def table(self) -> Table:
        """One line for each setting, with the facts that hold for all above it."""
        head = ["T", "S", "h", "mean error", "sup error", "relative", "+-", "order", "N(h)", "reach"]
        lines = []
        for r in self._rows:
            numbers = (
                ("T", r.T, f"{r.T:g}"),
                ("S", r.S, str(r.S)),
                ("h", r.h, f"{r.h:.6g}"),
                ("mean error", r.mean, f"{r.mean:.4g}"),
            )
            more = (("sup error", r.sup, f"{r.sup:.4g}"), ("relative", r.relative, f"{r.relative:.2e}"))
            last = (("+-", r.truncation, f"{r.truncation:.0e}"), ("order", r.order, str(r.order)), ("N(h)", r.best, str(r.best)))
            reach = ("reach", r.reach, "-" if r.reach is None else f"{r.reach:.3f}")
            lines.append({key: Cell(value, text) for key, value, text in (*numbers, *more, *last, reach)})
        cells = [head, *([c.text for c in line.values()] for line in lines)]
        text = columns(cells)
        notes = [self._of_all_points(r) for r in self._rows]
        notes += [f"T = {r.T:g}, S = {r.S}: {w}" for r in self._rows for w in r.warnings]
        if self.target:
            for T in dict.fromkeys(r.T for r in self._rows):
                error, norm = self.target
                notes.append(f"T = {T:g}: S = {self.substeps(error, T, norm)} for a {norm} error of {error:g}")
        title, *facts = self._summary()
        shown: list[Any] = [f for f in facts if not f.startswith("  ")]
        if self.order is not None:
            own = self.equation.symbols
            pairs = zip(self.equation.variables, self.equation.term(self.order), strict=True)
            shown += [
                Cell(
                    e,
                    f"{v}: {expression_text(e, self._numerals)}",
                    f"{latex(v, own)}: {expression_latex(e, own, self._numerals)}",
                )
                for v, e in pairs
                if len(str(e)) <= WIDTH
            ]
        printed = "\n".join([title, *facts, "-" * len(text[0]), *text, *notes])
        return Table.of(lines, head, notes=[*shown, *notes], caption=title, text=printed)

    def _of_all_points(self, row: Row) -> str:
        """What the sup over the domain is, beside that of the samples."""
        start = f"T = {row.T:g}, S = {row.S}: sup |f_h - f| over the domain, f_h to order {row.order},"
        if row.enclosure is not None:
            low, high = row.enclosure
            return f"{start} is proved to lie in [{rounded_down(low)}, {rounded_up(high)}]"
        more = "at least" if row.sampling is None else f"about {row.sampling:.1g} more than"
        return f"{start} may be {more} the {row.sup:.4g} of {self.samples} samples; rigorous=True encloses it"

    def _summary(self) -> list[str]:
        box = " x ".join(f"[{a:g}, {b:g}]" for a, b in self.domain)
        radius = "not known" if self.radius is None else f"{self.radius:.6g}"
        p = self.order
        exactly = f"exactly, as far as order {self.equation.order}"
        learned = exactly if p is None else f"with order p = {p}; leading error h^{p} times"
        lines = [
            f"{self.equation!r}"[1:-1].rsplit(", order", 1)[0],
            f"domain {box} in ({', '.join(map(str, self.equation.variables))}), {self.samples} points; max|λ| = {self.rate:.4g}, "
            f"radius of |hλ| {radius}",
            *(
                []
                if self.convergence is None
                else [f"the terms suggest convergence for h < {self.convergence:.3g} (an estimate)"]
            ),
            f"the field is learned {learned}",
        ]
        if p is not None:
            pairs = zip(self.equation.variables, self.equation.term(p), strict=True)
            lines += [f"  {v}: {_short(expression_text(e, self._numerals))}" for v, e in pairs]
        return lines

    @property
    def _numerals(self) -> Numerals:
        return self.equation.field.numerals(rounded=self.equation.method.is_unwieldy, typed=self.equation.method.decimals)

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        name, method = self.equation.field.name or "the field", self.equation.method.title
        errors = ", ".join(f"{r.mean:.4g}" for r in self._rows)
        return f"<what {method} learns of {name}: mean error {errors} at h = {', '.join(f'{r.h:g}' for r in self._rows)}>"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON; an infinite radius is null with radius_is_infinite."""
        finite = self.radius if self.radius is not None and math.isfinite(self.radius) else None
        F = self.equation
        data = self.head | {
            "field": F.field.to_dict(),
            "learned_through": F.method.to_dict(),
            "split": None if F.split is None else [[F.write(c) for c in part] for part in F.split],
            "tree_order": F.order,
            "variables": [str(v) for v in self.equation.variables],
            "method": self.equation.method.name,
            "order": self.order,
            "leading": [] if self.order is None else [str(e) for e in self.equation.term(self.order)],
            "domain": [list(side) for side in self.domain],
            "samples": self.samples,
            "rate": self.rate,
            "radius": finite,
            "radius_is_infinite": self.radius == math.inf,
            "convergence": self.convergence,
            "rigorous": self.rigorous,
            "rows": [_plain(r) for r in self._rows],
        }
        if self.target:
            norm = self.target[1]
            needed = {f"{T:g}": self.substeps(self.target[0], T, norm) for T in dict.fromkeys(r.T for r in self._rows)}
            data["target"] = {"error": self.target[0], "norm": norm, "S": needed}
        return data

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> Prediction:
        """Inverse of `to_dict`: the prediction is made again, at the same order."""
        field, method = VectorField.from_dict(data["field"]), method_from_data(data["learned_through"])
        split = data["split"] and [[stored_expression(c, field, method) for c in part] for part in data["split"]]
        equation = build_equation(field, method, data["tree_order"], "inverse", split)
        settings = [(_positive(r["T"], "T"), check_order(r["S"], MAX_SUBSTEPS, "S")) for r in data["rows"]]
        if not settings:
            raise FieldError("a prediction needs at least one row")
        box = box_of(field, data["domain"])
        points = spread_points(box, check_order(data["samples"], MAX_POINTS, "the number of samples"))
        target = data.get("target")
        wanted = None if target is None else (_positive(target["error"], "the target"), _norm(target["norm"]))
        return cls(equation, box, SampledTerms(equation, points), settings, wanted, bool(data.get("rigorous", False)))


@checked
def predict(
    field: FieldLike,
    method: MethodLike,
    T: Any,
    S: Any = 1,
    domain: Any = None,
    *,
    target: float | None = None,
    norm: str = "sup",
    samples: int = SAMPLES,
    order: int | None = None,
    parts: Sequence[Any] | None = None,
    rigorous: bool = False,
    executor: ExecutorLike = None,
) -> Prediction:
    """What a model trained to perfection through the method learns: the distance of f_h from f over a domain.

    T, S    : the time between data, and the number of equal steps of the method in it, so h = T/S; each may be a list
    domain  : (low, high) for each variable in order, a mapping from them, or "x: 0,1; y: -2,2"; by default the catalogue's
    target  : the error wanted, in the `norm` "sup" (or "mean"); the table then says which S reaches it
    samples : points of the domain, of a fixed low-discrepancy sequence
    order   : tree order of the expansion; by default as many as matter at these h, at most 16
    parts   : as for `inverse_modified_equation`
    rigorous : whether each row gets an `enclosure` of sup |f_h - f| over all points of the domain, f_h cut off at the row's
              order, by ball arithmetic, rounded outward; to 1 % in up to three dimensions, within seconds. Without it all norms
              are those of the samples, and `sampling` says about how much the largest of them may miss
    executor : a `concurrent.futures.Executor`, whose workers take an enclosure each
    f_h comes from its expansion, cut off at its smallest term; `truncation` says what that may cost, and `reach` >= 1 that
    linear theory has no f_h for some point of the domain. Raises FieldError for fields without numbers or domain, MethodError
    for methods that are not consistent.

    >>> from imde_sym import methods, systems
    >>> result = predict(systems["pendulum"], methods["explicit_euler"], [0.02, 0.04])
    >>> [round(row.mean, 3) for row in result.rows]
    [0.156, 0.312]
    >>> low, high = predict("pendulum", "explicit_euler", 0.02, rigorous=True).rows[0].enclosure
    >>> 0.376 < low < high < 0.384
    True
    """
    if free := [*field.free_parameters, *method.parameters]:
        raise FieldError(f"a prediction needs numbers: parameter {free[0]} has no value")
    check_consistent(method)
    times = [_positive(t, "T") for t in _several(T)]
    counts = [check_order(s, MAX_SUBSTEPS, "S") for s in _several(S)]
    settings = [(t, s) for t in times for s in counts]
    box = box_of(field, domain)
    points = spread_points(box, check_order(samples, MAX_POINTS, "the number of samples"))
    norm = _norm(norm)
    wanted = None if target is None else (_positive(target, "the target"), norm)
    tried = FIRST if order is None else order
    check_powers(settings, MAX_AUTOMATIC if order is None else order)
    while True:
        equation = build_equation(field, method, tried, "inverse", parts)
        terms = SampledTerms(equation, points)
        if order is not None or tried >= MAX_AUTOMATIC or all(terms.settled(t / s) for t, s in settings):
            break
        tried += 2
    return Prediction(equation, box, terms, settings, wanted, rigorous, executor)


def _plain(row: Row) -> dict[str, Any]:
    """The row as data; JSON has no inf."""
    data = asdict(row)
    if row.enclosure is not None:
        data["enclosure"] = [row.enclosure[0], row.enclosure[1] if math.isfinite(row.enclosure[1]) else None]
    return data


def _short(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[:WIDTH]} ... ({len(text)} characters)"


def _several(values: Any) -> list[Any]:
    several = list(values) if isinstance(values, Sequence | np.ndarray) and not isinstance(values, str) else [values]
    if not several:
        raise FieldError("give at least one T and one S")
    return several


def check_powers(settings: Sequence[tuple[float, int]], order: Any) -> None:
    """Raise FieldError where a power of some h = T/S that an expansion needs is beyond the range of floats."""
    h = max(t / s for t, s in settings)
    if isinstance(order, int) and math.log10(h) * min(order, 1000) > 300:
        raise FieldError(f"h = T/S = {h:.6g}: h^{order} is beyond the range of floats; measure time in a larger unit")


def _norm(name: Any) -> str:
    return check_word(name, "norm", NORMS, FieldError)


def _positive(value: Any, what: str) -> float:
    number = real(value, what, FieldError)
    if not number > 0:
        raise FieldError(f"{what} must be a positive number, got {shown(value)}")
    return number
