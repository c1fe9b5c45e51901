"""The package's exceptions: every message says what was given and what is accepted."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

FEW = 16
"""So many names are listed in full."""


class ImdeError(Exception):
    """Base class of every error that this package raises on purpose."""


class RingError(ImdeError, ValueError):
    """Coefficients that cannot be read, or that do not fit together."""


class TreeError(ImdeError, ValueError):
    """A malformed rooted tree, or an order that cannot be enumerated."""


class MethodError(ImdeError, ValueError):
    """Data that are not a numerical method, or a question the method does not admit."""


class SeriesError(ImdeError, ValueError):
    """A law that does not apply to the given B-series."""


class TruncationError(SeriesError, KeyError):
    """A coefficient beyond the order at which a series was truncated."""

    def __str__(self) -> str:
        return str(self.args[0])


class FieldError(ImdeError, ValueError):
    """A vector field that cannot be built or expanded."""


class ParseError(ImdeError, ValueError):
    """Text that is not an expression, an equation or a tree. `text` is what was read, `column` (from 1) the place."""

    def __init__(self, message: str, text: str = "", column: int | None = None):
        super().__init__(message)
        self.text, self.column = text, column


class CodegenError(ImdeError, ValueError):
    """A code target that does not exist or cannot express the field."""


class ConvergenceError(ImdeError, ArithmeticError):
    """An iteration that did not reach its tolerance."""


class MissingLibraryError(ImdeError, ImportError):
    """An optional library that is not installed."""

    def __init__(self, library: str, extra: str, purpose: str):
        super().__init__(f"{purpose} needs {library}: pip install 'imde_sym[{extra}]'")


class UnknownNameError(ImdeError, KeyError):
    """A name that a catalogue does not hold."""

    def __init__(self, kind: str, name: object, names: Iterable[str], listing: str = ""):
        known = list(names)
        self.nearest = difflib.get_close_matches(str(name).lower(), known, n=3, cutoff=0.5)
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        accepted = f"; accepted: {', '.join(known)}" if len(known) <= FEW and not listing else ""
        where = f" ({listing} lists all)" if listing else accepted
        super().__init__(f"unknown {kind} {str(name)[:80]!r}{hint}{where}")

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0])


def check_order(order: object, limit: int, what: str = "order") -> int:
    """Return `order` as an int if it is an integer in 1..limit, else raise ImdeError."""
    import operator

    try:
        n = operator.index(order)  # type: ignore[arg-type]
    except TypeError:
        raise SeriesError(f"{what} must be an integer from 1 to {limit}, got {order!r}") from None
    if isinstance(order, bool) or not 1 <= n <= limit:
        raise SeriesError(f"{what} must be an integer from 1 to {limit}, got {order!r}")
    return n
