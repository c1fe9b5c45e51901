"""Vector fields, the differential ring that they live in, and the catalogue of systems."""

from .families import fput, lorenz96, n_body, toda
from .field import VectorField
from .gate import FieldLike, as_field
from .parts import FieldPart, FieldSpace
from .ring import DifferentialRing
from .structure import Structure
from .systems import systems
from .zero import ZeroTest

__all__ = [
    "DifferentialRing",
    "FieldLike",
    "FieldPart",
    "FieldSpace",
    "Structure",
    "VectorField",
    "ZeroTest",
    "as_field",
    "fput",
    "lorenz96",
    "n_body",
    "systems",
    "toda",
]
