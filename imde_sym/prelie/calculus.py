"""exp, log and composition in a graded pre-Lie algebra (docs/theory.md, section 2: g∘exp(w) = Σ L_w^j g / j!)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from ..base.progress import track
from .space import COMPOSE, EXP, Graded, PreLieSpace

GROWTH = 3.0
"""Cost of a grade over that of the one before, for progress bars."""


def grades(space: PreLieSpace, first: int, label: str) -> Iterator[int]:
    """The grades first..order, with a progress bar where they take long."""
    return track(range(first, space.order + 1), label, GROWTH)


def lie_series(space: PreLieSpace, weights: Sequence[Any], w: Graded) -> Graded:
    """w + Σ_{j>=1} weights[j] L_w^j w: what an operator series in the derivation along w makes of it.

    weights : at least as many as the order of the space

    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> space.flat(lie_series(space, EXP, space.generator()))  # what `exp` is
    array([1.        , 0.5       , 0.33333333, 0.16666667])
    """
    tower = space.tower(w, w, weights)
    out: Graded = [None, w[1]]
    for k in grades(space, 2, "Lie series, grades"):
        out.append(space.sum(w[k], tower.total(k)))
    return out


def solve_lie_series(space: PreLieSpace, weights: Sequence[Any], value: Graded) -> Graded:
    """The w with lie_series(w) = value: order by order, only lower grades of w enter L_w.

    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> space.flat(solve_lie_series(space, EXP, space.generator()))  # log(id + h f): the modified field of Euler's method
    array([ 1.        , -0.5       ,  0.16666667,  0.33333333])
    """
    w: Graded = [None, value[1]]
    tower = space.tower(w, w, weights)
    for k in grades(space, 2, "logarithm, grades"):
        w.append(space.difference(value[k], tower.total(k)))
    return w


def exp(space: PreLieSpace, w: Graded) -> Graded:
    """The map exp(w) = id + w + L_w w/2! + ..., the time-one flow of the field w.

    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> space.flat(exp(space, space.generator()))
    array([1.        , 0.5       , 0.33333333, 0.16666667])
    """
    known = space.flow(w)
    return lie_series(space, EXP, w) if known is None else known


def log(space: PreLieSpace, phi: Graded) -> Graded:
    """The field w with exp(w) = phi.

    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> space.flat(log(space, exp(space, space.generator())))
    array([1., 0., 0., 0.])
    """
    return solve_lie_series(space, EXP, phi)


def act(space: PreLieSpace, g: Graded, w: Graded) -> Graded:
    """g ∘ exp(w) = g + L_w g + L_w² g/2! + ...: the field g read off at the mapped point.

    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> f = space.generator()
    >>> space.flat(act(space, f, f))  # f after its own flow: 1/γ of the branches
    array([1. , 1. , 1. , 0.5])
    """
    tower = space.tower(w, g, COMPOSE)
    out: Graded = [None, g[1]]
    for k in grades(space, 2, "composition, grades"):
        out.append(space.sum(g[k], tower.total(k)))
    return out


def compose(space: PreLieSpace, first: Graded, second: Graded, weight: Any = None) -> Graded:
    """The map y -> second(first(y)): first + (second - id) ∘ first.

    weight : what `second` makes of the identity, 1 if it is a map and 0 if it is a field, which is then read off after the map

    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> euler = space.generator()  # id + h f
    >>> space.flat(compose(space, euler, euler))  # two steps: id + 2 h f + h² f'f + h³ f''(f, f)/2
    array([2., 1., 1., 0.])
    """
    moved = act(space, second, log(space, first))
    weights = [space.scalar(Fraction(1)) if weight is None else weight, space.scalar(Fraction(1))]
    return [None, *(space.linear(weights, [first[k], moved[k]]) for k in range(1, space.order + 1))]


def bracket(space: PreLieSpace, v: Graded, w: Graded) -> Graded:
    """The commutator of the derivations along v and along w: L_v w - L_w v, a field.

    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> import numpy as np
    >>> f, g = [None, *map(np.array, ([1.0], [0.0], [0.0, 0.0]))], [None, *map(np.array, ([0.0], [1.0], [0.0, 0.0]))]
    >>> bracket(space, f, g)[3]  # for g = h² f'f: g'f - f'g, at the trees [[],[]] and [[[]]]
    array([2., 0.])
    """
    zero = space.zero(v[1])
    products = [(space.product(v, w, k, 1), space.product(w, v, k, 1)) for k in range(2, space.order + 1)]
    return [None, zero, *(space.difference(one, other) for one, other in products)]
