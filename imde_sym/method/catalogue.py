"""The catalogue of methods: plain data in `data/*.json`, read when first asked for."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.resources import files
from typing import Any, TypedDict, Unpack

from ..base.arguments import checked
from ..base.catalogue import Catalogue, letters, normal
from ..base.checks import whole
from ..base.errors import MethodError, UnknownNameError, shown
from ..base.executors import ExecutorLike, spread
from ..base.tables import Cell, Table
from .gate import NAMED, SIZES, as_method
from .method import Method
from .value import FAMILIES, WITHOUT_FAMILY, method_from_data


def _load() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for path in sorted(files(__package__).joinpath("data").iterdir(), key=lambda p: (not p.name.startswith("rk_"), p.name)):
        if path.name.endswith(".json"):
            entries.extend(json.loads(path.read_text(encoding="utf-8"))["methods"])
    return entries


def _build(entry: dict[str, Any]) -> Method:
    method: Method = method_from_data(_complete(entry))
    return method


def _complete(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the data leave out: zeros at the ends of rows; parts that are named stand elsewhere in the catalogue."""
    out = dict(entry)
    constants = {"constants": out["constants"]} if "constants" in out else {}

    def inner(item: Any) -> dict[str, Any]:
        return _complete(methods.entry(item) if isinstance(item, str) else constants | item)

    for key in FAMILIES[_family(entry)].nested:
        out[key] = [inner(item) for item in out[key]] if isinstance(out[key], list) else inner(out[key])
    if "A" in out and "b" in out:
        width = len(out["b"])
        out["A"] = [row + ["0"] * (width - len(row)) for row in out["A"]]
    return out


_SIZED = re.compile(r"\s*(?P<family>[A-Za-z][A-Za-z0-9_ *-]*?)[\s_-]*(?:\((?P<arguments>[^()]{1,200})\)|(?P<number>\d{1,4}))\s*")
FLAGS = ("explicit", "symplectic", "symmetric", "embedded")
COMPUTED = ("a_stable", "l_stable")


class Criteria(TypedDict, total=False):
    """What `MethodCatalogue.search` takes; None asks nothing."""

    order: int | Container[int] | None
    stages: int | Container[int] | None
    family: str | None
    tags: str | Iterable[str] | None
    explicit: bool | None
    symplectic: bool | None
    symmetric: bool | None
    embedded: bool | None
    a_stable: bool | None
    l_stable: bool | None


KEYWORDS = ("text", *Criteria.__annotations__)


class MethodCatalogue(Catalogue[Method]):
    """The methods by name and alias, with a search and a table.

    >>> methods.search(order=4, symplectic=True, stages=range(2, 4), family="runge_kutta")
    ['sanz_serna_abia4', 'gauss2', 'lobatto_iiid_3', 'lobatto_iiie_3']
    >>> print(methods.table(["rk4", "dopri5"]))
    name             order  stages  kind      title
    ---------------  -----  ------  --------  -------------------------------------------
    rk4              4      4       explicit  The classical Runge-Kutta method of order 4
    dormand_prince5  5(4)   7       explicit  Dormand-Prince 5(4) pair, RK5(4)7M
    """

    def __getattr__(self, name: str) -> Any:
        """The public names of this room, so that `imde_sym.methods` serves as their module too."""
        room = import_module(__package__)
        if name == "__all__":
            return room.__all__
        if name not in room.__all__:
            raise AttributeError(f"the catalogue of methods has no attribute {name!r}")
        return getattr(room, name)

    def __getitem__(self, name: str) -> Method:
        if self._find(name) is None and (sized := _of_any_size(name)):
            return _sized(name, *sized)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or _of_any_size(name) is not None

    def _family_of(self, given: str) -> str:
        stem = letters(given).rstrip("0123456789")
        near = [family for family in SIZES if stem and letters(family) == stem]
        return f"; {near[0]} is made for any size, such as {near[0]}(7)" if near else super()._family_of(given)

    def search(self, text: str = "", **criteria: Unpack[Criteria]) -> list[str]:  # type: ignore[override]
        """Names of the methods that meet all criteria, in the catalogue's sequence.

        order, stages : int, or a range, tuple or set of int
        family        : "runge_kutta", "partitioned", "multistep", "rosenbrock", "splitting", ...
        explicit, symplectic, symmetric, embedded : bool
        a_stable, l_stable : bool; computed (about 2 s for all implicit methods together, once), after all other criteria
        tags : a tag or several, all of which must be present ("sdirk", "diffrax", "stiffly_accurate", ...)
        text : words that must all occur in a name, an alias, the title, a tag, the reference or the note
        Orders and flags are the data's own; the tests hold them against computed ones, for every entry.
        Raises UnknownNameError for another keyword or a tag that no method has, MethodError for a value of the wrong type.
        """
        for key in criteria:
            if key not in KEYWORDS:
                raise UnknownNameError("search criterion", key, KEYWORDS)
        wanted: dict[str, Any] = {key: value for key, value in criteria.items() if value is not None}
        tags = wanted.get("tags", ())
        tags = {normal(t) for t in ([tags] if isinstance(tags, str) else tags)}
        known = {t for entry in self._data.values() for t in entry["tags"]}
        for tag in tags - known:
            raise UnknownNameError("tag", tag, sorted(known))
        for key in (*FLAGS, *COMPUTED):
            if not isinstance(wanted.get(key, True), bool):
                raise MethodError(f"{key} must be True or False, got {wanted[key]!r}")
        families = {_family(entry) for entry in self._data.values()}
        if wanted.get("family", "runge_kutta") not in families:
            raise UnknownNameError("family", wanted["family"], sorted(families))
        return [
            name
            for name in super().search(text or "")
            for entry in [self._data[name]]
            if tags <= set(entry["tags"])
            and _family(entry) == wanted.get("family", _family(entry))
            and all((key in entry["tags"]) == wanted[key] for key in FLAGS if key in wanted)
            and all(_among(value, wanted[key], key) for key, value in _sizes(entry).items() if key in wanted)
            and all(self._stable(name, key) == wanted[key] for key in COMPUTED if key in wanted)
        ]

    def _stable(self, name: str, key: str) -> bool:
        """No explicit method is A-stable: its R is a polynomial."""
        return "explicit" not in self._data[name]["tags"] and bool(getattr(self[name], f"is_{key}", False))

    @checked
    def table(self, names: Any = None, details: bool | None = None, *, executor: ExecutorLike = None) -> Table:
        """The methods, or the given ones, as a table: name, order (of the embedded formula), stages, kind, title.

        names   : names, or methods and what stands for them (tableaux, solvers)
        details : with error constants, stability and the orders of structure (`imde_sym.compare`); by default where some of
                  the given ones are no names. Takes up to a second a method
        executor : a `concurrent.futures.Executor`, whose workers find the details of a method each
        """
        given = [names] if isinstance(names, str) or (names is not None and not isinstance(names, Iterable)) else names
        given = list(self) if given is None else list(given)
        if details is None:
            details = not all(isinstance(m, str) for m in given)
        rows = [self._row(m) for m in given]
        columns = ["name", "order", "stages", "kind", "title"]
        if details:
            known = import_module("imde_sym.verify.comparing").known
            facts = spread(known, [as_method(m) for m in given], executor, "details of methods")
            columns[4:] = [key for key in facts[0] if key not in ("method", *columns)] if facts else []
            rows = [f | row for f, row in zip(facts, rows, strict=True)]
        return Table.of(rows, columns)

    def _row(self, given: Any) -> dict[str, Any]:
        if not super().__contains__(given):
            m = as_method(given)
            stages = getattr(m, "stages", None)
            return {"name": m.name or m.title, "order": m.order, "stages": stages, "kind": m.kind, "title": m.title}
        entry = self.entry(given)
        order = Cell(entry["order"], f"{entry['order']}({entry['order_hat']})") if "order_hat" in entry else entry["order"]
        kind = [t.replace("_", " ") for t in KINDS if t in entry["tags"]][:1]
        kind += [t for t in ("symplectic", "symmetric") if t in entry["tags"]]
        if _family(entry) != WITHOUT_FAMILY:
            kind.insert(0, _family(entry).replace("_", " "))
        stages = Cell(None, "") if not _stages(entry) else _stages(entry)
        return {"name": entry["name"], "order": order, "stages": stages, "kind": ", ".join(kind), "title": entry["title"]}


