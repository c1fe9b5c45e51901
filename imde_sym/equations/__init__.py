"""Modified and inverse modified equations of concrete fields."""

from .modified import ModifiedField, inverse_modified_equation, modified_equation

__all__ = ["ModifiedField", "inverse_modified_equation", "modified_equation"]
