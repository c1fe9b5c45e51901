"""Modified and inverse modified equations of fields given as functions, as functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import partial
from typing import Any

from ..base.checks import check_order, check_part, check_power, whole
from ..base.errors import FieldError, shown
from ..base.values import Value
from ..codegen.numbers import nearest
from ..fields.callables import (
    DERIVATIVE_ERRORS,
    Backend,
    Differentials,
    Function,
    GivenBackend,
    check_shape,
    find_backend,
    named_backend,
)
from ..fields.derivatives import WORSE, DifferentialsByLines, pays
from ..method import Method
from ..rings import scalar
from ..series import BSeries, inverse_modified_series, modified_series
from ..trees import tree_table

CLOCKS = ("t", "time")
"""Names of arguments that may mean the time."""
MAX_ORDER = 10
"""719 trees of order 10: beyond it nothing has been tried."""


def tree_weights(series: BSeries) -> list[dict[int, float]]:
    """By power of h: tree numbers and their coefficients over σ."""
    table = tree_table(series.colors, series.order)
    found: list[dict[int, float]] = []
    for k in range(1, series.order + 1):
        block = range(*table.block(k).indices(len(series)))
        weights = {i: series.coefficients[i] / int(table.symmetry[i]) for i in block}
        found.append({i: nearest(w) for i, w in weights.items() if w != 0})
    return found


class CallableModifiedField(Value):
    """g(x, h, *args): the modified or inverse modified field of a function, by nested directional derivatives.

    x    : one point or a batch, shape (..., d), in arrays of the library (JAX, torch); or a list of numbers
    h    : the step size, a number or an array that broadcasts against (...)
    args : what the function takes after x, constant over a step. An array whose shape begins with that of the batch, such as
           controls (..., m), is batched with x; all else (numbers, other shapes, tuples and mappings of parameters) goes to
           every point as it is. With time=True the first of them is t, a number or an array that broadcasts against (...)
    The result has the shape of x. JAX can jit, vmap and differentiate g with respect to x, h and args; autograd and
    torch.func do the same in torch.

    `series` holds the exact coefficients over trees, common to all fields; `g` sums coefficient times elementary
    differential, in the precision of x. `term(k)`, `truncate(n)` and `part(i)` are functions of the same kind.
    Raises FieldError where the function cannot be differentiated or returns the wrong shape, MissingLibraryError.
    Cost in evaluations of the function for orders 2, 3, 4, 5, 6: 3, 9, 23, 59, 143; with two parts 6, 30, 118, 462.
    A compiler that removes common sub-expressions, as that of jax.jit does, leaves about one for each tree. In one and two
    dimensions high orders (JAX from 8 on, torch from 5 on) take power series along lines instead, as many lines as the order:
    1.2 to 1.4 times the cost for each order more; functions of which the library knows no series go on with derivatives.

    >>> from imde_sym import inverse_modified_equation
    >>> slope = lambda f, x, v: (f(x + v) - f(x - v)) / 2  # exact for polynomials of degree 2
    >>> g = inverse_modified_equation(lambda y: y**2, "explicit_euler", 2, jvp=slope)  # y² + h y³
    >>> g([3.0], "1/10"), g.truncate(1)([3.0], "1/10"), g.term(1)([3.0]), g.part(0)([3.0], "1/10")
    (array([11.7]), array([9.]), array([27.]), array([11.7]))
    """

    def __init__(
        self,
        field: Function,
        method: Method,
        order: int,
        direction: str,
        series: BSeries,
        parts: Sequence[Any],
        backend: Backend | None = None,
        time: bool = False,
    ):
        self.field, self.method, self.order, self.direction = field, method, order, direction
        self.series, self.parts, self.backend, self.time = series, tuple(parts), backend, time
        self._weights = tree_weights(series)
        self._freeze()

    def __call__(self, x: Any, h: Any, *args: Any) -> Any:
        """The field at x for a step h."""
        backend, x = self._prepare(x)
        terms = self._terms(backend, range(self.order), x, args)
        step = backend.array(h, like=x)[..., None] if hasattr(h, "shape") else nearest(scalar(h))
        total = terms.get(self.order - 1, 0 * x)
        for k in reversed(range(self.order - 1)):
            total = total * step + terms[k] if k in terms else total * step
        return total

    def term(self, k: int) -> Callable[..., Any]:
        """The coefficient of h**k as a function of (x, *args); 0 <= k < order. Raises FieldError for other k."""
        k = check_power(k, self.order)

        def coefficient(x: Any, *args: Any) -> Any:
            backend, x = self._prepare(x)
            return self._terms(backend, [k], x, args).get(k, 0 * x)

        return coefficient

    def truncate(self, order: int) -> CallableModifiedField:
        """Keep the powers of h up to h**(order - 1).

        Raises SeriesError for an order that is not a whole number from 1 to that of the equation.
        """
        order = check_order(order, self.order, "the order of a truncation")
        return self._with(order, self.series.truncate(order))

    def part(self, index: int) -> CallableModifiedField:
        """What part `index` of a split field becomes: the terms whose outermost derivative is of that part.

        Raises FieldError for a part that there is not.
        """
        index = check_part(index, len(self.parts))
        colors = self.series.colors
        roots, unknown = tree_table(colors, self.series.order).root, self.method.unknown if self.direction == "inverse" else None
        held = [index] if unknown is None or index != unknown else [v for v in range(colors) if v != unknown]

        def belongs(i: int) -> bool:
            """A part that the inverse equation keeps has its own field alone; the one that it corrects has all the rest."""
            if unknown is None:
                return bool(roots[i] == index)
            return (i < colors and i in held) != (index == unknown)

        own = [c if belongs(i) else Fraction(0) for i, c in enumerate(self.series.coefficients)]
        return self._with(self.order, BSeries(self.order, own, Fraction(0), colors, self.series.name))

    def __repr__(self) -> str:
        kind = "inverse modified" if self.direction == "inverse" else "modified"
        return f"<{kind} field of {_name(self.field)} under {self.method.title}, order {self.order}, by derivatives>"

    def _with(self, order: int, series: BSeries) -> CallableModifiedField:
        return CallableModifiedField(self.field, self.method, order, self.direction, series, self.parts, self.backend, self.time)

    def _prepare(self, x: Any) -> tuple[Backend, Any]:
        found = self.backend or find_backend([self.field, *self.parts], x)
        x = found.array(x)
        if not x.shape:
            raise FieldError("x is a single number; its last axis must hold the components of a point")
        return found, x

    def _terms(self, backend: Backend, powers: Sequence[int], x: Any, args: Sequence[Any]) -> dict[int, Any]:
        """The coefficients of these powers of h that do not vanish for every field."""
        # from the highest order down, so that lower trees are known as branches before their own turn
        wanted = [k for k in reversed(powers) if self._weights[k]]
        batch, point = x.shape[:-1], x
        if self.time:
            if not args:
                raise FieldError("t is missing: a field with time=True is called as g(x, h, t), its terms as term(k)(x, t)")
            point, args = backend.join(x, args[0]), args[1:]
        moving = [i for i, a in enumerate(args) if batch and tuple(getattr(a, "shape", ()))[: len(batch)] == tuple(batch)]

        def at(y: Any, *controls: Any) -> tuple[Any, ...]:
            own = list(args)
            for i, control in zip(moving, controls, strict=True):
                own[i] = control
            if self.time:  # the clock goes with the first part, as with the positions in `split_field`
                clocked = [_clocked(part, backend, float(i == 0)) for i, part in enumerate(self.parts)]
                fields: list[Function] = [partial(field, args=own) for field in clocked]
            else:
                fields = [_field(part, backend, own) for part in self.parts]
            found = self._sums(backend, fields, y, wanted)
            return tuple(value[..., :-1] if self.time else value for value in found)

        try:
            return dict(zip(wanted, backend.batch(at, point, *(args[i] for i in moving)), strict=True)) if wanted else {}
        except FieldError:
            raise
        except DERIVATIVE_ERRORS as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise FieldError(
                f"{_name(self.field)} has no jvp: {backend.name} cannot evaluate or differentiate it ({reason}). Accepted: a "
                f"smooth function of one point (d,), made of operations of {backend.arrays}; for another library give "
                "jvp=, a function (f, x, v) -> Df(x)·v that can be nested"
            ) from error

    def _sums(self, backend: Backend, fields: Sequence[Function], y: Any, wanted: Sequence[int]) -> list[Any]:
        """The coefficients at one point: along lines where that is quicker and a series goes through, else by nested jvps."""
        weights = [self._weights[k] for k in wanted]
        if y.ndim == 1 and pays(backend, y.shape[0], wanted[0] + 1, len(fields)):
            with suppress(*WORSE):
                lines = DifferentialsByLines(backend, fields, y, wanted[0] + 1)
                return [lines.combination(own) for own in weights]
        nested = Differentials(backend, fields, y)
        return [nested.combination(own) for own in weights]


def callable_equation(
    field: Function,
    method: Method,
    order: int,
    direction: str,
    parts: Sequence[Any] | None = None,
    backend: str | None = None,
    jvp: Function | None = None,
    time: bool | None = None,
) -> CallableModifiedField:
    """The equation of either direction, "forward" or "inverse"; see `modified_equation` for the parameters."""
    order = check_order(order, MAX_ORDER)
    _check_time(field, method, time)
    if not callable(field):
        raise FieldError(f"a {type(field).__name__} is not a field: give a VectorField, or a function of x of shape (d,)")
    if not isinstance(method, Method):
        raise FieldError(f"a {type(method).__name__} is not a method: give a ButcherTableau or methods['rk4']")
    if method.parameters:
        raise FieldError(f"{method.title} has the free parameters {method.parameters}: a callable needs a method of numbers")
    if backend is not None and jvp is not None:
        raise FieldError(f"backend={backend!r} and jvp= were both given: one of them differentiates the callable")
    series = (inverse_modified_series if direction == "inverse" else modified_series)(method, order)
    chosen = GivenBackend(jvp) if jvp is not None else None if backend is None else named_backend(backend)
    return CallableModifiedField(field, method, order, direction, series, split_parts(field, method, parts), chosen, bool(time))


def _arguments(field: Function) -> list[str]:
    """Names of the arguments that have to be given, in their order; none where Python cannot tell."""
    function = getattr(field, "forward", field) if type(field).__module__ != "builtins" else field
    try:
        given = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in given if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _check_time(field: Function, method: Method, time: Any) -> None:
    if time is not None and not isinstance(time, bool):
        raise FieldError(f"time is True or False, got {shown(time)}")
    named = next((name for name in _arguments(field) if name in CLOCKS), None)
    if named and time is None:
        raise FieldError(
            f"{_name(field)} has an argument {named}: say with time=True that it is the time, which advances within a step "
            f"(called as g(x, h, {named})), or with time=False that it is constant over a step"
        )
    if named and not time and _arguments(field)[0] in CLOCKS:
        raise FieldError(f"the first argument of {_name(field)} is {named}: with time=False the point x comes first")
    if time and getattr(method, "given_c", None) is not None:
        raise FieldError(f"the abscissae of {method.title} are not its row sums, so it has no equation of its own with a clock")


def _clocked(part: Any, backend: Backend, rate: float) -> Function:
    """A part in (x, t) as one vector: f(x, t, *args), or f(t, x, *args) where t is its first argument, and the rate of t."""
    function = part.on(backend) if isinstance(part, _Components) else part
    first = not isinstance(part, _Components) and next(iter(_arguments(part)), "") in CLOCKS

    def run(z: Any, args: Sequence[Any] = ()) -> Any:
        x, t = z[..., :-1], z[..., -1]
        value = function(t, x, *args) if first else function(x, t, *args)
        check_shape(value, x)
        return backend.join(value, rate + 0 * t)

    return run


class _Components:
    """A function with all but some components set to zero."""

    def __init__(self, field: Function, chosen: frozenset[int], dimension: int):
        self.field, self._chosen, self._dimension = field, chosen, dimension

    def on(self, backend: Backend) -> Function:
        def part(x: Any, *args: Any) -> Any:
            if x.shape[-1] != self._dimension:
                raise FieldError(f"x has shape {tuple(x.shape)}; the parts hold the components 0 to {self._dimension - 1}")
            mask = [float(i in self._chosen) for i in range(self._dimension)]
            first = bool(args) and next(iter(_arguments(self.field)), "") in CLOCKS
            value = self.field(args[0], x, *args[1:]) if first else self.field(x, *args)
            return backend.array(mask, like=x) * value

        return part


def split_parts(field: Function, method: Method, parts: Sequence[Any] | None) -> list[Any]:
    """The field for each colour of a method. Raises FieldError for parts that do not fit."""
    if method.colors == 1:
        if parts is not None:
            raise FieldError(f"{method.title} takes the field as a whole: it has no parts")
        return [field]
    accepted = "for each one a function, or for each one the list of its components, such as [[0], [1]]"
    if parts is None:
        raise FieldError(f"{method.title} treats {method.colors} parts differently: say which with `parts`, {accepted}")
    given = list(parts)
    if len(given) != method.colors:
        raise FieldError(f"{method.title} has {method.colors} parts, but {len(given)} were given")
    if all(callable(part) for part in given):
        return given
    try:
        places = [[whole(i) for i in part] for part in given]
    except TypeError:
        raise FieldError(f"{str(given)[:60]} are not parts of a callable; accepted: {accepted}") from None
    indices = [i for part in places for i in part]
    if sorted(indices) != list(range(len(indices))):
        raise FieldError(f"the parts {given} do not hold each component 0, 1, ... once")
    return [_Components(field, frozenset(part), len(indices)) for part in places]


def _field(part: Any, backend: Backend, args: Sequence[Any]) -> Function:
    function = part.on(backend) if isinstance(part, _Components) else part
    return (lambda x: function(x, *args)) if args else function


def _name(field: Function) -> str:
    return getattr(field, "__name__", type(field).__name__)
