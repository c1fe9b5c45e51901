"""Checks against trajectories: reference flows, steps of methods, observed orders."""

from . import (  # noqa: F401  steppers enter themselves
    float_exponentials,
    float_multirate,
    float_values,
    steps_of_parts,
    steps_of_values,
)
from .comparing import compare
from .flow import ReferenceFlow
from .integration import integrate
from .long_runs import LongRun, long_run
from .report import Report, check
from .stepping import float_step
from .steps import MethodField, stepper
from .trajectory import Trajectory
from .trial import Audit, WrongTerm, audit

__all__ = [
    "Audit",
    "LongRun",
    "MethodField",
    "ReferenceFlow",
    "Report",
    "Trajectory",
    "WrongTerm",
    "audit",
    "check",
    "compare",
    "float_step",
    "integrate",
    "long_run",
    "stepper",
]
