"""What trees and series take in place of their own kind, and orders that do not fit in memory."""

import pytest

import imde_sym as imde
from imde_sym import methods, series, trees
from imde_sym.base.errors import FieldError, ImdeError, SeriesError, TreeError, UnknownNameError
from tests.rows import rows

CHERRY = "[[],[]]"


def test_functions_of_trees_read_brackets_as_well():
    t = imde.RootedTree(CHERRY)
    assert trees.butcher_product(CHERRY, "[]") == trees.butcher_product(t, imde.RootedTree("[]"))
    assert trees.graft(CHERRY, "[]") == trees.graft(t, imde.RootedTree("[]"))
    assert trees.graft_inside(CHERRY, "[]") == trees.graft_inside(t, imde.RootedTree("[]"))
    for function in (trees.splittings, trees.subtrees, trees.tree_partitions):
        assert list(function(CHERRY)) == list(function(t))
    assert trees.free_tree(CHERRY) == trees.free_tree(t) and trees.centre(CHERRY) == trees.centre(t)
    with pytest.raises(TreeError, match="'x'"):
        trees.free_tree("x")


@rows("colors", [0, 2.5, "a", True])
def test_numbers_of_colours_are_checked(colors):
    with pytest.raises(ImdeError, match="the number of colours must be an integer"):
        imde.count_rooted_trees(3, colors)


@rows(
    "question",
    [
        series.order_of_accuracy,
        series.symplectic_order,
        series.symmetric_order,
        series.energy_preserving_order,
        series.effective_order,
        lambda m: series.scale(m, 2),
        lambda m: imde.substitute(m, imde.exact_series(2)),
    ],
)
def test_a_method_in_the_place_of_its_series_is_named(question):
    with pytest.raises(SeriesError, match=r"got ButcherTableau.*; method_series gives that of a method"):
        question(methods["rk4"])


def test_evaluate_names_what_is_no_field():
    with pytest.raises(FieldError, match="3 is not a field"):
        imde.evaluate(imde.exact_series(2), 3)


@rows(
    "ask",
    [
        lambda n: imde.exact_series(n),
        lambda n: imde.method_series(methods["rk4"], n),
        lambda n: imde.inverse_modified_series(methods["rk4"], n),
        lambda n: imde.BSeries.from_rule(lambda t: 1, n),
    ],
)
def test_orders_beyond_the_tables_say_what_memory_they_would_take(ask):
    with pytest.raises(SeriesError, match=r"from 1 to 20, got 25; the tables of all trees up to it would take \d+ GiB"):
        ask(25)
    with pytest.raises(SeriesError, match=r"would take more than [0-9,]+ GiB"):
        ask(10**9)


@pytest.mark.parametrize("name, order, ring", [("gauss2", 19, r"residues of QQ<sqrt\(3\)>"), ("rk4", 20, "residues")])
def test_computations_beyond_memory_are_refused_before_any_table_is_made(name, order, ring):
    held = trees.tree_table(methods[name].colors).max_order
    with pytest.raises(
        TreeError, match=rf"over all trees of order {order} .* in the ring {ring}.* would take about \d+ GiB; at most 12"
    ):
        imde.modified_series(methods[name], order)
    assert trees.tree_table(methods[name].colors).max_order == held


def test_an_unknown_word_of_a_short_list_is_answered_with_the_list():
    with pytest.raises(UnknownNameError, match=r"accepted: .*nystrom.*splitting"):
        methods.search(family="xyz")
    with pytest.raises(UnknownNameError, match=r"unknown method 'zzzzzz' \(imde-sym methods lists all\)"):
        methods["zzzzzz"]
