"""Values: objects that are complete when made and never change."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import wraps
from html import escape
from typing import Any, ClassVar

import mpmath
import numpy as np
import sympy

from .arguments import FAILURES, checked
from .checks import MAX_DIGITS
from .errors import ImdeError, ParseError, UnknownNameError, error_of_room, shown


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


VERSION = 1
"""Of the data of every value."""


def head_of(form: str) -> dict[str, Any]:
    """The keys that the data of a value begin with."""
    return {"format": form, "version": VERSION}


def read_head(data: Any, form: str, error: type[ImdeError] = ParseError) -> Mapping[str, Any]:
    """The data, if they are a mapping that says this format and version, or neither. Raises `error` for others."""
    if not isinstance(data, Mapping):
        raise error(f"the data of {form!r} are a JSON object, got {shown(data)}")
    found = {key: data.get(key, value) for key, value in head_of(form).items()}
    if found != head_of(form):
        said = f"format {shown(found['format'])}, version {shown(found['version'])}"
        raise error(f"the data say {said}; this reads format {form!r}, version {VERSION}")
    return data


def read_data(data: Any, form: str, build: Callable[[Mapping[str, Any]], Any], error: type[ImdeError] = ParseError) -> Any:
    """What `build` makes of data with this head. Whatever it fails over is one `error`; those of the package stay."""
    try:
        return build(read_head(data, form, error))
    except ImdeError:
        raise
    except KeyError as key:
        raise error(f"the data of {form!r} lack {key}") from None
    except FAILURES as failure:
        raise error(f"the data are not what {form!r} needs: {shown(failure, 200)}") from None


def reads(from_dict: Callable[[Any, Mapping[str, Any]], Any]) -> Any:
    """Above the `from_dict` of a Plain value: the data are read by `read_data`, with the error of the room."""

    @wraps(from_dict)
    def read(cls: Any, data: Mapping[str, Any]) -> Any:
        return read_data(data, cls.form, lambda found: from_dict(cls, found), error_of_room(cls.__module__))

    return read


class Plain:
    """What its plain data determine: `to_dict` gives them, with a head that names the format, and `from_dict` reads them back.

    >>> from imde_sym import RootedTree
    >>> tree = RootedTree("[[]]")
    >>> tree.head, tree.to_json()
    ({'format': 'imde_sym/tree', 'version': 1}, '{"format": "imde_sym/tree", "version": 1, "tree": "[[]]"}')
    >>> RootedTree.from_json(tree.to_json()) == tree
    True
    """

    __slots__ = ()
    form: ClassVar[str] = ""
    """What the data give as their format."""

    @property
    def head(self) -> dict[str, Any]:
        """The keys that all data begin with."""
        return head_of(self.form)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        raise NotImplementedError

    def to_json(self) -> str:
        """The plain data as a JSON text."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Any:
        """Inverse of `to_dict`. Raises the error of the room for anything else."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, text: Any) -> Any:
        """Inverse of `to_json`; formulas are parsed, never evaluated. Raises the error of the room for anything else."""
        return cls.from_dict(read_json(text, f"text of a {cls.__name__}", error_of_room(cls.__module__)))


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


class Stored(Plain, Value):
    """A value whose plain data say what is equal."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Stored) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(self.to_json())


def _read_only(*_: Any, **__: Any) -> Any:
    raise TypeError("this is read-only: a copy, dict(...) or list(...), can be changed")


class ReadOnly(dict[Any, Any]):
    """A dictionary that is read-only; JSON, pickle and copy take it as one."""

    __setitem__ = __delitem__ = __ior__ = update = pop = popitem = clear = setdefault = _read_only

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


class FrozenDict(ReadOnly):
    """Plain data by name."""


class FrozenList(list[Any]):
    """A list that is read-only."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = append = extend = insert = _read_only
    pop = remove = clear = sort = reverse = _read_only

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


def locked(values: Any) -> np.ndarray:
    """A read-only copy of an array."""
    array = np.array(values)
    array.flags.writeable = False
    return array


def information(what: str, given: Mapping[str, Any], known: Sequence[str], build: Callable[..., Any]) -> FrozenDict:
    """The named information about a value, read-only; None is left out.

    build : the constructor that took it, whose own keywords may have been meant
    Raises UnknownNameError for other names.
    """
    for name in given:
        if name not in known:
            own = [p.name for p in inspect.signature(build).parameters.values() if p.kind is p.KEYWORD_ONLY]
            raise UnknownNameError(f"keyword of a {what}", name, [*own, *known])
    try:
        return frozen({k: v for k, v in given.items() if v is not None})  # type: ignore[no-any-return]
    except TypeError as error:
        raise ImdeError(f"information about a {what}: {error}") from None


class Printed:
    """What a notebook shows as it is printed, lines and all."""

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"
