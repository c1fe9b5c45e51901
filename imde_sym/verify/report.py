"""check: a modified field held against trajectories, truncation by truncation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import mpmath
import numpy as np

from ..base.arguments import checked
from ..base.checks import check_count
from ..base.columns import columns
from ..base.errors import FieldError, ImdeError, shown
from ..base.executors import ExecutorLike, spread
from ..base.pictures import Pictured
from ..base.progress import track
from ..base.sharing import precision, working_digits
from ..base.tables import Cell, Table, Tabled, number_cell
from ..base.values import Plain, reads
from ..codegen import field_program
from ..equations import ModifiedField, build_equation
from ..fields import GradedField, as_graded
from ..fields.domain import point_of
from ..method import Method
from ..rings import scalar
from .code import code_differences
from .flow import ReferenceFlow
from .leading import LeadingTerms
from .numbers import evaluate, number, vector
from .regression import fitted_slope, told
from .steps import MethodField, after, stepper

TOLERANCE = 0.1
"""How far an observed order may lie from the expected one."""
LARGEST = 1e100
"""Of a number in x0: sin of a larger one takes as many digits as it has."""
SHOWN = 8
"""Of many initial values: how many the code is compared at, and how many a message names."""
LOOKAHEAD = 3
MAX_DIGITS = 10_000
NOISE = 100
"""Slopes are read off errors that are larger than what rounding makes by this factor."""
DOUBLES = 4
"""So many roundings of doubles are counted, of each of their terms."""
FORMAT = "imde_sym/check"
Measure = Callable[[ReferenceFlow, list[Any], Any, int], Any]
"""(flow, x, h, number of steps) -> the error of a method."""


@checked
@dataclass(frozen=True, repr=False)
class Report(Pictured, Plain, Tabled):
    """Errors of every truncation at every step size, with observed and expected orders.

    errors[n - 1][i] : max-norm error at the end point of truncation n with steps[i]; the orders are
    slopes between the two smallest steps whose errors are more than rounding (None where there are no two).
    compared, differences : how many values of the generated numpy function were compared with the exact formulas, and
    where it differs from them, in float64, by more than rounding explains

    >>> from imde_sym import check, inverse_modified_equation, systems
    >>> report = check(inverse_modified_equation(systems["pendulum"], "explicit_euler", 2))
    >>> report.passed, report.agrees, [round(order, 1) for order in report.observed]
    (True, True, [1.0, 2.0])
    >>> len(report.table().splitlines()) > len(report.steps)
    True
    >>> Report.from_dict(report.to_dict()) == report
    True
    >>> [round(slope) for slope, _ in report.regression]
    [1, 2]
    """

    title: str
    steps: tuple[float, ...]
    times: tuple[float, ...]
    errors: tuple[tuple[float, ...], ...]
    observed: tuple[float | None, ...]
    expected: tuple[int | None, ...]
    compared: int = 0
    differences: tuple[str, ...] = ()

    form = FORMAT
    view = "plot_check"

    @property
    def passed(self) -> bool:
        """Whether every observed order agrees with its expectation within 0.1, and the code with the formulas."""
        return self.agrees and not self.differences

    @property
    def agrees(self) -> bool:
        """Whether every observed order agrees with its expectation within 0.1."""
        pairs = enumerate(zip(self.observed, self.expected, strict=True), 1)
        return all(o is None or (o > n - TOLERANCE if e is None else abs(o - e) <= TOLERANCE) for n, (o, e) in pairs)

    @property
    def regression(self) -> tuple[tuple[float, float] | None, ...]:
        """For each truncation the slope over all steps, with half the width of its 95 % interval; None for exact ones."""
        pairs = zip(self.errors, self.observed, strict=True)
        return tuple(None if o is None or not all(e) else fitted_slope(self.steps, e) for e, o in pairs)

    def table(self) -> Table:
        """A column for each truncation, a line for each step size, then the orders: between the two smallest steps, by
        regression over all of them with half the width of its 95 % interval, and as expected."""
        head = ["h", *(f"order {n}" for n in range(1, len(self.errors) + 1))]
        lines: list[list[Cell]] = []
        for i, h in enumerate(self.steps):
            lines.append([Cell(h, f"{h:.6g}"), *(number_cell(e[i]) for e in self.errors)])
        lines.append([_word("observed"), *(Cell(o, "exact" if o is None else f"{o:.2f}") for o in self.observed)])
        lines.append([_word("over all h"), *(Cell(f and f[0], told(f, digits=1)) for f in self.regression)])
        expected = enumerate(self.expected, 1)
        lines.append([_word("expected"), *(_word(f">= {n}") if e is None else Cell(e, str(e)) for n, e in expected)])
        text = columns([head, *([c.text for c in line] for line in lines)])
        rule = "-" * len(text[0])
        verdict = "all observed orders agree with the theory" if self.agrees else "DISAGREEMENT with the theory"
        notes = [verdict, *self._code()]
        printed = "\n".join([self.title, rule, *text[:-3], rule, *text[-3:], *notes])
        rows = [dict(zip(head, line, strict=True)) for line in lines]
        return Table.of(rows, head, notes=notes, caption=self.title, text=printed)

    def _code(self) -> list[str]:
        if not self.compared:
            return ["no numpy code was compared: float64 has no form for this field"]
        if not self.differences:
            return [f"the numpy code agrees with the exact formulas to rounding ({self.compared} values)"]
        said = "THE NUMPY CODE DIFFERS from the exact formulas by more than rounding explains:"
        return [said, *(f"  {d}" for d in self.differences)]

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        return f"<check of {self.title}: {'passed' if self.passed else 'FAILED'}>"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return self.head | {
            "title": self.title,
            "steps": list(self.steps),
            "times": list(self.times),
            "errors": [list(e) for e in self.errors],
            "observed": list(self.observed),
            "expected": list(self.expected),
            "passed": self.passed,
            "compared": self.compared,
            "differences": list(self.differences),
        }

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Inverse of `to_dict`: the numbers as they were found."""
        steps, times = (tuple(map(float, data[key])) for key in ("steps", "times"))
        errors = tuple(tuple(map(float, row)) for row in data["errors"])
        observed = tuple(None if o is None else float(o) for o in data["observed"])
        expected = tuple(None if e is None else int(e) for e in data["expected"])
        shapes = {len(errors), len(observed), len(expected)}
        if len(shapes) > 1 or any(len(row) != len(steps) for row in (*errors, times)):
            raise FieldError("the data of a check need as many errors as steps and as many orders as truncations")
        compared, differences = int(data.get("compared", 0)), tuple(map(str, data.get("differences", ())))
        return cls(str(data["title"]), steps, times, errors, observed, expected, compared, differences)


