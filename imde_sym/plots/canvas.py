"""Where a picture is drawn: the Axes given, or those of a new figure, which pyplot does not know. The only file that imports
matplotlib.

Axes of new figures show themselves in notebooks; elsewhere `ax.figure.savefig(...)` writes the picture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from io import BytesIO
from textwrap import fill
from typing import Any

import numpy as np

from ..base.catalogue import normal
from ..base.errors import ImdeError, UnknownNameError, shown
from ..base.libraries import library

EXTRA = "plot"
SIZE = (6.0, 4.2)
PANEL = (4.6, 3.8)
DPI = 90
LONGEST = 300
CHARACTERS = 14
"""Of a title, an inch of its axes."""
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555")
"""Okabe and Ito (2008): told apart by colour-blind readers, and in grey by their order."""
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (3, 1, 1, 1, 1, 1)))
MARKERS = "osD^vPX"


def color(i: int) -> str:
    """The colour of line i."""
    return PALETTE[i % len(PALETTE)]


def png(figure: Any) -> bytes:
    """The picture of a figure."""
    data = BytesIO()
    figure.savefig(data, format="png", dpi=DPI)
    return data.getvalue()


class Panels(np.ndarray):
    """An array of Axes that shows itself in notebooks."""

    @property
    def figure(self) -> Any:
        """The Figure of all of them, as one Axes has it."""
        return self.flat[0].figure

    def _repr_png_(self) -> bytes:
        return png(self.figure)


@cache
def _shown_axes() -> type:
    """Axes that show themselves; made once matplotlib is there to be derived from."""

    class ShownAxes(library("matplotlib.axes", "a picture", EXTRA).Axes):  # type: ignore[name-defined, misc]
        def _repr_png_(self) -> bytes:
            return png(self.figure)

    ShownAxes.__qualname__ = "ShownAxes"  # under this name pickle finds it
    return ShownAxes


def __getattr__(name: str) -> Any:
    if name == "ShownAxes":
        return _shown_axes()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def new_figure(size: tuple[float, float], purpose: str, layout: str | None = "constrained") -> Any:
    """A Figure. Raises MissingLibraryError without matplotlib."""
    return library("matplotlib.figure", purpose, EXTRA).Figure(figsize=size, layout=layout)


def axes(ax: Any, purpose: str, size: tuple[float, float] | None = None, whole: bool = False) -> Any:
    """The matplotlib Axes given, or those of a new figure of a size in inches; with `whole` they fill it.

    Raises MissingLibraryError without matplotlib, ImdeError for anything else than Axes.
    """
    if ax is None:
        figure = new_figure(size or SIZE, purpose, None if whole else "constrained")
        if whole:
            return figure.add_axes((0, 0, 1, 1), axes_class=_shown_axes())
        return figure.add_subplot(axes_class=_shown_axes())
    if not isinstance(ax, library("matplotlib.axes", purpose, EXTRA).Axes):
        kinds = f"; a kind of picture is given as kind={ax!r}" if isinstance(ax, str) else ""
        raise ImdeError(f"{purpose}: ax must be matplotlib Axes or None, got {shown(ax)}{kinds}")
    return ax


def panels(rows: int, columns: int, purpose: str, sharex: Any = False, sharey: Any = False, size: Any = PANEL) -> Panels:
    """Axes in rows, an array (rows, columns). Raises MissingLibraryError without matplotlib."""
    figure = new_figure((size[0] * columns, size[1] * rows), purpose)
    keyword = {"axes_class": _shown_axes()}
    found: Panels = figure.subplots(rows, columns, sharex=sharex, sharey=sharey, squeeze=False, subplot_kw=keyword).view(Panels)
    return found


def panels_in(ax: Any, count: int, purpose: str, sharex: bool = False) -> Any:
    """`count` Axes one above the other: those given, or new ones. Raises ImdeError for another number of them."""
    if ax is None:
        return panels(count, 1, purpose, sharex=sharex, size=(SIZE[0], max(1.6, SIZE[1] / count)))[:, 0]
    given = [ax] if count == 1 and not isinstance(ax, Sequence | np.ndarray) else ax
    if not isinstance(given, Sequence | np.ndarray) or isinstance(given, str) or len(given) != count:
        raise ImdeError(f"{purpose}: ax must be {count} matplotlib Axes in a list, or None, got {shown(ax)}")
    return np.array([axes(a, purpose) for a in given], dtype=object).view(Panels)


def named_color(color: Any, purpose: str) -> Any:
    """A colour as it is given, if matplotlib knows it. Raises ImdeError for anything else."""
    try:
        library("matplotlib.colors", purpose, EXTRA).to_rgba(color)
    except (ValueError, TypeError, RuntimeError):
        raise ImdeError(f"{purpose}: color must be a colour of matplotlib, such as 'red', got {shown(color)}") from None
    return color


def kind_of(kind: Any, kinds: Mapping[str, Callable[..., Any]], what: str) -> Callable[..., Any]:
    """The view of a kind, by its name with spaces, hyphens or underscores. Raises UnknownNameError, naming the nearest."""
    if not isinstance(kind, str):
        raise ImdeError(f"the kind of picture of {what} is one of {', '.join(kinds)}; got {shown(kind)}")
    found = {normal(name): view for name, view in kinds.items()}
    if normal(kind) not in found:
        raise UnknownNameError(f"picture of {what}", kind, kinds)
    return found[normal(kind)]


def finished(ax: Any, title: str = "", legend: bool = False, grid: bool = True, **labels: Any) -> Any:
    """Title and names of the axes, f_h in them typeset and all else plain; a light grid, and the legend where it is asked for."""
    ax.set(**{key: typeset(value) if isinstance(value, str) else value for key, value in labels.items()})
    if title:
        width = ax.get_position().width * ax.figure.get_figwidth()
        ax.set_title(
            typeset(fill(title[:LONGEST].replace(" = ", "\u00a0=\u00a0"), max(20, int(CHARACTERS * width)))), fontsize="medium"
        )
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    if grid:
        ax.grid(alpha=0.25, linewidth=0.6)
        ax.set_axisbelow(True)
    if legend:
        ax.legend(fontsize="small", framealpha=0.85)
    return ax


def slope_guide(ax: Any, x: Any, y: Any, slope: float, label: str = "") -> None:
    """A short line of this slope under the points, in doubly logarithmic axes."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    good = np.isfinite(y) & (y > 0)
    if good.sum() < 2:
        return
    x, y = x[good], y[good]
    ends = np.array([x.min(), x.max()])
    middle = np.exp(np.mean(np.log(ends)))
    ends = np.exp(np.log(middle) + (np.log(ends) - np.log(middle)) * 0.6)
    level = np.min(y / x**slope) * 0.45
    ax.plot(ends, level * ends**slope, color="0.55", linewidth=1, zorder=1)
    style = {"textcoords": "offset points", "color": "0.4", "fontsize": "x-small"}
    ax.annotate(label or f"slope {slope:g}", (ends[1], level * ends[1] ** slope), (4, -2), **style)


def typeset(text: str) -> str:
    """Plain text in which f_h, f_1, h^2 and the like are formulas."""
    return re.sub(r"(?<![\w.^])(f_[hk\d]|h\^(?:\d+|k))(?![\w.])", r"$\1$", plain_text(text))


def plain_text(text: str) -> str:
    """A title or label as it stands: names are no formulas."""
    return text.replace("$", r"\$")
