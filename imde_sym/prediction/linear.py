"""Linear theory: on y' = λy everything is known, also how far the expansion in h reaches.

The learned value solves R(hλ_h) = e^(hλ): with z = hλ and w = hλ_h, w(z) is the branch of R⁻¹(e^z) with w(0) = 0, and the
series in powers of h converges up to its nearest singularity. That is a z with R(w) = e^z at which R'(w) = 0 (two
branches meet) or w = ∞ (e^z = R(∞)), if continuation from 0 along a ray leads there.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator

import numpy as np

from ..base.arguments import checked
from ..base.checks import check_direction
from ..base.errors import MethodError
from ..method import MethodLike

SHEETS = 4
"""How many values of the logarithm of each critical value are tried, on either side of the principal one."""
CLOSE = 1e-6
"""How near to a candidate the continuation goes, relative to its modulus."""
STEPS, SWEEPS = 400, 20
"""Points on the ray, and Newton steps at each."""
SINGULAR = 0.02
"""|R'/R| below this at the end of the ray tells a singularity; elsewhere it is of size 1."""
FAR = 1e9
"""A w beyond this is on its way to a pole."""
ROUNDING = 1e-12


@checked
def linear_radius(method: MethodLike, direction: str = "inverse") -> float:
    """Up to which |hλ| the modified equation of y' = λy converges; inf if everywhere.

    method    : a Runge-Kutta or a multistep method with numbers. For a multistep method the inverse is
                hλ_h = ρ(e^z)/σ(e^z), with poles at the logarithms of the zeros of σ
    direction : "inverse" or "forward": there hλ_h = log R(hλ), with singularities at the zeros and poles of R
    Beyond the radius the expansion means nothing. Raises MethodError for methods that do not act on λ alone (partitioned,
    splitting, Nyström), for symbols, and for the forward direction of a multistep method.
    Cost: O(stages²) continuations of some hundred Newton steps at worst; milliseconds for common methods.

    >>> from imde_sym.methods import methods
    >>> names = ["explicit_euler", "implicit_midpoint", "trapezoid", "heun2", "kutta3", "rk4"]
    >>> [round(linear_radius(methods[name]), 6) for name in names]
    [inf, 3.141593, 3.141593, 0.693147, 1.087388, 1.307872]
    """
    check_direction(direction, MethodError)
    radius, growth = method.symbol_radius if direction == "inverse" else None, method.growth
    if radius is not None:
        return float(radius)
    if growth is None:
        raise MethodError(f"no linear theory for {method.title}: it is given for Runge-Kutta and (inversely) multistep methods")
    above, below = (np.polynomial.Polynomial(c) for c in growth.coefficients)
    if direction == "forward":
        return min((abs(complex(r)) for p in (above, below) for r in p.roots()), default=math.inf)
    return next((abs(z) for z in sorted(_candidates(above, below), key=abs) if _leads_to(above, below, z)), math.inf)


def _candidates(above: np.polynomial.Polynomial, below: np.polynomial.Polynomial) -> Iterator[complex]:
    """The z at which w(z) may be singular: R(w) = e^z with R'(w) = 0 or w = ∞. Upper half plane only."""
    critical = (above.deriv() * below - above * below.deriv()).trim(ROUNDING)
    values = [complex(above(w) / below(w)) for w in critical.roots() if abs(below(w)) > ROUNDING]
    if above.degree() == below.degree():
        values.append(complex(above.coef[-1] / below.coef[-1]))
    for value in values:
        if abs(value) > ROUNDING:
            for sheet in range(-SHEETS, SHEETS + 1):
                z = cmath.log(value) + 2j * math.pi * sheet
                if abs(z) > CLOSE and z.imag > -CLOSE:
                    yield z


def _leads_to(above: np.polynomial.Polynomial, below: np.polynomial.Polynomial, target: complex) -> bool:
    """Whether the branch with w(0) = 0, followed along the ray to `target`, becomes singular there: dz/dw = R'/R tends to 0.

    Steps shrink geometrically towards the target, where branches come together like a root.
    """
    p, q = (list(map(complex, f.coef[::-1])) for f in (above, below))
    dp, dq = (list(map(complex, f.deriv().coef[::-1])) for f in (above, below))
    x, slope = 0j, 1 + 0j
    for i in range(1, STEPS + 1):
        goal = cmath.exp(target * (1 - CLOSE ** (i / STEPS)))
        for _ in range(SWEEPS):
            slope = _value(dp, x) - goal * _value(dq, x)
            if slope == 0:
                return True
            step = (_value(p, x) - goal * _value(q, x)) / slope
            x -= step
            if abs(step) <= 1e-13 * max(1.0, abs(x)):
                break
        if abs(x) > FAR:
            return True
    return abs(slope / _value(p, x)) < SINGULAR


def _value(coefficients: list[complex], x: complex) -> complex:
    total = 0j
    for c in coefficients:
        total = total * x + c
    return total
