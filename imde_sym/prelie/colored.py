"""A space with several colours from a space without: tuples of its elements.

The component of colour ν is what the field of part ν contributes. All components are carried along by
the whole field: (L_w g)_ν = L_{w_0 + ... + w_{N-1}} g_ν.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .space import Graded, Part, PreLieSpace

Components = tuple[Part, ...]
"""A part of a split space: one of the base for each colour."""


class ColoredSpace(PreLieSpace):
    """Elements are N-tuples over `base`, one component for each colour.

    A part is a tuple of parts of `base`; every component moves along the sum of the colours.

    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> base = TreeSpace(tree_table(), 2, ring_of([0.5]))
    >>> space = ColoredSpace(base, 2)
    >>> f = space.join([base.generator(), base.generator()])
    >>> base.flat(space.total(f))
    array([2., 0.])
    >>> space.product(f, f, 2, 1)
    (array([2.]), array([2.]))
    >>> two = space.scalar(2)
    >>> space.linear([two], [f[1]]), space.colored([[two, -two]], [f[1]], 1)
    ((array([2.]), array([2.])), (array([2.]), array([-2.])))
    """

    def __init__(self, base: PreLieSpace, colors: int):
        self.base, self.colors, self.order = base, colors, base.order

    def scalar(self, value: Any) -> Any:
        """A canonical scalar as a weight of the base."""
        return self.base.scalar(value)

    def linear(self, weights: Sequence[Any], parts: Sequence[Any]) -> Components:
        """Σ weight · part, component by component."""
        return tuple(self.base.linear(weights, components) for components in zip(*parts, strict=True))

    def colored(self, weights: Sequence[Sequence[Any]], parts: Sequence[Any], k: int) -> Components:  # noqa: ARG002
        """The same with a weight for each component: entry v of a weight goes with colour v."""
        return tuple(
            self.base.linear(own, components)
            for own, components in zip(zip(*weights, strict=True), zip(*parts, strict=True), strict=True)
        )

    def product(self, w: Graded, g: Graded, k: int, lowest: int) -> Components:
        """Grade k of L_w g: the sum over the colours of w acts on every component of g."""
        whole = self.total(w)
        return tuple(
            self.base.product(whole, [None if part is None else part[v] for part in g], k, lowest) for v in range(self.colors)
        )

    def total(self, element: Graded) -> Graded:
        """The sum over the colours, an element of `base`."""
        return [None if part is None else self.base.sum(*part) for part in element]

    def join(self, components: Sequence[Graded]) -> Graded:
        """The element with these components."""
        return [None, *zip(*(c[1:] for c in components), strict=True)]
