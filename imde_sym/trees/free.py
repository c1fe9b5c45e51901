"""Free (unrooted) trees: the map from rooted trees, and the centre."""

from __future__ import annotations

from dataclasses import dataclass

from .tree import RootedTree


@dataclass(frozen=True)
class FreeTree:
    """An unrooted tree, held as the rooted tree at its centre (at the larger half where there are two).

    Equal free trees compare equal. `superfluous`: two centres with equal halves.
    """

    centred: RootedTree
    superfluous: bool = False

    @property
    def order(self) -> int:
        return self.centred.order


def free_tree(tree: RootedTree) -> tuple[FreeTree, int]:
    """The free tree of a rooted tree, and the distance from the root to the centre that is kept.

    >>> free_tree(RootedTree("[[[]]]"))
    (FreeTree(centred=RootedTree('[[],[]]'), superfluous=False), 1)
    """
    distance = 0
    while True:
        arms = sorted(tree.children, key=lambda child: child.height)
        longest = arms[-1].height + 1 if arms else 0
        second = arms[-2].height + 1 if len(arms) > 1 else 0
        if longest == second:
            return FreeTree(tree), distance
        rest = list(tree.children)
        rest.remove(arms[-1])
        near, far = RootedTree.with_children(rest, tree.color), arms[-1]
        if longest == second + 1:  # two centres: this node and the next
            if near == far:
                return FreeTree(tree, superfluous=True), distance
            if near > far:
                return FreeTree(tree), distance
            return FreeTree(RootedTree.with_children((*far.children, near), far.color)), distance + 1
        tree, distance = RootedTree.with_children((*far.children, near), far.color), distance + 1
