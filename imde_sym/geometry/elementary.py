"""Elementary functions of an invariant: I^(m)(F(t_1), ..., F(t_m)) for trees t_1, ..., t_m.

They are what a modified invariant is made of where it exists for all fields of a kind (HLW IX.9.3 for Hamiltonians), so they are
few where monomials are too many. All derivatives are nested ones along vectors of the ring:
G^(m)(v_1, ..., v_m) = D_(v_m) G^(m-1)(v_1, ...) - Σ_i G^(m-1)(..., D_(v_m) v_i, ...).
"""

from __future__ import annotations

from collections.abc import Sequence

from ..fields import DifferentialRing, RingField
from ..rings import Polynomial
from ..trees import RootedTree, rooted_trees

MAX_NODES = 5
"""Of the trees together; then there are 20 functions."""
MAX_TERMS = 20_000
"""Of one polynomial: what is longer is left to the other ways."""
Vector = list[Polynomial]


class TooLong(Exception):
    """A polynomial has more terms than are worked on."""


def elementary_functions(ring: DifferentialRing, field: RingField, invariant: Polynomial, nodes: int) -> list[Polynomial]:
    """All of so many nodes together; [] where they would be too many or too long.

    >>> import sympy
    >>> q, p = sympy.symbols("q p")
    >>> ring = DifferentialRing([q, p], [sympy.cos(q)])
    >>> H = ring.merged.convert(p**2 / 2 - sympy.cos(q))
    >>> f = ring.merged.part([p, -sympy.sin(q)])
    >>> [ring.merged.to_sympy(e) for e in elementary_functions(ring.merged, f, H, 2)]  # H''(f, f) and H'f'f
    [p**2*cos(q) - cos(q)**2 + 1, -p**2*cos(q) + cos(q)**2 - 1]
    """
    if nodes > MAX_NODES:
        return []
    known: dict[RootedTree, RingField] = {}

    def differential(tree: RootedTree) -> RingField:
        if tree not in known:
            inner = [differential(child) for child in tree.children]
            known[tree] = RingField(ring, _derivative(ring, list(field.components), inner)) if inner else field
        return known[tree]

    try:
        found = [_derivative(ring, [invariant], [differential(c) for c in tree.children])[0] for tree in rooted_trees(nodes + 1)]
    except TooLong:
        return []
    return [p for p in found if p != 0]


def _derivative(ring: DifferentialRing, values: Vector, along: Sequence[RingField]) -> Vector:
    """The derivative of each value, as many times as there are directions, at fixed directions."""
    if not along:
        return values
    *others, last = along
    found = [ring.along(p, last) for p in _derivative(ring, values, others)]
    for i, v in enumerate(others):
        moved = RingField(ring, [ring.reduce(ring.along(p, last)) for p in v.components])
        lower = _derivative(ring, values, [*others[:i], moved, *others[i + 1 :]])
        found = [a - b for a, b in zip(found, lower, strict=True)]
    found = [ring.reduce(p) for p in found]
    if max(len(list(ring.polynomials.terms(p))) for p in found) > MAX_TERMS:
        raise TooLong
    return found
