"""Modified and inverse modified equations of concrete fields."""

from ..base.checks import DIRECTIONS
from .build import build_equation, inverse_modified_equation, modified_equation
from .callables import CallableModifiedField
from .evaluation import evaluate
from .modified import ModifiedField

__all__ = [
    "DIRECTIONS",
    "CallableModifiedField",
    "ModifiedField",
    "build_equation",
    "evaluate",
    "inverse_modified_equation",
    "modified_equation",
]
