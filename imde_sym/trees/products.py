"""Products of trees: the Butcher product and the grafting (pre-Lie) product."""

from __future__ import annotations

from collections import Counter

from ..base.arguments import checked
from .tree import RootedTree


@checked
def butcher_product(u: RootedTree | str, w: RootedTree | str) -> RootedTree:
    """u ∘ w: the root of w becomes a child of the root of u. Trees, or what RootedTree reads.

    Raises TreeError for anything else.

    >>> butcher_product(RootedTree("[[]]"), RootedTree("[]"))
    RootedTree('[[],[]]')
    """
    u = RootedTree(u)
    return RootedTree.with_children((*u.children, RootedTree(w)), u.color)


@checked
def graft(u: RootedTree | str, w: RootedTree | str) -> Counter[RootedTree]:
    """w grafted to every node of u in turn, with multiplicities: the pre-Lie product w ▷ u.

    So the derivative of the elementary differential F(u) along F(w) is the sum of F over these trees.
    Raises TreeError for what is not a tree.

    >>> graft(RootedTree("[[]]"), RootedTree("[]"))
    Counter({RootedTree('[[],[]]'): 1, RootedTree('[[[]]]'): 1})
    """
    return Counter({butcher_product(u, w): 1}) + graft_inside(u, w)


@checked
def graft_inside(u: RootedTree | str, w: RootedTree | str) -> Counter[RootedTree]:
    """w grafted to every node of u but the root: how often each tree arises.

    Raises TreeError for what is not a tree.

    >>> graft_inside("[[]]", "[]")
    Counter({RootedTree('[[[]]]'): 1})
    """
    u, found = RootedTree(u), Counter[RootedTree]()
    for i, child in enumerate(u.children):
        for grown, n in graft(child, w).items():
            found[RootedTree.with_children((*u.children[:i], grown, *u.children[i + 1 :]), u.color)] += n
    return found
