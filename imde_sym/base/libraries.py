"""Optional libraries, imported when they are first needed."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from .errors import ImdeError, MissingLibraryError


def library(module: str, purpose: str, extra: str) -> ModuleType:
    """The module, imported now. Raises MissingLibraryError, with the `pip install` line, where it is not installed.

    purpose : what needs it, as the message says;  extra : the extra of this package that brings it

    >>> library("no_such_module", "this example", "plot")
    Traceback (most recent call last):
    imde_sym.base.errors.MissingLibraryError: this example needs no_such_module: pip install 'imde_sym[plot]'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise missing(error, module, purpose, extra) from None


def found(module: str) -> ModuleType | None:
    """The module, imported now, or None where it is not installed.

    >>> found("no_such_module") is None
    True
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def is_torch(model: object) -> bool:
    """Whether a model is a torch module; torch is not imported for the question.

    >>> is_torch(abs)
    False
    """
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(model, torch.nn.Module)


def missing(error: ImportError, module: str, purpose: str, extra: str = "") -> ImdeError:
    """What a failed import means to a user: the library to be installed, or the one that this library lacks.

    extra : by default that of the library's own name
    """
    package = module.partition(".")[0]
    name = NAMES.get(package, package)
    if error.name not in (None, module, package):
        name = f"{error.name}, which {name} imports"
    return MissingLibraryError(name, extra or package, purpose)


NAMES = {"flint": "python-flint"}
"""Of libraries that are installed under another name than they are imported."""
