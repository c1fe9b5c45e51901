"""Processes that answer: work that takes too long is killed, wherever it is, and another process is warm already."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..base.errors import ImdeError
from .worker import READY, WAIT

START = 120.0
"""Seconds in which a process must have come up."""


class TooLong(ImdeError):
    """An answer that was not there in time."""


class Worker:
    """One process; `ask` is for one thread at a time."""

    def __init__(self) -> None:
        home = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
        # -P: a file in the user's folder must not stand in for a module
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", "from imde_sym.explore.worker import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": path},
            text=True,
            encoding="utf-8",
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._ready = False

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")  # it has ended

    def _next(self, seconds: float) -> Any:
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            raise TooLong("no answer in time") from None
        if not line:
            raise TooLong("the process has ended")
        return json.loads(line)

    def wait(self) -> None:
        """Until it is warm. Raises TooLong."""
        if not self._ready:
            if self._next(START) != READY:
                raise TooLong("the process did not come up")
            self._ready = True

    def ask(self, state: Any, seconds: float) -> Any:
        """The answer. Raises TooLong after so many seconds of work, or of a longer time; the process is of no use then."""
        self.wait()
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps([seconds, state]) + "\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise TooLong("the process has ended") from None
        return self._next(WAIT * seconds)

    def end(self) -> None:
        """End it while another thread waits for its answer, which raises TooLong then."""
        self._process.kill()

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                stream and stream.close()


class Workers:
    """Some processes, of which one that is free answers: the one that was used last, whose tables are full.

    Long work has one of them at most, so that the others stay for sliders.
    """

    def __init__(self, count: int = 2):
        self._free: queue.LifoQueue[Worker] = queue.LifoQueue()
        self._lock, self._all, self._open = threading.Lock(), set[Worker](), True
        self._one_long, self._long = threading.Lock(), dict[str, tuple[object, Worker | None]]()
        for _ in range(count):
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._open:
                worker = Worker()
                self._all.add(worker)
                self._free.put(worker)

    def ask(self, state: Any, seconds: float) -> Any:
        """The answer. Raises TooLong where it is not there after `seconds` of work; its process is replaced then."""
        return self._asked(state, seconds, lambda _: True)

    def ask_long(self, state: Any, seconds: float, tab: str) -> Any:
        """The same for long work; a later question of the same tab ends this one, which raises TooLong then."""
        mine = object()
        with self._lock:
            _, worker = self._long.get(tab, (None, None))
            self._long[tab] = mine, None
            if worker is not None:
                worker.end()

        def begin(worker: Worker) -> bool:
            with self._lock:
                if self._long[tab][0] is not mine:
                    return False
                self._long[tab] = mine, worker
                return True

        try:
            with self._one_long:
                return self._asked(state, seconds, begin)
        finally:
            with self._lock:
                if self._long.get(tab, (None,))[0] is mine:
                    del self._long[tab]

    def _asked(self, state: Any, seconds: float, begin: Callable[[Worker], bool]) -> Any:
        try:
            worker = self._free.get(timeout=START)
        except queue.Empty:
            raise TooLong("all processes are at work: try again") from None
        if not begin(worker):
            self._free.put(worker)
            raise TooLong("a later question has taken its place")
        try:
            found = worker.ask(state, seconds)
        except BaseException:
            with self._lock:
                self._all.discard(worker)
            worker.kill()
            self._start()
            raise
        self._free.put(worker)
        return found

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            self._open, workers = False, list(self._all)
            self._all.clear()
        for worker in workers:
            worker.kill()
