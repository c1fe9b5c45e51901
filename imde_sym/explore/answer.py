"""answer: what the interactive page shows for a state, as a pure function of plain data."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

import numpy as np

from ..base.errors import ImdeError, UnknownNameError
from ..codegen.targets import TARGETS
from ..documents import write_document
from ..fields import VectorField
from ..geometry import structure_report
from ..method import Method
from ..verify import check
from . import pictures
from .derivation import Derivation, Sampled, derive, sampled, styleless
from .stability import stability_region
from .state import Asked, Message, Unreadable, equations_text, read_state
from .words import told

CROSSINGS = 20
"""So long do trajectories last, in crossings of the field's box, unless a time is given."""
WANTED = ("structure", "orders", "document-html", "document-latex", "document-markdown")
CODES = (*TARGETS, "latex", "json")
EMPTY: dict[str, Any] = {"latex": "", "svg": {}, "table": [], "code": {}}


def answer(state: Mapping[str, Any]) -> dict[str, Any]:
    """The equation of a state with its pictures: plain data in, plain data out, fit for JSON. Nothing is evaluated.

    state : system (a name) or equations (text); method (a name, or text of a tableau) or tableau ({"A": rows, "b": row} of
            numbers or their text, or text); order (1 to 10), direction ("inverse" or "forward"), h, parameters and x0 (numbers
            or text, by name; x0 as a list, too). All may be left out. Further: time (how long trajectories are), axes (two
            variables), powers (the powers of h that the trajectory keeps), target (of the code), want (a list: "structure" and
            "orders", which take longer, and documents: "document-html", "document-latex", "document-markdown"), carried (whether
            parameters and x0 come along from other equations, so that names these do not have are passed over in silence)
    Returns {"ok", "latex", "svg": {"phase", "series", "drift", "error", "stability"}, "table": a row for each tree, "code":
    {target: text}, "messages": [{"field", "kind", "text", "column"}], ...}; the rest is what the page's fields hold: "state",
    "formula" (MathML by component and power), "words", "method", "variables", "parameters", "range" of h. Where the state
    cannot be read, "ok" is False and every key with an error has its message; nothing is raised.
    Cost: what depends on field, method, order and direction is kept; then a change of h takes some ten milliseconds.

    >>> found = answer({"system": "pendulum", "method": "euler", "order": 2, "h": 0.1})
    >>> found["ok"], found["table"][1]["tree"], found["table"][1]["coefficient"]
    (True, '[[]]', '1/2')
    >>> answer({"order": 99})["messages"][0]["text"]
    'the order must be an integer from 1 to 10, got 99'
    """
    try:
        asked = read_state(state)
    except Unreadable as error:
        return _failed(error.messages)
    try:
        derivation = derive(asked.field, asked.method, asked.order, asked.direction)
        return _answered(asked, derivation)
    except ImdeError as error:
        return _failed([*asked.messages, Message("method", " ".join(str(error).split()))])


def _failed(messages: list[Message]) -> dict[str, Any]:
    return {"ok": False, **EMPTY, "messages": [m.to_dict() for m in messages]}


def _answered(asked: Asked, derivation: Derivation) -> dict[str, Any]:
    F, messages, names = derivation.equation, asked.messages, [str(v) for v in asked.field.variables]
    box = _sampled(asked)
    h = asked.h or (box.step if box else 0.1)
    time = asked.time or _round(CROSSINGS * (box.crossing if box else 1.0))
    limit = _limit(derivation, box)
    found: dict[str, Any] = {
        "ok": True,
        "latex": derivation.latex,
        "formula": {"rows": deepcopy(derivation.rows), "remainder": derivation.remainder, "order": F.order, "step": str(F.step)},
        "svg": {},
        "table": [dict(row) for row in derivation.trees],
        "more_trees": derivation.more_trees,
        "code": _code(asked, derivation),
        "method": deepcopy(_method(asked.method)),
        "variables": [{"name": n, "x0": x} for n, x in zip(names, asked.x0, strict=True)],
        "parameters": [{"name": str(p), "value": str(v)} for p, v in sorted(asked.field.parameters.items(), key=str)],
        "range": {"h": h, "low": box.steps[0] if box else h / 100, "high": box.steps[1] if box else h * 10, "valid": limit},
        "state": {"order": asked.order, "direction": asked.direction, "h": h, "time": time, "axes": asked.axes},
        "system": dict(_system(asked.field)),
    }
    try:
        _draw(found, asked, derivation, box, h, time, limit)
    except ImdeError as error:
        messages.append(Message("h", f"no trajectories: {' '.join(str(error).split())}", "note"))
    _longer(found, asked, derivation)
    found["messages"] = [m.to_dict() for m in dict.fromkeys(messages)]
    return found


