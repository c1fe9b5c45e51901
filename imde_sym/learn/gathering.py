"""Data as people have them, as pairs: trajectories with gaps, batches of a loader, mappings with controls."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import LearningError, shown
from ..base.spread import MAX_POINTS
from .base import as_numpy, real_array
from .datasets import Dataset
from .states import State, in_pieces

KEYS = {"x": "xX", "y": "yY", "u": "uU", "T": ("T", "dt", "time_step"), "mask": ("mask", "M")}
"""What batches with names call their arrays."""
UNEVEN = 3.0
"""So many times less do points move along the axis that is taken for the time."""
MAX_COMPARED = 1_000_000
TURN = ". odeint returns (time, N, d): turn it, paths.swapaxes(0, 1)"
ACCEPTED = (
    "a Dataset, a pair (x, y) of arrays (N, d), (x, y, T) or (x, y, u), trajectories (N, time, d) or (time, d), a mapping with "
    "these names, or a loader or another iterable of such batches"
)


@checked
def from_trajectories(paths: Any, T: Any = None, *, times: Any = None, mask: Any = None, u: Any = None) -> Dataset:
    """The consecutive pairs along trajectories, as a Dataset.

    paths : array (N, time, d), one trajectory (time, d), or a list of those of different lengths
    T     : the time between neighbours, a number; or
    times : when they were measured, (time,), (N, time) or a list of arrays: irregular sampling
    mask  : (N, time), (time,) or a list, true where a point counts; a pair counts where both of its points do. Points that are
            left out may be nan
    u     : controls, (N, time, m) or as the paths are; those at the first point of a pair go with it
    Raises LearningError for shapes that do not fit, times that stand still, and where no pair is left.

    >>> found = from_trajectories([[0.0], [1.0], [np.nan], [3.0], [4.0]], T=0.5, mask=[1, 1, 0, 1, 1])
    >>> found.x.tolist(), found.y.tolist()
    ([[0.0], [3.0]], [[1.0], [4.0]])
    """
    if (T is None) == (times is None):
        raise LearningError("trajectories need the time between points: give T, a number, or times, one for each point")
    own = _split(paths, 2, "paths")
    turned = _turned(own)
    clocks = _beside(times, own, 1, "times")
    masks, controls = _beside(mask, own, 1, "mask"), _beside(u, own, 2, "u")
    rows: dict[str, list[np.ndarray]] = {name: [] for name in ("x", "y", "T", "u")}
    for i, path in enumerate(own):
        good = np.ones(len(path), dtype=bool) if masks is None else masks[i].astype(bool)
        kept = good[1:] & good[:-1]
        rows["x"].append(path[:-1][kept])
        rows["y"].append(path[1:][kept])
        if clocks is not None:
            rows["T"].append(np.diff(clocks[i])[kept])
        if controls is not None:
            rows["u"].append(controls[i][:-1][kept])
    joined = {name: np.concatenate(parts) for name, parts in rows.items() if parts}
    if not len(joined["x"]):
        hint = f"; the paths are read as (N, time, d) = {(len(own), *own[0].shape)}" if all(len(p) == 1 for p in own) else ""
        hint += TURN if hint and len(own) > 1 else ""
        raise LearningError(
            f"no pair of neighbouring points is left: the trajectories are too short, or the mask leaves none{hint}"
        )
    if turned:
        warnings.warn(
            f"the paths are read as (N, time, d) = {(len(own), *own[0].shape)}, but are smooth along the first axis and not "
            f"along the second{TURN}",
            stacklevel=3,
        )
    span = joined["T"] if clocks is not None else T
    return Dataset(joined["x"], joined["y"], span, u=joined.get("u"))


@checked
def from_batches(batches: Any, T: Any = None) -> Dataset:
    """All batches of a loader as one Dataset.

    batches : a torch DataLoader or any other iterable of (x, y), (x, y, T), (x, y, u), or mappings {"x": , "y": , "T": , "u": ,
              "mask": }; mappings without y hold trajectories. x is (N, d), or (d,) for one sample
    T       : the time between x and y, where the batches do not tell it
    Raises LearningError for batches of other forms, and for loaders that do not end.

    >>> from_batches([([[0.0]], [[0.1]]), ([[1.0]], [[1.1]])], T=0.1)
    <Dataset of a field: 2 pairs in 1 dimensions, T = 0.1>
    """
    if not isinstance(batches, Iterable):
        raise LearningError(f"batches come one after the other; {shown(batches)} is not an iterable")
    found, total = list[Dataset](), 0
    for batch in islice(batches, MAX_POINTS):
        found.append(as_dataset(_one_sample(batch), T, nested=False))
        total += len(found[-1])
        if total > MAX_POINTS:
            raise LearningError(f"the batches hold over {MAX_POINTS} pairs, or do not end: give a part of them")
    if not found:
        raise LearningError("there is no batch")
    steps = [np.asarray(d.T) for d in found]
    same = all(t.ndim == 0 and t == steps[0] for t in steps)
    span = float(steps[0]) if same else np.concatenate([np.broadcast_to(t, len(d)) for t, d in zip(steps, found, strict=True)])
    controls = [d.u for d in found if d.u is not None]
    if controls and len(controls) < len(found):
        raise LearningError("some batches have controls u and others have none")
    x, y = (np.concatenate([getattr(d, name) for d in found]) for name in ("x", "y"))
    return Dataset(x, y, span, u=np.concatenate(controls) if controls else None)


def joined(data: Any, library: str) -> tuple[Any, State | None]:
    """Pairs whose points are in pieces, each with N in front, as pairs of arrays; and the pieces of one point, of a library."""
    x = data.get("x") if isinstance(data, Mapping) else data[0] if isinstance(data, tuple) and len(data) in (2, 3) else None
    if x is None or not in_pieces(x):
        return data, None
    state = State.of(x, library, 1)

    def flat(value: Any) -> Any:
        return as_numpy(state.join(value)) if in_pieces(value) else value

    if isinstance(data, Mapping):
        return {name: flat(value) for name, value in data.items()}, state
    return tuple(map(flat, data)), state


def as_dataset(data: Any, T: Any = None, nested: bool = True) -> Dataset:
    """The pairs that are meant, in any of the forms that ACCEPTED names; T where the data do not tell it."""
    if isinstance(data, Dataset):
        return data
    if isinstance(data, Mapping):
        return _of_mapping(data, T)
    if isinstance(data, tuple) and len(data) in (2, 3) and all(_is_array(a) for a in data[:2]):
        return _of_tuple(data, T)
    if hasattr(data, "shape"):
        return from_trajectories(data, _known(T))
    if nested and not isinstance(data, str | bytes):
        if isinstance(data, Iterable):
            return from_batches(data, T)
        if hasattr(data, "__getitem__") and hasattr(data, "__len__"):  # a torch Dataset of samples
            return from_batches((data[i] for i in range(len(data))), T)
    raise LearningError(f"data are {ACCEPTED}; got {shown(data)}")


def _of_tuple(data: Sequence[Any], T: Any) -> Dataset:
    if in_pieces(data[0]):
        raise LearningError("points in pieces are taken by `fit` as (x, y): here they have to be joined to arrays (N, d)")
    x, y = (_flat(as_numpy(a)) for a in data[:2])
    u = None
    if len(data) == 3:
        third = as_numpy(data[2])
        lead = as_numpy(data[0]).shape[:-1]
        if third.shape in ((), lead):
            T = third.reshape(-1) if third.shape else third
        else:
            u = _flat(third)
    return Dataset(x, y, _known(T), u=u)


def _of_mapping(data: Mapping[str, Any], T: Any) -> Dataset:
    found = {name: next((data[k] for k in keys if k in data), None) for name, keys in KEYS.items()}
    if found["x"] is None:
        raise LearningError(f"a mapping of data needs x (and y, or trajectories as x); it has {', '.join(map(str, data))}")
    T = T if found["T"] is None else found["T"]
    if found["y"] is None:
        if as_numpy(T).ndim:  # times between points, a row for each trajectory
            return from_trajectories(found["x"], times=_summed(T), mask=found["mask"], u=found["u"])
        return from_trajectories(found["x"], _known(T), mask=found["mask"], u=found["u"])
    x, y = (_flat(as_numpy(found[k])) for k in ("x", "y"))
    u = None if found["u"] is None else _flat(as_numpy(found["u"]))
    T = _known(T).reshape(-1) if as_numpy(T).ndim else _known(T)
    if found["mask"] is None:
        return Dataset(x, y, T, u=u)
    kept = as_numpy(found["mask"]).astype(bool).reshape(-1)
    if kept.shape != (len(x),):
        raise LearningError(f"mask has {kept.size} entries for {len(x)} pairs")
    return Dataset(x[kept], y[kept], T[kept] if np.ndim(T) else T, u=None if u is None else u[kept])


def _summed(steps: Any) -> np.ndarray:
    steps = as_numpy(steps)
    return np.concatenate([np.zeros((*steps.shape[:-1], 1)), np.cumsum(steps, axis=-1)], axis=-1)


def _known(T: Any) -> Any:
    if T is None:
        raise LearningError("the data do not tell the time between x and y: give T (or h, where y lies one step after x)")
    return as_numpy(T)


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") or isinstance(value, list | tuple)


def _flat(values: np.ndarray, axes: int = 1) -> np.ndarray:
    """(..., d) as (N, d)."""
    return values.reshape(-1, *values.shape[-axes:]) if values.ndim > axes + 1 else values


def _one_sample(batch: Any) -> Any:
    """A batch; one sample becomes a batch of one."""
    if isinstance(batch, list) and len(batch) in (2, 3):
        batch = tuple(batch)  # as torch's loaders collate them
    if isinstance(batch, tuple) and len(batch) in (2, 3) and as_numpy(batch[0]).ndim == 1:
        return tuple(as_numpy(a)[None] for a in batch)
    return batch


def _split(given: Any, ndim: int, what: str) -> list[np.ndarray]:
    """A list of arrays with so many axes: of one, of a stack of them, or of a list of any lengths."""
    if isinstance(given, list | tuple) and given and as_numpy(given[0]).ndim == ndim:
        parts = [as_numpy(p) for p in given]
    else:
        whole = as_numpy(given)
        parts = list(whole) if whole.ndim == ndim + 1 else [whole]
    return [real_array(p, what, ndim, finite=False) for p in parts]


def _turned(paths: Sequence[np.ndarray]) -> bool:
    """Whether the points move less from one path to the next, and evenly, than along the paths."""
    if len(paths) < 3 or len({p.shape for p in paths}) > 1 or len(paths[0]) < 2:
        return False
    stack = np.stack(paths)
    stack = stack[:, : max(2, MAX_COMPARED // max(stack[:, 0].size, 1))]

    def size(values: np.ndarray) -> float:
        return float(np.nanmean(np.abs(values))) if np.isfinite(values).any() else np.nan

    across, along = np.diff(stack, axis=0), np.diff(stack, axis=1)
    return UNEVEN * size(across) < size(along) and 2 * size(np.diff(across, axis=0)) < size(across)


def _beside(given: Any, paths: Sequence[np.ndarray], ndim: int, what: str) -> list[np.ndarray] | None:
    """What goes with each trajectory; one for all where it is given once."""
    if given is None:
        return None
    parts = _split(given, ndim, what)
    parts = parts * len(paths) if len(parts) == 1 else parts
    if len(parts) != len(paths) or any(len(a) != len(b) for a, b in zip(parts, paths, strict=True)):
        raise LearningError(f"{what} must hold an entry for each point of the trajectories")
    return parts
