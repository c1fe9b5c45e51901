"""B-series of methods, of the exact flow, and of modified and inverse modified equations."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import prod

import numpy as np

from ..errors import MethodError, check_order
from ..methods import ButcherTableau, elementary_weights
from ..prelie import StageRecursion, inverse_modified, modified
from ..rings import Arithmetic
from ..trees import TreeSpace, numbered, tree_table
from .bseries import BSeries

MAX_ORDER = 20


def exact_series(order: int) -> BSeries:
    """The exact flow: a(t) = 1/γ(t).

    >>> exact_series(3)["[[],[]]"]
    Fraction(1, 3)
    """
    table = tree_table()
    size = table.size(check_order(order, MAX_ORDER))
    return BSeries(order, [Fraction(1, int(d)) for d in table.density[:size]], name="exact flow")


def average_vector_field_series(order: int) -> BSeries:
    """The average vector field method: a([t1..tk]) = Π a(ti)/(k + 1); it preserves energy (Quispel, McLaren 2008).

    >>> average_vector_field_series(3).coefficients
    (Fraction(1, 1), Fraction(1, 2), Fraction(1, 3), Fraction(1, 4))
    """
    size = tree_table().size(check_order(order, MAX_ORDER))
    values: list[Fraction] = []
    for i in range(size):
        children = numbered(tree_table(), i).children
        values.append(prod((values[c.number()] for c in children), start=Fraction(1, len(children) + 1)))
    return BSeries(order, values, name="average vector field")


def method_series(method: ButcherTableau, order: int) -> BSeries:
    """The map of a Runge-Kutta method: a(t) = Φ(t), its elementary weights.

    Exact whenever the tableau is. Raises SeriesError unless 1 <= order <= 20. Cost: O(s² N(order)).
    """
    check_order(order, MAX_ORDER)
    values = method.ring.run(lambda arithmetic: elementary_weights(method, order, arithmetic))
    return BSeries(order, values, name=method.title)


def modified_series(method: ButcherTableau, order: int) -> BSeries:
    """Tree coefficients of h·f̃, whose exact flow is the method applied to f (HLW IX.9).

    Exact whenever the tableau is. Cost: O(stages · order² · N(order)), N the number of trees.

    >>> from imde_sym import methods
    >>> modified_series(methods["explicit_euler"], 3).coefficients
    (Fraction(1, 1), Fraction(-1, 2), Fraction(1, 6), Fraction(1, 3))
    """
    return _field(method, order, modified, f"modified equation of {method.title}")


def inverse_modified_series(method: ButcherTableau, order: int) -> BSeries:
    """Tree coefficients of the field that `method` turns into the exact flow.

    The series c of h·f_h such that applying the method to f_h gives exp(h f): the inverse modified
    equation of Zhu et al. (ICML 2022), the modifying integrator of Chartier, Hairer and Vilmart (2007).
    Exact whenever the tableau is. Raises MethodError if the weights b sum to 0: no field can then
    reproduce the flow. Cost: O(stages · order² · N(order)), N the number of trees.

    >>> from imde_sym import methods
    >>> c = inverse_modified_series(methods["explicit_euler"], order=3)
    >>> all(c[t] * t.density == 1 for t in c)
    True
    """
    check_consistency(method)
    return _field(method, order, inverse_modified, f"inverse modified equation of {method.title}")


def check_consistency(method: ButcherTableau) -> None:
    """Raise MethodError where Σ b = 0."""
    if sum(method.b, Fraction(0)) == 0:
        raise MethodError(
            f"the weights b of {method.title} sum to 0, so no field makes it reproduce a flow: "
            "an inverse modified equation needs sum(b) != 0"
        )


def _field(method: ButcherTableau, order: int, algorithm: Callable, name: str) -> BSeries:
    check_order(order, MAX_ORDER)

    def compute(arithmetic: Arithmetic) -> np.ndarray:
        space = TreeSpace(tree_table(), order, arithmetic)
        return space.flat(algorithm(space, StageRecursion(space, method), space.generator()))

    return BSeries(order, method.ring.run(compute), Fraction(0), name=name)
