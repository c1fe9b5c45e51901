"""Where a picture is drawn: the Axes given, or those of a new figure. The only file that imports matplotlib."""

from __future__ import annotations

from typing import Any

from ..base.errors import ImdeError, shown
from ..base.libraries import library

EXTRA = "plot"


def axes(ax: Any, purpose: str, size: tuple[float, float] | None = None) -> Any:
    """The matplotlib Axes given, or those of a new figure; with a size in inches, they fill it.

    Raises MissingLibraryError without matplotlib, ImdeError for anything else than Axes.
    """
    if ax is None:
        pyplot = library("matplotlib.pyplot", purpose, EXTRA)
        return pyplot.subplots()[1] if size is None else pyplot.figure(figsize=size).add_axes((0, 0, 1, 1))
    if not isinstance(ax, library("matplotlib.axes", purpose, EXTRA).Axes):
        raise ImdeError(f"{purpose}: ax must be matplotlib Axes or None, got {shown(ax)}")
    return ax


def named_color(color: Any, purpose: str) -> Any:
    """A colour as it is given, if matplotlib knows it. Raises ImdeError for anything else."""
    try:
        library("matplotlib.colors", purpose, EXTRA).to_rgba(color)
    except (ValueError, TypeError, RuntimeError):
        raise ImdeError(f"{purpose}: color must be a colour of matplotlib, such as 'red', got {shown(color)}") from None
    return color


def panels(rows: int, columns: int, purpose: str, sharey: bool = False) -> tuple[Any, Any]:
    """A Figure and its Axes in rows. Raises MissingLibraryError without matplotlib."""
    figure = library("matplotlib.figure", purpose, EXTRA).Figure(figsize=(4.6 * columns, 3.8 * rows), layout="constrained")
    return figure, figure.subplots(rows, columns, sharey=sharey, squeeze=False)


def plain_text(text: str) -> str:
    """A title or label as it stands: names are no formulas."""
    return text.replace("$", r"\$")
