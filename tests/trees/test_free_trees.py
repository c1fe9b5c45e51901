"""Free trees: the map from rooted trees, centres, numbers, superfluous trees."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given

from imde_sym.base.errors import ImdeError
from imde_sym.trees import (
    RootedTree,
    butcher_product,
    centre,
    count_free_trees,
    free_tree,
    free_trees,
    rooted_trees,
    superfluous_trees,
)
from tests.rows import rows
from tests.strategies import examples, trees

QUICK = examples(60)
FREE = [1, 1, 1, 2, 3, 6, 11, 23, 47, 106, 235, 551]  # OEIS A000055 from one node on


def moved(t):
    """The tree rooted at each neighbour of its root."""
    for i, child in enumerate(t.children):
        rest = RootedTree.with_children((*t.children[:i], *t.children[i + 1 :]), t.color)
        yield butcher_product(child, rest)


@rows("n", range(1, 11))
def test_free_trees_are_as_many_as_published(n):
    found = list(free_trees(n))
    assert len(found) == len(set(found)) == FREE[n - 1] == count_free_trees(n)
    assert all(a.centred < b.centred for a, b in pairwise(found))


def test_counting_agrees_with_the_published_numbers_and_with_two_colours():
    assert [count_free_trees(n) for n in range(1, 13)] == FREE
    for n in range(1, 7):
        assert count_free_trees(n, colors=2) == len(list(free_trees(n, colors=2)))


@rows("n", range(1, 9))
def test_every_rooted_tree_belongs_to_one_enumerated_free_tree(n):
    assert {free_tree(t)[0] for t in rooted_trees(n)} == set(free_trees(n))


@QUICK
@given(trees(colors=2))
def test_moving_the_root_keeps_the_free_tree(t):
    for s in moved(t):
        assert free_tree(s)[0] == free_tree(t)[0]
        assert centre(s) == centre(t)


@QUICK
@given(trees(colors=2))
def test_a_free_tree_has_each_of_its_rootings_as_often_as_the_orbit_of_its_root(t):
    free = free_tree(t)[0]
    rootings = free.rootings()
    assert rootings.total() == free.order == t.order
    assert t in rootings
    for r, times in rootings.items():
        assert free_tree(r)[0] == free
        assert times * r.symmetry == free.symmetry


@QUICK
@given(trees(colors=2))
def test_the_centre_has_the_least_height_and_is_as_many_moves_away_as_said(t):
    free, distance = free_tree(t)
    found = centre(t)
    heights = sorted(r.height for r in free.rootings().elements())
    assert found[0] == free.centred
    assert len(found) == heights.count(heights[0])
    assert {c.height for c in found} == {heights[0]}
    reached, steps = {t}, 0
    while found[0] not in reached:
        reached, steps = {s for r in reached for s in moved(r)}, steps + 1
    assert distance == steps
    assert free.superfluous == (len(found) == 2 and found[0] == found[1])


@rows("n", range(1, 10))
def test_superfluous_trees_are_the_rootings_of_the_products_of_a_tree_with_itself(n):
    halves = list(rooted_trees(n // 2)) if n % 2 == 0 else []
    expected = {r for u in halves for r in free_tree(butcher_product(u, u))[0].rootings()}
    assert set(superfluous_trees(n)) == expected
    assert Counter(f.superfluous for f in free_trees(n))[True] == len(halves)


@rows("order", [0, -1, "3", None, True])
def test_an_order_that_is_none_is_refused_by_all_enumerations(order):
    for enumerate_ in (free_trees, superfluous_trees, count_free_trees):
        with pytest.raises(ImdeError, match="must be an integer"):
            enumerate_(order)
