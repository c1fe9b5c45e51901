"""Studies: one task over a grid of cells, on any executor, with results that outlive interruptions."""

from __future__ import annotations

import csv
import json
import pickle
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import sha256
from itertools import product
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

from ..base.arguments import Real, checked, read_fields
from ..base.columns import columns
from ..base.errors import LearningError, shown
from ..base.progress import track
from ..base.tables import Cell, Table, Tabled
from ..base.values import Value, read_json
from .running import Task, plain, run_jobs
from .store import Claim, Claims, Outcome, Store, put


@checked
@dataclass(frozen=True)
class Status:
    """How many cells of a study are done, have failed, and are still to be run.

    >>> print(Status(done=3, failed=0, waiting=1))
    3 done, 0 failed, 1 waiting
    """

    done: int
    failed: int
    waiting: int

    def __post_init__(self) -> None:
        read_fields(self)

    def __str__(self) -> str:
        return f"{self.done} done, {self.failed} failed, {self.waiting} waiting"


@checked
@dataclass(frozen=True)
class Failure:
    """A cell that failed: the error in one line, the traceback, which is not shown, and how many times it was tried.

    >>> Failure({"T": 0.1}, "ValueError: too long", "", attempts=2).error
    'ValueError: too long'
    """

    cell: dict[str, Any]
    error: str
    traceback: str = field(repr=False)
    attempts: int

    def __post_init__(self) -> None:
        read_fields(self)


