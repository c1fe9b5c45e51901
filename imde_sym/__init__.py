"""Modified and inverse modified equations of numerical integrators, exact, as formulas and as code."""

from . import series
from .equations import (
    ModifiedField,
    NoHamiltonianError,
    conserved,
    divergence,
    evaluate,
    inverse_modified_equation,
    inverse_modified_hamiltonian,
    linearisation,
    modified_equation,
    modified_hamiltonian,
    modified_lagrangian,
    reversibility,
    structure_report,
)
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
from .verify import check, linear_radius, predict

__version__ = "0.1.0"

__all__ = [
    "BSeries",
    "ButcherTableau",
    "ImdeError",
    "ModifiedField",
    "NoHamiltonianError",
    "RootedTree",
    "VectorField",
    "adjoint",
    "check",
    "compose",
    "conserved",
    "count_rooted_trees",
    "divergence",
    "evaluate",
    "exact_series",
    "exp",
    "inverse",
    "inverse_modified_equation",
    "inverse_modified_hamiltonian",
    "inverse_modified_series",
    "linear_radius",
    "linearisation",
    "log",
    "method_series",
    "methods",
    "modified_equation",
    "modified_hamiltonian",
    "modified_lagrangian",
    "modified_series",
    "predict",
    "reversibility",
    "rooted_trees",
    "series",
    "structure_report",
    "substitute",
    "systems",
]
