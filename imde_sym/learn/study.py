"""Study: cells that train, unless they are given another task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..studies import study as studies
from ..studies.running import Task
from ..studies.store import Store
from .cells import train_cell


class Study(studies.Study):
    """A task for every cell of a grid, as `studies.Study`, by default `train_cell`: it trains a network and compares it.

    The other arguments, the methods and the errors are those of `studies.Study`.
    Raises as `studies.Study` does.

    >>> study = Study({"system": "pendulum", "method": "diffrax.Euler", "T": [0.02, 0.04]})
    >>> study
    <Study of imde_sym.learn.cells.train_cell: 2 cells, 0 done, 0 failed, 2 waiting>
    """

    def __init__(
        self,
        cells: Mapping[str, Any] | Iterable[Mapping[str, Any]],
        task: Task = train_cell,
        store: str | Path | Store | None = None,
        *,
        name: str | None = None,
        version: int | str = 1,
    ):
        super().__init__(cells, train_cell if task is None else task, store, name=name, version=version)
