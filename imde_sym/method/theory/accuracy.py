"""How accurate a method is beyond its order: error metrics of pairs, efficiency, weak stage order, control of step sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ...base.errors import MethodError
from ...base.sharing import precision
from ...rings import Scalar
from .numbers import Numbers
from .order import DIGITS
from .stages import HasStages


class ErrorMetrics(NamedTuple):
    """Sizes of error coefficients (Kennedy, Carpenter, Lewis 2000). A, Â: 2-norms of the coefficients (Φ(t) - 1/γ(t))/σ(t).

    A        : of order p + 1, the principal error
    A_next   : of order p + 2
    B, C, E  : Â(p̂+2)/Â(p̂+1), |Â - A|(p̂+2)/Â(p̂+1) and A(p̂+2)/Â(p̂+1), p̂ the order of the embedded formula; None without one
    D        : the largest absolute value in A, b, b̂, c (NodePy takes the largest value of pairs, without the absolute)
    """

    A: float
    A_next: float
    B: float | None
    C: float | None
    D: float
    E: float | None


def norm(coefficients: Sequence[Scalar]) -> float:
    """The Euclidean norm as a float."""
    return math.hypot(*(abs(complex(x)) for x in coefficients))


def weak_stage_order(stages: HasStages, numbers: Numbers) -> int | float:
    """The largest q with bᵀ A^j τ_k = 0 for k <= q and all j, τ_k = A c^(k-1) - c^k/k (Biswas et al. 2023); inf where all hold.

    It is the order that is left on stiff linear problems; at least the stage order.
    """
    if numbers.parameters or numbers.kind == "complex":
        raise MethodError(f"the weak stage order of {numbers.title} needs real numbers")
    arithmetic = numbers.arithmetic
    with precision(DIGITS):
        zero, one = arithmetic.constants([Fraction(0), Fraction(1)])
        A, b = [[arithmetic.element(a) for a in row] for row in stages.A], [arithmetic.element(x) for x in stages.b]
        places = range(len(b))

        def dot(x: Sequence[Any], y: Sequence[Any]) -> Any:
            return sum((u * v for u, v in zip(x, y, strict=True)), zero)

        c = [sum(row, zero) for row in A]
        rows = [b]
        for _ in places[1:]:
            rows.append([dot(rows[-1], [A[i][j] for i in places]) for j in places])
        powers = [one] * len(b)
        for k in range(1, 2 * len(b) + 2):
            (share,) = arithmetic.constants([Fraction(1, k)])
            tau = [dot(row, powers) - p * x * share for row, p, x in zip(A, powers, c, strict=True)]
            if not arithmetic.vanishing(arithmetic.stack([dot(row, tau) for row in rows])).all():
                return k - 1
            powers = [p * x for p, x in zip(powers, c, strict=True)]
    return math.inf


def control_radii(R: Any, R_hat: Any, order_hat: int, points: Any) -> Any:
    """Spectral radii of [[1, u], [-1/k, 1 - v/k]], u = Re(z R'/R), v = Re(z E'/E), E = R - R̂, k = p̂ + 1, at points with |R| = 1.

    Below 1 the elementary controller h·(tol/err)^(1/k) settles there, at the boundary of stability (Hall 1985; HW IV.2).
    R, R_hat : functions of complex arrays
    """
    k, d = order_hat + 1, 1e-6

    def slope(f: Any) -> Any:
        return (f(points * (1 + d)) - f(points * (1 - d))) / (2 * d)  # z f'(z)

    def E(z: Any) -> Any:
        return R(z) - R_hat(z)

    u, v = np.real(slope(R) / R(points)), np.real(slope(E) / E(points))
    matrices = np.array([[[1.0, x], [-1 / k, 1 - y / k]] for x, y in zip(u, v, strict=True)])
    return abs(np.linalg.eigvals(matrices)).max(axis=1)


def boundary(R: Any, angles: Any, reach: float) -> Any:
    """The first point with |R(z)| = 1 on rays from 0 at these angles, within `reach`; nan where there is none."""
    out = []
    radii = np.linspace(0, reach, 2000)[1:]
    for angle in angles:
        ray = np.exp(1j * angle)
        outside = np.flatnonzero(abs(R(radii * ray)) > 1 + 1e-9)
        if not len(outside) or not outside[0]:
            out.append(complex("nan"))
            continue
        low, high = radii[outside[0] - 1], radii[outside[0]]
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (low, middle) if abs(R(np.array([middle * ray]))[0]) > 1 else (middle, high)
        out.append(low * ray)
    return np.array(out)
