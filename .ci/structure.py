"""How the package hangs together: rooms, floors, arrows and circles, read off its imports.

A room is a folder of imde_sym (a file beside the folders counts as one), an arrow is one room importing another, the
floor of a room is the longest chain of arrows below it. Circles are looked for between files, at import time (imports at
module level, outside TYPE_CHECKING) and with all imports. Exits with 1 where a circle exists at import time, or where an
arrow runs back up from the order of ROOMS.

    python .ci/structure.py
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent / "imde_sym"
ROOMS = (
    "base", "expressions", "rings", "prelie", "trees", "method", "series", "fields", "codegen", "equations", "geometry", "verify",
    "prediction", "lie", "studies", "learn", "plots", "experiments", "documents", "explore", "cli",
)  # fmt: skip
"""A room imports only from rooms before it; the files beside the rooms may import from all."""
LARGE = 500


def module(path: Path) -> str:
    """The dotted name of a file."""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, known: set[str]) -> Iterator[tuple[str, bool]]:
    """The modules of the package that a file imports, and whether it does so at import time."""
    package = module(path) if path.name == "__init__.py" else module(path).rpartition(".")[0]

    def visit(node: ast.AST, now: bool) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ImportFrom):
                base = package.split(".")[: len(package.split(".")) - child.level + 1] if child.level else []
                target = ".".join([*base, *([child.module] if child.module else [])])
                for alias in child.names:
                    inner = f"{target}.{alias.name}"
                    yield (inner if inner in known else target), now
            elif isinstance(child, ast.Import):
                yield from ((alias.name, now) for alias in child.names)
            else:
                typing_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
                yield from visit(child, now and not typing_only and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))

    yield from ((target, now) for target, now in visit(ast.parse(path.read_text()), True) if target in known)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected components of more than one file (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def connect(v: str) -> None:
        index[v] = low[v] = len(index)
        stack.append(v)
        for w in graph[v]:
            if w not in index:
                connect(w)
            if w in stack:
                low[v] = min(low[v], low[w])
        if low[v] == index[v]:
            component = [stack.pop()]
            while component[-1] != v:
                component.append(stack.pop())
            if len(component) > 1:
                found.append(sorted(component))

    for v in graph:
        if v not in index:
            connect(v)
    return found


def room(name: str) -> str:
    """The room that a module is in."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else "imde_sym"


def main() -> int:
    """Print the counts; 1 where something is wrong."""
    files = {module(p): p for p in sorted(ROOT.rglob("*.py"))}
    every = {m: set(imports(p, set(files))) for m, p in files.items()}
    at_import = {m: {t for t, now in found if now and t != m} for m, found in every.items()}
    written = {m: {t for t, _ in found if t != m} for m, found in every.items()}
    # a package's __init__ lists its files, which is no circle by itself: files are counted among each other
    inner = {m for m, p in files.items() if p.name != "__init__.py"}
    now = circles({m: at_import[m] & inner for m in inner})
    later = circles({m: written[m] & inner for m in inner})
    arrows = {(room(m), room(t)) for m, targets in at_import.items() for t in targets if room(m) != room(t)}
    lazy = {(room(m), room(t)) for m, targets in written.items() for t in targets if room(m) != room(t)} - arrows
    place = {name: i for i, name in enumerate(ROOMS)}
    upward = sorted((a, b) for a, b in arrows if a in place and place.get(b, -1) >= place[a])
    floors: dict[str, int] = {}

    def floor(name: str, path: tuple[str, ...] = ()) -> int:
        if name not in floors and name not in path:
            floors[name] = 1 + max((floor(b, (*path, name)) for a, b in arrows if a == name), default=0)
        return floors.get(name, 0)

    lines = {m: len(p.read_text().splitlines()) for m, p in files.items()}
    rooms = sorted({room(m) for m in files}, key=floor)
    for name in rooms:
        own = [m for m in files if room(m) == name]
        print(f"floor {floor(name):2}  {name:14} {len(own):3} files {sum(lines[m] for m in own):6} lines")
    largest = max(lines, key=lambda m: lines[m])
    more = f"{len(lazy)} more inside functions or for types"
    print(f"{len(rooms)} rooms, {max(floors.values())} floors, {len(arrows)} arrows at import time and {more}")
    print(f"circles between files: {len(now)} at import time, {len(later)} with all imports")
    print(f"largest file: {largest}, {lines[largest]} lines; over {LARGE}: {sum(n > LARGE for n in lines.values())}")
    for circle in later:
        print("circle" + (" at import time: " if circle in now else ": ") + ", ".join(circle))
    for a, b in upward:
        print(f"back up: {a} imports {b}")
    return 1 if now or upward else 0


if __name__ == "__main__":
    sys.exit(main())
