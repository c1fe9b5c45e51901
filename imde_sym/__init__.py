"""Modified and inverse modified equations of numerical integrators, exact, as formulas and as code."""

from . import series
from .equations import ModifiedField, evaluate, inverse_modified_equation, modified_equation
from .errors import ImdeError
from .fields import VectorField, systems
from .methods import ButcherTableau, methods
from .series import (
    BSeries,
    adjoint,
    compose,
    exact_series,
    exp,
    inverse,
    inverse_modified_series,
    log,
    method_series,
    modified_series,
    substitute,
)
from .trees import RootedTree, count_rooted_trees, rooted_trees
from .verify import check

__version__ = "0.1.0"

__all__ = [
    "BSeries",
    "ButcherTableau",
    "ImdeError",
    "ModifiedField",
    "RootedTree",
    "VectorField",
    "adjoint",
    "check",
    "compose",
    "count_rooted_trees",
    "evaluate",
    "exact_series",
    "exp",
    "inverse",
    "inverse_modified_equation",
    "inverse_modified_series",
    "log",
    "method_series",
    "methods",
    "modified_equation",
    "modified_series",
    "rooted_trees",
    "series",
    "substitute",
    "systems",
]
