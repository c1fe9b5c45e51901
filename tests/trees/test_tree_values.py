"""RootedTree: text, equality, immutability and errors."""

import copy
import pickle
from fractions import Fraction
from itertools import islice
from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imde_sym.base.errors import ImdeError, SeriesError, TreeError
from imde_sym.trees import RootedTree, rooted_trees, tree_table
from imde_sym.trees.enumeration import trees_in_turn
from tests.rows import rows
from tests.strategies import examples, nested, trees

QUICK = examples(60)


@QUICK
@given(trees(colors=3))
def test_brackets_read_back_to_the_same_tree(t):
    assert RootedTree(t.brackets) == t
    assert eval(repr(t), {"RootedTree": RootedTree}) == t
    assert str(t) == t.brackets


@QUICK
@given(trees(colors=3))
def test_level_sequences_read_back_to_the_same_tree(t):
    assert RootedTree.from_level_sequence(t.level_sequence, t.color_sequence) == t
    assert len(t.level_sequence) == t.order
    assert max(t.level_sequence) == t.height


@QUICK
@given(trees())
def test_nested_tuples_in_any_order_give_the_same_tree(t):
    assert RootedTree(nested(t)) == t
    assert hash(RootedTree(nested(t))) == hash(t)


@QUICK
@given(trees(colors=2))
def test_numbers_read_back_to_the_same_tree(t):
    assert RootedTree.from_number(t.number(2), 2) == t


@QUICK
@given(trees(colors=2))
def test_pickle_and_copy_keep_the_value(t):
    assert pickle.loads(pickle.dumps(t)) == t
    assert copy.copy(t) is t
    assert copy.deepcopy([t])[0] is t
    assert RootedTree(t) is t


@QUICK
@given(trees(), trees())
def test_trees_are_totally_ordered_first_by_order(s, t):
    assert (s < t) + (s == t) + (s > t) == 1
    if s.order < t.order:
        assert s < t
    assert (s == t) == (s.brackets == t.brackets)


@QUICK
@given(trees(colors=2))
def test_functionals_follow_their_recursions(t):
    assert t.order == 1 + sum(c.order for c in t.children)
    density, symmetry = t.order, 1
    for c in t.children:
        density *= c.density
    for c in set(t.children):
        n = t.children.count(c)
        symmetry *= factorial(n) * c.symmetry**n
    assert (t.density, t.symmetry) == (density, symmetry)
    assert t.alpha == Fraction(factorial(t.order), t.symmetry * t.density)
    assert list(t.children) == sorted(t.children)


def test_a_tree_cannot_be_changed():
    t = RootedTree("[[],[[]]]")
    for name, value in [("color", 1), ("children", ()), ("order", 7), ("anything", 0)]:
        with pytest.raises(AttributeError, match="cannot be changed"):
            setattr(t, name, value)
    assert t.order == 4


def test_a_tree_differs_from_its_text():
    assert RootedTree("[]") != "[]"
    with pytest.raises(TypeError):
        RootedTree("[]") < "[[]]"  # noqa: B015


@pytest.mark.parametrize("text", ["τ", "[]", " [ ] "])
def test_the_one_node_tree_has_several_spellings(text):
    assert RootedTree(text) == RootedTree(()) == RootedTree()


@rows(
    "text, why",
    [
        ("", "empty"),
        ("   ", "is not a tree"),
        ("[[]", "not closed"),
        ("[]]", "something follows"),
        ("[],[]", "something follows"),
        ("][", "closes nothing"),
        ("[,]", "comma"),
        ("[[],]", "after a comma"),
        ("[x]", "column 2"),
        ("[100]", "column 4"),
        ("[-1]", "column 2"),
        ("[()]", "column 2"),
        ("__import__('os')", "column 1"),
        ("[" * 10**5, "nested more than"),
    ],
)
def test_malformed_brackets_are_refused_with_the_reason(text, why):
    with pytest.raises(TreeError, match="is not a tree in brackets") as caught:
        RootedTree(text)
    assert why in str(caught.value)
    assert len(str(caught.value)) < 300


@rows("thing", [3, None, {1}, 2.5, [1], (("[]",),), [[None]]])
def test_other_objects_are_refused(thing):
    with pytest.raises(TreeError, match="accepted"):
        RootedTree(thing)


@pytest.mark.parametrize("color", [-1, 100])
def test_colours_out_of_range_are_refused(color):
    with pytest.raises(TreeError, match="colour"):
        RootedTree((), color)


@rows("levels", [[], [0, 0], [0, 2], [0, 1, 3], [0, 1, 0], [0, -1]])
def test_sequences_that_are_no_level_sequence_are_refused(levels):
    with pytest.raises(TreeError, match="level sequence"):
        RootedTree.from_level_sequence(levels)


