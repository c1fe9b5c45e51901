"""What is asked: a state, plain data as the page keeps it, read key by key. Text is parsed, never evaluated."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..base.checks import check_count, check_direction
from ..base.errors import FieldError, ImdeError, MethodError, ParseError, UnknownNameError, shown
from ..codegen.numbers import nearest
from ..expressions import parse_expression
from ..fields import VectorField, systems
from ..fields.domain import point_of
from ..method import Method, as_method
from ..rings import scalar

KEYS = (
    "system", "equations", "method", "tableau", "order", "direction", "h", "parameters", "x0", "time", "axes", "powers", "target",
    "want", "carried",
)  # fmt: skip
MAX_ORDER = 10
MAX_TEXT = 4_000
MAX_DIMENSION = 24
MAX_STAGES = 16
LARGEST = 1e12
"""Of numbers in the state; beyond it trajectories are rounding."""
UNSET = "1"
"""The value of a parameter, or of a component of x0, that nobody gave."""


@dataclass(frozen=True)
class Message:
    """What is said beside one field of the page; `column`, from 1, is the place in its text.

    kind : "error", there is no answer; or "note"
    """

    key: str
    text: str
    kind: str = "error"
    column: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"field": self.key, "kind": self.kind, "text": self.text, "column": self.column}


@dataclass
class Asked:
    """The state as values."""

    field: VectorField
    method: Method
    order: int
    direction: str
    h: float | None
    x0: list[float]
    time: float | None
    axes: list[str]
    powers: list[int] | None
    target: str
    want: list[str]
    messages: list[Message] = dataclasses.field(default_factory=list)


class Unreadable(Exception):
    """A state with errors: `messages` says which."""

    def __init__(self, messages: list[Message]):
        super().__init__("; ".join(m.text for m in messages))
        self.messages = messages


class _Reader:
    """Reads one key after the other and goes on after an error, so that every field has its message."""

    def __init__(self, state: Mapping[str, Any]):
        self.state, self.messages = state, list[Message]()

    def read(self, key: str, question: Callable[[Any], Any], default: Any = None) -> Any:
        """The value of a key; `default` where it is not there, None after an error."""
        given = self.state.get(key)
        try:
            return question(default if given is None or given == "" else given)
        except ImdeError as error:
            self.messages.append(Message(key, " ".join(str(error).split()), "error", getattr(error, "column", None)))
        except (RecursionError, OverflowError, MemoryError):
            self.messages.append(Message(key, "this is too large, or too deeply nested, to be worked on"))
        return None

    def note(self, key: str, text: str) -> None:
        self.messages.append(Message(key, text, "note"))

    def leave(self, key: str, text: str) -> None:
        """Tell of a value that is left aside, unless the page brings its values along from other equations."""
        if self.state.get("carried") is not True:
            self.note(key, text)


def read_state(state: Any) -> Asked:
    """The state as values. Raises Unreadable, with a message for each key that cannot be read."""
    if not isinstance(state, Mapping):
        raise Unreadable([Message("", f"a state is a mapping with the keys {', '.join(KEYS)}; got {shown(state)}")])
    reader = _Reader(state)
    for key in state:
        if key not in KEYS:
            reader.messages.append(Message(str(key)[:80], str(UnknownNameError("key of a state", key, KEYS))))
    written = "equations" if state.get("equations") else "system"
    field = reader.read(written, lambda v: _field(written, v), "pendulum")
    if field is not None:
        field = reader.read("parameters", lambda v: _with_values(reader, field, v), {})
    tableau = "tableau" if state.get("tableau") else "method"
    method = reader.read(tableau, lambda v: _method(tableau, v), "explicit_euler")
    x0 = reader.read("x0", lambda v: _start(reader, field, v)) if field is not None else None
    found = {
        "order": reader.read("order", lambda v: check_count(_whole(v), "the order", 1, MAX_ORDER, FieldError), 3),
        "direction": reader.read("direction", check_direction, "inverse"),
        "h": reader.read("h", lambda v: None if v is None else _positive(v, "the step size h")),
        "time": reader.read("time", lambda v: None if v is None else _positive(v, "the time shown")),
        "axes": reader.read("axes", lambda v: _axes(field, v), ()) if field is not None else None,
        "powers": reader.read("powers", _powers),
        "target": reader.read("target", lambda v: _text(v, "the target"), "numpy"),
        "want": reader.read("want", lambda v: [_text(w, "what is wanted") for w in _listed(v, "want")], ()),
    }
    if field is None or method is None or x0 is None or any(m.kind == "error" for m in reader.messages):
        raise Unreadable(reader.messages)
    return Asked(field=field, method=method, x0=x0, messages=reader.messages, **found)


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise ParseError(f"{what}: text is expected, got {shown(value)}")
    if len(value) > MAX_TEXT:
        raise ParseError(f"{what}: {len(value)} characters are too many, at most {MAX_TEXT} are read")
    return value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.strip().isdecimal() and len(value) < 9 else value


def _listed(value: Any, what: str) -> Sequence[Any]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise FieldError(f"{what} is a list, got {shown(value)}")
    return value


def number_of(value: Any, what: str) -> float:
    """A finite real number, or the text of one. Raises FieldError, ParseError."""
    if isinstance(value, str):
        value = parse_expression(_text(value, what), {})
    found = nearest(scalar(value)) if not isinstance(value, bool | None) else None
    if not isinstance(found, int | float) or not abs(found) <= LARGEST:
        raise FieldError(f"{what} is a real number of at most {LARGEST:g}, got {shown(value)}")
    return float(found)


def _positive(value: Any, what: str) -> float:
    found = number_of(value, what)
    if not found > 1 / LARGEST:
        raise FieldError(f"{what} is a positive number, got {shown(value)}")
    return found


# -- field ----------------------------------------------------------------------------------
def _field(key: str, given: Any) -> VectorField:
    return _read_field(key, _text(given, "the equations" if key == "equations" else "the system"))


@lru_cache(maxsize=64)
def _read_field(key: str, text: str) -> VectorField:
    if key == "system" or text in systems:
        found: VectorField = systems[text]
    else:  # other names than those of variables are parameters: what they are is asked beside the equations
        found = VectorField.parse(text, parameters="auto")
    if found.dimension > MAX_DIMENSION:
        raise FieldError(f"{found.dimension} variables: this page takes at most {MAX_DIMENSION}")
    return found


def _with_values(reader: _Reader, field: VectorField, given: Any) -> VectorField:
    """The field with numbers for all its parameters; those without one are 1, which a note tells."""
    if isinstance(given, str):
        pairs = [part.partition("=") for part in _text(given, "parameters").split(",") if part.strip()]
        given = {name.strip(): value for name, _, value in pairs}
    if not isinstance(given, Mapping):
        raise FieldError(f"parameters are a mapping from names to numbers, or text such as 'a = 1/2'; got {shown(given)}")
    values = {str(k): str(v).strip() for k, v in given.items() if str(v).strip()}
    known = {str(s) for e in field.template for s in e.free_symbols} - {str(v) for v in field.variables}
    for name in [n for n in values if n not in known]:
        del values[name]
        hint = f"parameters: {', '.join(sorted(known)) or 'none'}"
        reader.leave("parameters", f"{name[:60]} does not occur in the equations, its value is left aside; {hint}")
    found = _valued(field, tuple(sorted(values.items())))
    if free := [str(p) for p in found.free_parameters]:
        reader.note("parameters", f"{', '.join(free)}: no value is given, {UNSET} is taken")
        found = _valued(field, tuple(sorted((values | dict.fromkeys(free, UNSET)).items())))
    return found


@lru_cache(maxsize=64)
def _valued(field: VectorField, values: tuple[tuple[str, str], ...]) -> VectorField:
    if not values:
        return field
    for name, value in values:
        number_of(value, f"the parameter {name}")
    return field.with_parameters({name: parse_expression(value, {}) for name, value in values})


def _start(reader: _Reader, field: VectorField, given: Any) -> list[float]:
    names = [str(v) for v in field.variables]
    unset = {n: "0" if v == field.time else UNSET for n, v in zip(names, field.variables, strict=True)}
    if isinstance(given, str):
        given = _text(given, "x0").strip("[]() ").split(",")
    if given is None and field.info.get("x0") is None:
        reader.note("x0", f"no initial value is given: {UNSET} is taken for {', '.join(n for n in names if unset[n] == UNSET)}")
        given = list(unset.values())
    if isinstance(given, Mapping):
        known = {str(k): v for k, v in given.items() if str(k) in names and str(v).strip()}
        if others := [str(k)[:60] for k in given if str(k) not in names]:
            reader.leave("x0", f"{', '.join(others)}: left aside, variables are {', '.join(names)}")
        if left := [n for n in names if n not in known and unset[n] == UNSET]:
            reader.note("x0", f"no initial value is given for {', '.join(left)}: {UNSET} is taken")
        given = {n: number_of(known.get(n, unset[n]), f"{n} in x0") for n in names}
    elif given is not None:
        given = [number_of(v, f"x0, entry {i + 1},") for i, v in enumerate(_listed(given, "x0"))]
    return [float(nearest(v)) for v in point_of(field, given)]


def _axes(field: VectorField, given: Any) -> list[str]:
    """The two variables of the phase portrait: positions across and momenta up, else the first and the last."""
    names = [str(v) for v in field.variables if v != field.time]
    if not given:
        if field.structure is not None and field.structure.q and field.structure.p:
            return [str(field.structure.q[0]), str(field.structure.p[0])]
        return [names[0], names[-1]] if len(names) != 2 else names
    chosen = [_text(v, "an axis") for v in _listed(given, "axes")]
    for name in chosen:
        if name not in names:
            raise UnknownNameError("variable", name, names)
    if len(chosen) != 2:
        raise FieldError(f"axes are two variables of {', '.join(names)}")
    return chosen


def _powers(given: Any) -> list[int] | None:
    """The powers of h that are kept; the zeroth always is."""
    if given is None:
        return None
    return sorted({0, *(check_count(k, "a power of h", 0, MAX_ORDER, FieldError) for k in _listed(given, "powers"))})


def equations_text(field: VectorField) -> str:
    """The equations as they are typed: parameters by name, so that their values can be changed."""
    return "\n".join(f"{v}' = {e}" for v, e in zip(field.variables, field.template, strict=True) if v != field.time)


# -- method ---------------------------------------------------------------------------------
def _method(key: str, given: Any) -> Method:
    if isinstance(given, str):
        text = _text(given, "the method" if key == "method" else "the tableau")
        return _read_method(text if key == "method" or "\n" in text or text.lstrip().startswith("{") else f"{text}\n")
    if not isinstance(given, Mapping) or not {"A", "b"} <= given.keys() <= {"A", "b", "c"}:
        raise MethodError(f"a tableau is text, or a mapping with A, b and perhaps c; got {shown(given)}")
    rows = [
        [_entry(x, f"a{i}{j}") for j, x in enumerate(_listed(row, "a row of A"), 1)]
        for i, row in enumerate(_listed(given["A"], "A"), 1)
    ]
    weights = [_entry(x, f"b{j}") for j, x in enumerate(_listed(given["b"], "b"), 1)]
    if len(weights) > MAX_STAGES:
        raise MethodError(f"{len(weights)} stages: this page takes at most {MAX_STAGES}")
    return _read_method(json.dumps({"A": rows, "b": weights}))


def _entry(value: Any, name: str) -> str:
    """A cell of the tableau, read here so that a message names the cell; an empty one is 0."""
    text = str(value).strip() or "0"
    try:
        number_of(text, name)
    except ImdeError as error:
        raise MethodError(f"{name}: {error}") from None
    return text


@lru_cache(maxsize=64)
def _read_method(text: str) -> Method:
    data = json.loads(text) if text.startswith('{"A"') else None
    found: Method = as_method(data or text)
    if found.parameters:
        raise MethodError(f"{found.title} needs a number for {found.parameters[0]}: write it into the tableau")
    return found
