"""Modified invariants: what becomes of an invariant in the long run.

I + h I_1 + h² I_2 + ... is an invariant of f + h f_1 + h² f_2 + ... if ∇I_k·f = -Σ_(j<k) ∇I_j·f_(k-j) for every k (HLW IX.8,
XI.1). Where the right-hand side is the derivative of something along f, the invariant only oscillates at h^k; where it is not,
it drifts from there on. The equations are solved in the differential ring, so a solution is exact. Where the ring has none the
mean of the right-hand side along orbits of f decides, in numbers: a derivative has none. `verify.long_run` asks trajectories.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.checks import check_order
from ..base.errors import FieldError
from ..base.pictures import Pictured
from ..base.values import reads
from ..equations.asking import is_triple, of_equation
from ..equations.build import build_equation
from ..equations.modified import ModifiedField
from ..equations.step import power
from ..fields import DifferentialRing, RingField
from ..fields.formulas import expression_text
from ..rings import Polynomial
from .ansatz import MAX_UNKNOWNS, box, combination, reachable
from .averages import mean_along
from .elementary import elementary_functions
from .expansion import Expansion, OfEquation
from .invariants import enlarged, read_invariant

DEEPER = (1, 3)
"""So many degrees above those of the right-hand side are tried, one after the other."""
NAMED = 60
"""Characters of an invariant that serve as its name."""


class ModifiedInvariant(Pictured, OfEquation):
    r"""I + h I_1 + ...: an invariant of a modified field, as far as there is one; `terms`, `as_expr`, `lambdify`, `latex`.

    equation, invariant, name : the modified field, I, and its name where it has one
    unsolved : the power of h at which no formula I_k was found; None where all up to the equation's order were
    rate  : what remains of dI/dt at h**unsolved, the I_k before it taken in; 0 where all is solved
    mean  : |mean of the rate| along orbits of f, relative to its size; 0 where the rate only oscillates; None where that was not
            asked for, or numbers do not decide
    searched : False where the equation at h**unsolved was too large to be solved
    Made by `modified_invariant`, which says what is raised.

    >>> found = modified_invariant("harmonic_oscillator", "stormer_verlet", 3, "energy", direction="forward")
    >>> found.holds, found.drift, found.oscillation, found.proven, found.sure
    (True, None, 2, True, True)
    >>> found.invariant, found.term(2), found.step, found.symbols
    (p**2/2 + q**2/2, p**2/8, h, (p, q))
    >>> found.verdict
    'energy oscillates by O(h^2); no drift up to h^2'
    >>> found.symbol, found.symbol_latex
    ('energy_h', '\\tilde{I}')
    >>> ModifiedInvariant.from_dict(found.to_dict()) == found
    True
    """

    form = "imde_sym/modified_invariant"
    view = "plot_structure"

    def __init__(
        self,
        equation: ModifiedField,
        name: str,
        terms: list[sympy.Expr],
        unsolved: int | None,
        rate: sympy.Expr,
        known: int,
        searched: bool = True,
        mean: float | None = None,
    ):
        super().__init__(equation.variables, terms)
        self.equation, self.field = equation, equation.field
        self.name, self.unsolved, self.rate = name, unsolved, rate
        self._known, self.searched, self.mean = known, searched, mean
        self._freeze()

    @property
    def invariant(self) -> sympy.Expr:
        """I itself."""
        return self.terms[0]

    @property
    def symbol(self) -> str:  # type: ignore[override]
        """What stands to the left of the equals sign."""
        return f"{self.name or 'I'}_{self.step}"

    @cached_property
    def symbol_latex(self) -> str:  # type: ignore[override]
        """As `symbol`, in LaTeX."""
        return r"\tilde{I}"

    @property
    def oscillation(self) -> int | None:
        """The power of h by which I itself oscillates: that of the first correction; None where I is kept as it is."""
        return next((k for k, _ in self.shown if k), None)

    @property
    def drift(self) -> int | None:
        """The power of h at which I drifts: `unsolved`, unless the rate has no mean; None where no drift was found."""
        return None if self.mean == 0 else self.unsolved

    @property
    def sure(self) -> bool:
        """Whether an answer was found; else a drift is only not excluded, from `drift` on."""
        return self.unsolved is None or self.searched or self.mean is not None

    @property
    def holds(self) -> bool:
        """Whether no drift was found."""
        return self.drift is None

    @property
    def proven(self) -> bool:
        """Whether the answer is exact: a modified invariant is; a drift rests on numbers, and on an ansatz."""
        return self.unsolved is None

    @property
    def verdict(self) -> str:
        """One line in words."""
        name, swing = self.name or _short(expression_text(self.invariant, self._numerals)), self.oscillation
        swings = f"oscillates by O({power(self.step, swing)})" if swing else "does not oscillate below its drift"
        if self.drift is not None:
            height = power(self.step, self.drift)
            return f"{name} {swings}, {'drifts at' if self.sure else 'may drift from'} {height}{'' if self.sure else ' on'}"
        if self.unsolved is not None:
            height = power(self.step, self.unsolved)
            return f"{name} {swings}; at {height} it oscillates, without a formula in the ring; what is higher was not looked at"
        if swing is None:
            return f"{name} is kept as it is up to {self.step}^{self._known - 1}"
        return f"{name} {swings}; no drift up to {self.step}^{self._known - 1}"

    def __repr__(self) -> str:
        return f"<{self.verdict}: {repr(self.equation)[1:-1]}>"

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) and isinstance(other, ModifiedInvariant) and self.to_dict() == other.to_dict()

    __hash__ = Expansion.__hash__

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        F = self.equation
        found = {"equation": F.to_dict(), "name": self.name, "order": self._known, "terms": [F.write(t) for t in self.terms]}
        left = {"unsolved": self.unsolved, "rate": F.write(self.rate), "searched": self.searched, "mean": self.mean}
        return self.head | found | left | {"drift": self.drift, "verdict": self.verdict}

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> ModifiedInvariant:
        """Inverse of `to_dict`; formulas are parsed, never evaluated."""
        F, unsolved, mean = ModifiedField.from_dict(data["equation"]), data["unsolved"], data["mean"]
        terms = [F.read(t) for t in data["terms"]]
        order = check_order(data["order"], F.order)
        if len(terms) != (order if unsolved is None else unsolved) or not terms:
            raise FieldError("the data of a modified invariant need a term for each power of h below the drift, or the order")
        mean = None if mean is None else float(mean)
        return cls(F, str(data["name"]), terms, unsolved, F.read(data["rate"]), order, bool(data["searched"]), mean)


@checked
def modified_invariant(*given: Any, order: int | None = None, **options: Any) -> ModifiedInvariant:
    """I + h I_1 + h² I_2 + ...: does a first integral only oscillate under a method, or does it drift, and from which power on?

    modified_invariant(F, I), F the modified equation (direction="forward") for the numerical solution of a method, the inverse
    one for a model that was trained through it; or field, method and order in its place, as for `conserved`.
    I     : an expression, its text, or the name of one of `F.field.invariants`, such as "energy"
    order : powers of h up to h**(order - 1); by default those of F
    Returns a ModifiedInvariant: `verdict`, `terms`, `drift`, `lambdify`, ... The I_k are looked for among combinations of
    elementary functions of I, such as I''(f, f), and among polynomials in what
    the field and I are made of (sines, roots, logarithms) with a few degrees more than the right-hand side; a function of the
    field's invariants may be added to each. Where there is none, means along orbits from x0 say
    whether I drifts. `long_run` holds the answer against trajectories.
    Raises FieldError where I is no invariant of the field itself, or numbers are floats.

    >>> found = modified_invariant("pendulum", "explicit midpoint", 4, "energy", direction="forward")
    >>> print(found.verdict)
    energy oscillates by O(h^2), drifts at h^3
    >>> modified_invariant("rigid_body", "trapezoid", 4, "energy", direction="forward").drift is None
    True
    """
    if len(given) > 1 and isinstance(given[1], ModifiedField) | is_triple(given[1]):
        given = (given[1], given[0], *given[2:])
    elif "F" in options and given:
        given = (options.pop("F"), *given)
    F = given[0] if given else None
    if order is not None and (isinstance(F, ModifiedField) or is_triple(F)):
        if isinstance(F, ModifiedField):
            F = build_equation(F.field, F.method, check_order(order, 30), F.direction, F.split)
            given = (F, *given[1:])
        return _modified_invariant(*given, **options)
    return _modified_invariant(*given, **(options if order is None else options | {"order": order}))


@of_equation
@checked
def _modified_invariant(F: ModifiedField, invariant: sympy.Expr | str) -> ModifiedInvariant:
    expression, name = read_invariant(invariant, F)
    ring, grades = enlarged(F, [expression])
    if not ring.exact:
        raise FieldError("a modified invariant needs exact numbers: give the field and the invariant without floats")
    merged = ring.merged
    fields = [RingField(merged, [ring.merge(p) for p in grade.components]) for grade in grades]
    solved, terms = [ring.merge(ring.convert(expression))], [expression]
    if not merged.zero_test(merged.along(solved[0], fields[0])).zero:
        raise FieldError(
            f"{name or expression} is not an invariant of {F.field.name or 'the field'} itself: its derivative is not 0"
        )
    for k in range(1, F.order):
        right = merged.polynomials.zero
        for j, known in enumerate(solved):
            right = right - merged.along(known, fields[k - j])
        right = merged.reduce(right)
        found: Polynomial | None = merged.polynomials.zero
        searched = True
        if not merged.zero_test(right).zero:
            found, searched = _solve(merged, fields[0], right, solved[0], k)
        if found is None:
            rate = merged.to_sympy(-right)
            return ModifiedInvariant(F, name, terms, k, rate, F.order, searched, mean_along(F, rate))
        solved.append(found)
        terms.append(merged.to_sympy(found))
    return ModifiedInvariant(F, name, terms, None, sympy.S.Zero, F.order)


def _solve(
    ring: DifferentialRing, field: RingField, right: Polynomial, invariant: Polynomial, k: int
) -> tuple[Polynomial | None, bool]:
    """G with the derivative `right` along the field, None where no ansatz has one; and whether one of monomials was tried.

    k : the power of h, which is how many f an elementary function in G has
    """

    def along(G: Polynomial) -> list[Polynomial]:
        return [ring.reduce(ring.along(G, field))]

    known = {g for p in (right, invariant, *field.components) for g in ring.polynomials.used(p)}
    monomials = [x for x, _ in ring.polynomials.terms(right)]
    degrees, total, searched = [max(column) for column in zip(*monomials, strict=True)], max(map(sum, monomials)), False
    if (natural := elementary_functions(ring, field, invariant, k)) and (
        found := combination(ring, along, natural, [right])
    ) is not None:
        return found, True
    for more in DEEPER:
        limits = [d + more if g in known else 0 for g, d in enumerate(degrees)]
        for find in (partial(reachable, ring, field, right, total + more), partial(box, ring, limits, total + more)):
            tried = find()
            kept = [m for m in tried or () if all(g in known for g in ring.polynomials.used(m))]
            if tried is None or len(kept) > MAX_UNKNOWNS:
                continue
            searched = True
            if (found := combination(ring, along, kept, [right])) is not None:
                return found, True
    return None, searched


def _short(text: str) -> str:
    return text if len(text) <= NAMED else f"{text[:NAMED]} ..."
