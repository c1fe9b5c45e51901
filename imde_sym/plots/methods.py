"""Pictures of a method: where it is stable, how well it follows the exponential, its tableau, its error tree by tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.checks import check_order
from ..base.errors import MethodError
from ..codegen.numbers import nearest
from ..method import LinearMultistep, Method, MethodLike
from ..rings import to_sympy
from ..series import error_coefficients, method_series
from ..trees import RootedTree
from ..trees.layout import tree_layout
from .canvas import PALETTE, Panels, axes, color, finished, kind_of, named_color, panels
from .stability import finished_plane, plane_size, plot_order_star, plot_stability_region, window_of
from .trees import draw_tree

MAX_TREES = 48
MAX_WRITTEN = 8
"""Stages up to which the entries are written into the cells."""
POINTS = 301
MAX_ORDER = 10


@checked
def plot_method(method: MethodLike, ax: Any = None, kind: str | None = None, **options: Any) -> Any:
    """A picture of a method; returns the matplotlib Axes.

    kind : "stability", the region of linear stability, also of multistep methods; options extent, color
           "order_star", where |R(z)| > |e^z|; option extent
           "tableau", the entries of A and b by sign and size; of a method of several parts one panel each
           "errors", the error coefficients (Φ(t) - 1/γ(t))/σ(t) of the trees of the first order at which the method errs, or
           of `order`
    By default the first that the family has.
    Raises UnknownNameError for another kind, MethodError where the family has no such picture, MissingLibraryError.

    >>> plot_method("rk4", kind="errors").get_ylabel()
    '(Φ(t) - 1/γ(t)) / σ(t)'
    """
    if kind is None:
        kind = "stability" if method.growth is not None or isinstance(method, LinearMultistep) else "errors"
    return kind_of(kind, KINDS, "a method")(method, ax, **options)


def stability(method: Method, ax: Any = None, *, extent: Any = None, color: Any = PALETTE[0]) -> Any:
    """The region of linear stability."""
    if isinstance(method, LinearMultistep):
        return multistep_region(method, ax, extent=extent, color=color)
    return plot_stability_region(method, ax, extent=extent, color=color)


@checked
def multistep_region(method: LinearMultistep, ax: Any = None, *, extent: Any = None, color: Any = PALETTE[0]) -> Any:
    """Where all roots of ρ(ζ) - z σ(ζ) lie in the closed unit disc (Hairer, Wanner II, V.1)."""
    if method.parameters:
        raise MethodError(f"{method.title} needs a number for {method.parameters[0]}")
    alpha, beta = (np.array([complex(nearest(x)) for x in row]) for row in (method.alpha, method.beta))
    color = named_color(color, "a stability region")
    circle = np.exp(1j * np.linspace(0, 2 * np.pi, 721))
    with np.errstate(all="ignore"):
        locus = np.polyval(alpha[::-1], circle) / np.polyval(beta[::-1], circle)
    locus = locus[np.isfinite(locus) & (np.abs(locus) < 30)]
    window = window_of(extent, locus if len(locus) else np.array([-3 - 3j, 3 + 3j]))
    ax = axes(ax, "a stability region", plane_size(window))
    x, y = np.linspace(*window[:2], POINTS), np.linspace(*window[2:], POINTS)
    z = x[None, :] + 1j * y[:, None]
    size = np.nan_to_num(_largest_root(alpha, beta, z), nan=np.inf)
    ax.contourf(x, y, np.minimum(size, 2), levels=[0, 1 + 1e-9], colors=[color], alpha=0.35)
    ax.contour(x, y, np.minimum(size, 2), levels=[1 + 1e-9], colors=[color])
    ax.plot([], [], color=color, label=method.name or method.title)
    return finished_plane(ax, window, f"Stability region: {method.title}")


def _largest_root(alpha: np.ndarray, beta: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The largest modulus of a root of Σ (α_j - z β_j) ζ^j, for each z, by eigenvalues of companion matrices."""
    with np.errstate(all="ignore"):
        p = alpha - z[..., None] * beta
        p = p / p[..., -1:]
    k = p.shape[-1] - 1
    matrix = np.zeros((*z.shape, k, k), complex)
    matrix[..., range(1, k), range(k - 1)] = 1
    matrix[..., :, -1] = -p[..., :-1]
    good = np.isfinite(matrix).all(axis=(-2, -1))
    matrix[~good] = 0
    found = np.abs(np.linalg.eigvals(matrix)).max(axis=-1)
    return np.where(good, found, np.inf)


