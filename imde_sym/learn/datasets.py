"""Training data: pairs (x, φ_T(x)) of a field, on a domain or along a trajectory, with their provenance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import sympy

from ..base.arguments import checked
from ..base.checks import check_count
from ..base.errors import FieldError, LearningError, RingError, shown
from ..base.sharing import precision
from ..base.spread import MAX_POINTS, sample
from ..base.values import Value, frozen, locked
from ..fields import FieldLike, VectorField
from ..fields.domain import box_of, point_of
from ..rings import to_sympy
from ..verify import ReferenceFlow
from .base import real_array
from .files import read_arrays, write_arrays
from .flows import BatchFlow, graded

__all__ = ["Dataset", "pairs", "trajectory"]

CHECKED = 3
"""How many pairs are computed again with 30 digits, to state the accuracy."""
FORMAT = "imde_sym/dataset"
MAX_SEED = 2**63 - 1


class Dataset(Value):
    """N pairs of points, y being where the field takes x in time T.

    x, y       : arrays (N, d), read-only
    T          : a number, or an array (N,) for irregular sampling
    provenance : plain data, read-only: the field, its parameters, the seed, the versions, the accuracy that was measured
    u          : controls (N, m) that act between x and y, or None
    Two are equal if their numbers and their provenance are.
    Raises LearningError for arrays of other shapes, values that are not finite, or a time of 0.

    >>> Dataset([[0.0], [1.0]], [[0.1], [1.1]], T=0.1)
    <Dataset of a field: 2 pairs in 1 dimensions, T = 0.1>
    >>> data = Dataset([[0.0], [1.0]], [[0.1], [1.1]], T=0.1)
    >>> data.dimension, data.digest
    (1, 'e33817a25396beb2')
    >>> from tempfile import mkdtemp
    >>> Dataset.load(data.save(mkdtemp() + "/two.npz")).digest == data.digest
    True
    """

    def __init__(self, x: Any, y: Any, T: Any, provenance: Mapping[str, Any] | None = None, *, u: Any = None):
        self.x, self.y = (_points(name, given) for name, given in (("x", x), ("y", y)))
        if self.x.shape != self.y.shape:
            raise LearningError(f"x has shape {self.x.shape}, y {self.y.shape}: they must be equal, one pair in each row")
        times = real_array(T, "T")
        if times.shape not in ((), (len(self.x),)) or np.any(times == 0):
            each = f"one for each of the {len(self.x)} pairs"
            raise LearningError(f"T must be a finite time other than 0, or {each}; got {shown(T)}")
        self.T: float | np.ndarray = float(times) if times.shape == () else locked(times)
        self.u: np.ndarray | None = None if u is None else _points("u", u)
        if self.u is not None and len(self.u) != len(self.x):
            raise LearningError(f"u has {len(self.u)} rows for {len(self.x)} pairs")
        try:
            self.provenance: Mapping[str, Any] = frozen(dict(provenance or {}))
        except (TypeError, ValueError) as error:
            raise LearningError(f"provenance is a dictionary of plain data: {error}") from None
        self._freeze()

    def __len__(self) -> int:
        return len(self.x)

    @property
    def dimension(self) -> int:
        """d, the number of components of a point."""
        return int(self.x.shape[1])

    @cached_property
    def digest(self) -> str:
        """A fingerprint of the numbers: equal digests mean equal data."""
        parts = (self.x, self.y, np.asarray(self.T), *self.controls)
        return sha256(b"".join(a.tobytes() for a in parts)).hexdigest()[:16]

    @property
    def controls(self) -> tuple[np.ndarray, ...]:
        """(u,), or nothing: what a model takes besides the point.

        >>> import numpy as np
        >>> Dataset(np.zeros((2, 1)), np.ones((2, 1)), 0.1).controls
        ()
        """
        return () if self.u is None else (self.u,)

    def save(self, path: str | Path) -> Path:
        """Write x, y, T and the provenance to an npz file; returns its path, which ends in .npz.

        Raises LearningError where it cannot be written.
        """
        path = Path(path)
        path = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
        arrays = {"x": self.x, "y": self.y, "T": np.asarray(self.T)} | dict(zip("u", self.controls, strict=False))
        write_arrays(path, FORMAT, "provenance", self.provenance, arrays)
        return path

    @classmethod
    def load(cls, path: str | Path) -> Dataset:
        """Inverse of `save`; nothing is unpickled. Raises LearningError for a file that is not a dataset."""
        provenance, arrays = read_arrays(Path(path), FORMAT, "provenance", "dataset")
        if missing := [name for name in ("x", "y", "T") if name not in arrays]:
            raise LearningError(f"{path} is not a dataset: it lacks {missing[0]!r}")
        return cls(arrays["x"], arrays["y"], arrays["T"], provenance, u=arrays.get("u"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dataset) and self.digest == other.digest and self.provenance == other.provenance

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), u=self.u), (self.x, self.y, self.T, dict(self.provenance))

    def __repr__(self) -> str:
        T = f"{self.T:g}" if isinstance(self.T, float) else f"{self.T.min():g}..{self.T.max():g}"
        return (
            f"<Dataset of {self.provenance.get('field', 'a field')}: {len(self)} pairs in {self.dimension} dimensions, T = {T}>"
        )


@checked
def pairs(
    field: FieldLike,
    T: float,
    count: int = 1000,
    *,
    domain: Sequence[Sequence[Any]] | None = None,
    sampling: str = "uniform",
    noise: float = 0.0,
    jitter: float = 0.0,
    seed: int = 0,
) -> Dataset:
    """Pairs (x, φ_T(x)) with x in a box, accurate to rounding; `provenance["accuracy"]` is measured on three of them.

    T        : time between the members of a pair
    domain   : (low, high) for each variable, a mapping, or "x: 0,1; y: -2,2"; by default the catalogue's
    sampling : "uniform" (random), "sobol" (needs SciPy), "grid" (count is then rounded to a power)
    noise    : standard deviation of Gaussian noise, added to both members
    jitter   : irregular sampling: each pair has its own time T (1 + jitter u), u uniform on [-1, 1]; below 1
    Raises LearningError for values out of these ranges, ConvergenceError where a solution does not exist.

    >>> from imde_sym import systems
    >>> pairs(systems["pendulum"], 0.1, 50).y.shape
    (50, 2)
    """
    count, rng = check_count(count, "count", 1, MAX_POINTS, LearningError), _generator(seed)
    bounds = box_of(field, domain, LearningError)
    x = sample(bounds, count, sampling, seed)
    times = _times(T, len(x), jitter, rng)
    origin = {"domain": [list(side) for side in bounds], "sampling": sampling, "seed": seed}
    return _dataset(field, x, BatchFlow.of(field)(x, times), times, noise, rng, origin)


@checked
def trajectory(
    field: FieldLike,
    T: float,
    count: int = 1000,
    *,
    x0: Sequence[Any] | None = None,
    noise: float = 0.0,
    jitter: float = 0.0,
    seed: int = 0,
) -> Dataset:
    """Consecutive pairs along one trajectory from x0: (x(0), x(T)), (x(T), x(2T)), ...

    x0 : initial value, by default the catalogue's. The other arguments and the errors are those of `pairs`;
         noise is added once to each point of the trajectory, as a measurement would.
    Raises as `pairs` does.

    >>> from imde_sym import systems
    >>> data = trajectory(systems["pendulum"], 0.1, 50)
    >>> bool((data.x[1:] == data.y[:-1]).all())
    True
    """
    count, rng = check_count(count, "count", 1, MAX_POINTS, LearningError), _generator(seed)
    times = _times(T, count, jitter, rng)
    start = initial_point(field, x0)
    path = BatchFlow.of(field).path(start, np.cumsum([0.0, *np.broadcast_to(times, count)]))
    return _dataset(field, path[:-1], path[1:], times, noise, rng, {"x0": path[0].tolist(), "seed": seed}, path)


def initial_point(field: VectorField, x0: Any = None) -> np.ndarray:
    """The initial value, given or the catalogue's, as floats (d,). Raises LearningError where there is none that fits."""
    try:
        given = [float(to_sympy(v)) for v in point_of(field, x0)]
    except (FieldError, RingError, TypeError, OverflowError) as error:
        raise LearningError(str(error)) from None
    return real_array(given, "x0", 1)


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(check_count(seed, "seed", 0, MAX_SEED, LearningError))


