"""A read-only, lazily filled mapping from names and aliases to values, with help on a typo."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Generic, TypeVar

from .errors import ImdeError, UnknownNameError, shown
from .tables import Table
from .values import frozen

T = TypeVar("T")
SHOWN = 6
"""Names in the repr."""

NUMBERS = re.compile("[(,]\\s*[-+\u2010-\u2015\u2212]|[0-9][.][0-9]")
"""Signs and decimal points of numbers in a name: without them it would be another one."""


def normal(name: object) -> str:
    """Names compare in lower case, without accents and with underscores for blanks, hyphens and dashes.

    >>> normal("Störmer–Verlet")
    'stormer_verlet'
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", str(name)) if not unicodedata.combining(c))
    return re.sub("[-\u2010-\u2015\u2212 ]", "_", plain.strip().lower())


def letters(name: object) -> str:
    """Letters and digits of a name: SSPRK(3,3), ssprk-33 and SSP RK 33 are one."""
    return "".join(c for c in str(name).lower() if c.isalnum())


def _text(entry: Mapping[str, Any]) -> str:
    """What is searched for words."""
    fields = (entry.get(key, "") for key in ("title", "reference", "note"))
    names = [entry["name"], *entry.get("aliases", ()), *entry.get("tags", ())]
    return " ".join([*names, *(n.replace("_", " ") for n in names), *map(str, fields)]).lower()


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

    @cached_property
    def _letters(self) -> dict[str, str]:
        """Accepted names by their letters and digits alone, where these tell them apart."""
        found: dict[str, set[str]] = {}
        for alias, name in self.aliases.items():
            found.setdefault(letters(alias), set()).add(name)
        return {key: names.pop() for key, names in found.items() if len(names) == 1}

    def _find(self, name: object) -> str | None:
        own = self.aliases.get(normal(name))
        return own if own or NUMBERS.search(str(name)) else self._letters.get(letters(name))

    def _key(self, name: str) -> str:
        if (found := self._find(name)) is None:
            error = UnknownNameError(self._kind, name, self.aliases, f"imde-sym {self._kind}s")
            error.args = (f"{error}{self._family_of(str(name))}",)
            raise error
        return found

    def _family_of(self, given: str) -> str:
        """Which numbers exist, where the name is one of a family but for its number."""
        stem = letters(given).rstrip("0123456789")
        numbers = sorted({int(rest) for key in self._letters if (rest := key.removeprefix(stem)) != key and rest.isdecimal()})
        if not stem or len(numbers) < 2:
            return ""
        return f"; {given[:80].rstrip('0123456789 _-–.,()')} has the numbers {', '.join(map(str, numbers))}"

    def __getitem__(self, name: str) -> T:
        key = self._key(name)
        if key not in self._built:
            self._built[key] = self._build(self._data[key])
        return self._built[key]

    def _ipython_key_completions_(self) -> list[str]:
        return sorted(self.aliases)

    def __contains__(self, name: object) -> bool:
        return self._find(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def search(self, text: str = "", **criteria: Any) -> list[str]:
        """Names of the entries that hold all words of a text in a name, an alias, the title, a tag, the reference or the note."""
        for key in criteria:
            raise UnknownNameError("search criterion", key, ["text"])
        if not isinstance(text, str):
            raise ImdeError(f"search takes words as text, got {shown(text)}")
        words = text.lower().split()
        return [name for name, entry in self._data.items() if all(word in _text(entry) for word in words)]

    def nearest_words(self, text: str) -> list[str]:
        """Words of the catalogue near to those of a text that stand nowhere in it, for a search that found nothing.

        Raises ImdeError for what is not text.

        >>> from imde_sym import methods
        >>> methods.nearest_words("tsitoras order")
        ['tsitouras', 'tsitouras5', 'tsitouras98']
        """
        if not isinstance(text, str):
            raise ImdeError(f"words are given as text, got {shown(text)}")
        written = " ".join(map(_text, self._data.values()))
        words = sorted(set(re.findall(r"\w{3,}", written)))
        lost = [word for word in text.lower().split() if word not in written]
        return [near for word in lost for near in get_close_matches(word, words, 3, 0.75)]

    def table(self) -> Table:
        """The entries as a table: name and title.

        >>> from imde_sym import systems
        >>> systems.table().rows[0]
        {'name': 'pendulum', 'title': 'Mathematical pendulum'}
        """
        return Table.of([{"name": name, "title": entry.get("title", "")} for name, entry in self._data.items()])

    def __repr__(self) -> str:
        more = ", ..." if len(self) > SHOWN else ""
        return f"<catalogue of {len(self)} {self._kind}s: {', '.join(list(self)[:SHOWN])}{more}>"
