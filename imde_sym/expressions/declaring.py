"""Names and values of parameters, in the forms in which people declare them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import sympy

from ..base.errors import ParseError, shown
from .reading import parse_expression

AUTO = "auto"


def declared_parameters(given: Any) -> tuple[dict[str, sympy.Symbol] | str, dict[str, Any]]:
    """Symbols and values of parameters: "g, L", "g L=2", "auto", names or symbols, or a mapping to values.

    >>> declared_parameters("g, L = 1/2")
    ({'g': g, 'L': L}, {'L': 1/2})
    """
    if isinstance(given, str):
        if given.strip() == AUTO:
            return AUTO, {}
        pieces = re.split(r"[,;]" if re.search("[,;]", given) else r"\s+", re.sub(r"\s*=\s*", "=", given.strip()))
        pairs = [piece.strip().partition("=") for piece in pieces if piece.strip()]
        items = [(name, parse_expression(value, {}) if equal else None) for name, equal, value in pairs]
    elif isinstance(given, sympy.Symbol):
        items = [(given, None)]
    elif isinstance(given, Mapping):
        items = list(given.items())
    elif isinstance(given, Iterable):
        items = [(name, None) for name in given]
    else:
        raise ParseError(f'parameters are text such as "a, b=1/2", names, or a mapping to values; got {shown(given)}')
    symbols = {}
    for name, _ in items:
        symbol = name if isinstance(name, sympy.Symbol) else sympy.Symbol(str(name).removeprefix("\\"))
        if not re.fullmatch(r"[^\W\d][\w']*", symbol.name):
            raise ParseError(f'{symbol.name[:40]!r} is not the name of a parameter; an example is parameters="a, b=1/2"')
        symbols[symbol.name] = symbol
    values = {str(name).removeprefix("\\"): v for name, v in items if v is not None or isinstance(given, Mapping)}
    return symbols, values
