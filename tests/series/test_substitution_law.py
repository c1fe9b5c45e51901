"""The substitution law against exp, against the stage recursion, and as an action."""

import pytest

import imde_sym as imde
from imde_sym.base.errors import SeriesError, TreeError
from imde_sym.trees import butcher_product, graft, rooted_trees
from tests.rows import rows

NAMES = ["explicit_euler", "heun2", "rk4", "implicit_midpoint", "radau_iia_2"]
ORDER = 7


@rows("name", NAMES)
def test_exact_flow_of_a_substituted_field_is_its_exponential(name):
    b = imde.inverse_modified_series(imde.methods[name], ORDER)
    assert imde.substitute(b, imde.exact_series(ORDER)) == imde.exp(b)


@rows("name", NAMES)
def test_a_method_applied_to_its_inverse_modified_field_is_the_exact_flow(name):
    m = imde.methods[name]
    c = imde.inverse_modified_series(m, ORDER)
    assert imde.substitute(c, imde.method_series(m, ORDER)) == imde.exact_series(ORDER)


@rows("name", NAMES)
def test_modified_and_inverse_modified_fields_are_inverse_under_substitution(name):
    m = imde.methods[name]
    b, c = imde.modified_series(m, ORDER), imde.inverse_modified_series(m, ORDER)
    identity = imde.log(imde.exact_series(ORDER))
    assert imde.substitute(b, c) == imde.substitute(c, b) == identity


def test_substitution_is_associative_and_respects_composition():
    b = imde.modified_series(imde.methods["heun2"], 6)
    c = imde.inverse_modified_series(imde.methods["implicit_euler"], 6)
    x, y = (imde.method_series(imde.methods[n], 6) for n in ("rk4", "explicit_euler"))
    assert imde.substitute(imde.substitute(b, c), x) == imde.substitute(b, imde.substitute(c, x))
    left = imde.substitute(b, imde.compose(x, y))
    assert left == imde.compose(imde.substitute(b, x), imde.substitute(b, y))


def test_substitution_does_not_assume_that_the_weights_sum_to_one():
    m = imde.ButcherTableau([[0, 0], ["1/2", 0]], ["1/3", "1/3"])
    c = imde.inverse_modified_series(m, 6)
    assert c["[]"] == imde.methods["heun2"].b[0] * 3
    assert imde.substitute(c, imde.method_series(m, 6)) == imde.exact_series(6)


def test_roots_and_floats_substitute_in_their_own_rings():
    m = imde.methods["gauss2"]
    c = imde.inverse_modified_series(m, 5)
    assert imde.substitute(c, imde.method_series(m, 5)) == imde.exact_series(5)
    f = imde.ButcherTableau([[0.0, 0.0], [0.5, 0.0]], [0.0, 1.0])
    values = imde.substitute(imde.inverse_modified_series(f, 5), imde.method_series(f, 5)).to_numpy()
    assert abs(values - imde.exact_series(5).to_numpy()).max() < 1e-14


def test_grafting_counts_the_nodes_and_contains_the_butcher_product():
    for u in rooted_trees(5):
        for w in rooted_trees(3):
            grown = graft(u, w)
            assert sum(grown.values()) == u.order and butcher_product(u, w) in grown


def test_grafting_is_pre_lie():
    def act(w, trees):
        total = {}
        for tree, n in trees.items():
            for grown, m in graft(tree, w).items():
                total[grown] = total.get(grown, 0) + n * m
        return total

    def associator(x, y, z):
        total = act(x, graft(z, y))
        for tree, n in graft(y, x).items():
            for grown, m in graft(z, tree).items():
                total[grown] = total.get(grown, 0) - n * m
        return {t: n for t, n in total.items() if n}

    x, y, z = (imde.RootedTree(s) for s in ("[[]]", "[[],[]]", "[[],[[]]]"))
    assert associator(x, y, z) == associator(y, x, z)


def test_substitution_refuses_maps_as_fields_and_high_orders():
    a = imde.exact_series(4)
    with pytest.raises(SeriesError, match="field"):
        imde.substitute(a, a)
    high = imde.inverse_modified_series(imde.methods["rk4"], 13)
    with pytest.raises(TreeError, match=r"partitions.*GiB"):
        imde.substitute(high, high)
