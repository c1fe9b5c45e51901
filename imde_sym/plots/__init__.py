"""Views in matplotlib: each takes ax=None and returns the Axes; none calls show()."""

from .prediction import plot_prediction
from .stability import plot_order_star, plot_stability_region
from .trees import plot_tree, plot_trees

__all__ = ["plot_order_star", "plot_prediction", "plot_stability_region", "plot_tree", "plot_trees"]
