"""What the docstrings of public names lack: a docstring at all, an example, what is raised.

Public are the names in `__all__` of the package, of its rooms and of the modules among these names, and the public methods,
classmethods and properties of their classes, each where it is defined. The rules:

- a docstring: everything; of a constant or a type, the text below its assignment
- an example (`>>>`): every class, function, method and property; a member may be shown in the example of its class instead.
  TypedDicts and exceptions need none, they are seen where they are taken and raised
- what is raised (the word "raises", or an error by its name): what holds a `raise` of its own, and what takes an argument that
  the gate (`base.arguments.checked`) may refuse. Classes that only hold an answer, dataclasses and named tuples, need
  not say it: users do not make them
- an override may lean on its bases: their docstrings of the same name count as its own

Prints the counts and the list; exits with 1 where anything is missing.

    python .ci/docstrings.py [ROOM ...]
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, is_typeddict

PACKAGE = "imde_sym"
ROOT = Path(__file__).parent.parent / PACKAGE
sys.path.insert(0, str(ROOT.parent))
from imde_sym.base.arguments import ANYTHING, _Signature  # noqa: E402

RAISES = re.compile(r"\b[Rr]aise[sd]?\b|[A-Z]\w+Error\b")


def modules(room: str) -> Iterator[ModuleType]:
    """A room, and the modules among its public names."""
    module = importlib.import_module(f"{PACKAGE}.{room}" if room else PACKAGE)
    yield module
    for name in getattr(module, "__all__", ()):
        if isinstance(inner := getattr(module, name), ModuleType) and inner.__name__.count(".") > 1:
            yield inner


def names(module: ModuleType) -> list[str]:
    """The public names of a module: `__all__`, or what is written in it."""
    own = [n for n, v in vars(module).items() if n[0] != "_" and getattr(v, "__module__", "") == module.__name__]
    return getattr(module, "__all__", own)


def plain(member: Any) -> Any:
    """The function behind a method, a classmethod, a property or a decorated function."""
    for attribute in ("fget", "func", "__func__"):
        member = getattr(member, attribute, member)
    return inspect.unwrap(member) if callable(member) else member


def members(cls: type) -> Iterator[tuple[type, str, Any]]:
    """The public members of a class, with the class of the package that defines each."""
    seen: set[str] = set()
    for base in cls.__mro__:
        if not base.__module__.startswith(PACKAGE):
            continue
        for name, member in vars(base).items():
            if name[0] == "_" or name in seen or inspect.isclass(member) or name in getattr(cls, "__dataclass_fields__", ()):
                continue
            seen.add(name)
            if inspect.isroutine(member) or isinstance(member, property | cached_property | classmethod | staticmethod):
                yield base, name, member


def raises(member: Any) -> bool:
    """Whether a call may raise: an argument goes through the gate, or there is a `raise` in the body."""
    function = plain(member)
    try:
        first = 0 if isinstance(member, staticmethod) or "." not in function.__qualname__ else 1
        read = _Signature(function).kinds if hasattr(getattr(member, "__func__", member), "__checked__") else {}
        arguments = any(kind is not ANYTHING for kind in [*read.values()][first:])
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (AttributeError, OSError, TypeError, ValueError, SyntaxError):
        return False
    own = function.__module__.startswith(PACKAGE)
    errors = [node for node in ast.walk(tree) if isinstance(node, ast.Raise) and "NotImplemented" not in ast.dump(node)]
    return arguments or (own and bool(errors))


def lacks(doc: str, example: bool, error: bool) -> list[str]:
    """What a docstring has not."""
    if not doc.strip():
        return ["docstring"]
    return ["example"] * (example and ">>>" not in doc) + ["raises"] * (error and not RAISES.search(doc))


def constants() -> set[str]:
    """Names that are assigned and explained below, in any file."""
    found: set[str] = set()
    for path in ROOT.rglob("*.py"):
        body = ast.parse(path.read_text()).body
        for node, after in pairwise(body):
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(getattr(after, "value", None), ast.Constant):
                found |= {t.id for t in ast.walk(node) if isinstance(t, ast.Name) and isinstance(t.ctx, ast.Store)}
    return found


def of_class(cls: type) -> Iterator[tuple[str, str, list[str]]]:
    """A class and its public members, with what each lacks."""
    answer = dataclasses.is_dataclass(cls) or issubclass(cls, tuple | BaseException) or is_typeddict(cls)
    example = not issubclass(cls, BaseException) and not is_typeddict(cls)
    yield cls.__module__, cls.__qualname__, lacks(cls.__doc__ or "", example, not answer and raises(cls.__init__))  # type: ignore[misc]
    for base, name, member in members(cls):
        docs = [inspect.getdoc(vars(b)[name]) or "" for b in base.__mro__ if name in vars(b)]
        shown = any(re.search(rf">>> .*\.{name}\b", b.__doc__ or "") for b in (cls, *base.__mro__))
        yield base.__module__, f"{base.__qualname__}.{name}", lacks("\n".join(docs), not shown, raises(member))


def walk(room: str, explained: set[str]) -> Iterator[tuple[str, str, list[str]]]:
    """The public names of a room: module, name, what is missing."""
    for module in modules(room):
        for name in names(module):
            value = getattr(module, name)
            if isinstance(value, ModuleType):
                continue
            if inspect.isclass(value) and value.__module__.startswith(PACKAGE):
                yield from of_class(value)
            elif inspect.isfunction(value):
                yield value.__module__, name, lacks(value.__doc__ or "", True, raises(value))
            elif room:  # the package itself explains nothing: its rooms do
                yield module.__name__, name, [] if name in explained else ["docstring"]


def main(rooms: list[str]) -> int:
    """Print the counts and the list; 1 where something is missing."""
    rooms = rooms or ["", "errors", *sorted(p.parent.name for p in ROOT.glob("*/__init__.py"))]
    explained = constants()
    found: dict[tuple[str, str], list[str]] = {}
    for room in rooms:
        for module, name, missing in walk(room, explained):  # of a base class, the subclass that shows it counts
            found[module, name] = min(missing, found.get((module, name), missing), key=len)
    for (module, name), missing in sorted(found.items()):
        if missing:
            print(f"{module.removeprefix(PACKAGE + '.')} {name}: {', '.join(missing)}")
    count = {kind: sum(kind in missing for missing in found.values()) for kind in ("docstring", "example", "raises")}
    print(f"{len(found)} public names; lacking: " + ", ".join(f"{kind} {n}" for kind, n in count.items()))
    return 1 if any(count.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
