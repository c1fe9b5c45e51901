"""Text to expressions and back, from their room."""

from ..expressions import FUNCTIONS, STORED, expression_text, parse_expression

__all__ = ["FUNCTIONS", "STORED", "expression_text", "parse_expression"]
