"""From the polynomials of a differential ring to code: one frozen program, one small emitter a target."""

from .numpy import NumpyFunction
from .program import Builder, Program

__all__ = ["Builder", "NumpyFunction", "Program"]
