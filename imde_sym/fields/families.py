"""Systems of any size: Lorenz 96, Toda and FPUT chains, bodies in the plane."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, pairwise
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.checks import whole
from ..base.errors import FieldError, shown
from .field import VectorField

MAX_BYTES = 4 * 2**30
EXPONENT = 8
"""Bytes of the exponent of one generator in one term."""


def _size(n: int, lowest: int, terms: Callable[[int], int], generators: Callable[[int], int]) -> int:
    """n where the field, of so many terms in so many generators, fits in memory. Raises FieldError where it does not."""
    try:
        size = whole(n)
    except TypeError:
        size = lowest - 1
    if size < lowest:
        raise FieldError(f"the size must be an integer of at least {lowest}, got {shown(n)}")
    need = EXPONENT * terms(size) * generators(size)
    if need > MAX_BYTES:
        most = 10**6
        gib = f"{need >> 30:,}" if need >> 30 < most else f"more than {most:,}"
        raise FieldError(
            f"a system of size {shown(size)} would take {gib} GiB for the exponents of its terms; "
            f"at most {MAX_BYTES >> 30} GiB are used"
        )
    return size


def _symbols(letter: str, n: int) -> list[sympy.Symbol]:
    return [sympy.Symbol(f"{letter}{i}") for i in range(1, n + 1)]


@checked
def lorenz96(n: int = 40, **options: Any) -> VectorField:
    """x_i' = (x_{i+1} - x_{i-2}) x_{i-1} - x_i + F with cyclic indices; F is a parameter (8 by default).

    Lorenz, Proc. Seminar on Predictability, ECMWF (1996). Raises FieldError for n < 4.

    >>> lorenz96(4).components[0]
    -x1 + x4*(x2 - x3) + 8
    """
    x, F = _symbols("x", _size(n, 4, lambda n: 4 * n, lambda n: n + 1)), sympy.Symbol("F")
    components = [(x[(i + 1) % n] - x[i - 2]) * x[i - 1] - x[i] + F for i in range(n)]
    return VectorField(x, components, **{"parameters": {F: 8}} | options)


@checked
def toda(n: int = 3, **options: Any) -> VectorField:
    """The periodic Toda chain H = Σ p_i²/2 + exp(q_i - q_{i+1}) (J. Phys. Soc. Japan 22, 1967). n >= 2.

    Raises FieldError for n < 2 or too large, and for options that `VectorField.hamiltonian` does not take.

    >>> print(toda(2))
    q1' = p1; q2' = p2; p1' = exp(-q1 + q2) - exp(q1 - q2); p2' = -exp(-q1 + q2) + exp(q1 - q2)
    """
    q, p = _symbols("q", _size(n, 2, lambda n: 3 * n, lambda n: 3 * n)), _symbols("p", n)
    H = sum((v**2 / 2 for v in p), sympy.S.Zero) + sum(sympy.exp(q[i] - q[(i + 1) % n]) for i in range(n))
    return VectorField.hamiltonian(H, q, p, **options)


@checked
def fput(n: int = 4, **options: Any) -> VectorField:
    """n particles between walls, H = Σ p²/2 + Σ (r²/2 + alpha r³/3 + beta r⁴/4), r = q_{i+1} - q_i.

    alpha and beta are parameters. Fermi, Pasta, Ulam, Tsingou, report LA-1940 (1955). n >= 1.
    options : as of `VectorField.hamiltonian`
    Raises FieldError for n < 1 or too large, and for other options.

    >>> print(fput(1))
    q1' = p1; p1' = -2*beta*q1**3 - 2*q1
    """
    q, p = _symbols("q", _size(n, 1, lambda n: 20 * n, lambda n: 2 * n + 2)), _symbols("p", n)
    alpha, beta = sympy.symbols("alpha beta")
    ends = [sympy.S.Zero, *q, sympy.S.Zero]
    r = [b - a for a, b in pairwise(ends)]
    H = sum((v**2 / 2 for v in p), sympy.S.Zero) + sum(s**2 / 2 + alpha * s**3 / 3 + beta * s**4 / 4 for s in r)
    return VectorField.hamiltonian(H, q, p, **options)


@checked
def n_body(n: int = 3, **options: Any) -> VectorField:
    """n unit masses in the plane under Newton's law, in the variables x1.., y1.., u1.., w1.. (momenta u, w).

    Linear and angular momentum are conserved. n >= 2.
    Raises FieldError for n < 2 or too large, and for options that `VectorField.hamiltonian` does not take.

    >>> n_body(2).dimension, n_body(2).hamiltonian_function
    (8, u1**2/2 + u2**2/2 + w1**2/2 + w2**2/2 - 1/sqrt((x1 - x2)**2 + (y1 - y2)**2))
    """
    x, y, u, w = (_symbols(letter, _size(n, 2, lambda n: 4 * n * n, lambda n: n * n + 4 * n)) for letter in "xyuw")
    H = sum((v**2 / 2 for v in (*u, *w)), sympy.S.Zero)
    H -= sum(1 / sympy.sqrt((x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2) for i, j in combinations(range(n), 2))
    turning = " + ".join(f"x{i}*w{i} - y{i}*u{i}" for i in range(1, n + 1))
    invariants = {"momentum_x": " + ".join(map(str, u)), "momentum_y": " + ".join(map(str, w)), "angular_momentum": turning}
    return VectorField.hamiltonian(H, [*x, *y], [*u, *w], **{"invariants": invariants} | options)


FAMILIES = {"lorenz96": lorenz96, "toda": toda, "fput": fput, "n_body": n_body}
