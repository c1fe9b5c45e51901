"""From the polynomials of a differential ring to code: one frozen program, one small emitter a target."""

from ..base.words import PythonTarget, TextTarget
from .builder import Builder
from .compose import field_program
from .live import LiveFunction, NumpyFunction
from .ode import Library, ode_form
from .program import Program
from .routine import FieldOptions, Options, Part, Routine, routine
from .targets import TARGETS, find_target, live_function

__all__ = [
    "TARGETS",
    "Builder",
    "FieldOptions",
    "Library",
    "LiveFunction",
    "NumpyFunction",
    "Options",
    "Part",
    "Program",
    "PythonTarget",
    "Routine",
    "TextTarget",
    "field_program",
    "find_target",
    "live_function",
    "ode_form",
    "routine",
]
