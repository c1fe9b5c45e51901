"""Boxes of states, and points spread evenly in them without randomness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import FieldError, UnknownNameError
from ..fields import VectorField
from ..rings import real

Box = tuple[tuple[float, float], ...]
"""A pair (low, high) for each variable."""


def spread_points(box: Sequence[tuple[float, float]], count: int) -> np.ndarray:
    """The R-sequence in a box: multiples of 1/φ, 1/φ², ... modulo 1, φ^(d+1) = φ + 1 (M. Roberts 2018)."""
    d = len(box)
    phi = 2.0
    for _ in range(60):
        phi = (1 + phi) ** (1 / (d + 1))
    alpha = phi ** -np.arange(1.0, d + 1)
    unit = (0.5 + np.arange(1, count + 1)[:, None] * alpha) % 1
    low, high = np.array(box).T
    return low + unit * (high - low)


def box_of(field: VectorField, domain: Any = None) -> Box:
    """The box over which a field is asked about: given, or the catalogue's. Raises FieldError if it does not fit the field."""
    given = field.info.get("domain") if domain is None else domain
    names = [str(v) for v in field.variables]
    if given is None:
        raise FieldError(f"give the domain: a pair (low, high) for each of {', '.join(names)}")
    if isinstance(given, Mapping):
        sides = {str(k): v for k, v in given.items()}
        if unknown := [n for n in sides if n not in names]:
            raise FieldError(f"in the domain: {UnknownNameError('variable', unknown[0], names)}")
        given = [sides[n] for n in names if n in sides]
    try:
        box = tuple((real(a, "an end of the domain", FieldError), real(b, "an end of the domain", FieldError)) for a, b in given)
    except (TypeError, ValueError) as error:
        raise FieldError(f"a domain is a list of pairs (low, high), one for each of {', '.join(names)}: {error}") from None
    if len(box) != len(names) or not all(a < b for a, b in box):
        raise FieldError(f"a domain is a pair low < high for each of {', '.join(names)}; got {given}")
    return box