def _word(text: str) -> Cell:
    return Cell(text, text)


@checked
def check(
    F: ModifiedField,
    x0: Sequence[Any] | Mapping[Any, Any] | None = None,
    steps: Sequence[Any] | None = None,
    digits: int | None = None,
    *,
    executor: ExecutorLike = None,
) -> Report:
    """Hold a modified field against trajectories, for each truncation 1..F.order.

    Inverse direction: the method applied to the truncated F against the exact flow of f. Forward
    direction: the method applied to f against the exact flow of the truncated F. Both run over the time
    of the largest step, in mpmath arithmetic; the reference is a Taylor series at that precision. For a
    multistep method the error is the defect of the flow in the method's formula, divided by h; for the inverse
    of a Nyström method it is the error of the velocities after one step, divided by h, or of the positions, divided by h².

    x0    : initial value, a sequence or a mapping from variables or names, by default the catalogue's; or several of them, an
            array (n, d) or a list: errors are then the largest of all points, for the same steps. Where orders disagree at a
            single one, as they do where the leading error vanishes, two points beside it are taken too
    steps : step sizes, largest first; by default four, each half of the one before, small against the
            field's own time scale, so that the observed orders are asymptotic
    digits: working precision, by default 25 + 3 * F.order decimal digits
    executor : a `concurrent.futures.Executor` for large fields, whose workers derive the equation themselves and take a
              truncation each; formulas that are not those of the method are held against trajectories here
    Raises FieldError if a parameter has no value or x0 does not fit, ConvergenceError if an implicit
    method's stages or the reference are not found.

    The generated numpy function is evaluated at the first points and every step as well: exact formulas may still be
    useless in float64. Where it differs by more than rounding explains the report says so, and does not pass.

    >>> from imde_sym import inverse_modified_equation, systems
    >>> check(inverse_modified_equation(systems["pendulum"], "explicit_midpoint", 2)).passed
    True
    """
    if not isinstance(F, ModifiedField):
        what = "a ModifiedField, such as inverse_modified_equation(field, method, order)"
        raise FieldError(f"check takes {what}; got {type(F).__name__}")
    free = [*F.field.free_parameters, *F.method.parameters]
    if free:
        raise FieldError(f"a check needs numbers: parameter {free[0]} has no value")
    given: Any = x0 if several(x0) else [x0]
    points = [point_of(F.field, x) for x in given]
    if steps is not None and (isinstance(steps, str) or not isinstance(steps, Iterable)):
        raise FieldError(f"steps must be at least two positive numbers, got {shown(steps)}")
    if digits is not None:
        digits = check_count(digits, "digits", 1, MAX_DIGITS, FieldError)
    with precision(digits or 25 + 3 * F.order):
        starts = [numbers_of(point, "x0") for point in points]
        if wrong := next((v for start in starts for v in start if not abs(v) < LARGEST), None):
            raise FieldError(f"x0 holds {mpmath.nstr(wrong, 5)}; numbers up to {LARGEST:.0e} are accepted")
        if steps is not None:
            sizes = numbers_of(steps, "steps")
        else:
            sizes = min((default_steps(F.truncate(1), start) for start in starts), key=lambda found: found[0])
        if len({*sizes}) < 2 or any(h <= 0 for h in sizes):
            raise FieldError(f"steps must be at least two different positive numbers, got {shown(steps)}")
        sizes.sort(reverse=True)
        try:
            found = _report(F, starts, sizes, executor)
            return found if found.agrees or len(starts) > 1 else _with_others(F, starts[0], sizes, executor, found)
        except (ZeroDivisionError, OverflowError, ValueError) as error:
            if isinstance(error, ImdeError):
                raise
            raise _singular(*starts) from None


