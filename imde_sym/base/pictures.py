"""`.plot` of every value that has a picture: the one place from which an arrow leads up, to the room of pictures.

A value names its view, a function of `imde_sym.plots`; the room is imported when a picture is asked for.
"""

from __future__ import annotations

import importlib
from typing import Any, ClassVar


def view(name: str) -> Any:
    """A function of `imde_sym.plots` by its name."""
    return getattr(importlib.import_module("imde_sym.plots"), name)


class Pictured:
    """A value with a picture."""

    __slots__ = ()
    view: ClassVar[str]
    """The function of `imde_sym.plots` that draws it."""

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw it into `ax`, matplotlib Axes, or into a new figure; returns the Axes. `options` are those of the view, which
        tells them, as kind= where there are several pictures (`help(imde_sym.plots.plot_field)` and the like).

        pyplot does not hear of a new figure: it shows itself in notebooks, `ax.figure.savefig("name.png")` writes it, and a
        window opens for ax=plt.gca() and plt.show().
        Raises MissingLibraryError without matplotlib, ImdeError for an `ax` that is none.

        >>> import matplotlib
        >>> matplotlib.use("Agg")
        >>> from imde_sym import RootedTree
        >>> RootedTree("[[],[]]").plot().get_aspect()
        1.0
        """
        return view(self.view)(self, ax, **options)
