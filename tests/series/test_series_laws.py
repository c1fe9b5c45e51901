"""exp, log, compose, inverse and adjoint obey the group laws; structure agrees with the tableau."""

from fractions import Fraction

import pytest

import imde_sym as imde
from imde_sym.base.errors import SeriesError
from imde_sym.series import order_of_accuracy, scale, symplectic_order
from tests.rows import rows

NAMES = ["explicit_euler", "heun2", "rk4", "implicit_midpoint", "gauss2", "radau_iia_2"]


def of(name, order=6):
    return imde.method_series(imde.methods[name], order)


@rows("name", NAMES)
def test_exp_and_log_are_inverse_to_each_other(name):
    a = of(name)
    assert imde.exp(imde.log(a)) == a


@rows("name", NAMES)
def test_log_of_a_method_is_its_modified_equation(name):
    assert imde.log(of(name)) == imde.modified_series(imde.methods[name], 6)


def test_composition_is_associative():
    a, b, c = of("heun2"), of("rk4"), of("implicit_euler")
    assert imde.compose(imde.compose(a, b), c) == imde.compose(a, imde.compose(b, c)) == imde.compose(a, b, c)


def test_composition_of_methods_is_the_composed_tableau():
    euler, heun = imde.methods["explicit_euler"], imde.methods["heun2"]
    A = [[0, 0, 0], [1, 0, 0], [1, 1, 0]]  # Euler's step, then Heun's, each with step h
    composed = imde.ButcherTableau(A, [1, *heun.b])
    assert imde.compose(imde.method_series(euler, 6), imde.method_series(heun, 6)) == imde.method_series(composed, 6)


@rows("name", NAMES)
def test_the_inverse_undoes_the_map_on_both_sides(name):
    a = of(name)
    for product in (imde.compose(a, imde.inverse(a)), imde.compose(imde.inverse(a), a)):
        assert set(product.coefficients) == {Fraction(0)}


def test_adjoints_are_the_known_pairs():
    assert imde.adjoint(of("explicit_euler")) == of("implicit_euler")
    assert imde.adjoint(of("implicit_midpoint")) == of("implicit_midpoint")
    assert imde.adjoint(imde.adjoint(of("rk4"))) == of("rk4")


def test_flows_compose_to_the_flow_of_the_summed_time():
    two = imde.compose(scale(imde.exact_series(7), "1/3"), scale(imde.exact_series(7), "2/3"))
    assert two == imde.exact_series(7)


@rows("name", [*NAMES, "lobatto_iiia_3", "dormand_prince5"])
def test_order_of_accuracy_is_the_order_of_the_tableau(name):
    assert order_of_accuracy(of(name)) == imde.methods[name].order


@rows("name, expected", [("implicit_midpoint", 6), ("gauss2", 6), ("explicit_euler", 1), ("heun2", 3), ("rk4", 4)])
def test_symplectic_order_is_capped_for_symplectic_methods_and_the_order_for_others(name, expected):
    assert symplectic_order(of(name)) == expected
    assert symplectic_order(imde.inverse_modified_series(imde.methods[name], 6)) == expected


def test_pseudo_symplectic_methods_are_symplectic_beyond_their_order():
    m = imde.methods["pseudo_symplectic_3p5q4"]
    assert m.order == 3 and symplectic_order(imde.method_series(m, 7)) >= 5


def test_laws_refuse_the_wrong_kind_of_series():
    field = imde.modified_series(imde.methods["rk4"], 4)
    for law in (imde.log, imde.inverse, imde.adjoint, lambda a: imde.compose(a, a)):
        with pytest.raises(SeriesError, match="map"):
            law(field)
    with pytest.raises(SeriesError, match="field"):
        imde.exp(of("rk4"))
