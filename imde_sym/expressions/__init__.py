"""Text and sympy expressions, both ways: a parser that never evaluates, undefined functions, spelling."""

from .reading import parse_expression
from .vocabulary import FUNCTIONS, STORED
from .writing import expression_text

__all__ = ["FUNCTIONS", "STORED", "expression_text", "parse_expression"]
