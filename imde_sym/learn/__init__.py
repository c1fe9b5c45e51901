"""Learning ODEs through a solver: training, what was learned, and undoing the solver's part in it (extra `learn`).

A model that is trained on pairs (x, φ_T(x)) through S steps of a method returns the inverse modified equation for
h = T/S, not the ODE (Zhu, Jin, Zhu, Tang, ICML 2022). `fit` trains, `compare` tells what was learned, `debias` gives the
ODE back, `explain` what the model absorbed and what undoing it would gain, `retarget` what another solver would have
learned, `overfit_curve` how far the model is tied to its solver. Models are torch modules, JAX pytrees or functions.
JAX, torch and their libraries are imported when they are first needed; JAX must be set to double precision for `fit`.
"""

from typing import TYPE_CHECKING, Any

from ..base.errors import LearningError, TrainingError
from ..base.pictures import view
from ..studies.study import Failure, Status, grid
from . import datasets
from .bias import CorrectedMap, debias, debias_map, retarget
from .cells import coefficient_cell, flow_cell, hamiltonian_cell, predict_cell, train_cell
from .coefficients import CoefficientFit, fit_coefficients
from .comparison import Comparison, compare
from .corrected import Corrected
from .datasets import Dataset
from .energy import corrected_hamiltonian
from .estimator import CoefficientRegressor
from .explain import Explanation, Monitor, explain
from .fit import Fit
from .flows import BatchFlow, learned_path
from .gathering import from_batches, from_trajectories
from .hamiltonian import hamiltonian_floor
from .models import HNN, Library, hnn, library_model, mlp, polynomial
from .networks import network_field
from .overfit import OverfitCurve, overfit_curve
from .pysindy import from_pysindy
from .solvers import step_map, tableau_solver
from .study import Study
from .terms import CorrectedTerms, debias_terms
from .training import fit

__all__ = [
    "HNN",
    "BatchFlow",
    "CoefficientFit",
    "CoefficientRegressor",
    "Comparison",
    "Corrected",
    "CorrectedMap",
    "CorrectedTerms",
    "Dataset",
    "Explanation",
    "Failure",
    "Fit",
    "LearningError",
    "Library",
    "Monitor",
    "OverfitCurve",
    "Status",
    "Study",
    "TrainingError",
    "coefficient_cell",
    "compare",
    "corrected_hamiltonian",
    "datasets",
    "debias",
    "debias_map",
    "debias_terms",
    "explain",
    "fit",
    "fit_coefficients",
    "flow_cell",
    "from_batches",
    "from_pysindy",
    "from_trajectories",
    "grid",
    "hamiltonian_cell",
    "hamiltonian_floor",
    "hnn",
    "learned_path",
    "library_model",
    "mlp",
    "network_field",
    "overfit_curve",
    "plot_errors",
    "plot_flows",
    "polynomial",
    "predict_cell",
    "retarget",
    "step_map",
    "tableau_solver",
    "train_cell",
]

if TYPE_CHECKING:
    from ..plots import plot_errors, plot_flows


def __getattr__(name: str) -> Any:
    if name in ("plot_errors", "plot_flows"):  # pictures are drawn in a room above this one
        return view(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
