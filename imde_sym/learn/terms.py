"""Exact correction of a model that is linear in its coefficients, with the terms that only the solver put there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from ..base.arguments import checked, read_fields
from ..base.checks import check_order
from ..equations import ModifiedField, modified_equation
from ..method import as_method
from .base import real_array
from .correction import MAX_TREE_ORDER
from .models import Library
from .solvers import one_step


@checked
@dataclass(frozen=True)
class Term:
    """One term of one component: its learned and corrected coefficient, and an estimate of the error of the latter."""

    component: str
    term: sympy.Expr
    learned: float
    corrected: float
    uncertainty: float
    spurious: bool


@checked
@dataclass(frozen=True)
class CorrectedTerms:
    """`terms` by component and size; `equation` is the exact modified equation of the learned field, in h.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> from imde_sym.learn import polynomial
    >>> found = debias_terms(polynomial([sympy.Symbol("x")], 2, [[0, -0.95, 0.05]]), "explicit_euler", 0.1, order=2)
    >>> {term: round(value, 4) for term, value in found.coefficients("x").items()}
    {x: -0.9951, x**2: 0.0571}
    >>> [str(t.term) for t in found.spurious]
    []
    >>> len(found.table().splitlines()), found.to_dict()["order"]
    (3, 2)
    """

    equation: ModifiedField
    h: Fraction
    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        read_fields(self)

    @property
    def spurious(self) -> tuple[Term, ...]:
        """The learned terms that vanish once the effect of the solver is removed."""
        return tuple(t for t in self.terms if t.spurious)

    def coefficients(self, component: str) -> dict[sympy.Expr, float]:
        """The corrected coefficients of one component, without spurious terms.

        Raises LearningError for what is not text.
        """
        return {t.term: t.corrected for t in self.terms if t.component == component and not t.spurious}

    def table(self) -> str:
        """A text table with a line for each term."""
        lines = [f"{'':>8}  {'term':<14}{'learned':>14}  {'corrected':>14}  {'uncertainty':>12}"]
        for t in self.terms:
            note = "  spurious" if t.spurious else ""
            lines.append(
                f"{t.component + chr(39):>8}  {t.term!s:<14}{t.learned:>14.8f}  {t.corrected:>14.8f}  "
                f"{t.uncertainty:>12.1e}{note}"
            )
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        rows = [vars(t) | {"term": str(t.term)} for t in self.terms]
        return {"h": float(self.h), "method": self.equation.method.title, "order": self.equation.order, "terms": rows}


@checked
def debias_terms(
    model: Library,
    method: Any,
    h: float,
    order: int = 4,
    *,
    threshold: float = 1e-9,
    tolerance: float | None = None,
    parts: Sequence[Any] | None = None,
) -> CorrectedTerms:
    """The exact modified equation of a learned library model: its terms as they are without the solver's effect.

    threshold : learned coefficients of at most this size are taken for zero
    tolerance : a term whose corrected coefficient is at most this is spurious; by default ten times the largest
                uncertainty of a coefficient. The uncertainty is the size of the first power of h left out; the
                error of the training itself comes on top and is a reason to give a tolerance
    Arithmetic is exact in the doubles of the model and in h. Raises what `debias` raises.
    Cost: that of `modified_equation` for a dense field; a few terms take milliseconds, hundreds take minutes.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> from imde_sym.learn import polynomial
    >>> model = polynomial([sympy.Symbol("x")], 1, [[0, -0.95]])
    >>> (term,) = debias_terms(model, "explicit_euler", 0.1, order=3).terms
    >>> print(f"{term.component}': {term.corrected:.5f} {term.term} instead of {term.learned}, to {term.uncertainty:.0e}")
    x': -0.99798 x instead of -0.95, to 2e-04
    """
    order = check_order(order, MAX_TREE_ORDER)
    threshold = float(real_array(threshold, "threshold", 0))
    tolerance = None if tolerance is None else float(real_array(tolerance, "tolerance", 0))
    step = Fraction(str(one_step(h)))
    field = model.to_field(threshold)
    F = modified_equation(field, as_method(method), order + 1, parts)
    kept = F.truncate(order).as_field(sympy.Rational(step))
    ahead = F.term(order) * sympy.Rational(step) ** order
    rows = []
    for name, own, corrected, error in zip(field.variables, field.components, kept.components, ahead, strict=True):
        tables = [sympy.expand(e).as_coefficients_dict() for e in (own, corrected, error)]
        terms = dict.fromkeys(t for table in tables[:2] for t in table)
        rows += [(str(name), term, *(float(table.get(term, 0)) for table in tables)) for term in terms]
    limit = 10 * max((abs(r[4]) for r in rows), default=0.0) if tolerance is None else tolerance
    rows.sort(key=lambda r: (r[0], -max(abs(r[2]), abs(r[3]))))
    found = tuple(
        Term(name, term, learned, corrected, abs(error), learned != 0 and abs(corrected) <= limit)
        for name, term, learned, corrected, error in rows
        if learned != 0 or abs(corrected) > limit
    )
    return CorrectedTerms(F.truncate(order), step, found)
