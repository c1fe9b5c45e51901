"""How a model is called: (x), (t, x), (t, x, args), (x, u), x an array or in pieces; and which library it belongs to."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..base.errors import LearningError, shown
from ..base.libraries import is_torch
from ..fields import VectorField
from .states import State, first_piece

DEPTH = 3
"""So far functions are followed that a model calls."""
CLOCKS = ("t", "time", "")
"""Names of arguments that mean the time, underscores aside: `_` too."""


@dataclass(frozen=True)
class Form:
    """The arguments of a model by name, where its time stands among them, and how many follow that may be left out.

    clock : 0 or 1, the place of the time, None where there is none; the point is the first of the others
    state : the pieces that the point is taken and given in, None where it is an array
    """

    names: tuple[str, ...]
    clock: int | None = None
    optional: int = 0
    state: State | None = None

    def __str__(self) -> str:
        return f"({', '.join(self.names)})"

    @property
    def extra(self) -> int:
        """How many arguments there are besides the point and the time."""
        return len(self.names) - 1 - (self.clock is not None)

    def call(self, model: Any, x: Any, t: Any, rest: Sequence[Any]) -> Any:
        """The model's value at points (..., d), as they are."""
        state = self.state
        missing = [None] * (self.extra - len(rest)) if self.clock is not None else []
        places = [x if state is None else state.split(x), *rest, *missing]
        if self.clock is not None:
            places.insert(self.clock, t)
        value = model(*places)
        return value if state is None else state.join(value)

    def read(self, given: Sequence[Any], options: Mapping[str, Any]) -> tuple[Any, Any, tuple[Any, ...]]:
        """Point, time and the rest out of the arguments of a call. Raises LearningError for a call of another form.

        A model of the point alone is also called as solvers call their fields, (t, x) and (t, x, args).
        """
        places = [*given, *options.values()]
        if self.clock is None:
            timed = len(places) in (2, 3) and self.extra == 0 and is_single(places[0])
            if timed:
                return places[1], None, ()
            if not 1 + self.extra <= len(places) <= 1 + self.extra + self.optional:
                raise self._refused(len(places))
            return places[0], None, tuple(places[1:])
        if not 2 <= len(places) <= len(self.names) + self.optional:
            raise self._refused(len(places))
        t = places.pop(self.clock)
        return places[0], t, tuple(places[1:])

    def _refused(self, count: int) -> LearningError:
        return LearningError(f"the model is called as {self}; it was given {count} argument(s)")


OPEN = 8
"""So many further arguments an open signature, with *args, is given at most."""
POINT = Form(("x",), optional=OPEN)
"""Of a signature that tells nothing."""
TRIED = (POINT, Form(("t", "x"), 0), Form(("t", "x", "args"), 0))
"""Forms of a model whose signature tells nothing, in the order in which they are tried."""


def form_of(model: Any) -> Form | None:
    """The form that the signature tells; None where it does not, as of a wrapper with *args.

    Raises LearningError for what cannot be called.
    """
    if not callable(model):
        hint = ""
        if hasattr(model, "get_feature_names"):
            hint = ": give its predict; debias_terms and fit_coefficients take the model itself, and correct its terms"
        elif isinstance(model, VectorField):
            hint = ": the field that a method makes of a formula is imde_sym.modified_equation(field, method)"
        raise LearningError(f"a model is called at a point and returns the field there; {shown(model)} cannot be called{hint}")
    if isinstance(model, type):
        raise LearningError(f"{model.__name__} is a class: give a model of it, trained")
    found = getattr(model, "form", None)
    if isinstance(found, Form):  # a corrected model
        return found
    needed, optional = _arguments(original(model))
    if not needed:
        return None
    clock = next((i for i, name in enumerate(needed[:2]) if name.strip("_").lower() in CLOCKS), None)
    if len(needed) == 1:
        clock = None
    return Form(tuple(needed), clock, optional)


