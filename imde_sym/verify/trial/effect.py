"""What wrong terms do to trajectories: the observed order of the claimed field beside that of the right one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mpmath
import sympy

from ...base.errors import ImdeError
from ...base.sharing import precision
from ...equations import ModifiedField
from ...fields import GradedField, as_graded, over_a_ring
from ...fields.domain import point_of
from ..flow import ReferenceFlow
from ..report import default_steps, deviation, numbers_of
from .claims import Rows


def observed_orders(F: ModifiedField, terms: Mapping[int, Rows], x0: Any) -> tuple[float, float] | None:
    """(with the claimed terms, with the right ones), slopes between the two smallest steps.

    F     : the right equation, of the order that is judged;  terms : the claimed ones; others are right
    x0    : where to start; by default the catalogue's, else a point of small fractions
    None where numbers are missing, where nothing is seen from there, or the claim cannot be divided among the parts of a split.
    """
    if F.field.free_parameters or F.method.parameters:
        return None
    if x0 is None and F.field.info.get("x0") is None:
        x0 = [sympy.Rational(m + 2, m + 3) for m in range(len(F.variables))]
    claimed = _claimed(F, terms)
    if claimed is None:
        return None
    with precision(30 + 3 * F.order):
        start = numbers_of(point_of(F.field, x0), "x0")
        try:
            return _slope(F, claimed, start), _slope(F, F, start)
        except (ZeroDivisionError, OverflowError, ValueError, ImdeError):  # no trajectory to be seen
            return None


def _claimed(F: ModifiedField, terms: Mapping[int, Rows]) -> GradedField | None:
    """The field with the claimed terms, in the parts of F, each of which must own components whole."""
    rows = [terms.get(k, list(F.term(k))) for k in range(F.order)]
    split = F.split
    owners = [] if split is None else [[part[m] != 0 for part in split] for m in range(len(F.variables))]
    if any(sum(owner) > 1 for owner in owners):
        return None
    zero = sympy.S.Zero

    def share(v: int, m: int, e: sympy.Expr) -> sympy.Expr:
        """What colour v has of component m; one that no part owns goes to the first."""
        return e if not owners or owners[m][v] or (v == 0 and not any(owners[m])) else zero

    colored = [[[share(v, m, e) for m, e in enumerate(row)] for row in rows] for v in range(len(split or [None]))]
    return GradedField(*over_a_ring(F.variables, colored))


def _slope(F: ModifiedField, field: GradedField, start: list[Any]) -> float:
    measure_of, single = deviation(F)
    steps = default_steps(as_graded(F.field), start)
    counts = [1 if single else max(1, int(mpmath.nint(steps[0] / h))) for h in steps]
    inverse, plain = F.direction == "inverse", as_graded(F.field, F.split)
    measure = measure_of(field if inverse else plain)
    if single:
        start = ReferenceFlow(plain)(start, 8 * steps[0])
    errors = [
        measure(ReferenceFlow(plain) if inverse else ReferenceFlow(field, h), start, h, n)
        for h, n in zip(steps, counts, strict=True)
    ]
    if not errors[-1] or not errors[-2]:
        return float("inf")
    return float(mpmath.log(errors[-2] / errors[-1]) / mpmath.log(steps[-2] / steps[-1]))
