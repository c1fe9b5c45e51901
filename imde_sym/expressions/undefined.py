"""Undefined functions V(q) and their partial derivatives, in one normal form.

sympy writes a derivative as Derivative(V(q), q) where the arguments are different symbols and as
Subs(Derivative(V(ξ), ξ), ξ, q**2) elsewhere. Here both are a triple (function, arguments, orders).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sympy
from sympy.core.function import AppliedUndef, UndefinedFunction

from ..base.errors import ParseError

Orders = tuple[int, ...]


def partial(applied: sympy.Expr, orders: Sequence[int]) -> sympy.Expr:
    """∂^orders of an undefined function at its arguments, as sympy writes it.

    >>> x = sympy.Symbol("x")
    >>> partial(sympy.Function("V")(x), [2])
    Derivative(V(x), (x, 2))
    """
    arguments = applied.args
    pairs = [(i, n) for i, n in enumerate(orders) if n]
    if not pairs:
        return applied
    if all(a.is_Symbol for a in arguments) and len(set(arguments)) == len(arguments):
        return applied.diff(*((arguments[i], n) for i, n in pairs))  # sorts the variables
    names = [sympy.Symbol(f"xi_{i + 1}") for i in range(len(arguments))]
    inner = applied.func(*names).diff(*((names[i], n) for i, n in pairs))
    return sympy.Subs(inner, tuple(names), arguments)


def decode(e: sympy.Basic) -> tuple[UndefinedFunction, tuple[sympy.Expr, ...], Orders] | None:
    """(function, arguments, orders) of an undefined function or of its derivative; None for anything else."""
    if isinstance(e, AppliedUndef):
        return e.func, e.args, (0,) * len(e.args)
    if isinstance(e, sympy.Subs):
        found = decode(e.expr)
        point = list(zip(e.variables, e.point, strict=True))
        return found and (found[0], tuple(a.subs(point, simultaneous=True) for a in found[1]), found[2])
    if isinstance(e, sympy.Derivative) and isinstance(e.expr, AppliedUndef):
        arguments = e.expr.args
        count = {a: int(n) for a, n in e.variable_count if n.is_Integer}
        own = len(count) == len(e.variable_count) and all(arguments.count(a) == 1 for a in count)
        if own and not any(a in b.free_symbols for a in count for b in arguments if a != b):
            return e.expr.func, arguments, tuple(count.get(a, 0) for a in arguments)
    return None


def is_undefined(e: sympy.Basic) -> bool:
    """Whether the expression is an undefined function, or a derivative or a value of one."""
    return isinstance(e, AppliedUndef | sympy.Derivative | sympy.Subs)


def undefined_functions(expressions: Iterable[sympy.Expr]) -> dict[str, UndefinedFunction]:
    """The undefined functions that occur, by name, in alphabetical order."""
    found = {a.func for e in expressions for a in e.atoms(AppliedUndef)}
    return {str(f): f for f in sorted(found, key=str)}


def parsed_partial(applied: Any, orders: Sequence[Any]) -> sympy.Expr:
    """The meaning of the text `partial(V(q1, q2), 1, 2)`. Raises ParseError, naming what does not fit."""
    if not isinstance(applied, AppliedUndef):
        raise ParseError(f"partial({applied}, ...): the first argument must be an undefined function such as V(q)")
    if len(orders) != len(applied.args) or not all(n.is_Integer and 0 <= n <= 100 for n in orders):
        raise ParseError(f"partial of {applied} needs {len(applied.args)} orders, integers from 0 to 100")
    return partial(applied, [int(n) for n in orders])
