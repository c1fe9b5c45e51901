"""The galleries: every system with its phase portrait, methods with a picture, drawn by the package itself."""

from __future__ import annotations

import multiprocessing
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

STABILITY = (
    "explicit_euler", "implicit_euler", "explicit_midpoint", "heun2", "ralston2", "kutta3", "rk4", "dormand_prince5", "dop853",
    "gauss2", "gauss3", "radau_iia_2", "radau_iia_3", "lobatto_iiic_3", "ssprk33", "rkc(8)", "rkl(9)", "bdf2", "bdf3",
    "adams_bashforth_2", "adams_bashforth_3",
)  # fmt: skip
"""Methods with a picture of their region of stability."""
ERRORS = ("stoermer_verlet", "symplectic_euler", "strang", "average_vector_field", "etdrk2", "krogstad4", "mri_gark_erk33")
"""Methods with a picture of their error, tree by tree."""

BY_MOMENTUM = ("fput", "elastic_pendulum", "double_pendulum")
"""Systems shown by a position and its momentum: at rest nothing moves in the plane of two positions."""

_FAMILIES = {
    "runge_kutta": "Runge-Kutta methods", "partitioned": "Partitioned and additive methods", "splitting": "Splittings",
    "multistep": "Linear multistep methods", "rosenbrock": "Rosenbrock methods", "multiderivative": "Multi-derivative methods",
    "continuous_stage": "Continuous-stage methods", "nystrom": "Nyström methods", "low_storage": "Low-storage methods",
    "generalized_additive": "Generalized additive methods (GARK)", "multirate": "Multirate methods",
    "exponential": "Exponential methods", "exponential_rosenbrock": "Exponential Rosenbrock methods",
    "general_linear": "General linear methods", "two_step": "Two-step Runge-Kutta methods",
}  # fmt: skip


def _file(kind: str, name: str) -> str:
    return f"{kind}-{''.join(c if c.isalnum() else '_' for c in name)}.png"


def _draw(task: tuple[str, str, str]) -> str:
    """Draw one thumbnail; returns what went wrong, or nothing."""
    kind, name, path = task
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    import imde_sym as imde

    figure = Figure(figsize=(2.6, 2.0), layout="constrained")
    ax = figure.add_subplot()
    try:
        if kind == "system":
            f = imde.systems[name]
            half = len(f.variables) // 2
            options = {"components": (0, half)} if name in BY_MOMENTUM else {}
            f.plot(ax, **options)
        elif kind == "stability":
            imde.methods[name].plot(ax, kind="stability")
        else:
            imde.methods[name].plot(ax, kind="errors")
    except (imde.ImdeError, TypeError, ValueError) as error:
        return f"{kind} {name}: {error}"
    for other in figure.axes[1:]:  # the scale of colours
        other.remove()
    ax.set_title("")
    if ax.get_legend():
        ax.get_legend().remove()
    ax.tick_params(labelsize=6)
    ax.xaxis.label.set_size(7)
    ax.yaxis.label.set_size(7)
    figure.savefig(path, dpi=110)
    return ""


def _tasks(folder: Path) -> list[tuple[str, str, str]]:
    import imde_sym as imde

    wanted = [("system", n) for n in imde.systems if len(imde.systems[n].variables) > 1]
    wanted += [("stability", n) for n in STABILITY] + [("error", n) for n in ERRORS]
    return [(kind, name, str(folder / _file(kind, name))) for kind, name in wanted]


def draw(folder: Path) -> list[str]:
    """Draw what is not there yet; returns a line for each failure."""
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [task for task in _tasks(folder) if not Path(task[2]).exists()]
    if not tasks:
        return []
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(2, os.cpu_count() or 1)) as pool:
        return [trouble for trouble in pool.imap_unordered(_draw, tasks, chunksize=4) if trouble]


