"""Checks against trajectories: reference flows, steps of methods, observed orders."""

from .flow import ReferenceFlow
from .linear import linear_radius
from .prediction import Prediction, predict
from .report import Report, check
from .steps import MethodField, stepper

__all__ = [
    "MethodField",
    "Prediction",
    "ReferenceFlow",
    "Report",
    "check",
    "linear_radius",
    "predict",
    "stepper",
]
