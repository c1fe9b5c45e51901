"""Methods beside each other: what is known of each, and measured errors against evaluations on a system."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import mpmath

from ..base.arguments import checked
from ..base.errors import FieldError, ImdeError, MethodError
from ..base.executors import ExecutorLike, spread
from ..base.pictures import Pictured
from ..base.sharing import precision
from ..base.tables import Cell, Table
from ..equations.split import split_field
from ..expressions import latex
from ..fields import FieldLike, VectorField, as_graded
from ..fields.domain import point_of
from ..method import Method, as_method
from ..method.display import short
from ..rings import to_sympy
from ..series import effective_order, energy_preserving_order, method_series, symplectic_order
from .flow import ReferenceFlow
from .report import default_steps, numbers_of
from .steps import MethodField, stepper

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
              catalogue's), in equal steps such that 48, 96, 192 and 384 stages are evaluated in all. An implicit stage counts
              once, however it is solved for
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
    with precision(DIGITS):
        time, measured = _measured(given, field, x0, executor)
    notes = [f"errors at t = {mpmath.nstr(time, 4)} of {field.name or field}, with so many stages evaluated in all"]
    found = [row | errors for row, errors in zip(rows, measured, strict=True)]
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


def _measured(
    given: Sequence[Method], field: VectorField, x0: Any, executor: Executor | None
) -> tuple[Any, list[dict[str, Any]]]:
    whole = as_graded(field)
    start = numbers_of(point_of(field, x0), "x0")
    time = SCALES * default_steps(whole, start)[0]
    end = ReferenceFlow(whole)(start, time)
    return time, spread(partial(_errors, field, start, time, end), given, executor, "runs of methods")


@precision(DIGITS)
def _errors(field: VectorField, start: list[Any], time: Any, end: list[Any], m: Method) -> dict[str, Any]:
    """The errors of a method, one for each budget."""
    return {f"error, {budget}": _answer(partial(_error, field, start, time, end, m, budget)) for budget in BUDGETS}


def _error(field: VectorField, start: list[Any], time: Any, end: list[Any], m: Any, budget: int) -> float:
    plain = as_graded(field, split_field(field, m, None))
    count = max(1, round(budget / m.stages))
    step, h, x = stepper(m, MethodField(plain)), time / count, list(start)
    for _ in range(count):
        x = step(x, h, h)
    worst = max(abs(a - b) for a, b in zip(x, end, strict=True))
    return float(mpmath.nstr(worst, 3))


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
