"""Whole numbers, places and words that users give: one reading for all rooms, one message for each."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Collection

import sympy

from .errors import FieldError, ImdeError, SeriesError, UnknownNameError, shown

MAX_DIGITS = 4_000
"""Of an integer that is accepted: Python itself neither reads nor writes integers of over 4,300."""
MAX_COLORS = 100
"""Parts into which a field can be split."""
DIRECTIONS = ("inverse", "forward")
"""Of an equation: the field that the method turns into the flow of f; the field whose flow the method makes of f."""


def whole(value: object) -> int:
    """An integer of any library as an int, Fraction(6, 2) too.

    Raises TypeError for anything else: truth values of any library, floats, and integers too long to be printed.

    >>> whole(sympy.Integer(3))
    3
    """
    if isinstance(value, bool) or "bool" in _dtype(value):
        raise TypeError(f"{value} is a truth value")
    if isinstance(value, numbers.Rational | sympy.Rational) and value.denominator == 1:
        n = int(value.numerator)
    else:
        try:
            n = operator.index(value)  # type: ignore[arg-type]
        except Exception as error:  # an __index__ may raise anything
            raise TypeError(f"{shown(value)} is not an integer") from error
    if n.bit_length() > 3 * MAX_DIGITS:
        raise TypeError(f"{shown(n)} is too long")
    return n


def _dtype(value: object) -> str:
    """The dtype of an array's number as text; empty for what has none, or raises when it is asked."""
    try:
        return str(getattr(value, "dtype", ""))
    except Exception:  # a property may raise anything
        return ""


def check_count(value: object, what: str, low: int, high: int, error: type[ImdeError]) -> int:
    """Return `value` as an int if it is an integer in low..high, else raise `error`."""
    try:
        n = whole(value)
    except TypeError:
        n = low - 1
    if not low <= n <= high:
        raise error(f"{what} must be an integer from {low} to {high}, got {shown(value)}")
    return n


def check_order(order: object, limit: int, what: str = "order") -> int:
    """Return `order` as an int if it is an integer in 1..limit, else raise SeriesError."""
    return check_count(order, what, 1, limit, SeriesError)


def check_index(value: object, size: int, message: str) -> int:
    """Return an index from 0 to size - 1 as an int, else raise FieldError with the message."""
    try:
        n = whole(value)
    except TypeError:
        n = -1
    if not 0 <= n < size:
        raise FieldError(message)
    return n


def check_power(k: object, order: int, what: str = "a field") -> int:
    """Return the power of h of one of the terms of something that has `order` of them, else raise FieldError."""
    powers = f"powers h**0 to h**{order - 1}"
    return check_index(k, order, f"term {shown(k)} does not exist: {what} of order {order} has {powers}")


def check_part(i: object, count: int) -> int:
    """Return the number of one of the parts of a split field, else raise FieldError."""
    return check_index(i, count, f"part {shown(i)} does not exist: this field has the parts 0 to {count - 1}")


def check_word(word: object, what: str, words: Collection[str], error: type[ImdeError]) -> str:
    """Return the word if it is one of `words`, else raise `error`, which names the nearest and all that are accepted."""
    if not isinstance(word, str) or word not in words:
        raise error(str(UnknownNameError(what, word, words)))
    return word


def check_direction(word: object, error: type[ImdeError] = FieldError) -> str:
    """Return the direction of an equation if it is "inverse" or "forward", else raise an error that names the nearest."""
    return check_word(word, "direction", DIRECTIONS, error)
