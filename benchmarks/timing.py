"""Shared by the benchmarks: the fastest of several runs, runs in a process of their own, and the printed table."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, NamedTuple

REPEATS = 5
BUDGET, MOST_RUNS = 2.0, 50
"""Seconds, and runs, after which `measured` repeats no more."""


class Cost(NamedTuple):
    """Seconds of the fastest run, and the bytes by which the first one raised the peak of resident memory."""

    seconds: float
    memory: int


class Time(NamedTuple):
    """Seconds of the processor and of the clock."""

    cpu: float
    wall: float

    def over(self, count: float) -> Time:
        return Time(self.cpu / count, self.wall / count)


def best(task: Callable[[], object]) -> float:
    """Seconds of the fastest of five runs, after one that does not count."""
    task()
    return min(once(task) for _ in range(REPEATS))


def once(task: Callable[[], object]) -> float:
    start = perf_counter()
    task()
    return perf_counter() - start


def measured(task: Callable[[], object]) -> Cost:
    """The cost of a task: runs it again while all runs took less than BUDGET seconds together. For use inside `fresh`."""
    before = _peak()
    times = [once(task)]
    memory = _peak() - before
    while sum(times) < BUDGET and len(times) < MOST_RUNS:
        times.append(once(task))
    return Cost(min(times), memory)


def fresh(task: Callable[..., Any], *arguments: Any, limit: float | None = None) -> Any:
    """task(*arguments) in a new process, where nothing is cached yet; None if it takes more than `limit` seconds."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(sender, task, arguments))
    process.start()
    sender.close()
    try:
        return receiver.recv() if receiver.poll(limit) else None
    except EOFError:
        process.join()
        raise RuntimeError(f"{task.__name__}{arguments} ended with exit code {process.exitcode}") from None
    finally:
        process.kill()
        process.join()


def _answer(sender: Any, task: Callable[..., Any], arguments: Sequence[Any]) -> None:
    sender.send(task(*arguments))


def _peak() -> int:
    """Bytes of resident memory at the highest; kibibytes are what Linux reports."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def seconds(value: float) -> str:
    return f"{1000 * value:.1f} ms" if value < 1 else f"{value:.2f} s"


def mebibytes(value: float) -> str:
    return f"{value / 2**20:.1f} MiB"


def machine() -> str:
    """Cores, and the load over one, five and fifteen minutes: where others compute at the same time, times are too long."""
    return f"{os.cpu_count()} cores, load " + " ".join(f"{x:.2f}" for x in os.getloadavg())


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip())
