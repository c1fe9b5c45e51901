"""Views in matplotlib: each takes ax=None and returns the Axes; none calls show(), and pyplot does not hear of their figures."""

from .animation import animate_flow
from .answers import plot_audit, plot_check, plot_comparison, plot_explanation, plot_fit, plot_long_run, plot_overfit_curve
from .comparing import plot_compared, plot_convergence, plot_work_precision
from .equations import plot_equation
from .fields import plot_field, plot_trajectory
from .learning import plot_errors, plot_flows
from .methods import plot_method
from .prediction import plot_bound, plot_prediction
from .series import plot_series
from .stability import plot_order_star, plot_stability_region
from .structure import plot_structure
from .trees import plot_tree, plot_trees

__all__ = [
    "animate_flow",
    "plot_audit",
    "plot_bound",
    "plot_check",
    "plot_compared",
    "plot_comparison",
    "plot_convergence",
    "plot_equation",
    "plot_errors",
    "plot_explanation",
    "plot_field",
    "plot_fit",
    "plot_flows",
    "plot_long_run",
    "plot_method",
    "plot_order_star",
    "plot_overfit_curve",
    "plot_prediction",
    "plot_series",
    "plot_stability_region",
    "plot_structure",
    "plot_trajectory",
    "plot_tree",
    "plot_trees",
    "plot_work_precision",
]
