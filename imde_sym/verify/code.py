"""The generated numpy function held against the exact formulas, where `check` evaluates them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np

from ..base.errors import CodegenError, WrongCodeError
from ..codegen.rounding import GROWTH, SLACK, balls
from ..codegen.written import written_program
from ..equations import ModifiedField
from .numbers import evaluate


def code_differences(F: ModifiedField, points: Sequence[Sequence[Any]], sizes: Sequence[Any]) -> tuple[int, tuple[str, ...]]:
    """How many values were compared, and in words where float64 differs by more than rounding explains.

    Nothing is compared for a field that numpy cannot evaluate.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = F.lambdify()
    except WrongCodeError as error:
        return 1, (str(error),)
    except CodegenError:
        return 0, ()
    written = F.given
    names = [str(v) for v in F.variables]
    plain = None if written is None else written_program(written, names)
    single = [F.truncate(k + 1).program for k in range(F.order)]
    count, found = 0, []
    for point in points:
        x = [float(v) for v in point]
        exact = None if plain is None else balls(plain, x)
        loss = max((float(b.error / b.scale) for b in exact or () if b.scale), default=0.0)
        moved = [v * (1 + 2.0**-52) for v in map(type(point[0]), x)]
        for h in map(float, sizes):
            sums = [evaluate(program, list(map(type(point[0]), x)), h) for program in single]
            values, near = sums[-1], evaluate(F.program, moved, h)
            with np.errstate(all="ignore"):
                numbers = np.asarray(code(np.array(x), h))
            for m, (number, value) in enumerate(zip(numbers, values, strict=True)):
                steps = [sums[0][m], *(b[m] - a[m] for a, b in pairwise(sums))]
                size = sum(map(abs, steps)) + (abs(exact[m].scale) if exact else 0)
                allowed = size * (SLACK + GROWTH * loss) + GROWTH * abs(near[m] - value)
                count += 1
                if not (np.isfinite(number) and abs(number - value) <= allowed):
                    where = ", ".join(f"{n} = {v:.6g}" for n, v in zip(names, x, strict=True))
                    found.append(f"at {where}, h = {h:.6g}: {names[m]}' is {number:.6g}, exactly {mpmath.nstr(value, 6)}")
    return count, tuple(found)
