"""Ball arithmetic holds what exact arithmetic gives, whatever is rounded."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from imde_sym.base.errors import RingError
from imde_sym.base.sharing import precision
from imde_sym.rings import balls
from imde_sym.rings.balls import SLOPES, Balls, ball
from tests.rows import rows

floats = st.floats(-1e3, 1e3, allow_subnormal=False)
radii = st.sampled_from([0.0, 1e-12, 0.37, 2.0])
POINTS = {"log": 0.9, "acosh": 2.5, "sqrt": 0.37}
"""Where functions are looked at that are not analytic about 0.3."""


def holds(b: Balls, exact: Fraction) -> bool:
    return abs(Fraction(float(b.centre)) - exact) <= Fraction(float(b.radius))


@settings(max_examples=40)
@given(floats, radii, floats, radii, st.sampled_from([-1, 0, 1]), st.sampled_from([-1, 0, 1]))
def test_sums_products_and_quotients_of_the_ends_are_held(a, r, b, s, i, j):
    x, y = Fraction(a) + i * Fraction(r), Fraction(b) + j * Fraction(s)
    one, two = Balls(a, r), Balls(b, s)
    assert holds(one + two, x + y) and holds(one - two, x - y) and holds(one * two, x * y)
    quotient = two.reciprocal()
    if np.isfinite(quotient.radius):
        assert holds(quotient, 1 / y)
    else:
        assert abs(b) <= s * (1 + 1e-9) or abs(b) < 1e-140
    assert Fraction(float(one.lower)) <= abs(x) <= Fraction(float(one.upper))


@settings(max_examples=40)
@given(floats, floats, floats, floats, radii)
def test_complex_products_and_quotients_are_held(a, b, c, d, r):
    z, w = Balls(np.complex128(complex(a, b)), r), Balls(np.complex128(complex(c, d)))
    product = z * w
    x, y = (
        (Fraction(a) + Fraction(r)) * Fraction(c) - Fraction(b) * Fraction(d),
        (Fraction(a) + Fraction(r)) * Fraction(d) + Fraction(b) * Fraction(c),
    )
    u, v = Fraction(float(product.centre.real)) - x, Fraction(float(product.centre.imag)) - y
    assert u * u + v * v <= Fraction(float(product.radius)) ** 2
    inverse = w.reciprocal()
    if np.isfinite(inverse.radius):
        size = Fraction(c) ** 2 + Fraction(d) ** 2
        u, v = (
            Fraction(float(inverse.centre.real)) - Fraction(c) / size,
            Fraction(float(inverse.centre.imag)) + Fraction(d) / size,
        )
        assert u * u + v * v <= Fraction(float(inverse.radius)) ** 2
    else:
        assert math.hypot(c, d) < 1e-70


@pytest.mark.parametrize("flint", [True, False])
@pytest.mark.parametrize("name", sorted({*SLOPES, "sqrt"}))
def test_functions_are_held_on_real_and_complex_balls_and_so_are_their_slopes(name, flint, monkeypatch):
    if flint:
        pytest.importorskip("flint")
    else:
        monkeypatch.setattr(balls, "found", lambda _: None)
    exact = {
        "logistic": lambda t: 1 / (1 + mpmath.exp(-t)),
        "softplus": lambda t: mpmath.log(1 + mpmath.exp(t)),
    }.get(name, getattr(mpmath, name, None))
    centre = POINTS.get(name, 0.3)
    for kind, directions in ((float, [1, -1]), (complex, [1, 1j, -1, 0.6 - 0.8j])):
        z = Balls(np.array([centre], dtype=kind), np.array([0.01]))
        try:
            values, slopes = z.apply(name), SLOPES[name](z) if name in SLOPES else None
        except RingError as error:
            assert not flint and "python-flint" in str(error)
            return
        assert values.radius[0] < 0.2
        with precision(30):
            for w in directions:
                t = mpmath.mpmathify(centre) + mpmath.mpmathify(w) * mpmath.mpf(0.01)
                assert abs(exact(t) - mpmath.mpmathify(complex(values.centre[0]))) <= values.radius[0]
                if slopes is not None:
                    assert abs(mpmath.diff(exact, t) - complex(slopes.centre[0])) <= slopes.radius[0] + 1e-9


@rows(
    "name, centre, radius",
    [
        ("log", 0.5, 0.6),
        ("sqrt", -1 + 0.1j, 0.2),
        ("tan", 1.5, 0.1),
        ("atan", 1.1j, 0.2),
        ("asin", 1.2, 0.3),
        ("tanh", 1.5j, 0.2),
    ],
)
def test_poles_and_cuts_have_no_finite_bound(name, centre, radius):
    z = Balls(np.array([centre]), np.array([radius]))
    assert z.apply(name).upper[0] == math.inf
    assert Balls(np.array([0.0])).reciprocal().upper[0] == math.inf
    with np.errstate(over="ignore"):
        assert (Balls(np.array([1e300])) * Balls(np.array([1e300]))).upper[0] == math.inf


def test_a_function_without_enclosure_is_refused_with_those_that_have_one():
    with pytest.raises(RingError, match="LambertW has no enclosure here; accepted: exp, log"):
        Balls(1.0).apply("LambertW")


@rows("value", [Fraction(1, 3), Fraction(37, 100), Fraction(10**30 + 1, 7), Fraction(1, 2), 0.37])
def test_a_rational_number_is_held_and_a_float_is_itself(value):
    found = ball(value)
    assert holds(found, Fraction(value)) and found.radius <= 1e-15 * abs(found.centre)
    assert (found.radius == 0) == (Fraction(float(found.centre)) == value)


def test_numbers_that_cancel_are_held_all_the_same():
    root, cosine = sympy.sqrt(10**200 + 1) - 10**100, sympy.cos(sympy.Rational(1, 10**80)) - 1
    with precision(500):
        exact = {root: 1 / (mpmath.sqrt(mpmath.mpf(10) ** 200 + 1) + mpmath.mpf(10) ** 100)}
        exact[cosine] = -2 * mpmath.sin(mpmath.mpf(10) ** -80 / 2) ** 2
        for number, value in exact.items():
            held = ball(number)
            assert abs(mpmath.mpf(float(held.centre)) - value) <= mpmath.mpf(float(held.radius)) < 1e-12 * abs(value)


def test_a_number_that_cannot_be_told_from_0_is_refused():
    with pytest.raises(RingError, match="cannot be told from 0"):
        ball(sympy.sqrt(2 + sympy.sqrt(3)) - sympy.sqrt(6) / 2 - sympy.sqrt(2) / 2)
