"""integrate: trajectories of any method in float64, with fixed steps."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import sympy

from ..base.arguments import checked
from ..base.errors import ConvergenceError, FieldError, MethodError, UnknownNameError, check_count, shown
from ..codegen import LiveFunction
from ..codegen.columns import Columns
from ..codegen.numbers import nearest
from ..equations import ModifiedField, build_equation
from ..equations.callables import CLOCKS, CallableModifiedField
from ..equations.split import split_field
from ..expressions import find_symbol
from ..fields import GradedField, VectorField, as_field, as_graded, over_a_ring
from ..fields.domain import point_of
from ..method import Method, MethodLike, methods
from ..rings import Scalar, scalar, to_sympy
from .newton import UnsolvedError
from .slopes import FloatField, Function, batch_function
from .stepping import MAX_OPERATIONS, Step, float_step
from .trajectory import Trajectory

MAX_STEPS = 100_000_000
MAX_NUMBERS = 2_000_000_000
"""Entries of a result, 16 GB."""
BLOCK = 4096
"""So many points go through all their steps together: their numbers stay in the processor's cache."""
MAX_COMPILED = 20_000
"""Operations of a step that is given to numba."""


@checked
def integrate(
    method: MethodLike,
    field: Any,
    x0: Any,
    h: Any,
    steps: int,
    *,
    parameters: Mapping[Any, Any] | None = None,
    t0: Any = 0,
    parts: Sequence[Any] | None = None,
    save_every: int = 1,
    dense: bool = False,
    target: Literal["numpy", "numba"] = "numpy",
    numba: bool = False,
) -> Any:
    """Trajectories of a method with a fixed step, in float64: x0 of shape (..., d) to (steps/save_every + 1, ..., d).

    method     : of any family. Multistep methods take their first values from a one-step method of at least their order
    field      : a VectorField or what stands for one (name, text); a ModifiedField, whose step is h; a function g(x), or
                 g(x, t), of a point (d,) or of points along the last axis, in arrays of numpy, JAX or torch; a live function
                 g(x, h) of `lambdify`
    x0         : numbers (..., d); a mapping from names to numbers or arrays; None for the catalogue's. Where the field depends
                 on time, the time may be left out: it is then `t0` and is not in the result
    h, steps   : the step, negative for steps back, and the number of steps
    parameters : {name: number}; by default those of the system. For a function: its keyword arguments
    parts      : for methods that split the field, as for `modified_equation`; of a function lists of places, or functions
    save_every : only each so many points are returned; it divides `steps`
    dense      : return a Trajectory: times, points, and `.at(t)` by cubic Hermite interpolation, so with an error of h⁴
    target     : "numba", or numba=True, compiles the loop, for explicit methods: the fastest for single trajectories

    Explicit methods run as generated code, a step at a time for all points; implicit stages are found by Newton's method with
    exact Jacobians (of a function: difference quotients), for each point until its own correction is below 1e-10, so that
    rounding is what is left. Parts of splittings move by their formula where they are constant along themselves, else by
    Taylor series. Where numbers leave the range of floats the result holds inf and nan, and a warning says from where.
    Raises ConvergenceError where stages are not found, with step and residual; FieldError for parameters without a value
    and x0 that do not fit; MethodError for a method with symbols, or numba with an implicit method; MissingLibraryError.
    Cost: some 20 ms to 1 s to generate the code, once for a method, field and h; then the evaluations.

    >>> import imde_sym as imde
    >>> imde.integrate("rk4", "x' = -x", [1.0], 0.1, 10)[-1].round(6)
    array([0.36788])
    >>> imde.integrate("gauss2", "pendulum", {"p": 0.3, "q": [0.1, 0.2, 0.3]}, 0.1, 5).shape
    (6, 3, 2)
    """
    steps = check_count(steps, "steps", 0, MAX_STEPS, FieldError)
    save_every = check_count(save_every, "save_every", 1, MAX_STEPS, FieldError)
    if steps % save_every:
        raise FieldError(f"save_every = {save_every} does not divide steps = {steps}")
    if target not in ("numpy", "numba"):
        raise FieldError(f"{UnknownNameError('target', target, ('numpy', 'numba'))}; accepted: numpy, numba")
    if method.parameters:
        raise MethodError(f"{method.title} needs a number for {method.parameters[0]}")
    step = scalar(h)
    size = _real(step, "h")
    if size == 0:
        raise FieldError("h is the step size, a number other than 0; got 0")
    problem = _problem(method, field, step, x0, parameters, parts, _real(scalar(t0), "t0"))
    rows = steps // save_every + 1
    if rows * problem.start.size > MAX_NUMBERS:
        raise FieldError(f"the result would hold {rows * problem.start.size:,} numbers; give save_every, or fewer points")
    compiled = numba or target == "numba"
    if method.family == "multistep" and not method.is_zero_stable:
        warnings.warn(f"{method.title} is not zero-stable: its trajectories grow without bound as h goes to 0", stacklevel=3)
    path = _run(problem.runner(compiled), problem.start, size, rows, save_every, float(nearest(scalar(t0))))
    result = path.reshape(rows, *problem.shape, path.shape[2])
    _tell_of_blow_up(result, save_every)
    times = float(nearest(scalar(t0))) + size * save_every * np.arange(rows)
    slopes = problem.slopes(path).reshape(result.shape) if dense else None
    if problem.hidden is not None:
        result = np.delete(result, problem.hidden, -1)
        slopes = None if slopes is None else np.delete(slopes, problem.hidden, -1)
    return result if slopes is None else Trajectory(times, result, slopes, problem.names, method.title)


