"""A read-only, lazily filled mapping from names and aliases to values, with help on a typo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

from .errors import UnknownNameError
from .values import frozen

T = TypeVar("T")
SHOWN = 6
"""Names in the repr."""


def normal(name: object) -> str:
    """Names compare in lower case, with underscores for hyphens and blanks."""
    return str(name).strip().lower().replace("-", "_").replace(" ", "_")


class Catalogue(Mapping[str, T], Generic[T]):
    """Entries are plain data until asked for; iteration gives the names, not the aliases.

    Looking up an unknown name raises UnknownNameError (a KeyError), which offers the nearest names.
    """

    def __init__(self, kind: str, load: Callable[[], list[dict[str, Any]]], build: Callable[[dict[str, Any]], T]):
        self._kind, self._load, self._build = kind, load, build
        self._built: dict[str, T] = {}

    @cached_property
    def _data(self) -> dict[str, dict[str, Any]]:
        return {entry["name"]: frozen(entry) for entry in self._load()}

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Every accepted name, in normal form, with the name that it stands for."""
        table = {normal(alias): name for name, entry in self._data.items() for alias in entry.get("aliases", ())}
        return table | {normal(name): name for name in self._data}

    def entry(self, name: str) -> Mapping[str, Any]:
        """The plain data of an entry, without building it."""
        return self._data[self._key(name)]

    def _key(self, name: str) -> str:
        try:
            return self.aliases[normal(name)]
        except KeyError:
            raise UnknownNameError(self._kind, name, self.aliases, f"imde-sym {self._kind}s") from None

    def __getitem__(self, name: str) -> T:
        key = self._key(name)
        if key not in self._built:
            self._built[key] = self._build(self._data[key])
        return self._built[key]

    def __contains__(self, name: object) -> bool:
        return normal(name) in self.aliases

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        more = ", ..." if len(self) > SHOWN else ""
        return f"<catalogue of {len(self)} {self._kind}s: {', '.join(list(self)[:SHOWN])}{more}>"
