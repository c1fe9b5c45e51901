"""Views in matplotlib: each takes ax=None and returns the Axes; none calls show()."""

from .answers import plot_check, plot_comparison, plot_fit, plot_overfit_curve
from .learning import plot_errors, plot_flows
from .prediction import plot_bound, plot_prediction
from .stability import plot_order_star, plot_stability_region
from .trees import plot_tree, plot_trees

__all__ = [
    "plot_bound",
    "plot_check",
    "plot_comparison",
    "plot_errors",
    "plot_fit",
    "plot_flows",
    "plot_order_star",
    "plot_overfit_curve",
    "plot_prediction",
    "plot_stability_region",
    "plot_tree",
    "plot_trees",
]
