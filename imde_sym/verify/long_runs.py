"""long_run: a modified invariant held against trajectories: how far I swings, and whether what should be kept drifts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from ..base.arguments import checked
from ..base.checks import check_count
from ..base.errors import FieldError
from ..base.pictures import Pictured
from ..base.progress import track
from ..base.sharing import precision
from ..base.tables import Cell, Table, Tabled, number_cell
from ..base.values import Plain, reads
from ..fields import as_graded
from ..fields.domain import point_of
from ..geometry import ModifiedInvariant
from ..geometry.averages import bump
from ..geometry.expansion import numpy_function
from ..rings import real
from .integration import integrate
from .regression import as_order, fitted_slope, order_data, told
from .report import default_steps, numbers_of

FORMAT = "imde_sym/long_run"
UNITS = 200
"""The default time, in time scales of the field."""
LARGEST = 8
"""The largest of the default steps is a time scale over this."""
SOONER = 8
"""Where the drift begins with h itself, so many times smaller steps, over a shorter time: it would take I far away."""
MOST_STEPS = 100_000_000
SAMPLES = 2000
"""Points of a trajectory that are looked at."""
TOLERANCE = 0.4
BLURRED = 2.0
"""Slopes with a larger half width of their interval say nothing."""
ROUNDING = 2.0**-52
NOISE = 30.0
"""Deviations below so many roundings, as they add up over the steps, are none."""
Order = tuple[float, float] | None


@checked
@dataclass(frozen=True, repr=False)
class LongRun(Pictured, Plain, Tabled):
    """How an invariant I and the modified one behave along trajectories.

    swings[i], remains[i] : the largest deviation from the initial value with steps[i], of I and of the modified invariant
    rates[i]    : |drift| of the modified invariant per time: the mean of its rate, with weights that take oscillations out
    swing_order, rest_order, drift_order : the powers of h in these by regression, with half the width of a 95 % interval; None
                where rounding is all that is seen
    expected   : the powers of h that were found in formulas: of the swing (None: kept) and of what remains;  drifts : whether
                what remains is a drift there, or only the first power that was not looked at

    >>> import imde_sym as imde
    >>> found = imde.modified_invariant("harmonic_oscillator", "explicit midpoint", 4, "energy", direction="forward")
    >>> run = imde.long_run(found, steps=[0.2, 0.1, 0.05], time=10)
    >>> run.confirmed, len(run.table().splitlines()) > 3, run.verdict.split()[0]
    (True, True, 'confirmed:')
    >>> LongRun.from_dict(run.to_dict()).steps == run.steps
    True
    """

    title: str
    time: float
    steps: tuple[float, ...]
    swings: tuple[float, ...]
    remains: tuple[float, ...]
    rates: tuple[float, ...]
    swing_order: Order
    rest_order: Order
    drift_order: Order
    expected: tuple[int | None, int]
    drifts: bool

    form = FORMAT
    view = "plot_long_run"

    @property
    def confirmed(self) -> bool:
        """Whether trajectories agree: a drift has its power, what else remains its own or is less, and I itself, which does
        both, deviates by a power between those of its swing and its drift.
        """
        swing, remains = self.expected
        low, high = remains if swing is None else swing, remains if self.drifts else math.inf
        if self.swing_order is not None and not low - TOLERANCE <= self.swing_order[0] <= high + TOLERANCE:
            return False
        if self.drifts:
            return self.drift_order is not None and abs(self.drift_order[0] - remains) <= TOLERANCE
        return self.rest_order is None or self.rest_order[0] >= remains - TOLERANCE

    @property
    def verdict(self) -> str:
        """One line in words."""
        orders = zip(
            ("I deviates", "the modified invariant", "its drift"),
            (self.swing_order, self.rest_order, self.drift_order),
            strict=True,
        )
        seen = ", ".join(f"{what} as {f'h^({told(order)})' if order else 'rounding'}" for what, order in orders)
        if self.confirmed:
            return f"confirmed: {seen}"
        widths = [order[1] for order in (self.swing_order, self.rest_order, self.drift_order) if order is not None]
        if any(BLURRED < width < math.inf for width in widths):
            return f"not resolved, take smaller steps: {seen}"
        return f"NOT confirmed: {seen}"

    def table(self) -> Table:
        """A line for each step."""
        swing, remains = self.expected
        rows = [f"{'h':>10}  {'of I':>10}  {'modified':>10}  {'drift/time':>10}"]
        rows += [f"{h:>10.4g}  {a:>10.3e}  {b:>10.3e}  {c:>10.3e}" for h, a, b, c in zip(*self._numbers, strict=True)]
        kept = "kept" if swing is None else f"h^{swing}"
        what = f"a drift of h^{remains}" if self.drifts else f"h^{remains} or less"
        said = f"I drifts at h^{remains}" if swing is None and self.drifts else f"I {kept}, modified {what}"
        head = f"{self.title}: largest deviations over t = {self.time:.4g}; from formulas: {said}"
        columns = ("h", "deviation of I", "of the modified invariant", "drift per time")
        cells = [
            dict(zip(columns, (Cell(h, f"{h:.4g}"), *map(number_cell, line)), strict=True))
            for h, *line in zip(*self._numbers, strict=True)
        ]
        return Table.of(cells, columns, notes=[self.verdict], caption=head, text="\n".join([head, *rows, self.verdict]))

    @property
    def _numbers(self) -> tuple[tuple[float, ...], ...]:
        return self.steps, self.swings, self.remains, self.rates

    def __str__(self) -> str:
        return str(self.table())

    def __repr__(self) -> str:
        return f"<long run of {self.title}: {self.verdict}>"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return self.head | {
            "title": self.title,
            "time": self.time,
            "steps": list(self.steps),
            "swings": list(self.swings),
            "remains": list(self.remains),
            "rates": list(self.rates),
            "swing_order": order_data(self.swing_order),
            "rest_order": order_data(self.rest_order),
            "drift_order": order_data(self.drift_order),
            "expected": list(self.expected),
            "drifts": self.drifts,
            "confirmed": self.confirmed,
        }

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> LongRun:
        """Inverse of `to_dict`: the numbers as they were found."""
        steps, swings, remains, rates = (tuple(map(float, data[key])) for key in ("steps", "swings", "remains", "rates"))
        if len({len(steps), len(swings), len(remains), len(rates)}) > 1:
            raise FieldError("the data of a long run need as many deviations as steps")
        swing, left = data["expected"]
        expected = (None if swing is None else int(swing), int(left))
        swing_order, rest_order, drift_order = (as_order(data[key]) for key in ("swing_order", "rest_order", "drift_order"))
        title, time, drifts = str(data["title"]), float(data["time"]), bool(data["drifts"])
        return cls(title, time, steps, swings, remains, rates, swing_order, rest_order, drift_order, expected, drifts)


@checked
def long_run(
    found: ModifiedInvariant,
    x0: Sequence[Any] | Mapping[Any, Any] | None = None,
    steps: Sequence[Any] | None = None,
    time: Any = None,
    samples: int = SAMPLES,
    numba: bool = False,
) -> LongRun:
    """Hold a modified invariant of a numerical solution against trajectories in float64.

    found   : of the modified equation, direction="forward": what the method does to an invariant
    x0      : initial value; by default the catalogue's
    steps   : at least two step sizes; by default three, from an eighth of the field's time scale down by halves
    time    : how long each trajectory is; by default 200 time scales
    samples : about so many points of a trajectory are looked at;  numba : as for `integrate`
    Raises FieldError for an invariant of an inverse equation, and where numbers are missing.
    Cost: time/step steps of the method for each step size.

    >>> import imde_sym as imde
    >>> found = imde.modified_invariant("harmonic_oscillator", "explicit midpoint", 4, "energy", direction="forward")
    >>> imde.long_run(found, steps=[0.2, 0.1, 0.05], time=40).confirmed
    True
    """
    F = found.equation
    if F.direction != "forward":
        raise FieldError("long_run follows the numerical solution of a method: take modified_invariant with direction='forward'")
    if free := [*F.field.free_parameters, *F.method.parameters]:
        raise FieldError(f"a trajectory needs numbers: parameter {free[0]} has no value")
    samples = check_count(samples, "samples", 10, 10_000_000, FieldError)
    start, sizes, length = _settings(found, x0, steps, time, SOONER if found.drift == 1 else 1)
    modified, plain = found.lambdify(), numpy_function([*F.variables], found.invariant)
    swings, remains, rates, noise = list[float](), list[float](), list[float](), 0.0
    for h in track(sizes, "long run"):
        count = max(1, round(length / h))
        every = max(1, count // samples)
        count -= count % every
        path = integrate(F.method, F.field, start, h, count, parts=F.split, save_every=every, numba=numba)
        if not np.isfinite(path).all():
            raise FieldError(f"the trajectory with h = {h:g} leaves the range of floats: take smaller steps")
        own, kept = plain(*path.T) + np.zeros(len(path)), modified(path, h)
        swings.append(float(np.abs(own - own[0]).max()))
        remains.append(float(np.abs(kept - kept[0]).max()))
        rates.append(abs(float(bump(len(kept) - 1) @ np.diff(kept))) / (h * every))
        noise = max(noise, NOISE * ROUNDING * math.sqrt(count) * max(1.0, float(np.abs(own).max())))
    title = f"{found.name or 'I'} of {F.field.name or ', '.join(map(str, F.variables))} under {F.method.title}"
    swing, rest = (_order(sizes, values, noise) for values in (swings, remains))
    return LongRun(
        title=title,
        time=length,
        steps=tuple(sizes),
        swings=tuple(swings),
        remains=tuple(remains),
        rates=tuple(rates),
        swing_order=swing,
        rest_order=rest,
        drift_order=_order(sizes, rates, noise / length),
        expected=(found.oscillation, F.order if found.unsolved is None else found.unsolved),
        drifts=found.drift is not None and found.sure,
    )


def _settings(found: ModifiedInvariant, x0: Any, steps: Any, time: Any, sooner: int) -> tuple[list[float], list[float], float]:
    field = found.equation.field
    with precision(30):
        start = numbers_of(point_of(field, x0), "x0")
        unit = 32 * float(default_steps(as_graded(field), start)[0])
        sizes = (
            [unit / LARGEST / sooner / 2**i for i in range(3)]
            if steps is None
            else [float(h) for h in numbers_of(steps, "steps")]
        )
        length = UNITS / sooner * unit if time is None else real(time, "time", FieldError)
        start = [float(mpmath.mpf(v)) for v in start]
    if len(sizes) < 2 or not all(h > 0 for h in sizes) or not length > max(sizes):
        raise FieldError(f"steps must be at least two positive numbers, and time longer than they are; got {steps}, {time}")
    if length > MOST_STEPS * min(sizes):
        raise FieldError(f"time = {length:g} takes over {MOST_STEPS:,} steps of {min(sizes):g}")
    return start, sorted(sizes, reverse=True), length


def _order(sizes: Sequence[float], values: Sequence[float], noise: float) -> Order:
    pairs = [(h, v) for h, v in zip(sizes, values, strict=True) if v > noise]
    return fitted_slope(*zip(*pairs, strict=True)) if len(pairs) > 1 else None
