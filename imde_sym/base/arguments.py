"""Reading the arguments of public callables: what an annotation says is what is accepted.

`checked` stands above a function or a class; every subclass of `Value` has it. Text and truth values are read before the
call, as is all that a constructor keeps; an integer of any library (numpy, sympy, gmpy2) becomes an int, True is none.
Other arguments the callable reads itself, with messages of its own. Where it fails over one that its annotation does not
accept, that is what the error says, in the class of the room that the callable belongs to; so it is with arguments that are
missing, too many, or beyond the range of floats. A failure over arguments that are all accepted stays as it is.
"""

from __future__ import annotations

import collections.abc
import inspect
import math
import numbers
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, wraps
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, TypeVar

import mpmath
import numpy as np
import sympy

from .checks import MAX_DIGITS, whole
from .errors import ArgumentError, ImdeError, UnknownNameError, error_of_room, shown

Target = TypeVar("Target")

CALLED = ("__init__", "__new__", "__call__")
"""Methods of a class that are called by its name, or by that of an object."""
MAX_ITEMS = 1_000_000
"""So many entries of an iterator or a range are read."""
KINDS: dict[str, type] = {}
"""The package's own classes by name: annotations may name those that their module imports for type checkers only."""


@dataclass(frozen=True)
class Kind:
    """What one annotation accepts: `read` returns the value to be used, or raises Refused."""

    text: str
    read: Callable[[Any], Any]
    first: bool = False
    """Whether it is read before the call."""
    own: bool = False
    """Whether it is a class of the package."""
    gate: bool = False
    """Whether it makes the value out of what stands for it, such as a name."""


class Refused(Exception):
    """A value that a kind does not accept; the wrapper says which argument it was."""


def gate(text: str, read: Callable[[Any], Any]) -> Kind:
    """All that `read` turns into one kind of value; `read` raises an ImdeError of its own.

    Annotated[Any, gate(...)] is Any to a type checker: a name, text or an object of another library may stand there, and the
    body has the value.
    """
    return Kind(text, read, first=True, gate=True)


def _one_of(text: str, accepts: Callable[[Any], bool], first: bool = False) -> Kind:
    def read(value: Any) -> Any:
        if accepts(value):
            return value
        raise Refused

    return Kind(text, read, first)


def _whole(value: Any) -> int:
    try:
        return whole(value)
    except TypeError:
        raise Refused from None


def _is_number(value: Any) -> bool:
    if isinstance(value, bool | np.bool_) or (isinstance(value, np.ndarray) and value.ndim):
        return False
    if isinstance(value, sympy.Basic):
        return bool(getattr(value, "is_number", False)) and value.is_finite is not False
    if isinstance(value, numbers.Number | mpmath.mpf | mpmath.mpc | np.number):
        return isinstance(value, numbers.Rational) or not _not_finite(value)
    return isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and bool(np.isfinite(value))


def _not_finite(value: Any) -> bool:
    try:
        return not mpmath.isfinite(value) if isinstance(value, mpmath.mpf | mpmath.mpc) else not np.isfinite(complex(value))
    except (TypeError, ValueError, OverflowError):
        return True


def _is_real(value: Any) -> bool:
    return _is_number(value) and not isinstance(value, complex | np.complexfloating | mpmath.mpc)


