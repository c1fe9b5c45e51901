"""Modified and inverse modified equations of numerical integrators, exact, as formulas and as code."""

from . import series
from .base.errors import ImdeError
from .documents import write_document
from .equations import ModifiedField, evaluate, inverse_modified_equation, modified_equation
from .fields import VectorField, systems
from .geometry import (
    NoHamiltonianError,
    conserved,
    divergence,
    inverse_modified_hamiltonian,
    linearisation,
    modified_hamiltonian,
    modified_lagrangian,
    reversibility,
    structure_report,
)
from .method import (
    Adjoint,
    ButcherTableau,
    Composition,
    ContinuousStage,
    LinearMultistep,
    Method,
    MultiderivativeTableau,
    Nystrom,
    PartitionedTableau,
    Rosenbrock,
    Splitting,
    adjoint_method,
    compose_methods,
    extrapolate,
    methods,
    substeps,
    taylor_method,
)
from .prediction import linear_radius, predict
from .serialization import from_json
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
    "Adjoint",
    "BSeries",
    "ButcherTableau",
    "Composition",
    "ContinuousStage",
    "ImdeError",
    "LinearMultistep",
    "Method",
    "ModifiedField",
    "MultiderivativeTableau",
    "NoHamiltonianError",
    "Nystrom",
    "PartitionedTableau",
    "RootedTree",
    "Rosenbrock",
    "Splitting",
    "VectorField",
    "adjoint",
    "adjoint_method",
    "check",
    "compose",
    "compose_methods",
    "conserved",
    "count_rooted_trees",
    "divergence",
    "evaluate",
    "exact_series",
    "exp",
    "extrapolate",
    "from_json",
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
    "substeps",
    "substitute",
    "systems",
    "taylor_method",
    "write_document",
]
