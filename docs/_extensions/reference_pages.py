"""The reference: one page for each room, one entry for each public name, and a page of the names of the package itself.

The pages are written before Sphinx reads its sources; at the end every public name must have an entry.
"""

from __future__ import annotations

import inspect
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

ROOMS = {
    "equations": "Modified and inverse modified equations",
    "method": "Methods",
    "fields": "Fields and systems",
    "series": "B-series",
    "trees": "Rooted trees",
    "verify": "Checks, audits, trajectories",
    "prediction": "Predictions and bounds",
    "geometry": "What is conserved",
    "learn": "Learning, and undoing what a solver did",
    "studies": "Grids of runs",
    "experiments": "Experiments",
    "plots": "Pictures",
    "documents": "Documents",
    "codegen": "Code",
    "serialization": "JSON",
    "errors": "Errors",
    "expressions": "Formulas as text",
    "prelie": "The algorithm",
    "rings": "Numbers and polynomials",
}
"""Rooms with public names, those that most readers ask for first."""
LATER = {"explore": "The interactive page", "lie": "Lie groups"}
"""Rooms that are shown where they exist."""


def rooms() -> dict[str, str]:
    """Rooms with public names that exist, and their titles."""
    found = {}
    for room, title in (ROOMS | LATER).items():
        try:
            import_module(f"imde_sym.{room}")
        except ModuleNotFoundError:
            if room in ROOMS:
                raise
            continue
        found[room] = title
    return found


def public_names(room: str) -> list[str]:
    """`__all__` of a room; of a module without it what the package offers of it."""
    import imde_sym

    module = import_module(f"imde_sym.{room}")
    return list(getattr(module, "__all__", None) or imde_sym._NAMES[room].split())


def names_of_the_package() -> list[str]:
    """Public names that the package offers of its ground, where no room lists them."""
    import imde_sym

    return [name for name in imde_sym.__all__ if name not in _homes() and name not in rooms()]


@cache
def _homes() -> dict[str, str]:
    homes: dict[str, str] = {}
    for room in rooms():
        module = import_module(f"imde_sym.{room}")
        for name in public_names(room):
            own = str(getattr(getattr(module, name), "__module__", "")).startswith(f"imde_sym.{room}.")
            if own or name not in homes:
                homes[name] = f"imde_sym.{room}.{name}"
    return homes


def home_of(name: str) -> str:
    """Where the entry of a public name is; empty for other text."""
    return _homes().get(name.removeprefix("imde.").removeprefix("learn.").removeprefix("series."), "")


def _directive(room: str, name: str) -> str:
    item = getattr(import_module(f"imde_sym.{room}"), name)
    path = f"imde_sym.{room}.{name}"
    if (home := home_of(name)) != path:
        return f".. py:currentmodule:: imde_sym.{room}\n\n.. py:data:: {name}\n\n   The same as :py:obj:`{home}`.\n"
    if isinstance(item, ModuleType):
        return f".. automodule:: {path}\n   :members:\n"
    if inspect.isclass(item):
        return f".. autoclass:: {path}\n   :members:\n   :show-inheritance:\n"
    if callable(item) and inspect.isroutine(inspect.unwrap(item)):
        return f".. autofunction:: {path}\n"
    return f".. autodata:: {path}\n   :no-value:\n"


def _summary(item: Any, room: str = "", name: str = "") -> str:
    from docstrings import data_doc

    documented = inspect.isclass(item) or inspect.isroutine(inspect.unwrap(item)) or isinstance(item, ModuleType)
    text = (inspect.getdoc(item) or "") if documented else data_doc(room, name)
    return text.partition("\n\n")[0].replace("\n", " ")


def pages() -> dict[str, str]:
    """The text of each page by its file name, in reStructuredText."""
    from docstrings import _inline

    import imde_sym

    def heading(text: str) -> str:
        return f"{text}\n{'=' * len(text)}\n"

    def table(entries: list[tuple[str, str]]) -> str:
        rows = "".join(f"   * - :py:obj:`{p.rpartition('.')[2]} <{p}>`\n     - {_inline(s)}\n" for p, s in entries)
        return f".. list-table::\n   :widths: 30 70\n   :class: names\n\n{rows}"

    out = {}
    for room, title in rooms().items():
        names = public_names(room)
        module = import_module(f"imde_sym.{room}")
        entries = [(f"imde_sym.{room}.{n}", _summary(getattr(module, n), room, n)) for n in names]
        about = (inspect.getdoc(module) or "").partition("\n\n")[0].replace("\n", " ")
        body = "\n".join(_directive(room, n) for n in names)
        out[f"{room}.rst"] = f"{heading(f'{title}: imde_sym.{room}')}\n{_inline(about)}\n\n{table(entries)}\n{body}"
    rest = names_of_the_package()
    own = [
        (_homes().get(n, f"imde_sym.{n}"), _summary(getattr(imde_sym, n), "", n)) for n in imde_sym.__all__ if n not in rooms()
    ]
    text = "What ``import imde_sym as imde`` offers; each name is described in the room in which it lives, or below."
    body = "\n".join(f".. autofunction:: imde_sym.{n}\n" for n in rest)
    out["imde_sym.rst"] = f"{heading('The package: imde_sym')}\n{text}\n\n{table(own)}\n{body}"
    return out


def write(folder: Path) -> None:
    """Write the pages that are not there yet as they should be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _in_order(_app: Any, page: str, source: list[str]) -> None:
    """The rooms in their order here, where the index of the reference says all."""
    if page == "reference/index":
        pages = "\n".join(f"generated/{room}" for room in ("imde_sym", *rooms()))
        source[0] = source[0].replace("generated/*", pages)


def _every_name_has_its_entry(app: Any, exception: Exception | None) -> None:
    from sphinx.util import logging

    if exception is not None or app.builder.name != "html":
        return
    entries = app.env.get_domain("py").objects
    wanted = [f"imde_sym.{room}.{name}" for room in rooms() for name in public_names(room)]
    wanted += [f"imde_sym.{name}" for name in names_of_the_package()]
    logger = logging.getLogger(__name__)
    for path in wanted:
        if path not in entries:
            logger.warning("the reference lacks %s", path)
    logger.info("%d public names, %d of them with an entry", len(wanted), sum(p in entries for p in wanted))


def setup(app: Any) -> dict[str, Any]:
    """Register what happens when."""
    app.connect("source-read", _in_order)
    app.connect("builder-inited", lambda app: write(Path(app.srcdir) / "reference" / "generated"))
    app.connect("build-finished", _every_name_has_its_entry)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
