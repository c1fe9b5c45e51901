"""Generated code held to the field that the user wrote, before it is handed out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import sympy

from ..codegen import field_program
from ..codegen.compose import bake
from ..codegen.numbers import is_complex, nearest
from ..codegen.rounding import Difference, compare, describe, refuse, trial_points
from ..codegen.written import written_program
from ..expressions.functions import CODED
from ..rings import Scalar
from .derived import DerivedField


def hold(F: DerivedField, values: Mapping[str, Scalar]) -> None:
    """Compare the code for the order 1 part of F, with some parameters built in, with the user's field, in float64.

    Raises CodegenError where they differ; warns where the field as it is written loses as much in float64.
    Compared once for each equation and set of values, at three points.
    """
    rounded = {n: nearest(v) for n, v in values.items()}
    key = tuple(sorted(rounded.items()))
    if key not in F.differences:
        F.differences[key] = None if any(isinstance(v, complex) for v in rounded.values()) else _difference(F, values, rounded)
    found = F.differences[key]
    if found is None:
        return
    difference, names = found
    variables = [str(v) for v in F.variables]
    if not difference.ill:
        raise refuse(difference, names, variables)
    warnings.warn(
        f"the field is ill-conditioned in float64, as it is written and in the code, {describe(difference, names, variables)}",
        stacklevel=5,
    )


def _difference(
    F: DerivedField, values: Mapping[str, Scalar], rounded: Mapping[str, float]
) -> tuple[Difference, tuple[str, ...]] | None:
    expressions = F.given
    if expressions is None or any(e.has(sympy.I) for e in expressions):
        return None
    plain = field_program(F.truncate(1), stable=True)
    names = plain.inputs
    written = written_program(expressions, names)
    code = bake(plain, None, values)
    if not all(map(runs, code.instructions)):
        return None
    d, info = len(F.variables), F.field.info
    points = trial_points(d, info.get("domain"), info.get("x0"), len(names) - d)
    given = {names.index(n): v for n, v in rounded.items()}
    full = [[given.get(i, x) for i, x in enumerate(p)] for p in points]
    kept = [i for i in range(len(names)) if i not in given]
    found = compare(code, written, full, kept)
    return None if found is None else (found, names)


def runs(instruction: tuple[Any, ...]) -> bool:
    """Whether plain floats can carry it out."""
    op, *args = instruction
    return (op != "call" or args[0] in CODED or args[0] == "pow") and not (op == "constant" and is_complex(args[0]))
