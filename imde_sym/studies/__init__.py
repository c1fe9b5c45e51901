"""A grid of runs that survives crashes: cells, stores, processes, Dask."""

from .study import Failure, Status, Study, grid

__all__ = ["Failure", "Status", "Study", "grid"]
