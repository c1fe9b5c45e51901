"""Forest: text, equality, order, products and errors."""

import copy
import pickle
from math import factorial, prod

import pytest
from hypothesis import given

from imde_sym.base.errors import ImdeError, TreeError
from imde_sym.trees import Forest, RootedTree
from tests.rows import rows
from tests.strategies import examples, forests, trees

QUICK = examples(60)


@QUICK
@given(forests(colors=3))
def test_a_forest_is_read_back_from_its_text_its_repr_and_its_pickle(f):
    assert Forest(f.brackets) == Forest(str(f)) == Forest(f) == f
    assert eval(repr(f), {"Forest": Forest}) == f
    assert pickle.loads(pickle.dumps(f)) == f
    assert copy.deepcopy(f) == f and hash(copy.deepcopy(f)) == hash(f)


@QUICK
@given(forests(colors=2))
def test_the_order_of_the_trees_does_not_matter(f):
    again = Forest(list(f)[::-1])
    assert again == f and hash(again) == hash(f)
    assert list(f) == sorted(f)
    assert len(f) == len(f.trees)


@QUICK
@given(forests(colors=2), forests(colors=2), forests(colors=2))
def test_the_product_is_commutative_and_associative_with_the_empty_forest_as_unit(f, g, h):
    assert f * g == g * f
    assert (f * g) * h == f * (g * h)
    assert f * Forest() == f
    assert (f * g).order == f.order + g.order
    assert (f * g).density == f.density * g.density


@QUICK
@given(forests(), trees(max_order=4))
def test_a_tree_is_a_factor_like_a_forest(f, t):
    assert f * t == t * f == f * Forest(t) == Forest([*f, t])


@QUICK
@given(forests(max_trees=4, max_order=3, colors=2))
def test_functionals_agree_with_those_of_the_joined_tree(f):
    joined = f.join(color=1)
    assert joined.color == 1
    assert Forest(joined.children) == f
    assert f.order == joined.order - 1
    assert f.symmetry == joined.symmetry
    assert f.density * joined.order == joined.density
    assert f.symmetry == prod(t.symmetry for t in f) * prod(factorial(list(f).count(t)) for t in set(f))


@QUICK
@given(forests(colors=2), forests(colors=2))
def test_forests_are_totally_ordered_first_by_order(f, g):
    assert (f < g) + (f == g) + (f > g) == 1
    if f.order < g.order:
        assert f < g


def test_the_empty_forest_has_no_nodes_and_one_automorphism():
    e = Forest()
    assert (e.order, len(e), e.symmetry, e.density) == (0, 0, 1, 1)
    assert e == Forest("") == Forest("∅") == Forest([]) == Forest(" ")
    assert (str(e), repr(e), e.latex()) == ("∅", "Forest()", r"\emptyset")
    assert e.join() == RootedTree()


@rows("given", ["[] [[]]", "[][[]]", "[],[[]]", " [[]]  [] ", ["[[]]", "[]"], (RootedTree("[[]]"), "τ")])
def test_a_forest_has_several_spellings(given):
    assert Forest(given) == Forest(["[]", "[[]]"])


def test_text_of_one_tree_is_the_forest_of_that_tree():
    assert Forest("[[],[1]]").trees == (RootedTree("[[],[1]]"),)
    assert Forest("τ").trees == (RootedTree(),)


def test_equal_trees_are_written_as_a_power_in_latex():
    assert Forest("[] [] [[]]").latex() == r"\tau^{2}\,[\tau]"


def test_a_forest_cannot_be_changed_and_differs_from_its_tree():
    f = Forest("[]")
    with pytest.raises(AttributeError, match="cannot be changed"):
        f.trees = ()
    assert f != RootedTree("[]") and f != "[]"
    with pytest.raises(TypeError):
        f < RootedTree("[[]]")  # noqa: B015
    with pytest.raises(ImdeError):
        f * "two"


@rows("text", ["[", "[]]", "]][[", "1[]", "[x]", "[],,[]", "x", "[]],[[]", "[" * 400 + "]" * 400])
def test_malformed_text_is_refused(text):
    with pytest.raises(TreeError) as caught:
        Forest(text)
    assert len(str(caught.value)) < 200


@rows("thing", [3, None, 2.5, [3], [None], Forest, {"[]": 1}])
def test_other_objects_are_refused_as_forests(thing):
    with pytest.raises(TreeError, match="accepted"):
        Forest(thing)
