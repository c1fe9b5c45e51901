"""B-series: values, constructors, laws and structure."""

from . import others  # noqa: F401  what BSeries.from_julia and its like ask
from .bseries import BSeries, linear_combination
from .conditions import error_coefficients, error_norm, generic_tableau, order_conditions
from .conjugacy import conjugate_symplectic_order, conjugate_to_symplectic
from .constructors import (
    average_vector_field_series,
    exact_series,
    generic_series,
    identity_series,
    inverse_modified_series,
    method_series,
    modified_series,
)
from .effective import effective_order
from .laws import adjoint, compose, conjugate, even_part, exp, inverse, lie_bracket, log, renormalize, scale, symmetric_part
from .structure import energy_preserving_order, order_of_accuracy, symmetric_order, symplectic_order
from .substitution import substitute

__all__ = [
    "BSeries",
    "adjoint",
    "average_vector_field_series",
    "compose",
    "conjugate",
    "conjugate_symplectic_order",
    "conjugate_to_symplectic",
    "effective_order",
    "energy_preserving_order",
    "error_coefficients",
    "error_norm",
    "even_part",
    "exact_series",
    "exp",
    "generic_series",
    "generic_tableau",
    "identity_series",
    "inverse",
    "inverse_modified_series",
    "lie_bracket",
    "linear_combination",
    "log",
    "method_series",
    "modified_series",
    "order_conditions",
    "order_of_accuracy",
    "renormalize",
    "scale",
    "substitute",
    "symmetric_order",
    "symmetric_part",
    "symplectic_order",
]