def _card(image: str, title: str, lines: list[str]) -> str:
    picture = f'<img src="../_images/gallery/{image}" alt="{title}" loading="lazy"/>' if image else ""
    return f'<div class="card-of-gallery">{picture}<b>{title}</b>{"".join(f"<span>{line}</span>" for line in lines)}</div>'


def _escaped(text: str) -> str:
    from html import escape

    return escape(text)


def systems_page(images: Path) -> str:
    """A card for each system."""
    import imde_sym as imde
    from imde_sym.base.mathml import mathml

    cards = []
    for name in imde.systems:
        f = imde.systems[name]
        picture = images / _file("system", name)
        kept = ", ".join(str(k) for k in f.invariants)
        few = len(f.variables) <= 4
        formula = mathml(f.latex(), display=True) if few else f"{len(f.variables)} equations"
        lines = [f"<code>{name}</code>", f'<div class="formula">{formula}</div>', f"keeps {_escaped(kept)}" if kept else ""]
        lines.append(f"<small>{_escaped(str(f.info.get('reference', '')))}</small>")
        cards.append(_card(picture.name if picture.exists() else "", _escaped(str(f.info.get("title", name))), lines))
    body = "\n".join(cards)
    return (
        "# Systems\n\n"
        f"The {len(cards)} systems of the catalogue, `imde.systems`: each has its equations, parameters, a point to start from\n"
        'and a domain, and says what it conserves. `imde.systems["kepler"]`, or the name alone wherever a field is taken.\n\n'
        f'```{{raw}} html\n<div class="cards">\n{body}\n</div>\n```\n'
    )


def methods_page(images: Path) -> str:
    """Cards of some methods, and a table of all, by family."""
    import imde_sym as imde

    pictured = [("stability", n) for n in STABILITY] + [("error", n) for n in ERRORS]
    cards = []
    for kind, name in pictured:
        picture = images / _file(kind, name)
        m = imde.methods[name]
        what = "region of stability" if kind == "stability" else "error, tree by tree"
        cards.append(_card(picture.name if picture.exists() else "", _escaped(m.title), [f"<code>{name}</code>", what]))
    by_family: dict[str, list[str]] = defaultdict(list)
    for name in imde.methods:
        m = imde.methods[name]
        cells = (f"<code>{name}</code>", _escaped(m.title), str(m.info.get("order", "")), _escaped(m.reference or ""))
        by_family[m.family].append("<tr>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>")
    out = [
        "# Methods\n",
        f"The {len(imde.methods)} methods of the catalogue, `imde.methods`, by family. Families of any size have names with\n"
        "numbers, such as `gauss(7)` or `ssprk(10,4)`. Claimed, computed and observed order of each entry agree, by test.\n",
        '```{raw} html\n<div class="cards">\n' + "\n".join(cards) + "\n</div>\n```\n",
    ]
    for family in sorted(by_family, key=lambda f: list(_FAMILIES).index(f) if f in _FAMILIES else len(_FAMILIES)):
        title = _FAMILIES.get(family, family.replace("_", " "))
        head = "<tr><th>name</th><th>method</th><th>order</th><th>reference</th></tr>"
        out.append(f"## {title}: {len(by_family[family])}\n")
        out.append(
            f'```{{raw}} html\n<div class="wide"><table class="table catalogue"><thead>{head}</thead><tbody>\n'
            + "\n".join(by_family[family])
            + "\n</tbody></table></div>\n```\n"
        )
    return "\n".join(out)


def _write(app: Any) -> None:
    from sphinx.util import logging

    logger = logging.getLogger(__name__)
    images = Path(app.outdir) / "_images" / "gallery"
    for trouble in draw(images):
        logger.warning("no thumbnail: %s", trouble)
    folder = Path(app.srcdir) / "gallery"
    folder.mkdir(exist_ok=True)
    for name, text in (("systems.md", systems_page(images)), ("methods.md", methods_page(images))):
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app: Any) -> dict[str, Any]:
    """Register what happens when."""
    app.connect("builder-inited", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
