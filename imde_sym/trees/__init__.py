"""Rooted trees: values, enumeration, vectorised tables, the free pre-Lie algebra over them."""

from .counting import count_rooted_trees
from .drawing import elementary_differential
from .free import FreeTree, free_tree
from .products import butcher_product, graft, graft_inside
from .space import TreeSpace
from .tables import TreeTable, tree_table
from .tree import RootedTree, numbered, rooted_trees

__all__ = [
    "FreeTree",
    "RootedTree",
    "TreeSpace",
    "TreeTable",
    "butcher_product",
    "count_rooted_trees",
    "elementary_differential",
    "free_tree",
    "graft",
    "graft_inside",
    "numbered",
    "rooted_trees",
    "tree_table",
]
