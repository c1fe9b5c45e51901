"""Rooted trees: values, enumeration, vectorised tables, the free pre-Lie algebra over them."""

from .code import elementary_weight_code, order_conditions_code
from .combinations import LinearCombination, tensor
from .counting import count_rooted_trees
from .enumeration import rooted_trees
from .forest import Forest
from .formulas import elementary_differential, elementary_weight, formula_table
from .free import FreeTree, centre, count_free_trees, free_tree, free_trees, superfluous_trees
from .gallery import Gallery
from .hopf import (
    antipode,
    coproduct,
    counit,
    grossman_larson,
    grossman_larson_coproduct,
    substitution_antipode,
    substitution_coproduct,
    substitution_counit,
)
from .layout import Layout, tree_layout
from .products import butcher_product, graft, graft_inside
from .space import TreeSpace
from .splittings import partition_forest, partition_skeleton, splittings, subtrees, tree_partitions
from .tables import TreeTable, check_tree_order, tree_table
from .tree import RootedTree, numbered

__all__ = [
    "Forest",
    "FreeTree",
    "Gallery",
    "Layout",
    "LinearCombination",
    "RootedTree",
    "TreeSpace",
    "TreeTable",
    "antipode",
    "butcher_product",
    "centre",
    "check_tree_order",
    "coproduct",
    "counit",
    "count_free_trees",
    "count_rooted_trees",
    "elementary_differential",
    "elementary_weight",
    "elementary_weight_code",
    "formula_table",
    "free_tree",
    "free_trees",
    "graft",
    "graft_inside",
    "grossman_larson",
    "grossman_larson_coproduct",
    "numbered",
    "order_conditions_code",
    "partition_forest",
    "partition_skeleton",
    "rooted_trees",
    "splittings",
    "substitution_antipode",
    "substitution_coproduct",
    "substitution_counit",
    "subtrees",
    "superfluous_trees",
    "tensor",
    "tree_layout",
    "tree_partitions",
    "tree_table",
]
