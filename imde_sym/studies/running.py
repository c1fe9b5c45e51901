"""Cells on an executor: a failing cell fails alone, and what a lost worker had in hand is given out again."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import isfinite
from time import perf_counter, sleep
from typing import Any
from uuid import uuid4

from ..base.errors import LearningError, shown
from ..base.executors import ACCEPTED, lost
from .store import Claim, Outcome

Task = Callable[[dict[str, Any]], Mapping[str, Any]]

AHEAD = 1000
"""Cells handed at once to an executor that is not ours."""
POLL = 0.5
"""Seconds between looks at the cells of other processes."""


def plain(value: Any, where: str, finite: bool = True) -> Any:
    """A value as JSON can hold it, arrays as lists. Raises LearningError for others, and for nan where `finite`."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if finite and not isfinite(value):
            raise LearningError(f"{where} is {value}: a cell is known by its values, so they are finite")
        return value
    if isinstance(value, list | tuple | range):
        return [plain(v, f"{where}[{i}]", finite) for i, v in enumerate(value)]
    if isinstance(value, Mapping) and all(isinstance(k, str) for k in value):
        return {k: plain(v, f"{where}[{k!r}]", finite) for k, v in value.items()}
    raise LearningError(
        f"{where} is {str(value)[:60]!r}, a {type(value).__name__}: only numbers, text, booleans, None, lists and "
        "dicts with text as keys can be stored; give a name or a float instead"
    )


class TimeIsUp(BaseException):
    """The time limit of a cell; no Exception, which tasks may catch."""


@contextmanager
def _alarm(limit: float) -> Iterator[None]:
    """Raise TimeIsUp in this, the main thread, after so many seconds."""

    def ring(_number: int, _frame: Any) -> None:
        raise TimeIsUp

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _limited(task: Task, given: dict[str, Any], limit: float | None) -> Any:
    """The task's result. Raises TimeIsUp; in a thread of its own, where no alarm rings, the task is then left to itself."""
    if limit is None:
        return task(given)
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "SIGALRM"):
        with _alarm(limit):
            return task(given)
    found: list[Any] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(task(given))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(limit)
    if failed:
        raise failed[0]
    if not found:
        raise TimeIsUp
    return found[0]


def execute(task: Task, cell: str, _ticket: str, limit: float | None = None) -> Outcome:
    """Run one cell, in the worker, in at most `limit` seconds. The ticket differs each time: Dask would take equal calls for
    one."""
    start = perf_counter()
    try:
        given = json.loads(cell)
        result = _limited(task, given, limit)
        if not isinstance(result, Mapping):
            raise LearningError(f"a task returns a dict of results, this one returned a {type(result).__name__}")
        if both := sorted(given.keys() & result.keys()):
            raise LearningError(f"the task returned {both[0]!r}, which is a name of the cell: choose another")
        text = json.dumps(plain(result, "the result", finite=False))
    except TimeIsUp:
        return Outcome(None, f"the cell took over {limit:g} s, its limit", "", perf_counter() - start)
    except (Exception, SystemExit) as error:
        line = f"{type(error).__name__}: {error}"
        return Outcome(None, line, traceback.format_exc(), perf_counter() - start)
    return Outcome(text, seconds=perf_counter() - start)


def ready(task: Task) -> bool:
    """The first thing that a pool is asked: its worker has started and has found the task."""
    return callable(task)


