"""Text in columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def columns(rows: Sequence[Sequence[str]], place: Callable[[str, int], str] = str.rjust) -> list[str]:
    """A line for each row, its cells as wide as the widest of their column.

    place : str.rjust or str.ljust

    >>> columns([["h", "error"], ["0.1", "2e-5"]])
    ['  h  error', '0.1   2e-5']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(place(x, w) for x, w in zip(row, widths, strict=True)).rstrip() for row in rows]
