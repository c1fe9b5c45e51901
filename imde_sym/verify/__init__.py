"""Checks against trajectories: reference flows, steps of methods, observed orders."""

from .comparing import ComparisonTable, compare
from .flow import ReferenceFlow
from .report import Report, check
from .steps import MethodField, stepper

__all__ = [
    "ComparisonTable",
    "MethodField",
    "ReferenceFlow",
    "Report",
    "check",
    "compare",
    "stepper",
]
