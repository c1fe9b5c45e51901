"""modified_equation and inverse_modified_equation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, overload

import sympy

from ..base.arguments import checked
from ..base.checks import check_direction, check_order
from ..base.errors import ArgumentError, FieldError, UnknownNameError
from ..fields import DifferentialRing, FieldSpace, RingField, VectorField, as_field
from ..fields.callables import Function
from ..fields.structure import check_names
from ..method import Method, MethodLike, as_method
from ..prelie import ColoredSpace, inverses
from ..rings import to_sympy
from .callables import CallableModifiedField, callable_equation
from .modified import MAX_ORDER, ModifiedField
from .rounded import Doubles, can_be_cleaned, cleaned, without_noise
from .split import split_field

Written = VectorField | str | Mapping[Any, Any] | Sequence[Any]
"""A field in formulas, as `as_field` takes it."""
OPTIONS = ("backend", "jvp", "time")
"""Of equations of functions."""
CONVENTIONS = ("unknown", "match")
"""Of inverse equations that are not unique: the arguments of `with_inverse`."""


@overload
def modified_equation(field: Written, method: MethodLike, order: int, parts: Sequence[Any] | None = None) -> ModifiedField: ...


@overload
def modified_equation(
    field: Function,
    method: MethodLike,
    order: int,
    parts: Sequence[Any] | None = None,
    *,
    backend: str | None = None,
    jvp: Function | None = None,
    time: bool | None = None,
) -> CallableModifiedField: ...


@checked
def modified_equation(field: Any, method: Any, order: int, parts: Any = None, **options: Any) -> Any:
    """The field whose exact flow is the method applied to `field` (backward error analysis; HLW IX.1).

    field : a VectorField, or what stands for one: the name of a system, equations as text or of sympy; or a function
            f(x, *args) of a point x of shape (d,), such as a trained network
    method : a method, its name, a tableau or its text, or the solver of SciPy, diffrax, torchdiffeq or NodePy
    order : int >= 1; powers of h up to h**(order - 1) are kept
    parts : for partitioned, additive and splitting methods: the parts of the field, each as a list of variables, a
            VectorField or components (default for Hamiltonian fields: q, then p). For a function: each as a function
            (that they add up to the field is not checked) or as the indices of its components
    For a function only: backend="jax" or "torch" (default: torch for its modules and tensors, else JAX), or for any
    other library jvp=, a function (f, x, v) -> Df(x)·v. It is applied to functions that contain it, up to order - 1
    deep, so finite differences lose digits at every order; f then takes x as it is given, batches included.
    time=True says that the function is f(x, t, *args), or f(t, x, *args) where its first argument is called t or time; t
    advances within the step, and the result is called as g(x, h, t, *args). Other arguments are constant over the step, as a
    control is; a function with an argument called t or time needs time=True or time=False.
    Returns a ModifiedField, exact for exact data; for a function a CallableModifiedField g(x, h, *args).
    Raises SeriesError for a bad order, FieldError for a field that is not smooth or parts that do not add up to it.

    >>> from imde_sym import VectorField, methods
    >>> f = VectorField.parse("y' = y**2")
    >>> modified_equation(f, methods["explicit_euler"], 3).term(2)
    Matrix([[3*y**4/2]])

    >>> g = modified_equation(lambda y: y**2, methods["explicit_euler"], 2, jvp=lambda f, x, v: (f(x + v) - f(x - v)) / 2)
    >>> g([3.0], "1/10")  # y² - h y³
    array([6.3])
    """
    return _equation(field, method, order, "forward", parts, options)


@overload
def inverse_modified_equation(
    field: Written,
    method: MethodLike,
    order: int,
    parts: Sequence[Any] | None = None,
    *,
    unknown: int | str | None = None,
    match: str | None = None,
) -> ModifiedField: ...


@overload
def inverse_modified_equation(
    field: Function,
    method: MethodLike,
    order: int,
    parts: Sequence[Any] | None = None,
    *,
    backend: str | None = None,
    jvp: Function | None = None,
    time: bool | None = None,
    unknown: int | str | None = None,
    match: str | None = None,
) -> CallableModifiedField: ...


@checked
def inverse_modified_equation(field: Any, method: Any, order: int, parts: Any = None, **options: Any) -> Any:
    """The field f_h that the method turns into the exact flow of `field` (IMDE; Zhu et al., ICML 2022).

    A model that is trained through the method on exact data of `field` learns this field.
    order : int >= 1; powers of h up to h**(order - 1) are kept, and the method applied to the
            truncated field has order `order`
    field, parts, backend, jvp : as for `modified_equation`; each part of f_h holds the terms whose outermost
            derivative is of that part
    unknown : the part that alone is corrected, its number or name, while the others stay as they are. Methods that solve a part
              exactly (exponential and multirate ones) keep that part by default; a splitting needs unknown= or `with_inverse`
    match   : "velocities" (default), "positions" or "both": what a Nyström method is to reproduce (`Nystrom.with_inverse`)
    Returns a ModifiedField, exact for exact data; for a function a CallableModifiedField. Raises MethodError if
    sum(b) = 0, SeriesError for a bad order, FieldError for a field that is not smooth or parts that do not add up to it.

    >>> from imde_sym import VectorField, methods
    >>> f = VectorField.parse("p' = -10*sin(q); q' = p")
    >>> inverse_modified_equation(f, methods["explicit_midpoint"], 3).term(2)[1]
    -5*p*cos(q)/3
    """
    return _equation(field, method, order, "inverse", parts, options)


def _equation(field: Any, method: Any, order: int, direction: str, parts: Any, options: Mapping[str, Any]) -> Any:
    for name in options:
        if name not in (*OPTIONS, *CONVENTIONS):
            known = ["field", "method", "order", "parts", *OPTIONS, *CONVENTIONS]
            raise ArgumentError(f"a modified equation: {UnknownNameError('argument', name, known)}")
    method = as_method(method, field)
    conventions = {name: options[name] for name in CONVENTIONS if options.get(name) is not None}
    options = {name: value for name, value in options.items() if name not in CONVENTIONS}
    if conventions:
        method = _with_conventions(method, direction, conventions)
    if callable(field) and not isinstance(field, type):
        return callable_equation(field, method, order, direction, parts, **options)
    field = as_field(field)
    if options:
        raise FieldError(f"{', '.join(options)}: options for a field that is a function; here it is a VectorField")
    return build_equation(field, method, order, direction, parts)


def _with_conventions(method: Any, direction: str, conventions: Mapping[str, Any]) -> Any:
    """The method with what the inverse equation is to be."""
    if direction == "forward":
        raise ArgumentError(f"{next(iter(conventions))}= is for inverse equations: the modified equation is unique")
    return method.with_inverse(**conventions)


@checked
def build_equation(
    field: VectorField, method: Method, order: int, direction: str, parts: Sequence[Any] | None = None, clean: bool = True
) -> ModifiedField:
    """The equation of either direction, "forward" or "inverse", as a ModifiedField names it.

    clean : whether to leave out what the rounding of the method's numbers explains
    Raises FieldError for what is not such a field, method or direction, SeriesError for an order that is not one, MethodError
    where the method cannot reproduce a flow.

    >>> from imde_sym import VectorField, methods
    >>> build_equation(VectorField.parse("y' = y**2"), methods["explicit_euler"], 3, "inverse").term(1)
    Matrix([[y**3]])
    """
    order = check_order(order, MAX_ORDER)
    check_direction(direction)
    if not isinstance(method, Method):
        raise FieldError(f"a {type(method).__name__} is not a method: give a ButcherTableau or methods['rk4']")
    if clash := set(method.parameters) & set(field.variables):
        raise FieldError(f"{clash.pop()} is a variable of the field and a parameter of the method: rename one")
    check_names(method.parameters, field.components)
    if field.time is not None and method.own_times:
        raise FieldError(
            f"the abscissae of {method.title} are not its row sums, and the field depends on time: give the clock a tableau of "
            "its own, PartitionedTableau([method, clock]) with parts=[variables, time], where its row sums are the abscissae"
        )
    split = split_field(field, method, parts)
    shown = [c for part in split or [field.components] for c in part]
    ring = DifferentialRing(field.variables, [*shown, *_constants(method, direction)])
    convert = method.inverse_modified if direction == "inverse" else method.modified

    doubles = Doubles.of(field.variables, shown, ring) if clean else None

    def compute(base: FieldSpace) -> list[list[RingField]]:
        """For each part of the field its grades."""
        own = doubles.fractions if doubles is not None and base.ring.exact else list
        if split is None:
            return [convert(base, base.field(own(field.components)))[1:]]
        space = ColoredSpace(base, method.colors)
        result = convert(space, space.join([base.field(own(p)) for p in split]))[1:]
        return [[part[v] for part in result] for v in range(method.colors)]

    if clean and method.is_rounded and can_be_cleaned(method, [] if doubles else shown):
        exact = doubles.exact if doubles else DifferentialRing(field.variables, shown)
        exact.reserve(order)
        ring.reserve(order)
        found = cleaned(method, order, exact, ring, compute, split or [field.components])
    elif doubles is not None and not method.is_rounded and all(isinstance(x, Fraction) for x in method.coefficients):
        doubles.exact.reserve(order)
        ring.reserve(order)
        found = doubles.rounded(compute(FieldSpace(doubles.exact, order)), split or [field.components])
    else:
        found = compute(FieldSpace(ring, order))
        if clean and not ring.exact:
            found = without_noise(method, ring, found)
    return ModifiedField(field, method, order, direction, ring, found, split)


def _constants(method: Method, direction: str) -> list[sympy.Expr]:
    """What the computation reads of the method beyond rational numbers."""
    found = [to_sympy(c) for c in dict.fromkeys([*method.coefficients, *method.derived]) if not isinstance(c, Fraction)]
    if direction == "inverse" and (method.one_step or method.derived):
        found += [sympy.radsimp(to_sympy(x)) for x in inverses(method.consistency(method.colors))]
    return found
