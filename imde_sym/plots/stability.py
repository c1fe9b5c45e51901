"""Linear stability in the complex plane z = hλ: the stability region and the order star of a Runge-Kutta method."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import ImdeError, MethodError, shown
from ..method import MethodLike
from ..method.theory.stability import StabilityFunction
from .canvas import PALETTE, axes, finished, named_color

POINTS = 401
MARGIN = 1.3
HEIGHT = 3.6
ROOM = 3.0
"""How far the window reaches beyond the poles, in multiples of the largest."""


@checked
def plot_stability_region(method: MethodLike, ax: Any = None, extent: Any = None, color: Any = PALETTE[0]) -> Any:
    """The region |R(z)| <= 1, filled, with its boundary; returns the matplotlib Axes.

    method : a tableau with numbers, or what stands for one, such as a name
    ax     : where to draw, by default a new figure
    extent : (left, right, bottom, top) of the window, by default around the region or around the poles
    color  : of the region, for several in one picture; `ax.legend()` then names them
    Raises MissingLibraryError without matplotlib, MethodError for symbols.

    >>> import matplotlib
    >>> plot_stability_region("rk4").get_aspect()
    1.0
    """
    if method.growth is None:
        raise MethodError(f"{method.title} has no stability function of one variable: a ButcherTableau has one")
    extent = _extent(extent, method.growth)
    ax = axes(ax, "a stability region", plane_size(extent))
    color = named_color(color, "a stability region")
    x, y, z = _grid(extent)
    with np.errstate(all="ignore"):
        size = np.nan_to_num(np.abs(method.growth(z)), nan=np.inf)
    ax.contourf(x, y, np.minimum(size, 2), levels=[0, 1], colors=[color], alpha=0.35)
    ax.contour(x, y, np.minimum(size, 2), levels=[1], colors=[color])
    ax.plot([], [], color=color, label=method.name or method.title)
    return finished_plane(ax, extent, f"Stability region: {method.title}")


@checked
def plot_order_star(method: MethodLike, ax: Any = None, extent: Any = None) -> Any:
    """The order star |R(z)| > |e^z|, filled, with the zeros (o) and poles (x) of R; returns the matplotlib Axes.

    At 0 an order-p method shows p + 1 filled sectors; it is A-stable where no filled part meets the
    imaginary axis and no pole lies to its left (Wanner, Hairer and Nørsett 1978; Hairer, Wanner, Solving ODEs II, IV.4).
    Arguments and errors as in `plot_stability_region`.
    Raises as `plot_stability_region` does.

    >>> import matplotlib
    >>> plot_order_star("rk4").get_aspect()
    1.0
    """
    if method.growth is None:
        raise MethodError(f"{method.title} has no stability function of one variable: a ButcherTableau has one")
    extent = _extent(extent, method.growth)
    ax = axes(ax, "an order star", plane_size(extent))
    x, y, z = _grid(extent)
    with np.errstate(all="ignore"):
        size = np.nan_to_num(np.abs(method.growth(z) * np.exp(-z)), nan=np.inf)
    ax.contourf(x, y, np.minimum(size, 2), levels=[1, 2.1], colors=[PALETTE[1]], alpha=0.45)
    for p, marker in zip(method.growth.coefficients, "ox", strict=True):
        roots = np.roots(p[::-1])
        ax.plot(roots.real, roots.imag, marker, color="black", fillstyle="none", linestyle="none")
    return finished_plane(ax, extent, f"Order star: {method.title}")


def _extent(given: Any, growth: StabilityFunction) -> tuple[float, float, float, float]:
    return _window(growth) if given is None else _read(given)


def _read(given: Any) -> tuple[float, float, float, float]:
    try:
        left, right, bottom, top = (float(x) for x in given)
    except Exception:  # whatever an entry raises when it is asked for its value
        left = right = bottom = top = 0.0
    if not (left < right and bottom < top and np.all(np.isfinite([left, right, bottom, top]))):
        raise ImdeError(f"extent is (left, right, bottom, top) with left < right and bottom < top, got {shown(given)}")
    return left, right, bottom, top


def _window(R: StabilityFunction) -> tuple[float, float, float, float]:
    """Around the region of a method with bounded stability intervals, else around the poles."""
    real, imaginary = float(R.real_interval), float(R.imaginary_interval)
    poles = np.abs(np.roots(R.coefficients[1][::-1]))
    if np.isfinite(real):
        left, height = MARGIN * real, max(MARGIN * imaginary if np.isfinite(imaginary) else 0.0, 3.5)
        return -left, max(0.4 * left, 1.0), -height, height
    reach = ROOM * float(poles.max(initial=1.0))
    return -reach, reach, -reach, reach


def _grid(extent: tuple[float, float, float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y = np.linspace(*extent[:2], POINTS), np.linspace(*extent[2:], POINTS)
    return x, y, x[None, :] + 1j * y[:, None]


def plane_size(extent: tuple[float, float, float, float]) -> tuple[float, float]:
    """Inches of a figure that a window of equal scales fills."""
    left, right, bottom, top = extent
    wide = float(np.clip(HEIGHT * (right - left) / (top - bottom), 2.6, 6.5))
    return wide + 1.0, HEIGHT + 0.8


def finished_plane(ax: Any, extent: tuple[float, float, float, float], title: str) -> Any:
    """The axes of the complex plane."""
    ax.axhline(0, color="gray", linewidth=0.6)
    ax.axvline(0, color="gray", linewidth=0.6)
    ax.set(xlim=extent[:2], ylim=extent[2:], aspect="equal")
    return finished(ax, title, grid=False, xlabel="Re z,  z = hλ", ylabel="Im z")


def window_of(given: Any, points: np.ndarray) -> tuple[float, float, float, float]:
    """The extent given, or one around points of the complex plane."""
    if given is not None:
        return _read(given)
    reach = max(1.0, float(np.abs(points.imag).max()))
    left, right = float(points.real.min()), float(points.real.max())
    room = 0.25 * max(right - left, reach)
    return left - room, max(right + room, 1.0), -1.25 * reach, 1.25 * reach