class Study(Tabled, Value):
    """A task for every cell of a grid.

    cells   : a list of dicts, or one dict of axes, the product of which is taken: {"T": [0.1, 0.2], "S": [1, 2, 4]}.
              Values are numbers, text, booleans, None, lists and dicts; a value that is no list is the same in all cells
    task    : cell (a dict) -> results (a dict with other names), a function at the top level of a module. Worker
              processes import it. For `learn.Study` it is by default `learn.train_cell`
    store   : an SQLite file, made where it does not exist; studies may share it. Without one, results live as
              long as the Study
    name    : of the task in the store, by default its module and name
    version : to be changed when the task changes its meaning: results of other versions are left alone
    A cell is known by its values, the name and the version: a study that is made again continues where it stopped.
    Raises LearningError for cells, tasks or stores that cannot be used.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from imde_sym.learn import predict_cell
    >>> study = Study({"system": "pendulum", "method": "explicit_euler", "T": [0.02, 0.04]}, predict_cell)
    >>> print(study.run(ThreadPoolExecutor()))
    2 done, 0 failed, 0 waiting
    >>> print(study.table("T", "predicted"))
       T  predicted
    0.02     0.1557
    0.04     0.3116
    >>> study.status, len(study.cells), study.failures(), study.columns()["T"]
    (Status(done=2, failed=0, waiting=0), 2, [], [0.02, 0.04])
    >>> sorted(study.results()[0])
    ['T', 'largest', 'method', 'predicted', 'system']
    """

    def __init__(
        self,
        cells: Mapping[str, Any] | Iterable[Mapping[str, Any]],
        task: Task,
        store: str | Path | Store | None = None,
        *,
        name: str | None = None,
        version: int | str = 1,
    ):
        self.task: Task = task
        self.name = _name(task) if name is None else name
        self.version = str(version)
        rows = grid(cells) if isinstance(cells, Mapping) else [_cell(c) for c in cells]
        if not rows:
            raise LearningError("a study needs at least one cell")
        self._cells: dict[str, dict[str, Any]] = {}
        for cell in rows:
            self._cells.setdefault(self._key(cell), cell)
        if store is None:
            folder = mkdtemp(prefix="imde_sym-study-")
            finalize(self, rmtree, folder, ignore_errors=True)
            store = Path(folder) / "study.sqlite"
        self.store = store if isinstance(store, Store) else Store(store)
        self._freeze()

    @cached_property
    def cells(self) -> tuple[dict[str, Any], ...]:
        """The cells, each once, in the order given."""
        return tuple(self._cells.values())

    def __len__(self) -> int:
        return len(self._cells)

    def __repr__(self) -> str:
        return f"<Study of {self.name}: {len(self)} cells, {self.status}>"

    def _key(self, cell: Mapping[str, Any]) -> str:
        known = {"task": self.name, "version": self.version, "cell": _equal_numbers(cell)}
        return sha256(json.dumps(known, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:32]

    def run(
        self,
        executor: Any = None,
        *,
        workers: int | None = None,
        retry_failed: bool = False,
        resubmit: int = 2,
        limit: Real | None = None,
    ) -> Status:
        """Run the cells that have no result yet; each result is stored as it arrives.

        executor     : any concurrent.futures.Executor, such as `client.get_executor()` of Dask, or a function that makes
                       one; by default processes on this machine, started afresh ("spawn")
        workers      : how many processes, by default one for each core; for a function, how many cells at a time
        retry_failed : run also cells that failed before
        resubmit     : how many times a cell whose worker died is started again; where it may be another's fault, alone
        limit        : seconds for a cell; one that takes longer fails, and says so. Code outside Python, such as a compiler, is
                       let end first; in an executor of threads the task is left to itself
        Several processes may run studies on one store: each cell is claimed by one, and a cell whose process died is taken up by
        another, at once on the same machine, else when its claim has run out. run() ends when every cell has its outcome.
        A cell that raises, or whose workers keep dying, is recorded (see `failures`) and the others go on. An interrupt
        stops the workers and keeps what is stored. Raises LearningError where workers cannot be started or replaced.
        """
        if resubmit < 0 or (workers is not None and workers < 1):
            raise LearningError(f"workers is at least 1 and resubmit at least 0; got {workers} and {resubmit}")
        seconds = None if limit is None else float(limit)
        if seconds is not None and not seconds > 0:
            raise LearningError(f"limit is a number of seconds above 0; got {shown(limit)}")
        known = self._outcomes()
        waiting = [
            (key, json.dumps(cell))
            for key, cell in self._cells.items()
            if key not in known or (retry_failed and known[key].failed)
        ]
        if waiting:
            cells, before = dict(waiting), {key: known[key].attempts if key in known else 0 for key, _ in waiting}
            with self.store.connection() as db, self.store.claims() as claims:
                take = partial(_take, claims, before)
                jobs = run_jobs(self.task, waiting, executor, workers, resubmit, take, seconds)
                with closing(jobs) as found:
                    for _, (key, outcome) in zip(track(range(len(waiting)), self.name), found, strict=False):
                        put(db, key, self.name, self.version, cells[key], outcome)
        return self.status

    @property
    def status(self) -> Status:
        """Where the study stands."""
        found = self._outcomes().values()
        failed = sum(o.failed for o in found)
        return Status(len(found) - failed, failed, len(self) - len(found))

    def results(self) -> list[dict[str, Any]]:
        """Cells with their results, one dict for each that is done, in the order of the cells."""
        return [cell | self._read(cell, o.result) for cell, o in self._finished() if o.result is not None]

    def _read(self, cell: Mapping[str, Any], result: str) -> dict[str, Any]:
        found = read_json(result, f"result of the cell {shown(cell)} in {self.store.path}", LearningError)
        if not isinstance(found, dict):
            raise LearningError(f"the result of the cell {shown(cell)} in {self.store.path} is damaged: it is {shown(found)}")
        return found

    def columns(self) -> dict[str, list[Any]]:
        """The results by name; None where a row does not have it."""
        return _columns(self.results())

    def failures(self) -> list[Failure]:
        """The cells that failed, in the order of the cells."""
        return [Failure(cell, o.error, o.traceback, o.attempts) for cell, o in self._finished() if o.failed]

    def table(self, *names: str) -> Table:
        """Results: the columns named, by default those that are not the same in every row. Failures are counted below.

        Raises LearningError for a name that no result has.
        """
        found = self.columns()
        if unknown := [n for n in names if found and n not in found]:
            raise LearningError(f"the results have no {unknown[0]!r}, but {', '.join(found)}")
        varying = [n for n, values in found.items() if len(values) == 1 or any(v != values[0] for v in values)]
        shown = [[n, *map(_short, found[n])] for n in names or varying if n in found]
        lines = columns(list(zip(*shown, strict=True)))
        failures = self.failures()
        notes = [f"{len(failures)} cell(s) failed, the first with {failures[0].error}"] if failures else []
        notes += [f"{n} cell(s) are waiting"] if (n := self.status.waiting) else []
        head = [n for n in names or varying if n in found]
        rows = [{n: Cell(found[n][i], _short(found[n][i])) for n in head} for i in range(len(found[head[0]]) if head else 0)]
        return Table.of(rows, head, notes=notes, caption=self.name, text="\n".join([*lines, *notes]))

    def to_csv(self, path: str | Path) -> Path:
        """Write the results as comma-separated values, lists and dicts as JSON; returns the path.

        Raises LearningError where the file cannot be written.

        >>> from tempfile import mkdtemp
        >>> Study({"T": [0.1, 0.2]}, sum, name="not run").to_csv(mkdtemp() + "/results.csv").name
        'results.csv'
        """
        columns = self.columns()
        try:
            with Path(path).open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                for row in zip(*columns.values(), strict=True):
                    writer.writerow([json.dumps(v) if isinstance(v, list | dict) else v for v in row])
        except OSError as error:
            raise LearningError(f"cannot write {path}: {error}") from None
        return Path(path)

    def _outcomes(self) -> dict[str, Outcome]:
        return {k: o for k, o in self.store.outcomes(self.name, self.version).items() if k in self._cells}

    def _finished(self) -> list[tuple[dict[str, Any], Outcome]]:
        found = self._outcomes()
        return [(cell, found[key]) for key, cell in self._cells.items() if key in found]


@checked
def grid(axes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The product of the axes, the last one fastest; a value that is no list, range or array stands for one value.

    Raises LearningError for an axis without values, or names that are not text.

    >>> grid({"system": "pendulum", "T": [0.1, 0.2]})
    [{'system': 'pendulum', 'T': 0.1}, {'system': 'pendulum', 'T': 0.2}]
    """
    given = _cell(axes)
    lists = [values if isinstance(values, list) else [values] for values in given.values()]
    if empty := [name for name, values in zip(given, lists, strict=True) if not values]:
        raise LearningError(f"the axis {empty[0]!r} is empty, so there would be no cells")
    return [dict(zip(given, row, strict=True)) for row in product(*lists)]


def _take(claims: Claims, before: Mapping[str, int], key: str) -> Claim:
    return claims.take(key, before[key])


def _cell(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping) or not given or not all(isinstance(k, str) for k in given):
        raise LearningError(f"a cell is a dict from names to values, got {str(given)[:80]}")
    return {name: plain(value, f"the cell's {name!r}") for name, value in given.items()}


def _equal_numbers(value: Any) -> Any:
    """1.0 as 1: numbers that are equal make one cell, whichever way they were written."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {k: _equal_numbers(v) for k, v in value.items()}
    return [_equal_numbers(v) for v in value] if isinstance(value, list) else value


def _name(task: Any) -> str:
    """The name of a task, which must be one that other processes find. Raises LearningError for lambdas and the like."""
    name, module = getattr(task, "__qualname__", ""), getattr(task, "__module__", "")
    try:
        pickle.dumps(task)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise LearningError(
            f"the task {name or task!r} cannot be sent to other processes ({error}): it must be a function at the top "
            "level of a module; what it needs besides belongs into the cells"
        ) from None
    if not callable(task) or not name:
        raise LearningError(f"the task must be a function; a {type(task).__name__} that is called like one needs a `name`")
    if module == "__main__":  # a script is known by its file, not as whatever was started
        module = Path(getattr(sys.modules["__main__"], "__file__", None) or module).stem
    return f"{module}.{name}"


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
