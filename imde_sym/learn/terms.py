"""Exact correction of a model that is linear in its coefficients, with the terms that only the solver put there."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from ..base.arguments import checked, read_fields
from ..base.checks import check_order
from ..base.tables import Cell, Table, Tabled, number_cell
from ..equations import ModifiedField, modified_equation
from ..expressions import latex
from ..fields import VectorField
from ..geometry.expansion import numpy_function
from ..method import as_method
from .base import as_numpy, points_of, real_array
from .coefficients import fit_coefficients
from .correction import MAX_TREE_ORDER
from .models import Library
from .pysindy import Terms
from .solvers import one_step

LEAVES = 1e-3
"""A term that the library lacks counts from this part of the largest change of its component."""
CLEAR = 10
"""And from so many times the power of h that is left out."""


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
class CorrectedTerms(Tabled):
    """`terms` by component and size; `equation` is the exact modified equation of the learned field, in h.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> from imde_sym.learn import polynomial
    >>> found = debias_terms(polynomial([sympy.Symbol("x")], 3, [[0, -0.95, 0.05, 0]]), "explicit_euler", 0.1, order=2)
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
    note: str = ""

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

    def table(self) -> Table:
        """A line for each term."""
        lines = [f"{'':>8}  {'term':<14}{'learned':>14}  {'corrected':>14}  {'uncertainty':>12}"]
        for t in self.terms:
            note = "  spurious" if t.spurious else ""
            lines.append(
                f"{t.component + chr(39):>8}  {t.term!s:<14}{t.learned:>14.8f}  {t.corrected:>14.8f}  "
                f"{t.uncertainty:>12.1e}{note}"
            )
        symbols = self.equation.symbols
        rows = [
            {"component": Cell(t.component, f"{t.component}'"), "term": Cell(t.term, str(t.term), latex(t.term, symbols))}
            | {"learned": number_cell(t.learned, ".8f"), "corrected": number_cell(t.corrected, ".8f")}
            | {"uncertainty": number_cell(t.uncertainty, ".1e"), "spurious": t.spurious}
            for t in self.terms
        ]
        notes = [self.note] if self.note else []
        head = ("component", "term", "learned", "corrected", "uncertainty", "spurious")
        title = f"Terms of {repr(self.equation)[1:-1]}"
        return Table.of(rows, head, notes=notes, caption=title, text="\n".join([*lines, *notes]))

    def __str__(self) -> str:
        return self.table()

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        rows = [vars(t) | {"term": str(t.term)} for t in self.terms]
        return {
            "h": float(self.h),
            "method": self.equation.method.title,
            "order": self.equation.order,
            "terms": rows,
            "note": self.note,
        }


@checked
def debias_terms(
    model: Any,
    method: Any,
    h: float,
    order: int = 4,
    *,
    threshold: float = 1e-9,
    tolerance: float | None = None,
    parts: Sequence[Any] | None = None,
    x: Any = None,
    y: Any = None,
    S: int = 1,
) -> CorrectedTerms:
    """The exact modified equation of a learned library model: its terms as they are without the solver's effect.

    model     : a Library, a fitted model of PySINDy, or the field that one stands for; controls are constant over a step
    threshold : learned coefficients of at most this size are taken for zero
    tolerance : a term whose corrected coefficient is at most this is spurious; by default ten times the largest
                uncertainty of a coefficient. The uncertainty is the size of the first power of h left out; the
                error of the training itself comes on top and is a reason to give a tolerance
    x, y, S   : the pairs (N, d) that the model was trained on, y lying S steps after x
    Where the correction has terms that the library has not, the library could not hold f_h: what was learned is then a
    compromise, and its exact correction is that of the compromise. A warning and `.note` say so; with x and y the learned
    terms are fitted to the data through f_h instead (`fit_coefficients`), and the uncertainty is that of the fit.
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
    model = model if isinstance(model, Library) else Terms.of(model)
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
    at = None if x is None else points_of(as_numpy(x), None, field)
    strange = _outside(rows, model, at)
    if not strange:
        return CorrectedTerms(F.truncate(order), step, found)
    note = (
        f"f_h leaves the library: the correction has {', '.join(strange[:4])}{', ...' if len(strange) > 4 else ''}, which the "
        "model could not learn, so that its other coefficients are a compromise"
    )
    if x is None or y is None:
        warnings.warn(f"{note}; give x= and y= for a fit of the terms through f_h instead", stacklevel=2)
        return CorrectedTerms(F.truncate(order), step, found, note)
    warnings.warn(f"{note}; they were fitted to x and y through f_h instead", stacklevel=2)
    fitted = _through_data(field, (as_numpy(x), as_numpy(y)), method, float(step), order, S, tolerance, parts)
    return CorrectedTerms(F.truncate(order), step, fitted, f"{note}; they were fitted to x and y through f_h instead")


def _outside(rows: Sequence[tuple[Any, ...]], model: Library | Terms, x: np.ndarray | None) -> list[str]:
    """Terms of a correction that a library lacks and that are no small part of it: by coefficients, or by size at points x."""
    own = {t for e in model.terms for t in sympy.expand(e).as_coefficients_dict()}
    found = set()
    for component in {r[0] for r in rows}:
        mine = [(term, _size(term, model, x), *others) for name, term, *others in rows if name == component]
        change = max((abs(new - learned) * size for _, size, learned, new, _ in mine), default=0.0)
        left_out = max((abs(error) * size for term, size, *_, error in mine if term not in own), default=0.0)
        limit = max(LEAVES * change, CLEAR * left_out)
        found |= {str(term) for term, size, _, new, _ in mine if term not in own and abs(new) * size > limit}
    return sorted(found)


def _size(term: sympy.Expr, model: Library | Terms, x: np.ndarray | None) -> float:
    if x is None:
        return 1.0
    values = np.broadcast_to(numpy_function(model.variables, term)(*x.T), len(x))
    return float(np.sqrt(np.mean(values**2)))


def _through_data(
    field: VectorField, data: Any, method: Any, h: float, order: int, S: int, tolerance: float | None, parts: Any
) -> tuple[Term, ...]:
    """The terms of a learned field with coefficients that are fitted to the data; small ones are spurious."""
    letters: dict[sympy.Symbol, tuple[str, sympy.Expr, float]] = {}
    components = []
    for variable, component in zip(field.variables, field.components, strict=True):
        own = []
        for i, (term, value) in enumerate(sympy.expand(component).as_coefficients_dict().items()):
            letter = sympy.Symbol(f"coefficient_{variable}_{i}")
            letters[letter] = str(variable), term, float(value)
            own.append(letter * term)
        components.append(sympy.Add(*own))
    values = {s: value for s, (_, _, value) in letters.items()}
    found = fit_coefficients(
        VectorField(field.variables, components, parameters=values, time=False), data, method, h, order, S=S, parts=parts
    )
    rows = []
    for letter, (name, term, learned) in letters.items():
        value, error = found.values[str(letter)], found.uncertainties[str(letter)]
        rows.append(Term(name, term, learned, value, error, abs(value) <= (10 * error if tolerance is None else tolerance)))
    return tuple(sorted(rows, key=lambda r: (r.component, -max(abs(r.learned), abs(r.corrected)))))
