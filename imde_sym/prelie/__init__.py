"""The graded pre-Lie calculus, written once and given its product."""

from .calculus import act, compose, exp, log
from .colored import ColoredSpace
from .space import Graded, PreLieSpace, Tower
from .stages import Recursion, StageRecursion, inverse_modified, inverses, method_map, modified

__all__ = [
    "ColoredSpace",
    "Graded",
    "PreLieSpace",
    "Recursion",
    "StageRecursion",
    "Tower",
    "act",
    "compose",
    "exp",
    "inverse_modified",
    "inverses",
    "log",
    "method_map",
    "modified",
]