@checked
def tableau(method: Method, ax: Any = None) -> Any:
    """A and b, below each other: blue below 0, red above, pale where small; zeros are white."""
    tableaux: Any = method.tableaux(method.colors)
    if not tableaux:
        raise MethodError(f"{method.title} is a {method.family} method: it has no tableau to be drawn")
    if method.parameters:
        raise MethodError(f"{method.title} needs a number for {method.parameters[0]}")
    if len(tableaux) > 1 and ax is None:
        grid = panels(1, len(tableaux), "a picture of tableaux")[0]
        for i, (panel, t) in enumerate(zip(grid, tableaux, strict=True)):
            _one_tableau(t, panel, f"part {i}")
        grid[0].figure.suptitle(method.title, fontsize="medium")
        return grid.view(Panels)
    return _one_tableau(tableaux[0], axes(ax, "a picture of a tableau", (4.8, 4.6)), method.title)


def _one_tableau(t: Any, ax: Any, title: str) -> Any:
    s = len(t.b)
    entries = np.array([[nearest(x) for x in row] for row in (*t.A, t.b)])
    entries = entries.real
    reach = np.abs(entries).max() or 1.0
    shade = np.sign(entries) * np.sqrt(np.abs(entries) / reach)  # small entries are seen
    ax.imshow(
        np.ma.masked_equal(shade, 0), cmap="RdBu_r", vmin=-1.25, vmax=1.25, aspect="equal", extent=(0.5, s + 0.5, s + 1.5, 0.5)
    )
    ax.axhline(s + 0.5, color="black", linewidth=1.2)
    if s <= MAX_WRITTEN:
        for i, row in enumerate((*t.A, t.b)):
            for j, x in enumerate(row):
                if x != 0:
                    text = str(x) if len(str(x)) <= 6 else f"{float(nearest(x).real):.3g}"
                    ax.text(j + 1, i + 1, text, ha="center", va="center", fontsize=9 if s < 6 else 7)
    step = max(1, s // 12)
    ax.set_xticks(range(1, s + 1, step))
    ax.set_yticks([*range(1, s + 1, step), s + 1], [*(str(i) for i in range(1, s + 1, step)), "b"])
    ax.tick_params(length=0)
    return finished(ax, title, grid=False, xlabel="j", ylabel="row i of A, then b")


@checked
def errors(method: Method, ax: Any = None, *, order: int | None = None) -> Any:
    """A bar for each tree of one order, the tree below it: the method's error in h^order/σ F(t)."""
    order = method.order + 1 if order is None else check_order(order, MAX_ORDER, "the order of an error coefficient")
    found = error_coefficients(method_series(method, order), order)
    values = []
    for tree, x in found.items():
        value = to_sympy(x)
        if value.free_symbols:
            raise MethodError(f"the error at {tree} is {value}: give numbers for the parameters of the method")
        values.append((tree, complex(value).real))
    if method.second_order:
        values = [(tree, x) for tree, x in values if _occurs(tree)]
    shown = sorted(values, key=lambda pair: -abs(pair[1]))[:MAX_TREES] if len(values) > MAX_TREES else values
    ax = axes(ax, "error coefficients", (min(11.0, max(6.0, 0.34 * len(shown))), 4.2))
    ax.bar(range(len(shown)), [x for _, x in shown], color=[color(0 if x > 0 else 1) for _, x in shown], width=0.7)
    ax.axhline(0, color="0.3", linewidth=0.8)
    left = f", the {MAX_TREES} largest of {len(values)}" if len(shown) < len(values) else ""
    finished(ax, f"error coefficients of order {order}{left}: {method.title}", xlabel="", ylabel="(Φ(t) - 1/γ(t)) / σ(t)")
    ax.set_xticks([])
    ax.set_xlim(-0.7, len(shown) - 0.3)
    layouts = [tree_layout(tree) for tree, _ in shown]
    unit = 0.9 / max(layout.width + 0.6 for layout in layouts)  # in bars
    tall = max(layout.height for layout in layouts)
    own = ax.inset_axes([0, -0.3, 1, 0.26])
    own.set_axis_off()
    own.set(xlim=ax.get_xlim(), ylim=(-0.3 * unit, (tall + 0.3) * unit))
    for k, layout in enumerate(layouts):
        draw_tree(own, layout, k - layout.width * unit / 2, 0.0, unit, size=min(4.5, 40 / len(shown) + 2))
    own.set_zorder(-1)
    return ax


def _occurs(tree: RootedTree) -> bool:
    """Whether a tree has an elementary differential that is not zero for q' = v, v' = g(q)."""
    fits = all(child.color != tree.color for child in tree.children) and (tree.color == 1 or len(tree.children) < 2)
    return fits and all(map(_occurs, tree.children))


KINDS: dict[str, Callable[..., Any]] = {
    "stability": stability,
    "order_star": plot_order_star,
    "tableau": tableau,
    "errors": errors,
}
