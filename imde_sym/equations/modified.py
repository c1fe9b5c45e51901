"""ModifiedField: a modified or inverse modified equation, as formulas, as code and as data."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, Unpack

import sympy

from ..base.checks import DIRECTIONS, check_index, check_order
from ..base.errors import CodegenError, FieldError, shown
from ..base.pictures import Pictured
from ..base.typeset import Typeset
from ..base.values import Plain, reads
from ..codegen import (
    FieldOptions,
    Library,
    LiveFunction,
    Options,
    Part,
    Program,
    PythonTarget,
    Routine,
    TextTarget,
    field_program,
    find_target,
    live_function,
    ode_form,
    routine,
)
from ..codegen.differentials import tree_program
from ..expressions import find_symbol
from ..expressions.layout import TEXT_WIDTH, WIDTH
from ..fields import DifferentialRing, RingField, VectorField, over_a_ring
from ..method import Method, method_from_data
from .derived import DerivedField, stored_expression
from .display import DISPLAYED, field_latex, field_text
from .held import hold
from .split import Split, split_field

FORMAT = "imde_sym/modified_field"
Written = Literal["expanded", "collected", "factored", "cse"]
MAX_ORDER = 30
TREES = 6
"""Up to this order code from derivatives is tried beside that from polynomials."""
READABLE = 100_000
"""Characters of LaTeX beyond which `latex` warns."""


class ModifiedField(Pictured, Plain, Typeset, DerivedField):
    """f + h f_1 + ... + h^(order-1) f_(order-1): a modified or inverse modified field, exact.

    field, method, order, direction ("inverse" or "forward") say what was computed; the formulas come
    from `term`, `as_expr` and `latex`, code from `lambdify` and `source`. `parts[k]` is the coefficient of
    h**k in the ring; for a method that splits the field, `split` holds the parts of f, and `colored` what
    each of them becomes. Values are immutable; equal fields of equal origin compare equal, and pickling
    stores the origin and the formulas.
    Made by `modified_equation` and `inverse_modified_equation`, which say what is raised.

    >>> from imde_sym import inverse_modified_equation, methods, systems
    >>> F = inverse_modified_equation(systems["harmonic_oscillator"], methods["explicit_euler"], 3)
    >>> F.term(1), F.step, F.symbols
    (Matrix([
    [-p/2],
    [-q/2]]), h, (p, q))
    >>> F.as_expr("1/10")
    Matrix([
    [-p/20 - 599*q/600],
    [ 599*p/600 - q/20]])
    >>> F.series  # over trees, for every field
    <BSeries inverse modified equation of Explicit Euler method of order 3 (field): {[]: 1, [[]]: 1/2, [[],[]]: 1/3, [[[]]]: 1/6}>
    >>> len(F.parts), F.shares, F.given
    (3, ((-q, p),), [-q, p])
    >>> F.read(F.write(F.term(1)[0])) == F.term(1)[0], F.differences
    (True, {})
    >>> F.program.operations, F.jacobian_program.operations
    (13, 6)
    >>> ModifiedField.from_dict(F.to_dict()) == F
    True
    """

    form = FORMAT
    view = "plot_equation"

    def __init__(
        self,
        field: VectorField,
        method: Method,
        order: int,
        direction: str,
        ring: DifferentialRing,
        colored: Sequence[Sequence[RingField]],
        split: Split | None = None,
    ):
        super().__init__(field, method, direction, ring, [grades[:order] for grades in colored], split)

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
            place = check_index(key, len(self.variables), f"{shown(key)} is not a component: variables are {names}, from place 0")
        return self.as_expr()[place]

    def _ipython_key_completions_(self) -> list[str]:
        return [str(v) for v in self.variables]

    __iter__ = None
    """Components are asked for one by one: an iteration over places would not end."""

    def truncate(self, order: int) -> ModifiedField:
        """Keep the terms up to tree order `order`, so powers of h up to h**(order - 1).

        Raises SeriesError for an order that is not a whole number from 1 to that of the equation.
        """
        order = check_order(order, self.order, "the order of a truncation")
        return ModifiedField(self.field, self.method, order, self.direction, self.ring, self.colored, self.split)

    # -- text -----------------------------------------------------------------------------------
    def __str__(self) -> str:
        return field_text(self)

    def __repr__(self) -> str:
        kind = "inverse modified" if self.direction == "inverse" else "modified"
        name = self.field.name or ", ".join(map(str, self.variables))
        return f"<{kind} field of {name} under {self.method.title}, order {self.order}>"

    def to_text(self, style: Written = "collected", width: int | None = TEXT_WIDTH) -> str:
        """The equation as text, a paragraph for each component; `str` gives the collected form.

        style : "expanded"; "collected": terms of one denominator together and common factors in front, where that is shorter,
                and the field itself as it was written; "factored": over common denominators, by irreducible factors (up to some
                hundred terms); "cse": what occurs several times gets a name
        width : characters of a line, which ends between terms; None for one line a component
        Where the field holds decimals, or the method is rounded, numbers are decimals of at most ten digits: `as_expr` is exact.
        Raises UnknownNameError for another style. Cost: some 30 µs a term.

        >>> import imde_sym as imde
        >>> print(imde.modified_equation("x' = x^2 - x", "euler", 2).to_text("factored"))
        x' = x*(x - 1) + h*(-x*(2*x - 1)*(x - 1)/2) + O(h^2)
        """
        return field_text(self, style, width)

    def latex(self, width: int = WIDTH, style: Written = "collected") -> str:
        r"""An align environment: one line for each power of h in each component, broken at terms where it is longer than `width`.

        width : visible characters of a line;  style : as for `to_text`
        A warning says so where the formula is too large to be read. Raises UnknownNameError for another style.

        >>> from imde_sym import inverse_modified_equation
        >>> inverse_modified_equation("y' = y**2", "explicit_euler", 2).latex().splitlines()[0]
        '\\begin{align*}'
        """
        text = field_latex(self, width, style)
        if (size := len(text)) > READABLE:
            warnings.warn(f"the formula has {size} characters: nobody reads that; a lower order is shorter", stacklevel=2)
        return text

    def _repr_latex_(self) -> str:
        return field_latex(self, limit=DISPLAYED)

    # -- code -----------------------------------------------------------------------------------
    @cached_property
    def program(self) -> Program:
        """Straight-line code for the field, from variables and free parameters."""
        return field_program(self)

    @cached_property
    def jacobian_program(self) -> Program:
        """Straight-line code for the exact Jacobian, row by row."""
        return field_program(self, field=False, jacobian=True)

    def _routine(self, options: Options, exact: bool) -> Routine:
        if options.stepper and self.direction != "inverse":
            raise CodegenError("a stepper is the method applied to an inverse modified field; this is a modified field")
        found = routine(self, self.method, repr(self)[1:-1], options, not exact, self._tree_program)
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
        fields = [self.ring.part(p) for p in self.shares]
        return tree_program(self.ring, fields, coefficients, self.order, correction)

    def lambdify(self, target: PythonTarget = "numpy", **options: Unpack[FieldOptions]) -> LiveFunction:
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

    def source(self, target: TextTarget = "numpy", **options: Unpack[FieldOptions]) -> str:
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

    def as_ode(
        self,
        library: Library,
        h: Any,
        parameters: Mapping[Any, Any] | None = None,
        part: Part = "field",
        target: PythonTarget | None = None,
    ) -> Any:
        """The field with a fixed h in the form that a library of ODE solvers takes.

        library    : "scipy": fun(t, y) for solve_ivp; "diffrax": an ODETerm; "torchdiffeq": f(t, y)
        h          : the step size: a number, or an array or tensor without axes
        parameters : values of free parameters by name; arrays and tensors let gradients through. Those left out are
                     arguments: fun(t, y, *parameters), for diffrax `args`
        target     : of the code for one point of scipy: "python" (the quickest from the start), "numba" (quicker still, once it
                     is compiled) or "numpy"; several points at once go to numpy
        Raises CodegenError for an unknown library or target, FieldError for an unknown parameter, MissingLibraryError.

        >>> from imde_sym import inverse_modified_equation, methods, systems
        >>> F = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 3)
        >>> F.as_ode("scipy", h="1/10")(0.0, [0.5, 1.0]).round(6)
        array([-8.338059,  0.495497])
        """
        return ode_form(lambda chosen: self.lambdify(chosen, part=part), library, h, parameters, target)

    # -- values ---------------------------------------------------------------------------------
    def to_dict(self) -> dict[str, Any]:
        """Plain exact data: the field, the tableau, and each component's coefficient of each power of h."""
        text = self.write
        return (
            self.head
            | {
                "direction": self.direction,
                "order": self.order,
                "field": self.field.to_dict(),
                "method": self.method.to_dict(),
                "floats": any(e.has(sympy.Float) for t in self._terms for e in t),
                "terms": [[text(e) for e in t] for t in self._terms],
            }
            | (
                {}
                if self.split is None
                else {
                    "split": [[text(c) for c in part] for part in self.split],
                    "parts": [[[text(e) for e in t] for t in part] for part in self._colored_terms],
                }
            )
        )

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> ModifiedField:
        """Inverse of `to_dict`: formulas are parsed, never evaluated, and checked for shape."""
        field, method = VectorField.from_dict(data["field"]), method_from_data(data["method"])
        order, direction = check_order(data["order"], MAX_ORDER), data["direction"]
        given, split = data.get("parts", [data["terms"]]), data.get("split")
        wrong = any(len(p) != order or any(len(t) != field.dimension for t in p) for p in [*given, data["terms"]])
        if direction not in DIRECTIONS or wrong or (split is None) != ("parts" not in data) or len(given) != method.colors:
            raise FieldError(f"the data of a modified field need {order} terms of {field.dimension} components")
        floats = bool(data.get("floats", False))

        def read(rows: Any) -> list[list[sympy.Expr]]:
            return [[stored_expression(e, field, method, floats) for e in row] for row in rows]

        halves = None if split is None else split_field(field, method, read(split))
        return _restore(field, method, order, direction, [read(p) for p in given], halves)

    @cached_property
    def _identity(self) -> tuple[Any, ...]:
        return self.field, self.method, self.direction, self.order, tuple(map(tuple, self._terms))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.field, self.method, self.order, self.direction, self._colored_terms, self.split)


def _restore(
    field: VectorField,
    method: Method,
    order: int,
    direction: str,
    colored: list[list[list[sympy.Expr]]],
    split: Split | None,
) -> ModifiedField:
    """Rebuild a field from its formulas: polynomials of the ring do not pickle."""
    return ModifiedField(field, method, order, direction, *over_a_ring(field.variables, colored, field.components), split)
