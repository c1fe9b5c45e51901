"""What threads share: tables made once, and the working precision of mpmath, which is one for the whole process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any, TypeVar

import mpmath

Made = TypeVar("Made")

_asked = threading.local()
_guard = threading.Lock()
_in_force: list[int] = []
_outside: list[int] = []


def shared(make: Callable[..., Made]) -> Callable[..., Made]:
    """`functools.cache` that calls `make` once for each key: other threads wait, and all get the same object.

    >>> table = shared(lambda size: [0] * size)
    >>> table(3) is table(3)
    True
    """
    lock, known = threading.RLock(), cache(make)

    @wraps(make, updated=())
    def get(*key: Any) -> Made:
        with lock:
            return known(*key)

    return get


@contextmanager
def precision(count: int) -> Iterator[None]:
    """Compute with at least this many decimal digits in mpmath.

    mpmath has one precision for all threads, so that a `workdps` that ends in one thread takes the digits from the others.
    Here the largest that any thread asks for is in force until it is done with.
    """
    bits, before = mpmath.libmp.dps_to_prec(count), getattr(_asked, "digits", None)
    with _guard:
        if not _in_force:
            _outside[:] = [mpmath.mp.prec]
        _in_force.append(bits)
        mpmath.mp.prec = max(_in_force)
    _asked.digits = count
    try:
        yield
    finally:
        _asked.digits = before
        with _guard:
            _in_force.remove(bits)
            mpmath.mp.prec = max(_in_force or _outside)


def working_digits() -> int:
    """The digits that this thread asked for; mpmath's own where it asked for none."""
    asked = getattr(_asked, "digits", None)
    return int(mpmath.mp.dps if asked is None else asked)
