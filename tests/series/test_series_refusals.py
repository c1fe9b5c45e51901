"""What a series is not, in words: kinds and colours that do not fit, sizes, malformed data, arithmetic with strangers."""

import json
import pickle
from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from imde_sym.base.errors import ImdeError, MethodError, SeriesError, TreeError, TruncationError
from imde_sym.method import ButcherTableau, PartitionedTableau, methods
from imde_sym.series import (
    BSeries,
    adjoint,
    compose,
    effective_order,
    energy_preserving_order,
    error_coefficients,
    error_norm,
    exact_series,
    exp,
    generic_series,
    generic_tableau,
    identity_series,
    inverse,
    inverse_modified_series,
    log,
    method_series,
    modified_series,
    order_conditions,
    scale,
    substitute,
    symplectic_order,
)
from imde_sym.trees import RootedTree
from imde_sym.trees.tables import tree_table
from tests.rows import rows
from tests.series.random_series import series
from tests.strategies import examples

MAP, FIELD = method_series(methods["rk4"], 4), modified_series(methods["heun2"], 4)
PAIR = PartitionedTableau([ButcherTableau([[0]], [1]), ButcherTableau([[1]], [1])], name="symplectic Euler")
MAP2, FIELD2 = method_series(PAIR, 3), modified_series(PAIR, 3)
NEITHER = MAP + MAP


# -- kinds and colours --------------------------------------------------------------------------------
@rows(
    "law",
    [
        lambda: compose(MAP, MAP2),
        lambda: compose(MAP2, MAP, steps=[1, 2]),
        lambda: MAP + MAP2,
        lambda: FIELD2 - FIELD,
        lambda: substitute(FIELD, MAP2),
        lambda: substitute(FIELD2, MAP),
        lambda: substitute(FIELD2, FIELD),
    ],
)
def test_series_of_different_colours_do_not_combine(law):
    with pytest.raises(SeriesError, match=r"different numbers of colours \(\[1, 2\]\)"):
        law()


@pytest.mark.parametrize("bad", [FIELD, FIELD2, NEITHER, 0 * MAP])
@pytest.mark.parametrize(("name", "law"), [("log", log), ("inverse", inverse), ("adjoint", adjoint)])
def test_laws_of_maps_name_the_empty_tree_of_what_is_no_map(name, law, bad):
    with pytest.raises(SeriesError, match=rf"{name} needs a map, a\(∅\) = 1; here a\(∅\) = {bad.empty}"):
        law(bad)
    with pytest.raises(SeriesError, match="compose, before its last argument, needs a map"):
        compose(bad, bad)


@pytest.mark.parametrize("bad", [MAP, MAP2, NEITHER])
def test_laws_of_fields_name_the_empty_tree_of_what_is_no_field(bad):
    with pytest.raises(SeriesError, match=rf"exp needs a field, a\(∅\) = 0; here a\(∅\) = {bad.empty}"):
        exp(bad)
    with pytest.raises(SeriesError, match=rf"substitute needs a field b, b\(∅\) = 0; here b\(∅\) = {bad.empty}"):
        substitute(bad, bad)


@pytest.mark.parametrize("bad", [FIELD, FIELD2, NEITHER])
def test_modified_fields_and_effective_orders_are_those_of_maps(bad):
    for law, what in [(modified_series, "modified equation"), (inverse_modified_series, "inverse modified equation")]:
        with pytest.raises(SeriesError, match=rf"the {what} of a series needs a map, a\(∅\) = 1; here a\(∅\) = {bad.empty}"):
            law(bad)
    with pytest.raises(SeriesError, match=rf"effective order is one of a map, a\(∅\) = 1; here a\(∅\) = {bad.empty}"):
        effective_order(bad)


@rows(
    "a",
    [
        identity_series(3),
        BSeries(3, [0, 1, 2, 3]),
        identity_series(3, 2),
        BSeries.from_rule(lambda t: t.color, 3, 1, 2),
        BSeries(2, [0.0, 1.0]),
        method_series(ButcherTableau([[0, 0], [1, 0]], [1, -1]), 3),
    ],
)
def test_a_map_whose_first_coefficient_is_zero_has_no_inverse_modified_field(a):
    with pytest.raises(MethodError, match="inverse modified equation"):
        inverse_modified_series(a)
    assert modified_series(a) == log(a)


