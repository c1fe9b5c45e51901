"""Modified and inverse modified equations of concrete fields."""

from .evaluation import evaluate
from .modified import EQUATIONS, ModifiedField, inverse_modified_equation, modified_equation

__all__ = [
    "EQUATIONS",
    "ModifiedField",
    "evaluate",
    "inverse_modified_equation",
    "modified_equation",
]
