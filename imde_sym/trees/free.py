"""Free (unrooted) trees: the map from rooted trees, the centre, enumeration, superfluous trees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ..base.arguments import checked
from ..base.checks import check_order
from .counting import count_rooted_trees
from .enumeration import rooted_trees
from .tree import RootedTree

MAX_COUNTED = 1000


@checked
@dataclass(frozen=True)
class FreeTree:
    """An unrooted tree, held as the rooted tree at its centre (at the larger half where there are two).

    Equal free trees compare equal. `superfluous`: two centres with equal halves.

    >>> free, distance = free_tree("[[[[]]]]")  # a chain of four: its middle is an edge
    >>> free.superfluous, free.symmetry, distance
    (True, 2, 1)
    """

    centred: RootedTree
    superfluous: bool = False

    @property
    def order(self) -> int:
        """Number of nodes.

        >>> from imde_sym import RootedTree
        >>> free_tree(RootedTree("[[]]"))[0].order
        2
        """
        return self.centred.order

    @property
    def symmetry(self) -> int:
        """Number of automorphisms; a superfluous tree can also be turned about its middle edge."""
        return self.centred.symmetry * (2 if self.superfluous else 1)

    def rootings(self) -> Counter[RootedTree]:
        """The rooted trees of this free tree, each with the number of nodes that give it as a root.

        The number for a rooted tree r is symmetry / r.symmetry. Cost: O(order²).

        >>> free_tree(RootedTree("[[[]]]"))[0].rootings()
        Counter({RootedTree('[[[]]]'): 2, RootedTree('[[],[]]'): 1})
        """
        found: Counter[RootedTree] = Counter()
        waiting: list[tuple[RootedTree, RootedTree | None]] = [(self.centred, None)]
        while waiting:
            tree, parent = waiting.pop()
            found[tree] += 1
            children = list(tree.children)
            if parent is not None:
                children.remove(parent)  # the way back
            for child in children:
                near = _without(tree, child)
                waiting.append((RootedTree.with_children((*child.children, near), child.color), near))
        return found


@checked
def free_tree(tree: RootedTree | str) -> tuple[FreeTree, int]:
    """The free tree of a rooted tree, and the distance from the root to the centre that is kept.

    Raises TreeError for what is not a tree. Cost: O(order²).

    >>> free_tree(RootedTree("[[[]]]"))
    (FreeTree(centred=RootedTree('[[],[]]'), superfluous=False), 1)
    """
    tree, distance = RootedTree(tree), 0
    while True:
        arms = sorted(tree.children, key=lambda child: child.height)
        longest = arms[-1].height + 1 if arms else 0
        second = arms[-2].height + 1 if len(arms) > 1 else 0
        if longest == second:
            return FreeTree(tree), distance
        near, far = _without(tree, arms[-1]), arms[-1]
        if longest == second + 1:  # two centres: this node and the next
            if near == far:
                return FreeTree(tree, superfluous=True), distance
            if near > far:
                return FreeTree(tree), distance
            return FreeTree(RootedTree.with_children((*far.children, near), far.color)), distance + 1
        tree, distance = RootedTree.with_children((*far.children, near), far.color), distance + 1


@checked
def centre(tree: RootedTree | str) -> tuple[RootedTree, ...]:
    """The tree with its root moved to the centre: one rooted tree, or two where the middle of the tree is an edge.

    The first is the one that `free_tree` keeps. In a superfluous tree both are equal.
    Raises TreeError for what is not a tree. Cost: O(order²).

    >>> centre(RootedTree("[[[]]]"))
    (RootedTree('[[],[]]'),)
    >>> centre(RootedTree("[[[[]]]]"))
    (RootedTree('[[],[[]]]'), RootedTree('[[],[[]]]'))
    """
    kept = free_tree(tree)[0].centred
    heights = sorted((child.height for child in kept.children), reverse=True)
    if not heights or heights[:2] == heights[:1] * 2:
        return (kept,)
    far = next(child for child in kept.children if child.height == heights[0])
    return kept, RootedTree.with_children((*far.children, _without(kept, far)), far.color)


@checked
def free_trees(order: int, colors: int = 1) -> Iterator[FreeTree]:
    """All free trees with exactly `order` nodes, in the order of their centred rooted trees (OEIS A000055).

    Raises as `rooted_trees` does. Cost: O(order N(order)), N the number of rooted trees.

    >>> [free.centred.brackets for free in free_trees(4)]
    ['[[],[],[]]', '[[],[[]]]']
    """
    found = (free_tree(tree) for tree in rooted_trees(order, colors))
    return (free for free, distance in found if distance == 0)


@checked
def count_free_trees(order: int, colors: int = 1) -> int:
    """Number of free trees, from those of rooted trees: T(x) - (T(x)² - T(x²))/2 (Otter 1948). Cost: O(order³), up to order 1000.

    Raises SeriesError for an order that is not a whole number from 1 to 1000, or colours that are not one from 1 to 10⁶.

    >>> [count_free_trees(n) for n in range(1, 11)]
    [1, 1, 1, 2, 3, 6, 11, 23, 47, 106]
    """
    order = check_order(order, MAX_COUNTED, "the order of a tree")
    rooted = [count_rooted_trees(n, colors) for n in range(1, order)]
    pairs = sum(u * w for u, w in zip(rooted, reversed(rooted), strict=True))
    equal = rooted[order // 2 - 1] if order % 2 == 0 else 0
    return count_rooted_trees(order, colors) - (pairs - equal) // 2


@checked
def superfluous_trees(order: int, colors: int = 1) -> Iterator[RootedTree]:
    """The rooted trees of this order whose free tree is superfluous: two equal halves joined by an edge.

    No condition for symplecticity or energy belongs to them (Sanz-Serna, Abia 1991); none exist in odd orders.
    Raises as `rooted_trees` does.

    >>> [tree.brackets for tree in superfluous_trees(4)]
    ['[[],[[]]]', '[[[[]]]]']
    """
    return (tree for tree in rooted_trees(order, colors) if free_tree(tree)[0].superfluous)


def _without(tree: RootedTree, child: RootedTree) -> RootedTree:
    """The tree less one branch equal to `child`."""
    rest = list(tree.children)
    rest.remove(child)
    return RootedTree.with_children(rest, tree.color)
