"""Answers in the form of the question: variables as functions of time, as sympy's own ODEs have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import sympy
from sympy.core.function import AppliedUndef

from ..base.errors import FieldError, UnknownNameError

FORMS = ("symbols", "given")
Form = Literal["symbols", "given"]
"""In the symbols of the field, or in the functions of time (or entries of a matrix) in which it was given."""


def is_given(form: Form) -> bool:
    """Whether the answer is wanted as the field was given. Raises FieldError for a word that is none of FORMS."""
    if form not in FORMS:
        raise FieldError(str(UnknownNameError("form", str(form), FORMS)))
    return form == "given"


def meanings(
    variables: Sequence[sympy.Symbol], written: Mapping[sympy.Symbol, sympy.Expr], time: sympy.Symbol | None, taken: set[str]
) -> dict[sympy.Symbol, sympy.Expr]:
    """For each variable what it was given as; x(t) of its own name where that is not known. The time stands for itself.

    taken : names that the time must not have where the field does not say what it is
    """
    times = [w.args[0] for w in written.values() if isinstance(w, AppliedUndef)]
    clock = time or next(iter(times), None) or free_name("t", taken)
    return {x: x if x == time else written.get(x, sympy.Function(x.name)(clock)) for x in variables}


def free_name(name: str, taken: set[str]) -> sympy.Symbol:
    """A symbol of this name, with underscores where it is taken."""
    while name in taken:
        name += "_"
    return sympy.Symbol(name)


def first_order(given: Mapping[sympy.Symbol, sympy.Expr], components: Sequence[sympy.Expr]) -> list[sympy.Equality]:
    """x'(t) = ... for each variable but the time."""
    return [
        sympy.Eq(_rate(x), c.xreplace(dict(given)), evaluate=False)
        for (v, x), c in zip(given.items(), components, strict=True)
        if x != v
    ]


def second_order(
    given: Mapping[sympy.Symbol, sympy.Expr], accelerations: Mapping[tuple[sympy.Symbol, sympy.Symbol], sympy.Expr]
) -> list[sympy.Equality]:
    """q''(t) = ... with q' for the velocities; accelerations by pairs (q, v)."""
    meaning = dict(given) | {v: _rate(given[q]) for q, v in accelerations}
    return [sympy.Eq(_rate(_rate(given[q])), a.xreplace(meaning), evaluate=False) for (q, _), a in accelerations.items()]


def _rate(x: Any) -> sympy.Expr:
    if not x.has(AppliedUndef):
        column = f"{x} is an entry of a column without a time, so it has no equation"
        raise FieldError(f"{column}: as_expr(form='given') gives expressions")
    clock = next(iter(x.atoms(AppliedUndef))).args[0]
    return sympy.Derivative(x, clock)
