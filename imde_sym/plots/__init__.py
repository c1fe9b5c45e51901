"""Views in matplotlib: each takes ax=None and returns the Axes; none calls show()."""

from .trees import plot_tree, plot_trees

__all__ = ["plot_tree", "plot_trees"]
