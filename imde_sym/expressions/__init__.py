"""Text and sympy expressions, both ways: a parser that never evaluates, undefined functions, spelling, LaTeX of names."""

from .latex import alike, dotted, latex, latex_words, letters
from .reading import parse_expression
from .spelling import Spelling, as_symbol, find_symbol, new_symbol, one_symbol_a_name, read_symbols, step_symbol
from .vocabulary import FUNCTIONS, STORED
from .writing import expression_text

__all__ = [
    "FUNCTIONS",
    "STORED",
    "Spelling",
    "alike",
    "as_symbol",
    "dotted",
    "expression_text",
    "find_symbol",
    "latex",
    "latex_words",
    "letters",
    "new_symbol",
    "one_symbol_a_name",
    "parse_expression",
    "read_symbols",
    "step_symbol",
]
