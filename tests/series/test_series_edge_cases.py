"""Cases that once went wrong: mixed number types, empty coefficients, rounded decimals, sizes."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym.base.errors import ImdeError, RingError, SeriesError
from imde_sym.series import BSeries, error_norm, generic_series, method_series, modified_series, order_of_accuracy, scale
from tests.rows import rows

x = sympy.Symbol("x")


def test_scaling_floats_by_a_symbol_is_refused_and_keeps_types_otherwise():
    floats = BSeries(3, [1.0, 0.0, 0.25, 1.0])
    with pytest.raises(RingError):
        scale(floats, x)
    assert all(type(v) is float for v in scale(floats, Fraction(1, 2)).coefficients)
    assert scale(imde.exact_series(3), x)["[[]]"] == x**2 / 2


def test_json_keeps_the_symbols_of_the_empty_tree():
    s = BSeries(1, [1], x)
    assert BSeries.from_json(s.to_json()) == s


@pytest.mark.parametrize("factor", [np.float64(2), np.int64(2)])
def test_numpy_scalars_multiply_from_both_sides(factor):
    s = imde.exact_series(3)
    assert (factor * s).coefficients == (s * factor).coefficients


def test_generic_symbols_differ_for_different_trees_with_many_colours():
    s = generic_series(2, colors=12)
    assert len(set(s.coefficients)) == len(s)


def test_modified_series_of_a_map_is_its_logarithm_at_high_orders_too():
    a = method_series(imde.methods["rk4"], 13)
    assert modified_series(a) == imde.log(a)


@rows("colors", [-1, 0, 10**9, "2", 2.0])
def test_absurd_numbers_of_colours_are_refused_at_once(colors):
    with pytest.raises(ImdeError):
        method_series(imde.methods["rk4"], 2, colors)
    with pytest.raises(ImdeError, match="GiB"):
        method_series(imde.methods["rk4"], 6, 100)


def test_published_decimals_have_their_order_within_a_tolerance():
    s = method_series(imde.methods["tsit5"], 6)
    assert order_of_accuracy(s) == order_of_accuracy(s, tolerance=1e-10) == 5
    assert error_norm(s, 6) == pytest.approx(1.385e-4, rel=1e-3)


@rows(
    "call",
    [
        lambda: imde.compose(imde.methods["rk4"], imde.exact_series(2)),
        lambda: imde.exp(None),
        lambda: imde.series.order_conditions(None),
        lambda: imde.series.linear_combination([], []),
        lambda: imde.series.linear_combination([1], [imde.exact_series(2)] * 2),
        lambda: imde.compose(imde.exact_series(2), steps=3),
        lambda: imde.compose(imde.exact_series(2), imde.exact_series(2), steps="12"),
        lambda: BSeries(3, 3),
        lambda: BSeries.from_json(None),
        lambda: imde.exact_series(2) / 0,
        lambda: generic_series(2).to_numpy(),
        lambda: error_norm(generic_series(2), 2),
        lambda: error_norm(imde.exact_series(2), 2, norm=0),
        lambda: imde.series.symmetric_order(imde.exact_series(2) + imde.exact_series(2)),
        lambda: imde.inverse_modified_series(imde.exact_series(3), 3, colors=7),
    ],
)
def test_what_makes_no_sense_is_a_series_error(call):
    with pytest.raises(SeriesError):
        call()


@rows("operation", [lambda a: a * a, lambda a: a / a, lambda a: a + 1, lambda a: 1 - a])
def test_operations_that_series_do_not_have_are_type_errors(operation):
    with pytest.raises(TypeError):
        operation(imde.exact_series(2))
