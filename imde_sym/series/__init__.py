"""B-series: values, constructors, laws and structure."""

from .bseries import BSeries
from .constructors import average_vector_field_series, exact_series, inverse_modified_series, method_series, modified_series
from .laws import adjoint, compose, exp, inverse, log, scale
from .structure import energy_preserving_order, order_of_accuracy, symplectic_order
from .substitution import substitute

__all__ = [
    "BSeries",
    "adjoint",
    "average_vector_field_series",
    "compose",
    "energy_preserving_order",
    "exact_series",
    "exp",
    "inverse",
    "inverse_modified_series",
    "log",
    "method_series",
    "modified_series",
    "order_of_accuracy",
    "scale",
    "substitute",
    "symplectic_order",
]