def test_only_one_of_two_colours_may_lack_its_first_coefficient_in_a_map_but_not_in_an_inverse():
    half = PartitionedTableau([ButcherTableau([[0, 0], [1, 0]], [1, -1]), ButcherTableau([[0, 0], [1, 0]], ["1/2", "1/2"])])
    with pytest.raises(MethodError, match="inverse modified equation"):
        inverse_modified_series(half, 3)
    assert modified_series(half, 3)["[]"] == 0


# -- numbers as parameters ----------------------------------------------------------------------------
@rows("order", [None, 0, -1, 21, 2.0, "3", True])
def test_orders_of_methods_are_integers_from_1_to_20(order):
    for make in (method_series, modified_series, inverse_modified_series):
        with pytest.raises(SeriesError, match="order must be an integer from 1 to 20"):
            make(methods["rk4"], order)
    for make in (exact_series, identity_series, generic_series):
        with pytest.raises(SeriesError, match="order must be an integer from 1 to 20"):
            make(order)


def test_the_order_of_a_series_is_given_by_the_series():
    assert inverse_modified_series(MAP).order == 4
    for order in (5, 0, "3", True):
        with pytest.raises(SeriesError, match="order of a truncation must be an integer from 1 to 4"):
            inverse_modified_series(MAP, order)


@rows("colors", [0, -1, 101, 10**9])
def test_numbers_of_colours_are_integers_from_1_to_100(colors):
    for make in (exact_series, identity_series, lambda n, colors: generic_series(n, colors=colors)):
        with pytest.raises(SeriesError, match=f"number of colours must be an integer from 1 to 100, got {colors}"):
            make(2, colors=colors)
    with pytest.raises(SeriesError, match="number of colours"):
        BSeries(1, [1], 1, colors)


@rows("colors", [None, "2", 2.0, [2]])
def test_numbers_of_colours_are_numbers(colors):
    with pytest.raises(SeriesError, match="number of colours must be an integer from 1 to 100"):
        exact_series(2, colors)
    with pytest.raises(SeriesError, match="number of colours must be an integer from 1 to 100"):
        BSeries(1, [1], 1, colors)


@rows("order, colors", [(20, 2), (16, 3), (10, 10), (20, 100)])
def test_orders_beyond_memory_say_how_much_they_would_take_and_take_none(order, colors):
    before = tree_table(colors).max_order
    makers = [exact_series, identity_series, lambda n, c: generic_series(n, colors=c), lambda n, c: BSeries(n, [], 1, c)]
    for make in [*makers, lambda n, c: modified_series(methods["rk4"], n, c)]:
        with pytest.raises(
            TreeError, match=rf"trees of order {order} with {colors} colour\(s\) would take [\d.]+ GiB; at most 12 GiB"
        ):
            make(order, colors)
    assert tree_table(colors).max_order == before


def test_partitions_beyond_memory_say_how_much_they_would_take():
    a = exact_series(13)
    for law in (lambda: substitute(log(a), a), lambda: inverse_modified_series(a)):
        with pytest.raises(
            TreeError, match=r"order 13 would run over [\d,]+ partitions of trees \([\d.]+ GiB\); at most 10,000,000"
        ):
            law()


def test_trees_that_a_series_does_not_hold():
    with pytest.raises(TreeError, match=r"colour 2; here colours are 0\.\.1"):
        MAP2["[2]"]
    with pytest.raises(TreeError, match="colour 1"):
        MAP["[[1]]"]
    with pytest.raises(TruncationError, match="truncated at order 3"):
        MAP2["[[[[]]]]"]
    assert MAP2["[1[],[1]]"] == MAP2["[1[1],[]]"]
    assert RootedTree("[1[1]]") in MAP2 and RootedTree("[2]") not in MAP2 and RootedTree("[1]") not in MAP


def test_a_step_fraction_for_every_map():
    for steps in ([1], [1, 2, 3], []):
        with pytest.raises(SeriesError, match=f"{len(steps)} step fractions for 2 maps"):
            compose(MAP, MAP, steps=steps)
    for steps in (["x", "y"], [None, 1], [True, 1], [float("nan"), 1]):
        with pytest.raises(ImdeError):
            compose(MAP, MAP, steps=steps)
    with pytest.raises(SeriesError, match="at least one"):
        compose()


