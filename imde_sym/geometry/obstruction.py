"""Why a modified field has no Hamiltonian: the first power of h, the pair of trees, the term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.errors import FieldError, ImdeError
from ..equations.display import sentence
from ..equations.modified import ModifiedField
from ..equations.split import Split
from ..equations.step import power
from ..fields import DifferentialRing
from ..rings import Scalar, vanishes
from ..series import inverse_modified_series, modified_series
from ..trees import RootedTree, butcher_product, numbered, tree_table
from .potential import find_defect
from .zeros import size_of

MAX_TREE_ORDER = 8
"""Up to here the pair of trees that breaks the condition is looked for."""


@checked
@dataclass(frozen=True)
class Obstruction:
    """At h**power the term `term` of the modified field is not Hamiltonian.

    where, curl : the entry (x, y) of Df_k B + B Df_kᵀ that is not zero, and its value; for a term that leaves the
              symplectic leaves the Casimir c·x and its rate c·f_k
    trees  : u∘v and v∘u with b(u∘v) + b(v∘u) = `defect`, not 0 (HLW Thm IX.9.3); None where no such pair is found

    >>> from imde_sym import methods, modified_hamiltonian, systems
    >>> try:
    ...     modified_hamiltonian(systems["pendulum"], methods["explicit_euler"], 3)
    ... except NoHamiltonianError as error:
    ...     found = error.obstruction
    >>> found.power, found.trees, found.defect, sorted(found.to_dict())
    (1, (RootedTree('[[]]'), RootedTree('[[]]')), Fraction(-1, 1), ['curl', 'defect', 'power', 'term', 'trees', 'where'])
    """

    power: int
    term: sympy.Matrix
    where: tuple[sympy.Expr, ...]
    curl: sympy.Expr
    trees: tuple[RootedTree, RootedTree] | None
    defect: Scalar

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {
            "power": self.power,
            "term": [str(e) for e in self.term],
            "where": [str(e) for e in self.where],
            "curl": str(self.curl),
            "trees": [t.brackets for t in self.trees or ()],
            "defect": str(self.defect),
        }


class NoHamiltonianError(FieldError):
    """The modified field of a Hamiltonian system is not Hamiltonian; `obstruction` says where that shows first."""

    def __init__(self, message: str, obstruction: Obstruction):
        super().__init__(message)
        self.obstruction = obstruction

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.obstruction)


def no_hamiltonian(equation: ModifiedField, B: sympy.Matrix) -> NoHamiltonianError:
    """The error for a field whose last term has a defect."""
    k, constant = equation.order - 1, not B.has(*equation.variables)
    ring, grade = equation.ring, equation.grades[k]
    if not constant:  # the ring must hold B, too
        ring = DifferentialRing(equation.variables, [*B, *equation.field.components, *equation.term(k)])
        grade = ring.part(list(equation.term(k)))
    grades = equation.grades if constant else [grade]
    size = size_of(ring, [p for g in grades for p in g.components])
    found = find_defect(ring, B, grade, size)
    if found is None:
        raise FieldError(f"{equation!r} has a Hamiltonian term at {equation.step}^{k}")
    where, curl = found[0], ring.to_sympy(ring.reduce(found[1]))
    trees, defect = _broken_pair(equation, k + 1) if constant else (None, sympy.S.Zero)
    obstruction = Obstruction(k, equation.term(k), where, curl, trees, defect)
    why = f": b({trees[0]}) + b({trees[1]}) = {defect}, where a Hamiltonian field has 0" if trees else ""
    height = power(equation.step, k)
    leaf = f"the Casimir {where[0]} changes by" if constant else f"the term leaves the leaves: Bc = 0, c·x = {where[0]}, c·f is"
    matrix = "Df B + B Df^T" if constant else "Df B + B Df^T - f·∇B"
    place = leaf if len(where) == 1 else f"{matrix} has at ({where[0]}, {where[1]}) the entry"
    rest = "obstruction.term is all of it"
    term = "; ".join(f"{v}: {sentence(equation, [e], rest)}" for v, e in zip(equation.variables, obstruction.term, strict=True))
    return NoHamiltonianError(
        f"no Hamiltonian: the first obstruction under {equation.method.title} is at {height}{why}. The term is {term}; "
        f"{place} {sentence(equation, [curl], 'obstruction.curl is all of it')}",
        obstruction,
    )


def _broken_pair(equation: ModifiedField, order: int) -> tuple[tuple[RootedTree, RootedTree] | None, Scalar]:
    series = modified_series if equation.direction == "forward" else inverse_modified_series
    if order > MAX_TREE_ORDER:
        return None, sympy.S.Zero
    try:
        b = series(equation.method, order)
    except ImdeError:  # a method without a series of its own
        return None, sympy.S.Zero
    table, values = tree_table(b.colors, b.order), b.rounded
    for m in range(1, order // 2 + 1):
        for i in range(table.start[m], table.start[m + 1]):
            for j in range(table.start[order - m], table.start[order - m + 1]):
                u, v = numbered(table, i), numbered(table, j)
                if u.color == v.color and is_partitioned(equation.split):
                    continue
                one, other = butcher_product(u, v), butcher_product(v, u)
                if not vanishes(values[one.number(b.colors)] + values[other.number(b.colors)]):
                    return (one, other), b[one] + b[other]
    return None, sympy.S.Zero


def is_partitioned(split: Split | None) -> bool:
    """Whether every component belongs to one part, as with positions and momenta."""
    return split is not None and all(sum(e != 0 for e in column) <= 1 for column in zip(*split, strict=True))