class _Runner:
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


class _Problem:
    """What is to be integrated, from where: start holds columns (d, N), shape is that of the batch."""

    def __init__(
        self,
        runner: Callable[[bool], _Runner],
        start: np.ndarray,
        shape: tuple[int, ...],
        names: Sequence[str],
        hidden: int | None,
    ):
        self.make, self.start, self.shape, self.hidden = runner, start, shape, hidden
        self.names = [n for i, n in enumerate(names) if i != hidden]
        self._compiled = False

    def runner(self, compiled: bool) -> tuple[_Runner, bool]:
        """The step, and whether numba runs it."""
        self._compiled = compiled
        return self.make(compiled), compiled

    def slopes(self, path: np.ndarray) -> np.ndarray:
        """The field at all points, (rows * N, d)."""
        columns = np.ascontiguousarray(path.reshape(-1, path.shape[2]).T)
        with np.errstate(all="ignore"):
            return self.make(self._compiled).field.whole.values(columns).T


def _real(value: Scalar, what: str) -> float:
    number = nearest(value) if not getattr(value, "free_symbols", None) else None
    if not isinstance(number, int | float) or not np.isfinite(number):
        raise FieldError(f"{what} must be a finite real number, got {shown(value)}")
    return float(number)


# -- fields ---------------------------------------------------------------------------------
def _problem(method: Method, field: Any, h: Scalar, x0: Any, parameters: Any, parts: Any, t0: float) -> _Problem:
    if callable(field) and not isinstance(field, ModifiedField | VectorField):
        return _of_function(method, field, h, x0, parameters, parts, t0)
    if isinstance(field, GradedField) and not isinstance(field, ModifiedField):
        raise FieldError("a GradedField has no variables' values: give a ModifiedField or its as_field(h)")
    given = _valued(field if isinstance(field, ModifiedField) else as_field(field), parameters)
    own = given.field if isinstance(given, ModifiedField) else given
    if own.time is not None and method.own_times:
        raise MethodError(f"the abscissae of {method.title} are not its row sums: it is for fields that do not depend on time")
    key = None if parts is None else tuple(p if isinstance(p, VectorField) else _frozen(p) for p in parts)
    names = [str(v) for v in own.variables]
    clock = None if own.time is None else own.variables.index(own.time)
    start, shape, hidden = _start(own, x0, names, clock, t0)
    if isinstance(given, VectorField):
        h = scalar(0)  # nothing depends on it, so that one step serves all h
    return _Problem(lambda compiled: _formula_runner(method, given, h, key, compiled), start, shape, names, hidden)


def _frozen(part: Any) -> Any:
    """A part as a key: text, a number or a tuple."""
    return part if isinstance(part, str | int) or not isinstance(part, Iterable) else tuple(part)


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
def _formula_runner(method: Method, given: VectorField | ModifiedField, h: Scalar, parts: Any, compiled: bool) -> _Runner:
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
    names = [str(v) for v in given.variables]
    return _Runner(float_step(method, field), field, names, MAX_COMPILED if compiled else MAX_OPERATIONS)


