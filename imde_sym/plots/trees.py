"""Trees in matplotlib, from the layout that all pictures of trees share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from ..base.arguments import checked
from ..trees import Gallery, RootedTree
from ..trees.layout import CHARACTER, LINE, Layout, fill, grid
from .canvas import axes

INCHES = 0.3
"""Size of a layout's unit in a figure of our own."""


@checked
def plot_tree(tree: object, ax: Any = None) -> Any:
    """One tree (anything RootedTree reads), the root at the bottom; returns the matplotlib Axes.

    ax : where to draw, by default a new figure of fitting size
    Raises MissingLibraryError without matplotlib.

    >>> import matplotlib
    >>> plot_tree("[[],[]]").get_aspect()
    1.0
    """
    return plot_trees([tree], ax)


@checked
def plot_trees(
    trees: Iterable[object] | Gallery,
    ax: Any = None,
    columns: int = 10,
    labels: Callable[[RootedTree], object] | Iterable[object] = (),
) -> Any:
    """Trees in rows of `columns`, with labels below; returns the matplotlib Axes.

    trees, columns, labels : as in `Gallery`, or a Gallery; a label such as "$f''(f, f)$" is typeset
    ax                     : where to draw, by default a new figure of fitting size
    Raises MissingLibraryError without matplotlib, TreeError as Gallery does.

    >>> import matplotlib
    >>> plot_trees(["[]", "[[]]"], labels=["f", "f'f"]).get_aspect()
    1.0
    """
    gallery = trees if isinstance(trees, Gallery) else Gallery(trees, labels, columns)
    page = grid(gallery.trees, [CHARACTER * _length(label) for label in gallery.labels], gallery.columns)
    ax = axes(ax, "a plot of trees", (INCHES * (page.width + 1), INCHES * (page.height + 1)), whole=True)
    for i, (layout, (x, y)) in enumerate(zip(page.layouts, page.origins, strict=True)):
        draw_tree(ax, layout, x, y)
        if gallery.labels:
            ax.text(x + layout.width / 2, y - 0.75, gallery.labels[i], ha="center", va="center", fontsize=8)
    ax.set(xlim=(-0.5, page.width + 0.5), ylim=(-0.5, page.height + 0.5), aspect="equal")
    ax.set_axis_off()
    return ax


def draw_tree(ax: Any, layout: Layout, x: float, y: float, unit: float = 1.0, size: float = 6.0) -> None:
    """A layout at (x, y), a unit of it so many of the axes, a node of `size` points."""
    for a, b in layout.edges:
        ax.plot((x + unit * a.x, x + unit * b.x), (y + unit * a.y, y + unit * b.y), color=LINE, linewidth=0.2 * size, zorder=1)
    for node in layout.nodes:
        at = (x + unit * node.x, y + unit * node.y)
        own = size if node.color < 2 else 1.5 * size
        ax.plot(*at, "o", markersize=own, color=fill(node.color), markeredgecolor=LINE, markeredgewidth=0.8, zorder=2)
        if node.color >= 2:
            ax.annotate(str(node.color), at, ha="center", va="center_baseline", fontsize=size, color="black", zorder=3)


def _length(label: str) -> int:
    """Characters of a label as typeset: the mark-up of formulas does not count."""
    return len(re.sub(r"\\[A-Za-z]+|[${}^_\\]", "", label))
