"""ModifiedField: a modified or inverse modified equation, as formulas, as code and as data."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy

from ..base.errors import DIRECTIONS, CodegenError, FieldError, check_index, check_order, shown
from ..base.values import Value, read_json
from ..codegen import LiveFunction, Options, Program, Routine, field_program, find_form, find_target, live_function, routine
from ..codegen.differentials import tree_program
from ..expressions import STORED, Spelling, find_symbol, parse_expression
from ..fields import DifferentialRing, FieldPart, VectorField
from ..method import Method
from ..method.families import method_from_data
from ..rings import scalar, to_sympy
from ..series import BSeries, inverse_modified_series, modified_series
from .display import WIDTH, field_latex, field_text, visible
from .held import hold
from .split import Split, split_field
from .step import Symbols, step_of, step_value, symbols_of

FORMAT = "imde_sym/modified_field"
MAX_ORDER = 30
TREES = 6
"""Up to this order code from derivatives is tried beside that from polynomials."""
READABLE = 20_000
"""Characters of a formula beyond which `latex` warns."""


class ModifiedField(Value):
    """f + h f_1 + ... + h^(order-1) f_(order-1): a modified or inverse modified field, exact.

    field, method, order, direction ("inverse" or "forward") say what was computed; the formulas come
    from `term`, `as_expr` and `latex`, code from `lambdify` and `source`. `parts[k]` is the coefficient of
    h**k in the ring; for a method that splits the field, `split` holds the parts of f, and `colored` what
    each of them becomes. Values are immutable; equal fields of equal origin compare equal, and pickling
    stores the origin and the formulas.
    """

    def __init__(
        self,
        field: VectorField,
        method: Method,
        order: int,
        direction: str,
        ring: DifferentialRing,
        colored: Sequence[Sequence[FieldPart]],
        split: Split | None = None,
    ):
        self.field, self.method, self.order, self.direction = field, method, order, direction
        self.ring, self.colored, self.split = ring, tuple(map(tuple, colored)), split
        self.parts = self.colored[0] if split is None else tuple(add_parts(ring, p) for p in zip(*self.colored, strict=True))
        self._freeze()

    @property
    def variables(self) -> tuple[sympy.Symbol, ...]:
        return self.field.variables

    @property
    def symbols(self) -> Symbols:
        """The variables, the free parameters and those of the method."""
        return symbols_of(self.field, self.method)

    @cached_property
    def step(self) -> sympy.Symbol:
        """The step size in formulas: h; h_step where the field or the method has a symbol h of its own."""
        return step_of(self.field, self.method)

    # -- formulas -------------------------------------------------------------------------------
    def term(self, k: int) -> sympy.Matrix:
        """The coefficient of h**k as a column, components in the order of `variables`; 0 <= k < order.

        Raises FieldError for other k.
        """
        message = f"term {k!r} does not exist: a field of order {self.order} has powers h**0 to h**{self.order - 1}"
        return sympy.Matrix(self._terms[check_index(k, self.order, message)])

    @cached_property
    def _terms(self) -> list[list[sympy.Expr]]:
        return [[self.ring.to_sympy(p) for p in part.components] for part in self.parts]

    def as_expr(self, h: Any = None) -> sympy.Matrix:
        """The whole field as a column Matrix in h.

        h : a number, a symbol or the text of one for the step size; by default the symbol `step`
        Raises FieldError for a symbol that the field or the method has.
        """
        return self._matrix(self._terms, h)

    def _matrix(self, terms: list[list[sympy.Expr]], given: Any = None) -> sympy.Matrix:
        rows, h = range(len(self.variables)), step_value(given, self.step, self.symbols)
        return sympy.Matrix([sum((h**k * t[m] for k, t in enumerate(terms)), sympy.S.Zero) for m in rows])

    def __getitem__(self, key: Any) -> sympy.Expr:
        """One component, in h: by the name or symbol of its variable, or by its place. Raises FieldError for others.

        >>> import imde_sym as imde
        >>> imde.modified_equation("x' = x", "euler", 2)["x"]
        -h*x/2 + x
        """
        if isinstance(key, str | sympy.Symbol):
            place = self.variables.index(find_symbol(key, self.variables, "variable"))
        else:
            names = ", ".join(map(str, self.variables))
            place = check_index(key, len(self.variables), f"{shown(key)} is no component: variables are {names}, from place 0")
        return self.as_expr()[place]

    __iter__ = None
    """Components are asked for one by one: an iteration over places would not end."""

    def as_field(self, h: Any = None) -> VectorField:
        """The truncated field as a VectorField; h as for `as_expr`."""
        components, time = list(self.as_expr(h)), self.field.time
        kept = time is not None and components[self.variables.index(time)] == 1
        return VectorField(self.variables, components, time=time if kept else False)

    def truncate(self, order: int) -> ModifiedField:
        """Keep the terms up to tree order `order`, so powers of h up to h**(order - 1)."""
        order = check_order(order, self.order, "the order of a truncation")
        kept = [parts[:order] for parts in self.colored]
        return ModifiedField(self.field, self.method, order, self.direction, self.ring, kept, self.split)

    def part(self, index: int) -> sympy.Matrix:
        """What part `index` of a split field becomes, as a column Matrix in h: the terms whose outermost field is its own."""
        index = check_index(
            index, len(self.colored), f"part {index!r} does not exist: this field has the parts 0 to {len(self.colored) - 1}"
        )
        return self._matrix([[self.ring.to_sympy(p) for p in part.components] for part in self.colored[index]])

    def __str__(self) -> str:
        return field_text(self)

    def __repr__(self) -> str:
        kind = "inverse modified" if self.direction == "inverse" else "modified"
        name = self.field.name or ", ".join(map(str, self.variables))
        return f"<{kind} field of {name} under {self.method.title}, order {self.order}>"

    def latex(self, width: int = WIDTH) -> str:
        """An align environment: one line for each power of h in each component, split where it is longer than `width`.

        width : visible characters of a line. A warning says so where the formula is too large to be read
        """
        text = field_latex(self, width)
        if (size := visible(text)) > READABLE:
            warnings.warn(f"the formula has {size} characters: nobody reads that; a lower order is shorter", stacklevel=2)
        return text

    def _repr_latex_(self) -> str:
        return self.latex()

    @property
    def series(self) -> BSeries:
        """The equation over trees, for every field: the coefficients of h times it. `to_dict` gives them as plain data."""
        build = inverse_modified_series if self.direction == "inverse" else modified_series
        return build(self.method, self.order)

    # -- code -----------------------------------------------------------------------------------
    @cached_property
    def program(self) -> Program:
        """Straight-line code for the field, from variables and free parameters."""
        return field_program(self.ring, self.parts)

    @cached_property
    def jacobian_program(self) -> Program:
        """Straight-line code for the exact Jacobian, row by row."""
        return field_program(self.ring, self.parts, field=False, jacobian=True)

    def _routine(self, options: Options, exact: bool) -> Routine:
        if options.stepper and self.direction != "inverse":
            raise CodegenError("a stepper is the method applied to an inverse modified field; this is a modified field")
        found = routine(self.ring, self.parts, self.method, repr(self)[1:-1], options, not exact, self._tree_program)
        if not exact:
            hold(self, dict(found.values))
        return found

    def _tree_program(self, correction: bool) -> Program | None:
        """The field from its derivatives, or its correction; None where the order is high or a coefficient is no fraction."""
        if self.order > TREES:
            return None
        coefficients = self.series.coefficients
        if not all(isinstance(c, Fraction) for c in coefficients):
            return None
        fields = [self.ring.part(p) for p in self.split or [self.field.components]]
        return tree_program(self.ring, fields, coefficients, self.order, correction)

    @cached_property
    def _differences(self) -> dict[Any, Any]:
        """What `hold` found, by the values built in."""
        return {}

    def lambdify(self, target: str = "numpy", **options: Any) -> LiveFunction:
        """A function g(x, h): x of shape (..., d) to (..., d); h is by default an argument.

        target  : "numpy" (h and parameters may be arrays that broadcast against (...); takes out=), "numba" (compiled
                  loop), "python" (one point, math module), "sympy" (exact), "jax" (for jit, vmap, grad), "torch" (autograd)
        options : h= a number to build in; parameters= {name: number} to build in; jacobian=True for the pair of the field
                  and its exact Jacobian (..., d, d); part="correction" for f_h - f; stepper=True for one step of the
                  explicit method applied to f_h, so g(x, h) is near the exact flow
        Free parameters are keyword arguments of g. The function runs the text that `source` gives.
        Raises CodegenError for an unknown target or option, and for a target that is not Python; MissingLibraryError.

        >>> from imde_sym import inverse_modified_equation, methods, systems
        >>> F = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 3)
        >>> [round(v, 6) for v in F.lambdify("python", h="1/10")([0.5, 1.0])]
        [-8.338059, 0.495497]
        """
        chosen = Options.of(options)
        found = find_target(target, chosen)
        return live_function(target, found, self._routine(chosen, found.exact))

    def source(self, target: str = "numpy", **options: Any) -> str:
        """The field as source text with a function f_h (for a stepper: f_h_step).

        target  : those of `lambdify`, "julia", "c" (self-contained; "c-header" is its header alone) and "fortran"
        options : those of `lambdify`; precision="float" for C and Fortran; name= of the function
        Symbols keep their names where the language allows it; others get safe names, and the text says which.
        Raises CodegenError for an unknown target or option, and for a function that the language lacks.
        Cost: proportional to the number of operations; order 8 of the Lorenz system takes some ten milliseconds.

        >>> from imde_sym import inverse_modified_equation, methods, systems
        >>> F = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 1)
        >>> print(F.source("julia").split("\\n\\n")[1])
        function f_h!(out, state, h)
            p = state[1]
            q = state[2]
            out[1] = -10.0*sin(q)
            out[2] = p
            return out
        end
        """
        chosen = Options.of(options)
        found = find_target(target, chosen)
        return found.emit(self._routine(chosen, found.exact))

    def as_ode(self, library: str, h: Any, parameters: Mapping[Any, Any] | None = None, part: str = "field") -> Any:
        """The field with a fixed h in the form that a library of ODE solvers takes.

        library    : "scipy": fun(t, y) for solve_ivp; "diffrax": an ODETerm; "torchdiffeq": f(t, y)
        h          : the step size: a number, or an array or tensor without axes
        parameters : values of free parameters by name; arrays and tensors let gradients through. Those left out are
                     arguments: fun(t, y, *parameters), for diffrax `args`
        Raises CodegenError for an unknown library, FieldError for an unknown parameter, MissingLibraryError.

        >>> from imde_sym import inverse_modified_equation, methods, systems
        >>> F = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 3)
        >>> F.as_ode("scipy", h="1/10")(0.0, [0.5, 1.0]).round(6)
        array([-8.338059,  0.495497])
        """
        target, form = find_form(library)
        return form(self.lambdify(target, part=part), h, parameters or {})

    # -- values ---------------------------------------------------------------------------------
    def to_dict(self) -> dict[str, Any]:
        """Plain exact data: the field, the tableau, and each component's coefficient of each power of h."""
        text = self.write
        return {
            "format": FORMAT,
            "version": 1,
            "direction": self.direction,
            "order": self.order,
            "field": self.field.to_dict(),
            "method": self.method.to_dict(),
            "floats": any(e.has(sympy.Float) for t in self._terms for e in t),
            "terms": [[text(e) for e in t] for t in self._terms],
        } | (
            {}
            if self.split is None
            else {
                "split": [[text(c) for c in part] for part in self.split],
                "parts": [[[text(e) for e in t] for t in part] for part in self._colored_terms],
            }
        )

    @cached_property
    def _colored_terms(self) -> list[list[list[sympy.Expr]]]:
        return [[[self.ring.to_sympy(p) for p in part.components] for part in parts] for parts in self.colored]

    def to_json(self) -> str:
        return json.dumps(self.to_dict())

    def write(self, expression: sympy.Expr) -> str:
        """An expression in the variables and parameters as stored text; `read` is the inverse."""
        return spelling_of(self.field, self.method).text(to_sympy(scalar(expression)))

    def read(self, text: Any) -> sympy.Expr:
        """A stored expression. Raises ParseError; nothing is evaluated."""
        return stored_expression(text, self.field, self.method)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModifiedField:
        """Inverse of `to_dict`: formulas are parsed, never evaluated, and checked for shape."""
        try:
            field, method = VectorField.from_dict(data["field"]), method_from_data(data["method"])
            order, direction = check_order(data["order"], MAX_ORDER), data["direction"]
            given, split = data.get("parts", [data["terms"]]), data.get("split")
        except (KeyError, TypeError) as error:
            raise FieldError(f"not the data of a modified field: {error!r}") from None
        wrong = any(len(p) != order or any(len(t) != field.dimension for t in p) for p in [*given, data["terms"]])
        if direction not in DIRECTIONS or wrong or (split is None) != ("parts" not in data) or len(given) != method.colors:
            raise FieldError(f"the data of a modified field need {order} terms of {field.dimension} components")
        floats = bool(data.get("floats", False))

        def read(rows: Any) -> list[list[sympy.Expr]]:
            return [[stored_expression(e, field, method, floats) for e in row] for row in rows]

        halves = None if split is None else split_field(field, method, read(split))
        return _restore(field, method, order, direction, [read(p) for p in given], halves)

    @classmethod
    def from_json(cls, text: Any) -> ModifiedField:
        return cls.from_dict(read_json(text, "modified field", FieldError))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModifiedField) and self._identity == other._identity

    @cached_property
    def _identity(self) -> tuple[Any, ...]:
        return self.field, self.method, self.direction, self.order, tuple(map(tuple, self._terms))

    def __hash__(self) -> int:
        return hash(self._identity)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.field, self.method, self.order, self.direction, self._colored_terms, self.split)


def spelling_of(field: VectorField, method: Method) -> Spelling:
    """How formulas about the method on the field are written."""
    return Spelling(symbols_of(field, method), field.functions)


def stored_expression(text: Any, field: VectorField, method: Method, floats: bool = True) -> sympy.Expr:
    """The inverse of `spelling_of(field, method).text`."""
    return parse_expression(str(text), STORED | field.functions | spelling_of(field, method).names, floats)


def _restore(
    field: VectorField,
    method: Method,
    order: int,
    direction: str,
    colored: list[list[list[sympy.Expr]]],
    split: Split | None,
) -> ModifiedField:
    """Rebuild a field from its formulas: polynomials of the ring do not pickle."""
    ring = DifferentialRing(field.variables, [*field.components, *(e for p in colored for t in p for e in t)])
    return ModifiedField(field, method, order, direction, ring, [[ring.part(t) for t in p] for p in colored], split)


def add_parts(ring: DifferentialRing, parts: Sequence[FieldPart]) -> FieldPart:
    """The sum of some vectors over one ring."""
    totals = [sum(column[1:], column[0]) for column in zip(*(p.components for p in parts), strict=True)]
    return FieldPart(ring, [ring.reduce(p) for p in totals])