@rows("bad", [None, "x", [1], True, float("inf"), {}])
def test_factors_are_numbers(bad):
    for law in (lambda: bad * MAP, lambda: MAP * bad, lambda: MAP / bad, lambda: scale(MAP, bad)):
        with pytest.raises(ImdeError):
            law()


def test_series_add_to_series_only_and_do_not_multiply():
    """Composition is written `compose`; a constant is no series."""
    for broken in (
        lambda: MAP + 1,
        lambda: 1 + MAP,
        lambda: MAP - 1,
        lambda: 1 - MAP,
        lambda: MAP * MAP,
        lambda: MAP**2,
        lambda: 1 / MAP,
        lambda: MAP + None,
        lambda: MAP + methods["rk4"],
    ):
        with pytest.raises(TypeError, match="unsupported operand"):
            broken()


@rows("zero", [0, Fraction(0), "0", 0.0, sympy.S.Zero])
def test_a_series_is_not_divided_by_zero(zero):
    with pytest.raises((ZeroDivisionError, ImdeError)):
        MAP / zero


def test_structure_that_a_series_does_not_have():
    with pytest.raises(SeriesError, match=r"takes series of one colour; here there are 2"):
        energy_preserving_order(MAP2)
    for splitting in ("symplectic", "partitioned", "separable"):
        with pytest.raises(SeriesError, match=f"splitting '{splitting}'; accepted: 'additive'"):
            symplectic_order(MAP, splitting)
    with pytest.raises(
        SeriesError, match="splitting 'hamiltonian'; accepted: 'additive', and for two colours partitioned, separable"
    ):
        symplectic_order(MAP2, "hamiltonian")
    with pytest.raises(SeriesError, match="takes up to 486 trees, got 1205: truncate first"):
        effective_order(exact_series(10))
    assert effective_order(exact_series(10).truncate(6)) == 6


def test_errors_beyond_the_order_of_the_series():
    for make in (error_coefficients, error_norm):
        with pytest.raises(SeriesError, match="order of an error coefficient must be an integer from 1 to 4, got 5"):
            make(MAP)  # rk4 has no error up to order 4
        with pytest.raises(SeriesError, match="from 1 to 4, got 6"):
            make(MAP, 6)
    with pytest.raises(SeriesError, match="order of a truncation must be an integer from 1 to 4, got 5"):
        order_conditions(MAP, 5)
    for stages in (0, 10, "3", None, True):
        with pytest.raises(SeriesError, match="number of stages must be an integer from 1 to 9"):
            generic_tableau(stages)


@rows("method", ["rk", None, 4, [[0]], RootedTree("[]")])
def test_what_is_no_method_is_named(method):
    for make in (method_series, modified_series, inverse_modified_series):
        with pytest.raises(ImdeError, match=r"is not a method; accepted|unknown method|not a tableau"):
            make(method, 3)


# -- data ---------------------------------------------------------------------------------------------
SAMPLES = {
    "coloured map": MAP2,
    "coloured field": inverse_modified_series(PAIR, 4),
    "three colours": exact_series(3, 3),
    "twelve colours": exact_series(2, 12),
    "coloured symbols": generic_series(3, colors=2),
    "coloured floats": 0.1 * MAP2,
    "coloured complex": (0.1 + 2j) * FIELD2,
    "neither": NEITHER,
    "roots": sympy.sqrt(5) * FIELD2,
}


@rows("name", SAMPLES)
def test_series_survive_json_and_pickle(name):
    s = SAMPLES[name]
    data = json.loads(s.to_json())
    assert data["colors"] == s.colors and len(data["coefficients"]) == len(s)
    for again in (BSeries.from_json(s.to_json()), BSeries.from_dict(s.to_dict()), pickle.loads(pickle.dumps(s))):
        assert again == s and hash(again) == hash(s)
        assert (again.name, again.colors, again.empty) == (s.name, s.colors, s.empty)
        assert [type(v) for v in again.coefficients] == [type(v) for v in s.coefficients]