def _draw(
    found: dict[str, Any], asked: Asked, derivation: Derivation, box: Sampled | None, h: float, time: float, limit: float | None
) -> None:
    """The pictures, and what they say in words."""
    curves = pictures.curves(asked, derivation, h, time)
    names = [str(v) for v in asked.field.variables]
    places = (names.index(asked.axes[0]), names.index(asked.axes[1]))
    drift = pictures.drift(asked, curves, derivation, h)
    svg = found["svg"]
    if len(names) > 1:
        svg["phase"] = pictures.phase(curves, places, (asked.axes[0], asked.axes[1]))
    svg["series"] = pictures.series(curves, places[0], asked.axes[0])
    svg["drift"] = pictures.drift_picture(curves, drift)
    if box is not None and any(box.terms.sup[1:]):
        svg["error"] = pictures.error_picture(box, h, limit, asked.direction)
    if (region := stability_region(asked.method)) is not None:
        svg["stability"] = region
    found["words"] = told(asked, derivation, box, h, limit, curves, drift)
    asked.messages += [Message("h", note, "note") for note in curves.notes]
    if limit is not None and h >= limit:
        asked.messages.append(Message("h", f"beyond h = {limit:.3g} the expansion means nothing: take a smaller step", "note"))


def _sampled(asked: Asked) -> Sampled | None:
    """The error over the field's box; None, with a note, where the field is not finite there."""
    try:
        with np.errstate(all="ignore"):
            return sampled(asked.field, asked.method, asked.order, asked.direction, tuple(asked.x0))
    except ImdeError as error:
        asked.messages.append(Message("x0", f"no prediction of errors: {' '.join(str(error).split())}", "note"))
        return None


def _limit(derivation: Derivation, box: Sampled | None) -> float | None:
    """The h from which on the fastest mode of the box lies beyond the radius of linear theory; None where there is none."""
    if box is None or derivation.radius is None or not math.isfinite(derivation.radius) or not box.rate > 0:
        return None
    return derivation.radius / box.rate


def _round(time: float) -> float:
    """A round number near it."""
    power = 10.0 ** math.floor(math.log10(max(time, 1e-9)))
    return float(f"{max(m * power for m in (1, 2, 5) if m * power <= max(time, 1e-9) * 1.0001):.3g}")


def _code(asked: Asked, derivation: Derivation) -> dict[str, str]:
    """The text of the target that is asked for; a note where it cannot be written."""
    try:
        if asked.target not in CODES:
            raise ImdeError(str(UnknownNameError("target", asked.target, CODES)))
        return {asked.target: derivation.code(asked.target)}
    except ImdeError as error:
        asked.messages.append(Message("target", " ".join(str(error).split()), "note"))
        return {}


@lru_cache(maxsize=64)
def _method(method: Method) -> dict[str, Any]:
    """What the page says of the method, with its tableau as text where it has one."""
    tableau = method.one_tableau
    flags = {flag: getattr(method, f"is_{flag}", None) for flag in ("explicit", "symplectic", "symmetric")}
    if tableau is None:  # a splitting steps along flows, and says nothing of being explicit
        flags = {flag: value for flag, value in flags.items() if value}
    entries = tableau and {"A": [[str(a) for a in row] for row in tableau.A], "b": [str(b) for b in tableau.b]}
    return {
        "name": method.name,
        "title": method.title,
        "kind": method.kind,
        "order": method.order,
        "tableau": entries,
        "mathml": styleless(method.latex(), True),
        "reference": method.reference,
    } | {flag: bool(value) for flag, value in flags.items() if value is not None}


@lru_cache(maxsize=64)
def _system(field: VectorField) -> dict[str, Any]:
    """What the page says of the equation, with its text as one types it."""
    text = equations_text(field)
    return {"name": field.name, "title": str(field.info.get("title", "")), "text": text, "mathml": styleless(field.latex(), True)}


def _longer(found: dict[str, Any], asked: Asked, derivation: Derivation) -> None:
    """What is computed only where it is wanted."""
    F = derivation.equation
    for what in asked.want:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if what == "structure":
                    text = str(structure_report(F)).replace("\n    ", " ")  # lines that were wrapped
                    found["structure"] = text.splitlines()[1:]
                elif what == "orders":
                    report = check(F, asked.x0)
                    found["svg"]["orders"] = pictures.orders_picture(report)
                    found["orders"] = {"passed": report.passed, "text": report.table()}
                elif what in WANTED:
                    _, _, kind = what.partition("-")
                    found["document"] = write_document(F, "latex-document" if kind == "latex" else kind)
                else:
                    raise ImdeError(str(UnknownNameError("wanted part", what, WANTED)))
        except ImdeError as error:
            asked.messages.append(Message("want", f"{what}: {' '.join(str(error).split())}", "note"))