def test_a_level_sequence_needs_as_many_colours_as_levels():
    with pytest.raises(TreeError, match="one colour for each"):
        RootedTree.from_level_sequence([0, 1], [0])


@pytest.mark.parametrize("levels", [["a"], 3, [None]])
def test_a_level_sequence_of_other_things_is_refused_as_a_tree_error(levels):
    with pytest.raises(ImdeError):
        RootedTree.from_level_sequence(levels)


def test_the_root_of_a_level_sequence_may_be_any_number():
    assert RootedTree.from_level_sequence([5, 6, 6, 7]) == RootedTree("[[],[[]]]")


@pytest.mark.parametrize("depth", [100, 118])
def test_a_tall_tree_within_the_limit_is_read(depth):
    t = RootedTree("[" * depth + "]" * depth)
    assert t.order == depth
    assert t.height == depth - 1
    assert hash(t) == hash(RootedTree("[" * depth + "]" * depth))


@pytest.mark.parametrize("depth", [400, 600, 5000])
@pytest.mark.parametrize("source", ["brackets", "levels", "tuples"])
def test_a_tall_tree_is_read_or_refused_but_never_exhausts_the_stack(depth, source):
    def build():
        if source == "brackets":
            return RootedTree("[" * depth + "]" * depth)
        if source == "levels":
            return RootedTree.from_level_sequence(range(depth))
        node: tuple = ()
        for _ in range(depth - 1):
            node = (node,)
        return RootedTree(node)

    try:
        order = build().order
    except TreeError as error:
        assert len(str(error)) < 500
    else:
        assert order == depth


@rows("order", [0, -1, 10**6, True, "3", 2.0, None])
def test_an_order_that_is_none_is_refused(order):
    with pytest.raises(SeriesError, match="must be an integer from 1 to"):
        list(rooted_trees(order))


@rows("colors", [0, -2, "2", None, 1.5])
def test_a_number_of_colours_that_is_none_is_refused(colors):
    with pytest.raises(ImdeError):
        list(rooted_trees(3, colors))


def test_tables_that_would_not_fit_in_memory_are_refused_at_once():
    with pytest.raises(TreeError, match=r"order 20 with 3 colour\(s\) would take [\d.]+ GiB"):
        tree_table(3).grow(20)


def test_trees_beyond_the_table_come_in_turn_and_ascend():
    first = list(islice(rooted_trees(60, 2), 300))
    assert all(t.order == 60 for t in first)
    assert first == sorted(set(first))
    assert first[0].children == tuple([RootedTree("[]")] * 59)


@pytest.mark.parametrize(("order", "colors"), [(1, 3), (5, 2), (8, 1)])
def test_trees_in_turn_are_those_of_the_table(order, colors):
    assert list(trees_in_turn(order, colors)) == list(rooted_trees(order, colors))


@pytest.mark.parametrize("colors", [1, 3])
def test_butchers_brackets_are_read_back_as_text_and_as_latex(colors):
    for order in range(1, 6 if colors > 1 else 9):
        for t in islice(rooted_trees(order, colors), 400):
            assert RootedTree(t.butcher()) == t == RootedTree(t.latex())


@rows("text", ["[τ", "τ]", "ττ", "[τ!]", "[τ^]", "[]τ", "[τ^99999]", "τ²"])
def test_text_that_is_not_one_tree_in_butchers_brackets_is_refused(text):
    with pytest.raises(TreeError, match="is not a tree in brackets"):
        RootedTree(text)


def test_a_tree_is_formatted_in_every_style():
    t = RootedTree("[[],[[]]]")
    assert f"{t:butcher} {t:levels} {t:brackets} {t:latex}" == r"[τ[τ]] [0, 1, 2, 1] [[],[[]]] [\tau,[\tau]]"
    assert f"{t:>12}" == "   [[],[[]]]"
    assert f"{t:upright}".count("●") == f"{t:ascii}".count("●") == 4


@pytest.mark.parametrize("number", [-1, 10**9])
def test_a_number_without_a_tree_is_refused(number):
    with pytest.raises(ImdeError):
        RootedTree.from_number(number)


def test_a_colour_beyond_the_table_is_refused():
    with pytest.raises(TreeError, match="has colour 1"):
        RootedTree("[[1]]").number(1)


@given(st.text(alphabet="[],0 1τ*", max_size=12))
@examples(150)
def test_any_text_is_a_tree_or_a_tree_error(text):
    try:
        t = RootedTree(text)
    except TreeError:
        return
    assert RootedTree(t.brackets) == t


def test_drawings_name_every_node():
    t = RootedTree("[[],[1[]]]")
    assert t.ascii().count("\n") == 3
    assert "○" in t.ascii()
    assert RootedTree("[[],[]]").latex() == r"[\tau^{2}]"
