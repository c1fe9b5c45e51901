"""Methods beside each other: what is known of each, and measured errors against evaluations on a system."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import mpmath

from ..base.arguments import checked
from ..base.errors import FieldError, ImdeError, MethodError
from ..base.executors import ExecutorLike, spread
from ..base.pictures import Pictured
from ..base.sharing import precision
from ..base.tables import Cell, Table, number_cell
from ..expressions import latex
from ..fields import FieldLike, VectorField, as_graded
from ..fields.domain import point_of
from ..method import Method, as_method
from ..method.display import short
from ..rings import to_sympy
from ..series import effective_order, energy_preserving_order, method_series, symplectic_order
from .flow import ReferenceFlow
from .integration import integrate
from .report import default_steps, numbers_of

CAPTION = "Methods beside each other"
DIGITS = 20
BEYOND = 2
"""Orders above its own in which a method is looked at."""
MAX_ORDER = 7
BUDGETS = (48, 96, 192, 384)
"""Evaluations over the whole time."""
SCALES = 256
"""The time is so many of the largest default steps of a check, a few time scales of the field."""


class ComparisonTable(Pictured, Table):
    """A table of methods; `rows` holds one mapping from columns to values for each. `plot` runs them on the field from x0."""

    methods: tuple[Method, ...] = ()
    field: VectorField | None = None
    x0: Any = None
    view = "plot_compared"

    def about(self, methods: Sequence[Method], field: VectorField | None = None, x0: Any = None) -> ComparisonTable:
        """The table, which keeps what it compares."""
        self.methods, self.field, self.x0 = tuple(methods), field, x0
        return self


@checked
def compare(methods: Any, field: FieldLike | None = None, *, x0: Any = None, executor: ExecutorLike = None) -> ComparisonTable:
    """Order, stages, error constant, stability, structure of methods, one row for each; with a field their measured errors too.

    methods : methods or what stands for them (names, tableaux, solvers)
    field   : a system with numbers; errors are then measured at the end of a fixed time from `x0` (by default the
              catalogue's), in equal steps such that the field is evaluated 48, 96, 192 and 384 times in all
              (`Method.evaluations` says how often in a step), in float64 by `integrate`: errors of some 1e-15 are rounding.
              Why a method could not run stands below the table
    executor : a `concurrent.futures.Executor`, whose workers take a method each; the table is the same
    Returns text with `rows` (a list of mappings) that shows as a table in notebooks. Raises MethodError, FieldError.

    >>> compare(["explicit_euler", "rk4"]).rows[1]["order"]
    4
    """
    given = [as_method(m) for m in _several(methods)]
    if not given:
        raise MethodError("compare takes at least one method")
    rows = spread(known, given, executor, "what is known of methods")
    if field is None:
        return ComparisonTable.of(rows, caption=CAPTION).about(given)
    if field.free_parameters:
        raise FieldError(f"a comparison on a system needs numbers: parameter {field.free_parameters[0]} has no value")
    start, time, end = _reference(field, x0)
    notes = [f"errors at t = {time:.4g} of {field.name or field}, with so many evaluations of the field in all"]
    found = []
    measured = spread(partial(_errors, field, start, time, end), given, executor, "runs of methods")
    for m, row, (errors, reason) in zip(given, rows, measured, strict=True):
        found.append(row | {"evaluations": m.evaluations} | errors)
        notes += [f"{row['method']} is not compared: {reason}"] if reason else []
    return ComparisonTable.of(found, notes=notes, caption=CAPTION).about(given, field, x0)


def _several(methods: Any) -> list[Any]:
    if isinstance(methods, list | tuple) and not (len(methods) in (2, 3) and isinstance(methods[0], list | tuple)):
        return list(methods)
    return [methods]


def known(m: Method) -> dict[str, Any]:
    """What is known of a method without a field: order, error constant, stability, structure."""
    return {
        "method": m.name or m.title,
        "order": m.order,
        "stages": getattr(m, "stages", None),
        "error constant": _answer(lambda: float(f"{m.principal_error_norm:.4g}")),  # type: ignore[attr-defined]
        "stability": _answer(lambda: _stability(m)),
        "imaginary axis": _answer(lambda: _number(m.stability.imaginary_interval)),  # type: ignore[attr-defined]
        "symplectic": _answer(lambda: bool(m.is_symplectic)),  # type: ignore[attr-defined]
        "symmetric": _answer(lambda: bool(m.is_symmetric)),  # type: ignore[attr-defined]
        "SSP": _answer(lambda: _number(m.ssp_coefficient)),  # type: ignore[attr-defined]
        **structure_orders(m),
    }


def structure_orders(m: Method) -> dict[str, Any]:
    """Up to which order a method is symplectic and keeps energy, and its effective order; "n+" where none was found to fail."""
    top = min(m.order + BEYOND, MAX_ORDER)
    names = ("symplectic order", "energy order", "effective order")
    questions: dict[str, Any] = dict(zip(names, (symplectic_order, energy_preserving_order, effective_order), strict=True))

    def answer(ask: Callable[..., int]) -> str:
        if m.second_order:  # its equations of second order have fewer trees than its series
            raise MethodError("the orders of structure are asked of fields of first order")
        found = ask(method_series(m, top))
        return f"{found}+" if found >= top else str(found)

    return {name: _answer(partial(answer, ask)) for name, ask in questions.items()}


def _stability(m: Any) -> str:
    return "".join(letter for letter in "ALIP" if getattr(m.stability, f"is_{letter.lower()}_stable")) or "none"


def _answer(ask: Callable[[], Any]) -> Any:
    """The answer, or None where the question makes no sense for the family."""
    try:
        return ask()
    except (ImdeError, AttributeError):
        return None


def _number(value: Any) -> Cell:
    text = short(value)
    return Cell(text, text, latex(to_sympy(value)) if text == str(value) else "")


def _reference(field: VectorField, x0: Any) -> tuple[list[float], float, list[Any]]:
    """Where the runs start, how long they take, where the exact flow ends."""
    whole = as_graded(field)
    with precision(DIGITS):
        start = [float(x) for x in numbers_of(point_of(field, x0), "x0")]
        exact = numbers_of(start, "x0")
        time = float(SCALES * default_steps(whole, exact)[0])
        return start, time, list(ReferenceFlow(whole)(exact, mpmath.mpf(time)))


def _errors(field: VectorField, start: list[float], time: float, end: list[Any], m: Method) -> tuple[dict[str, Any], str]:
    """The max-norm error for each budget, and why there is none."""
    found: dict[str, Any] = {f"error, {budget}": None for budget in BUDGETS}
    if m.evaluations is None:
        return found, "no number says how often a step evaluates the field: its stages are a continuum"
    try:
        for budget in BUDGETS:
            count = max(1, round(budget / m.evaluations))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # numbers beyond the range of floats: the error is infinite
                last = integrate(m, field, start, time / count, count, save_every=count)[-1]
            worst = max(abs(mpmath.mpf(float(a)) - b) for a, b in zip(last, end, strict=True))
            found[f"error, {budget}"] = number_cell(float(worst), ".3g")
    except ImdeError as error:
        return found, str(error)
    return found, ""


def conditions(m: Method, order: int) -> list[dict[str, Any]]:
    """The order conditions up to an order: tree, Φ, 1/γ, and the residual, exact where the method is."""
    series = method_series(m, order)
    rows = []
    for tree in series:
        value, right = to_sympy(series[tree]), to_sympy(1) / int(tree.density)
        residual = value - right
        passed = residual == 0 or (not m.is_exact and abs(complex(residual)) < 1e-12)
        found = {"weight": value, "exact": right, "residual": residual, "passed": passed}
        rows.append({"order": tree.order, "tree": tree.brackets} | found)
    return rows
