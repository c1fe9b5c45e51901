"""Numerical methods as exact data."""

from . import solvers  # noqa: F401  what ButcherTableau.from_scipy and its like ask
from .catalogue import methods
from .citing import cite
from .extrapolation import extrapolate
from .families.continuous import ContinuousStage, average_vector_field
from .families.exponential import Exponential, ExponentialRosenbrock
from .families.general_linear import GeneralLinear, TwoStep
from .families.generalized_additive import GeneralizedAdditive
from .families.low_storage import LowStorage
from .families.multiderivative import MultiderivativeTableau, taylor_method
from .families.multirate import Multirate
from .families.multistep import LinearMultistep
from .families.nystrom import Nystrom
from .families.partitioned import PartitionedTableau
from .families.rosenbrock import Rosenbrock
from .families.runge_kutta import ButcherTableau
from .families.splitting import Splitting
from .gate import MethodLike, as_method
from .method import Adjoint, Composition, Method, adjoint_method, compose_methods, substeps
from .schemes import Scheme, apply_scheme, schemes, suzuki, triple_jump
from .value import method_from_data, method_from_json

__all__ = [
    "Adjoint",
    "ButcherTableau",
    "Composition",
    "ContinuousStage",
    "Exponential",
    "ExponentialRosenbrock",
    "GeneralLinear",
    "GeneralizedAdditive",
    "LinearMultistep",
    "LowStorage",
    "Method",
    "MethodLike",
    "MultiderivativeTableau",
    "Multirate",
    "Nystrom",
    "PartitionedTableau",
    "Rosenbrock",
    "Scheme",
    "Splitting",
    "TwoStep",
    "adjoint_method",
    "apply_scheme",
    "as_method",
    "average_vector_field",
    "cite",
    "compose_methods",
    "extrapolate",
    "method_from_data",
    "method_from_json",
    "methods",
    "schemes",
    "substeps",
    "suzuki",
    "taylor_method",
    "triple_jump",
]
