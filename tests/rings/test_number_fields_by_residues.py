"""Algebraic numbers through residues, held to sympy's own number fields and to numbers by digits."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from imde_sym import ButcherTableau, inverse_modified_series, method_series, methods, modified_series
from imde_sym.rings import ring_of, scalar
from imde_sym.rings.arithmetic import DomainArithmetic
from imde_sym.rings.number_fields import AlgebraicArithmetic, PlaceArithmetic
from tests.rows import rows

FIELDS = {
    "a square root": ["sqrt(2)"],
    "the golden ratio": ["(1 + sqrt(5))/2", "3/7"],
    "two square roots": ["sqrt(2)/3", "1 - sqrt(3)"],
    "three square roots": ["sqrt(2)", "sqrt(3)", "sqrt(5)"],
    "a root of a root": ["sqrt(1 + sqrt(2))"],
    "a cubic root": ["2**(1/3)"],
    "a root of a cubic without radicals": [sympy.CRootOf(sympy.Poly("6*x**3 - 18*x**2 + 9*x - 1"), 1)],
}


def _numbers(name):
    return [scalar(x) for x in FIELDS[name]]


def _rational_function(values):
    """Some arithmetic on an array of numbers of the field, whose results have large numerators and denominators."""

    def compute(ring):
        x = ring.array([*values, Fraction(377, 65), Fraction(-1, 37)])
        for k in range(4):
            x = ring.reduce(x * x)
            x = ring.reduce(x + ring.element(Fraction(k, 3)))
        return x

    return compute


@pytest.mark.parametrize("name", FIELDS)
def test_residues_and_the_field_itself_give_one_result(name):
    values = _numbers(name)
    here = AlgebraicArithmetic(values).run(_rational_function(values))
    there = DomainArithmetic(values).run(_rational_function(values))
    assert list(here) == list(there)


@rows("name", FIELDS)
def test_a_number_field_of_moderate_degree_computes_in_residues(name):
    values, rings = _numbers(name), set()

    def compute(ring):
        rings.add(type(ring))
        return ring.array(values)

    assert list(ring_of(values).run(compute)) == values
    assert rings == {PlaceArithmetic}


@pytest.mark.parametrize("text", ["pi", "sqrt(2)*a", "sqrt(2) + sqrt(3) + sqrt(5) + sqrt(7)", "exp(1) + sqrt(2)"])
def test_what_is_no_number_field_of_moderate_degree_is_computed_in_its_domain(text):
    value = scalar(sympy.sympify(text))
    squared = ring_of([value]).run(lambda ring: ring.array([value]) ** 2)
    assert sympy.expand(squared[0] - value**2) == 0


@pytest.mark.slow
@given(st.lists(st.fractions(max_denominator=10**40), min_size=2, max_size=2))
def test_coefficients_of_any_size_return(parts):
    value = scalar(sympy.Rational(*parts[0].as_integer_ratio()) + sympy.Rational(*parts[1].as_integer_ratio()) * sympy.sqrt(3))
    root = scalar("sqrt(3)")
    assert ring_of([root]).run(lambda ring: ring.array([value, root])) == [value, root]


def test_primes_in_denominators_are_passed_over():
    p = 536870909  # the largest prime below 2**29
    value = scalar(f"sqrt(2)/{p} + 1/{p**2}")
    assert ring_of([value]).run(lambda ring: ring.array([value])) == [value]


def test_gauss2_has_rational_coefficients_throughout():
    """The conjugate method has the same stages in another order (Hairer, Wanner, IV.5)."""
    series = inverse_modified_series(methods["gauss2"], 10)
    assert all(isinstance(x, Fraction) for x in series.coefficients)
    assert all(x == 0 for t, x in series.items() if 1 < t.order <= 4)


@pytest.mark.parametrize("direction", [method_series, modified_series, inverse_modified_series])
@pytest.mark.parametrize(
    "rows",
    [
        ([["1 - sqrt(2)/2", 0], ["sqrt(2)/2", "1 - sqrt(2)/2"]], ["sqrt(2)/2", "1 - sqrt(2)/2"]),
        ([["sqrt(2)/3", 0], ["sqrt(3)/2", "1/3"]], ["sqrt(2)/2", "2 - sqrt(3)"]),
        ([["2**(1/3)", 0], ["1/2", "1/3"]], ["0.37", "0.63"]),
    ],
    ids=["sdirk2", "two roots", "a cubic root"],
)
def test_series_agree_with_the_same_method_in_digits(direction, rows):
    exact = ButcherTableau(*rows)
    numbers = [[float(sympy.N(x)) for x in row] for row in exact.A], [float(sympy.N(x)) for x in exact.b]
    found = np.array([float(sympy.N(x)) for x in direction(exact, 6).coefficients])
    np.testing.assert_allclose(found, np.array(direction(ButcherTableau(*numbers), 6).coefficients), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", ["rk4", "gauss3", "dop853", "kutta3", "verner6"])
@pytest.mark.parametrize("order", [1, 2, 5, 8])
def test_the_inverse_equation_from_the_forward_one_is_that_of_the_stages(name, order):
    """c = 2f - b up to h^(2p), where b[c] = f: held to the recursion of the stages."""
    from imde_sym.trees import TreeSpace, tree_table

    if name not in methods:
        pytest.skip(f"the catalogue has no {name}")
    method = methods[name]

    def stages(ring):
        space = TreeSpace(tree_table(), order, ring)
        return space.flat(method.inverse_modified(space, space.generator()))

    expected = method.ring.run(stages)
    found = inverse_modified_series(method, order)
    assert all(x == y or found.errors for x, y in zip(found.coefficients, expected, strict=True))
