"""Numerical methods as exact data."""

from .catalogue import methods
from .tableau import ButcherTableau
from .weights import elementary_weights

__all__ = ["ButcherTableau", "elementary_weights", "methods"]
