"""Expressions as they are written, as a program: no kernels, no relations, nothing expanded.

That is the independent side of every comparison of generated code with the user's own field.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import sympy

from ..rings import scalar
from .program import Code, Program


def written_program(expressions: Sequence[sympy.Expr], names: Sequence[str]) -> Program:
    """The expressions as a program with inputs of these names; symbols that are no inputs raise KeyError."""
    code = Code(names)
    places = {n: i for i, n in enumerate(names)}
    known: dict[sympy.Basic, int] = {}
    for expression in expressions:
        stack = [expression]
        while stack:
            e = stack[-1]
            if e in known:
                stack.pop()
            elif missing := [a for a in _arguments(e) if a not in known]:
                stack += missing
            else:
                known[e] = _instruction(code, e, [known[a] for a in _arguments(e)], places)
                stack.pop()
    return code.program([known[e] for e in expressions])


def _arguments(e: sympy.Basic) -> tuple[sympy.Basic, ...]:
    """What it is made of; a root of a polynomial is a number, whatever the unknown is called."""
    return () if isinstance(e, sympy.CRootOf) else e.args


def _instruction(code: Code, e: sympy.Basic, args: list[int], places: dict[str, int]) -> int:
    if isinstance(e, sympy.Symbol):
        return code.emit("input", places[str(e)])
    if not _arguments(e):
        return code.constant(complex(0, 1) if e is sympy.I else scalar(e))
    if isinstance(e, sympy.Add | sympy.Mul):
        total = args[0]
        for a in args[1:]:
            total = code.emit("add" if e.is_Add else "mul", total, a)
        return total
    if isinstance(e, sympy.Pow):
        exponent = e.exp
        if not exponent.is_Rational or abs(exponent.p) > 10**6 or exponent.q > 10**6:
            return code.emit("call", "exp", args[1]) if e.base is sympy.E else code.emit("call", "pow", *args)
        base = args[0]
        if exponent.q > 1 or exponent < 0:
            base = code.emit("power", base, Fraction(1 if exponent > 0 else -1, int(exponent.q)))
        return code.raised(base, abs(int(exponent.p)))
    return code.emit("call", type(e).__name__, *args)
