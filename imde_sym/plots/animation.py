"""A flow in motion, as a GIF or as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.checks import check_count
from ..base.errors import FieldError, shown
from ..base.libraries import library
from ..verify import Trajectory
from .canvas import EXTRA, axes, color, finished
from .fields import trajectory_places

TAIL = 0.15
"""Of the time is shown behind each point."""


@checked
def animate_flow(
    trajectory: Trajectory,
    path: str | Path,
    *,
    components: Any = None,
    frames: int = 100,
    fps: int = 20,
    title: str | None = None,
) -> Path:
    """Write points that move along trajectories, with their tails, to a file; returns its path.

    trajectory : `integrate(..., dense=True)`, of one initial value or of many
    path       : ends in .gif, or in .html for a page with buttons that needs nothing else
    components : two names, by default the first two variables
    frames, fps: how many pictures, and how many of them a second
    Raises FieldError for another ending or components that do not exist, MissingLibraryError. Cost: some 50 ms a frame.

    >>> import matplotlib
    >>> from tempfile import mkdtemp
    >>> import imde_sym as imde
    >>> t = imde.integrate("rk4", "harmonic_oscillator", [1.0, 0.0], 0.1, 10, dense=True)
    >>> animate_flow(t, mkdtemp() + "/circle.gif", frames=2).name
    'circle.gif'
    """
    target = Path(path)
    if target.suffix not in (".gif", ".html"):
        raise FieldError(f"an animation is written to a .gif or an .html file, got {str(path)!r}")
    frames, fps = (check_count(n, what, 1, 10_000, FieldError) for n, what in ((frames, "frames"), (fps, "fps")))
    places = trajectory_places(trajectory, trajectory.variables[:2] if components is None else components)
    if len(places) != 2:
        raise FieldError(f"an animation shows two components of {', '.join(trajectory.variables)}, got {shown(components)}")
    names = [trajectory.variables[i] for i in places]
    x, y = (trajectory[n].reshape(len(trajectory), -1) for n in names)
    animation, agg = (
        library("matplotlib.animation", "an animation", EXTRA),
        library("matplotlib.backends.backend_agg", "an animation", EXTRA),
    )
    ax = axes(None, "an animation")
    figure = ax.figure
    agg.FigureCanvasAgg(figure)
    with np.errstate(all="ignore"):
        sides = [(np.nanmin(v), np.nanmax(v)) for v in (x, y)]
    (left, right), (low, high) = ((a - 0.06 * (b - a or 1), b + 0.06 * (b - a or 1)) for a, b in sides)
    finished(ax, trajectory.title if title is None else title, xlabel=names[0], ylabel=names[1])
    ax.set(xlim=(left, right), ylim=(low, high))
    tails = [ax.plot([], [], color=color(k), linewidth=1.2, alpha=0.7)[0] for k in range(x.shape[1])]
    heads = [ax.plot([], [], "o", color=color(k), markersize=6)[0] for k in range(x.shape[1])]
    clock = ax.text(0.98, 0.02, "", transform=ax.transAxes, ha="right", fontsize="small")
    behind = max(1, round(TAIL * len(trajectory)))

    def draw(frame: int) -> list[Any]:
        now = round(frame * (len(trajectory) - 1) / max(1, frames - 1))
        past = slice(max(0, now - behind), now + 1)
        for k, (tail, head) in enumerate(zip(tails, heads, strict=True)):
            tail.set_data(x[past, k], y[past, k])
            head.set_data(x[now : now + 1, k], y[now : now + 1, k])
        clock.set_text(f"t = {trajectory.times[now]:.3g}")
        return [*tails, *heads, clock]

    film = animation.FuncAnimation(figure, draw, frames=frames, interval=1000 / fps, blit=False)
    try:
        if target.suffix == ".gif":
            film.save(target, writer=animation.PillowWriter(fps=fps))
        else:
            target.write_text(film.to_jshtml(fps=fps), encoding="utf-8")
    except OSError as error:
        raise FieldError(f"{str(path)!r} cannot be written: {error.strerror or error}") from None
    return target
