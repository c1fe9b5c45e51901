"""How far the expansion in h reaches on y' = λy."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import sympy

from imde_sym import ButcherTableau, ImdeError, linear_radius, methods
from imde_sym.method import LinearMultistep, PartitionedTableau
from tests.rows import rows

# docs/theory.md, section 6
KNOWN = {
    "explicit_euler": math.inf,
    "implicit_euler": math.inf,
    "implicit_midpoint": math.pi,
    "trapezoid": math.pi,
    "explicit_midpoint": math.log(2),
    "heun2": math.log(2),
    "kutta3": 1.0873879,
    "ssprk33": 1.0873879,
    "rk4": 1.3078723,
    "rk38": 1.3078723,
}


@rows("name", KNOWN)
def test_published_radii(name):
    assert linear_radius(methods[name]) == pytest.approx(KNOWN[name], abs=5e-8)


def quotients(above, below, count):
    """|w_k| of the series w(z) with R(w) = e^z, by Newton's iteration on exact truncated power series in high precision."""
    import mpmath

    def times(a, b, n):
        return [mpmath.fdot(a[: k + 1], b[k::-1]) for k in range(n)]

    def at(polynomial, w, n):
        total = [mpmath.mpf(0)] * n
        for c in reversed(polynomial):
            total = times(total, w, n)
            total[0] += c
        return total

    def slope(polynomial):
        return [k * c for k, c in enumerate(polynomial)][1:] or [mpmath.mpf(0)]

    with mpmath.workdps(60):
        P, Q = ([mpmath.mpf(c.numerator) / c.denominator for c in x] for x in (above, below))
        e = [1 / mpmath.factorial(k) for k in range(count)]
        w, n = [mpmath.mpf(0)], 1
        while n < count:
            n = min(2 * n, count)
            w += [mpmath.mpf(0)] * (n - len(w))
            error = [a - b for a, b in zip(at(P, w, n), times(e, at(Q, w, n), n))]
            derivative = [a - b for a, b in zip(at(slope(P), w, n), times(e, at(slope(Q), w, n), n))]
            step = []
            for k in range(n):
                step.append((error[k] - mpmath.fdot(step, derivative[k:0:-1])) / derivative[0])
            w = [a - b for a, b in zip(w, step)]
        return [float(abs(c) ** (mpmath.mpf(1) / k)) if k and c else 0.0 for k, c in enumerate(w)]


@pytest.mark.parametrize(
    "name",
    ["explicit_midpoint", "rk4", "merson4", "ssprk52", "sdirk4", "radau_iia_2", "radau_iia_3", "lobatto_iiic_2", "cash_karp"],
)
def test_the_radius_agrees_with_the_root_test_on_the_series(name):
    R, count = methods[name].stability, 72
    roots = quotients([Fraction(c) for c in R.numerator], [Fraction(c) for c in R.denominator], count)
    radius = linear_radius(methods[name])
    # coefficients fall like k^(-3/2) radius^(-k), times a cosine for pairs
    best = max(roots[k] * k ** (1.5 / k) for k in range(count * 2 // 3, count))
    assert best == pytest.approx(1 / radius, rel=0.05)


def test_the_radius_of_the_forward_equation_is_the_nearest_zero_or_pole_of_R():
    assert linear_radius(methods["explicit_euler"], "forward") == pytest.approx(1)
    assert linear_radius(methods["trapezoid"], "forward") == pytest.approx(2)
    assert linear_radius(methods["explicit_midpoint"], "forward") == pytest.approx(math.sqrt(2))


def test_multistep_methods_have_poles_where_sigma_vanishes():
    ab2 = LinearMultistep([0, -1, 1], ["-1/2", "3/2", 0])
    assert linear_radius(ab2) == pytest.approx(math.log(3))
    assert linear_radius(LinearMultistep([-1, 1], ["1/2", "1/2"])) == pytest.approx(math.pi)
    assert linear_radius(LinearMultistep([-1, 1], [1, 0])) == math.inf


def test_methods_without_linear_theory_are_refused():
    split = PartitionedTableau([methods["explicit_euler"], methods["implicit_euler"]])
    symbol = ButcherTableau([[0, 0], [sympy.Symbol("a"), 0]], [0, 1])
    ab1 = LinearMultistep([-1, 1], [1, 0])
    for method, direction in ((split, "inverse"), (symbol, "inverse"), (ab1, "forward"), (methods["rk4"], "backward")):
        with pytest.raises(ImdeError):
            linear_radius(method, direction)