def follow_parent() -> None:
    """In a worker process: end when the process that started it ends, even where that was killed."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@dataclass
class Job:
    """A cell to be run. `losses` are those for which it is to blame; `alone` once it was in a pool that broke with others."""

    key: str
    cell: str
    attempts: int = 0
    losses: int = 0
    alone: bool = False


class Pool:
    """An executor for a task: given, made by a function (and made anew when it breaks), or worker processes of our own."""

    def __init__(self, task: Task, given: Any, workers: int, seconds: float | None = None):
        self.task, self.limit, self.seconds = task, AHEAD, seconds
        self.make: Callable[[], Executor] | None = None
        self.executor: Executor
        if isinstance(given, Executor):
            self.executor = given
            self.check()
            return
        if given is None:
            self.make = lambda: ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), follow_parent)
        elif callable(given):
            self.make = given
        else:
            raise LearningError(f"executor must be {ACCEPTED}, or a function that makes one; got {shown(given)}")
        self.limit = workers  # no cell waits in a pool, so that all that a broken one held were running
        self.renew()

    def renew(self) -> None:
        """A new executor in place of a broken one. Raises LearningError where it cannot be replaced."""
        if self.make is None:
            raise LearningError(
                "a worker died, and with it the executor. The results so far are stored: run again with a new executor, "
                "or give a function that makes one instead, which is called again when this happens"
            )
        if hasattr(self, "executor"):
            self.executor.shutdown(wait=False)
        self.executor = self.make()
        try:
            self.check()
        except BaseException:
            self.stop({})
            raise

    def check(self) -> None:
        """Raise LearningError unless workers start and find the task."""
        try:
            # as many questions as workers, so that all of them start now
            for answer in [self.executor.submit(ready, self.task) for _ in range(1 if self.make is None else self.limit)]:
                answer.result()
        except BrokenExecutor:
            raise LearningError(
                "the worker processes do not start: in a script, call run() under `if __name__ == '__main__':`; "
                "in a notebook, define the task in a module and import it"
            ) from None

    def submit(self, queue: deque[Job], running: dict[Future[Outcome], Job], take: Callable[[str], Claim]) -> bool:
        """Hand out jobs from the left of the queue, as many as may run; says whether the executor took them.

        Jobs that another process is at go to the end of the queue, jobs that it has done leave it.
        """
        for _ in range(len(queue)):
            if len(running) >= self.limit or (running and (queue[0].alone or next(iter(running.values())).alone)):
                break
            claim = take(queue[0].key) if not queue[0].attempts else Claim.OURS
            if claim is not Claim.OURS:
                job = queue.popleft()
                if claim is Claim.TAKEN:
                    queue.append(job)
                continue
            try:
                future = self.executor.submit(execute, self.task, queue[0].cell, uuid4().hex, self.seconds)
            except BrokenExecutor:
                return False
            running[future] = queue.popleft()
            running[future].attempts += 1
        return True

    def stop(self, running: Mapping[Future[Outcome], Job]) -> None:
        """Leave nothing running: an executor that was given loses only our cells, one of ours its processes too."""
        for future in running:
            future.cancel()
        if self.make is not None:
            processes = list((getattr(self.executor, "_processes", None) or {}).values())
            self.executor.shutdown(wait=not running, cancel_futures=True)
            if running:
                for process in processes:
                    process.terminate()


def run_jobs(
    task: Task,
    cells: Sequence[tuple[str, str]],
    executor: Any,
    workers: int | None,
    resubmit: int,
    take: Callable[[str], Claim] = lambda _: Claim.OURS,
    limit: float | None = None,
) -> Generator[tuple[str, Outcome], None, None]:
    """(key, outcome) of each (key, cell), as they finish; closing the iterator stops what runs.

    A cell whose worker is lost is started again, at most `resubmit` times. Where a pool broke, the cells that it
    held are run one by one, so that those which did no harm do not share the blame.

    limit : seconds for a cell
    take : claims a cell by its key; the cells of other processes are waited for, and run where those die
    """
    queue = deque(Job(*pair) for pair in cells)
    running: dict[Future[Outcome], Job] = {}
    pool = Pool(task, executor, min(workers or os.cpu_count() or 1, len(queue)), limit)
    try:
        while queue or running:
            broken = not pool.submit(queue, running, take) and not running
            held = len(running)
            if not held and not broken:
                if queue:  # all that is left is others'
                    sleep(POLL)
                continue
            done = set(wait(running, return_when=FIRST_COMPLETED).done)
            if any(isinstance(_error(f), BrokenExecutor) for f in done):
                broken, done = True, set(wait(running).done)
            for future in done:
                job = running.pop(future)
                error = _error(future)
                if error is None:
                    yield job.key, replace(future.result(), attempts=job.attempts)
                elif not lost(error):
                    text = "".join(traceback.format_exception(error))
                    yield job.key, Outcome(None, f"{type(error).__name__}: {error}", text, attempts=job.attempts)
                else:
                    job.losses += held == 1 or not broken
                    job.alone = broken
                    if job.losses > resubmit:
                        line = f"{type(error).__name__}: the worker died or was lost, {job.attempts} time(s)"
                        yield job.key, Outcome(None, line, attempts=job.attempts)
                    else:
                        (queue.appendleft if broken else queue.append)(job)
            if broken and queue:
                pool.renew()
    finally:
        pool.stop(running)


def _error(future: Future[Any]) -> BaseException | None:
    """The error of a finished future; an interrupt of the user, which workers pass on, is raised."""
    if future.cancelled():
        return CancelledError()
    error = future.exception()
    if isinstance(error, KeyboardInterrupt):
        raise error
    return error