def _is_float(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _is_sequence(value: Any) -> bool:
    if isinstance(value, str | bytes | bytearray | Mapping | collections.abc.Set | type):
        return False
    if isinstance(value, np.ndarray | np.generic):
        return value.ndim > 0
    return isinstance(value, Sequence | sympy.MatrixBase | sympy.Tuple) or (
        hasattr(value, "__len__") and hasattr(value, "__getitem__")
    )


def _items(inner: Kind, text: str, accepts: Callable[[Any], bool]) -> Kind:
    def read(value: Any) -> Any:
        if not accepts(value):
            raise Refused
        if inner is ANYTHING or isinstance(value, Iterator) or (isinstance(value, sympy.MatrixBase) and "sequence" in inner.text):
            return value
        for item in islice(value, MAX_ITEMS):
            inner.read(item)
        return value

    return Kind(text, read)


ANYTHING = Kind("anything", lambda value: value)
WHOLE = Kind("an integer", _whole)
NOTHING = _one_of("None", lambda v: v is None, first=True)
PLAIN: dict[Any, Kind] = {
    Any: ANYTHING,
    object: ANYTHING,
    int: WHOLE,
    float: _one_of("a finite real number", _is_real),
    complex: _one_of("a finite number", _is_number),
    str: _one_of("text", lambda v: isinstance(v, str), first=True),
    bool: _one_of("True or False", lambda v: isinstance(v, bool | np.bool_), first=True),
    None: NOTHING,
    type(None): NOTHING,
    Path: _one_of("a path", lambda v: isinstance(v, Path)),
    sympy.Symbol: _one_of("a sympy symbol", lambda v: isinstance(v, sympy.Symbol)),
    sympy.Expr: _one_of("a sympy expression", lambda v: isinstance(v, sympy.Expr | str) or _is_number(v)),
    sympy.Matrix: _one_of("a sympy matrix", lambda v: isinstance(v, sympy.MatrixBase)),
    np.ndarray: _one_of("an array", lambda v: isinstance(v, np.ndarray)),
}
FUNCTION = _one_of("a function", callable)
CONTAINERS: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    collections.abc.Sequence: ("a sequence", _is_sequence),
    collections.abc.Iterable: (
        "a list",
        lambda v: (
            not isinstance(v, str | bytes | bytearray | type)
            and isinstance(v, collections.abc.Iterable)
            and not _is_scalar_array(v)
        ),
    ),
    list: ("a list", _is_sequence),
    tuple: ("a tuple", _is_sequence),
}


def _is_scalar_array(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic) and value.ndim == 0


@cache
def kind_of(hint: Any) -> Kind:
    """What an annotation accepts; anything where it says nothing that can be tested."""
    if hint in PLAIN:
        return PLAIN[hint]
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return next((k for k in inner if isinstance(k, Kind)), ANYTHING)
    if origin in (typing.Union, types.UnionType):
        return _any_of([kind_of(i) for i in inner])
    if origin is typing.Literal:  # which words are known, the function itself says best
        return PLAIN[str]
    if origin in CONTAINERS or hint in CONTAINERS:
        text, accepts = CONTAINERS[origin or hint]
        items = ANYTHING if not inner or (len(inner) > 1 and inner[-1] is not ...) else kind_of(inner[0])
        return _items(items, text if items is ANYTHING else f"{text} of {_plural(items.text)}", accepts)
    if origin is collections.abc.Callable or hint is collections.abc.Callable:
        return FUNCTION
    kind = origin or hint
    if kind is Mapping and inner and inner[0] is str:
        return _items(kind_of(str), "a mapping from names", lambda v: isinstance(v, Mapping))
    if isinstance(kind, type) and not getattr(kind, "_is_protocol", False) and kind is not type:
        name = "a mapping" if issubclass(kind, Mapping) and not issubclass(kind, _own()) else _named(kind)
        return Kind(name, _one_of(name, lambda v: isinstance(v, kind)).read, own=kind in _own())
    return ANYTHING


def _not_told(value: Any) -> str:
    """What a value would have to be, where Python cannot even write it."""
    try:
        repr(value)
    except RecursionError:
        return "nested less deeply"
    except ValueError:
        return f"made of integers of at most {MAX_DIGITS:,} digits"
    except Exception:
        return "something that can be printed"
    return ""


def _entries(value: Any) -> Iterator[Any]:
    """The numbers of a number, or of nested sequences of numbers."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _entries(item)
    else:
        yield value


def _own() -> tuple[type, ...]:
    return tuple(KINDS.values())


def _named(kind: type) -> str:
    return f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}"


def _plural(text: str) -> str:
    for article in ("an ", "a "):
        if text.startswith(article):
            return text.removeprefix(article) + "s"
    return text


def _any_of(kinds: Sequence[Kind]) -> Kind:
    if ANYTHING in kinds:
        return ANYTHING
    kinds = sorted(kinds, key=lambda k: k.gate)  # what is of a kind already passes no gate

    def read(value: Any) -> Any:
        for kind in kinds:
            try:
                return kind.read(value)
            except Refused:
                continue
        raise Refused

    own = any(k.own for k in kinds) and all(k.own or k.first for k in kinds)
    first = all(k.first for k in kinds) or any(k.gate for k in kinds)
    return Kind(" or ".join(dict.fromkeys(k.text for k in kinds)), read, first, own)


FAILURES = (TypeError, AttributeError, ValueError, LookupError, ArithmeticError, RuntimeError, AssertionError)
"""What Python raises over an argument of the wrong kind. Memory, interrupts and the package's own errors are not among them."""


