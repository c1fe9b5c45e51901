"""The interactive page: what a solver does to an equation, seen by moving a slider."""

from .notebook import Interaction, interact
from .server import PageServer

__all__ = ["Interaction", "PageServer", "interact"]
