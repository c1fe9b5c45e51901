"""Trajectory: what `integrate` returns with dense=True."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from ..base.checks import check_count, check_index
from ..base.columns import columns
from ..base.errors import FieldError, UnknownNameError, shown
from ..base.libraries import library
from ..base.pictures import Pictured
from ..base.tables import Table, Tabled, cell_text, number_cell
from ..base.values import Value, locked
from .numbers import real_numbers

LINES = 21
"""Times that a table of a trajectory shows."""
MOST = 1_000_000
"""Times that one may show."""
FEW = 4
"""Points of a batch that it shows."""


class Trajectory(Pictured, Tabled, Value):
    """Times (n,), points (n, ..., d) and the field at them; `at(t)` interpolates.

    times, points : read-only arrays; `variables` names the last axis
    As an array it is its points. `traj["q"]` is one component, (n, ...). Equal where all numbers are.
    Raises FieldError for arrays of other shapes; `at` for times beyond its own; `place` for components that it has not.

    >>> import imde_sym as imde
    >>> t = imde.integrate("rk4", "x' = -x", [1.0], 0.1, 10, dense=True)
    >>> t.at(0.55).round(5), t.at([0.0, 1.0]).shape
    (array([0.57695]), (2, 1))
    >>> t.place("x")
    0
    """

    view = "plot_trajectory"

    def __init__(self, times: Any, points: Any, slopes: Any, variables: Sequence[str], title: str = ""):
        self.times = locked(real_numbers(times, "times"))
        self.points = locked(real_numbers(points, "points", finite=False))
        self.slopes = locked(real_numbers(slopes, "slopes", finite=False))
        self.variables, self.title = tuple(map(str, variables)), str(title)
        if self.times.ndim != 1 or self.points.shape != self.slopes.shape or self.points.shape[:1] != self.times.shape:
            raise FieldError("a trajectory is times (n,), points (n, ..., d) and slopes of the same shape")
        if not self.points.ndim > 1 or self.points.shape[-1] != len(self.variables):
            raise FieldError(f"the last axis of the points must hold {', '.join(self.variables)}; they have {self.points.shape}")
        self._freeze()

    def at(self, t: Any) -> np.ndarray:
        """The points at a time or an array of times, (*t, ..., d), by cubic Hermite interpolation: the error is of order h⁴.

        Raises FieldError for times before the first or after the last.
        """
        when = real_numbers(t, "times")
        order = np.argsort(self.times)
        times, slack = self.times[order], 1e-9 * max(1.0, float(np.abs(self.times).max()))
        if not when.size or not (np.all(when >= times[0] - slack) and np.all(when <= times[-1] + slack)):
            raise FieldError(f"t must lie between {times[0]:g} and {times[-1]:g}, got {shown(t)}")
        if len(times) == 1:
            return np.broadcast_to(self.points[0], when.shape + self.points.shape[1:]).copy()
        flat = when.reshape(-1)
        i = np.clip(np.searchsorted(times, flat, side="right") - 1, 0, len(times) - 2)
        a, b = order[i], order[i + 1]
        h = (times[i + 1] - times[i]).reshape(-1, *[1] * (self.points.ndim - 1))
        s = (flat - times[i]).reshape(h.shape) / h
        found = (1 + 2 * s) * (1 - s) ** 2 * self.points[a] + s**2 * (3 - 2 * s) * self.points[b]
        found = found + h * s * (1 - s) * ((1 - s) * self.slopes[a] - s * self.slopes[b])
        result: np.ndarray = found.reshape(when.shape + self.points.shape[1:])
        return result

    def __getitem__(self, key: Any) -> np.ndarray:
        found: np.ndarray = self.points[..., self.place(key)]
        return found

    def to_frame(self) -> Any:
        """The points as a pandas DataFrame, the times its index; of a batch with the numbers of the point in it beside them.

        Raises MissingLibraryError without pandas.

        >>> import imde_sym as imde
        >>> t = imde.integrate("rk4", "x' = -x", [1.0], 0.5, 2, dense=True)
        >>> [round(x, 3) for x in t.to_frame()["x"]]  # doctest: +SKIP
        [1.0, 0.607, 0.368]
        """
        pandas, batch = library("pandas", "a data frame", "frames"), self.points.shape[1:-1]
        levels = [self.times, *map(range, batch)]
        names = ["t", *("point" if len(batch) == 1 else f"point {n}" for n in range(len(batch)))]
        index = pandas.MultiIndex.from_product(levels, names=names) if batch else pandas.Index(self.times, name="t")
        return pandas.DataFrame(self.points.reshape(-1, len(self.variables)), index=index, columns=list(self.variables))

    def table(self, lines: int = LINES) -> Table:
        """The points at so many times at most, evenly spread from the first to the last; of a batch the first few.

        Raises FieldError for less than 2 lines.

        >>> import imde_sym as imde
        >>> print(imde.integrate("rk4", "x' = -x", [1.0], 0.5, 100, dense=True).table(3))
         t            x
         0            1
        25  1.41656e-11
        50  2.00664e-22
        3 of 101 times
        """
        count = check_count(lines, "the number of lines", 2, MOST, FieldError)
        shown = np.unique(np.linspace(0, len(self.times) - 1, min(count, len(self.times))).round().astype(int))
        points = self.points.reshape(len(self.times), -1, len(self.variables))
        many = points.shape[1]
        rows = []
        for i in shown:
            for n in range(min(many, FEW)):
                place: dict[str, Any] = {"t": number_cell(float(self.times[i]), ".6g"), **({"point": n} if many > 1 else {})}
                values = {v: number_cell(float(x), ".6g") for v, x in zip(self.variables, points[i, n], strict=True)}
                rows.append(place | values)
        notes = [f"{len(shown)} of {len(self.times)} times"] if len(shown) < len(self.times) else []
        notes += [f"{FEW} of {many} points"] if many > FEW else []
        text = columns([list(rows[0]), *([cell_text(x) for x in row.values()] for row in rows)])
        return Table.of(rows, notes=notes, caption=repr(self)[1:-1], text="\n".join([*text, *notes]))

    def place(self, key: Any) -> int:
        """The place of a component, given by its name or place. Raises UnknownNameError, FieldError."""
        if isinstance(key, str | sympy.Symbol):
            if str(key) not in self.variables:
                raise UnknownNameError("variable", str(key), self.variables)
            return self.variables.index(str(key))
        return check_index(key, len(self.variables), f"{shown(key)} is not a component: {', '.join(self.variables)}")

    __iter__ = None

    def __len__(self) -> int:
        return len(self.times)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        del copy
        return np.array(self.points, dtype)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trajectory) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __repr__(self) -> str:
        batch = self.points.shape[1:-1]
        many = f", {' x '.join(map(str, batch))} of them" if batch else ""
        return (
            f"<trajectory of {', '.join(self.variables)} by {self.title}: {len(self.times)} times from {self.times[0]:g} to "
            f"{self.times[-1]:g}{many}>"
        )

    @property
    def _identity(self) -> tuple[Any, ...]:
        return self.variables, self.title, self.points.shape, *(v.tobytes() for v in (self.times, self.points, self.slopes))
