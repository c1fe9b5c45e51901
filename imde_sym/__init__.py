"""Modified and inverse modified equations of numerical integrators, exact, as formulas and as code.

A name is imported from its room when it is first asked for, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import series as series
    from .base.errors import ImdeError as ImdeError
    from .base.sharing import clear_caches as clear_caches
    from .base.versions import show_versions as show_versions
    from .documents import write_document as write_document
    from .equations import ModifiedField as ModifiedField
    from .equations import evaluate as evaluate
    from .equations import inverse_modified_equation as inverse_modified_equation
    from .equations import modified_equation as modified_equation
    from .explore import interact as interact
    from .fields import VectorField as VectorField
    from .fields import systems as systems
    from .geometry import NoHamiltonianError as NoHamiltonianError
    from .geometry import conserved as conserved
    from .geometry import divergence as divergence
    from .geometry import inverse_modified_hamiltonian as inverse_modified_hamiltonian
    from .geometry import linearisation as linearisation
    from .geometry import modified_hamiltonian as modified_hamiltonian
    from .geometry import modified_invariant as modified_invariant
    from .geometry import modified_lagrangian as modified_lagrangian
    from .geometry import reversibility as reversibility
    from .geometry import structure_report as structure_report
    from .method import Adjoint as Adjoint
    from .method import ButcherTableau as ButcherTableau
    from .method import Composition as Composition
    from .method import ContinuousStage as ContinuousStage
    from .method import Exponential as Exponential
    from .method import ExponentialRosenbrock as ExponentialRosenbrock
    from .method import GeneralizedAdditive as GeneralizedAdditive
    from .method import GeneralLinear as GeneralLinear
    from .method import LinearMultistep as LinearMultistep
    from .method import LowStorage as LowStorage
    from .method import Method as Method
    from .method import MultiderivativeTableau as MultiderivativeTableau
    from .method import Multirate as Multirate
    from .method import Nystrom as Nystrom
    from .method import PartitionedTableau as PartitionedTableau
    from .method import Rosenbrock as Rosenbrock
    from .method import Splitting as Splitting
    from .method import TwoStep as TwoStep
    from .method import adjoint_method as adjoint_method
    from .method import cite as cite
    from .method import compose_methods as compose_methods
    from .method import extrapolate as extrapolate
    from .method import methods as methods
    from .method import substeps as substeps
    from .method import taylor_method as taylor_method
    from .prediction import bound as bound
    from .prediction import linear_radius as linear_radius
    from .prediction import predict as predict
    from .serialization import from_json as from_json
    from .series import BSeries as BSeries
    from .series import adjoint as adjoint
    from .series import compose as compose
    from .series import exact_series as exact_series
    from .series import exp as exp
    from .series import inverse as inverse
    from .series import inverse_modified_series as inverse_modified_series
    from .series import log as log
    from .series import method_series as method_series
    from .series import modified_series as modified_series
    from .series import renormalize as renormalize
    from .series import substitute as substitute
    from .trees import RootedTree as RootedTree
    from .trees import count_rooted_trees as count_rooted_trees
    from .trees import rooted_trees as rooted_trees
    from .verify import audit as audit
    from .verify import check as check
    from .verify import compare as compare
    from .verify import integrate as integrate
    from .verify import long_run as long_run

__version__ = "0.2.0"

_NAMES = {
    "base.errors": "ImdeError",
    "base.sharing": "clear_caches",
    "base.versions": "show_versions",
    "documents": "write_document",
    "equations": "ModifiedField evaluate inverse_modified_equation modified_equation",
    "explore": "interact",
    "fields": "VectorField systems",
    "geometry": (
        "NoHamiltonianError conserved divergence inverse_modified_hamiltonian linearisation modified_hamiltonian "
        "modified_invariant modified_lagrangian reversibility structure_report"
    ),
    "method": (
        "Adjoint ButcherTableau Composition ContinuousStage Exponential ExponentialRosenbrock GeneralLinear "
        "GeneralizedAdditive LinearMultistep LowStorage Method MultiderivativeTableau Multirate Nystrom PartitionedTableau "
        "Rosenbrock Splitting TwoStep adjoint_method cite compose_methods extrapolate methods substeps taylor_method"
    ),
    "prediction": "bound linear_radius predict",
    "serialization": "from_json",
    "series": (
        "BSeries adjoint compose exact_series exp inverse inverse_modified_series log method_series modified_series renormalize "
        "substitute"
    ),
    "trees": "RootedTree count_rooted_trees rooted_trees",
    "verify": "audit check compare integrate long_run",
}
"""The rooms with the names that this package offers of each."""
_ROOM_OF = {name: room for room, names in _NAMES.items() for name in names.split()}
_MODULES = (
    "base", "codegen", "documents", "equations", "errors", "experiments", "explore", "expressions", "fields", "geometry", "learn",
    "method", "plots", "prediction", "prelie", "rings", "serialization", "series", "studies", "trees", "verify",
)  # fmt: skip

__all__ = sorted([*_ROOM_OF, "series"])


def __getattr__(name: str) -> Any:
    if name in _ROOM_OF:
        value = getattr(import_module(f".{_ROOM_OF[name]}", __name__), name)
    elif name in _MODULES:
        value = import_module(f".{name}", __name__)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
