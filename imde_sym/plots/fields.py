"""Pictures of a field: its phase portrait, and its components along a solution."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import FieldError, shown
from ..equations import ModifiedField, build_equation
from ..fields import FieldLike, VectorField, as_graded
from ..method import methods
from ..verify import Trajectory, integrate
from ..verify.batch import FloatFlow
from ..verify.slopes import Formula
from .canvas import DASHES, axes, color, finished, kind_of, panels_in
from .planes import Plane, numbered, places_of, plane_of, start_of, time_of, time_scale

GRID = 41
MAX_COMPONENTS = 8
MAX_POINTS = 50_000
REFERENCE = "dormand_prince8"
CLOSE = 1e-7


@checked
def plot_field(field: FieldLike, ax: Any = None, kind: str = "portrait", **options: Any) -> Any:
    """A picture of a field; returns the matplotlib Axes (an array of them for "components").

    kind : "portrait", streamlines in two components, in colour the speed; of a field of one component its graph. Options:
           components=("q", "p") by name or place, by default positions and momenta, or the first two; x0, which fixes the
           others; domain; paths, initial values (n, d) of solutions to be drawn over it
           "components", each component along the solution from x0. Options: x0, time, components
    All take parameters= for values of free parameters.
    Raises UnknownNameError for another kind, FieldError for components, domain or x0 that do not fit, MissingLibraryError.

    >>> plot_field("pendulum").get_xlabel()
    'q'
    """
    return kind_of(kind, KINDS, "a field")(field, ax, **options)


@checked
def portrait(
    field: VectorField,
    ax: Any = None,
    *,
    components: Any = None,
    domain: Any = None,
    x0: Any = None,
    parameters: Mapping[Any, Any] | None = None,
    paths: Any = None,
    density: float = 1.1,
) -> Any:
    """Streamlines of two components, coloured by the speed; of one component the graph of f."""
    plane = plane_of(field, components, domain, x0, parameters)
    field, ax = plane.field, axes(ax, "a phase portrait")
    solutions = [] if paths is None else [solve(field, p, time_of(field, p, None)) for p in _points(field, paths)]
    plane = _around(plane, solutions)
    sides, points = plane.grid(GRID)
    values = values_of(field)(points)
    name = field.name or "x' = f(x)"
    if len(plane.places) == 1:
        (place,), (side,) = plane.places, sides
        ax.axhline(0, color="0.5", linewidth=0.8)
        ax.plot(side, values[..., place], color=color(0))
        return finished(ax, name, xlabel=plane.names[0], ylabel=f"{plane.names[0]}'")
    i, j = plane.places
    with np.errstate(all="ignore"):
        speed = np.hypot(values[..., i], values[..., j])
    if not np.isfinite(speed).any() or not np.nanmax(speed) > 0:
        raise FieldError(f"the field is not finite, or 0, in this window: {plane.names[0]} and {plane.names[1]} in {plane.box}")
    u, v = (np.ma.masked_invalid(values[..., k]) for k in (i, j))
    lines = ax.streamplot(*sides, u, v, color=speed, cmap="viridis", density=density, linewidth=1.1, arrowsize=1.0)
    ax.figure.colorbar(lines.lines, ax=ax, label="speed |f|", fraction=0.05, pad=0.02)
    for k, solution in enumerate(solutions):
        ax.plot(solution.points[:, i], solution.points[:, j], color=color(1 + k), linewidth=1.8)
        ax.plot(*solution.points[0, [i, j]], "o", color=color(1 + k))
    finished(ax, name + (f"  ({plane.fixed})" if plane.fixed else ""), grid=False, xlabel=plane.names[0], ylabel=plane.names[1])
    ax.set(xlim=plane.box[0], ylim=plane.box[1])
    return ax


def _points(field: VectorField, given: Any) -> np.ndarray:
    """Initial values (n, d). Raises FieldError for another shape."""
    try:
        found = np.atleast_2d(np.asarray(given, float))
    except (TypeError, ValueError):
        found = np.zeros((0, 0))
    if found.ndim != 2 or found.shape[1] != field.dimension or not np.isfinite(found).all():
        raise FieldError(f"paths are initial values (n, {field.dimension}), got {shown(given)}")
    return found


def _around(plane: Plane, solutions: Sequence[Trajectory]) -> Plane:
    """The window with the solutions in it, unless these run far away."""
    box = []
    for place, (low, high) in zip(plane.places, plane.box, strict=True):
        drawn = np.concatenate([[low, high], *(s.points[:, place] for s in solutions)])
        room = high - low
        box.append((max(float(drawn.min()), low - room), min(float(drawn.max()), high + room)))
    return replace(plane, box=tuple(box))


@checked
def components(
    field: VectorField,
    ax: Any = None,
    *,
    components: Any = None,
    x0: Any = None,
    time: Any = None,
    parameters: Mapping[Any, Any] | None = None,
) -> Any:
    """Each component along the solution from x0, one panel each."""
    field = numbered(field, parameters)
    start = start_of(field, x0)
    found = solve(field, start, time_of(field, start, time))
    chosen = places_of(field, components, MAX_COMPONENTS)
    return plot_trajectory(found, ax, components=[str(field.variables[i]) for i in chosen], title=field.name or str(field)[:60])


KINDS: dict[str, Callable[..., Any]] = {"portrait": portrait, "components": components}


@checked
def plot_trajectory(
    trajectory: Trajectory, ax: Any = None, kind: str = "components", components: Any = None, title: str | None = None
) -> Any:
    """A trajectory of `integrate(..., dense=True)`; returns the matplotlib Axes, an array of them for "components".

    kind       : "components" against t, one panel each, or "portrait", the first two in a plane
    components : names, by default all of up to 8
    Raises MissingLibraryError without matplotlib, UnknownNameError for another kind, FieldError for other components.

    >>> import matplotlib
    >>> import imde_sym as imde
    >>> t = imde.integrate("rk4", "harmonic_oscillator", [1.0, 0.0], 0.1, 10, dense=True)
    >>> plot_trajectory(t, kind="portrait").get_xlabel()
    'p'
    """
    names, paths = trajectory.variables, trajectory.points.reshape(len(trajectory), -1, len(trajectory.variables))
    places = trajectory_places(trajectory, names[:MAX_COMPONENTS] if components is None else components)
    heading = trajectory.title if title is None else title

    def by_component() -> Any:
        grid = panels_in(ax, len(places), "a trajectory", sharex=True)
        for panel, i in zip(grid, places, strict=True):
            for k in range(min(paths.shape[1], 20)):
                panel.plot(trajectory.times, paths[:, k, i], color=color(k), linestyle=DASHES[0], linewidth=1.3)
            finished(panel, ylabel=names[i])
        finished(grid[0], heading)
        grid[-1].set_xlabel("t")
        return grid

    def in_a_plane() -> Any:
        if len(names) < 2:
            raise FieldError(f"a portrait needs two components; this trajectory has {', '.join(names)}")
        i, j = (places + [k for k in range(len(names)) if k not in places])[:2]
        own = axes(ax, "a trajectory")
        for k in range(min(paths.shape[1], 20)):
            own.plot(paths[:, k, i], paths[:, k, j], color=color(k), linewidth=1.3)
            own.plot(paths[0, k, i], paths[0, k, j], "o", color=color(k), markersize=5)
        return finished(own, heading, xlabel=names[i], ylabel=names[j])

    return kind_of(kind, {"components": by_component, "portrait": in_a_plane}, "a trajectory")()


def trajectory_places(trajectory: Trajectory, components: Any) -> list[int]:
    """Places of components given by names or places. Raises UnknownNameError, FieldError."""
    given = [components] if isinstance(components, str | int) else components
    if not isinstance(given, list | tuple) or not given:
        raise FieldError(f"components are names of {', '.join(trajectory.variables)}, got {shown(components)}")
    return [trajectory.place(key) for key in given]


def values_of(field: VectorField) -> Any:
    """The generated numpy function of a field of numbers, (..., d) to (..., d)."""
    function = build_equation(field, methods["explicit_euler"], 1, "inverse").lambdify("numpy")

    def run(points: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(function(points))

    return run


def solve(
    field: VectorField | ModifiedField, x0: np.ndarray, time: float, h: float = 0.0, count: int = 400, exact: bool = False
) -> Trajectory:
    """The flow at `count` times or more, several a time scale; h is the step in a ModifiedField.

    Steps of order 8 where halving them changes nothing that is seen, else, or where it has to be `exact`, Taylor series.
    Raises ConvergenceError where the solution blows up.
    """
    own = field.field if isinstance(field, ModifiedField) else field
    steps = int(np.clip(np.ceil(8 * time / time_scale(own, x0)), count, MAX_POINTS))
    plain = field.as_field(h) if isinstance(field, ModifiedField) else field
    if not exact:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: Trajectory = integrate(REFERENCE, plain, x0, time / steps, steps, dense=True)
            finer = integrate(REFERENCE, plain, x0, time / steps / 2, 2 * steps, save_every=2)
        if np.allclose(found.points, finer, rtol=CLOSE, atol=CLOSE):
            return found
    graded = as_graded(plain)
    times = np.linspace(0.0, time, 1 + steps)
    points = FloatFlow(graded).path(x0, times)
    slopes = Formula(graded, 0).values(np.ascontiguousarray(points.T)).T
    return Trajectory(times, points, slopes, [str(v) for v in own.variables], "flow")
