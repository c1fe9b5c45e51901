"""VectorField: an ODE y' = f(y) or y' = f(y, t), and what it was made from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import sympy

from ..errors import FieldError
from ..rings import STORED, Spelling, latex, parse_expression, read_symbols, scalar, to_sympy
from ..rings.undefined import undefined_functions
from ..values import Value
from .parsing import parse_system, velocity_names
from .rewrite import as_expression, refuse_non_smooth
from .structure import Structure, all_zero, check_pairs, check_poisson, check_symbols, euler_lagrange, listed

FORMAT = "imde_sym/field"


class VectorField(Value):
    """The right-hand side of y' = f(y), as sympy expressions.

    VectorField({p: -10*sin(q), q: p})        variables and components in the order of the mapping
    VectorField([p, q], [-10*sin(q), p])      two sequences
    VectorField({x: -x + sin(t)}, time=t)     depends on time: t becomes the last variable, with t' = 1
    VectorField.parse("p' = -10*sin(q); q' = p"), also "q'' = -10*sin(q)" and "x' = -x + sin(t)"
    VectorField.hamiltonian(H, q=[q], p=[p]), .poisson(B, H, x), .lagrangian(L, q, v), .gradient(V, x)
    VectorField.second_order({q: -sin(q)})    q' = v, v' = -sin(q)

    Symbols that are not variables are constant parameters. `parameters` maps those of a catalogue entry
    to their values; `with_parameters` changes them. `structure` tells what the field was made from, or is
    None. Two fields are equal if their variables and components are. Values are immutable.
    Raises FieldError where the field is not smooth, not finite or of unequal lengths.

    >>> VectorField.parse("p' = -10*sin(q); q' = p").variables
    (p, q)
    """

    def __init__(
        self,
        variables: Mapping[sympy.Symbol, Any] | Sequence[sympy.Symbol],
        components: Sequence[Any] | None = None,
        *,
        parameters: Mapping[sympy.Symbol, Any] | None = None,
        name: str = "",
        time: sympy.Symbol | None = None,
        structure: Structure | None = None,
        **info: Any,
    ):
        if isinstance(variables, sympy.Symbol):
            variables, components = [variables], [components]
        if isinstance(variables, Mapping):
            if components is not None:
                raise FieldError("give either a mapping or two sequences, not both")
            components, variables = list(variables.values()), list(variables)
        if isinstance(variables, str) or isinstance(components, str) or components is None:
            raise FieldError("a field is a mapping {variable: component} or two sequences; text goes to VectorField.parse")
        if len(components) != len(variables):
            raise FieldError(f"{len(variables)} variables, but {len(components)} components")
        if time is not None and time not in variables:
            variables, components = [*variables, time], [*components, sympy.S.One]
        check_symbols(variables, "variables")
        self.variables, self.time = tuple(variables), time
        self.template = tuple(as_expression(c) for c in components)
        if time is not None and self.template[self.variables.index(time)] != 1:
            raise FieldError(f"{time} is the time, so its component must be 1")
        self.parameters: dict[sympy.Symbol, Any] = {
            s: to_sympy(scalar(v)) for s, v in (parameters or {}).items()
        }
        self.name, self.info = name, info
        # one simultaneous exact substitution, so that a parameter may be set to another symbol
        self.components = tuple(self._valued(c) for c in self.template)
        self._structure = structure
        refuse_non_smooth(self.components)
        self._freeze()

    def _valued(self, e: sympy.Expr) -> sympy.Expr:
        return e.xreplace(self.parameters) if self.parameters else e

    # -- constructors ---------------------------------------------------------------------------
    @classmethod
    def parse(
        cls,
        text: str,
        parameters: Sequence[str] | Mapping[str, Any] = (),
        *,
        name: str = "",
        functions: Sequence[str] = (),
        time: str = "t",
        **info: Any,
    ) -> VectorField:
        """Read equations such as "p' = -10*sin(q); q' = p", separated by ';' or line ends.

        parameters : names of constants, or a mapping from names to values
        functions  : names of undefined functions; partial(V(q1, q2), 1, 0) is ∂V/∂q1
        time       : the name of time, which becomes the last variable where it occurs
        An equation "q'' = ..." gives q' = v, v' = ... (names: `parsing.velocity_names`); its right-hand
        side may contain q'. Decimals are exact. Nothing is evaluated. Raises ParseError, naming the culprit.
        """
        system = parse_system(text, parameters, functions, time)
        values = {system.constants[n]: v for n, v in parameters.items()} if isinstance(parameters, Mapping) else None
        return cls(system.variables, system.components, parameters=values, name=name, time=system.time, **info)

    @classmethod
    def hamiltonian(cls, H: sympy.Expr, q: Sequence[sympy.Symbol], p: Sequence[sympy.Symbol], **options: Any) -> VectorField:
        """q' = ∂H/∂p, p' = -∂H/∂q, with the variables in the order (q, p).

        options : as of VectorField: parameters, name, time
        """
        q, p = listed(q), listed(p)
        check_pairs(q, p, "a Hamiltonian needs positions q and momenta p")
        structure = Structure("hamiltonian", as_expression(H), tuple(q), tuple(p))
        return cls([*q, *p], structure.components([*q, *p]), structure=structure, **{"energy": structure.function} | options)

    @classmethod
    def poisson(
        cls, B: sympy.Matrix | Sequence[Sequence[Any]], H: sympy.Expr, variables: Sequence[sympy.Symbol], **options: Any
    ) -> VectorField:
        """x' = B(x) ∇H(x) with a skew matrix B that satisfies the Jacobi identity (HLW VII.2).

        Raises FieldError where B has the wrong shape, is not skew or is no Poisson matrix.
        """
        check_symbols(variables, "variables")
        rows = B.tolist() if isinstance(B, sympy.MatrixBase) else B
        try:
            matrix = sympy.ImmutableMatrix([[as_expression(e) for e in row] for row in rows])
        except (TypeError, ValueError) as error:
            raise FieldError(f"a Poisson matrix is a square matrix of expressions: {error}") from None
        check_poisson(matrix, variables)
        structure = Structure("poisson", as_expression(H), matrix=matrix)
        return cls(variables, structure.components(variables), structure=structure, **options)

    @classmethod
    def lagrangian(
        cls, L: sympy.Expr, q: Sequence[sympy.Symbol], v: Sequence[sympy.Symbol], time: sympy.Symbol | None = None, **options: Any
    ) -> VectorField:
        """The Euler-Lagrange equations of L(q, v, t) as q' = v, v' = M⁻¹(...), variables in the order (q, v).

        Raises FieldError where the mass matrix ∂²L/∂v² is singular.
        """
        q, v = listed(q), listed(v)
        check_pairs(q, v, "a Lagrangian needs positions q and velocities v")
        L = as_expression(L)
        structure = Structure("lagrangian", L, tuple(q), tuple(v))
        return cls([*q, *v], [*v, *euler_lagrange(L, q, v, time)], structure=structure, time=time, **options)

    @classmethod
    def gradient(cls, V: sympy.Expr, variables: Sequence[sympy.Symbol], **options: Any) -> VectorField:
        """The gradient flow x' = -∇V(x)."""
        variables = listed(variables)
        check_symbols(variables, "variables")
        structure = Structure("gradient", as_expression(V))
        return cls(variables, structure.components(variables), structure=structure, **options)

    @classmethod
    def second_order(
        cls,
        accelerations: Mapping[sympy.Symbol, Any],
        velocities: Mapping[sympy.Symbol, sympy.Symbol] | None = None,
        **options: Any,
    ) -> VectorField:
        """q'' = g(q, q', t) as q' = v, v' = g, from {q: g}; variables in the order (q, v).

        velocities : symbols for q', as they occur in g; by default v for q, v1 for q1, vx for x beside y
        """
        if velocities is None:
            names = velocity_names([str(q) for q in accelerations], map(str, accelerations))
            velocities = {q: sympy.Symbol(names[str(q)]) for q in accelerations}
        if missing := [q for q in accelerations if q not in velocities]:
            raise FieldError(f"no velocity is given for {missing[0]}")
        v = [velocities[q] for q in accelerations]
        check_pairs(list(accelerations), v, "a system of second order needs positions and velocities")
        return cls([*accelerations, *v], [*v, *accelerations.values()], **options)

    def with_parameters(self, given: Mapping[Any, Any] | None = None, /, **values: Any) -> VectorField:
        """The same system with other parameter values (numbers, or symbols to keep a parameter free).

        given : a mapping from names or symbols, for names that are no Python names

        Raises FieldError for a name that is no parameter.
        """
        known = {str(s): s for s in {c for e in self.template for c in e.free_symbols} - set(self.variables)}
        for n in [*map(str, given or {}), *values]:
            if n not in known:
                accepted = ", ".join(sorted(known)) or "none"
                raise FieldError(f"{n!r} is not a parameter of this system; parameters: {accepted}")
        values = {str(n): v for n, v in (given or {}).items()} | values
        new = self.parameters | {known[n]: v for n, v in values.items()}
        return VectorField(
            self.variables, self.template, parameters=new, name=self.name, time=self.time, structure=self._structure, **self.info
        )

    # -- values ---------------------------------------------------------------------------------
    @property
    def dimension(self) -> int:
        return len(self.variables)

    @property
    def free_parameters(self) -> tuple[sympy.Symbol, ...]:
        """Symbols that are neither variables nor given a value, by name."""
        free = {s for c in self.components for s in c.free_symbols} - set(self.variables)
        return tuple(sorted(free, key=str))

    @property
    def reference(self) -> str:
        return self.info.get("reference", "")

    @property
    def functions(self) -> dict[str, Any]:
        """The undefined functions in the components and the structure, by name."""
        return undefined_functions([*self.components, *([self.structure.function] if self.structure else [])])

    # -- structure ------------------------------------------------------------------------------
    @cached_property
    def structure(self) -> Structure | None:
        """What the field was made from, at the present parameter values; None where that is not known."""
        return self._structure and self._structure.map(self._valued)

    @property
    def hamiltonian_function(self) -> sympy.Expr | None:
        """H of a canonical or Poisson system, else None."""
        return self.structure.function if self.structure and self.structure.kind in ("hamiltonian", "poisson") else None

    @cached_property
    def poisson_matrix(self) -> sympy.ImmutableMatrix | None:
        """B with x' = B ∇H in the order of the variables (canonical: ±1 between q and p), else None."""
        return self.structure.poisson_matrix(self.variables) if self.structure else None

    @cached_property
    def invariants(self) -> dict[str, sympy.Expr]:
        """The known conserved quantities by name: the Hamiltonian as "energy", and those of the catalogue."""
        symbols = {*self.variables} | {s for e in self.template for s in e.free_symbols} | {*self.parameters}
        names = {str(s): s for s in symbols}
        found = {n: self._valued(parse_expression(e, names)) for n, e in self.info.get("invariants", {}).items()}
        H = self.hamiltonian_function
        return found if H is None or self.time is not None else {"energy": H} | found

    def lie_derivative(self, expression: sympy.Expr) -> sympy.Expr:
        """The time derivative of an expression along the field."""
        expression = as_expression(expression)
        return sympy.Add(*(sympy.diff(expression, v) * c for v, c in zip(self.variables, self.components, strict=True)))

    def equivalent(self, other: VectorField) -> bool:
        """Whether both fields are the same function of the same variables, however they are written.

        Decided by `DifferentialRing.zero_test`: exact, or certified in 40 digits where no relation decides.
        """
        pairs = zip(self.components, other.components, strict=False)
        return self.variables == other.variables and all_zero(self.variables, [a - b for a, b in pairs])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VectorField) and self.variables == other.variables and self.components == other.components

    def __hash__(self) -> int:
        return hash((self.variables, self.components))

    def __str__(self) -> str:
        return "; ".join(f"{v}' = {c}" for v, c in zip(self.variables, self.components, strict=True))

    def __repr__(self) -> str:
        name = f"{self.name}: " if self.name else ""
        return f"<VectorField {name}{self}>"

    def as_matrix(self) -> sympy.Matrix:
        """The components as a column Matrix."""
        return sympy.Matrix(self.components)

    def latex(self) -> str:
        rows = [
            rf"\dot{{{latex(v)}}} &= {latex(c)}"
            for v, c in zip(self.variables, self.components, strict=True)
        ]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back."""
        structure = self.structure
        own = structure.symbols if structure else set()
        symbols = sorted({*self.free_parameters} | own - {*self.variables}, key=str)
        spelling = Spelling([*self.variables, *symbols], self.functions)
        data: dict[str, Any] = {
            "format": FORMAT,
            "version": 1,
            "name": self.name,
            "variables": [spelling.data(v) for v in self.variables],
            "symbols": [spelling.data(s) for s in symbols],
            "floats": any(c.has(sympy.Float) for c in self.components),
            "components": [spelling.text(c) for c in self.components],
        }
        if self.functions:
            data["functions"] = list(self.functions)
        if self.time is not None:
            data["time"] = spelling.text(self.time)
        return data | ({"structure": structure.to_dict(spelling)} if structure else {})

    def to_json(self) -> str:
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VectorField:
        """Inverse of `to_dict`; expressions are parsed, never evaluated."""
        try:
            moving = read_symbols(data["variables"])
            names = STORED | moving | read_symbols(data.get("symbols", []))
            names |= {str(n): sympy.Function(str(n)) for n in data.get("functions", [])}
            floats = bool(data.get("floats", False))
            read = partial(parse_expression, names=names, floats=floats)
            components = [read(str(c)) for c in data["components"]]
            structure = Structure.from_dict(data["structure"], read) if "structure" in data else None
            time = names[str(data["time"])] if "time" in data else None
        except (KeyError, TypeError, AttributeError) as error:
            raise FieldError(f"not the data of a field: {error!r}") from None
        return cls(list(moving.values()), components, name=str(data.get("name", "")), time=time, structure=structure)
