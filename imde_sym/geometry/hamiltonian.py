"""Modified and inverse modified Hamiltonians, exact and to any order.

A tree's elementary Hamiltonian is H^(m)(F(t1), ..., F(tm)), and the field with the coefficients b has the
Hamiltonian Σ_t h^(|t|-1) b(t)/(|t| σ(t)) H(t) over all rooted trees if it has one for every H (HLW IX.9.2, with
the |t| rootings of a free tree counted one by one). Augment the system by s' = H(y): then H(t) is the
s-component of the elementary differential, so the power h^k of the modified Hamiltonian is the s-component
of the modified field's, divided by k + 1. No tree is enumerated and nothing is integrated; the result
is proved by differentiating it, in the differential ring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.checks import DIRECTIONS
from ..base.errors import FieldError
from ..base.pictures import Pictured
from ..base.values import reads
from ..equations.build import build_equation
from ..equations.derived import spelling_of, stored_expression
from ..equations.modified import ModifiedField
from ..equations.split import Split, split_field
from ..equations.step import Symbols, step_of, symbols_of
from ..expressions.layout import Numerals
from ..fields import DifferentialRing, FieldLike, VectorField
from ..method import Method, MethodLike, method_from_data
from .expansion import Expansion
from .obstruction import no_hamiltonian
from .potential import find_potential, generates
from .zeros import size_of

MADE_OF_ITS_ENERGY = (
    ': make the field of its energy, such as VectorField.hamiltonian("p**2/2 + q**4/4", q="q", p="p"), or by VectorField.poisson'
)
"""How a field gets a Hamiltonian: part of an error, not of a report."""


class ModifiedHamiltonian(Pictured, Expansion):
    """H + h H_1 + ... + h^(order-1) H_(order-1), the Hamiltonian of a modified field.

    field, method, direction ("inverse" or "forward"), split : what it was computed for
    `equation` is the modified field that it generates.
    Made by `modified_hamiltonian` and `inverse_modified_hamiltonian`, which say what is raised.

    >>> from imde_sym import methods, modified_hamiltonian, systems
    >>> H = modified_hamiltonian(systems["harmonic_oscillator"], methods["symplectic_euler"], 2)
    >>> H.term(1), H.step, H.symbols
    (-p*q/2, h, (p, q))
    >>> H.equation
    <modified field of harmonic_oscillator under Symplectic Euler, implicit in p: p first, then q with the new p, order 2>
    >>> ModifiedHamiltonian.from_dict(H.to_dict()) == H
    True
    """

    symbol, symbol_latex = "H_h", "H_h"
    form = "imde_sym/hamiltonian"
    view = "plot_structure"

    def __init__(self, field: VectorField, method: Method, direction: str, split: Split | None, terms: Sequence[sympy.Expr]):
        super().__init__(field.variables, terms)
        self.field, self.method, self.direction, self.split = field, method, direction, split
        self._freeze()

    @property
    def symbols(self) -> Symbols:
        """The variables, the free parameters and those of the method."""
        return symbols_of(self.field, self.method)

    @property
    def step(self) -> sympy.Symbol:
        """The step size in formulas."""
        return step_of(self.field, self.method)

    @property
    def _given(self) -> Sequence[sympy.Expr]:
        return self.field.components

    @property
    def _numerals(self) -> Numerals:
        return self.field.numerals(rounded=self.method.is_unwieldy, typed=self.method.decimals)

    @cached_property
    def equation(self) -> ModifiedField:
        """The modified field that it generates."""
        return build_equation(self.field, self.method, self.order, self.direction, self.split)

    def to_dict(self) -> dict[str, Any]:
        """Plain exact data, ready for JSON."""
        text = spelling_of(self.field, self.method).text
        data = {"direction": self.direction, "field": self.field.to_dict(), "method": self.method.to_dict()}
        split = {} if self.split is None else {"split": [[text(c) for c in part] for part in self.split]}
        return self.head | data | {"terms": [text(t) for t in self.terms]} | split

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> ModifiedHamiltonian:
        """Inverse of `to_dict`; formulas are parsed, never evaluated."""
        field, method = VectorField.from_dict(data["field"]), method_from_data(data["method"])
        if data["direction"] not in DIRECTIONS or not isinstance(data["terms"], list) or not data["terms"]:
            raise FieldError("the data of a modified Hamiltonian need a direction and a list of terms")
        parts = data.get("split")
        given = None if parts is None else [[stored_expression(c, field, method) for c in part] for part in parts]
        terms = [stored_expression(t, field, method) for t in data["terms"]]
        return cls(field, method, data["direction"], split_field(field, method, given), terms)

    def __repr__(self) -> str:
        kind = "inverse modified" if self.direction == "inverse" else "modified"
        name = self.field.name or ", ".join(map(str, self.variables))
        return f"<{kind} Hamiltonian of {name} under {self.method.title}, order {self.order}>"


@checked
def modified_hamiltonian(
    field: ModifiedField | FieldLike,
    method: MethodLike | None = None,
    order: int | None = None,
    parts: Sequence[Any] | None = None,
) -> ModifiedHamiltonian:
    """The Hamiltonian of the modified equation: what the numerical solution of a symplectic method conserves.

    field : made by VectorField.hamiltonian or VectorField.poisson, or from the catalogue; or the equation itself, a
            ModifiedField, with nothing after it
    order : powers of h up to h**(order - 1)
    parts : as for `modified_equation`
    Exact. Raises FieldError if the field has no known Hamiltonian, NoHamiltonianError (which names the first
    obstruction: power of h, tree, term) if the modified field is not Hamiltonian.

    >>> import sympy
    >>> from imde_sym import methods
    >>> q, p = sympy.symbols("q p")
    >>> f = VectorField.hamiltonian(p**2 / 2 + q**2 / 2, q=[q], p=[p])
    >>> modified_hamiltonian(f, methods["implicit_midpoint"], 3).term(2)
    -p**2/24 - q**2/24
    """
    return _hamiltonian_of("forward", field, method, order, parts)


@checked
def inverse_modified_hamiltonian(
    field: ModifiedField | FieldLike,
    method: MethodLike | None = None,
    order: int | None = None,
    parts: Sequence[Any] | None = None,
) -> ModifiedHamiltonian:
    """The Hamiltonian of the inverse modified equation: what an HNN learns that is trained through a symplectic method.

    Arguments and errors as for `modified_hamiltonian`.
    Raises as `modified_hamiltonian` does.

    >>> from imde_sym import methods, systems
    >>> inverse_modified_hamiltonian(systems["harmonic_oscillator"], methods["symplectic_euler"], 2).term(1)
    p*q/2
    """
    return _hamiltonian_of("inverse", field, method, order, parts)


def _hamiltonian_of(direction: str, field: Any, method: Any, order: Any, parts: Any) -> ModifiedHamiltonian:
    if not isinstance(field, ModifiedField):
        if method is None or order is None:
            raise FieldError("a modified Hamiltonian is asked of an equation, or of field, method and order")
        return build_hamiltonian(field, method, order, direction, parts)
    if field.direction != direction:
        other = "inverse_modified_hamiltonian" if field.direction == "inverse" else "modified_hamiltonian"
        raise FieldError(f"{field!r} goes in the other direction: {other} takes it")
    if not method is order is parts is None:
        raise FieldError("method, order and parts are known from the equation: leave them out")
    return build_hamiltonian(field.field, field.method, field.order, direction, field.split)


def build_hamiltonian(
    field: VectorField, method: Method, order: int, direction: str, parts: Sequence[Any] | None = None
) -> ModifiedHamiltonian:
    """The Hamiltonian of either direction."""
    H, B = field.hamiltonian_function, field.poisson_matrix
    if H is None or B is None:
        raise FieldError(f"no Hamiltonian of {field.name or 'this field'} is known{MADE_OF_ITS_ENERGY}")
    if field.time is not None:
        t = field.time
        raise FieldError(f"the Hamiltonian depends on the time {t}: make {t} a position with a momentum of its own")
    if B.free_symbols & set(field.variables):
        return _on_a_poisson_manifold(build_equation(field, method, order, direction, parts), H, B)
    s = sympy.Dummy()
    augmented = VectorField([*field.variables, s], [*field.components, H], time=False)
    split = split_field(field, method, parts)
    shares: list[Any] | None = None
    if split is not None:
        shares = [[*part, e] for part, e in zip(split, _shares(H, B, field, method, split, parts), strict=True)]
    whole = build_equation(augmented, method, order, direction, shares)
    ring, terms, size = whole.ring, [], 0.0
    for k, grade in enumerate(whole.grades):
        size = max(size, size_of(ring, grade.components))
        term = grade.components[-1] * ring.polynomials.constant(Fraction(1, k + 1))
        found = ring.to_sympy(term) if generates(ring, B, term, grade, size) else find_potential(ring, B, grade, size)
        if found is None:
            raise no_hamiltonian(build_equation(field, method, k + 1, direction, parts), B)
        terms.append(found)
    return ModifiedHamiltonian(field, method, direction, split, terms)


def _on_a_poisson_manifold(F: ModifiedField, H: sympy.Expr, B: sympy.Matrix) -> ModifiedHamiltonian:
    """For a matrix B(x): trees say nothing then, so each term is tested, and its Hamiltonian looked for, by itself."""
    columns = [list(F.term(k)) for k in range(F.order)]
    ring = DifferentialRing(F.variables, [H, *B, *(e for column in columns for e in column)])
    grades = [ring.part(column) for column in columns]
    size = size_of(ring, [p for grade in grades for p in grade.components])
    terms = [H]
    for k in range(1, F.order):
        found = find_potential(ring, B, grades[k], size)
        if found is None:
            raise no_hamiltonian(F.truncate(k + 1), B)
        terms.append(found)
    return ModifiedHamiltonian(F.field, F.method, F.direction, F.split, terms)


def _shares(
    H: sympy.Expr, B: sympy.Matrix, field: VectorField, method: Method, split: Split, parts: Sequence[Any] | None
) -> list[sympy.Expr]:
    """H divided as the field is.

    Parts that know their Hamiltonians have those, up to the constants in which they differ from H. Else the terms of H
    whose B∇ lies in part ν, and in part 0 what no single part generates. A Nyström method moves s with the velocities; a method
    whose part 0 is linear has it in part 1, as H is not.
    """
    if method.second_order or method.linear_part is not None:
        return [sympy.S.Zero, H]
    known = [p.hamiltonian_function if isinstance(p, VectorField) else None for p in parts or [None]]
    if None not in known:
        return known
    shares = [sympy.S.Zero] * len(split)
    for term in sympy.Add.make_args(sympy.expand(H)):
        generated = list(B * sympy.Matrix([sympy.diff(term, v) for v in field.variables]))
        fitting = [v for v, part in enumerate(split) if all(g == 0 or c != 0 for g, c in zip(generated, part, strict=True))]
        shares[fitting[0] if len(fitting) == 1 else 0] += term
    return shares
