"""integrate: trajectories of any method in float64, with fixed steps."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from ..base.arguments import checked
from ..base.checks import check_count, check_word
from ..base.errors import ConvergenceError, FieldError, MethodError
from ..codegen.columns import Columns
from ..codegen.numbers import nearest
from ..method import MethodLike
from ..rings import scalar
from .newton import UnsolvedError
from .problem import Runner, problem_of, real
from .stepping import Step
from .trajectory import Trajectory

TARGETS = ("numpy", "numba")
MAX_STEPS = 100_000_000
MAX_NUMBERS = 2_000_000_000
"""Entries of a result, 16 GB."""
BLOCK = 4096
"""So many points go through all their steps together: their numbers stay in the processor's cache."""


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

    method     : of any family. Multistep methods take their first values from a one-step method of at least their order, on
                 their own inverse modified field from the exact flow that it reproduces
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
    check_word(target, "target", TARGETS, FieldError)
    if method.parameters:
        raise MethodError(f"{method.title} needs a number for {method.parameters[0]}")
    step = scalar(h)
    size = real(step, "h")
    if size == 0:
        raise FieldError("h is the step size, a number other than 0; got 0")
    problem = problem_of(method, field, step, x0, parameters, parts, real(scalar(t0), "t0"))
    rows = steps // save_every + 1
    if rows * problem.start.size > MAX_NUMBERS:
        raise FieldError(f"the result would hold {rows * problem.start.size:,} numbers; give save_every, or fewer points")
    compiled = numba or target == "numba"
    if not method.one_step and not method.is_zero_stable:
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


def _run(chosen: tuple[Runner, bool], start: np.ndarray, size: float, rows: int, every: int, t0: float) -> np.ndarray:
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
            f"Newton's method for {step.title} did not converge in step {done + 1} of {last} (t = {t0 + done * size:.6g})"
            f"{where}: residual {error.residual:.2e}; take smaller steps than {size:g}"
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