@examples(10)
@given(st.data())
def test_equal_series_have_equal_hashes_and_different_ones_differ(data):
    colors = data.draw(st.integers(1, 3))
    a = data.draw(series(3, colors))
    b = BSeries.from_json(a.to_json())
    assert a == b and hash(a) == hash(b) and len({a, b}) == 1
    place = data.draw(st.integers(0, len(a) - 1))
    values = list(a.coefficients)
    values[place] += 1
    others = [BSeries(3, values, 1, colors), BSeries(3, a.coefficients, 0, colors), a.truncate(2), -a, dict(a)]
    assert all(a != other for other in others)


def test_series_of_different_colours_are_different():
    assert exact_series(1) != exact_series(1, 2)
    assert BSeries(1, [1, 1], 1, 2) != BSeries(2, [1, 1])
    assert len({exact_series(2, c) for c in (1, 2, 3)}) == 3


def changed(**entries):
    return BSeries.from_dict(FIELD2.to_dict() | entries)


@rows("colors", [-1, 0, 101, 10**9, "2", None, 2.5, [2], {}])
def test_data_with_impossible_colours_are_refused(colors):
    with pytest.raises(SeriesError, match="number of colours must be an integer from 1 to 100"):
        changed(colors=colors)


@pytest.mark.parametrize("colors", [1, 3])
def test_data_with_the_wrong_number_of_colours_are_refused(colors):
    with pytest.raises(SeriesError, match=r"lack the tree|none of order"):
        changed(colors=colors)


@rows("tree", ["[]", "[1[]]", "[[1],[1]]", "[1[1[1]]]"])
def test_data_that_lack_a_tree_name_it(tree):
    coefficients = dict(FIELD2.to_dict()["coefficients"])
    del coefficients[tree]
    with pytest.raises(SeriesError, match="lack the tree") as caught:
        changed(coefficients=coefficients)
    assert tree in str(caught.value)


@rows("tree", ["[2]", "[[[[]]]]", "[[[[1]]]]", "[99]"])
def test_data_with_a_tree_too_many_are_refused(tree):
    with pytest.raises(SeriesError):
        changed(coefficients=FIELD2.to_dict()["coefficients"] | {tree: "1"})


@rows("tree", ["", "[", "[100]", "[-1]", "x", "[] []"])
def test_data_with_text_that_is_no_tree_are_refused(tree):
    with pytest.raises(TreeError):
        changed(coefficients=FIELD2.to_dict()["coefficients"] | {tree: "1"})


@rows("value", ["1/0", "x", "nan", "os.system", "9**9**9", None, True, [1, 2, 3], {}, float("inf"), float("nan")])
def test_data_with_values_that_are_no_numbers_are_refused(value):
    with pytest.raises(ImdeError):
        changed(coefficients=FIELD2.to_dict()["coefficients"] | {"[1]": value})
    with pytest.raises(ImdeError):
        changed(empty=value)


@rows("key", ["order", "colors", "symbols", "empty", "coefficients"])
def test_data_without_an_entry_name_it(key):
    data = FIELD2.to_dict()
    del data[key]
    with pytest.raises(SeriesError, match=key):
        BSeries.from_dict(data)


def test_symbols_must_be_declared():
    data = generic_series(2, colors=2).to_dict()
    assert len(data["symbols"]) == 6
    with pytest.raises(ImdeError, match=r"unknown symbol 'a_0_1'.*a_0_0"):
        BSeries.from_dict(data | {"symbols": [s for s in data["symbols"] if s != "a_0_1"]})


@pytest.mark.parametrize("count", [0, 5, 7])
def test_a_coloured_series_needs_a_coefficient_for_every_coloured_tree(count):
    with pytest.raises(SeriesError, match=f"{count} coefficients; a series of order 2 has 6 trees"):
        BSeries(2, [1] * count, 1, 2)


def test_what_a_rule_returns_is_checked():
    for value in (None, "x", True, float("nan"), [1]):
        with pytest.raises(ImdeError):
            BSeries.from_rule(lambda t, v=value: v, 2, colors=2)
    seen = []
    BSeries.from_rule(lambda t: seen.append(t) or 0, 3, colors=2)
    assert seen == list(exact_series(3, 2))


def test_text_forms_of_coloured_series_name_their_trees():
    text = repr(MAP2)
    assert "[1]: 1" in text and "order 3" in text and "map" in text
    assert len(str(MAP2).splitlines()) == 1 + len(MAP2) == 21
    assert MAP2.latex().startswith("y + ") and MAP2.latex().count("{") == MAP2.latex().count("}")
