"""Splittings and partitions, against enumeration of sets of edges and nodes straight from the definition."""

from collections import Counter
from itertools import combinations, product
from math import prod

import pytest
from hypothesis import given

from imde_sym.base.errors import TreeError
from imde_sym.trees import (
    Forest,
    RootedTree,
    partition_forest,
    partition_skeleton,
    rooted_trees,
    splittings,
    subtrees,
    tree_partitions,
)
from tests.rows import rows
from tests.strategies import examples, trees

QUICK = examples(40)


def nodes(tree):
    """Colours and parents of the nodes in depth-first order; the root has no parent."""
    levels, colors = tree.level_sequence, tree.color_sequence
    parents = [max((j for j in range(i) if levels[j] == levels[i] - 1), default=None) for i in range(len(levels))]
    return colors, parents


def rooted_at(root, colors, parents, kept):
    """The tree above a node along the edges (named by their upper node) in `kept`."""
    above = [i for i, p in enumerate(parents) if p == root and i in kept]
    return RootedTree([rooted_at(i, colors, parents, kept) for i in above], colors[root])


def by_sets_of_edges(tree):
    colors, parents = nodes(tree)
    edges = range(1, tree.order)
    for size in range(tree.order):
        for cut in combinations(edges, size):
            kept = set(edges) - set(cut)
            roots = [0, *cut]
            pieces = [rooted_at(r, colors, parents, kept) for r in roots]

            def root_of(i, kept=kept):
                return root_of(parents[i]) if i in kept else i

            shrunk = {r: root_of(parents[r]) for r in cut}

            def skeleton(r, shrunk=shrunk):
                return RootedTree([skeleton(s) for s, parent in shrunk.items() if parent == r], colors[r])

            yield Forest(pieces), skeleton(0)


def by_sets_of_nodes(tree):
    colors, parents = nodes(tree)
    everything = set(range(tree.order))
    yield Forest(tree), None
    for size in range(1, tree.order + 1):
        for chosen in map(set, combinations(range(tree.order), size)):
            if 0 in chosen and all(parents[i] in chosen for i in chosen - {0}):
                cut = [i for i in everything - chosen if parents[i] in chosen]
                pruned = [rooted_at(i, colors, parents, everything) for i in cut]
                yield Forest(pruned), rooted_at(0, colors, parents, chosen)


@QUICK
@given(trees(max_order=7, colors=2))
def test_partitions_are_all_sets_of_cut_edges(t):
    found = list(tree_partitions(t))
    assert len(found) == 2 ** (t.order - 1)
    assert Counter(found) == Counter(by_sets_of_edges(t))


@QUICK
@given(trees(max_order=7, colors=2))
def test_splittings_are_all_sets_of_nodes_closed_towards_the_root(t):
    assert Counter(splittings(t)) == Counter(by_sets_of_nodes(t))


@QUICK
@given(trees(max_order=8, colors=2))
def test_splittings_and_partitions_keep_every_node(t):
    for pruned, kept in splittings(t):
        assert pruned.order + (kept.order if kept else 0) == t.order
    for pieces, skeleton in tree_partitions(t):
        assert pieces.order == t.order
        assert len(pieces) == skeleton.order
        assert Counter(p.color for p in pieces) == Counter(skeleton.color_sequence)


@QUICK
@given(trees(max_order=8))
def test_the_number_of_splittings_is_the_product_over_the_branches_and_one(t):
    assert len(list(splittings(t))) == 1 + prod(len(list(splittings(c))) for c in t.children)


def test_the_tree_of_chartier_hairer_vilmart_has_13_splittings():
    # FoCM 10 (2010), composition: the empty subtree (full cut) and each of the 12 ordered subtrees are counted
    t = RootedTree.from_level_sequence([1, 2, 3, 2, 2])
    found = list(splittings(t))
    assert len(found) == 13
    assert len(list(subtrees(t))) == 12
    assert len(set(found)) == 10  # two equal leaves
    assert len(list(tree_partitions(t))) == 16


def test_a_tree_of_twelve_nodes_has_as_many_splittings_as_other_packages_count():
    # 271 in the tests of RootedTrees.jl, there from a Python package; 1 + 6·5·3·3
    assert len(list(splittings(RootedTree.from_level_sequence([1, 2, 3, 4, 4, 2, 3, 3, 2, 3, 2, 3])))) == 271


@rows("n", range(1, 8))
def test_the_first_splitting_cuts_all_and_the_last_nothing(n):
    for t in rooted_trees(n):
        found = list(splittings(t))
        assert found[0] == (Forest(t), None)
        assert found[-1] == (Forest(), t)
        assert list(subtrees(t)) == [kept for _, kept in found[1:]]


def test_a_node_of_the_skeleton_has_the_colour_of_the_root_of_its_piece():
    t = RootedTree("[1[2[1]]]")
    assert (Forest("[1[2]] [1]"), RootedTree("[1[1]]")) in set(tree_partitions(t))
    assert (Forest("[1] [2[1]]"), RootedTree("[1[2]]")) in set(tree_partitions(t))


@rows("t", [*rooted_trees(5), *rooted_trees(3, 2)])
def test_sets_of_edges_give_the_partitions(t):
    sets = product([False, True], repeat=t.order - 1)
    found = Counter((partition_forest(t, kept), partition_skeleton(t, kept)) for kept in sets)
    assert found == Counter(tree_partitions(t))


def test_edges_are_counted_in_the_order_of_the_level_sequence():
    t = RootedTree("[[],[[]]]")  # levels 0 1 2 1: the edges below nodes 1 and 2 belong to the longer branch
    assert partition_forest(t, [False, True, True]) == Forest("[[]] [[]]")
    assert partition_forest(t, [True, True, False]) == Forest("[] [[[]]]")
    with pytest.raises(TreeError, match=r"2 truth values for the 3 edges of \[\[\],\[\[\]\]\]"):
        partition_skeleton(t, [True, False])
