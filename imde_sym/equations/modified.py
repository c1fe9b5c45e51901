"""modified_equation, inverse_modified_equation and what they return."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy

from ..codegen import Builder, NumpyFunction, Program
from ..codegen.numpy import source as numpy_source
from ..errors import CodegenError, FieldError, check_order
from ..fields import DifferentialRing, FieldPart, FieldSpace, VectorField
from ..methods import ButcherTableau
from ..methods.tableau import tableau_from_data
from ..prelie import Graded, inverse_modified, inverses, modified
from ..rings import STORED, expression_text, parse_expression, to_sympy
from ..values import Value

FORMAT = "imde_sym/modified_field"
MAX_ORDER = 30
TARGETS = ("numpy",)
DIRECTIONS: dict[str, Callable[..., Graded]] = {"forward": modified, "inverse": inverse_modified}
H = sympy.Symbol("h")


class ModifiedField(Value):
    """f + h f_1 + ... + h^(order-1) f_(order-1): a modified or inverse modified field, exact.

    field, method, order, direction ("inverse" or "forward") say what was computed; the formulas come
    from `term`, `as_expr` and `latex`, code from `lambdify` and `source`. Values are immutable; equal
    fields of equal origin compare equal, and pickling stores the origin and the formulas.
    """

    def __init__(
        self,
        field: VectorField,
        method: ButcherTableau,
        order: int,
        direction: str,
        ring: DifferentialRing,
        parts: list[FieldPart],
    ):
        self.field, self.method, self.order, self.direction = field, method, order, direction
        self.ring, self.parts = ring, tuple(parts)
        self._freeze()

    @property
    def variables(self) -> tuple[sympy.Symbol, ...]:
        return self.field.variables

    # -- formulas -------------------------------------------------------------------------------
    def term(self, k: int) -> sympy.Matrix:
        """The coefficient of h**k as a column, components in the order of `variables`; 0 <= k < order.

        Raises FieldError for other k.
        """
        if not isinstance(k, int) or not 0 <= k < self.order:
            raise FieldError(f"term {k!r} does not exist: a field of order {self.order} has powers h**0 to h**{self.order - 1}")
        return sympy.Matrix(self._terms[k])

    @cached_property
    def _terms(self) -> list[list[sympy.Expr]]:
        return [[self.ring.to_sympy(p) for p in part.components] for part in self.parts]

    def as_expr(self, h: sympy.Symbol = H) -> sympy.Matrix:
        """The whole field as a column Matrix in h."""
        return sympy.Matrix(
            [sum((h**k * t[m] for k, t in enumerate(self._terms)), sympy.S.Zero) for m in range(len(self.variables))]
        )

    def as_field(self, h: Any = None) -> VectorField:
        """The truncated field as a VectorField, with the symbol h or a number for h."""
        value = H if h is None else to_sympy(h)
        return VectorField(self.variables, list(self.as_expr().xreplace({H: value})))

    def truncate(self, order: int) -> ModifiedField:
        """Keep the terms up to tree order `order`, so powers of h up to h**(order - 1)."""
        order = check_order(order, self.order, "the order of a truncation")
        return ModifiedField(self.field, self.method, order, self.direction, self.ring, list(self.parts[:order]))

    def __str__(self) -> str:
        lines = []
        for m, v in enumerate(self.variables):
            terms = [(k, t[m]) for k, t in enumerate(self._terms) if t[m] != 0]
            body = " + ".join(f"{_power(k)}({e})" if k else f"{e}" for k, e in terms) or "0"
            lines.append(f"{v}' = {body} + O(h^{self.order})")
        return "\n".join(lines)

    def __repr__(self) -> str:
        kind = "inverse modified" if self.direction == "inverse" else "modified"
        name = self.field.name or ", ".join(map(str, self.variables))
        return f"<{kind} field of {name} under {self.method.title}, order {self.order}>"

    def latex(self) -> str:
        """An align environment, one line for each power of h in each component."""
        lines = []
        for m, v in enumerate(self.variables):
            first = True
            for k, t in enumerate(self._terms):
                if t[m] == 0:
                    continue
                body = sympy.latex(t[m])
                power = "h" if k == 1 else f"h^{{{k}}}"
                body = body if k == 0 else rf"{power} \left({body}\right)"
                lines.append((rf"\dot{{{sympy.latex(v)}}} ={{}}& " if first else r"& {}+ ") + body)
                first = False
            if first:
                lines.append(rf"\dot{{{sympy.latex(v)}}} ={{}}& 0")
            lines[-1] += rf" + \mathcal{{O}}(h^{{{self.order}}})"
        return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"

    def _repr_latex_(self) -> str:
        return self.latex()

    # -- code -----------------------------------------------------------------------------------
    @cached_property
    def program(self) -> Program:
        """Straight-line code for the field, from variables and free parameters."""
        builder = Builder(self.ring)
        outputs = [builder.graded([part.components[m] for part in self.parts]) for m in range(len(self.variables))]
        return builder.program(outputs)

    @cached_property
    def jacobian_program(self) -> Program:
        """Straight-line code for the exact Jacobian, row by row."""
        d = len(self.variables)
        builder = Builder(self.ring)
        units = [self.ring.unit(m) for m in range(d)]
        outputs = [
            builder.graded([self.ring.reduce(self.ring.along(part.components[i], units[j])) for part in self.parts])
            for i in range(d)
            for j in range(d)
        ]
        return builder.program(outputs)

    def lambdify(self, target: str = "numpy") -> NumpyFunction:
        """A function g(x, h): x of shape (..., d) to (..., d); h a scalar or an array that broadcasts.

        Common sub-expressions are shared. Free parameters are keyword arguments.
        Raises CodegenError for an unknown target.
        """
        _check_target(target)
        return NumpyFunction(self.program, len(self.variables), {})

    def source(self, target: str = "numpy") -> str:
        """The field as source text with a function f_h(x, h). Raises CodegenError for an unknown target."""
        _check_target(target)
        return numpy_source(self.program, len(self.variables), repr(self)[1:-1])

    # -- values ---------------------------------------------------------------------------------
    def to_dict(self) -> dict[str, Any]:
        """Plain exact data: the field, the tableau, and each component's coefficient of each power of h."""
        return {
            "format": FORMAT,
            "version": 1,
            "direction": self.direction,
            "order": self.order,
            "field": self.field.to_dict(),
            "method": json.loads(self.method.to_json()),
            "floats": any(e.has(sympy.Float) for t in self._terms for e in t),
            "terms": [[expression_text(e) for e in t] for t in self._terms],
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModifiedField:
        """Inverse of `to_dict`: formulas are parsed, never evaluated, and checked for shape."""
        try:
            field, method = VectorField.from_dict(data["field"]), tableau_from_data(data["method"])
            order, direction, terms = data["order"], data["direction"], data["terms"]
        except (KeyError, TypeError) as error:
            raise FieldError(f"not the data of a modified field: {error!r}") from None
        order = check_order(order, MAX_ORDER)
        if direction not in DIRECTIONS or len(terms) != order or any(len(t) != field.dimension for t in terms):
            raise FieldError(f"the data of a modified field need {order} terms of {field.dimension} components")
        names = STORED | {str(s): s for s in [*field.variables, *field.free_parameters, *method.parameters]}
        floats = bool(data.get("floats", False))
        parsed = [[parse_expression(str(e), names, floats) for e in t] for t in terms]
        return _restore(field, method, order, direction, parsed)

    @classmethod
    def from_json(cls, text: str) -> ModifiedField:
        try:
            return cls.from_dict(json.loads(text))
        except (json.JSONDecodeError, RecursionError) as error:
            raise FieldError(f"the modified field is not JSON: {error}") from None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ModifiedField):
            return False
        return (self.field, self.order, self._terms) == (other.field, other.order, other._terms)

    def __hash__(self) -> int:
        return hash((self.field, self.order, tuple(map(tuple, self._terms))))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.field, self.method, self.order, self.direction, self._terms)