def _of_function(method: Method, function: Any, h: Scalar, x0: Any, parameters: Any, parts: Any, t0: float) -> _Problem:
    name = getattr(function, "__name__", type(function).__name__)
    call, timed = _read_function(function, nearest(h), dict(parameters or {}), name)
    given = _numbers(x0, f"x0 for {name}")
    if not given.ndim:
        raise FieldError(f"x0 for {name} is a single number; its last axis must hold the components of a point")
    shape, d = given.shape[:-1], given.shape[-1]
    start = np.ascontiguousarray(given.reshape(-1, d).T)
    if timed:
        start = np.vstack([start, np.full((1, start.shape[1]), t0)])
    whole = _clocked(call, d, name) if timed else batch_function(call, d, name)
    functions = _function_parts(method, whole, parts, d, timed, name)
    field = FloatField([Function(f) for f in functions], d + timed)
    names = [*(f"x{i}" for i in range(d)), *["t"] * timed]
    return _Problem(lambda _: _Runner(float_step(method, field), field, names), start, shape, names, d if timed else None)


def _read_function(function: Any, h: Any, parameters: dict[str, Any], name: str) -> tuple[Callable[..., Any], bool]:
    """A function of x, or of (x, t), in numpy arrays; and whether it is one of time."""
    if isinstance(function, LiveFunction | CallableModifiedField):
        if getattr(function, "time", False):
            return lambda x, t: _plain(function(x, h, t, **parameters)), True
        sized = not isinstance(function, LiveFunction) or function.routine.has_h
        return (lambda x: _plain(function(x, *[h] * sized, **parameters))), False
    target = getattr(function, "forward", function) if hasattr(function, "parameters") else function
    try:
        listed = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        listed = []  # type: ignore[assignment]
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p.name for p in listed if p.default is p.empty and p.kind in kinds and p.name not in parameters]
    if len(needed) <= 1:
        return (lambda x: _plain(_called(function, x, **parameters))), False
    if len(needed) == 2 and needed[0] in CLOCKS:
        return (lambda x, t: _plain(_called(function, t, x, **parameters))), True
    if len(needed) == 2 and needed[1] in CLOCKS:
        return (lambda x, t: _plain(_called(function, x, t, **parameters))), True
    others = ", ".join(needed[1:])
    raise FieldError(
        f"{name} takes {', '.join(needed)}; a field is g(x), or g(x, t) with the time called t or time: give parameters= for {others}"
    )


def _called(function: Any, *args: Any, **parameters: Any) -> Any:
    if hasattr(function, "forward") and hasattr(function, "parameters"):  # a torch module
        import torch

        kind = next((p.dtype for p in function.parameters()), torch.float64)
        with torch.no_grad():
            return function(*(torch.as_tensor(a, dtype=kind) for a in args), **parameters)
    return function(*args, **parameters)


def _plain(value: Any) -> Any:
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value


def _clocked(call: Callable[..., Any], d: int, name: str) -> Callable[[np.ndarray], np.ndarray]:
    """(x, t) in one vector, a point at a time: t is a number there."""

    def run(z: np.ndarray) -> np.ndarray:
        found = [np.append(batch_function(lambda x, t=p[-1]: call(x, t), d, name)(p[None, :-1])[0], 1.0) for p in z]
        return np.array(found).reshape(z.shape)

    return run


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
        return [batch_function(lambda x, p=p: _plain(p(x)), d, getattr(p, "__name__", name)) for p in parts]
    try:
        places = [[int(i) for i in part] for part in parts]
    except (TypeError, ValueError):
        places = []
    if sorted(i for p in places for i in p) != list(range(d)):
        raise FieldError(f"{shown(parts)} are not parts of {name}; accepted: {accepted}")
    masks = [np.array([float(i in part) for i in range(d)] + [float(k == 0)] * timed) for k, part in enumerate(places)]
    return [lambda x, mask=mask: mask * whole(x) for mask in masks]


# -- initial values -------------------------------------------------------------------------
def _numbers(values: Any, what: str) -> np.ndarray:
    """Real numbers of any kind as floats. Raises FieldError."""
    if isinstance(values, str | bytes) or (isinstance(values, Iterable) and not hasattr(values, "__len__") and np.ndim(values)):
        raise FieldError(f"{what} must be real numbers (..., d), got {shown(values)}")
    try:
        found = np.asarray(_plain(values))
        if found.dtype.kind in "OU":
            found = np.array([float(nearest(scalar(v))) for v in found.astype(object).flat]).reshape(found.shape)
        found = found.astype(float) if found.dtype.kind in "iuf" else None
    except Exception:  # whatever an entry raises when it is asked for its value
        found = None
    if found is None or not np.all(np.isfinite(found)):
        raise FieldError(f"{what} must be finite real numbers (..., d), got {shown(values)}")
    return found


