"""The numbers of methods as plain data, both ways: exact ones as strings, floats as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import sympy

from ..base.errors import ImdeError, MethodError, shown
from ..expressions import parse_expression, read_symbols
from ..rings import Scalar, scalar, scalar_from_json, scalar_to_json

MAX_ENTRIES = 10_000
"""Numbers in a row of a method."""
MAX_DEGREE = 32
"""Of a minimal polynomial: isolating the roots of one of degree 1000 takes hours."""


def numbers(what: str, values: Any) -> tuple[Scalar, ...]:
    """A user's sequence of numbers in canonical form. Raises MethodError, naming the entry."""
    if isinstance(values, sympy.MatrixBase):
        values = list(values)
    if not _is_sequence(values):
        raise MethodError(f"{what} must be a sequence of numbers, got {shown(values)}")
    out = []
    for i, value in enumerate(islice(values, MAX_ENTRIES + 1)):
        if i == MAX_ENTRIES:
            raise MethodError(f"{what} has more than {MAX_ENTRIES:,} entries")
        try:
            out.append(scalar(value))
        except ImdeError as error:
            raise MethodError(f"{what}[{i}]: {error}") from None
    return tuple(out)


def rows(what: str, values: Any, width: int | None = None) -> tuple[tuple[Scalar, ...], ...]:
    """A user's matrix in canonical form; rows are filled up with zeros to `width` if it is given."""
    if isinstance(values, sympy.MatrixBase):
        values = values.tolist()
    if not _is_sequence(values):
        raise MethodError(f"{what} must be a sequence of rows, got {shown(values)}")
    found = [numbers(f"{what}[{i}]", row) for i, row in enumerate(islice(values, MAX_ENTRIES))]
    if width is None:
        return tuple(found)
    if any(len(row) > width for row in found):
        raise MethodError(f"{what} has a row of more than {width} entries")
    return tuple(row + (scalar(0),) * (width - len(row)) for row in found)


def _is_sequence(values: Any) -> bool:
    """Whether numbers can be read one after the other; `__iter__ = None` says that they cannot."""
    return isinstance(values, Iterable) and not isinstance(values, str | bytes | Mapping) and getattr(values, "shape", None) != ()


def depth(value: Any, most: int = 4) -> int:
    """How deeply sequences are nested: 0 for a number or text, 2 for a matrix; no more than `most` is counted.

    >>> depth([[1, "1/2"], []]), depth([[[]]])
    (2, 3)
    """
    if hasattr(value, "shape"):
        return len(value.shape)
    if most == 0 or isinstance(value, str) or not isinstance(value, Sequence):
        return 0
    return 1 + max((depth(x, most - 1) for x in value), default=0)


def write(value: Any, names: Mapping[sympy.Expr, sympy.Symbol]) -> Any:
    """Numbers, nested tuples of them and methods as JSON values; roots are written by their names."""
    if isinstance(value, tuple):
        return [write(item, names) for item in value]
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if value is None or isinstance(value, int | str):
        return value
    return scalar_to_json(value.xreplace(dict(names)) if isinstance(value, sympy.Basic) else value)


def read(what: str, value: Any, names: dict[str, sympy.Expr]) -> Any:
    """Inverse of `write` for numbers: lists of them, however nested. Strings are parsed, never evaluated."""
    if isinstance(value, list):
        return [read(what, item, names) for item in value]
    if value is None or (isinstance(value, dict) and "mpmath" not in value):
        raise MethodError(f'"{what}" holds {str(value)[:40]!r} where a number is expected')
    return scalar_from_json(value, names)


def names_in(data: Mapping[str, Any]) -> dict[str, sympy.Expr]:
    """The names that strings of the data may use: its symbols and its named constants."""
    symbols, named = read_symbols(data.get("symbols", [])), constants(data.get("constants", {}))
    if clash := symbols.keys() & named.keys():
        raise MethodError(f"{min(clash)!r} is both a symbol and a named constant of the data")
    return symbols | named


def constants(data: Any) -> dict[str, sympy.Expr]:
    """Algebraic numbers by name: the real root of "minpoly" (a polynomial in x) that lies nearest to "near"."""
    if not isinstance(data, dict):
        raise MethodError(f'"constants" must be an object, got {str(data)[:40]!r}')
    x, out = sympy.Symbol("x"), {}
    for name, entry in data.items():
        try:
            polynomial = sympy.Poly(parse_expression(entry["minpoly"], {"x": x}), x)
            if polynomial.degree() > MAX_DEGREE:
                raise ValueError
            near = sympy.Rational(scalar(entry["near"]))
            out[str(name)] = min(polynomial.real_roots(radicals=False), key=lambda r: abs(r.evalf(30) - near))
        except (KeyError, TypeError, ValueError, sympy.PolynomialError):
            needed = f'"minpoly", a polynomial in x of degree at most {MAX_DEGREE} with a real root, and "near"'
            raise MethodError(f"constant {name!r} needs {needed}; got {shown(entry)}") from None
    return out
