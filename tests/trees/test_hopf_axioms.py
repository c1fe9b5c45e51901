"""The Hopf algebras of composition and substitution obey their axioms, for trees of two colours."""

from math import comb

import pytest
from hypothesis import given

from imde_sym.base.errors import TreeError
from imde_sym.trees import (
    Forest,
    LinearCombination,
    RootedTree,
    antipode,
    coproduct,
    counit,
    graft,
    grossman_larson,
    grossman_larson_coproduct,
    rooted_trees,
    substitution_antipode,
    substitution_coproduct,
    substitution_counit,
    tensor,
)
from tests.rows import rows
from tests.strategies import examples, forests, trees

QUICK = examples(25)
TAU = RootedTree()


def reduced_coproduct(x):
    return substitution_coproduct(x, reduced=True)


BIALGEBRAS = [(coproduct, counit), (substitution_coproduct, substitution_counit), (reduced_coproduct, substitution_counit)]
HOPF = [(coproduct, counit, antipode), (reduced_coproduct, substitution_counit, substitution_antipode)]


def without_nodes(f):
    """The representative of a forest where one-node trees are the unit."""
    return Forest(t for t in f if t.order > 1)


def times_one(value):
    return value * LinearCombination(Forest())


@pytest.mark.parametrize("delta, epsilon", BIALGEBRAS)
@QUICK
@given(t=trees(max_order=6, colors=2))
def test_coproducts_are_coassociative(delta, epsilon, t):
    assert delta(t).map_factor(0, delta) == delta(t).map_factor(1, delta)


@pytest.mark.parametrize("delta, epsilon", BIALGEBRAS)
@QUICK
@given(f=forests(max_trees=2, colors=2))
def test_counits_undo_coproducts_on_both_sides(delta, epsilon, f):
    expected = LinearCombination(without_nodes(f) if delta is reduced_coproduct else f)
    for side in (0, 1):
        applied = delta(f).map_factor(side, lambda g: times_one(epsilon(g))).multiply_factors()
        assert applied == expected


@pytest.mark.parametrize("delta, epsilon", BIALGEBRAS)
@QUICK
@given(f=forests(max_trees=2, colors=2), g=forests(max_trees=2, colors=2))
def test_coproducts_and_counits_are_multiplicative(delta, epsilon, f, g):
    assert delta(f * g) == delta(f) * delta(g)
    assert epsilon(f * g) == epsilon(f) * epsilon(g)
    assert delta(Forest()) == tensor(Forest(), Forest())
    assert epsilon(Forest()) == 1


@pytest.mark.parametrize("delta, epsilon, s", HOPF)
@QUICK
@given(f=forests(max_trees=2, max_order=5, colors=2))
def test_antipodes_invert_the_identity_on_both_sides(delta, epsilon, s, f):
    for side in (0, 1):
        assert delta(f).map_factor(side, s).multiply_factors() == times_one(epsilon(f))


@pytest.mark.parametrize("delta, epsilon, s", HOPF)
@QUICK
@given(f=forests(max_trees=2, colors=2), g=forests(max_trees=2, colors=2))
def test_antipodes_are_multiplicative_and_involutive(delta, epsilon, s, f, g):
    assert s(f * g) == s(f) * s(g)
    assert s(s(f)) == LinearCombination(f if delta is coproduct else without_nodes(f))
    assert epsilon(s(f)) == epsilon(f)


@QUICK
@given(t=trees(max_order=6, colors=2))
def test_substitution_distributes_over_composition(t):
    # Calaque, Ebrahimi-Fard, Manchon (2011): composition is a comodule algebra over substitution
    split_first = coproduct(t).map_basis(
        lambda pair: tensor(*map(substitution_coproduct, pair)).map_basis(lambda k: (k[0] * k[2], k[1], k[3]))
    )
    assert substitution_coproduct(t).map_factor(1, coproduct) == split_first


@QUICK
@given(t=trees(max_order=6, colors=2))
def test_the_comodule_holds_with_the_one_node_tree_as_unit_on_the_left_only(t):
    def psi(x):
        return substitution_coproduct(x).map_factor(0, without_nodes)

    split_first = coproduct(t).map_basis(lambda pair: tensor(*map(psi, pair)).map_basis(lambda k: (k[0] * k[2], k[1], k[3])))
    assert psi(t).map_factor(1, coproduct) == split_first


@pytest.mark.slow
@QUICK
@given(f=forests(max_trees=3, max_order=3, colors=2), g=forests(max_trees=2, max_order=3, colors=2))
def test_grossman_larson_is_dual_to_the_coproduct(f, g):
    product = grossman_larson(f.join(), g.join())
    grown = {Forest(t.children) for (t,) in product}
    for w in grown | {f * g}:
        assert product[w.join()] * w.symmetry == coproduct(w)[f, g] * f.symmetry * g.symmetry


@rows("n", range(1, 6))
def test_every_term_of_a_coproduct_is_found_in_the_dual_product(n):
    for t in rooted_trees(n):
        w = Forest(t)
        for (f, g), value in coproduct(t).items():
            found = grossman_larson(f.join(), g.join())[w.join()]
            assert found * w.symmetry == value * f.symmetry * g.symmetry


