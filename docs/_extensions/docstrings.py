"""The package's docstrings, which are plain text, as reStructuredText: arguments, formulas and tables keep their shape."""

from __future__ import annotations

import ast
import inspect
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from reference_pages import home_of

import imde_sym

_ITEM = re.compile(r"""([A-Za-z_*"{(][\w*", ()\[\]{}=.-]{0,40}?)( *): +(\S.*)""")
_GAP = re.compile(r"\S {3,}\S")
_SPECIAL = re.compile(r"([\\*|_`])")


def _inline(text: str) -> str:
    """Names in backticks link to what they name; all else is taken letter by letter."""
    pieces = re.split(r"(``?[^`]+``?)", text)
    return "".join(_code(p.strip("`")) if p.startswith("`") and len(p) > 2 else _SPECIAL.sub(r"\\\1", p) for p in pieces)


def _code(name: str) -> str:
    home = home_of(name)
    return rf"\ :py:obj:`{name} <{home}>`\ " if home else rf"\ ``{name.strip()}``\ "


def _literal(lines: list[str]) -> list[str]:
    shift = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return ["::", "", *("    " + line[shift:] for line in lines), ""]


def _block(lines: list[str]) -> list[str]:
    """One block between blank lines."""
    if lines[0].lstrip().startswith(">>>"):
        shift = len(lines[0]) - len(lines[0].lstrip())
        return [*(line[shift:] for line in lines), ""]
    if lines[0].startswith(" ") or sum(1 for line in lines if _GAP.search(line) and not _ITEM.fullmatch(line)) >= 2:
        return _literal(lines)
    out: list[str] = []
    prose: list[str] = []
    in_items = False

    def end() -> None:
        if prose:
            out.extend([_inline(" ".join(prose)), ""])
            prose.clear()

    at = 0
    while at < len(lines):
        line = lines[at]
        item = _ITEM.fullmatch(line)
        if item and (item[2] or in_items):
            end()
            in_items = True
            body = [item[3]]
            while at + 1 < len(lines) and lines[at + 1].startswith("  "):
                at += 1
                body.append(lines[at].strip())
            out.extend([f"``{item[1]}``", f"    {_inline(' '.join(body))}", ""])
        elif line.startswith("    ") and not prose:
            run = [line]
            while at + 1 < len(lines) and lines[at + 1].startswith("    "):
                at += 1
                run.append(lines[at])
            out.extend(_literal(run))
        else:
            in_items = False
            prose.append(line.strip())
        at += 1
    end()
    return out


def restructured(lines: list[str]) -> list[str]:
    """A docstring, line by line."""
    out: list[str] = []
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line.rstrip())
        elif block:
            out += _block(block)
            block = []
    return out


@cache
def _said_of_data() -> dict[tuple[str, str], str]:
    """The text below each assignment of the package, by module and name."""
    found = {}
    root = Path(imde_sym.__file__).parent
    for path in sorted(root.rglob("*.py")):
        module = ".".join(("imde_sym", *path.relative_to(root).with_suffix("").parts))
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for made, below in pairwise(body):
            targets = made.targets if isinstance(made, ast.Assign) else [made.target] if isinstance(made, ast.AnnAssign) else []
            if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str):
                found.update({(module, t.id): inspect.cleandoc(below.value.value) for t in targets if isinstance(t, ast.Name)})
    return found


def data_doc(room: str, name: str) -> str:
    """What is said below the assignment of a public name that is neither class nor function; empty where nothing is."""
    said = [(module, text) for (module, own), text in _said_of_data().items() if own == name]
    near = [text for module, text in said if f"{module}.".startswith(f"imde_sym.{room}.")] or [text for _, text in said]
    return near[0] if near else ""


def _process(_app: Any, what: str, name: str, item: object, _options: object, lines: list[str]) -> None:
    if what == "data" and lines and lines[0] == (inspect.getdoc(type(item)) or "").partition("\n")[0]:
        room, _, own = name.removeprefix("imde_sym.").rpartition(".")
        said = data_doc(room, own)
        lines[:] = restructured(said.split("\n")) if said else [f"A value of the type ``{type(item).__name__}``."]
    elif name.startswith("imde_sym"):
        lines[:] = restructured(lines)


def setup(app: Any) -> dict[str, Any]:
    """Register what happens when."""
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
