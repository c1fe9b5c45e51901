"""How far a graded field can be from its first term, over a box: an interval, rounded outward."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from ..codegen import Program, field_program
from ..fields import GradedField
from ..fields.domain import Box
from .suprema import RealBox, suprema

RELATIVE = 0.005
"""Width of an enclosure, relative to its lower end."""
DIGITS = 5


def enclosure(field: GradedField, h: float, box: Box) -> tuple[float, float]:
    """(low, high) with low <= sup |Σ_{k>=1} h^k f_k| <= high over the box, in the max-norm; h is the float that it is.

    Raises RingError for functions that have no enclosure.
    """
    return enclosed(box, (correction(field), h))


def correction(field: GradedField) -> Program | None:
    """The program of Σ_{k>=1} h^k f_k; None where that is proved to vanish."""
    return None if all(grade.is_proved_zero for grade in field.grades[1:]) else field_program(field, correction=True)


def enclosed(box: Box, asked: tuple[Program | None, float]) -> tuple[float, float]:
    """The enclosure of the norm of a program with an h over the box."""
    program, h = asked
    if program is None:
        return 0.0, 0.0
    found = suprema(program, h, RealBox(box), RELATIVE)
    return float(found.low[0]), float(found.high[0])


def rounded_up(value: float) -> str:
    """The number in five digits, none of which makes it smaller."""
    return _in_digits(value, ROUND_CEILING)


def rounded_down(value: float) -> str:
    """The number in five digits, none of which makes it larger."""
    return _in_digits(value, ROUND_FLOOR)


def _in_digits(value: float, rounding: str) -> str:
    return (
        f"{Context(prec=DIGITS, rounding=rounding).create_decimal(Decimal(value)).normalize():g}"
        if math.isfinite(value)
        else str(value)
    )
