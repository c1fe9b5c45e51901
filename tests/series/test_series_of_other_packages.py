"""Values of BSeries.jl, RootedTrees.jl and kauri in and out."""

from fractions import Fraction

import pytest
from hypothesis import given

import imde_sym as imde
from imde_sym.base.errors import SeriesError, TreeError
from tests.rows import rows
from tests.strategies import examples, tableaux

PRINTED = """
TruncatedBSeries{RootedTree{Int64, Vector{Int64}}, Rational{Int64}} with 5 entries:
  RootedTree{Int64}: Int64[]   => 1//1
  RootedTree{Int64}: [1]       => 1//1
  RootedTree{Int64}: [1, 2]    => 1//2
  RootedTree{Int64}: [1, 2, 3] => 0//1
  RootedTree{Int64}: [1, 2, 2] => 1//4
"""
"""The explicit midpoint rule, as BSeries.jl prints it."""


def test_what_bseries_jl_prints_is_read():
    assert imde.BSeries.from_julia(PRINTED) == imde.method_series("explicit_midpoint", 3)


@given(tableaux())
@examples(5)
def test_what_is_written_for_julia_is_read_back(m):
    a = imde.method_series(m, 4)
    assert imde.BSeries.from_julia(a.to_julia()) == a


def test_series_of_two_colours_go_to_julia_and_back():
    a = imde.method_series("strang", 3)
    assert imde.BSeries.from_julia(a.to_julia()) == a


@rows(
    "given, words",
    [
        (PRINTED.replace("RootedTree{Int64}: [1, 2]    => 1//2\n", ""), "lacks the tree rootedtree\\(\\[1, 2\\]\\)"),
        (PRINTED + "  RootedTree{Int64}: [1] => 2//1", "twice"),
        ("⋮", "whole"),
        ("nothing", "no pairs"),
        (3, "text"),
        ({(): 1}, "no pairs"),
    ],
)
def test_series_that_are_not_whole_are_refused(given, words):
    with pytest.raises(SeriesError, match=words):
        imde.BSeries.from_julia(given)


@rows("brackets", ["[]", "[[],[[]]]", "[1[],[]]", "[[1],[[]]]"])
def test_trees_go_to_julia_and_back(brackets):
    t = imde.RootedTree(brackets)
    assert imde.RootedTree(f"{t:julia}") == t


def test_trees_of_rootedtrees_jl_are_read_as_they_are_printed():
    assert imde.RootedTree("RootedTree{Int64}: [1, 2, 3, 2]") == imde.RootedTree("[[],[[]]]")
    assert imde.RootedTree("BicoloredRootedTree{Int64}: ([1, 2, 2], Bool[1, 0, 1])") == imde.RootedTree("[1[],[1]]")
    with pytest.raises(TreeError):
        imde.RootedTree("RootedTree{Int64}: [1, 3]")
    with pytest.raises(TreeError):
        imde.RootedTree("RootedTree{Int64}: Int64[]")


def test_kauri_trees_and_maps_go_in_and_out():
    kauri = pytest.importorskip("kauri")
    assert imde.RootedTree(kauri.Tree([[[]], []])) == imde.RootedTree("[[],[[]]]")
    assert imde.RootedTree(kauri.Tree([[[1], 2], [0], 3])) == imde.RootedTree("[3[],[2[1]]]")
    t = imde.RootedTree("[3[],[2[1]]]")
    assert imde.RootedTree(t.to_kauri()) == t
    with pytest.raises(TreeError, match="empty tree"):
        imde.RootedTree(kauri.Tree(None))
    a = imde.method_series("rk4", 5)
    assert imde.BSeries.from_kauri(a.to_kauri(), 5) == a
    assert imde.BSeries.from_kauri(kauri.Map(lambda t: Fraction(1, t.factorial())), 5) == imde.exact_series(5)
    theirs = imde.BSeries.from_kauri(kauri.rk4, 5)
    assert max(abs(float(theirs[t] - float(v))) for t, v in a.items()) < 1e-15
    with pytest.raises(SeriesError, match="Map of kauri"):
        imde.BSeries.from_kauri(3, 5)


@pytest.mark.parametrize(("ours", "parameter"), [("ees25", 0.1), ("ees27", 0.1), ("ees27", -0.37)])
def test_ees_schemes_are_those_of_kauri(ours, parameter):
    kauri = pytest.importorskip("kauri")
    m, theirs = getattr(imde.methods, ours)(str(parameter)), getattr(kauri, ours.upper())(parameter)
    assert max(abs(float(x) - y) for p, q in zip(m.A, theirs.a, strict=True) for x, y in zip(p, q, strict=True)) < 1e-13


@pytest.mark.slow
def test_ees27_is_symmetric_up_to_order_seven_and_no_further():
    a = imde.method_series(imde.methods.ees27("1/10"), 8)
    assert (imde.series.order_of_accuracy(a), imde.series.symmetric_order(a)) == (2, 7)
    other = imde.method_series(imde.methods.ees27("1/10", minus=True), 8)
    assert imde.series.symmetric_order(other) == 7