@lru_cache(maxsize=1024)
def _is_counted(kind: type) -> bool:
    """Whether what is of this type is looked at before any other argument is."""
    return issubclass(kind, sympy.IndexedBase | np.ndarray | Iterator | range)


class _Signature:
    """The kinds of a callable's parameters, found when it is first called: by then all modules are there."""

    def __init__(self, function: Callable[..., Any]):
        self._function = function
        self.kinds: dict[str, Kind] = {}
        self.names: list[str] = []
        self.rest: Kind = ANYTHING
        self._open = False
        names = KINDS | function.__globals__
        for parameter in inspect.signature(function).parameters.values():
            kind = self._kind(parameter, names)
            if parameter.kind is parameter.VAR_POSITIONAL:
                self.rest = kind
            elif parameter.kind is parameter.VAR_KEYWORD:
                self._open = True
            else:
                self.kinds[parameter.name] = kind
                if parameter.kind is not parameter.KEYWORD_ONLY:
                    self.names.append(parameter.name)
        # a generator would fail when it is no longer known where, and what a constructor keeps may fail much later
        lazy, keeps = inspect.isgeneratorfunction(function), function.__name__ in ("__init__", "__new__")
        self._first = {n: kind for n, kind in self.kinds.items() if kind.first or lazy or (keeps and kind.own)}
        optional = (WHOLE.text, f"{WHOLE.text} or None")
        self._whole = {n for n, kind in self.kinds.items() if kind.text in optional and n not in self._first}
        self._places = [(i, name) for i, name in enumerate(self.names) if name in self._first or name in self._whole]

    @staticmethod
    def _kind(parameter: inspect.Parameter, names: Mapping[str, Any]) -> Kind:
        hint = parameter.annotation
        if hint is parameter.empty:
            return ANYTHING
        try:
            kind = kind_of(eval(hint, dict(names)) if isinstance(hint, str) else hint)
        except (NameError, AttributeError, TypeError):  # a name that only type checkers know
            return ANYTHING
        if parameter.default is math.inf and kind is not ANYTHING:
            return _any_of([kind, _one_of("infinity", lambda v: isinstance(v, float) and v == math.inf)])
        return kind

    def read(self, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with whole numbers as int and iterators as lists. Raises ImdeError for what has to be read first."""
        if not self._open and (unknown := next((name for name in options if name not in self.kinds), None)):
            raise ArgumentError(*self._named(str(self._unknown(unknown))).args)
        given = [self._counted(value) for value in args]
        options = {name: self._counted(value) for name, value in options.items()} if options else options
        for i, name in self._places:
            if i < len(given):
                given[i] = self._first_reading(name, given[i])
        return tuple(given), {name: self._first_reading(name, value) for name, value in options.items()}

    def _unknown(self, name: str) -> UnknownNameError:
        return UnknownNameError("argument", name, [n for n in self.kinds if n not in ("self", "cls")])

    def _first_reading(self, name: str, value: Any) -> Any:
        if name in self._whole:
            try:
                return self.kinds[name].read(value)
            except Refused:
                return value
        return self._read(name, self._first[name], value) if name in self._first else value

    def _counted(self, value: Any) -> Any:
        """An iterator as a list; what has too many entries, or no end, is refused."""
        if not _is_counted(type(value)):  # type: ignore[arg-type]  # a class is hashable
            return value
        if isinstance(value, sympy.IndexedBase):  # iterates without end
            raise self._named(f"the IndexedBase {value} was given; symbols are made by sympy.Symbol")
        if isinstance(value, np.ndarray) and not value.ndim:
            return value[()]
        if isinstance(value, Iterator) and not hasattr(value, "read"):
            value = list(islice(value, MAX_ITEMS + 1))
        elif not isinstance(value, range):  # a list that is there has an end: series of high orders have millions of entries
            return value
        if len(value) > MAX_ITEMS:
            raise self._named(f"a {type(value).__name__} of more than {MAX_ITEMS:,} entries was given")
        return value

    def refuse(self, args: tuple[Any, ...], options: dict[str, Any], failure: Exception) -> None:
        """Raise ImdeError for the first argument that its annotation does not accept, or that cannot be told, if there is one."""
        for name in options if isinstance(failure, TypeError) and "missing" in str(failure) else ():
            if name not in self.kinds and (error := self._unknown(name)).nearest:
                raise ArgumentError(*self._named(str(error)).args)
        places = [self.names[i] if i < len(self.names) else f"argument {i + 1}" for i in range(len(args))]
        given = [*zip(places, args, strict=True), *options.items()]
        for name, value in given:
            self._read(name, self.kinds.get(name, self.rest if name.startswith("argument ") else ANYTHING), value)
        for name, value in given:
            if name != "self" and (why := _not_told(value)):
                raise self._error(name, Kind(why, ANYTHING.read), value)
        for name, _ in given:
            if self.kinds.get(name, ANYTHING).text == FUNCTION.text:
                raise self._named(f"the function given as {name} failed: {shown(failure, 200)}") from failure
        if isinstance(failure, OverflowError):
            self._overflown(given)
        if isinstance(failure, TypeError):
            self._unbound(args, options)

    def _overflown(self, given: Sequence[tuple[str, Any]]) -> None:
        """Raise ImdeError for the first argument with a number that no float holds."""
        for name, value in given:
            if found := next((v for v in _entries(value) if _is_real(v) and not _is_float(v)), None):
                raise self._named(f"{name} is beyond the range of floats, got {shown(found)}")

    def _unbound(self, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Raise ArgumentError for arguments that are missing, too many, or given twice."""
        signature = inspect.signature(self._function)
        try:
            signature.bind(*args, **options)
        except TypeError as error:
            accepted = [n for n in self.kinds if n not in ("self", "cls")]
            required = [n for n, p in signature.parameters.items() if p.default is p.empty and n in accepted]
            missing = [n for n in required if n not in options and n not in self.names[: len(args)]]
            why = f"{', '.join(missing)} must be given" if missing else str(error)
            raise ArgumentError(*self._named(f"{why}; accepted: {', '.join(accepted) or 'no arguments'}").args) from None

    def _read(self, name: str, kind: Kind, value: Any) -> Any:
        if kind is ANYTHING:
            return value
        try:
            return kind.read(value)
        except ImdeError:
            raise
        except Exception:  # Refused, or what a stranger's object raises when it is asked what it is
            raise self._error(name, kind, value) from None

    def _error(self, name: str, kind: Kind, value: Any) -> ImdeError:
        return self._named(f"{name} must be {kind.text}, got {shown(value)}")

    def _named(self, message: str) -> ImdeError:
        owner, _, name = self._function.__qualname__.rpartition(".")
        what = owner if name in CALLED else self._function.__qualname__.lstrip("_")
        return error_of_room(self._function.__module__)(f"{what}: {message}")


REAL = _one_of("a real number", lambda v: isinstance(v, float | np.integer | np.floating) or (_is_real(v) and _is_float(v)))
Real = Annotated[float, REAL]
"""A real number that may be infinite or nan, as measured errors are."""


def read_fields(value: Any) -> None:
    """Read all fields of a dataclass by their annotations: for its `__post_init__`, where nothing else would read them."""
    cls: Any = type(value)
    signature = _fields_of(cls)
    for name, kind in signature.kinds.items():
        if name != "self":
            object.__setattr__(value, name, signature._read(name, kind, getattr(value, name)))


@cache
def _fields_of(cls: Any) -> _Signature:
    return _Signature(inspect.unwrap(cls.__init__))


def checked(target: Target) -> Target:
    """Read the arguments of a function, or of the constructor and the public methods of a class, by their annotations.

    >>> @checked
    ... def half(n: int) -> int:
    ...     return n // 2
    >>> half("6")
    Traceback (most recent call last):
    imde_sym.base.errors.ImdeError: half: n must be an integer, got '6'
    """
    if isinstance(target, type):
        KINDS[target.__name__] = target
        for base in target.__mro__:  # what it has from a mixin is its own to a user
            if base.__module__.partition(".")[0] == __name__.partition(".")[0]:
                _wrap_members(base)
        return target
    read: Target = _wrapped(target)
    return read


def _wrap_members(target: type) -> None:
    for name, member in list(vars(target).items()):
        if not name.startswith("_") or name in CALLED:
            inner = member.__func__ if isinstance(member, classmethod | staticmethod) else member
            if isinstance(inner, types.FunctionType) and not hasattr(inner, "__checked__"):
                wrapped = _wrapped(inner)
                setattr(target, name, type(member)(wrapped) if inner is not member else wrapped)


def _wrapped(function: Any) -> Any:
    found: list[_Signature] = []

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if not found:
            found.append(_Signature(function))
        args, options = found[0].read(args, options)
        try:
            return function(*args, **options)
        except ImdeError:
            raise
        except FAILURES as failure:
            found[0].refuse(args, options, failure)
            raise

    call.__checked__ = True  # type: ignore[attr-defined]
    return call
