"""Progress of work that takes over two seconds: a bar on the terminal and in notebooks, nothing elsewhere.

tqdm draws it where it is installed, in a notebook as a widget; without it a line on stderr does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, TypeVar

from .libraries import found

DELAY = 2.0
"""Seconds of work before anything is shown."""
INTERVAL = 0.1
"""Seconds between two looks of a bar at least: a loop may run thousands of times in one."""
WIDTH = 24

Item = TypeVar("Item")


def track(items: Sequence[Item], label: str, growth: float = 1.0) -> Iterator[Item]:
    """The items one by one, with a bar while a slow loop runs over them; it is gone at the end, and where the loop is left.

    growth : how much longer each item takes than the one before (grades of trees: about 3)

    >>> sum(track(range(4), "adding"))
    6
    """
    if not (in_notebook() or _terminal()):
        yield from items
        return
    start, total, done = monotonic(), sum(growth**i for i in range(len(items))), 0.0
    bar: Any = None
    due = DELAY
    try:
        for i, item in enumerate(items):
            elapsed = monotonic() - start
            if elapsed > due:
                due = elapsed + INTERVAL
                bar = bar or _bar(label, total)
                bar(done, f"{i + 1} of {len(items)}", elapsed)
            yield item
            done += growth**i
    finally:
        if bar is not None:
            bar(None, "", 0.0)


def _bar(label: str, total: float) -> Callable[[float | None, str, float], None]:
    """A function that shows how much is done; None for the end."""
    with suppress(Exception):  # a bar that cannot be drawn, such as a widget without its front end, is no reason to fail
        return _tqdm(label, total)
    return _line(label, total)


def _tqdm(label: str, total: float) -> Callable[[float | None, str, float], None]:
    library = found("tqdm.auto" if in_notebook() else "tqdm.std")
    if library is None:
        return _line(label, total)
    shape = "{desc} {percentage:3.0f}%|{bar}| {elapsed}{postfix}"
    bar = library.tqdm(total=total, desc=label, leave=False, bar_format=shape, file=sys.stderr)

    def show(done: float | None, place: str, elapsed: float) -> None:
        if done is None:
            bar.close()
            return
        bar.start_t = bar.start_t if bar.n else bar.start_t - elapsed  # it began before it was shown
        bar.set_postfix_str(place, refresh=False)
        bar.update(done - bar.n)
        bar.refresh()

    return show


def _line(label: str, total: float) -> Callable[[float | None, str, float], None]:
    def show(done: float | None, place: str, elapsed: float) -> None:
        text = "\r\x1b[K"
        if done is not None:
            bar = "█" * round(WIDTH * done / total)
            text = f"\r{label}: {place} {bar:·<{WIDTH}} {elapsed:.0f} s\x1b[K"
        sys.stderr.write(text)
        sys.stderr.flush()

    return show


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    python = sys.modules.get("IPython")
    shell = python.get_ipython() if python is not None else None
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"


def _terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # no stderr, or a closed one
        return False
