"""What `integrate` is asked: the field in any of its forms, initial values, and the step of the method on it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
import sympy

from ..base.errors import FieldError, MethodError, shown
from ..base.libraries import is_torch, library
from ..codegen import LiveFunction
from ..codegen.columns import Columns
from ..codegen.numbers import nearest
from ..equations import ModifiedField, build_equation
from ..equations.callables import CLOCKS, CallableModifiedField
from ..equations.split import read_part, split_field
from ..expressions import find_symbol
from ..fields import GradedField, VectorField, as_field, as_graded, over_a_ring
from ..fields.domain import point_of
from ..fields.gate import are_equations
from ..method import Method, methods
from ..rings import Scalar, scalar, to_sympy
from .numbers import plain_array, real_numbers
from .slopes import FloatField, Function, batch_function, exact_flow
from .stepping import MAX_OPERATIONS, Step, float_step

MAX_COMPILED = 20_000
"""Operations of a step that is given to numba."""


class Runner:
    """A step on a field, with the code of it; kept for calls with the same method, field and h."""

    def __init__(self, step: Step, field: FloatField, names: Sequence[str], limit: int = MAX_OPERATIONS):
        self.step, self.field = step, field
        short = step.is_straight_line and step.operations <= limit
        self.code = Columns(step.program(names), step.title, sized=True) if short else None

    def compiled(self) -> Callable[..., Any]:
        """The loop that numba compiles. Raises MethodError where the step has no code."""
        if self.code is None:
            raise MethodError(
                f"numba compiles explicit methods on fields of formulas, of up to {MAX_COMPILED:,} operations a step; "
                f"{self.step.title} here is none: leave out numba"
            )
        return self.code.compiled


class Problem:
    """What is to be integrated, from where: start holds columns (d, N), shape is that of the batch."""

    def __init__(
        self,
        runner: Callable[[bool], Runner],
        start: np.ndarray,
        shape: tuple[int, ...],
        names: Sequence[str],
        hidden: int | None,
    ):
        self.make, self.start, self.shape, self.hidden = runner, start, shape, hidden
        self.names = [n for i, n in enumerate(names) if i != hidden]
        self._compiled = False

    def runner(self, compiled: bool) -> tuple[Runner, bool]:
        """The step, and whether numba runs it."""
        self._compiled = compiled
        return self.make(compiled), compiled

    def slopes(self, path: np.ndarray) -> np.ndarray:
        """The field at all points, (rows * N, d)."""
        columns = np.ascontiguousarray(path.reshape(-1, path.shape[2]).T)
        with np.errstate(all="ignore"):
            return self.make(self._compiled).field.whole.values(columns).T


def real(value: Scalar, what: str) -> float:
    """A finite real number as a float. Raises FieldError."""
    number = nearest(value) if not getattr(value, "free_symbols", None) else None
    if not isinstance(number, int | float) or not np.isfinite(number):
        raise FieldError(f"{what} must be a finite real number, got {shown(value)}")
    return float(number)


def problem_of(method: Method, field: Any, h: Scalar, x0: Any, parameters: Any, parts: Any, t0: float) -> Problem:
    """What `integrate` is asked. Raises FieldError, MethodError."""
    if callable(field) and not isinstance(field, ModifiedField | VectorField):
        return _of_function(method, field, h, x0, parameters, parts, t0)
    if isinstance(field, GradedField) and not isinstance(field, ModifiedField):
        raise FieldError("a GradedField has no variables' values: give a ModifiedField or its as_field(h)")
    if parameters and are_equations(field):
        field = VectorField(field, parameters=dict(parameters))  # which declares the constants, too
    given = _valued(field if isinstance(field, ModifiedField) else as_field(field), parameters)
    own = given.field if isinstance(given, ModifiedField) else given
    if own.time is not None and method.own_times:
        raise MethodError(f"the abscissae of {method.title} are not its row sums: it is for fields that do not depend on time")
    key = None if parts is None else tuple(_frozen(read_part(own, p)) for p in parts)
    names = [str(v) for v in own.variables]
    clock = None if own.time is None else own.variables.index(own.time)
    start, shape, hidden = _start(own, x0, names, clock, t0)
    if isinstance(given, VectorField):
        h = scalar(0)  # nothing depends on it, so that one step serves all h
    return Problem(lambda compiled: _formula_runner(method, given, h, key, compiled), start, shape, names, hidden)


def _frozen(part: Any) -> Any:
    """A part as a key: a field, text, a number or a tuple."""
    return part if isinstance(part, VectorField | str | int) or not isinstance(part, Iterable) else tuple(part)


def _valued(field: VectorField | ModifiedField, parameters: Mapping[Any, Any] | None) -> VectorField | ModifiedField:
    """The field with numbers for its parameters. Raises FieldError, naming those that have none."""
    if isinstance(field, VectorField):
        field = field.with_parameters(parameters) if parameters else field
        free = field.free_parameters
    else:
        free = tuple(s for s in field.symbols if s not in field.variables)
        values = {find_symbol(k, free, "parameter"): to_sympy(scalar(v)) for k, v in (parameters or {}).items()}
        free = tuple(s for s in free if s not in values)
        if values and not free:
            terms = [[[e.subs(values, simultaneous=True) for e in grade.expressions] for grade in part] for part in field.colored]
            at = sympy.Dict(values)
            own = field.field.with_parameters({s: v for s, v in at.items() if s in field.field.free_parameters})
            split = None if field.split is None else tuple(tuple(e.subs(values) for e in part) for part in field.split)
            field = ModifiedField(
                own, field.method, field.order, field.direction, *over_a_ring(field.variables, terms, own.components), split
            )
    if free:
        example = ", ".join(f"{str(s)!r}: ..." for s in free)
        raise FieldError(f"no value is given for {', '.join(map(str, free))}: give parameters={{{example}}}")
    return field


@lru_cache(maxsize=64)
def _formula_runner(method: Method, given: VectorField | ModifiedField, h: Scalar, parts: Any, compiled: bool) -> Runner:
    program = None
    if isinstance(given, VectorField):
        graded: GradedField = as_graded(given, split_field(given, method, parts))
        # the equation of order 1 is f, and its code is held against the user's expressions
        checked_code = build_equation(given, methods["explicit_euler"], 1, "inverse").lambdify("numpy")
    else:
        checked_code = given.lambdify("numpy", h=to_sympy(h))
        if method.colors == 1:
            graded = given.sum()
        elif method.colors == len(given.colored) and parts is None:
            graded = given
        else:
            whole = given.as_field(to_sympy(h))
            graded = as_graded(whole, split_field(whole, method, parts))
    if len(graded.colored) == 1:
        program = checked_code.routine.program
    field = FloatField.of(graded, h, program)
    if isinstance(given, ModifiedField) and given.direction == "inverse" and method == given.method and not method.one_step:
        field.data = exact_flow(as_graded(given.field), 0)
    names = [str(v) for v in given.variables]
    return Runner(float_step(method, field), field, names, MAX_COMPILED if compiled else MAX_OPERATIONS)


def _of_function(method: Method, function: Any, h: Scalar, x0: Any, parameters: Any, parts: Any, t0: float) -> Problem:
    name = getattr(function, "__name__", type(function).__name__)
    call, timed = _read_function(function, nearest(h), dict(parameters or {}), name)
    given = real_numbers(x0, f"x0 for {name}")
    if not given.ndim:
        raise FieldError(f"x0 for {name} is a single number; its last axis must hold the components of a point")
    shape, d = given.shape[:-1], given.shape[-1]
    start = np.ascontiguousarray(given.reshape(-1, d).T)
    if timed:
        start = np.vstack([start, np.full((1, start.shape[1]), t0)])
    whole = _clocked(call, name) if timed else batch_function(call, name)
    functions = _function_parts(method, whole, parts, d, timed, name)
    field = FloatField([Function(f) for f in functions], d + timed)
    names = [*(f"x{i}" for i in range(d)), *["t"] * timed]
    return Problem(lambda _: Runner(float_step(method, field), field, names), start, shape, names, d if timed else None)


def _read_function(function: Any, h: Any, parameters: dict[str, Any], name: str) -> tuple[Callable[..., Any], bool]:
    """A function of x, or of (x, t), in numpy arrays; and whether it is one of time."""
    if isinstance(function, LiveFunction | CallableModifiedField):
        if getattr(function, "time", False):
            return lambda x, t: plain_array(function(x, h, t, **parameters)), True
        sized = not isinstance(function, LiveFunction) or function.routine.has_h
        return (lambda x: plain_array(function(x, *[h] * sized, **parameters))), False
    target = function.forward if is_torch(function) else function
    try:
        listed = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        listed = []  # type: ignore[assignment]
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p.name for p in listed if p.default is p.empty and p.kind in kinds and p.name not in parameters]
    if len(needed) <= 1:
        return (lambda x: plain_array(_called(function, x, **parameters))), False
    if len(needed) == 2 and needed[0] in CLOCKS:
        return (lambda x, t: plain_array(_called(function, t, x, **parameters))), True
    if len(needed) == 2 and needed[1] in CLOCKS:
        return (lambda x, t: plain_array(_called(function, x, t, **parameters))), True
    others = ", ".join(needed[1:])
    raise FieldError(
        f"{name} takes {', '.join(needed)}; a field is g(x), or g(x, t) with the time called t or time: "
        f"give parameters= for {others}"
    )


def _called(function: Any, *args: Any, **parameters: Any) -> Any:
    if is_torch(function):
        torch = library("torch", "a field that is a torch module", "torch")
        kind = next((p.dtype for p in function.parameters()), torch.float64)
        with torch.no_grad():
            return function(*(torch.as_tensor(a, dtype=kind) for a in args), **parameters)
    return function(*args, **parameters)


def _value(function: Any, x: Any) -> Any:
    return plain_array(function(x))


def _masked(mask: np.ndarray, function: Any, x: np.ndarray) -> np.ndarray:
    found: np.ndarray = mask * function(x)
    return found


def _clocked(call: Callable[..., Any], name: str) -> Callable[[np.ndarray], np.ndarray]:
    """(x, t) in one vector, a point at a time: t is a number there."""

    def run(z: np.ndarray) -> np.ndarray:
        found = [batch_function(partial(_reversed, call, p[-1]), name)(p[None, :-1])[0] for p in z]
        return np.array([np.append(value, 1.0) for value in found]).reshape(z.shape)

    return run


def _reversed(call: Callable[..., Any], t: float, x: Any) -> Any:
    return call(x, t)


def _function_parts(method: Method, whole: Any, parts: Any, d: int, timed: bool, name: str) -> list[Any]:
    if method.colors == 1:
        if parts is not None:
            raise FieldError(f"{method.title} takes the field as a whole: it has no parts")
        return [whole]
    accepted = "for each one a function of x, or the list of its places, such as [[0], [1]]"
    if parts is None or len(list(parts)) != method.colors:
        raise FieldError(f"{method.title} treats {method.colors} parts differently: say which with `parts`, {accepted}")
    if all(callable(p) for p in parts):
        if timed:
            raise FieldError(f"parts of a function of time are {accepted.partition('or ')[2]}")
        return [batch_function(partial(_value, p), getattr(p, "__name__", name)) for p in parts]
    try:
        places = [[int(i) for i in part] for part in parts]
    except (TypeError, ValueError):
        places = []
    if sorted(i for p in places for i in p) != list(range(d)):
        raise FieldError(f"{shown(parts)} are not parts of {name}; accepted: {accepted}")
    masks = [np.array([float(i in part) for i in range(d)] + [float(k == 0)] * timed) for k, part in enumerate(places)]
    return [partial(_masked, mask, whole) for mask in masks]


# -- initial values -------------------------------------------------------------------------
def _start(
    field: VectorField, x0: Any, names: Sequence[str], clock: int | None, t0: float
) -> tuple[np.ndarray, tuple[int, ...], int | None]:
    """Columns (d, N), the shape of the batch, and the place of the time where it is not to be shown."""
    d = len(names)
    if x0 is None:
        x0 = [nearest(v) for v in point_of(field)]
    if isinstance(x0, Mapping):
        given = {str(find_symbol(k, field.variables, "variable")): real_numbers(v, f"{k} in x0") for k, v in x0.items()}
        if missing := [n for i, n in enumerate(names) if n not in given and i != clock]:
            raise FieldError(f"x0 lacks {', '.join(missing)}; variables are {', '.join(names)}")
        order = [n for n in names if n in given]
        try:
            values = np.stack(np.broadcast_arrays(*(given[n] for n in order)), -1)
        except ValueError as error:
            raise FieldError(f"the arrays in x0 do not fit together: {error}") from None
    else:
        values = real_numbers(x0, "x0")
        if not values.ndim and d == 1:
            values = values[None]
    width = values.shape[-1] if values.ndim else 0
    hidden = clock if clock is not None and width == d - 1 else None
    if width != d and hidden is None:
        least = "" if clock is None else f" (or {d - 1}, without {names[clock]})"
        raise FieldError(f"x0 has shape {values.shape}; its last axis must have {d} entries{least}, for {', '.join(names)}")
    if hidden is not None:
        values = np.insert(values, hidden, t0, -1)
    elif clock is not None and t0:
        raise FieldError(f"the time is given twice: as {names[clock]} in x0, and as t0")
    return np.ascontiguousarray(values.reshape(-1, d).T), values.shape[:-1], hidden
