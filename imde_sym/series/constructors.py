"""B-series of methods, of the exact flow, and of modified and inverse modified equations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from fractions import Fraction
from functools import partial
from math import prod

import numpy as np
import sympy

from ..base.arguments import checked
from ..base.checks import check_order
from ..base.errors import SeriesError
from ..base.executors import ExecutorLike
from ..method import Method, MethodLike
from ..prelie import inverse_modified
from ..prelie import log as logarithm
from ..rings import Arithmetic, Neighbours, Rounded, Scalar, vanishes
from ..trees import RootedTree, TreeSpace, check_tree_order, numbered, tree_table
from .bseries import BSeries, evaluate
from .laws import log
from .residues import by_primes
from .substitution import SubstitutionRecursion

MAX_NEAR = 50_000


@checked
def exact_series(order: int, colors: int = 1) -> BSeries:
    """The exact flow: a(t) = 1/γ(t).

    Raises SeriesError for an order or colours that are not whole numbers from 1 on, TreeError for too many trees.

    >>> exact_series(3)["[[],[]]"]
    Fraction(1, 3)
    """
    table = tree_table(colors)
    size = table.size(check_tree_order(order, colors))
    return BSeries(order, [Fraction(1, int(d)) for d in table.density[:size]], colors=colors, name="exact flow")


@checked
def identity_series(order: int, colors: int = 1) -> BSeries:
    """The identity map: a(∅) = 1 and nothing else. Raises SeriesError for orders beyond 20.

    >>> identity_series(2).coefficients
    (Fraction(0, 1), Fraction(0, 1))
    """
    return BSeries.from_rule(lambda _: Fraction(0), order, 1, colors, "identity")


@checked
def generic_series(order: int, symbol: str = "a", empty: Scalar = 1, colors: int = 1) -> BSeries:
    """A series with a symbol for every coefficient, named by the tree's level sequence (and its colours).

    Raises SeriesError for an order or colours that are not whole numbers from 1 on, or a symbol that is not text.

    >>> generic_series(3)["[[],[]]"]
    a_011
    """

    def rule(t: RootedTree) -> sympy.Symbol:
        paint = f"_{_digits(t.color_sequence)}" if colors > 1 else ""
        return sympy.Symbol(f"{symbol}_{_digits(t.level_sequence)}{paint}")

    return BSeries.from_rule(rule, order, empty, colors)


def _digits(numbers: tuple[int, ...]) -> str:
    """0112, or 0.1.10 where one digit does not hold every number."""
    return ("." if max(numbers) > 9 else "").join(map(str, numbers))


@checked
def average_vector_field_series(order: int) -> BSeries:
    """The average vector field method: a([t1..tk]) = Π a(ti)/(k + 1); it preserves energy (Quispel, McLaren 2008).

    Raises SeriesError for an order that is not a whole number from 1 to 20.

    >>> average_vector_field_series(3).coefficients
    (Fraction(1, 1), Fraction(1, 2), Fraction(1, 3), Fraction(1, 4))
    """
    size = tree_table().size(check_tree_order(order))
    values: list[Fraction] = []
    for i in range(size):
        children = numbered(tree_table(), i).children
        values.append(prod((values[c.number()] for c in children), start=Fraction(1, len(children) + 1)))
    return BSeries(order, values, name="average vector field")


@checked
def method_series(method: MethodLike, order: int, colors: int | None = None, *, executor: ExecutorLike = None) -> BSeries:
    """The map of a method; for a Runge-Kutta method a(t) = Φ(t), its elementary weights.

    colors : number of parts of the field, by default the method's own; a method that treats all parts
             alike takes any number
    executor : a `concurrent.futures.Executor` for high orders; the primes of exact results are shared among its workers
    Exact whenever the method is. Raises SeriesError unless 1 <= order <= 20, MethodError if the colours do not
    suit the method. Cost: O(s² N(order)) for a tableau.

    >>> from imde_sym import methods
    >>> method_series(methods["explicit_midpoint"], 3).coefficients
    (Fraction(1, 1), Fraction(1, 2), Fraction(1, 4), Fraction(0, 1))
    """
    n = _colors(method, colors)
    check_tree_order(order, n)
    values, errors = _evaluated(partial(_weights, method, n), method, order, n, executor)
    return BSeries(order, values, colors=n, name=method.title, errors=errors)


def _weights(method: Method, colors: int, order: int, ring: Arithmetic) -> np.ndarray:
    return method.elementary_weights(order, ring, colors)


def _evaluated(
    compute: Callable[[int, Arithmetic], np.ndarray], method: Method, order: int, colors: int, executor: Executor | None
) -> tuple[Sequence[Scalar], list[float]]:
    """What `compute` makes of the numbers of a method up to an order, and how far rounding takes it.

    Beyond MAX_NEAR trees, where neighbours would fill the memory, errors are the largest of the last order below.
    """
    values = method.ring.run(by_primes(partial(compute, order), executor, "trees modulo primes"))
    if not method.is_rounded:
        return values, []
    near, table = Neighbours(method.half_units, method.coefficients), tree_table(colors)
    known = max(k for k in range(1, order + 1) if k == 1 or table.size(k) <= MAX_NEAR)
    errors = near.errors(compute(known, near))
    return values, errors + [max(errors[table.block(known)])] * (len(values) - len(errors))


@checked
def modified_series(
    method: BSeries | MethodLike, order: int | None = None, colors: int | None = None, *, executor: ExecutorLike = None
) -> BSeries:
    """Tree coefficients of h·f̃, whose exact flow is the method applied to f (HLW IX.9).

    method : a method, or the B-series of a map (of which `order` is the truncation, by default its own)
    executor : as for `inverse_modified_series`
    Exact whenever the method is. Cost: O(stages · order² · N(order)), N the number of trees.
    Raises MethodError for what is not a method, SeriesError for the series of a field and for an order that it does not reach.

    >>> from imde_sym import methods
    >>> modified_series(methods["explicit_euler"], 3).coefficients
    (Fraction(1, 1), Fraction(-1, 2), Fraction(1, 6), Fraction(1, 3))
    """
    return _field(method, order, colors, "modified", "modified equation", executor)


@checked
def inverse_modified_series(
    method: BSeries | MethodLike, order: int | None = None, colors: int | None = None, *, executor: ExecutorLike = None
) -> BSeries:
    """Tree coefficients of the field that `method` turns into the exact flow.

    The series c of h·f_h such that applying the method to f_h gives exp(h f): the inverse modified
    equation of Zhu et al. (ICML 2022), the modifying integrator of Chartier, Hairer and Vilmart (2007).
    method : a method, or the B-series of a map (of which `order` is the truncation, by default its own)
    executor : any `concurrent.futures.Executor` (processes, a Dask client's `get_executor()`) for orders from 15 on: its workers
               share the primes modulo which exact coefficients are found; the result is the same. What is not exact is found here
    Exact whenever the method is. Raises MethodError if the weights b sum to 0: no field can then
    reproduce the flow. Cost: O(stages · order² · N(order)), N the number of trees; O(2^order N(order))
    for a series.

    >>> from imde_sym import methods
    >>> c = inverse_modified_series(methods["explicit_euler"], order=3)
    >>> all(c[t] * t.density == 1 for t in c)
    True
    """
    return _field(method, order, colors, "inverse_modified", "inverse modified equation", executor)


def _colors(method: Method, colors: int | None) -> int:
    n = method.colors if colors is None else check_order(colors, 100, "the number of colours")
    method.check_colors(n)
    return n


def _field(
    method: Method | BSeries,
    order: int | None,
    colors: int | None,
    direction: str,
    what: str,
    executor: Executor | None,
) -> BSeries:
    errors: Sequence[float]
    if isinstance(method, BSeries):
        if not method.is_map:
            raise SeriesError(f"the {what} of a series needs a map, a(∅) = 1; here a(∅) = {method.empty}")
        if colors not in (None, method.colors):
            raise SeriesError(f"the series has {method.colors} colour(s), {colors} were asked for")
        a = method if order is None else method.truncate(order)
        if direction == "modified":  # of f itself: the map's own logarithm
            return log(a)
        order, n, title = a.order, a.colors, a.name or "a series"
        values, errors = evaluate(partial(_inverted, a), a, executor=executor)
    else:
        n, title = _colors(method, colors), method.title
        order = check_tree_order(order, n)
        values, errors = _evaluated(partial(_solved, method, direction, n), method, order, n, executor)
        if errors:  # what rounding explains is none of the equation
            values = [0 * v if vanishes(Rounded(v, e)) else v for v, e in zip(values, errors, strict=True)]
    return BSeries(order, values, Fraction(0), n, f"{what} of {title}", errors)


def _inverted(a: BSeries, ring: Arithmetic, given: np.ndarray) -> np.ndarray:
    """The field of which the map a makes the exact flow of f."""
    space = TreeSpace(tree_table(a.colors, a.order), a.order, ring)
    return space.flat(inverse_modified(space, SubstitutionRecursion(space, a, given), space.generator()))


def _solved(method: Method, direction: str, colors: int, order: int, ring: Arithmetic) -> np.ndarray:
    """The modified or inverse modified equation of h·f over trees.

    Over exact numbers the elementary weights of a tableau are cheaper than the recursion of its stages. A method of order p has
    the modified field b = f + O(h^(p+1)), and as b[c] = f for the inverse one, c = 2 f - b up to h^(2p).
    """
    space = TreeSpace(tree_table(colors), order, ring)
    f = space.generator()
    if not space.arithmetic.exact or not method.tableaux(space.colors) or method.unknown is not None:
        return space.flat(getattr(method, direction)(space, f))

    def forward(order: int) -> np.ndarray:
        lower = TreeSpace(space.table, order, space.arithmetic)
        weights = method.elementary_weights(order, space.arithmetic, space.colors)
        return lower.flat(logarithm(lower, lower.graded(weights)))

    if direction == "modified":
        return forward(space.order)
    flow, half = space.flat(f), (space.order + 1) // 2
    lower = forward(half)
    if space.arithmetic.vanishing(space.arithmetic.reduce(lower - flow[: len(lower)])).all():
        return space.arithmetic.reduce(2 * flow - forward(space.order))
    return space.flat(method.inverse_modified(space, f))
