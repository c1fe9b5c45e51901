"""A right-hand side written in Python, run once on symbols: f(x, y), f(t, y) or f(y, t), with NumPy's functions if it likes.

The function gets stand-ins for numbers, which record the formula: NumPy asks objects for a method of the name of the function,
so np.sin works on them. Functions of `math` and branches on values do not, and say so.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import sympy

from ..base.errors import FieldError, ImdeError
from ..expressions.vocabulary import FUNCTIONS

_NAMES = ("sin cos tan exp log sqrt sinh cosh tanh cbrt", "arcsin arccos arctan log10 log2 log1p expm1")
_METHODS = " ".join(_NAMES).split()
_SPELLED = {"arcsinh": sympy.asinh, "arccosh": sympy.acosh, "arctanh": sympy.atanh}


class Traced:
    """A formula that computes like a number."""

    __slots__ = ("formula",)
    __array_priority__ = 1000

    def __init__(self, formula: Any):
        self.formula = formula

    def _sympy_(self) -> sympy.Expr:
        return self.formula

    def __neg__(self) -> Traced:
        return Traced(-self.formula)

    def __pos__(self) -> Traced:
        return self

    def __abs__(self) -> Traced:
        raise FieldError("abs is not smooth, so the field has no B-series; only smooth functions are accepted")

    def _refuse(self, *_: Any) -> Any:
        raise FieldError(
            "the function branches on a value or needs it as a number (if, max, int, functions of math): only smooth formulas "
            "can be read; NumPy's functions work on symbols"
        )

    __bool__ = __float__ = __int__ = __index__ = __complex__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse

    def arctan2(self, other: Any) -> Traced:
        """NumPy's arctan2."""
        return Traced(sympy.atan2(self.formula, formula(other)))

    def hypot(self, other: Any) -> Traced:
        """NumPy's hypot."""
        return Traced(sympy.sqrt(self.formula**2 + formula(other) ** 2))

    def conjugate(self) -> Traced:
        """Numbers are real here: NumPy conjugates in inner products."""
        return self


def formula(value: Any) -> sympy.Expr:
    """The expression of a result; doubles that are written 0.1 stay doubles."""
    if isinstance(value, Traced):
        return value.formula
    if isinstance(value, np.generic):
        value = value.item()
    found = sympy.sympify(value, strict=True)
    if not isinstance(found, sympy.Expr):
        raise FieldError(f"{str(value)[:60]} is not a component of a field")
    return found


def _operator(name: str, apply: Callable[[Any, Any], Any]) -> None:
    def forward(self: Traced, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else Traced(apply(self.formula, formula(other)))

    def backward(self: Traced, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else Traced(apply(formula(other), self.formula))

    setattr(Traced, f"__{name}__", forward)
    setattr(Traced, f"__r{name}__", backward)


def _method(name: str, function: Callable[[Any], Any]) -> None:
    setattr(Traced, name, lambda self: Traced(function(self.formula)))


for _name, _apply in (
    ("add", lambda a, b: a + b),
    ("sub", lambda a, b: a - b),
    ("mul", lambda a, b: a * b),
    ("truediv", lambda a, b: a / b),
    ("pow", lambda a, b: a**b),
):
    _operator(_name, _apply)
for _name, _function in {**{n: FUNCTIONS[n] for n in _METHODS}, **_SPELLED}.items():
    _method(_name, _function)


def traced(f: Callable[..., Any], variables: Any, time: Any) -> tuple[list[Any], list[sympy.Expr], sympy.Symbol | None]:
    """Variables, components and the time of a right-hand side.

    variables : for f(t, y), f(y, t) or f(y) of a vector, the names of its entries; further arguments are parameters.
                Without them every argument is a variable, one called t or time excepted
    Raises FieldError where the function does not run on symbols or returns another number of values.
    """
    f = getattr(f, "py_func", f)  # what numba compiled
    try:
        arguments = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        raise FieldError(f"{f!r} does not tell its arguments: give components") from None
    own = [p.name for p in arguments if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    clock = next((n for n in own if n in ("t", "time") or n == str(time)), None)
    symbol = sympy.Symbol(clock) if clock else None
    others = [n for n in own if n != clock]
    values: dict[str, Any] = {n: Traced(sympy.Symbol(n)) for n in own}
    if variables is None:
        names: list[Any] = list(others)
        if not others:
            raise FieldError("the function has no argument that could be a variable; say which with variables=")
    else:
        if isinstance(variables, str):
            variables = variables.replace(",", " ").split()
        names = [sympy.Symbol(v) if isinstance(v, str) else v for v in variables]
        if not others:
            raise FieldError("the function needs an argument for the variables")
        point = np.array([Traced(s) for s in names], dtype=object)
        values[others[0]] = point
    try:
        result = f(*(values[n] for n in own))
    except ImdeError:
        raise
    except Exception as error:
        hint = "" if variables is not None else '; for a function f(t, y) of a vector give variables="x, y"'
        raise FieldError(f"the function does not run on symbols ({type(error).__name__}: {str(error)[:120]}){hint}") from None
    found = _flat(result)
    if len(found) != len(names):
        hint = "" if variables is not None else '; for a function of a vector or with parameters say variables="x, y"'
        given = f"the function has {len(names)} variables ({', '.join(map(str, names))})"
        raise FieldError(f"{given} and returns {len(found)} values{hint}")
    return names, found, symbol if symbol is not None and any(symbol in e.free_symbols for e in found) else None


def _flat(result: Any) -> list[sympy.Expr]:
    if isinstance(result, Traced | sympy.Expr | int | float | np.generic):
        return [formula(result)]
    if isinstance(result, np.ndarray):
        result = result.ravel().tolist()
    if not isinstance(result, Iterable) or isinstance(result, str):
        raise FieldError(f"the function returns {str(result)[:60]!r}, no components")
    return [e for item in result for e in _flat(item)]
