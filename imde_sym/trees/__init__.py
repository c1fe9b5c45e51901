"""Rooted trees: values, enumeration, vectorised tables, the free pre-Lie algebra over them."""

from .counting import count_rooted_trees
from .drawing import elementary_differential
from .space import TreeSpace
from .tables import TreeTable, tree_table
from .tree import RootedTree, numbered, rooted_trees

__all__ = [
    "RootedTree",
    "TreeSpace",
    "TreeTable",
    "count_rooted_trees",
    "elementary_differential",
    "numbered",
    "rooted_trees",
    "tree_table",
]
