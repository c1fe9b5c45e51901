"""The graded pre-Lie calculus, written once and given its product."""

from .calculus import act, bracket, compose, exp, lie_series, log, solve_lie_series
from .colored import ColoredSpace
from .exponential import ExponentialRecursion, ExponentialRosenbrockRecursion
from .general_linear import GeneralLinearRecursion
from .maps import AdjointRecursion, CompositionRecursion, FlowRecursion
from .nystrom import NystromRecursion
from .space import COMPOSE, EXP, Graded, PreLieSpace, ScalarSpace, Tower
from .stages import Recursion, StageRecursion, inverse_in_one_part, inverse_modified, inverses, method_map, modified

__all__ = [
    "COMPOSE",
    "EXP",
    "AdjointRecursion",
    "ColoredSpace",
    "CompositionRecursion",
    "ExponentialRecursion",
    "ExponentialRosenbrockRecursion",
    "FlowRecursion",
    "GeneralLinearRecursion",
    "Graded",
    "NystromRecursion",
    "PreLieSpace",
    "Recursion",
    "ScalarSpace",
    "StageRecursion",
    "Tower",
    "act",
    "bracket",
    "compose",
    "exp",
    "inverse_in_one_part",
    "inverse_modified",
    "inverses",
    "lie_series",
    "log",
    "method_map",
    "modified",
    "solve_lie_series",
]
