"""How a field is divided among the parts of a partitioned, additive or splitting method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy

from ..base.checks import whole
from ..base.errors import FieldError
from ..expressions import find_symbol, one_symbol_a_name
from ..fields import VectorField
from ..fields.gate import are_equations
from ..method import Method
from ..rings import formula

Split = tuple[tuple[sympy.Expr, ...], ...]
"""For each part the components of its field, zeros included; they sum to the whole field."""


def split_field(field: VectorField, method: Method, parts: Sequence[Any] | None) -> Split | None:
    """The parts of `field` for a method of several parts; None for a method that takes the field as a whole.

    parts : for each part its variables (names, symbols or places; the other components of the part are zero), or
            a VectorField, its equations as text ("x' = -x", components that are left out being 0) or {variable: component}, or
            its components. The default for a Hamiltonian field is q, then p, for q'' = g positions, then
            velocities; the time goes with the positions. For a method with a linear part: the linear terms, then the rest
    Raises FieldError if the parts do not add up to the field, or are needed and not given.
    """
    if method.colors == 1:
        if parts is not None:
            raise FieldError(f"{method.title} takes the field as a whole: it has no parts")
        return None
    if parts is not None and not isinstance(parts, Iterable):
        raise FieldError(f"parts are a list, a part for each colour of the method; got {str(parts)[:60]!r}")
    given = _default(field, method) if parts is None else list(parts)
    if len(given) != method.colors:
        raise FieldError(f"{method.title} has {method.colors} parts, but {len(given)} were given")
    found = tuple(_components(field, read_part(field, part)) for part in given)
    for v, entire, own in zip(field.variables, field.components, zip(*found, strict=True), strict=True):
        if v == field.time and not any(own):
            raise FieldError(f"no part holds the time: put {v} into a part, usually that of the positions")
        if sympy.expand(entire - sum(own)) != 0 and sympy.simplify(entire - sum(own)) != 0:
            raise FieldError(f"the parts do not add up to the field: in the equation of {v} they give {sum(own)}, not {entire}")
    if method.second_order:
        _check_second_order(field, found, method)
    if method.linear_part is not None:
        _check_linear(field, found[method.linear_part], method)
    return found


def _check_linear(field: VectorField, part: Sequence[sympy.Expr], method: Method) -> None:
    """Raise FieldError unless a part is linear with constant coefficients, but for constants."""
    for v, e in zip(field.variables, part, strict=True):
        if any(sympy.simplify(sympy.diff(e, w)).free_symbols & {*field.variables} for w in field.variables):
            raise FieldError(
                f"part {method.linear_part} of the field, which {method.title} solves exactly, must be linear with constant "
                f"coefficients; here it says {v}' = {e}"
            )


def _linear_terms(field: VectorField) -> list[sympy.Expr]:
    """The terms of each component that are linear in the variables; of the time its rate 1."""
    variables = {*field.variables}

    def linear(term: sympy.Expr) -> bool:
        used = term.free_symbols & variables
        return len(used) == 1 and not sympy.diff(term, *used).free_symbols & variables

    return [
        e if v == field.time else sympy.Add(*(t for t in sympy.Add.make_args(sympy.expand(e)) if linear(t)))
        for v, e in zip(field.variables, field.components, strict=True)
    ]


def _check_second_order(field: VectorField, split: Split, method: Method) -> None:
    """Raise FieldError unless part 0 says q' = Mv with a constant M, and part 1 moves v alone."""
    positions, velocities = ([v for v, e in zip(field.variables, part, strict=True) if e != 0] for part in split)
    for q, e in zip(field.variables, split[0], strict=True):
        slopes = [sympy.diff(e, v) for v in velocities]
        bent = e.free_symbols & {*positions} or any(s.free_symbols & {*field.variables} for s in slopes)
        if bent or (q in velocities and e != 0):
            raise FieldError(
                f"{method.title} is a Nyström method, for q' = v, v' = g: part 0 must be linear in the velocities, with constant "
                f"coefficients, and part 1 must move them alone; here {q}' = {e}"
            )


def _default(field: VectorField, method: Method) -> list[Any]:
    structure = field.structure
    if method.linear_part is None and method.colors == 2 and structure is not None and structure.q:
        # time advances with the positions, so that a force is taken at the time of its positions
        return [[*structure.q, *([field.time] if field.time is not None else [])], structure.p]
    if method.linear_part == 0 and method.colors == 2:
        linear = _linear_terms(field)
        return [linear, [sympy.expand(e - l) for e, l in zip(field.components, linear, strict=True)]]
    raise FieldError(
        f"{method.title} treats {method.colors} parts of the field differently: say which with `parts`, for each one its "
        f"variables (such as [['{field.variables[0]}'], ...]) or its own VectorField"
    )


def read_part(field: VectorField, part: Any) -> Any:
    """Equations as text or in a mapping as a VectorField over the variables of the field; anything else as it is."""
    if isinstance(part, list | tuple) or not are_equations(part):
        return part
    constants = dict(field.parameters) | {s: s for s in field.free_parameters}
    names = {str(s): s for s in (*field.variables, *constants)}
    if isinstance(part, Mapping):
        given = {find_symbol(key, field.variables, "variable of the field"): value for key, value in part.items()}
        own = VectorField(dict.fromkeys(field.variables, 0) | given, parameters=constants, time=field.time)
    else:
        own = VectorField(part, parameters="auto")
    for symbol in {*own.variables, *own.free_parameters}:
        find_symbol(str(symbol), names.values(), "name in a part of the field")
    same = {s: names[str(s)] for s in (*own.variables, *own.free_parameters)}
    values = {str(v): e.xreplace(same) for v, e in zip(own.variables, own.components, strict=True)}
    return VectorField(field.variables, [values.get(name, 0) for name in map(str, field.variables)], parameters=constants)


def _components(field: VectorField, part: Any) -> tuple[sympy.Expr, ...]:
    zero = sympy.S.Zero
    if isinstance(part, VectorField):
        if part.variables != field.variables:
            raise FieldError(f"a part has the variables {part.variables}, the field {field.variables}")
        return part.components
    if isinstance(part, str | sympy.Symbol):
        part = [part]
    if not isinstance(part, Iterable):
        raise FieldError(f"{str(part)[:60]!r} is not a part of the field; accepted: its variables, a VectorField, or components")
    items = list(part)
    if wrong := next((x for x in items if isinstance(x, sympy.Symbol) and x not in field.variables), None):
        one_symbol_a_name([*field.variables, wrong])
    # one part has fewer variables than the field, so that numbers here are places and not components
    places: dict[Any, int] = {str(v): i for i, v in enumerate(field.variables)} | {i: i for i in range(field.dimension)}
    keys = [_place(x) for x in items]
    if len(items) < field.dimension and set(keys) <= set(places):
        chosen = {places[key] for key in keys}
        return tuple(c if i in chosen else zero for i, c in enumerate(field.components))
    if len(items) == field.dimension and all(isinstance(x, sympy.Expr | int) for x in items):
        return tuple(sympy.Integer(x) if isinstance(x, int) else formula(x) for x in items)
    raise FieldError(
        f"{str(part)[:60]} is not a part of the field; accepted: names of its variables "
        f"({', '.join(map(str, field.variables))}) or their places, a VectorField, "
        f"or {field.dimension} components"
    )


def _place(item: Any) -> int | str:
    try:
        return whole(item)
    except TypeError:
        return str(item)
