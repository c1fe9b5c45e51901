"""How near a Hamiltonian field can come to a field that is not Hamiltonian: the loss floor of an HNN."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from ..base.arguments import checked
from ..base.errors import LearningError
from ..fields import FieldLike
from .base import real_array

DEGREE = 10
"""Of the polynomials that stand for all Hamiltonians, in one or two degrees of freedom."""
MAX_TERMS = 500
"""More of them than this, as in many dimensions, lower the degree."""


@checked
def hamiltonian_floor(field: FieldLike, x: Any, values: Any) -> float:
    """The root of the least mean of |values - B∇H|² over points, B being the Poisson matrix of `field` and H any polynomial.

    x, values : arrays (N, d): points, and at each of them a field such as f_h. N should be several times the number of
                terms of H (65 for d = 2), otherwise the points themselves lower the result
    A Hamiltonian network trained through a method on pairs at these points ends with a loss of at least about the square
    of this. Linear least squares in products of Chebyshev polynomials. Raises LearningError for a field without a
    constant Poisson matrix or for other shapes.

    >>> from imde_sym import systems
    >>> x = np.random.default_rng(0).uniform(-1, 1, (800, 2))
    >>> bool(hamiltonian_floor(systems["harmonic_oscillator"], x, x[:, ::-1] * [-1, 1]) < 1e-12)  # p' = -q, q' = p
    True
    """
    B = field.poisson_matrix
    if B is None or B.free_symbols:
        raise LearningError(f"{field.name or field} is not a Hamiltonian field with a constant matrix")
    x, values = real_array(x, "x"), real_array(values, "values")
    if x.ndim != 2 or x.shape[1] != field.dimension or values.shape != x.shape:
        raise LearningError(f"x and values have shape (N, {field.dimension}); got {x.shape} and {values.shape}")
    gradients = _gradients(x)  # (N, d, terms)
    columns = np.einsum("ij,njk->nik", np.array(B.tolist(), dtype=float), gradients).reshape(x.size, -1)
    best = columns @ np.linalg.lstsq(columns, values.ravel())[0]
    return float(np.sqrt(np.sum((values.ravel() - best) ** 2) / len(x)))


def _gradients(x: np.ndarray) -> np.ndarray:
    """Gradients of all products of Chebyshev polynomials of the total degree, in the box of the points."""
    d, degree = x.shape[1], DEGREE
    while len(powers := [n for n in product(range(degree + 1), repeat=d) if 0 < sum(n) <= degree]) > MAX_TERMS:
        degree -= 1
    low, high = x.min(axis=0), x.max(axis=0)
    scale = 2 / np.maximum(high - low, np.finfo(float).tiny)
    values = chebyshev.chebvander((x - low) * scale - 1, degree)  # (N, d, degree + 1)
    derivative = np.zeros((degree + 1, degree + 1))
    for k in range(1, degree + 1):
        derivative[:k, k] = chebyshev.chebder(np.eye(degree + 1)[k])[:k]
    slopes = (values @ derivative) * scale[:, None]
    chosen = np.array(powers).T  # (d, terms)
    return np.stack(
        [np.prod([(slopes if j == i else values)[:, j, chosen[j]] for j in range(d)], axis=0) for i in range(d)], axis=1
    )
