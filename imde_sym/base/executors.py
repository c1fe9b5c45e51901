"""Work spread over an executor of `concurrent.futures`: what is computed, and in which order it comes, is the same without one.

A task is a function at the top level of a module (or a `partial` of one) with an item; both go to the workers by pickle, so
they are small, and what is large is made anew there and kept by the caches of the worker: tables of trees, rings, programs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from itertools import pairwise
from typing import Annotated, Any, TypeVar

from .arguments import gate
from .errors import ExecutorError, shown
from .progress import track

Item = TypeVar("Item")
Result = TypeVar("Result")

ACCEPTED = "a concurrent.futures.Executor, such as ProcessPoolExecutor(); a Dask client gives one by .get_executor()"


def _read(value: Any) -> Executor | None:
    if value is None or isinstance(value, Executor):
        return value
    made = " that is not called: write ProcessPoolExecutor()" if isinstance(value, type) and issubclass(value, Executor) else ""
    raise ExecutorError(f"executor must be {ACCEPTED}; got {shown(value)}{made}")


ExecutorLike = Annotated[Any, gate("an Executor", _read)]
"""An executor, or None: then this process computes."""


def spread(task: Callable[[Item], Result], items: Sequence[Item], executor: Executor | None, label: str) -> list[Result]:
    """[task(item) for item in items], by an executor where one is given; `label` says what is done while it takes long.

    An error of a task is raised as it would be here, the first in the sequence of the items; what has not begun is then called
    off. Raises ExecutorError where workers die, do not start or are lost, and for an executor that has been shut down.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as pool:
    ...     spread(abs, [-3, 2, -1], pool, "moduli")
    [3, 2, 1]
    """
    if executor is None:
        return [task(item) for item in track(items, label)]
    futures: list[Future[Result]] = []
    try:
        futures += (executor.submit(task, item) for item in items)
        return [future.result() for future in track(futures, label)]
    except BaseException as error:
        for future in futures:
            future.cancel()
        if lost(error):
            raise ExecutorError(
                f"{label}: a worker died or was lost ({type(error).__name__}). Give a new executor; in a script, make it under "
                "`if __name__ == '__main__':`; if memory ran out, use fewer workers"
            ) from error
        if isinstance(error, RuntimeError) and len(futures) < len(items):
            raise ExecutorError(f"{label}: the executor takes no work: {shown(error, 200)}") from error
        raise


def lost(error: BaseException) -> bool:
    """Whether it tells of a worker that died or was lost, and not of the task."""
    distributed = sys.modules.get("distributed")
    killed = () if distributed is None else (distributed.KilledWorker,)
    return isinstance(error, (BrokenExecutor, CancelledError, *killed))


def workers(executor: Executor) -> int:
    """How many tasks it runs at a time, or a guess: where the executor does not say, this machine's processors."""
    client = getattr(executor, "_client", None)  # of Dask
    found = sum(client.nthreads().values()) if client is not None else getattr(executor, "_max_workers", None)
    return found if isinstance(found, int) and found > 0 else os.cpu_count() or 1


def shares(items: Sequence[Item], count: int) -> list[Sequence[Item]]:
    """The items in at most `count` runs, as even as can be.

    >>> shares("abcdefg", 3)
    ['ab', 'cd', 'efg']
    """
    n = min(count, len(items))
    ends = [len(items) * i // n for i in range(n + 1)] if n else []
    return [items[a:b] for a, b in pairwise(ends)]
