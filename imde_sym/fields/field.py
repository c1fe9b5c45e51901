"""VectorField: an autonomous ODE y' = f(y)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from ..errors import FieldError, ParseError
from ..rings import STORED, expression_text, parse_expression, scalar, to_sympy
from ..values import Value
from .kernels import refuse_non_smooth

FORMAT = "imde_sym/field"
_EQUATION = re.compile(r"^\s*(?:(?P<name>[^\W\d]\w*)\s*'|d\s*(?P<leibniz>[^\W\d]\w*)\s*/\s*dt)\s*$")


class VectorField(Value):
    """The right-hand side of y' = f(y), as sympy expressions.

    VectorField({p: -10*sin(q), q: p})        variables and components in the order of the mapping
    VectorField([p, q], [-10*sin(q), p])      two sequences
    VectorField.parse("p' = -10*sin(q); q' = p")
    VectorField.hamiltonian(H, q=[q], p=[p])

    Symbols that are not variables are constant parameters. `parameters` maps those of a catalogue entry
    to their values; `with_parameters` changes them. Values are immutable.
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
        **info: Any,
    ):
        if isinstance(variables, Mapping):
            if components is not None:
                raise FieldError("give either a mapping or two sequences, not both")
            components, variables = list(variables.values()), list(variables)
        if isinstance(variables, str) or isinstance(components, str) or components is None:
            raise FieldError("a field is a mapping {variable: component} or two sequences; text goes to VectorField.parse")
        self.variables = tuple(variables)
        if not self.variables or not all(isinstance(v, sympy.Symbol) for v in self.variables):
            raise FieldError(f"variables must be sympy symbols, at least one; got {self.variables}")
        if len(set(self.variables)) < len(self.variables):
            raise FieldError(f"a variable occurs twice in {self.variables}")
        if len(components) != len(self.variables):
            raise FieldError(f"{len(self.variables)} variables, but {len(components)} components")
        self.template = tuple(_component(c) for c in components)
        self.parameters: dict[sympy.Symbol, Any] = {
            s: to_sympy(scalar(v)) for s, v in (parameters or {}).items()
        }
        self.name, self.info = name, info
        # one simultaneous exact substitution, so that a parameter may be set to another symbol
        self.components = tuple(c.xreplace(self.parameters) if self.parameters else c for c in self.template)
        refuse_non_smooth(self.components)
        self._freeze()

    @classmethod
    def parse(
        cls, text: str, parameters: Sequence[str] | Mapping[str, Any] = (), *, name: str = "", **info: Any
    ) -> VectorField:
        """Read equations such as "p' = -10*sin(q); q' = p", separated by ';' or line ends.

        parameters : names of constants, or a mapping from names to values
        Decimals are exact. Nothing is evaluated. Raises ParseError, naming the culprit.
        """
        equations = [e for e in re.split(r"[;\n]", text) if e.strip()]
        if not equations:
            raise ParseError("no equation given; an example is \"p' = -10*sin(q); q' = p\"")
        pairs = []
        for equation in equations:
            left, equal, right = equation.partition("=")
            match = _EQUATION.match(left)
            if not equal or match is None:
                raise ParseError(f"{equation.strip()[:60]!r} is not an equation; write \"x' = ...\" or \"dx/dt = ...\"")
            pairs.append((match["name"] or match["leibniz"], right))
        variables = {n: sympy.Symbol(n) for n, _ in pairs}
        if len(variables) < len(pairs):
            raise ParseError(f"two equations for one variable among {', '.join(n for n, _ in pairs)}")
        constants = {n: sympy.Symbol(n) for n in parameters}
        if clash := variables.keys() & constants:
            raise ParseError(f"{', '.join(clash)} is both a variable and a parameter")
        names = variables | constants
        components = [parse_expression(right, names) for _, right in pairs]
        values = {constants[n]: v for n, v in parameters.items()} if isinstance(parameters, Mapping) else None
        return cls(list(variables.values()), components, parameters=values, name=name, **info)

    @classmethod
    def hamiltonian(cls, H: sympy.Expr, q: Sequence[sympy.Symbol], p: Sequence[sympy.Symbol]) -> VectorField:
        """q' = ∂H/∂p, p' = -∂H/∂q, with the variables in the order (q, p)."""
        if len(q) != len(p) or not q:
            raise FieldError(f"a Hamiltonian needs as many positions as momenta; got {len(q)} and {len(p)}")
        H = sympy.sympify(H)
        return cls([*q, *p], [*(sympy.diff(H, x) for x in p), *(-sympy.diff(H, x) for x in q)], energy=H)

    def with_parameters(self, **values: Any) -> VectorField:
        """The same system with other parameter values (numbers, or symbols to keep a parameter free).

        Raises FieldError for a name that is no parameter.
        """
        known = {str(s): s for s in {c for e in self.template for c in e.free_symbols} - set(self.variables)}
        for n in values:
            if n not in known:
                accepted = ", ".join(sorted(known)) or "none"
                raise FieldError(f"{n!r} is not a parameter of this system; parameters: {accepted}")
        new = self.parameters | {known[n]: v for n, v in values.items()}
        return VectorField(self.variables, self.template, parameters=new, name=self.name, **self.info)

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
            rf"\dot{{{sympy.latex(v)}}} &= {sympy.latex(c)}"
            for v, c in zip(self.variables, self.components, strict=True)
        ]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back."""
        return {
            "format": FORMAT,
            "version": 1,
            "name": self.name,
            "variables": [str(v) for v in self.variables],
            "symbols": [str(s) for s in self.free_parameters],
            "floats": any(c.has(sympy.Float) for c in self.components),
            "components": [expression_text(c) for c in self.components],
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VectorField:
        """Inverse of `to_dict`; expressions are parsed, never evaluated."""
        try:
            variables = [sympy.Symbol(str(v)) for v in data["variables"]]
            symbols = [*data["variables"], *data.get("symbols", [])]
            names = STORED | {str(s): sympy.Symbol(str(s)) for s in symbols}
            floats = bool(data.get("floats", False))
            components = [parse_expression(str(c), names, floats) for c in data["components"]]
        except (KeyError, TypeError) as error:
            raise FieldError(f"not the data of a field: {error!r}") from None
        return cls(variables, components, name=str(data.get("name", "")))


def _component(value: Any) -> sympy.Expr:
    if isinstance(value, sympy.Expr):
        return value
    if isinstance(value, str):
        raise FieldError(f"{value!r} is text; VectorField.parse reads text")
    return to_sympy(scalar(value))