def _restore(
    field: VectorField, method: ButcherTableau, order: int, direction: str, terms: list[list[sympy.Expr]]
) -> ModifiedField:
    """Rebuild a field from its formulas: polynomials of the ring do not pickle."""
    ring = DifferentialRing(field.variables, [*field.components, *(e for t in terms for e in t)])
    return ModifiedField(field, method, order, direction, ring, [ring.part(t) for t in terms])


def _power(k: int) -> str:
    return "h*" if k == 1 else f"h^{k}*"


def _check_target(target: str) -> None:
    if target not in TARGETS:
        raise CodegenError(f"unknown target {target!r}; accepted: {', '.join(TARGETS)}")


def modified_equation(field: VectorField, method: ButcherTableau, order: int) -> ModifiedField:
    """The field whose exact flow is the method applied to `field` (backward error analysis; HLW IX.1).

    order : int >= 1; powers of h up to h**(order - 1) are kept
    Exact for exact data. Raises SeriesError for a bad order, FieldError for a field that is not smooth.

    >>> from imde_sym import VectorField, methods
    >>> f = VectorField.parse("y' = y**2")
    >>> modified_equation(f, methods["explicit_euler"], 3).term(2)
    Matrix([[3*y**4/2]])
    """
    return _equation(field, method, order, "forward")


def inverse_modified_equation(field: VectorField, method: ButcherTableau, order: int) -> ModifiedField:
    """The field f_h that the method turns into the exact flow of `field` (IMDE; Zhu et al., ICML 2022).

    A model that is trained through the method on exact data of `field` learns this field.
    order : int >= 1; powers of h up to h**(order - 1) are kept, and the method applied to the
            truncated field has order `order`
    Exact for exact data. Raises MethodError if sum(b) = 0, SeriesError for a bad order, FieldError for
    a field that is not smooth.

    >>> from imde_sym import VectorField, methods
    >>> f = VectorField.parse("p' = -10*sin(q); q' = p")
    >>> inverse_modified_equation(f, methods["explicit_midpoint"], 3).term(2)[1]
    -5*p*cos(q)/3
    """
    return _equation(field, method, order, "inverse")


def _equation(field: VectorField, method: ButcherTableau, order: int, direction: str) -> ModifiedField:
    order = check_order(order, MAX_ORDER)
    coefficients = [to_sympy(c) for c in dict.fromkeys(method.coefficients) if not isinstance(c, Fraction)]
    if clash := set(method.parameters) & set(field.variables):
        raise FieldError(f"{clash.pop()} is a variable of the field and a parameter of the method: rename one")
    if direction == "inverse":
        coefficients.extend(sympy.radsimp(to_sympy(x)) for x in inverses([sum(method.b, Fraction(0))]))
    ring = DifferentialRing(field.variables, [*field.components, *coefficients])
    space = FieldSpace(ring, order)
    parts = DIRECTIONS[direction](space, method.recursion(space), space.field(field.components))
    return ModifiedField(field, method, order, direction, ring, parts[1:])


EQUATIONS = {"inverse": inverse_modified_equation, "forward": modified_equation}
"""The equation of each direction, as a ModifiedField names it."""
