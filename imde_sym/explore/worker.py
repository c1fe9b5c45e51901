"""A process that answers states, one a line of JSON. What takes too long is ended from outside: `workers`."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any, TextIO

READY = "ready"
WAIT = 2.5
"""A second of work may take so long on a busy machine; then the process is killed all the same."""
MEMORY = 6 << 30
"""Bytes of address space that an answer may take, where the system can limit it."""


def main() -> None:
    """Answer until the input ends. Standard output belongs to the answers; what a library prints goes to standard error."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted, and ends this
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    from .answer import answer

    answer({})  # so that code, tables and libraries are there when somebody waits
    with contextlib.suppress(BrokenPipeError):  # who asked has gone
        _say(out, READY)
        for line in sys.stdin:
            limit, state = json.loads(line)
            _say(out, _answered(answer, state, limit))


def _answered(answer: Any, state: Any, limit: float) -> Any:
    """The answer, or what became of it. The process is ended by the system after `limit` seconds of work, wherever it is."""
    with _bounded(limit):
        try:
            return answer(state)
        except (MemoryError, RecursionError):
            text = "this takes more memory than there is: lower the order, or take a smaller system"
        except Exception as error:  # a fault of the program must not end the page
            text = f"a fault of this program, which its authors would like to hear of: {type(error).__name__}: {str(error)[:200]}"
    return {"ok": False, "messages": [{"field": "", "kind": "error", "text": text, "column": None}]}


@contextlib.contextmanager
def _bounded(limit: float) -> Iterator[None]:
    """Timers whose signals end a process that does not handle them, within a library, too.

    One runs while the processor works, the other, by the clock, is for a process whose parent has gone.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, limit)
    signal.setitimer(signal.ITIMER_REAL, WAIT * limit + 5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _say(out: TextIO, data: Any) -> None:
    out.write(json.dumps(data) + "\n")
    out.flush()
