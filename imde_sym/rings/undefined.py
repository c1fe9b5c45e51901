"""Undefined functions, from their room."""

from ..expressions.undefined import Orders, decode, is_undefined, parsed_partial, partial, undefined_functions

__all__ = ["Orders", "decode", "is_undefined", "parsed_partial", "partial", "undefined_functions"]
