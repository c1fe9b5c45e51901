"""numpy: a live function, and the same program as a source file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ..errors import CodegenError, FieldError, MissingLibraryError
from ..rings import Scalar, to_sympy
from .program import Program

BLOCK = 8192
"""Points per block: the temporaries of a block stay in the processor's cache."""

NAMES = {
    "exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh",
    "tanh": "tanh", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh",
    "acosh": "arccosh", "atanh": "arctanh",
}  # fmt: skip


def number(value: Scalar) -> Any:
    """The nearest double (or complex double)."""
    if isinstance(value, Fraction):
        return value.numerator / value.denominator
    if isinstance(value, float | complex):
        return value
    value = complex(to_sympy(value))
    return value.real if value.imag == 0 else value


def power(a: Any, exponent: Fraction) -> Any:
    if exponent == -1:
        return 1.0 / a
    root = np.sqrt(a) if exponent.denominator == 2 else a ** (1 / exponent.denominator)
    return root if exponent.numerator == 1 else 1.0 / root


def call(name: str, *arguments: Any) -> Any:
    if name == "pow":
        return arguments[0] ** arguments[1]
    if name == "erf":
        try:
            from scipy.special import erf
        except ImportError:
            raise MissingLibraryError("scipy", "scipy", "erf in numpy code") from None
        return erf(*arguments)
    if name not in NAMES:
        raise CodegenError(f"{name} has no numpy form; accepted: {', '.join(NAMES)}")
    return getattr(np, NAMES[name])(*arguments)


class NumpyFunction:
    """g(x, h): x of shape (..., d) to (..., d), h a scalar or an array that broadcasts against (...).

    Points are processed in blocks of 8192. Picklable; keyword arguments override parameters.
    """

    def __init__(self, program: Program, dimension: int, parameters: Mapping[str, Any]):
        self.program, self.dimension = program, dimension
        self.parameters = dict(parameters)

    def __repr__(self) -> str:
        extra = "".join(f", {p}" for p in self.program.inputs[self.dimension :])
        return f"<numpy function of (x[..., {self.dimension}], h{extra}), {self.program.operations} operations>"

    def __call__(self, x: Any, h: Any = 0.0, out: np.ndarray | None = None, **parameters: Any) -> np.ndarray:
        x = np.asarray(x)
        if x.ndim == 0 or x.shape[-1] != self.dimension:
            raise FieldError(f"x has shape {x.shape}; the last axis must have length {self.dimension}")
        values = self._parameters(parameters)
        h = np.asarray(h, dtype=np.result_type(np.asarray(h).dtype, float))
        x = x.astype(np.result_type(x.dtype, float), copy=False)
        shape = np.broadcast_shapes(x.shape[:-1], h.shape)
        width = len(self.program.outputs)
        size = math.prod(shape)
        points = np.broadcast_to(x, (*shape, self.dimension)).reshape(size, self.dimension)
        steps = h if h.ndim == 0 else np.broadcast_to(h, shape).reshape(size)
        dtype = np.result_type(x, h, *(np.asarray(v) for v in values), *self._constants())
        result = np.empty((size, width), dtype)
        for low in range(0, size, BLOCK):
            here = slice(low, min(low + BLOCK, size))
            columns = [np.ascontiguousarray(points[here, m]) for m in range(self.dimension)]
            parts = self.program.run([*columns, *values], steps if h.ndim == 0 else steps[here], number, power, call)
            for m, part in enumerate(parts):
                result[here, m] = part
        result = result.reshape(*shape, width)
        if out is None:
            return result
        out[...] = result
        return out

    def _constants(self) -> list[np.ndarray]:
        return [np.asarray(number(i[1])) for i in self.program.instructions if i[0] == "constant"]

    def _parameters(self, given: Mapping[str, Any]) -> list[Any]:
        names = self.program.inputs[self.dimension :]
        values = self.parameters | dict(given)
        if unknown := set(given) - set(names):
            raise FieldError(f"{sorted(unknown)[0]!r} is no parameter; parameters: {', '.join(names) or 'none'}")
        missing = [n for n in names if n not in values]
        if missing:
            raise FieldError(f"parameter {missing[0]!r} has no value: pass it as a keyword argument")
        return [values[n] for n in names]


def source(program: Program, dimension: int, title: str, function: str = "f_h") -> str:
    """A numpy module with one function, every line one operation; names of symbols appear in comments only."""
    names = program.inputs
    parameters = [f"p{i}" for i in range(len(names) - dimension)]
    lines = ["import numpy as np", "", "", f"def {function}({', '.join(['x', 'h', *parameters])}):"]
    lines.append("    " + ascii(f"{title}; x has shape (..., {dimension})."))
    for i, name in enumerate(names):
        where = f"x[..., {i}]" if i < dimension else parameters[i - dimension]
        lines.append(f"    # {where} is {ascii(name)[1:-1]}")
    for n, (op, *args) in enumerate(program.instructions):
        lines.append(f"    v{n} = {_line(op, args, dimension)}")
    outputs = ", ".join(f"v{o}" for o in program.outputs)
    lines.append("    like = 0.0 * x[..., 0] + 0.0 * h")
    lines.append(f"    return np.stack([v + like for v in ({outputs},)], axis=-1)")
    return "\n".join(lines) + "\n"


def _line(op: str, args: list[Any], dimension: int) -> str:
    if op == "input":
        return f"x[..., {args[0]}]" if args[0] < dimension else f"p{args[0] - dimension}"
    if op == "constant":
        value = args[0]
        small = isinstance(value, Fraction) and max(abs(value.numerator), value.denominator) < 2**53
        return f"{value.numerator} / {value.denominator}" if small else repr(number(value))
    if op == "h":
        return "h"
    if op in ("add", "mul"):
        return f"v{args[0]} {'+' if op == 'add' else '*'} v{args[1]}"
    if op == "power":
        exponent = args[1]
        if exponent == -1:
            return f"1.0 / v{args[0]}"
        root = f"np.sqrt(v{args[0]})" if exponent.denominator == 2 else f"v{args[0]} ** (1.0 / {exponent.denominator})"
        return root if exponent.numerator == 1 else f"1.0 / {root}"
    inner = ", ".join(f"v{a}" for a in args[1:])
    if args[0] == "pow":
        return f"v{args[1]} ** v{args[2]}"
    if args[0] not in NAMES:
        raise CodegenError(f"{args[0]} has no form in plain numpy source; accepted: {', '.join(NAMES)}")
    return f"np.{NAMES[args[0]]}({inner})"
