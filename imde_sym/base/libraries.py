"""Optional libraries, imported when they are first needed."""

from __future__ import annotations

import importlib
from types import ModuleType

from .errors import MissingLibraryError


def library(module: str, purpose: str, extra: str) -> ModuleType:
    """The module, imported now. Raises MissingLibraryError, with the `pip install` line, where it is not installed.

    purpose : what needs it, as the message says;  extra : the extra of this package that brings it
    """
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = package if error.name in (None, module, package) else f"{error.name}, which {package} imports"
        raise MissingLibraryError(missing, extra, purpose) from None
