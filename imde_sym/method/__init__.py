"""Numerical methods as exact data."""

from .catalogue import methods
from .citing import cite
from .composition import Adjoint, Composition, adjoint_method, compose_methods, extrapolate, substeps
from .continuous import ContinuousStage, average_vector_field
from .derivatives import MultiderivativeTableau, taylor_method
from .gate import MethodLike, as_method
from .method import Method
from .multistep import LinearMultistep
from .nystrom import Nystrom
from .partitioned import PartitionedTableau
from .rosenbrock import Rosenbrock
from .schemes import Scheme, apply_scheme, schemes, suzuki, triple_jump
from .splitting import Splitting
from .tableau import ButcherTableau

__all__ = [
    "Adjoint",
    "ButcherTableau",
    "Composition",
    "ContinuousStage",
    "LinearMultistep",
    "Method",
    "MethodLike",
    "MultiderivativeTableau",
    "Nystrom",
    "PartitionedTableau",
    "Rosenbrock",
    "Scheme",
    "Splitting",
    "adjoint_method",
    "apply_scheme",
    "as_method",
    "average_vector_field",
    "cite",
    "compose_methods",
    "extrapolate",
    "methods",
    "schemes",
    "substeps",
    "suzuki",
    "taylor_method",
    "triple_jump",
]