def original(model: Any) -> Any:
    """The field behind what torch.compile or a data-parallel wrapper made of it, and within what solves it."""
    if not is_torch(model):
        return model
    for name in ("_orig_mod", "module"):
        inner = getattr(model, name, None)
        if is_torch(inner):
            return original(inner)
    inside = next((SOLVING[place] for place in _classes(model) if place in SOLVING), None)
    return model if inside is None else original(getattr(model, inside))


SOLVING = {("torchdyn", "NeuralODE"): "vf", ("neuromancer", "Integrator"): "block"}
"""Modules that solve a field, by library and class, and where they have it."""


def _classes(model: Any) -> list[tuple[str, str]]:
    return [(c.__module__.partition(".")[0], c.__name__) for c in type(model).__mro__]


def integrator_of(model: Any) -> tuple[Any, Any] | None:
    """The solver and the step of a module that takes a step of its field; None for any other."""
    return (model, model.h) if is_torch(model) and ("neuromancer", "Integrator") in _classes(model) else None


def _arguments(model: Any) -> tuple[list[str], int]:
    """Names of the arguments that have to be given, and how many more may be."""
    function = model.forward if is_torch(model) else model
    schema = getattr(function, "schema", None)  # of a scripted module
    if schema is not None:
        return [a.name for a in schema.arguments if a.name != "self" and not a.has_default_value()], 0
    try:
        given = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return [], 0
    places = [p for p in given if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p.name for p in places if p.default is p.empty]
    return needed, len(places) - len(needed) + OPEN * any(p.kind is p.VAR_POSITIONAL for p in given)


def is_single(value: Any) -> bool:
    """Whether a value is one number, as a time is."""
    shape = getattr(value, "shape", None)
    return isinstance(value, int | float) if shape is None else tuple(shape) in ((), (1,))


def library_of(model: Any, x: Any = None) -> str:
    """ "torch" or "jax": that of the point, of the model, of what a function refers to, or else the one that is there."""
    torch, jax, x = sys.modules.get("torch"), sys.modules.get("jax"), first_piece(x)
    if torch is not None and (is_torch(model) or isinstance(x, torch.Tensor)):
        return "torch"
    if jax is not None and isinstance(x, jax.Array):
        return "jax"
    found = _referred(model)
    if "torch" in found and "jax" not in found:
        return "torch"
    return "torch" if torch is not None and jax is None and "jax" not in found and "equinox" not in found else "jax"


def _referred(function: Any) -> set[str]:
    """The libraries of what a function's code names: modules and objects of torch, JAX or equinox."""
    values = _values(function)
    if values is None:
        inner = getattr(inspect.unwrap(function), "func", function)
        return {type(inner).__module__.partition(".")[0]}
    homes = set()
    for value in values:
        if is_torch(value) or hasattr(value, "state_dict"):
            homes.add("torch")
        name = value.__name__ if inspect.ismodule(value) else type(value).__module__
        homes.add(str(name).partition(".")[0].replace("jaxlib", "jax"))
    return homes


def _values(function: Any, depth: int = DEPTH) -> list[Any] | None:
    """What the code of a function names, besides its arguments, and of functions among that; None of what has no code."""
    function = inspect.unwrap(function)
    function = getattr(function, "func", function)
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    cells = [c.cell_contents for c in getattr(function, "__closure__", None) or () if _filled(c)]
    own = [*cells, *(function.__globals__[name] for name in code.co_names if name in function.__globals__)]
    further = [f for f in own if inspect.isfunction(f) and f is not function] if depth else []
    return [*own, *(value for f in further for value in _values(f, depth - 1) or ())]


def weights_of(model: Any) -> list[Any]:
    """The parameters of a torch module, or of the first module that a function or a method is of or refers to."""
    inner = original(model)
    owners = [inner, getattr(getattr(inner, "func", inner), "__self__", None)]
    module = next((m for m in (*owners, *(_values(inner) or ())) if is_torch(m)), None)
    return [] if module is None else [p for p in module.parameters() if p.is_floating_point()]


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
