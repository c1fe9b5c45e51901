"""General linear methods by their underlying one-step method (HLW XV.2): what they have in common with other families, and facts."""

from fractions import Fraction

import mpmath
import pytest
import sympy

import imde_sym as imde
from imde_sym.method import GeneralLinear, TwoStep
from imde_sym.method.theory.linear import consistent_values, invariance, solved
from imde_sym.verify import MethodField, stepper
from tests.rows import rows

methods = imde.methods


@pytest.mark.parametrize("name", ["adams_bashforth_2", "adams_moulton_2", "bdf2", "bdf3", "adams_bashforth_4"])
def test_multistep_methods_are_general_linear_ones(name):
    """Two routes without anything in common: trees with values that are solved for, and the operator series ρ/(zσ)."""
    m = methods[name]
    g = GeneralLinear.multistep(m.alpha, m.beta)
    for series in (imde.modified_series, imde.inverse_modified_series, imde.method_series):
        assert series(g, 6) == series(m, 6)
    assert g.order == m.order and g.is_zero_stable


@pytest.mark.parametrize("name", ["rk4", "radau_iia_2", "gauss2"])
def test_runge_kutta_methods_are_general_linear_ones_with_one_value(name):
    m = methods[name]
    g = GeneralLinear(m.A, [[1]] * m.stages, [m.b], [[1]])
    assert imde.method_series(g, 5) == imde.method_series(m, 5)
    assert imde.inverse_modified_series(g, 5) == imde.inverse_modified_series(m, 5)


@pytest.mark.parametrize("name", ["two_step_adams_bashforth", "jackiewicz_tracogna4"])
def test_two_step_methods_are_general_linear_ones(name):
    m = methods[name]
    assert imde.modified_series(m, 5) == imde.modified_series(m.general, 5)
    assert m.is_explicit == m.general.is_explicit and m.is_zero_stable


def test_the_two_step_form_of_adams_bashforth():
    assert imde.modified_series("two_step_adams_bashforth", 6) == imde.modified_series("adams_bashforth_2", 6)


def test_values_of_another_kind_give_the_same_points():
    """AB2 with the values (y, h y'_{n-1}), a Nordsieck-like form: V has the eigenvector (1, 0)."""
    g = GeneralLinear(A=[[0]], U=[[1, 0]], B=[["3/2"], [1]], V=[[1, "-1/2"], [0, 0]])
    assert g.start == (1, 0)
    assert imde.inverse_modified_series(g, 6) == imde.inverse_modified_series("adams_bashforth_2", 6)


def test_both_parts_of_an_imex_method_alone_are_their_multistep_methods():
    m = methods["cnab2"]
    one, two = imde.modified_series("adams_bashforth_2", 4), imde.modified_series("adams_moulton_1", 4)
    found = imde.modified_series(m, 4)
    for color, alone in enumerate((one, two)):
        for t, v in alone.items():
            same = next(u for u in found if u.level_sequence == t.level_sequence and set(u.color_sequence) == {color})
            assert found[same] == v


@rows("name, order", [("sbdf1", 1), ("sbdf2", 2), ("sbdf3", 3), ("sbdf4", 4), ("cnab2", 2), ("cnlf2", 2)])
def test_orders_of_ascher_ruuth_and_wetton(name, order):
    assert methods[name].order == order and methods[name].colors == 2


@pytest.mark.parametrize("name", ["dimsim2", "sbdf2", "jackiewicz_tracogna4"])
def test_the_equations_fit_the_map(name):
    m = methods[name]
    a = imde.method_series(m, 4)
    assert imde.substitute(imde.inverse_modified_series(m, 4), a) == imde.exact_series(4, m.colors)
    assert imde.exp(imde.modified_series(m, 4)) == a


def test_a_run_from_the_starting_values_is_the_iterated_map():
    """y' = y with leapfrog: Φ is the root of ζ² - 2zζ - 1 = 0 near e^z, z = h."""
    g, z = GeneralLinear.multistep([-1, 0, 1], [0, 2, 0]), mpmath.mpf(1) / 100
    step = stepper(g, MethodField(imde.modified_equation("y' = y", g, 1)))
    root = z + mpmath.sqrt(1 + z**2)
    with mpmath.workdps(40):
        assert abs(step.advance([mpmath.mpf(1)], mpmath.mpf(0), z, 5)[0] - root**5) < 1e-10


def test_the_underlying_map_of_a_linear_field_is_the_principal_root():
    """BDF2: (3/2) ζ² - 2 ζ + 1/2 = z ζ²; ζ = (2 + sqrt(1 + 2z))/(3 - 2z)."""
    z = sympy.Symbol("z")
    expected = sympy.series((2 + sympy.sqrt(1 + 2 * z)) / (3 - 2 * z), z, 0, 6).removeO()
    m = methods["bdf2"]
    series = imde.method_series(GeneralLinear.multistep(m.alpha, m.beta), 5)
    tall = [t for t in series if t.order == max(t.level_sequence) + 1]
    assert [series[t] for t in tall] == [Fraction(str(expected.coeff(z, t.order))) for t in tall]


def test_linear_systems_are_solved_exactly_and_refused_where_they_have_no_one_solution():
    half = Fraction(1, 2)
    assert solved([[half, Fraction(1)], [Fraction(1), Fraction(0)]], [[Fraction(1)], [half]]) == [[half], [Fraction(3, 4)]]
    assert consistent_values([[half, half], [half, half]]) == [1, 1]
    assert invariance([[Fraction(1)]], [Fraction(1)]) == [[-1]]
    with pytest.raises(imde.ImdeError, match="more than one solution"):
        solved([[Fraction(1), Fraction(1)], [Fraction(1), Fraction(1)]], [[Fraction(1)], [Fraction(1)]])


@pytest.mark.parametrize("number", [0.25, "sqrt(2)/8", sympy.Symbol("a")], ids=str)
def test_numbers_of_every_kind(number):
    m = TwoStep(number, [0], [[0]], [[0]], ["3/2"], ["-1/2"])
    series = imde.modified_series(m, 3)
    assert imde.from_json(m.to_json()) == m
    exact = imde.modified_series(TwoStep("1/4", [0], [[0]], [[0]], ["3/2"], ["-1/2"]), 3)
    if number == 0.25:
        assert all(abs(float(series[t]) - float(v)) < 1e-14 for t, v in exact.items())


def test_a_method_of_values_does_not_compose():
    with pytest.raises(imde.ImdeError, match="not a one-step method"):
        imde.compose_methods("dimsim2", "rk4")
