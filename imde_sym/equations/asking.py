"""What a question about an equation is asked of: the equation, or field, method and order."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from ..base.checks import check_direction
from ..base.errors import FieldError, shown
from ..fields import VectorField, as_field
from ..method import as_method
from .build import build_equation
from .modified import ModifiedField

Answer = TypeVar("Answer")
ACCEPTED = "a ModifiedField, or field, method and order, perhaps with direction='forward' and parts="


def of_equation(question: Callable[..., Answer]) -> Callable[..., Answer]:
    """Let a function of a ModifiedField, its first argument, take (field, method, order, ...) in its place too.

    direction : of the equation that is built then, "inverse" (default) or "forward";  parts : as for `modified_equation`.
    A tuple (field, method, order) or (field, method, order, parts) stands for the inverse modified equation.
    """

    @wraps(question)
    def ask(*given: Any, direction: str | None = None, parts: Any = None, **options: Any) -> Answer:
        first, *rest = (options.pop("F"), *given) if "F" in options else given or (None,)
        if isinstance(first, ModifiedField) or is_triple(first):
            F = as_equation(first)
            if surplus := [key for key in ("field", "method", "order") if key in options]:
                raise FieldError(f"{surplus[0]} is known from the equation {shown(F)}: leave it out")
            if parts is not None or (direction is not None and check_direction(direction) != F.direction):
                raise FieldError(f"direction and parts are those of the equation: here {F.direction}; leave them out")
            return question(F, *rest, **options)
        own: dict[str, Any] = {} if first is None else {"field": first}
        for key in ("field", "method", "order"):
            if key in options:
                own[key] = options.pop(key)
            elif key not in own:
                if not rest:
                    raise FieldError(f"{question.__name__.removeprefix('_')} takes {ACCEPTED}; {key} is missing")
                own[key] = rest.pop(0)
        F = build_equation(as_field(own["field"]), as_method(own["method"]), own["order"], direction or "inverse", parts)
        return question(F, *rest, **options)

    return ask


def is_triple(given: Any) -> bool:
    """Whether it is (field, method, order), perhaps with parts."""
    return isinstance(given, tuple | list) and len(given) in (3, 4) and isinstance(given[0], VectorField | str)


def as_equation(given: Any) -> ModifiedField:
    """A ModifiedField as it is; (field, method, order) as the inverse modified equation."""
    if isinstance(given, ModifiedField):
        return given
    if not is_triple(given):
        raise FieldError(f"{shown(given)} is not a modified field; accepted: {ACCEPTED}")
    field, method, order, *parts = given
    return build_equation(as_field(field), as_method(method), order, "inverse", *parts)
