"""What a vector field was made from: a Hamiltonian, a Poisson structure, a Lagrangian or a potential.

The functions here are exact sympy algebra; `VectorField` calls them and keeps the `Structure`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix
from sympy.polys.matrices.exceptions import DMNonInvertibleMatrixError

from ..arguments import checked
from ..errors import FieldError, shown
from ..rings import Spelling
from .ring import DifferentialRing

KINDS = ("hamiltonian", "poisson", "lagrangian", "gradient")


@checked
@dataclass(frozen=True)
class Structure:
    """The origin of a field, with parameters as in the field.

    kind     : "hamiltonian", "poisson", "lagrangian" or "gradient"
    function : H(q, p), H(x), L(q, v) or the potential V(x)
    q, p     : canonical positions and momenta; of a Lagrangian positions and velocities; else empty
    matrix   : the Poisson matrix B(x), rows in the order of the field's variables; None for other kinds
    """

    kind: str
    function: sympy.Expr
    q: tuple[sympy.Symbol, ...] = ()
    p: tuple[sympy.Symbol, ...] = ()
    matrix: sympy.ImmutableMatrix | None = None

    @property
    def symbols(self) -> set[sympy.Symbol]:
        """All symbols of the function and of the matrix."""
        return self.function.free_symbols | (set() if self.matrix is None else self.matrix.free_symbols)

    def map(self, change: Callable[[sympy.Expr], sympy.Expr]) -> Structure:
        """The structure with every expression changed, such as by a substitution of parameters."""
        matrix = None if self.matrix is None else sympy.ImmutableMatrix(self.matrix.applyfunc(change))
        return replace(self, function=change(self.function), matrix=matrix)

    def poisson_matrix(self, variables: Sequence[sympy.Symbol]) -> sympy.ImmutableMatrix | None:
        """B with x' = B ∇H in the given order of the variables; None without a Hamiltonian."""
        if self.kind == "poisson":
            return self.matrix
        if self.kind != "hamiltonian":
            return None
        sign = {(a, b): s for q, p in zip(self.q, self.p, strict=True) for a, b, s in ((q, p, 1), (p, q, -1))}
        return sympy.ImmutableMatrix([[sign.get((a, b), 0) for b in variables] for a in variables])

    def components(self, variables: Sequence[sympy.Symbol]) -> list[sympy.Expr] | None:
        """The field that H or the potential generates; None for a Lagrangian."""
        gradient = sympy.Matrix([sympy.diff(self.function, v) for v in variables])
        if self.kind == "gradient":
            return list(-gradient)
        B = self.poisson_matrix(variables)
        return None if B is None else list(B * gradient)

    def to_dict(self, spelling: Spelling) -> dict[str, Any]:
        """Plain data that `from_dict` reads back; `spelling` writes the symbols."""
        data: dict[str, Any] = {"kind": self.kind, "function": spelling.text(self.function)}
        if self.q:
            data |= {"q": [spelling.text(s) for s in self.q], "p": [spelling.text(s) for s in self.p]}
        if self.matrix is not None:
            data["matrix"] = [[spelling.text(e) for e in row] for row in self.matrix.tolist()]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], read: Callable[[str], sympy.Expr]) -> Structure:
        """Inverse of `to_dict`; `read` parses an expression."""
        if data["kind"] not in KINDS:
            raise FieldError(f"unknown structure {data['kind']!r}; accepted: {', '.join(KINDS)}")
        matrix = data.get("matrix")
        return cls(
            str(data["kind"]),
            read(data["function"]),
            tuple(read(s) for s in data.get("q", ())),
            tuple(read(s) for s in data.get("p", ())),
            None if matrix is None else sympy.ImmutableMatrix([[read(e) for e in row] for row in matrix]),
        )


