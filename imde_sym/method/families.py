"""Methods of every family from plain data, as JSON holds them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..base.errors import MethodError, UnknownNameError
from ..base.values import read_json
from .composition import Adjoint, Composition
from .continuous import ContinuousStage
from .derivatives import MultiderivativeTableau
from .method import Method
from .multistep import LinearMultistep
from .nystrom import Nystrom
from .partitioned import PartitionedTableau
from .plain import names_in, read
from .rosenbrock import Rosenbrock
from .splitting import Splitting
from .tableau import ButcherTableau, tableau_from_data

HEAD = {"format", "version", "family", "name", "symbols"}


def method_from_data(data: Any) -> Method:
    """The method of any family that `Method.to_dict` wrote; data without a family are a Butcher tableau.

    Strings are parsed, never evaluated. Raises MethodError for anything else, UnknownNameError for an unknown family.
    """
    if not isinstance(data, dict):
        raise MethodError(f"a method is a JSON object, found {type(data).__name__}")
    family = data.get("family", ButcherTableau.family)
    if not isinstance(family, str) or family not in BUILDERS:
        raise UnknownNameError("family", family, BUILDERS)
    build, keys = BUILDERS[family]
    if family == ButcherTableau.family:
        return tableau_from_data(data)
    missing = [key for key in keys if key not in data and key not in OPTIONAL]
    if missing:
        raise MethodError(f"a {family} method needs {', '.join(keys)}; {missing[0]!r} is missing")
    names = names_in(data)

    def value(key: str) -> Any:
        if key not in data:
            return None
        return _methods(data[key]) if key in NESTED else read(key, data[key], names)

    info = {str(k): v for k, v in data.items() if k not in HEAD and k not in keys}
    return build(*(value(key) for key in keys), name=str(data.get("name", "")), **info)


def method_from_json(text: str) -> Method:
    """Inverse of `Method.to_json`, for every family."""
    return method_from_data(read_json(text, "method", MethodError))


def _methods(data: Any) -> Any:
    """A method, or a list of them."""
    return [method_from_data(item) for item in data] if isinstance(data, list) else method_from_data(data)


OPTIONAL = {"a", "B"}
NESTED = {"parts", "methods", "method", "layers"}
BUILDERS: dict[str, tuple[Callable[..., Method], tuple[str, ...]]] = {
    ButcherTableau.family: (ButcherTableau, ("A", "b")),
    PartitionedTableau.family: (PartitionedTableau, ("parts",)),
    Composition.family: (Composition, ("methods", "steps")),
    Adjoint.family: (Adjoint, ("method",)),
    Splitting.family: (Splitting, ("steps",)),
    LinearMultistep.family: (LinearMultistep, ("alpha", "beta")),
    Rosenbrock.family: (Rosenbrock, ("A", "gamma", "b")),
    MultiderivativeTableau.family: (MultiderivativeTableau, ("layers",)),
    ContinuousStage.family: (ContinuousStage, ("A", "B")),
    Nystrom.family: (Nystrom, ("A", "b_bar", "b", "c", "a")),
}
"""For each family what builds it, and the keys of its numbers in the order of the arguments."""
