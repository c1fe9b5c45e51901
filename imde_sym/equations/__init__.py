"""Modified and inverse modified equations of concrete fields."""

from .modified import EQUATIONS, ModifiedField, inverse_modified_equation, modified_equation

__all__ = ["EQUATIONS", "ModifiedField", "inverse_modified_equation", "modified_equation"]
