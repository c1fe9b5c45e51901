"""Ordered subtrees, splittings and partitions of a tree: what composition and substitution sum over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from ..base.arguments import checked
from ..base.errors import TreeError
from .forest import Forest
from .tree import RootedTree


@checked
def splittings(tree: RootedTree | str) -> Iterator[tuple[Forest, RootedTree | None]]:
    """All pairs (pruned forest, remaining subtree with the root), one for each ordered subtree.

    The first pair is the full cut, which prunes the whole tree and leaves None (the empty subtree). Pairs that
    are equal as values come as often as there are sets of nodes that give them: so these are the
    terms of Δ(t) = Σ pruned ⊗ remaining, with multiplicity. A tree with branches t_i has n(t) = 1 + Π n(t_i)
    of them. Counted in this way, the tree with levels 1 2 3 2 2 of Chartier, Hairer and Vilmart (2010) has
    13; without the full cut there are 12, and equal leaves taken as one leave 10 different pairs.
    Raises TreeError for what is not a tree.

    >>> list(splittings(RootedTree("[[]]")))
    [(Forest('[[]]'), None), (Forest('[]'), RootedTree('[]')), (Forest(), RootedTree('[[]]'))]
    >>> len(list(splittings(RootedTree.from_level_sequence([1, 2, 3, 2, 2]))))
    13
    """
    tree = RootedTree(tree)
    yield Forest(tree), None
    for choice in product(*(list(splittings(child)) for child in tree.children)):
        pruned = Forest(t for forest, _ in choice for t in forest)
        yield pruned, RootedTree.with_children((kept for _, kept in choice if kept is not None), tree.color)


@checked
def subtrees(tree: RootedTree | str) -> Iterator[RootedTree]:
    """The ordered subtrees that contain the root, as often as they occur; the tree itself is the last.

    Raises TreeError for what is not a tree.

    >>> [s.brackets for s in subtrees(RootedTree("[[],[]]"))]
    ['[]', '[[]]', '[[]]', '[[],[]]']
    """
    return (kept for _, kept in splittings(tree) if kept is not None)


@checked
def tree_partitions(tree: RootedTree | str) -> Iterator[tuple[Forest, RootedTree]]:
    """All pairs (forest of pieces, skeleton): cut any set of edges, then shrink every piece to one node.

    There are 2^(|t|-1) of them, equal values repeated: the substitution law of B-series is
    (b ⋆ a)(t) = Σ b(pieces) a(skeleton) (Chartier, Hairer, Vilmart 2010). A node of the skeleton has the
    colour of the root of its piece: there stands the field of that colour, and the piece is a term of what is
    substituted for it.
    Raises TreeError for what is not a tree.

    >>> list(tree_partitions(RootedTree("[[]]")))
    [(Forest('[] []'), RootedTree('[[]]')), (Forest('[[]]'), RootedTree('[]'))]
    """
    tree = RootedTree(tree)
    for piece, others, branches in _cut_edges(tree):
        yield Forest((piece, *others)), RootedTree.with_children(branches, tree.color)


@checked
def partition_forest(tree: RootedTree | str, kept: Sequence[bool]) -> Forest:
    """The pieces of a tree of which the edges with False in `kept` are cut.

    kept : one truth value for each edge, for the edge below node 1, 2, ... in the order of `level_sequence`
    Raises TreeError for another number of them. Over all 2^(|t|-1) sets these are the pieces of `tree_partitions`.

    >>> partition_forest("[[],[[]]]", [True, False, True])
    Forest('[] [[],[]]')
    """
    return _cut(tree, kept)[0]


@checked
def partition_skeleton(tree: RootedTree | str, kept: Sequence[bool]) -> RootedTree:
    """What is left of the tree when every piece of `partition_forest` shrinks to one node.

    Raises TreeError for what is not a tree, or not as many entries as edges.

    >>> partition_skeleton("[[],[[]]]", [True, False, True])
    RootedTree('[[]]')
    """
    return _cut(tree, kept)[1]


def _cut(tree: RootedTree | str, kept: Sequence[bool]) -> tuple[Forest, RootedTree]:
    tree = RootedTree(tree)
    if len(kept) != tree.order - 1:
        raise TreeError(f"{len(kept)} truth values for the {tree.order - 1} edges of {tree}: give one for each")
    marks = iter(kept)

    def walk(node: RootedTree) -> Cut:
        """As in `_cut_edges`, for one choice; branches in the order of `level_sequence`."""
        inside: list[RootedTree] = []
        others: list[RootedTree] = []
        skeleton: list[RootedTree] = []
        for child in sorted(node.children, key=lambda t: t._depth_first, reverse=True):
            together = next(marks)
            piece, pieces, branches = walk(child)
            others += pieces
            if together:
                inside.append(piece)
                skeleton += branches
            else:
                others.append(piece)
                skeleton.append(RootedTree.with_children(branches, child.color))
        return RootedTree.with_children(inside, node.color), tuple(others), tuple(skeleton)

    piece, others, branches = walk(tree)
    return Forest((piece, *others)), RootedTree.with_children(branches, tree.color)


Cut = tuple[RootedTree, tuple[RootedTree, ...], tuple[RootedTree, ...]]
"""The piece with the root, the other pieces, and the branches of the skeleton's root."""


def _cut_edges(tree: RootedTree) -> Iterator[Cut]:
    for choice in product(*(list(_edge_cut_or_kept(child)) for child in tree.children)):
        piece = RootedTree.with_children((t for pieces, _, _ in choice for t in pieces), tree.color)
        others = tuple(t for _, pieces, _ in choice for t in pieces)
        yield piece, others, tuple(t for _, _, branches in choice for t in branches)


def _edge_cut_or_kept(child: RootedTree) -> Iterator[tuple[tuple[RootedTree, ...], ...]]:
    """What a branch adds to the root's piece, to the other pieces and to the branches of the skeleton."""
    for piece, others, branches in _cut_edges(child):
        yield (), (piece, *others), (RootedTree.with_children(branches, child.color),)
        yield (piece,), others, branches
