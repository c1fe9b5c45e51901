"""Values: objects that are complete when made and never change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from html import escape
from typing import Any

import mpmath
import sympy

from .arguments import checked
from .errors import MAX_DIGITS, ImdeError, ParseError, UnknownNameError, shown


def read_json(text: Any, what: str, error: type[ImdeError] = ParseError) -> Any:
    """The data of a JSON text. Raises `error` for anything else, integers of over 4,000 digits and deep nesting among it."""
    if not isinstance(text, str | bytes | bytearray):
        raise error(f"the {what} is not JSON: it must be text, got {shown(text)}")
    try:
        return json.loads(text, parse_int=_integer)
    except (ValueError, RecursionError) as reason:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise error(f"the {what} is not JSON: {reason}") from None


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"it holds an integer of {len(text):,} digits; at most {MAX_DIGITS:,} are accepted")
    return int(text)


class Value:
    """Attributes are set in `__init__`, which ends with `self._freeze()`; cached properties still work.

    Arguments of the constructor and of public methods are read by their annotations (`arguments.checked`).
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        checked(cls)

    def _freeze(self) -> None:
        self.__dict__["_frozen"] = True

    def __setattr__(self, name: str, value: object) -> None:
        if "_frozen" in self.__dict__:
            raise AttributeError(f"a {type(self).__name__} cannot be changed: {name}")
        object.__setattr__(self, name, value)


class Stored(Value):
    """A value that its plain data determine: they say what is equal, and `from_json` reads them back."""

    form = ""
    """What the data give as their format."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        raise NotImplementedError

    def to_json(self) -> str:
        """`to_dict` as JSON text."""
        return json.dumps(self.to_dict())

    @property
    def head(self) -> dict[str, Any]:
        """The keys that all data begin with."""
        return {"format": self.form, "version": 1}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Stored) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(self.to_json())


def _read_only(_self: Any, *_args: Any, **_options: Any) -> Any:
    raise TypeError("this is read-only: a copy, dict(...) or list(...), can be changed")


class ReadOnly(dict[Any, Any]):
    """A dictionary that is read-only; JSON, pickle and copy take it as one."""

    __setitem__ = __delitem__ = __ior__ = update = pop = popitem = clear = setdefault = _read_only  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


class FrozenDict(ReadOnly):
    """Plain data by name."""


class FrozenList(list[Any]):
    """A list that is read-only."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = append = extend = insert = _read_only  # type: ignore[assignment]
    pop = remove = clear = sort = reverse = _read_only  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenList, (list(self),)


def frozen(value: Any) -> Any:
    """Plain data with read-only dictionaries and lists; numbers that JSON does not know become text.

    Raises TypeError for what is no data: JSON could not hold it.
    """
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, Mapping):
        return FrozenDict({str(k): frozen(v) for k, v in value.items()})
    if hasattr(value, "tolist"):
        return frozen(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return FrozenList(map(frozen, value))
    if isinstance(value, Fraction | sympy.Expr | mpmath.mpf):
        return str(value)
    kind = type(value).__name__
    raise TypeError(f"{str(value)[:60]!r} is a {kind}; accepted: text, numbers, and lists and dictionaries of them")


def information(what: str, given: Mapping[str, Any], known: Sequence[str]) -> FrozenDict:
    """The named information about a value, read-only; None is left out. Raises UnknownNameError for other names."""
    for name in given:
        if name not in known:
            raise UnknownNameError(f"keyword of a {what}", name, known)
    try:
        return frozen({k: v for k, v in given.items() if v is not None})  # type: ignore[no-any-return]
    except TypeError as error:
        raise ImdeError(f"information about a {what}: {error}") from None


class Printed:
    """What a notebook shows as it is printed, lines and all."""

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"
