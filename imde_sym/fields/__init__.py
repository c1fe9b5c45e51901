"""Vector fields, the differential ring that they live in, and the catalogue of systems."""

from .families import fput, lorenz96, n_body, toda
from .field import VectorField
from .gate import FieldLike, as_field
from .graded import GradedField, as_graded, over_a_ring
from .ring import DifferentialRing, RingField
from .space import FieldSpace
from .structure import Structure
from .systems import systems
from .zero import ZeroTest

__all__ = [
    "DifferentialRing",
    "FieldLike",
    "FieldSpace",
    "GradedField",
    "RingField",
    "Structure",
    "VectorField",
    "ZeroTest",
    "as_field",
    "as_graded",
    "fput",
    "lorenz96",
    "n_body",
    "over_a_ring",
    "systems",
    "toda",
]