def _of_any_size(name: object) -> tuple[Callable[..., Any], list[Any]] | None:
    """The family and the arguments of a name such as "gauss(7)", "ssprk(10, 4)", "gauss 7"; None for others."""
    if not isinstance(name, str) or not (match := _SIZED.fullmatch(name)):
        return None
    stem = letters(match["family"].replace("*", "star"))
    found = next((build for family, build in SIZES.items() if letters(family) == stem), None)
    arguments = [part.strip() for part in (match["arguments"] or match["number"]).split(",")]
    if not found or (match["number"] and not _takes(found, arguments)):  # SSPRK83 is a name, not ssprk of 83
        return None
    return found, [int(text) if text.isdecimal() and len(text) < 10 else text for text in arguments]


def _takes(build: Callable[..., Any], arguments: Sequence[Any]) -> bool:
    try:
        inspect.signature(build).bind(*arguments)
    except TypeError:
        return False
    return True


def _sized(name: str, build: Callable[..., Method], arguments: list[Any]) -> Method:
    if not _takes(build, arguments):
        takes = str(inspect.signature(build)).partition(" ->")[0]
        raise MethodError(f"{shown(name)} has {len(arguments)} argument(s); accepted: {build.__name__}{takes}") from None
    return build(*arguments)


KINDS = ("explicit", "sdirk", "esdirk", "diagonally_implicit", "fully_implicit")


def _sizes(entry: dict[str, Any]) -> dict[str, int]:
    """What a criterion on numbers is held against; families without stages have none."""
    return {"order": entry["order"], "stages": _stages(entry)}


COUNTED_BY_THEMSELVES = ("general_linear", "two_step", "multirate")
"""Families whose data does not list weights stage by stage."""


def _stages(entry: Mapping[str, Any]) -> int:
    """The number of stages, of each part where there are several; 0 for families without."""
    if _family(entry) in COUNTED_BY_THEMSELVES:
        return int(methods[entry["name"]].stages)  # type: ignore[attr-defined]
    inner = (entry.get("parts") or entry.get("layers") or [entry])[0]
    weights = methods.entry(inner) if isinstance(inner, str) else inner
    weights = weights.get("b") or weights.get("B") or ()
    return sum(len(own) if isinstance(own, list) else 1 for own in weights)


def _family(entry: Mapping[str, Any]) -> str:
    return str(entry.get("family", WITHOUT_FAMILY))


def _among(value: int, wanted: Any, key: str) -> bool:
    if isinstance(wanted, Container) and not isinstance(wanted, str):
        return value in wanted
    with suppress(TypeError):
        return value == whole(wanted)
    raise MethodError(f"{key} must be an integer or a range of integers, got {wanted!r}")


methods = MethodCatalogue("method", _load, _build)
"""The catalogue of methods, by name: `methods["rk4"]`, `methods.search("symplectic")`."""
NAMED.append(methods)
