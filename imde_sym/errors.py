"""The exceptions, for `except` clauses: from imde_sym.errors import FieldError."""

from .base.errors import (
    ArgumentError,
    CodegenError,
    ConvergenceError,
    FieldError,
    ImdeError,
    LearningError,
    MethodError,
    MissingLibraryError,
    ParseError,
    RingError,
    SeriesError,
    TrainingError,
    TreeError,
    TruncationError,
    UnknownNameError,
    WrongCodeError,
)

__all__ = [
    "ArgumentError",
    "CodegenError",
    "ConvergenceError",
    "FieldError",
    "ImdeError",
    "LearningError",
    "MethodError",
    "MissingLibraryError",
    "ParseError",
    "RingError",
    "SeriesError",
    "TrainingError",
    "TreeError",
    "TruncationError",
    "UnknownNameError",
    "WrongCodeError",
]
