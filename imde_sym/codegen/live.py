"""Live functions: generated Python source, compiled. What `source` shows is what runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from ..base.errors import FieldError, UnknownNameError, shown
from ..base.libraries import missing
from .numbers import nearest
from .routine import Routine


def _float(value: Any, name: str) -> Any:
    """An argument as the code takes it. Raises FieldError for exact numbers beyond the range of floats."""
    if isinstance(value, Fraction):
        return nearest(value)
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        raise FieldError(f"{name} is beyond the range of floats, got {shown(value)}")
    return value


class LiveFunction:
    """g(x, h, **parameters): the generated function of one target, with its arguments checked.

    x : one point or a batch, shape (..., d), in the target's arrays
    h : the step size; left out where it is built in, or where nothing depends on it. It goes by position, or by the
        name that it has in the code: h, or h_step where a symbol of the field is called h
    Free parameters are keyword arguments, by the name of the symbol. `source` is the text that runs.
    Immutable, picklable and safe to call from several threads.
    Raises FieldError for a wrong shape or parameter, MissingLibraryError where the library is not installed.

    >>> from imde_sym import VectorField, inverse_modified_equation
    >>> f = VectorField.parse("x' = -k*x", parameters="k")
    >>> g = inverse_modified_equation(f, "explicit_euler", 2).lambdify("python")
    >>> g([1.0], 0.1, k=2.0), g.parameters
    ([-1.8], ('k',))
    >>> print(g.source.splitlines()[-3].strip())
    out0 = 1.0/2.0*(k*k*x)*h - x*k
    """

    exact = False  # whether rational arguments stay rational

    def __init__(self, target: str, routine: Routine, emit: Callable[[Routine], str]):
        self.target, self.routine, self._emit = target, routine, emit
        self._function = self._compile()

    @cached_property
    def source(self) -> str:
        """The text that runs."""
        return self._emit(self.routine)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters that are arguments."""
        return self.routine.parameters

    def _compile(self) -> Callable[..., Any]:
        function: Callable[..., Any] = self._run()[self.routine.name]
        return function

    def _run(self) -> dict[str, Any]:
        """The names that the module defines."""
        space: dict[str, Any] = {"__name__": f"imde_sym.generated.{self.routine.name}"}
        try:
            exec(compile(self.source, f"<imde_sym {self.target}>", "exec"), space)
        except ImportError as error:
            raise missing(error, str(error.name), f"a live function for {self.target!r}") from None
        return space

    def __repr__(self) -> str:
        d, r = self.routine.dimension, self.routine
        arguments = ", ".join([f"x[..., {d}]", *[r.step] * r.has_h, *r.parameters])
        return f"<{self.target} function of ({arguments}), {r.program.operations} operations>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.target, self.routine, self._emit)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, LiveFunction) and self._origin == other._origin

    def __hash__(self) -> int:
        return hash(self._origin)

    @property
    def _origin(self) -> tuple[str, Routine]:
        return self.target, self.routine

    def __call__(self, x: Any, /, *step: Any, **parameters: Any) -> Any:
        """The field, or the step, at x."""
        return self._function(x, *self._arguments(x, step, parameters))

    def _arguments(self, x: Any, step: Sequence[Any], given: Mapping[str, Any]) -> list[Any]:
        r = self.routine
        if len(step) > 1:
            raise FieldError(f"{len(step) + 1} arguments by position; accepted: x, {r.step}; parameters go by keyword")
        if r.step in given:
            if step:
                raise FieldError(f"{r.step} is given twice, by position and by keyword")
            step, given = [given[r.step]], {n: v for n, v in given.items() if n != r.step}
        h = step[0] if step else None
        shape = np.shape(x)
        if not shape or shape[-1] != r.dimension:
            raise FieldError(f"x has shape {tuple(shape)}; the last axis must have length {r.dimension}")
        if h is not None and not r.has_h:
            raise FieldError(f"{r.step} is built into this function: call it without {r.step}")
        for name in given:
            if name not in r.parameters:
                hint = UnknownNameError("parameter", name, r.parameters)
                raise FieldError(f"{hint}; parameters: {', '.join(r.parameters) or 'none'}")
        missing = [n for n in r.parameters if n not in given]
        if missing:
            raise FieldError(f"parameter {missing[0]!r} has no value: pass it as a keyword argument")
        if h is None and r.has_h and any(op == "h" for op, *_ in r.program.instructions):
            raise FieldError(f"{r.step} has no value: give the step size as the second argument")
        first = [0 if h is None else h] if r.has_h else []
        values = [*first, *(given[n] for n in r.parameters)]
        names = [*[r.step][: len(first)], *r.parameters]
        return values if self.exact else [_float(v, n) for v, n in zip(values, names, strict=True)]


