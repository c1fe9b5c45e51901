"""Agreement with kauri 2.3 (PyPI), tree by tree, where it is installed.

Conventions found there: its series coefficients are a(t), without 1/σ(t), as here; its tree factorial is our density γ,
while its "density" is γ/|t|!; the coproduct of composition has the pruned forest on the left, as here; for substitution
the one-node tree is the unit of the antipode, as in our reduced algebra, but not of its product of maps. So its modified
equation holds for any method, its inverse modified equation ("preprocessed integrator") for those with Σ b = 1
only. Its own exact solution has floats: here it is given Fractions.
"""

from fractions import Fraction
from math import factorial

import pytest
from hypothesis import given

import imde_sym as imde
from imde_sym.trees import (
    Forest,
    LinearCombination,
    RootedTree,
    antipode,
    coproduct,
    count_rooted_trees,
    grossman_larson,
    rooted_trees,
    substitution_antipode,
    substitution_coproduct,
)
from tests.strategies import examples, nested, tableaux

kauri = pytest.importorskip("kauri")

ORDERS = range(1, 7)
QUICK = examples(4)
EXACT = kauri.Map(lambda t: Fraction(1, t.factorial()))


def theirs(tree):
    def listed(node):
        return [listed(child) for child in node]

    return kauri.Tree(listed(nested(tree)))


def ours(tree):
    """The forest of one of their trees; their empty tree is the unit."""

    def unlabelled(node):
        return tuple(unlabelled(child) for child in node[:-1])  # the label comes last

    return Forest() if tree.list_repr is None else Forest(RootedTree(unlabelled(tree.list_repr)))


def product(forest, one_node_is_unit):
    trees = [t for factor in forest for t in ours(factor)]
    return Forest(t for t in trees if not (one_node_is_unit and t.order == 1))


def combination(terms, one_node_is_unit=False):
    """One of their sums: tuples of a coefficient and one forest, or two for a tensor."""
    total = LinearCombination()
    for coefficient, *forests in terms:
        total += LinearCombination({tuple(product(f, one_node_is_unit) for f in forests): Fraction(coefficient)})
    return total


def consistent(method):
    """The tableau with its weights scaled to Σ b = 1."""
    total = sum(method.b)
    return imde.ButcherTableau(method.A, [b / total for b in method.b])


def weights(method):
    return kauri.RK([list(row) for row in method.A], list(method.b)).elementary_weights_map()


@pytest.mark.parametrize("n", range(1, 9))
def test_trees_and_their_functionals_agree(n):
    trees = list(rooted_trees(n))
    assert {ours(t).trees[0] for t in kauri.trees_of_order(n)} == set(trees)
    assert len(trees) == len(list(kauri.trees_of_order(n))) == count_rooted_trees(n)
    for t in trees:
        k = theirs(t)
        assert (k.nodes(), k.sigma(), k.factorial()) == (t.order, t.symmetry, t.density)
        assert (k.alpha(), k.beta(), k.height()) == (t.alpha, t.beta, t.height + 1)
        assert k.density() == pytest.approx(t.density / factorial(n))


@pytest.mark.parametrize("n", ORDERS)
def test_coproduct_and_antipode_of_composition_agree(n):
    for t in rooted_trees(n):
        assert combination(kauri.bck.coproduct(theirs(t))) == coproduct(t)
        assert combination(kauri.bck.antipode(theirs(t))) == antipode(t)


@pytest.mark.parametrize("n", ORDERS)
def test_coproduct_and_antipode_of_substitution_agree_with_the_one_node_tree_as_unit(n):
    for t in rooted_trees(n):
        assert combination(kauri.cem.coproduct(theirs(t)), one_node_is_unit=True) == substitution_coproduct(t, reduced=True)
        assert combination(kauri.cem.antipode(theirs(t)), one_node_is_unit=True) == substitution_antipode(t)


@pytest.mark.parametrize("n", range(1, 5))
def test_the_grossman_larson_product_agrees_with_the_factors_exchanged(n):
    # kauri grafts the branches of the second factor to the nodes of the first
    for u in rooted_trees(n):
        for v in rooted_trees(4):
            assert combination(kauri.gl.product(theirs(v), theirs(u))) == grossman_larson(u, v)


@QUICK
@given(tableaux())
def test_elementary_weights_of_any_tableau_agree(m):
    a, phi = imde.method_series(m, 7), weights(m)
    for t in a:
        assert phi(theirs(t)) == a[t]


@pytest.mark.parametrize("order", [6, pytest.param(7, marks=pytest.mark.slow)])
@QUICK
@given(m=tableaux())
def test_modified_equations_of_any_tableau_agree(order, m):
    b, phi = imde.modified_series(m, order), weights(m) ^ (EXACT & kauri.cem.antipode)
    for t in b:
        assert phi(theirs(t)) == b[t]


@pytest.mark.parametrize("order", [6, pytest.param(7, marks=pytest.mark.slow)])
@QUICK
@given(m=tableaux())
def test_inverse_modified_equations_of_consistent_tableaux_agree(order, m):
    m = consistent(m)
    c, phi = imde.inverse_modified_series(m, order), EXACT ^ (weights(m) & kauri.cem.antipode)
    for t in c:
        assert phi(theirs(t)) == c[t]


@pytest.mark.parametrize("name", ["rk4", "implicit_midpoint", "heun2"])
def test_their_own_functions_agree_to_rounding(name):
    m = imde.methods[name]
    phi = weights(m)
    b, c = phi.modified_equation(), phi.preprocessed_integrator()
    ours_b, ours_c = imde.modified_series(m, 5), imde.inverse_modified_series(m, 5)
    for t in ours_b:
        assert float(b(theirs(t))) == pytest.approx(float(ours_b[t]), abs=1e-12)
        assert float(c(theirs(t))) == pytest.approx(float(ours_c[t]), abs=1e-12)


@QUICK
@given(tableaux(), tableaux())
def test_composition_and_inverse_of_any_tableaux_agree(m1, m2):
    a, b = imde.method_series(m1, 6), imde.method_series(m2, 6)
    both, back = imde.compose(a, b), imde.inverse(a)
    theirs_both, theirs_back = weights(m1) * weights(m2), weights(m1) ** -1
    for t in both:
        assert theirs_both(theirs(t)) == both[t]
        assert theirs_back(theirs(t)) == back[t]
