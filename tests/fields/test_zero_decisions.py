"""zero_test: exact where it says so, a numerical certificate where not."""

from __future__ import annotations

import pytest
import sympy
from sympy import cos, exp, log, sin, sqrt

from imde_sym import VectorField
from imde_sym.base.errors import FieldError
from imde_sym.fields import DifferentialRing, ZeroTest
from tests.rows import rows

x, y, a = sympy.symbols("x y a")
V = sympy.Function("V")


def decide(e) -> ZeroTest:
    ring = DifferentialRing([x, y], [e])
    return ring.zero_test(ring.convert(e))


UNPROVEN = [
    sqrt(x) * sqrt(1 + x) - sqrt(x * (1 + x)),
    x * sqrt(3 + 2 * sqrt(2)) - x - x * sqrt(2),
    sympy.atan(x) + sympy.atan(1 / x) - sympy.pi / 2,
    log(x * y) - log(x) - log(y),
    V(sqrt(x) * sqrt(1 + x)) - V(sqrt(x + x**2)),
]


@pytest.mark.parametrize("e", UNPROVEN, ids=str)
def test_identity_without_a_relation_is_certified_by_numbers_and_says_so(e):
    assert decide(e) == ZeroTest(True, False)


@rows(
    "e",
    [x, sin(x) - x, sqrt(x) - sqrt(y), 1 / x - 1 / (1 + x) - 1, exp(x) - 1 - x, V(x) - V(y), V(x, y) - V(y, x), sin(x) ** 2 + cos(y) ** 2 - 1,
     V(x).diff(x) - V(x), a * x - x, sympy.Rational(1, 10**25) * x * exp(-x)],
)  # fmt: skip
def test_what_is_not_zero_is_proven_not_to_be(e):
    assert decide(e) == ZeroTest(False, True)


def test_clearing_the_denominators_decides_without_complete_relations():
    roots = [sqrt((x - n) ** 2 + y**2 + n * a) for n in (1, 2, 3)]
    e = 1 / (roots[0] * roots[1] ** 2) - 1 / (roots[0] * roots[2] ** 2)
    same = (sympy.expand(roots[2] ** 2 - roots[1] ** 2)) / (roots[0] * roots[1] ** 2 * roots[2] ** 2)
    ring = DifferentialRing([x, y], [e, same, roots[0]]).merged
    p, q = ring.convert(e), ring.convert(same)
    assert ring.numerator(p - q) == 0 and ring.numerator(p) != 0 and ring.numerator(p + q) != 0
    assert ring.zero_test(p - q) == ZeroTest(True, True)


def test_undefined_function_has_one_value_at_one_point():
    assert decide(V(x * (1 + x)) - V(x + x**2)).zero
    assert decide(V(sin(x) ** 2 + cos(x) ** 2 + x) - V(1 + x)).zero
    assert not decide(V(x) - V(x + sympy.Rational(1, 10**6))).zero


def test_fields_that_are_written_differently_are_equivalent():
    first = VectorField([x], [1 / (x * (1 + x))])
    assert first.equivalent(VectorField([x], [1 / x - 1 / (1 + x)])) and first != VectorField([x], [1 / x - 1 / (1 + x)])
    assert not first.equivalent(VectorField([x], [1 / x]))
    assert not first.equivalent(VectorField([y], [1 / (y * (1 + y))]))


def test_an_element_that_is_finite_nowhere_is_refused():
    zero = sqrt(x) * sqrt(1 + x) - sqrt(x * (1 + x))
    with pytest.raises(FieldError, match=r"zero"):
        decide(1 / zero)


def test_a_root_and_its_inverse_are_one_algebraic_function_when_denominators_are_cleared():
    u = x + y**2
    ring = DifferentialRing([x, y], [sqrt(u) + 1 / sqrt(u)]).merged
    place = dict(zip(ring.expressions, ring.polynomials.generators))
    r, g, base = place[sqrt(u)], place[1 / sqrt(u)], place[x] + place[y] ** 2
    assert all(ring.numerator(p) == 0 for p in (r * g - 1, base * g - r, r**3 * g - base, base * g**2 - 1, r**2 - base))
    assert all(ring.numerator(p) != 0 for p in (r - g, r * g - 2, r + base * g, g))
