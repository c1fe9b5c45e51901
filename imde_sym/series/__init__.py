"""B-series: values, constructors, laws and structure."""

from .bseries import BSeries
from .constructors import exact_series, inverse_modified_series, method_series, modified_series
from .laws import adjoint, compose, exp, inverse, log, scale
from .structure import order_of_accuracy, symplectic_order
from .substitution import substitute

__all__ = [
    "BSeries",
    "adjoint",
    "compose",
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
