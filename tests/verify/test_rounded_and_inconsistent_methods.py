"""check on methods whose numbers are rounded, whose weights do not sum to 1, and whose stages are functions of τ."""

from itertools import product

import pytest
import sympy

import imde_sym as imde
from imde_sym.method import (
    ButcherTableau,
    LinearMultistep,
    PartitionedTableau,
    adjoint_method,
    apply_scheme,
    compose_methods,
    extrapolate,
    methods,
    schemes,
    substeps,
)
from tests.rows import in_turn, rows, slow

FIELD = imde.VectorField.parse("p' = p*(2 - q); q' = q*(p - 1)")
p, q = FIELD.variables
PARTS = [[2 * p, -q], [-p * q, p * q]]
START = [1, "1/2"]
DIRECTIONS = [imde.inverse_modified_equation, imde.modified_equation]
BOTH = pytest.mark.parametrize("equation", DIRECTIONS)
LONG = [("tsitouras5", 6), ("rodas5", 6), ("blanes_moan4", 4)]
PUBLISHED = in_turn([("kennedy_carpenter_lewis43_2", 4), ("ark324l2sa", 3)], DIRECTIONS)


@pytest.mark.parametrize(
    "case, equation", PUBLISHED + [pytest.param(*row, marks=pytest.mark.slow) for row in product(LONG, DIRECTIONS)]
)
def test_published_decimals_show_the_order_of_the_method(case, equation):
    """Their low terms are some 1e-17 and not 0: rounding, which no order is read off."""
    name, order = case
    m = methods[name]
    if m.family == "splitting":
        m = m.with_inverse()
    report = imde.check(equation(FIELD, m, order, *([PARTS] if m.colors > 1 else [])), x0=START)
    assert report.passed
    assert report.expected == tuple(max(n, m.order) for n in range(1, order + 1))


@BOTH
def test_floats_show_the_order_of_the_method(equation):
    m = ButcherTableau([[0, 0], [2 / 3, 0]], [0.25, 0.75])
    thirds = ButcherTableau([[0, 0, 0], [1 / 3, 0, 0], [0, 2 / 3, 0]], [0.25, 0, 0.75])
    assert imde.check(equation(FIELD, m, 3), x0=START).expected == (2, 2, 3)
    report = imde.check(equation(FIELD, thirds, 4), x0=START)
    assert report.passed and report.expected == (3, 3, 3, 4)


@BOTH
@pytest.mark.parametrize("name", ["shlddrk52", "shlddrk64"])
def test_methods_of_seven_digits_show_their_order(equation, name):
    """Their conditions hold to 2e-7 (Stanescu, Habashi 1998), which is what the published digits allow."""
    m = methods[name]
    report = imde.check(equation("y' = y - y^2", m, m.order + 1), x0=["2/5"])
    assert report.passed
    assert all(e is None or e >= m.order for e in report.expected)


def test_a_small_term_of_an_exact_method_is_no_rounding():
    """Σ b_i c_i = 1/2 + 1e-8, of nine digits, so exact: the method has order 1, and so says the check."""
    m = ButcherTableau([[0, 0], ["1/2", 0]], ["-2/100000000", "100000002/100000000"])
    F = imde.inverse_modified_equation(FIELD, m, 2)
    assert m.order == 1 and imde.check(F, x0=START).expected == (1, 2)


@BOTH
@pytest.mark.parametrize("m", [ButcherTableau([[0]], ["1/2"]), LinearMultistep([-1, 1], [1, 1])])
def test_a_method_that_is_not_consistent_is_held_against_the_field_itself(equation, m):
    """Euler with b = 1/2 learns 2f + ...: its step on that must follow the flow of f, not of 2f."""
    assert m.order == 0
    assert imde.check(equation(FIELD, m, 2), x0=START).passed


HEAVY = [f"energy_collocation_{s}" for s in (2, 3, 4)]


@BOTH
@pytest.mark.parametrize("name", slow(["average_vector_field", *HEAVY], *HEAVY))
def test_continuous_stages_follow_the_flow(equation, name):
    m = methods[name]
    report = imde.check(equation(FIELD, m, 3), x0=START)
    assert report.passed
    assert all(o is None or o > m.order - 0.1 for o in report.observed)


@pytest.mark.parametrize("name", slow(["ros2", "average_vector_field", "taylor_3"], "average_vector_field"))
def test_a_composition_with_a_splitting_applies_the_whole_field_where_its_part_does(name):
    H = imde.VectorField.hamiltonian(p**2 / 2 + q**4 / 4 + q**2 / 2, q=[q], p=[p])
    composed = compose_methods(methods["strang"], methods[name])
    assert imde.check(imde.modified_equation(H, composed, 3), x0=START).passed


def test_what_is_made_of_published_decimals_keeps_their_order():
    tsit = methods["tsitouras5"]
    made = [substeps(tsit, 2), adjoint_method(tsit), compose_methods(tsit, tsit, steps=["1/3", "2/3"]), tsit @ methods["dopri5"]]
    assert [m.order for m in made] == [5] * 4
    assert substeps(methods["ark324l2sa"], 2).order == adjoint_method(methods["ark324l2sa"]).order == 3
    assert adjoint_method(methods["rodas5"]).order == 5
    assert PartitionedTableau([methods["kencarp4_explicit"], methods["kencarp4"]]).order == 4
    rounded = extrapolate(methods["kencarp3"], [1, 2])
    assert rounded.is_rounded and rounded.order == 4
    assert imde.from_json(substeps(tsit, 2).to_json()).order == 5


@rows("name, order", [("kahan_li6", 6), ("kahan_li8", 8), ("yoshida6", 6), ("yoshida8", 8)])
def test_published_schemes_give_any_method_their_order(name, order):
    assert apply_scheme(methods["implicit_midpoint"], schemes[name]).order == order
    assert not apply_scheme(methods["implicit_midpoint"], [sympy.Rational(1, 2)] * 2).is_rounded


@pytest.mark.slow
def test_a_composed_kahan_li_method_follows_its_modified_equation():
    m = apply_scheme(methods["implicit_midpoint"], schemes["kahan_li6"])
    report = imde.check(imde.modified_equation(imde.VectorField.parse("y' = y - y^2"), m, 7), x0=["2/5"])
    assert report.passed and report.expected[0] == 6
