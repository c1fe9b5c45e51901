"""Routine: what an emitter is given, and the options that make it from a field."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, Literal, TypedDict, get_args

import sympy

from ..base.arguments import checked
from ..base.checks import check_word
from ..base.errors import CodegenError, FieldError, ImdeError, UnknownNameError
from ..expressions import step_symbol
from ..fields import DifferentialRing, GradedField
from ..method import Method
from ..rings import Scalar, scalar, to_sympy
from .builder import Builder
from .compose import bake, field_program, step_program
from .names import check_function_name
from .program import Program
from .rounding import same, trial_points

SHORT = 40
"""Programs of so many operations are taken as they come."""


Part = Literal["field", "correction"]
"""What is computed: f_h, or f_h - f."""
Precision = Literal["double", "float"]
PARTS: tuple[Part, ...] = get_args(Part)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


class FieldOptions(TypedDict, total=False):
    """`Options` as keyword arguments."""

    h: Any
    parameters: Mapping[Any, Any]
    jacobian: bool
    part: Part
    stepper: bool
    precision: Precision
    name: str


@checked
@dataclass(frozen=True)
class Options:
    """What the generated function computes, and of which arguments.

    h          : a number that is built in; None makes h an argument
    parameters : numbers, by name or symbol, that are built in; other parameters stay arguments
    jacobian   : compute the exact Jacobian beside the field
    part       : "field", or "correction" for f_h - f
    stepper    : one step of the (explicit) method applied to the field, in place of the field
    precision  : "double" or "float", for C and Fortran
    name       : the function's name; by default f_h, or f_h_step for a stepper
    Raises CodegenError for words that an option does not know; what numbers are is read when code is asked for.

    >>> Options(part="correction").part, Options.of({"jacobian": True}).jacobian
    ('correction', True)
    """

    h: Any = None
    parameters: Mapping[Any, Any] = dataclasses.field(default_factory=dict)
    jacobian: bool = False
    part: Part = "field"
    stepper: bool = False
    precision: Precision = "double"
    name: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Options:
        """Options by name. Raises CodegenError, listing all, for an unknown one."""
        known = [f.name for f in fields(cls)]
        for name in given:
            check_word(name, "option", known, CodegenError)
        return cls(**given)

    def __post_init__(self) -> None:
        check_word(self.part, "part", PARTS, CodegenError)
        check_word(self.precision, "precision", PRECISIONS, CodegenError)
        if self.stepper and (self.jacobian or self.part != "field"):
            raise CodegenError("a stepper goes with the whole field and without its Jacobian")


@dataclass(frozen=True)
class Routine:
    """A program with what an emitter must know: its first `dimension` inputs are the state, the others parameters.

    The outputs are the d components, then with `jacobian` the d×d entries row by row. `values` are those of the
    parameters that are built in.

    >>> from imde_sym import VectorField, inverse_modified_equation, methods
    >>> F = inverse_modified_equation(VectorField.parse("x' = -k*x", parameters="k"), "explicit_euler", 2)
    >>> r = routine(F, methods["explicit_euler"], "decay", Options())
    >>> r.variables, r.parameters, r.step, r.dimension
    (('x',), ('k',), 'h', 1)
    """

    program: Program
    dimension: int
    title: str
    name: str = "f_h"
    has_h: bool = True
    jacobian: bool = False
    precision: str = "double"
    values: tuple[tuple[str, Scalar], ...] = ()

    @property
    def step(self) -> str:
        """The name of the step size: h, unless a symbol of the field is called so (`step_symbol`)."""
        return str(step_symbol(self.program.inputs).name)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the state."""
        return self.program.inputs[: self.dimension]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters that are arguments."""
        return self.program.inputs[self.dimension :]


def routine(
    field: GradedField,
    method: Method,
    title: str,
    options: Options,
    irrational: bool = True,
    trees: Callable[[bool], Program | None] = lambda _: None,
) -> Routine:
    """The routine of a field for the given options; `method` is what a stepper applies to it.

    irrational : for floats: fold roots and function values of constants (see Composer), let no sum of exponentials overflow
    trees      : the same field from its derivatives, or its correction; the shorter program is taken
    Raises CodegenError where there is no code for the field, FieldError where the options do not fit it.

    >>> from imde_sym import inverse_modified_equation, methods
    >>> F = inverse_modified_equation("x' = -x", "explicit_euler", 2)
    >>> routine(F, methods["explicit_euler"], "decay", Options(h="1/10")).has_h
    False
    """
    variables = tuple(map(str, field.variables))
    program = field_program(field, jacobian=options.jacobian, correction=options.part == "correction", stable=irrational)
    if irrational and not options.jacobian and program.operations > SHORT:
        other = trees(options.part == "correction")
        if other is not None and other.operations < program.operations:
            d = len(variables)
            points = trial_points(d, parameters=len(program.inputs) - d)
            program = other if other.inputs == program.inputs and same(other, program, points) else program
    if len(set(program.inputs)) < len(program.inputs):
        twice = next(n for n in program.inputs if program.inputs.count(n) > 1)
        raise CodegenError(f"two symbols of this field are written {twice[:60]!r}: rename one")
    if options.stepper:
        program = _step(program, variables, method)
        title = f"one step of {method.title} applied to the {title}"
    elif options.part == "correction":
        title = f"f_h - f of the {title}"
    values = _values(options.parameters, program.inputs[len(variables) :])
    h = None if options.h is None else _number("h", options.h)
    return Routine(
        bake(program, h, values, irrational),
        len(variables),
        title,
        check_function_name(options.name or ("f_h_step" if options.stepper else "f_h")),
        h is None,
        options.jacobian,
        options.precision,
        tuple(values.items()),
    )


def _step(program: Program, variables: Sequence[str], method: Method) -> Program:
    tableau = method.one_tableau
    if tableau is None or not method.is_explicit:
        raise CodegenError(f"code for a step needs an explicit Runge-Kutta method; {method.title} is not one")
    entries = [*(a for i, row in enumerate(tableau.A) for a in row[:i]), *tableau.b]
    coefficients = DifferentialRing((), [to_sympy(x) for x in entries])
    builder = Builder(coefficients)
    outputs = [builder.polynomial(coefficients.convert(to_sympy(x))) for x in entries]
    return step_program(program, variables, builder.program(outputs), len(tableau.b))


def _values(given: Mapping[Any, Any], names: Sequence[str]) -> dict[str, Scalar]:
    if not isinstance(given, Mapping):
        raise CodegenError(f"parameters must map names to numbers, got {str(given)[:60]!r}")
    values = {}
    for key, value in given.items():
        if str(key) not in names:
            raise FieldError(f"{UnknownNameError('parameter', key, names)}; parameters: {', '.join(names) or 'none'}")
        values[str(key)] = _number(str(key), value)
    return values


def _number(name: str, value: Any) -> Scalar:
    try:
        number = scalar(value)
    except ImdeError as error:
        raise CodegenError(f"{name}: {error}") from None
    if isinstance(number, Fraction) or not isinstance(number, sympy.Basic) or not number.free_symbols:
        return number
    raise CodegenError(f"{name} = {number} is not a number; leave it out to keep {name} an argument")