def _with_others(F: ModifiedField, start: list[Any], sizes: list[Any], executor: ExecutorLike, found: Report) -> Report:
    """The report with two points beside the one where orders disagree: there the leading error may vanish by chance."""
    beside = [[v + sign * (1 + abs(v)) * mpmath.mpf(2 + m % 3) / 32 for m, v in enumerate(start)] for sign in (1, -1)]
    try:
        other = _report(F, [start, *beside], sizes, executor)
    except (ImdeError, ZeroDivisionError, OverflowError, ValueError):  # the field is not defined there
        return found
    return other if other.agrees else found


def several(x0: Any) -> bool:
    """Whether these are several initial values: an array (n, d), or a list of lists or mappings.

    >>> several([[0, 1], [0.5, 1]]), several([0, 1]), several({"p": 0, "q": 1})
    (True, False, False)
    """
    if isinstance(x0, np.ndarray):
        return x0.ndim == 2 and len(x0) > 0
    return isinstance(x0, list | tuple) and len(x0) > 0 and all(isinstance(x, list | tuple | np.ndarray | Mapping) for x in x0)


def numbers_of(values: Any, what: str) -> list[Any]:
    """A user's list of numbers in mpmath arithmetic."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise FieldError(f"{what} must be a list of numbers, got {shown(values)}")
    found = [scalar(v) for v in values]
    if symbol := next((v for v in found if getattr(v, "free_symbols", None)), None):
        raise FieldError(f"{what} must be a list of numbers; {shown(symbol)} has no value")
    return vector(found)


def _singular(*starts: Sequence[Any]) -> FieldError:
    at = " or ".join(f"({', '.join(mpmath.nstr(v, 5) for v in start)})" for start in starts[:SHOWN])
    return FieldError(f"the field, or its modified equation, is not finite at x0 = {at} or near it: give another x0")


def default_steps(plain: GradedField, x: list[Any]) -> list[Any]:
    """h, h/2, h/4, h/8 with h times the norm of the Jacobian and of the field near 1/32."""
    d = len(x)
    try:
        entries = evaluate(field_program(plain, field=False, jacobian=True), x)
        values = evaluate(field_program(plain), x)
    except (ZeroDivisionError, OverflowError, ValueError):
        raise _singular(x) from None
    if not all(mpmath.isfinite(v) for v in [*entries, *values]):
        raise _singular(x)
    rate = max(sum(abs(v) for v in entries[i * d : i * d + d]) for i in range(d))
    speed = max(abs(v) for v in values) / max(1, *(abs(v) for v in x))
    exponent = math.ceil(math.log2(max(float(rate), float(speed), 1.0)))
    return [mpmath.ldexp(1, -5 - exponent - i) for i in range(4)]


def _report(F: ModifiedField, starts: list[list[Any]], sizes: list[Any], executor: Executor | None) -> Report:
    derive = partial(build_equation, F.field, F.method, F.order + LOOKAHEAD, F.direction, F.split, clean=False)
    ahead = derive()
    terms = LeadingTerms(ahead)
    if terms.agree_with(F):  # then trajectories are held against the numbers of the method as they are, rounded
        F = ahead.truncate(F.order)
    _, single = deviation(F)
    counts = [1 if single else max(1, int(mpmath.nint(sizes[0] / h))) for h in sizes]
    times = [n * h for n, h in zip(counts, sizes, strict=True)]
    # inverse: the method applied to f_h, the flow of f; forward: the method applied to f, the flow of the modified field
    plain = as_graded(F.field, F.split)
    fixed = ReferenceFlow(plain)
    places = starts[:SHOWN]
    if single:  # a single step sees where it starts, and catalogues like points of symmetry
        starts = [fixed(start, 8 * sizes[0]) for start in starts]
        places += starts[:SHOWN]
    runs = list(zip(counts, sizes, strict=True))
    orders = range(F.order, 0, -1)  # the longest first
    if executor is None or not terms.begin(F):
        errors = [_errors(F, starts, runs, n) for n in track(orders, "trajectories")]
    else:
        errors = spread(partial(_derived_errors, derive, starts, runs, working_digits()), orders, executor, "trajectories")
    errors.reverse()
    observed = [_slope(row, sizes, [_noise(terms, n, h) for h in sizes]) for n, row in enumerate(errors, 1)]
    return Report(
        f"{F!r}"[1:-1] + (f", the largest errors of {len(starts)} points" if len(starts) > 1 else ""),
        tuple(map(float, sizes)),
        tuple(map(float, times)),
        tuple(tuple(map(float, row)) for row in errors),
        tuple(observed),
        tuple(terms.first(n) for n in range(1, F.order + 1)),
        *code_differences(F, places, sizes),
    )


def _errors(F: ModifiedField, starts: list[list[Any]], runs: Sequence[tuple[int, Any]], order: int) -> list[Any]:
    """The largest error of one truncation, for each number of steps and step."""
    truncated, plain = F.truncate(order), as_graded(F.field, F.split)
    measured_by, _ = deviation(F)
    inverse = F.direction == "inverse"
    measure = measured_by(truncated if inverse else plain)
    fixed = ReferenceFlow(plain)
    flows = [fixed if inverse else ReferenceFlow(truncated, h) for _, h in runs]
    return [max(measure(flow, start, h, count) for start in starts) for flow, (count, h) in zip(flows, runs, strict=True)]


def _derived_errors(
    derive: Callable[[], ModifiedField], starts: list[list[Any]], runs: Sequence[tuple[int, Any]], digits: int, order: int
) -> list[Any]:
    """The same in a worker, which derives the equation: formulas would take longer to send and to read."""
    with precision(digits):
        ahead = derive()
        return _errors(ahead.truncate(ahead.order - LOOKAHEAD), starts, runs, order)


def deviation(F: ModifiedField) -> tuple[Callable[[GradedField], Measure], bool]:
    """How the error of the method applied to a field is measured, and whether a single step is enough."""
    method, measured = F.method, F.method.measured[F.direction]
    if measured == "formula":
        return partial(_deviation_of_formula, method), True
    if measured in ("velocities", "positions"):
        part = ("positions", "velocities").index(measured)
        moved = [m for m, e in enumerate(F.shares[part]) if e != 0]
        return partial(_deviation_of_part, method, moved, 2 - part), True
    return partial(_deviation_of_steps, method), False


def _deviation_of_steps(method: Method, field: GradedField) -> Measure:
    """The distance of `count` steps of the method applied to the field from a flow."""
    step = stepper(method, MethodField(field))

    def measure(flow: ReferenceFlow, x: list[Any], h: Any, count: int) -> Any:
        end = flow(x, count * h)
        x = after(step, x, h, h, count)
        return max(abs(a - b) for a, b in zip(x, end, strict=True))

    return measure


def _deviation_of_part(method: Method, moved: Sequence[int], power: int, field: GradedField) -> Measure:
    """One step of a Nyström method applied to the field against a flow, in the velocities over h or the positions over h²."""
    step = stepper(method, MethodField(field))

    def measure(flow: ReferenceFlow, x: list[Any], h: Any, _: int) -> Any:
        new, end = step(x, h, h), flow(x, h)
        return max(abs(new[m] - end[m]) for m in moved) / h**power

    return measure


def _deviation_of_formula(method: Any, field: GradedField) -> Measure:
    """By how much a flow misses the multistep formula with the field on its right-hand side, over h."""
    program = field_program(field)
    alpha, beta = ([number(x) for x in values] for values in (method.alpha, method.beta))

    def measure(flow: ReferenceFlow, x: list[Any], h: Any, _: int) -> Any:
        total = [mpmath.mpf(0)] * len(x)
        for a, b in zip(alpha, beta, strict=True):
            slope = evaluate(program, x, h)
            total = [t + a * v / h - b * g for t, v, g in zip(total, x, slope, strict=True)]
            x = flow(x, h)
        return max(map(abs, total))

    return measure


def _noise(terms: LeadingTerms, n: int, h: Any) -> Any:
    """The error below which truncation n has no slope: that of the arithmetic, and of a method's rounded numbers."""
    return mpmath.mpf(10) ** (8 - working_digits()) + NOISE * terms.rounding(n, h) + DOUBLES * terms.arithmetic(n, h)


def _slope(errors: list[Any], sizes: list[Any], noise: list[Any]) -> float | None:
    seen = [(h, e) for h, e, least in zip(sizes, errors, noise, strict=True) if e > least][-2:]
    if len(seen) < 2:
        return None
    (h, e), (smaller, less) = seen
    return float(mpmath.log(e / less) / mpmath.log(h / smaller))