class PointFunction(LiveFunction):
    """A LiveFunction of one point: x is a sequence of d numbers or expressions."""

    exact = True

    def _arguments(self, x: Any, step: Sequence[Any], given: Mapping[str, Any]) -> list[Any]:
        if np.ndim(x) > 1:
            raise FieldError(f"x has shape {np.shape(x)}; {self.target} code takes one point of {self.routine.dimension} numbers")
        return super()._arguments(x, step, given)

    def at(self, point: np.ndarray, numbers: Sequence[float]) -> np.ndarray:
        """The field at a point of float64, at h and the parameters in the order of the code; nothing is checked."""
        return np.array(self._function(point.tolist(), *numbers))


class NumpyFunction(LiveFunction):
    """A LiveFunction that can put its result into an array: g(x, h, out=array).

    h and parameters may be arrays that broadcast against (...). Points are processed in blocks of 8192.

    >>> import numpy as np
    >>> from imde_sym import inverse_modified_equation
    >>> g = inverse_modified_equation("x' = -x", "explicit_euler", 2).lambdify()
    >>> out = np.empty((2, 1))
    >>> g([[1.0], [2.0]], 0.1, out=out) is out, out
    (True, array([[-0.95],
           [-1.9 ]]))
    """

    def __call__(self, x: Any, /, *step: Any, **parameters: Any) -> Any:
        """The same, in NumPy's arrays; `out` is an array for the result."""
        own = "out" in self.parameters  # then the word is the parameter's
        out = None if own else parameters.pop("out", None)
        arguments = self._arguments(x, step, parameters)
        if out is None:
            return self._function(x, *arguments)
        if self.routine.jacobian:
            raise FieldError("out= goes with functions that return the field alone")
        shape = (*np.broadcast_shapes(np.shape(x)[:-1], *map(np.shape, arguments)), self.routine.dimension)
        if not isinstance(out, np.ndarray) or out.shape != shape or out.dtype.kind not in "fc":
            found = f"{out.dtype} array of shape {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
            raise FieldError(f"out= needs an array of floats of shape {shape}, got {found}")
        return self._function(x, *arguments, out=out)


def common_type(x: np.ndarray, given: Sequence[np.ndarray]) -> np.dtype:
    """The type of results: float32 stays, numbers without axes do not widen it, integers become float64."""
    dtype = np.result_type(x.dtype, *(v.dtype if v.ndim else v.item() for v in given))
    if dtype.kind == "c":
        raise FieldError("numba code takes real numbers; numpy code takes complex ones too")
    return dtype if dtype.kind == "f" else np.dtype(float)


class NumbaFunction(LiveFunction):
    """A LiveFunction over numba's compiled loops; h and parameters may be arrays that broadcast against (...).

    Compiled at the first call, and once more for arrays and for float32.
    """

    def _compile(self) -> Callable[..., Any]:
        space = self._run()
        name = self.routine.name
        self._each = space.get(f"{name}_each", space[f"{name}_batch"])
        batch: Callable[..., Any] = space[f"{name}_batch"]
        return batch

    def at(self, point: np.ndarray, numbers: Sequence[float]) -> np.ndarray:
        """The field at a point of float64, at h and the parameters in the order of the code; nothing is checked."""
        states = np.ascontiguousarray(point).reshape(1, -1)
        out = np.empty_like(states)
        self._function(states, *numbers, out)
        return out.reshape(-1)

    def __call__(self, x: Any, /, *step: Any, **parameters: Any) -> Any:
        """The same, by the compiled loop over all points."""
        given = [np.asarray(a) for a in self._arguments(x, step, parameters)]
        d, x = self.routine.dimension, np.asarray(x)
        dtype = common_type(x, given)
        shape = np.broadcast_shapes(x.shape[:-1], *(a.shape for a in given))
        states = np.ascontiguousarray(np.broadcast_to(x, (*shape, d)).reshape(-1, d), dtype)
        results = [np.empty_like(states)] + [np.empty((len(states), d, d), dtype)] * self.routine.jacobian
        many = any(a.ndim for a in given)
        values = [np.broadcast_to(a, shape).reshape(-1).astype(dtype) if many else a.astype(dtype)[()] for a in given]
        (self._each if many else self._function)(states, *values, *results)
        field = results[0].reshape(*shape, d)
        return (field, results[1].reshape(*shape, d, d)) if self.routine.jacobian else field
