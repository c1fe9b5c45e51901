"""Checks against trajectories: reference flows, steps of methods, observed orders."""

from . import steps_of_parts, steps_of_values  # noqa: F401  steppers enter themselves
from .comparing import compare
from .flow import ReferenceFlow
from .report import Report, check
from .steps import MethodField, stepper

__all__ = [
    "MethodField",
    "ReferenceFlow",
    "Report",
    "check",
    "compare",
    "stepper",
]