def _start(
    field: VectorField, x0: Any, names: Sequence[str], clock: int | None, t0: float
) -> tuple[np.ndarray, tuple[int, ...], int | None]:
    """Columns (d, N), the shape of the batch, and the place of the time where it is not to be shown."""
    d = len(names)
    if x0 is None:
        x0 = [nearest(v) for v in point_of(field)]
    if isinstance(x0, Mapping):
        given = {str(find_symbol(k, field.variables, "variable")): _numbers(v, f"{k} in x0") for k, v in x0.items()}
        if missing := [n for i, n in enumerate(names) if n not in given and i != clock]:
            raise FieldError(f"x0 lacks {', '.join(missing)}; variables are {', '.join(names)}")
        order = [n for n in names if n in given]
        try:
            values = np.stack(np.broadcast_arrays(*(given[n] for n in order)), -1)
        except ValueError as error:
            raise FieldError(f"the arrays in x0 do not fit together: {error}") from None
    else:
        values = _numbers(x0, "x0")
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


# -- loops ----------------------------------------------------------------------------------
def _run(chosen: tuple[_Runner, bool], start: np.ndarray, size: float, rows: int, every: int, t0: float) -> np.ndarray:
    """The path (rows, N, d)."""
    runner, compiled = chosen
    path = np.empty((rows, *start.shape[::-1]))
    if not start.size:
        return path
    if compiled:
        runner.compiled()(start, size, every, path)
        return path
    with np.errstate(all="ignore"):
        if runner.code is None:
            _walk(runner.step, start, size, path, every, t0)
        elif start.shape[1] != 1 or not _walk_a_point(runner.code, start, size, path, every):
            for low in range(0, start.shape[1], BLOCK):
                here = slice(low, low + BLOCK)
                _walk_columns(runner.code, start[:, here], size, path[:, here], every)
    return path


def _walk_columns(code: Columns, x: np.ndarray, size: float, path: np.ndarray, every: int) -> None:
    x = np.ascontiguousarray(x)
    path[0] = x.T
    spare = [np.empty_like(x), np.empty_like(x)]
    for row in range(1, len(path)):
        for k in range(every):
            x = code(x, size, spare[k % 2] if spare[k % 2] is not x else spare[1 - k % 2])
        path[row] = x.T


def _walk_a_point(code: Columns, start: np.ndarray, size: float, path: np.ndarray, every: int) -> bool:
    """The same for one point, in plain Python; False where that fails, as beyond the range of floats."""
    move, x = code.of_a_point, start[:, 0].tolist()
    if move is None:
        return False
    path[0, 0] = x
    try:
        for row in range(1, len(path)):
            for _ in range(every):
                x = move(x, size)
            path[row, 0] = x
    except (ArithmeticError, ValueError, TypeError):
        return False
    return True


def _walk(step: Step, x: np.ndarray, size: float, path: np.ndarray, every: int, t0: float) -> None:
    done, last = 0, (len(path) - 1) * every
    try:
        points, state = step.start(x, size)
        for n, point in enumerate(points[: last + 1]):
            if n % every == 0:
                path[n // every] = point.T
        done = len(points) - 1
        while done < last:
            point, state = step.advance(state, size)
            done += 1
            if done % every == 0:
                path[done // every] = point.T
    except UnsolvedError as error:
        where = "" if path.shape[1] == 1 else f" at point {error.point}"
        raise ConvergenceError(
            f"Newton's method for {step.title} did not converge in step {done + 1} of {last} (t = {t0 + done * size:.6g}){where}: "
            f"residual {error.residual:.2e}; take smaller steps than {size:g}"
        ) from None
    except np.linalg.LinAlgError:
        raise ConvergenceError(
            f"a linear system of {step.title} is singular in step {done + 1} of {last}: take another step than {size:g}"
        ) from None


def _tell_of_blow_up(result: np.ndarray, every: int) -> None:
    good = np.isfinite(result).reshape(len(result), -1).all(axis=1)
    if not good.all():
        first = int(np.argmin(good))
        many = "" if result.ndim == 2 else " for some initial values"
        warnings.warn(f"the numbers leave the range of floats before step {first * every}{many}", stacklevel=4)
