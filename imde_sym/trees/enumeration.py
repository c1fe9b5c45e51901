"""All rooted trees of an order: from the table, or one after the other where there are too many for it."""

from __future__ import annotations

from collections.abc import Iterator

from ..base.arguments import checked
from ..base.checks import check_order
from .counting import count_rooted_trees
from .tables import tree_table
from .tree import RootedTree, numbered

TABLED = 200_000
"""So many trees come from the table, with their numbers; of more they are made in turn."""
MAX_LISTED = 400
"""The highest order; its first trees come at once, nobody sees its last."""


@checked
def rooted_trees(order: int, colors: int = 1) -> Iterator[RootedTree]:
    """All rooted trees with exactly `order` nodes, ascending, made as they are asked for.

    Raises SeriesError if `order` is not an integer from 1 to 400.

    >>> list(rooted_trees(3))
    [RootedTree('[[],[]]'), RootedTree('[[[]]]')]
    >>> next(rooted_trees(40)).height
    1
    """
    order, table = check_order(order, MAX_LISTED, "the order of a tree"), tree_table(colors)
    if count_rooted_trees(order, table.colors) > TABLED:
        return trees_in_turn(order, table.colors)
    block = table.block(order)
    return (numbered(table, i) for i in range(block.start, block.stop))


def trees_in_turn(order: int, colors: int, largest: RootedTree | None = None) -> Iterator[RootedTree]:
    """The trees with `order` nodes whose branches are `largest` at most, ascending; memory O(order²).

    A tree is its largest branch w and a trunk u of no larger ones; trees ascend by w, then by u.
    """
    if order == 1:
        yield from (RootedTree((), color) for color in range(colors))
        return
    for size in range(1, order):
        for branch in trees_in_turn(size, colors):
            if largest is not None and branch > largest:
                return
            for trunk in trees_in_turn(order - size, colors, branch):
                yield RootedTree.with_children((*trunk.children, branch), trunk.color)
