"""The Hamiltonian behind the data of a Hamiltonian model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import LearningError, MethodError
from ..method import as_method
from .base import as_numpy, real_array
from .bias import AUTO, debias
from .states import State

NODES = 20
"""Of the Gauss-Legendre rule along the line to a point."""
AWAY = 0.3
"""Steps of the points at which a model is tried for being Hamiltonian, and the side of the loops around them."""
OPEN = 1e-3
"""Of the integral around a loop, against that of the absolute values: above it the field is not Hamiltonian."""


@checked
def corrected_hamiltonian(
    model: Any,
    method: Any,
    h: float,
    order: int | str = AUTO,
    *,
    parts: Sequence[Any] | None = None,
    origin: Any = None,
    matrix: Any = None,
    hamiltonian: Callable[..., Any] | None = None,
    points: Any = None,
) -> Callable[[Any], Any]:
    """The Hamiltonian behind the data of a model trained through a symplectic method, as a function (..., d) to (...).

    model  : an HNN of this package, or any torch or JAX model x' = B ∇H(x), called as `debias` says
    matrix : the skew matrix B, (d, d). By default that of an HNN, and otherwise that of x = (q, p), q' = ∂H/∂p; for (p, q) its
             negative, which only changes the sign of H
    hamiltonian : the model's own H, whose value at `origin` is kept. By default model.hamiltonian, or the value 0
    origin : where the line integrals begin, by default 0;  points : as for `debias`, on which an automatic order is decided
    The debiased field is B ∇H̃; H̃ is its line integral. The function takes states as the model does, also in pieces, and gives
    arrays of the model's library, which can be differentiated. Other arguments and errors as in `debias`; MethodError for a
    method that is not symplectic, whose modified equation has no Hamiltonian, LearningError for a model that is none.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> from imde_sym.learn import HNN
    >>> h = 0.1
    >>> model = HNN(lambda x: np.tan(h / 2) / h * x @ x, ((0.0, -1.0), (1.0, 0.0)))  # of the oscillator, by the midpoint rule
    >>> H = corrected_hamiltonian(model, "implicit_midpoint", h, order=5)
    >>> print(f"{model.hamiltonian(np.ones(2)):.6f} {H([1.0, 1.0]):.6f}")
    1.000834 1.000000
    """
    found = as_method(method, model)
    if not getattr(found, "is_symplectic", False):
        raise MethodError(
            f"{found.title} is not symplectic: what a model learns through it has no corrected Hamiltonian (use debias)"
        )
    corrected = debias(model, found, h, order, parts=parts, points=points)
    own = getattr(model, "hamiltonian", None) if hamiltonian is None else hamiltonian
    known = matrix if matrix is not None else getattr(model, "matrix", None)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    checked_at: list[Any] = []

    def energy(x: Any) -> Any:
        x, state = corrected.correction.points(corrected.model, x, many=False)
        B = _matrix(known, x.shape[-1])
        start = _like(np.zeros(x.shape[-1]) if origin is None else real_array(origin, "origin", 1), x)
        inverse = _like(np.linalg.inv(B), x)
        if not checked_at:
            _check_hamiltonian(lambda at: _values(corrected, at, state), start, inverse)
            checked_at.append(x.shape[-1])
        along = x - start
        at = start + _like((nodes + 1) / 2, x)[:, None] * along[..., None, :]
        gradients = _values(corrected, at, state) @ inverse.T
        line = ((gradients * along[..., None, :]).sum(-1) * _like(weights / 2, x)).sum(-1)
        if not callable(own):
            return line
        value = own(start if state is None else state.split(start))
        return line + (value.reshape(()) if hasattr(value, "reshape") else value)

    return energy


def _values(corrected: Any, x: Any, state: State | None) -> Any:
    """The corrected field at points (..., d), at time 0."""
    t = None if corrected.form.clock is None else 0.0
    return corrected.correction.apply(corrected.plan_at(x, t, (), state), corrected.model, x, t, ())


def _matrix(given: Any, d: int) -> np.ndarray:
    if given is not None:
        B = real_array(as_numpy(given), "matrix", 2)
    elif d % 2:
        raise LearningError(f"{d} components are not pairs (q, p): give the skew matrix B of x' = B ∇H as matrix=")
    else:
        B = np.kron([[0.0, 1.0], [-1.0, 0.0]], np.eye(d // 2))
    if B.shape != (d, d) or not np.allclose(B, -B.T) or np.linalg.matrix_rank(B) < d:
        raise LearningError(f"the matrix B of x' = B ∇H is skew and invertible, ({d}, {d}); got {B.tolist()}")
    return B


def _like(values: np.ndarray, x: Any) -> Any:
    """Numbers in the library, precision and place of x."""
    return x.new_tensor(values) if hasattr(x, "new_tensor") else np.asarray(values, dtype=x.dtype)


def _check_hamiltonian(field: Callable[[Any], Any], start: Any, inverse: Any) -> None:
    """Raise LearningError unless the integral of B⁻¹f around a small square vanishes in every pair of directions."""
    d, side = len(start), AWAY
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    corners = [np.zeros(d)]
    for i, j in ((i, (i + 1) % d) for i in range(min(d, 4)) if d > 1):
        e, f = side * np.eye(d)[i], side * np.eye(d)[j]
        square = [corners[0], e, e + f, f, corners[0]]
        total = size = 0.0
        for a, b in pairwise(square):
            at = start + _like(a + ((nodes + 1) / 2)[:, None] * (b - a), start)
            slopes = as_numpy(field(at) @ inverse.T).astype(float) @ (b - a) * weights / 2
            total, size = total + float(slopes.sum()), size + float(np.abs(slopes).sum())
        if abs(total) > OPEN * size + 1e-12:
            raise LearningError(
                "the model is not of the form B ∇H with this matrix: the integral of B⁻¹f around a closed loop is "
                f"{total:.1e}, of {size:.1e}. Give matrix=, or use debias"
            )
