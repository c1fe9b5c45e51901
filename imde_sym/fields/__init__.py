"""Vector fields, the differential ring that they live in, and the catalogue of systems."""

from .field import VectorField
from .ring import DifferentialRing, FieldPart, FieldSpace
from .systems import systems

__all__ = ["DifferentialRing", "FieldPart", "FieldSpace", "VectorField", "systems"]
