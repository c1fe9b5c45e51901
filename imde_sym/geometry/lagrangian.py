"""Modified Lagrangians, by a perturbative Legendre transform of the modified Hamiltonian."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.errors import FieldError
from ..base.values import reads
from ..equations.step import Symbols
from ..expressions import Spelling, new_symbol, read_symbols, step_symbol
from ..fields import DifferentialRing, FieldLike, Structure, VectorField
from ..fields.parsing import velocity_names
from ..fields.structure import check_names, listed
from ..method import MethodLike
from ..rings import Polynomial
from .expansion import Expansion
from .hamiltonian import ModifiedHamiltonian, build_hamiltonian
from .legendre import general_transform

Series = list[Polynomial]
"""Polynomials of the ring, one for each power of h."""


class ModifiedLagrangian(Expansion):
    """L(q, v) + h L_1 + ... + h^(order-1) L_(order-1), whose Euler-Lagrange equation the modified field solves.

    positions, velocities : q and v;  hamiltonian : where it comes from
    Made by `modified_lagrangian`, which says what is raised.

    >>> from imde_sym import VectorField, methods, modified_lagrangian
    >>> f = VectorField.lagrangian("v**2/2 - q**2/2", ["q"], ["v"])
    >>> L = modified_lagrangian(f, methods["stormer_verlet"], 3)
    >>> L.term(2), L.step, L.symbols
    (q**2/24 - v**2/12, h, (q, v))
    >>> ModifiedLagrangian.from_dict(L.to_dict()) == L
    True
    """

    symbol, symbol_latex = "L_h", "L_h"
    form = "imde_sym/lagrangian"

    def __init__(self, hamiltonian: ModifiedHamiltonian, velocities: Sequence[sympy.Symbol], terms: Sequence[sympy.Expr]):
        structure = hamiltonian.field.structure
        assert structure is not None
        super().__init__([*structure.q, *velocities], terms)
        self.hamiltonian, self.positions, self.velocities = hamiltonian, structure.q, tuple(velocities)
        self.field = hamiltonian.field
        self._freeze()

    @property
    def symbols(self) -> Symbols:
        """The variables and the parameters."""
        return (*self.variables, *self.hamiltonian.field.free_parameters, *self.hamiltonian.method.parameters)

    @property
    def step(self) -> sympy.Symbol:
        """The step size in formulas."""
        return step_symbol([*self.symbols, *self.hamiltonian.field.functions])

    def to_dict(self) -> dict[str, Any]:
        """Plain exact data, ready for JSON."""
        spelling = Spelling(self.velocities)
        return self.head | {
            "hamiltonian": self.hamiltonian.to_dict(),
            "velocities": [spelling.data(v) for v in self.velocities],
        }

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> ModifiedLagrangian:
        """Inverse of `to_dict`: transforms the Hamiltonian again."""
        H = ModifiedHamiltonian.from_dict(data["hamiltonian"])
        return _transform(H, list(read_symbols(data["velocities"]).values()))

    def __repr__(self) -> str:
        return repr(self.hamiltonian).replace("Hamiltonian", "Lagrangian", 1)


@checked
def modified_lagrangian(
    field: FieldLike,
    method: MethodLike,
    order: int,
    direction: str = "forward",
    parts: Sequence[Any] | None = None,
    velocities: Sequence[sympy.Symbol] | None = None,
) -> ModifiedLagrangian:
    """The Lagrangian of the modified equation of a symplectic method: L̃ = p·v - H̃ at v = ∂H̃/∂p, solved power by power of h.

    field      : of VectorField.hamiltonian with an invertible ∂²H/∂p², H(q, p) quadratic in p, or such that v = ∂H/∂p is solved
                 for p by one formula (as sqrt(1 + p²) + V(q) is); or of VectorField.lagrangian with
                 L(q, v) = ½ v·Mv - U(q), M constant: then the method acts alike on (q, v) and on (q, p), p = Mv
    direction  : "forward" or "inverse";  order, parts : as for `modified_hamiltonian`
    velocities : symbols for q'; by default v for q, v1 for q1, vx for x beside y
    Raises FieldError for other fields, NoHamiltonianError where the method is not symplectic.

    >>> from imde_sym import methods
    >>> q, p = sympy.symbols("q p")
    >>> f = VectorField.hamiltonian(p**2 / 2 + sympy.Function("V")(q), q=[q], p=[p])
    >>> modified_lagrangian(f, methods["implicit_midpoint"], 3).term(2)
    v**2*Derivative(V(q), (q, 2))/24 + Derivative(V(q), q)**2/24
    """
    structure = field.structure
    if structure is not None and structure.kind == "lagrangian":
        velocities = structure.p if velocities is None else velocities
        field = _hamiltonian_of(structure, field)
    elif structure is None or structure.kind != "hamiltonian":
        raise FieldError(
            "a modified Lagrangian is made from a canonical Hamiltonian or from a Lagrangian: give a field of "
            "VectorField.hamiltonian or VectorField.lagrangian"
        )
    return _transform(build_hamiltonian(field, method, order, direction, parts), velocities)


def _hamiltonian_of(structure: Structure, field: VectorField) -> VectorField:
    """The same system in (q, p), p = Mv, for L = ½ v·Mv - U(q) with a constant M."""
    L, q, v = structure.function, structure.q, structure.p
    mass = sympy.hessian(L, v)
    slope = sympy.Matrix([sympy.diff(L, s) for s in v]) - mass * sympy.Matrix(v)
    if field.time is not None or mass.free_symbols & {*q, *v} or any(sympy.simplify(e) != 0 for e in slope):
        raise FieldError(
            f"the Lagrangian must be ½ v·Mv - U(q) with a constant M; here it is {L}: give its Hamiltonian with "
            "VectorField.hamiltonian, for a method does not act alike on velocities and on momenta"
        )
    p = [new_symbol(f"p_{s.name}", {*q, *v} | L.free_symbols) for s in q]
    speeds = list(mass.inv() * sympy.Matrix(p))
    moving = sympy.Add(*(a * b for a, b in zip(p, speeds, strict=True)))
    H = moving - L.subs(dict(zip(v, speeds, strict=True)), simultaneous=True)
    return VectorField.hamiltonian(sympy.expand(H), q, p, name=field.name, time=False)


def _transform(H: ModifiedHamiltonian, velocities: Sequence[sympy.Symbol] | None) -> ModifiedLagrangian:
    field, structure = H.field, H.field.structure
    assert structure is not None
    q, p = structure.q, structure.p
    if velocities is None:
        names = velocity_names([str(s) for s in q], [str(s) for s in {*field.variables, *H.as_expr().free_symbols}])
        velocities = [sympy.Symbol(names[str(s)]) for s in q]
    velocities = listed(velocities, "velocities")
    check_names([*velocities, *field.variables], H.terms)
    if len(velocities) != len(q) or {*velocities} & {*H.symbols}:
        raise FieldError(f"velocities are {len(q)} new symbols, one for each of {', '.join(map(str, q))}; got {velocities}")
    own = H.terms[0]
    if not own.is_polynomial(*p) or sympy.Poly(own, *p).total_degree() != 2:
        return ModifiedLagrangian(H, velocities, general_transform(H.terms, q, p, velocities))
    mass, start = _legendre(own, p, velocities)
    ring = DifferentialRing([*q, *velocities, *p], [*H.terms, *mass, *start])
    return ModifiedLagrangian(H, velocities, _transformed(ring, H.terms, p, velocities, mass, start))


def _legendre(H: sympy.Expr, p: Sequence[sympy.Symbol], v: Sequence[sympy.Symbol]) -> tuple[sympy.Matrix, list[sympy.Expr]]:
    """The mass matrix M = (∂²H/∂p²)⁻¹ and the momenta M(v - a), where ∂H/∂p = M⁻¹p + a, of an H quadratic in p."""
    hessian = sympy.hessian(H, p)
    if sympy.simplify(hessian.det()) == 0:
        raise FieldError(f"∂²H/∂p² = {hessian.tolist()} has no inverse, so the momenta are not functions of the velocities")
    mass = sympy.Matrix(hessian.inv())
    linear = sympy.Matrix([sympy.diff(H, s) for s in p]).xreplace(dict.fromkeys(p, sympy.S.Zero))
    return mass, list(mass * (sympy.Matrix(v) - linear))


def _transformed(
    ring: DifferentialRing,
    terms: Sequence[sympy.Expr],
    p: Sequence[sympy.Symbol],
    v: Sequence[sympy.Symbol],
    mass: sympy.Matrix,
    start: Sequence[sympy.Expr],
) -> list[sympy.Expr]:
    zero, n = ring.polynomials.zero, len(terms)
    H = [ring.convert(t) for t in terms]
    slopes = [[ring.convert(sympy.diff(t, s)) for t in terms] for s in p]
    M = [[ring.convert(e) for e in row] for row in mass.tolist()]
    places = [ring.expressions.index(s) for s in p]
    momenta: list[Series] = [[ring.convert(e)] + [zero] * (n - 1) for e in start]
    for k in range(1, n):
        # v = Σ h^j ∂_p H_j(q, P): what the known momenta leave at h^k is M⁻¹ times the next ones
        rest = [_at(ring, [zero, *slope[1:]], places, momenta, k)[k] for slope in slopes]
        for i, row in enumerate(M):
            momenta[i][k] = ring.reduce(-sum((m * r for m, r in zip(row, rest, strict=True)), zero))
    lagrangian = [-e for e in _at(ring, H, places, momenta, n - 1)]
    for symbol, momentum in zip(v, momenta, strict=True):
        speed = ring.convert(symbol)
        lagrangian = [total + speed * e for total, e in zip(lagrangian, momentum, strict=True)]
    return [ring.to_sympy(ring.reduce(e)) for e in lagrangian]


def _at(ring: DifferentialRing, series: Series, places: Sequence[int], values: Sequence[Series], top: int) -> Series:
    """Σ h^j series[j] with the generators at `places` replaced by series in h, up to h^top."""
    one, zero = ring.polynomials.constant(Fraction(1)), ring.polynomials.zero
    powers: dict[tuple[int, int], Series] = {}

    def power(i: int, m: int) -> Series:
        if m == 0:
            return [one] + [zero] * top
        if (i, m) not in powers:
            powers[i, m] = _times(ring, power(i, m - 1), values[i], top)
        return powers[i, m]

    total = [zero] * (top + 1)
    for j, polynomial in enumerate(series[: top + 1]):
        groups: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
        for x, c in ring.polynomials.terms(polynomial):
            rest = tuple(0 if g in places else m for g, m in enumerate(x))
            groups.setdefault(tuple(x[g] for g in places), {})[rest] = c
        for exponents, coefficients in groups.items():
            factor: Series = [ring.polynomials.from_terms(coefficients)] + [zero] * top
            for i, m in enumerate(exponents):
                if m:
                    factor = _times(ring, factor, power(i, m), top)
            for k in range(top - j + 1):
                total[j + k] = total[j + k] + factor[k]
    return [ring.reduce(e) for e in total]


def _times(ring: DifferentialRing, a: Series, b: Series, top: int) -> Series:
    zero = ring.polynomials.zero
    return [ring.reduce(sum((a[i] * b[k - i] for i in range(k + 1)), zero)) for k in range(top + 1)]
