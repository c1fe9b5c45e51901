"""B-series: values, constructors and laws."""

from .bseries import BSeries
from .constructors import exact_series, inverse_modified_series, method_series, modified_series

__all__ = ["BSeries", "exact_series", "inverse_modified_series", "method_series", "modified_series"]
