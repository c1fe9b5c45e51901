"""What a vector field was made from: a Hamiltonian, a Poisson structure, a Lagrangian or a potential.

The functions here are exact sympy algebra; `VectorField` calls them and keeps the `Structure`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import sympy
from sympy.core.function import AppliedUndef, UndefinedFunction
from sympy.polys.matrices import DomainMatrix
from sympy.polys.matrices.exceptions import DMNonInvertibleMatrixError

from ..base.arguments import checked
from ..base.checks import check_word
from ..base.errors import FieldError
from ..expressions import FUNCTIONS, Spelling, as_symbol, one_symbol_a_name, parse_expression
from .parsing import declared_parameters
from .rewrite import as_expression
from .ring import DifferentialRing

KINDS = ("hamiltonian", "poisson", "lagrangian", "gradient", "second_order")


@checked
@dataclass(frozen=True)
class Structure:
    """The origin of a field, with parameters as in the field.

    kind     : "hamiltonian", "poisson", "lagrangian", "gradient" or "second_order"
    function : H(q, p), H(x), L(q, v) or the potential V(x); 0 for a system q'' = g, which has none
    q, p     : canonical positions and momenta; of a Lagrangian or of q'' = g positions and velocities; else empty
    matrix   : the Poisson matrix B(x), rows in the order of the field's variables; None for other kinds
    Raises FieldError for another kind, and for positions or momenta that are not symbols or names.

    >>> q, p = sympy.symbols("q p")
    >>> found = Structure("hamiltonian", p**2 / 2 - sympy.cos(q), (q,), (p,))
    >>> found.components([q, p]), found.poisson_matrix([q, p])
    ([p, -sin(q)], Matrix([
    [ 0, 1],
    [-1, 0]]))
    >>> found.map(lambda e: 2 * e).function, sorted(map(str, found.symbols))
    (p**2 - 2*cos(q), ['p', 'q'])
    """

    kind: str
    function: sympy.Expr
    q: tuple[sympy.Symbol, ...] = ()
    p: tuple[sympy.Symbol, ...] = ()
    matrix: sympy.ImmutableMatrix | None = None

    def __post_init__(self) -> None:
        check_word(self.kind, "structure", KINDS, FieldError)
        rows = [[as_expression(e) for e in row] for row in rows_of(self.matrix)] if self.matrix is not None else None
        matrix = None if rows is None else sympy.ImmutableMatrix(rows)
        own = {"function": as_expression(self.function), "q": tuple(listed(self.q)), "p": tuple(listed(self.p)), "matrix": matrix}
        for name, value in own.items():
            object.__setattr__(self, name, value)

    @property
    def symbols(self) -> set[sympy.Symbol]:
        """All symbols of the function and of the matrix."""
        found: set[sympy.Symbol] = self.function.free_symbols | (set() if self.matrix is None else self.matrix.free_symbols)
        return found

    def map(self, change: Callable[[sympy.Expr], sympy.Expr]) -> Structure:
        """The structure with every expression changed, such as by a substitution of parameters.

        Raises FieldError for what is not a function, and where it fails.
        """
        matrix = None if self.matrix is None else sympy.ImmutableMatrix(self.matrix.applyfunc(change))
        return replace(self, function=change(self.function), matrix=matrix)

    def poisson_matrix(self, variables: Sequence[sympy.Symbol]) -> sympy.ImmutableMatrix | None:
        """B with x' = B ∇H in the given order of the variables; None without a Hamiltonian.

        Raises FieldError for variables that are not symbols.
        """
        if self.kind == "poisson":
            return self.matrix
        if self.kind != "hamiltonian":
            return None
        sign = {(a, b): s for q, p in zip(self.q, self.p, strict=True) for a, b, s in ((q, p, 1), (p, q, -1))}
        return sympy.ImmutableMatrix([[sign.get((a, b), 0) for b in variables] for a in variables])

    def components(self, variables: Sequence[sympy.Symbol]) -> list[sympy.Expr] | None:
        """The field that H or the potential generates; None for a Lagrangian and for q'' = g.

        Raises FieldError for variables that are not symbols.
        """
        gradient = sympy.Matrix([sympy.diff(self.function, v) for v in listed(variables, known=self.symbols)])
        if self.kind == "gradient":
            return list(-gradient)
        B = self.poisson_matrix(variables)
        return None if B is None else list(B * gradient)

    def to_dict(self, spelling: Spelling) -> dict[str, Any]:
        """Plain data that `from_dict` reads back; `spelling` writes the symbols.

        Raises FieldError for what is not a spelling.

        >>> x = sympy.Symbol("x")
        >>> found = Structure("gradient", x**2 / 2)
        >>> data = found.to_dict(Spelling([x]))
        >>> data, Structure.from_dict(data, lambda text: x**2 / 2) == found
        ({'kind': 'gradient', 'function': 'x**2/2'}, True)
        """
        data: dict[str, Any] = {"kind": self.kind, "function": spelling.text(self.function)}
        if self.q:
            data |= {"q": [spelling.text(s) for s in self.q], "p": [spelling.text(s) for s in self.p]}
        if self.matrix is not None:
            data["matrix"] = [[spelling.text(e) for e in row] for row in self.matrix.tolist()]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], read: Callable[[str], sympy.Expr]) -> Structure:
        """Inverse of `to_dict`; `read` parses an expression.

        Raises FieldError for other data, and what `read` raises.

        >>> x = sympy.Symbol("x")
        >>> Structure.from_dict({"kind": "gradient", "function": "x**2"}, lambda text: x**2).function
        x**2
        """
        matrix = data.get("matrix")
        return cls(
            str(data["kind"]),
            read(data["function"]),
            tuple(read(s) for s in data.get("q", ())),
            tuple(read(s) for s in data.get("p", ())),
            None if matrix is None else sympy.ImmutableMatrix([[read(e) for e in row] for row in matrix]),
        )


def rows_of(matrix: Any) -> list[Any]:
    """The rows of a Poisson matrix, given as a sympy matrix or as a list of rows. Raises FieldError for anything else."""
    rows = matrix.tolist() if isinstance(matrix, sympy.MatrixBase) else matrix
    if not isinstance(rows, Sequence) or not all(isinstance(row, Sequence) and not isinstance(row, str) for row in rows):
        raise FieldError(f"a Poisson matrix is a square matrix of expressions, got {str(matrix)[:60]}")
    return list(rows)


def all_zero(variables: Sequence[sympy.Symbol], expressions: Iterable[sympy.Expr]) -> bool:
    """Whether all expressions are identically zero, as the zero test of their ring finds."""
    expressions = [e for e in expressions if e != 0]
    if not expressions:
        return True
    ring = DifferentialRing(variables, expressions)
    return all(ring.zero_test(ring.convert(e)).zero for e in expressions)


def listed(symbols: Any, what: str = "variables", known: Iterable[sympy.Symbol] = ()) -> list[sympy.Symbol]:
    """Symbols or names, one or several, as different symbols; a name means the known symbol of that name, if there is one.

    Raises FieldError for anything else.
    """
    names = {s.name: s for s in known}
    if isinstance(symbols, str):
        symbols = [name.strip() for name in symbols.split(",")]
    if isinstance(symbols, sympy.Basic):
        symbols = [symbols]
    if not isinstance(symbols, Iterable):
        raise FieldError(f"{what} must be sympy symbols or their names, at least one; got {str(symbols)[:60]}")
    found = [names[s] if isinstance(s, str) and s in names else as_symbol(s, f"each of the {what}") for s in symbols]
    if len(set(found)) < len(found):
        raise FieldError(f"a variable occurs twice in {tuple(found)}")
    return found


def read(value: Any, symbols: Iterable[sympy.Symbol]) -> sympy.Expr:
    """An expression, a number, or text in these symbols (parsed, never evaluated)."""
    if isinstance(value, str):
        return parse_expression(value, {s.name: s for s in symbols})
    return as_expression(value)


def free_symbols(values: Iterable[Any]) -> set[sympy.Symbol]:
    """The symbols of those values that are expressions."""
    return {s for v in values if isinstance(v, sympy.Basic) for s in v.free_symbols}


def declared(parameters: Any, known: Iterable[sympy.Symbol]) -> dict[sympy.Symbol, Any]:
    """Parameters as a mapping to their values; to themselves where a list of symbols or names says that they stay free."""
    if parameters is None:
        return {}
    if isinstance(parameters, str):
        names, values = declared_parameters(parameters)
        found = listed([] if isinstance(names, str) else names, "parameters", known)
        return {s: values.get(s.name, s) for s in found}
    if not isinstance(parameters, Mapping) and not isinstance(parameters, Iterable):
        raise FieldError(f"parameters are a mapping from symbols or names to values, or a list of names; got {parameters!r}")
    symbols = listed(parameters, "parameters", known)
    return dict(zip(symbols, parameters.values() if isinstance(parameters, Mapping) else symbols, strict=True))


def time_of(
    time: Any, expressions: Sequence[Any], variables: Sequence[sympy.Symbol], constants: Iterable[sympy.Symbol]
) -> sympy.Symbol | None:
    """The symbol of time: the one given; by default (None) that called t, unless it is a variable or a declared constant.

    False says that no symbol is the time.
    """
    found = free_symbols(expressions)
    if time is None:
        taken = {s.name for s in (*variables, *constants)}
        return next((s for s in found if s.name == "t" and s.name not in taken), None)
    return None if time is False else listed(time, "time", [*variables, *found])[0]


def vocabulary(
    time: Any, variables: Iterable[sympy.Symbol], constants: Iterable[sympy.Symbol], known: Iterable[sympy.Symbol]
) -> list[sympy.Symbol]:
    """The symbols that text may hold, the last of equal names counts: the time, constants, variables."""
    times = [] if time is False else listed("t" if time is None else time, "time", known)
    return [*times, *constants, *variables]


def check_names(symbols: Iterable[sympy.Symbol], expressions: Iterable[sympy.Expr]) -> None:
    """Raise FieldError where one name means two things: symbols of other assumptions, a symbol and a function."""
    expressions = list(expressions)
    found = {*symbols} | free_symbols(expressions)
    one_symbol_a_name(found)
    names = {s.name for s in found}
    functions: dict[str, UndefinedFunction] = {}
    for applied in {a for e in expressions for a in e.atoms(AppliedUndef)}:
        name = applied.func.__name__
        if name in names:
            raise FieldError(
                f"{applied} is a function, but {name} is a symbol of the field: write {name} for the value of the variable; "
                "derivatives of variables have no place on a right-hand side"
            )
        if name in FUNCTIONS or name == "partial":
            raise FieldError(f"{applied} is an undefined function with the name of a known one: rename it, or write sympy.{name}")
        if functions.setdefault(name, applied.func) != applied.func:
            raise FieldError(f"two different functions are called {name!r}, with other assumptions: use one of them everywhere")


def check_pairs(q: Sequence[sympy.Symbol], p: Sequence[sympy.Symbol], what: str) -> None:
    """Raise FieldError unless q and p are as many symbols, all different."""
    if len(q) != len(p) or not q:
        raise FieldError(
            f"{what}: as many of the first as of the second, so an even number of variables; got {len(q)} and {len(p)}"
        )
    listed([*q, *p])


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
            (sympy.diff(B[a, b], v) * B[n, c] for a, b, c in ((i, j, k), (j, k, i), (k, i, j)) for n, v in enumerate(variables)),
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
