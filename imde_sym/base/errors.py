"""The package's exceptions: every message says what was given and what is accepted."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

FEW = 16
"""So many names are listed in full."""
MAX_MESSAGE = 2_000
"""Characters of a message; beyond them its middle is left out."""


class ImdeError(Exception):
    """Base class of every error that this package raises on purpose."""

    def __init__(self, *args: object):
        first, *others = args or ("",)
        if isinstance(first, str) and len(first) > MAX_MESSAGE:
            half = MAX_MESSAGE // 2
            args = (f"{first[:half]} ... {first[-half:]}", *others)
        super().__init__(*args)

    def __reduce__(self) -> tuple[Any, ...]:  # not by calling the class: some are made of other things than their message
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[ImdeError], args: tuple[object, ...], state: dict[str, Any]) -> ImdeError:
    """An error that comes from another process."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ArgumentError(ImdeError, TypeError):
    """A keyword that a function does not have, the nearest of its own is named; or an argument that is missing or too many."""


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


class WrongCodeError(CodegenError):
    """Code that float64 would turn into another field than the one that was given."""


class ConvergenceError(ImdeError, ArithmeticError):
    """An iteration that did not reach its tolerance."""


class ExecutorError(ImdeError, RuntimeError):
    """What is no executor, or one whose workers died, do not start or are lost."""


class LearningError(ImdeError, ValueError):
    """Data, a model or a solver that cannot be trained or compared.

    >>> raise LearningError("T must be a finite time other than 0")
    Traceback (most recent call last):
    imde_sym.base.errors.LearningError: T must be a finite time other than 0
    """


class TrainingError(ConvergenceError):
    """Training that diverged; `fit` holds the last good model as a Fit.

    >>> TrainingError("training diverged at step 3", fit=None).fit is None
    True
    """

    def __init__(self, message: str, fit: object):
        super().__init__(message)
        self.fit = fit


class MissingLibraryError(ImdeError, ImportError):
    """An optional library that is not installed."""

    def __init__(self, library: str, extra: str, purpose: str):
        super().__init__(f"{purpose} needs {library}: pip install 'imde_sym[{extra}]'")


class UnknownNameError(ImdeError, KeyError):
    """A name that a catalogue does not hold."""

    def __init__(self, kind: str, name: object, names: Iterable[str], listing: str = ""):
        known = list(names)
        given = shown(name) if not isinstance(name, str) else name[:80]
        self.nearest = difflib.get_close_matches(given.lower(), known, n=3, cutoff=0.5)
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        accepted = f"; accepted: {', '.join(known)}" if len(known) <= FEW and not listing else ""
        where = f" ({listing} lists all)" if listing else accepted
        super().__init__(f"unknown {kind} {given!r}{hint}{where}")

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0])


ROOMS: dict[str, type[ImdeError]] = {
    "rings": RingError,
    "expressions": ParseError,
    "trees": TreeError,
    "method": MethodError,
    "series": SeriesError,
    "fields": FieldError,
    "codegen": CodegenError,
    "equations": FieldError,
    "geometry": FieldError,
    "verify": FieldError,
    "prediction": FieldError,
    "documents": FieldError,
    "learn": LearningError,
    "studies": LearningError,
    "experiments": LearningError,
}
"""What the rooms of the house raise for an argument of the wrong kind; a room with an error of its own adds it."""


def error_of_room(module: str) -> type[ImdeError]:
    """The error of the room that a module belongs to."""
    return ROOMS.get(([*module.split("."), ""])[1], ImdeError)


def shown(value: object, length: int = 60) -> str:
    """A value for a message: its repr, shortened; what has none, or too long an integer, is told by its kind.

    >>> shown(10**5000)
    'an integer of 16610 bits'
    """
    if isinstance(value, int) and value.bit_length() > 4 * length:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, str | bytes):
        value = value[: length + 1]
    elif isinstance(value, list | tuple | set | frozenset | dict) and len(value) > length:
        return f"a {type(value).__name__} of {len(value)} entries"
    try:
        text = repr(value)
    except Exception:  # a repr may raise anything, and an integer inside may be too long for one
        return f"a {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= length else f"{text[: length - 3]}..."
