"""The graded pre-Lie calculus, written once and given its product."""

from .calculus import act, compose, exp, log
from .space import Graded, PreLieSpace, Tower
from .stages import StageRecursion, inverse_modified, method_map, modified

__all__ = [
    "Graded",
    "PreLieSpace",
    "StageRecursion",
    "Tower",
    "act",
    "compose",
    "exp",
    "inverse_modified",
    "log",
    "method_map",
    "modified",
]