@QUICK
@given(u=trees(max_order=4, colors=2), v=trees(max_order=3, colors=2), w=trees(max_order=4, colors=2))
def test_grossman_larson_is_associative_with_the_one_node_tree_as_left_unit(u, v, w):
    assert grossman_larson(grossman_larson(u, v), w) == grossman_larson(u, grossman_larson(v, w))
    assert grossman_larson(TAU, u) == LinearCombination(u)
    assert grossman_larson(u, RootedTree((), u.color)) == LinearCombination(u)


@QUICK
@given(u=trees(max_order=5, colors=2), v=trees(max_order=5, colors=2))
def test_grossman_larson_has_as_many_terms_as_graftings(u, v):
    assert sum(grossman_larson(u, v).values()) == v.order ** len(u.children)
    assert dict(grossman_larson(RootedTree([u]), v)) == {Forest(t): n for t, n in graft(v, u).items()}


@QUICK
@given(u=trees(max_order=4, colors=2), v=trees(max_order=4, colors=2))
def test_the_grossman_larson_coproduct_is_a_morphism_of_the_product(u, v):
    split = tensor(grossman_larson_coproduct(u), grossman_larson_coproduct(v)).map_basis(
        lambda k: tensor(grossman_larson(k[0], k[2]), grossman_larson(k[1], k[3]))
    )
    assert grossman_larson_coproduct(grossman_larson(u, v)) == split


@QUICK
@given(f=forests(colors=2), g=forests(colors=2))
def test_the_grossman_larson_coproduct_is_dual_to_the_product_of_forests(f, g):
    w = f * g
    value = grossman_larson_coproduct(w.join(color=1))[f.join(color=1), g.join(color=1)]
    assert value * f.symmetry * g.symmetry == w.symmetry


def test_grossman_larson_takes_single_trees_only():
    for wrong in ("[] []", Forest(), LinearCombination({"[]": 1, "[] []": 1})):
        with pytest.raises(TreeError, match="single tree"):
            grossman_larson("[]", wrong)
        with pytest.raises(TreeError, match="single tree"):
            grossman_larson_coproduct(wrong)


@rows("k", range(1, 8))
def test_bushes_and_tall_trees_have_known_coproducts_and_antipodes(k):
    # bush B₊(τ^k): Σ binom(k, j) τ^j ⊗ B₊(τ^(k-j)); ladders: Σ l_i ⊗ l_j (Connes, Kreimer 1998)
    bush = RootedTree([TAU] * k)
    expected = {(Forest([TAU] * j), RootedTree([TAU] * (k - j))): comb(k, j) for j in range(k + 1)}
    assert coproduct(bush) == LinearCombination({(bush, ""): 1, **expected})
    ladders = [Forest()]
    for _ in range(k):
        ladders.append(Forest(ladders[-1].join()))
    assert coproduct(ladders[k]) == LinearCombination({(ladders[j], ladders[k - j]): 1 for j in range(k + 1)})
    assert sum(antipode(ladders[k]).values()) == (0 if k > 1 else -1)
    assert antipode(bush)[Forest([TAU] * (k + 1))] == (-1) ** (k + 1)


@rows(
    "tree, terms",
    [
        ("[]", {"": 1}),
        ("[[]]", {"[[]]": -1}),
        ("[[],[]]", {"[[],[]]": -1, "[[]] [[]]": 2}),
        ("[[[]]]", {"[[[]]]": -1, "[[]] [[]]": 2}),
    ],
)
def test_small_trees_have_the_substitution_antipodes_of_the_definition(tree, terms):
    # by hand: Δ[τ,τ] = 1 ⊗ [τ,τ] + 2 [τ] ⊗ [τ] + [τ,τ] ⊗ 1, and the same for [[τ]]
    assert substitution_antipode(tree) == LinearCombination(terms)


@QUICK
@given(t=trees(max_order=7))
def test_the_density_is_a_character_of_the_coproduct_sums(t):
    # exact flows: Σ 1/γ(pruned) 1/γ(remaining) = 2^|t|/γ(t), and the antipode reverses time
    def exact(s):
        return LinearCombination({s: f"1/{s.density}"})[s]

    assert coproduct(t).evaluate(exact, exact) * t.density == 2**t.order
    assert antipode(t).evaluate(exact) * t.density == (-1) ** t.order


def test_tensors_are_refused_where_forests_are_expected():
    for function in (coproduct, antipode, counit, substitution_coproduct, substitution_antipode, substitution_counit):
        with pytest.raises(TreeError, match="2 factors"):
            function(tensor("[]", "[]"))
        with pytest.raises(TreeError):
            function("[")


def test_functions_are_linear_and_read_brackets():
    x = LinearCombination({"[[]]": 2, "[] []": -1})
    for function in (coproduct, antipode, substitution_coproduct, substitution_antipode):
        assert function(x) == 2 * function("[[]]") - function("[] []")
    assert counit(LinearCombination({"": 3, "[]": 1})) == 3
    assert substitution_counit(LinearCombination({"": 3, "[] []": 1, "[[]]": 5})) == 4
