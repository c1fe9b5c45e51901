"""What threads share: tables made once, and the working precision of mpmath, which is one for the whole process."""

from __future__ import annotations

import gc
import sys
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

    get.cache_clear = known.cache_clear  # type: ignore[attr-defined]
    return get


def only_once(make: Callable[..., Made]) -> Callable[..., Made]:
    """`functools.cache` that `clear_caches` leaves alone: for what is done once in a process, as registering a class.

    >>> hasattr(only_once(len), "cache_clear")
    False
    """
    known = cache(make)

    @wraps(make, updated=())
    def get(*key: Any) -> Made:
        return known(*key)

    return get


def clear_caches() -> None:
    """Forget all that the package has computed for later use: tables of trees, primes, rings, parsed catalogues.

    Tables grow with the highest order that was asked for (`tree_table`) and are kept for the whole process; the other caches hold
    a bounded number of entries or one for each entry of a catalogue. Values that are in use keep what they hold; what is asked
    for later is made anew, with the same results. The caches of sympy are its own (`sympy.core.cache.clear_cache`).

    >>> clear_caches()
    """
    modules = [module for name, module in list(sys.modules.items()) if name.split(".")[0] == __name__.split(".")[0]]
    for module in modules:
        for value in list(vars(module).values()):
            clear = getattr(value, "cache_clear", None)
            if callable(clear) and getattr(value, "__module__", None) == module.__name__:
                clear()


@contextmanager
def uncollected() -> Iterator[None]:
    """Make many objects that stay: Python does not search all of them again and again for cycles that are garbage.

    >>> with uncollected():
    ...     numbers = [(n, n + 1) for n in range(1000)]
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


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
