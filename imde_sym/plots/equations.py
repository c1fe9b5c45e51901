"""Pictures of a modified or inverse modified equation: what f_h does that f does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy

from ..base.arguments import checked
from ..base.errors import ConvergenceError, FieldError, UnknownNameError
from ..base.spread import spread_points
from ..codegen import Builder
from ..codegen.columns import Columns
from ..codegen.compose import bake
from ..equations import ModifiedField, build_equation
from ..expressions import find_symbol, parse_expression
from ..fields import DifferentialRing, VectorField
from ..fields.domain import box_of
from ..rings import scalar
from ..verify import Trajectory, integrate
from .canvas import axes, color, finished, kind_of, plain_text, typeset
from .fields import solve, values_of
from .planes import places_of, plane_of, start_of, step_of, time_of, title_of

GRID = 60
ARROWS = 17
SAMPLES = 256
TRUE = {"color": "0.6", "linewidth": 4.0, "alpha": 0.6, "solid_capstyle": "round"}
LEARNED = {"color": color(1), "linewidth": 1.4}
NUMERICAL = {"color": color(0), "linestyle": "none", "marker": "o", "markersize": 3.2, "markerfacecolor": "none"}


@checked
def plot_equation(equation: ModifiedField, ax: Any = None, kind: str = "difference", **options: Any) -> Any:
    """A picture of a modified or inverse modified equation f_h; returns the matplotlib Axes.

    kind : "difference", f_h - f in two components: arrows, and its size in colour. Options: components, domain, x0, h
           "terms", the mean size of each term h^k f_k over the domain against h. Options: domain, h, the middle of the axis
           "flows", from x0 the flow of f, the steps of the method on f and the flow of f_h, in two components. Options: x0,
           h, time, components
           "energy" or "invariant", by how much the three of them change what f conserves. Options: x0, h, time, invariant, a
           name of `field.invariants` or an expression as text
           "poincare", where the flows of f and f_h cross a plane upwards. Options: section, a variable, level (0), components,
           x0, h, time
    h is the step size; by default 1/8 of the field's time scale at x0. All take parameters= for free parameters.
    Raises UnknownNameError for another kind, FieldError for what does not fit, MissingLibraryError without matplotlib.

    >>> import imde_sym as imde
    >>> F = imde.inverse_modified_equation("pendulum", "explicit_euler", 3)
    >>> plot_equation(F, kind="terms").get_xlabel()
    'step size h'
    """
    view = kind_of(kind, KINDS, "an equation")
    return view(numbered(equation, options.pop("parameters", None)), ax, **options)


def numbers_of(F: ModifiedField, parameters: Mapping[Any, Any] | None) -> dict[sympy.Symbol, Any]:
    """The free parameters with their numbers. Raises FieldError for one that has none, UnknownNameError for another name."""
    free = [s for s in F.symbols if s not in F.variables]
    values = {find_symbol(k, free, "parameter"): v for k, v in (parameters or {}).items()}
    if missing := [s for s in free if s not in values]:
        raise FieldError(
            f"a picture needs numbers: parameter {missing[0]} has no value; give parameters={{{str(missing[0])!r}: ...}}"
        )
    if F.method.parameters:
        raise FieldError(f"a picture needs numbers: {F.method.title} has the parameter {F.method.parameters[0]}")
    return values


def numbered(F: ModifiedField, parameters: Mapping[Any, Any] | None) -> ModifiedField:
    """The equation with numbers for its free parameters."""
    values = numbers_of(F, parameters)
    if not values:
        return F
    parts = None if F.split is None else [[e.subs(values) for e in part] for part in F.split]
    return build_equation(F.field.with_parameters(values), F.method, F.order, F.direction, parts)


@checked
def difference(
    F: ModifiedField, ax: Any = None, *, components: Any = None, domain: Any = None, x0: Any = None, h: Any = None
) -> Any:
    """f_h - f: arrows of one length, and its size in colour; of one component its graph."""
    plane = plane_of(F.field, components, domain, x0)
    size = step_of(F.field, plane.base, h)
    correction = F.lambdify("numpy", part="correction", h=size)
    title = f"f_h - f, {title_of(F)}, h = {size:.4g}" + (f"  ({plane.fixed})" if plane.fixed else "")
    ax = axes(ax, "a difference of fields")
    with np.errstate(all="ignore"):
        if len(plane.places) == 1:
            (side,), points = plane.grid(GRID * 4)
            ax.axhline(0, color="0.5", linewidth=0.8)
            ax.plot(side, correction(points)[..., plane.places[0]], color=color(0))
            return finished(ax, title, xlabel=plane.names[0], ylabel=f"(f_h - f) in {plane.names[0]}'")
        sides, points = plane.grid(GRID)
        i, j = plane.places
        values = correction(points)
        strength = np.linalg.norm(values, axis=-1)
        image = ax.pcolormesh(*sides, strength, cmap="viridis", shading="nearest", rasterized=True)
        ax.figure.colorbar(image, ax=ax, label=typeset("|f_h - f|"), fraction=0.05, pad=0.02)
        inner = [np.linspace(a, b, ARROWS + 2)[1:-1] for a, b in plane.box]
        mesh = np.meshgrid(*inner)
        points = np.broadcast_to(plane.base, (*mesh[0].shape, len(plane.base))).copy()
        points[..., i], points[..., j] = mesh
        values = correction(points)
        # arrows point as the eye sees them: components in parts of the window
        u, v = (values[..., k] / (b - a) for k, (a, b) in zip((i, j), plane.box, strict=True))
        length = np.hypot(u, v)
        u, v = (np.where(length > 1e-12 * np.nanmax(length), w / length, 0.0) for w in (u, v))
    ax.quiver(*mesh, u, v, color="white", pivot="mid", scale=26, width=0.004, headwidth=4, edgecolor="0.2", linewidth=0.3)
    ax.set(xlim=plane.box[0], ylim=plane.box[1])
    return finished(ax, title, grid=False, xlabel=plane.names[0], ylabel=plane.names[1])


@checked
def terms(F: ModifiedField, ax: Any = None, *, domain: Any = None, h: Any = None, x0: Any = None) -> Any:
    """Mean over the domain of the max-norm of h^k f_k against h; where lines meet, the series stops helping."""
    field = F.field
    plane = plane_of(field, None, domain, x0)
    try:
        box = box_of(field, domain)
    except FieldError:
        reach = np.maximum(2.0, 1.5 * np.abs(plane.base))
        box = tuple((-r, r) for r in reach)
    points = spread_points(box, SAMPLES)
    middle = step_of(field, plane.base, h)
    sizes = middle * np.logspace(-1.5, 1.0, 60)
    ax = axes(ax, "the terms of an equation")
    count = 0
    for k in range(F.order):
        if F.grades[k].is_zero:
            continue
        code = VectorField(F.variables, list(F.term(k)), time=False)
        size = float(np.mean(np.abs(values_of(code)(points)).max(axis=-1)))
        label = typeset("f" if not k else "h f_1" if k == 1 else f"h^{k} f_{k}")
        ax.loglog(sizes, size * sizes**k, color=color(count), linewidth=1.6, label=label)
        count += 1
    ax.legend(title="mean size over the domain", fontsize="small", title_fontsize="small")
    return finished(ax, f"terms of f_h, {title_of(F)}", xlabel="step size h", ylabel="|h^k f_k|")


class _Flows:
    """From x0 the flow of f, the steps of the method on f, and the flow of f_h."""

    def __init__(self, F: ModifiedField, x0: Any, h: Any, time: Any, numerical: bool = True):
        field = F.field
        self.x0 = start_of(field, x0)
        self.h = step_of(field, self.x0, h)
        duration = time_of(field, self.x0, time, self.h)
        steps = max(1, int(np.ceil(duration / abs(self.h))))
        self.true = solve(field, self.x0, steps * abs(self.h))
        self.learned: Trajectory | None
        try:
            self.learned = solve(F, self.x0, steps * abs(self.h), self.h)
        except ConvergenceError:  # the truncated field may blow up where f does not
            self.learned = None
        self.numerical = None
        if numerical:
            parts = None if F.split is None else [list(part) for part in F.split]
            self.numerical = integrate(F.method, field, self.x0, self.h, steps, parts=parts, dense=True)
        self.labels = {
            "true": "flow of f",
            "numerical": f"{plain_text(F.method.name or F.method.title)} on f",
            "learned": typeset("flow of f_h"),
        }

    def lines(self) -> list[tuple[str, Trajectory, dict[str, Any]]]:
        """Label, trajectory and style of each."""
        found = (("true", self.true, TRUE), ("numerical", self.numerical, NUMERICAL), ("learned", self.learned, LEARNED))
        return [(self.labels[key], t, style) for key, t, style in found if t is not None]


@checked
def flows(F: ModifiedField, ax: Any = None, *, x0: Any = None, h: Any = None, time: Any = None, components: Any = None) -> Any:
    """The three trajectories from x0, in two components; of one component against t."""
    places, own = places_of(F.field, components, 2), _Flows(F, x0, h, time)
    ax = axes(ax, "flows")
    names = [str(F.variables[i]) for i in places]
    inside = np.concatenate([t.points[:, list(places)] for label, t, _ in own.lines() if label == "flow of f"])
    for label, t, style in own.lines():
        x = [t.times, t.points[:, places[0]]] if len(places) == 1 else [t.points[:, i] for i in places]
        ax.plot(*x, label=label, **style)
    first = own.x0[list(places)]
    ax.plot(*([0.0, *first] if len(places) == 1 else first), "D", color="black", markersize=6, label="x0", zorder=5)
    finished(ax, f"{title_of(F)}, h = {own.h:.4g}", legend=True)
    for k, (low, high) in enumerate(_window(inside)):  # a numerical solution that runs away does not hide the others
        side = "x" if k == 0 and len(places) == 2 else "y"
        now = getattr(ax, f"get_{side}lim")()
        getattr(ax, f"set_{side}lim")(max(now[0], low), min(now[1], high))
    if len(places) == 1:
        ax.set(xlabel="t", ylabel=names[0])
    else:
        ax.set(xlabel=names[0], ylabel=names[1])
    return ax


def _window(points: np.ndarray) -> list[tuple[float, float]]:
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.maximum(1.2 * (high - low), 1e-3 * np.maximum(np.abs(low), 1))
    return [(float(a - r), float(b + r)) for a, b, r in zip(low, high, room, strict=True)]


@checked
def invariant(F: ModifiedField, ax: Any = None, *, x0: Any = None, h: Any = None, time: Any = None, invariant: Any = None) -> Any:
    """What the three trajectories make of a quantity that f conserves: its value less that at x0."""
    label, value = _invariant(F.field, invariant)
    own = _Flows(F, x0, h, time)
    ax = axes(ax, "an invariant")
    for name, t, style in own.lines():
        along = value(t.points)
        ax.plot(t.times, along - along[0], label=name, **style)
    return finished(ax, f"{title_of(F)}, h = {own.h:.4g}", legend=True, xlabel="t", ylabel=f"change of {label}")


@checked
def energy(F: ModifiedField, ax: Any = None, *, x0: Any = None, h: Any = None, time: Any = None) -> Any:
    """`invariant` with the energy of the field."""
    if "energy" not in F.field.invariants:
        known = ", ".join(F.field.invariants) or "none"
        raise FieldError(f"no energy is known of {F.field.name or F.field}; known invariants: {known}; or give invariant='...'")
    return invariant(F, ax, x0=x0, h=h, time=time, invariant="energy")


def _invariant(field: VectorField, given: Any) -> tuple[str, Any]:
    """Its name, and the function of points (n, d) that it is."""
    known = field.invariants
    if given is None:
        if not known:
            raise FieldError(f"no invariant is known of {field.name or field}: give invariant= as an expression in its variables")
        given = next(iter(known))
    if isinstance(given, str) and given in known:
        label, expression = given, known[given]
    else:
        names = {str(v): v for v in field.variables}
        if isinstance(given, str) and given.isidentifier() and given not in names:
            raise UnknownNameError("invariant", given, [*known, *names])
        expression = parse_expression(given, names) if isinstance(given, str) else sympy.sympify(given)
        label = str(given)
    ring = DifferentialRing(field.variables, [expression])
    builder = Builder(ring)
    program = bake(builder.program([builder.polynomial(ring.convert(expression))]), scalar(0), {})
    columns = Columns(program, "an invariant")
    return label, lambda points: columns(np.ascontiguousarray(points.T))[0]


@checked
def poincare(
    F: ModifiedField,
    ax: Any = None,
    *,
    section: Any = None,
    level: float = 0.0,
    components: Any = None,
    x0: Any = None,
    h: Any = None,
    time: Any = None,
) -> Any:
    """Points at which the flows of f and of f_h cross section = level upwards."""
    field = F.field
    if field.dimension < 3:
        raise FieldError(
            f"a Poincaré section needs three variables or more; here they are {', '.join(map(str, field.variables))}"
        )
    (cut,) = places_of(field, section if section is not None else str(field.variables[0]), 1)
    others = [str(v) for i, v in enumerate(field.variables) if i != cut and v != field.time]
    pairs = {} if field.structure is None else dict(zip(field.structure.q, field.structure.p, strict=True))
    partner = pairs.get(field.variables[cut])  # a momentum says little where its position is fixed
    shown = components if components is not None else [n for n in others if n != str(partner)][:2]
    i, j = places_of(field, shown, 2)
    start = start_of(field, x0)
    if time is None:
        time = 15 * time_of(field, start, None)
    own = _Flows(F, x0, h, time, numerical=False)
    ax = axes(ax, "a Poincaré section")
    styles = ({"color": "0.6", "markersize": 7}, {"color": color(1), "markersize": 3.5})
    for (label, t, _), style in zip(own.lines(), styles, strict=False):
        points = _crossings(t, cut, level)
        ax.plot(points[:, i], points[:, j], "o", label=f"{label}: {len(points)} points", markeredgewidth=0, **style)
    title = f"{field.variables[cut]} = {level:g}, upwards: {title_of(F)}, h = {own.h:.4g}"
    return finished(ax, title, legend=True, xlabel=str(field.variables[i]), ylabel=str(field.variables[j]))


def _crossings(t: Trajectory, cut: int, level: float) -> np.ndarray:
    """Points of a dense trajectory with x_cut = level while it grows, by bisection."""
    off = t.points[:, cut] - level
    at = np.flatnonzero((off[:-1] < 0) & (off[1:] >= 0))
    low, high = t.times[at], t.times[at + 1]
    for _ in range(40):
        middle = (low + high) / 2
        below = (t.at(middle)[:, cut] < level) if len(at) else np.zeros(0, bool)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return t.at(high) if len(at) else np.zeros((0, t.points.shape[1]))


KINDS: dict[str, Callable[..., Any]] = {
    "difference": difference,
    "terms": terms,
    "flows": flows,
    "energy": energy,
    "invariant": invariant,
    "poincare": poincare,
}
