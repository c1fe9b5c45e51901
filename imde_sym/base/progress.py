"""A progress line on stderr for work that takes over two seconds; nothing where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import TypeVar

DELAY = 2.0
"""Seconds of work before anything is shown."""
WIDTH = 24

Item = TypeVar("Item")


def track(items: Sequence[Item], label: str, growth: float = 1.0) -> Iterator[Item]:
    """The items one by one, with a bar on stderr while a slow loop runs over them.

    growth : how much longer each item takes than the one before (grades of trees: about 3)

    >>> sum(track(range(4), "adding"))
    6
    """
    if not _terminal():
        yield from items
        return
    start, shown = monotonic(), False
    total = sum(growth**i for i in range(len(items)))
    done = 0.0
    try:
        for i, item in enumerate(items):
            elapsed = monotonic() - start
            if elapsed > DELAY:
                bar = "█" * round(WIDTH * done / total)
                sys.stderr.write(f"\r{label}: {i + 1} of {len(items)} {bar:·<{WIDTH}} {elapsed:.0f} s\x1b[K")
                sys.stderr.flush()
                shown = True
            yield item
            done += growth**i
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # no stderr, or a closed one
        return False
