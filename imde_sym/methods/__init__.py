"""Numerical methods as exact data."""

from .catalogue import methods
from .method import Method
from .partitioned import PartitionedTableau
from .tableau import ButcherTableau

__all__ = ["ButcherTableau", "Method", "PartitionedTableau", "methods"]
