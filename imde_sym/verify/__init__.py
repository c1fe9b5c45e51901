"""Checks against trajectories: reference flows, steps of methods, observed orders."""

from .flow import ReferenceFlow
from .report import Report, check
from .steps import Stepper

__all__ = ["ReferenceFlow", "Report", "Stepper", "check"]
