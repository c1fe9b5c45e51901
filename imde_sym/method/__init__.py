"""Numerical methods as exact data."""

from . import solvers  # noqa: F401  what ButcherTableau.from_scipy and its like ask
from .catalogue import methods
from .citing import cite
from .extrapolation import extrapolate
from .families.collocation import Collocation
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
from .sizes import (
    collocation,
    ees25,
    ees27,
    explicit_order_2,
    explicit_order_3,
    explicit_order_4,
    extrapolation,
    gauss,
    lobatto_iiia,
    lobatto_iiib,
    lobatto_iiic,
    lobatto_iiic_star,
    lobatto_iiid,
    lobatto_iiie,
    pareschi_russo,
    radau_ia,
    radau_iia,
    rkc,
    rkl,
    sdc,
    ssprk,
    ssprk_implicit,
    symplectic_partner,
)
from .value import method_from_data, method_from_json

__all__ = [
    "Adjoint",
    "ButcherTableau",
    "Collocation",
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
    "collocation",
    "compose_methods",
    "ees25",
    "ees27",
    "explicit_order_2",
    "explicit_order_3",
    "explicit_order_4",
    "extrapolate",
    "extrapolation",
    "gauss",
    "lobatto_iiia",
    "lobatto_iiib",
    "lobatto_iiic",
    "lobatto_iiic_star",
    "lobatto_iiid",
    "lobatto_iiie",
    "method_from_data",
    "method_from_json",
    "methods",
    "pareschi_russo",
    "radau_ia",
    "radau_iia",
    "rkc",
    "rkl",
    "schemes",
    "sdc",
    "ssprk",
    "ssprk_implicit",
    "substeps",
    "suzuki",
    "symplectic_partner",
    "taylor_method",
    "triple_jump",
]