def _times(T: float, count: int, jitter: float, rng: np.random.Generator) -> Any:
    jitter = float(real_array(jitter, "jitter", 0))
    if not 0 <= jitter < 1:
        raise LearningError(f"jitter must be at least 0 and below 1, got {jitter}")
    T = float(real_array(T, "T", 0))
    return T * (1 + jitter * rng.uniform(-1, 1, count)) if jitter else T


def _dataset(
    field: VectorField,
    x: np.ndarray,
    y: np.ndarray,
    T: Any,
    noise: float,
    rng: np.random.Generator,
    origin: dict[str, Any],
    path: np.ndarray | None = None,
) -> Dataset:
    from .. import __version__  # the package's own __init__ imports nothing of this room

    noise = float(real_array(noise, "noise", 0))
    if not noise >= 0:
        raise LearningError(f"noise is a standard deviation, so at least 0; got {noise}")
    accuracy = measured_accuracy(field, x, y, np.broadcast_to(T, len(x)))
    if noise and path is not None:
        path = path + noise * rng.standard_normal(path.shape)
        x, y = path[:-1], path[1:]
    elif noise:
        x, y = (v + noise * rng.standard_normal(v.shape) for v in (x, y))
    about = {
        "field": field.name or str(field),
        "equations": field.to_dict(),
        "parameters": {str(k): str(v) for k, v in field.parameters.items()},
        "accuracy": accuracy,
        "noise": noise,
        "versions": {"imde_sym": __version__, "numpy": np.__version__, "sympy": sympy.__version__, "mpmath": mpmath.__version__},
    }
    return Dataset(x, y, T, about | origin)


def measured_accuracy(field: VectorField, x: np.ndarray, y: np.ndarray, T: np.ndarray) -> float:
    """The largest error of y among some pairs, by a reference of 30 digits, relative to max(1, |y|)."""
    flow: Callable[..., Any] = ReferenceFlow(graded(field))
    chosen = np.unique(np.linspace(0, len(x) - 1, CHECKED).astype(int))
    worst = 0.0
    with precision(30):
        for i in chosen:
            exact = flow([mpmath.mpf(float(v)) for v in x[i]], mpmath.mpf(float(T[i])))
            error = max(abs(mpmath.mpf(float(a)) - b) for a, b in zip(y[i], exact, strict=True))
            worst = max(worst, float(error / max(1, *map(abs, exact))))
    return worst


def _points(name: str, given: Any) -> np.ndarray:
    points = real_array(given, name, finite=False)
    if points.ndim != 2 or not points.size:
        raise LearningError(f"{name} must have shape (points, dimension), got {points.shape}")
    bad = np.argwhere(~np.isfinite(points))
    if len(bad):
        raise LearningError(
            f"{name} holds {len(bad)} value(s) that are not finite, the first in row {bad[0][0]}, column {bad[0][1]}: "
            "drop these rows"
        )
    return locked(np.ascontiguousarray(points))
