"""Fields that are functions: how JAX, torch.func or a user's own jvp differentiates them, and F(t) at one point."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from math import factorial, inf
from operator import add
from typing import Any

import numpy as np

from ..base.errors import FieldError, UnknownNameError
from ..base.libraries import library
from ..trees import numbered, tree_table
from .inlining import written_out

Function = Callable[..., Any]
DERIVATIVE_ERRORS = (TypeError, ValueError, RuntimeError, NotImplementedError)
"""What libraries raise for a function that they cannot trace or differentiate."""


class Backend:
    """A library of arrays that differentiates functions in a direction; imported when it is first needed."""

    name: str
    arrays: str
    many: float = inf
    """So many trees are quicker by lines than by nested derivatives (`derivatives.DifferentialsByLines`), measured."""

    def jvp(self, f: Function, x: Any, v: Any) -> Any:
        """Df(x)·v; applied again to functions that contain it."""
        raise NotImplementedError

    def array(self, values: Any, like: Any = None) -> Any:
        """Floating-point array, of the precision and on the device of `like`."""
        raise NotImplementedError

    def batch(self, f: Function, x: Any, *others: Any) -> Any:
        """f, a function of one point (d,), at every point of x, of shape (..., d); others are batched like x."""
        raise NotImplementedError

    def join(self, x: Any, last: Any) -> Any:
        """x with one more component."""
        raise NotImplementedError

    def push(self, f: Function, *series: Sequence[Any]) -> list[Any]:
        """The coefficients of f(c_0 + c_1 s + c_2 s² + ..., ...), as many as are given. Raises where f does what has no rule."""
        raise NotImplementedError

    def along_lines(self, f: Function, x: Any, lines: np.ndarray, order: int) -> list[Any]:
        """The coefficients of s^0, ..., s^(order - 1) of f(x + s v) for each row v of `lines`, each of shape (lines, d)."""
        raise NotImplementedError

    def stacked(self, arrays: Sequence[Any]) -> Any:
        """Arrays one after the other along their first axis."""
        raise NotImplementedError


class JaxBackend(Backend):
    """jax.jvp and jax.vmap; double precision needs jax_enable_x64, as everywhere in JAX."""

    name, arrays, many = "jax", "jax.numpy", 200

    def jvp(self, f: Function, x: Any, v: Any) -> Any:
        """The derivative of f at x in the direction v."""
        return _library("jax").jvp(f, (x,), (v,))[1]

    def array(self, values: Any, like: Any = None) -> Any:
        """Numbers as an array of the library, of the type of `like`."""
        jnp = _library("jax").numpy
        found = jnp.asarray(values, None if like is None else like.dtype)
        return found if jnp.issubdtype(found.dtype, jnp.inexact) else found.astype(float)

    def batch(self, f: Function, x: Any, *others: Any) -> Any:
        """f, a function of one point, at all points of x; others are batches beside it."""
        for _ in range(x.ndim - 1):
            f = _library("jax").vmap(f)
        return f(x, *others)

    def join(self, x: Any, last: Any) -> Any:
        """x with one more component."""
        jnp = _library("jax").numpy
        last = jnp.broadcast_to(jnp.asarray(last, x.dtype), x.shape[:-1])
        return jnp.concatenate([x, last[..., None]], -1)

    def push(self, f: Function, *series: Sequence[Any]) -> list[Any]:
        """By jax.experimental.jet, through the function written out."""
        points = tuple(s[0] for s in series)
        if len(series[0]) == 1:
            return [f(*points)]
        f = written_out(_library("jax"), f, points)
        scaled = tuple([factorial(k) * c for k, c in enumerate(s)][1:] for s in series)
        value, found = _library("jax.experimental.jet").jet(f, points, scaled)
        return [value, *(c / factorial(k) for k, c in enumerate(found, 1))]

    def along_lines(self, f: Function, x: Any, lines: np.ndarray, order: int) -> list[Any]:
        """All lines at once."""
        along = _library("jax").vmap(lambda v: self.push(f, _line(x, v, order)))
        return list(along(self.array(lines, like=x)))

    def stacked(self, arrays: Sequence[Any]) -> Any:
        """Arrays one after the other along their first axis."""
        return _library("jax").numpy.concatenate(list(arrays))


class TorchBackend(Backend):
    """torch.func.jvp and torch.func.vmap."""

    name, arrays, many = "torch", "torch", 17

    def jvp(self, f: Function, x: Any, v: Any) -> Any:
        """The derivative of f at x in the direction v."""
        return _library("torch").func.jvp(f, (x,), (v,))[1]

    def array(self, values: Any, like: Any = None) -> Any:
        """Numbers as an array of the library, of the type of `like`."""
        torch = _library("torch")
        if like is not None:
            return torch.as_tensor(values, dtype=like.dtype, device=like.device)
        found = torch.as_tensor(values)
        return found if found.is_floating_point() or found.is_complex() else found.to(torch.get_default_dtype())

    def batch(self, f: Function, x: Any, *others: Any) -> Any:
        """f, a function of one point, at all points of x; others are batches beside it."""
        for _ in range(x.ndim - 1):
            f = _library("torch").func.vmap(f)
        return f(x, *others)

    def join(self, x: Any, last: Any) -> Any:
        """x with one more component."""
        torch = _library("torch")
        last = torch.as_tensor(last, dtype=x.dtype, device=x.device).expand(x.shape[:-1])
        return torch.cat([x, last[..., None]], -1)

    def push(self, f: Function, *series: Sequence[Any]) -> list[Any]:
        """By `power_series.Series`."""
        from .power_series import Series

        found = f(*map(Series, series))
        return found.coefficients if isinstance(found, Series) else [found, *[0 * found] * (len(series[0]) - 1)]

    def along_lines(self, f: Function, x: Any, lines: np.ndarray, order: int) -> list[Any]:
        """All lines at once."""
        along = _library("torch").func.vmap(lambda v: tuple(self.push(f, _line(x, v, order))))
        return list(along(self.array(lines, like=x)))

    def stacked(self, arrays: Sequence[Any]) -> Any:
        """Arrays one after the other along their first axis."""
        return _library("torch").cat(list(arrays))


class GivenBackend(Backend):
    """A jvp(f, x, v) that the user gives; f is applied to x as it comes, batches included."""

    name, arrays = "jvp", "any library that the given jvp knows"

    def __init__(self, jvp: Function):
        self._jvp = jvp

    def jvp(self, f: Function, x: Any, v: Any) -> Any:
        """The derivative of f at x in the direction v."""
        return self._jvp(f, x, v)

    def array(self, values: Any, like: Any = None) -> Any:
        """Numbers as an array of the library, of the type of `like`."""
        del like  # NumPy's arrays mix their types
        return values if hasattr(values, "shape") else np.asarray(values, float)

    def batch(self, f: Function, x: Any, *others: Any) -> Any:
        """f, a function of one point, at all points of x; others are batches beside it."""
        return f(x, *others)

    def join(self, x: Any, last: Any) -> Any:
        """x with one more component."""
        home = sys.modules.get(type(x).__module__.partition(".")[0], np)
        home = home if hasattr(home, "concatenate") else np
        return home.concatenate([x, home.broadcast_to(last, x.shape[:-1])[..., None]], -1)


BACKENDS: Mapping[str, Backend] = {"jax": JaxBackend(), "torch": TorchBackend()}


def named_backend(name: str) -> Backend:
    """Raises UnknownNameError, and MissingLibraryError where the library is not installed."""
    if name not in BACKENDS:
        raise UnknownNameError("backend", name, BACKENDS)
    _library(name)
    return BACKENDS[name]


def find_backend(fields: Sequence[Function], x: Any) -> Backend:
    """torch for its modules and tensors, which exist only where it is imported; else JAX."""
    torch = sys.modules.get("torch")
    found = torch is not None and (isinstance(x, torch.Tensor) or any(isinstance(f, torch.nn.Module) for f in fields))
    return named_backend("torch" if found else "jax")


def _library(name: str) -> Any:
    return library(name, f"a field given as a function of {name} arrays", name.partition(".")[0])


def _line(x: Any, v: Any, order: int) -> list[Any]:
    """x + s v as a series."""
    return [x, v, *[0 * x] * (order - 2)][:order]


class Differentials:
    """Elementary differentials F(t) of functions at the point x, each found once, when it is asked for.

    F([t1, ..., tm]) = D^m f·(F(t1), ..., F(tm)) takes m nested jvps, so 2^m evaluations of f before a compiler finds
    those that are equal. An object serves one call and one point: inside a transformation it must not be kept.
    """

    def __init__(self, backend: Backend, fields: Sequence[Function], x: Any):
        self._backend, self._fields, self._x = backend, fields, x
        self._table = tree_table(len(fields))
        self._known: dict[int, Any] = {}

    def __getitem__(self, number: int) -> Any:
        if number not in self._known:
            root, children = self._node(number)
            self._known[number] = self._derivative(root, [self[j] for j in children])
        return self._known[number]

    def combination(self, weights: Mapping[int, float]) -> Any:
        """Σ weight · F(t) over trees by number, at least one.

        Derivatives are linear in each direction: trees that differ in their largest branch alone take one derivative,
        unless they are known already.
        """
        terms, groups = [], dict[tuple[int, tuple[int, ...]], list[tuple[int, float]]]()
        for number, weight in weights.items():
            root, children = self._node(number)
            if number in self._known or not children:
                terms.append(weight * self[number])
            else:
                groups.setdefault((root, children[:-1]), []).append((children[-1], weight))
        for (root, others), last in groups.items():
            direction = reduce(add, [weight * self[j] for j, weight in last])
            terms.append(self._derivative(root, [*(self[j] for j in others), direction]))
        return reduce(add, terms)

    def _node(self, number: int) -> tuple[int, tuple[int, ...]]:
        tree = numbered(self._table, number)
        return tree.color, tuple(child.number(len(self._fields)) for child in tree.children)

    def _derivative(self, root: int, directions: Sequence[Any]) -> Any:
        def along(y: Any, rest: Sequence[Any]) -> Any:
            if not rest:
                return check_shape(self._fields[root](y), y)
            return self._backend.jvp(lambda z: along(z, rest[:-1]), y, rest[-1])

        return along(self._x, directions)


def check_shape(value: Any, x: Any) -> Any:
    """The value of a function at x. Raises FieldError where it has another shape than x."""
    if getattr(value, "shape", None) != x.shape:
        got = f"shape {tuple(value.shape)}" if hasattr(value, "shape") else f"a {type(value).__name__}"
        raise FieldError(f"the callable returned {got} at a point of shape {tuple(x.shape)}; it must return that shape")
    return value