def all_zero(variables: Sequence[sympy.Symbol], expressions: Iterable[sympy.Expr]) -> bool:
    """Whether all expressions are identically zero, as the zero test of their ring finds."""
    expressions = [e for e in expressions if e != 0]
    if not expressions:
        return True
    ring = DifferentialRing(variables, expressions)
    return all(ring.zero_test(ring.convert(e)).zero for e in expressions)


def listed(symbols: Any) -> Any:
    """One symbol as a list of one; anything else as it is."""
    return [symbols] if isinstance(symbols, sympy.Symbol) else symbols


def check_symbols(symbols: Sequence[sympy.Symbol], what: str) -> None:
    """Raise FieldError unless all are different sympy symbols, at least one."""
    if isinstance(symbols, str) or not len(symbols) or not all(type(s) in (sympy.Symbol, sympy.Dummy) for s in symbols):
        raise FieldError(f"{what} must be sympy symbols, at least one; got {shown(symbols)}")
    if len(set(symbols)) < len(symbols):
        raise FieldError(f"a variable occurs twice in {tuple(symbols)}")


def check_pairs(q: Sequence[sympy.Symbol], p: Sequence[sympy.Symbol], what: str) -> None:
    """Raise FieldError unless q and p are as many different symbols."""
    if len(q) != len(p) or not q:
        raise FieldError(
            f"{what}: as many of the first as of the second, so an even number of variables; got {len(q)} and {len(p)}"
        )
    check_symbols([*q, *p], "positions and their partners")


def check_poisson(B: sympy.Matrix, variables: Sequence[sympy.Symbol]) -> None:
    """Raise FieldError unless B(x) is square, skew and satisfies the Jacobi identity.

    The identity is Σ_l ∂_l B_ij B_lk + cyclic = 0 for all i < j < k (HLW, Lemma VII.2.3).
    """
    d = len(variables)
    if B.shape != (d, d):
        raise FieldError(f"a Poisson matrix for {d} variables has shape {(d, d)}, got {B.shape}")
    for i in range(d):
        for j in range(i + 1):
            if not all_zero(variables, [B[i, j] + B[j, i]]):
                raise FieldError(f"a Poisson matrix is skew, but entries ({i}, {j}) and ({j}, {i}) are {B[i, j]} and {B[j, i]}")
    if not B.free_symbols & set(variables):
        return
    for i, j, k in combinations(range(d), 3):
        total = sum(
            (
                sympy.diff(B[a, b], v) * B[n, c]
                for a, b, c in ((i, j, k), (j, k, i), (k, i, j))
                for n, v in enumerate(variables)
            ),
            sympy.S.Zero,
        )
        if not all_zero(variables, [total]):
            raise FieldError(f"the Poisson matrix violates the Jacobi identity for variables {i}, {j}, {k}")


def euler_lagrange(
    L: sympy.Expr, q: Sequence[sympy.Symbol], v: Sequence[sympy.Symbol], time: sympy.Symbol | None
) -> list[sympy.Expr]:
    """The accelerations M⁻¹ (∂L/∂q - ∂²L/∂v∂q v - ∂²L/∂v∂t), M = ∂²L/∂v², solved exactly.

    Raises FieldError where M is singular: then L is no regular Lagrangian.
    """
    M = sympy.Matrix([[sympy.diff(L, a, b) for b in v] for a in v])
    force = sympy.Matrix([sympy.diff(L, a) for a in q])
    for n, b in enumerate(v):
        force[n] -= sum(sympy.diff(L, b, a) * speed for a, speed in zip(q, v, strict=True))
        force[n] -= sympy.diff(L, b, time) if time else 0
    singular = FieldError(f"the Lagrangian is singular: the mass matrix ∂²L/∂v² = {M.tolist()} has no inverse")
    if all_zero([*q, *v], [M.det(method="berkowitz")]):
        raise singular
    try:
        inverse = DomainMatrix.from_Matrix(M).to_field().inv().to_Matrix()
    except DMNonInvertibleMatrixError:
        raise singular from None
    return list(inverse * force)
