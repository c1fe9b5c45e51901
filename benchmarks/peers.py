"""The same tasks done by other B-series packages from PyPI, compared tree by tree with ours.

Each one returns (trees, its seconds, our seconds, largest difference), both times in a process where
nothing is cached, imports not counted. The method is RK4 throughout.

kauri  : float64; modified equation and "preprocessed integrator" (the inverse modified equation) by the
         substitution (CEM) antipode, composition by the BCK coproduct.
nodepy : exact sympy numbers; knows no modified equations; error coefficients (Φ(t) - 1/γ(t))/σ(t)
         of the trees of orders 2 to 10 (for order 1 it returns no number).
pybs   : 0.1, the one release, is Python 2 code and lacks all its subpackages: it does not import. Tried all the same.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import re
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, NamedTuple

from imde_sym import (
    BSeries,
    RootedTree,
    compose,
    exact_series,
    inverse_modified_series,
    method_series,
    methods,
    modified_series,
)

PACKAGES = "kauri", "nodepy", "pybs"
RK4 = methods["rk4"]
TOLERANCE = 1e-10
Pairs = list[tuple[Any, Any]]
"""A package's own trees, with their coefficients."""

KAURI: dict[str, tuple[Callable[[Any], Any], Callable[[int], BSeries]]] = {
    "elementary weights": (lambda phi: phi, lambda n: method_series(RK4, n)),
    "composition": (lambda phi: phi * phi, lambda n: compose(method_series(RK4, n), method_series(RK4, n))),
    "modified equation": (lambda phi: phi.modified_equation(), lambda n: modified_series(RK4, n)),
    "inverse modified equation": (lambda phi: phi.preprocessed_integrator(), lambda n: inverse_modified_series(RK4, n)),
}


class Compared(NamedTuple):
    trees: int
    theirs: float
    ours: float
    difference: float


def state(package: str) -> str:
    """Empty if the package can be used, else why not."""
    if importlib.util.find_spec(package) is None:
        return f"not installed: pip install {' '.join(PACKAGES)}"
    try:
        importlib.import_module(package)
    except Exception as error:  # whatever a foreign package raises
        return f"{version(package)} does not import: {error!r}"
    return ""


def version(package: str) -> str:
    return importlib.metadata.version(package)


def kauri(task: str, order: int) -> Compared:
    """One of the tasks in KAURI for all trees up to `order`."""
    import kauri as kr

    def nested(node: Any) -> tuple[Any, ...]:
        return tuple(nested(child) for child in node[:-1])  # the colour comes last

    theirs, ours = KAURI[task]

    def run() -> Pairs:
        weights = theirs(kr.rk4.elementary_weights_map())
        return [(t, weights(t)) for t in kr.trees_up_to_order(order) if t.nodes()]

    return _compare(run, lambda: ours(order), lambda t: RootedTree(nested(t.list_repr)))


def nodepy(_task: str, order: int) -> Compared:
    """The error coefficients, the one task here, of all trees up to `order`."""
    from nodepy import rk, rt

    method = rk.loadRKM("RK44")

    def run() -> Pairs:
        return [pair for k in range(2, order + 1) for pair in zip(rt.list_trees(k), method.error_coeffs(k), strict=True)]

    def tree(t: str) -> RootedTree:
        leaves = re.sub(r"T(?:\^(\d+))?", lambda power: "[]" * int(power[1] or 1), t)
        return RootedTree(leaves.replace("{", "[").replace("}", "]"))

    def ours() -> dict[RootedTree, Any]:
        return {t: v / t.symmetry for t, v in (method_series(RK4, order) - exact_series(order)).items() if t.order > 1}

    return _compare(run, ours, tree)


def _compare(
    theirs: Callable[[], Pairs], ours: Callable[[], Mapping[RootedTree, Any]], tree: Callable[[Any], RootedTree]
) -> Compared:
    start = perf_counter()
    found = theirs()
    middle = perf_counter()
    expected = ours()
    end = perf_counter()
    values = {tree(t): v for t, v in found}
    if len(values) != len(found) or values.keys() != set(expected):
        raise RuntimeError("the two packages do not have the same trees")
    difference = max(abs(float(v - expected[t])) for t, v in values.items())
    if difference > TOLERANCE:
        raise RuntimeError(f"the two packages differ by {difference}")
    return Compared(len(found), middle - start, end - middle, difference)
