"""What VectorField takes beside symbols and components: text, equations of sympy, functions of time, matrices, callables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sympy
from sympy.core.function import AppliedUndef

from ..base.errors import FieldError, ParseError
from ..expressions.equations import MAX_DERIVATIVE, Unsolved
from .parsing import System, declared_parameters, parse_system, solved
from .structure import Structure
from .tracing import traced

_INITIAL = re.compile(r"(?:^|[;,\n])[ \t]*([^\W\d]\w*[ ]*'*)[ ]*\([ ]*0(?:\.0*)?[ ]*\)[ ]*=[ ]*([^;,\n=]+)(?=[;,\n]|$)")
_AT_A_NUMBER = re.compile(r"\w+'*\s*\(\s*[\d.]+\s*\)")
WAYS = "text such as \"x' = y; y' = -x\", equations of sympy, a mapping {variable: component}, two sequences or a function"


class Given(NamedTuple):
    """Arguments of VectorField in their plain form."""

    variables: Sequence[Any]
    components: Sequence[Any]
    parameters: Any
    time: Any
    structure: Structure | None
    written: Mapping[sympy.Symbol, sympy.Expr] = {}
    """What variables were given as, where that is not a symbol: x(t), or an entry of a column."""
    x0: Sequence[str] = ()
    """Initial values, where text holds them."""


def read_field(
    given: Any, components: Any, parameters: Any, functions: Sequence[str], time: Any, entries: Any = None
) -> Given | None:
    """The field in variables and components, or None where it already is. Raises ParseError, FieldError.

    entries : the variables of text that is code and does not name them
    """
    if callable(given) and not isinstance(given, sympy.Basic):
        return _called(given, components, parameters, time)
    if isinstance(components, str) and not isinstance(given, sympy.Symbol | str):
        raise FieldError(f"{components[:60]!r} is text beside other variables; a field is {WAYS}")
    _refuse_initial(given)
    if components is None and (equations := _texts(given)) is not None:
        names = entries.replace(",", " ").split() if isinstance(entries, str) else map(str, entries or ())
        return read_text(equations, parameters, functions, _time_name(time), [*names])
    if components is None and (sides := _equations(given)):
        return _of_sides(sides, parameters, functions, time)
    if isinstance(given, sympy.MatrixSymbol):
        return _of_matrix_symbol(given, components, parameters, time)
    columns = isinstance(given, sympy.MatrixBase) or isinstance(components, sympy.MatrixBase | sympy.MatrixExpr)
    moving = isinstance(given, list | tuple) and any(isinstance(x, AppliedUndef) for x in given)
    if components is not None and (columns or moving):
        return _of_columns(given, components, parameters, functions, time)
    return None


def read_text(text: str, parameters: Any, functions: Sequence[str], time: str, entries: Sequence[str] = ()) -> Given:
    """The field of equations in text; see `VectorField.parse`."""
    symbols, values = declared_parameters(() if parameters is None else parameters)
    text, initial = initial_values(text)
    system = parse_system(text, symbols, functions, time, entries)
    constants = {s: values.get(n, s) for n, s in system.constants.items()}
    return _of_system(system, constants, system.time or False)._replace(x0=_start(system, initial))


def _refuse_initial(given: Any) -> None:
    if isinstance(given, Mapping) and (found := [k for k in given if _AT_A_NUMBER.fullmatch(str(k))]):
        raise FieldError(f"{found[0]} looks like an initial value: beside equations in a mapping these are given as x0=[...]")


def initial_values(text: str) -> tuple[str, dict[str, str]]:
    """Equations without the initial values x(0) = 1, x'(0) = 0 among them, and these.

    >>> initial_values("x'' = -x; x(0) = 1, x'(0) = -0.5")
    ("x'' = -x", {'x': '1', "x'": '-0.5'})
    """
    found = {match[1].replace(" ", ""): match[2].strip() for match in _INITIAL.finditer(text)}
    return (_INITIAL.sub("", text).strip(" ;,\n") if found else text), found


def _start(system: System, initial: Mapping[str, str]) -> list[str]:
    """The initial values in the order of the variables. Raises ParseError where one is missing or too many."""
    if not initial:
        return []
    names = {str(v): str(v) for v in system.variables} | {f"{q}'": str(v) for q, v in system.velocities.items()}
    if unknown := [name for name in initial if name not in names]:
        accepted = ", ".join(f"{name}(0)" for name in names)
        raise ParseError(f"{unknown[0]}(0) is not an initial value of this system; accepted: {accepted}, or x0=[...]")
    values = {names[name]: value for name, value in initial.items()}
    if missing := [str(v) for v in system.variables if str(v) not in values]:
        raise ParseError(f"no initial value is given for {missing[0]}: give all of them, or x0=[...]")
    return [values[str(v)] for v in system.variables] + ["0"] * (system.time is not None)


def _time_name(time: Any) -> str:
    """The name of time in text: t, the one given, or none for time=False."""
    return "t" if time is None else str(time or "")


def _of_system(system: System, parameters: Any, time: Any) -> Given:
    q, v = tuple(system.velocities), tuple(system.velocities.values())
    structure = Structure("second_order", sympy.S.Zero, q, v) if q else None
    return Given(system.variables, system.components, parameters, system.time or time, structure)


def _texts(given: Any) -> str | None:
    """Equations as text, one or a list of them."""
    if isinstance(given, str):
        return given
    if isinstance(given, list | tuple) and given and all(isinstance(e, str) and "=" in e for e in given):
        return "\n".join(given)
    return None


# -- equations of sympy ------------------------------------------------------------------------------
def _equations(given: Any) -> list[tuple[sympy.Expr, sympy.Expr]]:
    """Pairs of sides of Eq objects, one or several, or of a mapping from x(t) or its derivative."""
    if isinstance(given, Mapping):
        if not any(isinstance(k, AppliedUndef | sympy.Derivative) for k in given):
            return []
        pairs = [(k.diff(*k.args) if isinstance(k, AppliedUndef) else k, v) for k, v in given.items()]
        return [(sympy.sympify(a), sympy.sympify(b)) for a, b in pairs]
    items = given if isinstance(given, list | tuple | set | sympy.Tuple) else [given]
    if not items or not all(is_equation(e) for e in items):
        return []
    return [pair for e in items for pair in _sides(e)]


def is_equation(given: Any) -> bool:
    """Whether it is an Eq, or an expression with derivatives of functions of time, which means that it is zero, as for dsolve."""
    return isinstance(given, sympy.Equality) or (isinstance(given, sympy.Expr) and bool(given.atoms(sympy.Derivative)))


def _sides(equation: sympy.Equality | sympy.Expr) -> list[tuple[sympy.Expr, sympy.Expr]]:
    if not isinstance(equation, sympy.Equality):
        return [(equation, sympy.S.Zero)]
    left, right = (s.as_explicit() if isinstance(s, sympy.MatrixExpr) else s for s in equation.args)
    if not isinstance(left, sympy.MatrixBase):
        return [(left, right)]
    if not isinstance(right, sympy.MatrixBase) or left.shape != right.shape:
        raise FieldError(f"the sides of {str(equation)[:60]} have different shapes")
    return list(zip(left, right, strict=True))


def _of_sides(sides: list[tuple[sympy.Expr, sympy.Expr]], parameters: Any, functions: Sequence[str], time: Any) -> Given:
    """Equations in functions of time, which are kept for answers in the same form."""
    sides = [(left.doit(), right.doit()) for left, right in sides]
    system = solved(_unsolved(sides, functions))
    written = {sympy.Symbol(x.func.__name__): x for x in _orders(sides)[0]}
    return _of_system(system, parameters, time)._replace(written=written)


def _unsolved(sides: list[tuple[sympy.Expr, sympy.Expr]], functions: Sequence[str]) -> Unsolved:
    """Equations in functions of time, brought to symbols."""
    orders, time = _orders(sides)
    names = {x.func.__name__: x for x in orders}
    taken = {s.name for pair in sides for e in pair for s in e.free_symbols}
    if clash := taken & {*names}:
        raise FieldError(f"{clash.pop()} is both a symbol and a function of time: rename one")
    system = Unsolved.of_orders({n: orders[x] for n, x in names.items()}, taken)
    for u in {u for pair in sides for e in pair for u in e.atoms(AppliedUndef)} - {*orders}:
        if u.args == (time,) and u.func.__name__ not in functions:
            name = u.func.__name__
            raise FieldError(f"{u} has no equation; a given function of time is declared by functions=[{name!r}]")
    meaning: dict[sympy.Basic, sympy.Expr] = {}
    for n, x in names.items():
        meaning |= {sympy.Derivative(x, (time, k)): system.derivative(n, k) for k in range(1, orders[x] + 1)}
        meaning[x] = system.variables[n]
    system.sides = [(left.xreplace(meaning), right.xreplace(meaning)) for left, right in sides]
    if any(time in e.free_symbols for pair in system.sides for e in pair):
        system.time = time
    return system


def _orders(sides: list[tuple[sympy.Expr, sympy.Expr]]) -> tuple[dict[AppliedUndef, int], sympy.Symbol]:
    """The unknowns, in the order of their equations, with the orders of their derivatives, and the time."""
    orders: dict[AppliedUndef, int] = {}
    for side in [left if left.has(sympy.Derivative) else right for left, right in sides] + [s for pair in sides for s in pair]:
        for d in sorted(side.atoms(sympy.Derivative), key=sympy.default_sort_key):
            x = d.expr
            if isinstance(x, AppliedUndef) and len(x.args) == 1 and x.args[0].is_Symbol:
                orders[x] = max(orders.get(x, 0), int(d.derivative_count))
    if not orders:
        raise FieldError("the equations hold no derivative such as x(t).diff(t)")
    times = {x.args[0] for x in orders}
    if len(times) > 1:
        raise FieldError(f"derivatives by {', '.join(map(str, times))}: only ordinary equations, in one time, are read")
    if high := next((x for x, n in orders.items() if n > MAX_DERIVATIVE), None):
        raise FieldError(f"a derivative of order {orders[high]} of {high}: equations up to order {MAX_DERIVATIVE} are read")
    return orders, times.pop()


def _of_matrix_symbol(x: sympy.MatrixSymbol, components: Any, parameters: Any, time: Any) -> Given:
    """x' = A*x + b in a column of unknowns, which are called x0, x1, ..."""
    if 1 not in x.shape or not all(n.is_Integer for n in x.shape):
        raise FieldError(f"{x} of shape {x.shape} is not a column of variables")
    places = list(x.as_explicit())
    symbols = [sympy.Symbol(f"{x.name}{i}") for i in range(len(places))]
    meaning = dict(zip(places, symbols, strict=True))
    right = [sympy.sympify(e, strict=True).xreplace(meaning) for e in _entries(components)]
    return Given(symbols, right, parameters, time, None, dict(zip(symbols, places, strict=True)))


def _of_columns(variables: Any, components: Any, parameters: Any, functions: Sequence[str], time: Any) -> Given:
    """Columns of symbols, or of functions of time, and of components."""
    left, right = _entries(variables), _entries(components)
    if any(isinstance(x, AppliedUndef) for x in left):
        if len(left) != len(right):
            raise FieldError(f"{len(left)} variables, but {len(right)} components")
        sides = _equations(dict(zip(left, right, strict=True)))
        return _of_sides(sides, parameters, functions, time)
    return Given(left, right, parameters, time, None)


def _entries(column: Any) -> list[Any]:
    if isinstance(column, sympy.MatrixExpr):
        column = column.as_explicit()
    if isinstance(column, sympy.MatrixBase):
        return list(column)
    if not isinstance(column, Iterable) or isinstance(column, str):
        raise FieldError(f"variables and components are two sequences or columns, got {str(column)[:60]!r}")
    return list(column)


# -- callables ---------------------------------------------------------------------------------------
def _called(f: Callable[..., Any], variables: Any, parameters: Any, time: Any) -> Given:
    names, found, symbol = traced(f, variables, time)
    return Given(names, found, parameters, symbol or time, None)
