"""What a rooted tree is made of, and what is counted on it: all that formulas and pictures read."""

from __future__ import annotations

from collections import Counter
from functools import cached_property, total_ordering
from math import factorial, prod
from typing import Any, Self

from ..base.arguments import checked


@checked
@total_ordering
class Tree:
    """A node of a colour with its branches, which are trees of the same class, ascending."""

    __slots__ = ("__dict__", "children", "color")
    children: tuple[Self, ...]
    color: int

    @cached_property
    def order(self) -> int:
        """Number of nodes, |t|.

        >>> from imde_sym import RootedTree
        >>> RootedTree("[[],[[]]]").order
        4
        """
        return 1 + sum(child.order for child in self.children)

    @cached_property
    def symmetry(self) -> int:
        """Number of automorphisms, σ(t).

        >>> from imde_sym import RootedTree
        >>> RootedTree("[[],[],[]]").symmetry
        6
        """
        counts = Counter(self.children)
        return prod(child.symmetry**n * factorial(n) for child, n in counts.items())

    @cached_property
    def density(self) -> int:
        """γ(t) = |t| Π γ(branches); the exact flow has the coefficient 1/γ.

        >>> from imde_sym import RootedTree
        >>> RootedTree("[[],[[]]]").density
        8
        """
        return self.order * prod(child.density for child in self.children)

    @property
    def alpha(self) -> int:
        """Number of monotonic labellings, |t|!/(σ γ).

        >>> from imde_sym import RootedTree
        >>> RootedTree("[[],[[]]]").alpha
        3
        """
        return factorial(self.order) // (self.symmetry * self.density)

    @property
    def beta(self) -> int:
        """Number of labellings with different labels, |t|!/σ.

        >>> from imde_sym import RootedTree
        >>> RootedTree("[[],[]]").beta
        3
        """
        return factorial(self.order) // self.symmetry

    @cached_property
    def height(self) -> int:
        """Number of edges on the longest way up from the root.

        >>> from imde_sym import RootedTree
        >>> RootedTree("[[],[[]]]").height
        2
        """
        return 1 + max(child.height for child in self.children) if self.children else 0

    @cached_property
    def width(self) -> int:
        """Largest number of nodes on one level.

        >>> from imde_sym import RootedTree
        >>> RootedTree("[[],[[]]]").width
        2
        """
        return max(Counter(self.level_sequence).values())

    @property
    def colors(self) -> int:
        """One more than the largest colour that occurs: the size of the smallest table that holds the tree.

        >>> from imde_sym import RootedTree
        >>> RootedTree("[1[],[3]]").colors
        4
        """
        return 1 + max(self.color_sequence)

    @cached_property
    def _depth_first(self) -> tuple[tuple[int, int], ...]:
        branches = sorted((child._depth_first for child in self.children), reverse=True)
        return ((0, self.color), *((level + 1, color) for b in branches for level, color in b))

    @property
    def level_sequence(self) -> tuple[int, ...]:
        """Levels of the nodes, depth first: the lexicographically largest (Beyer and Hedetniemi 1980).

        >>> from imde_sym import RootedTree
        >>> RootedTree("[[],[[]]]").level_sequence
        (0, 1, 2, 1)
        """
        return tuple(level for level, _ in self._depth_first)

    @property
    def color_sequence(self) -> tuple[int, ...]:
        """Colours of the nodes in the order of `level_sequence`.

        >>> from imde_sym import RootedTree
        >>> RootedTree("[1[],[2]]").color_sequence
        (1, 2, 0)
        """
        return tuple(color for _, color in self._depth_first)

    @cached_property
    def _key(self) -> tuple[Any, ...]:
        return (self.order, tuple(child._key for child in reversed(self.children)), self.color)

    @cached_property
    def brackets(self) -> str:
        """Every node as a pair of brackets around its branches; colours other than 0 are written.

        >>> from imde_sym import RootedTree
        >>> RootedTree([[[]], []]).brackets
        '[[],[[]]]'
        """
        paint = str(self.color) if self.color else ""
        return f"[{paint}{','.join(child.brackets for child in self.children)}]"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a RootedTree cannot be changed: {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tree) and self._key == other._key

    def __lt__(self, other: object) -> bool:
        return self._key < other._key if isinstance(other, Tree) else NotImplemented

    @cached_property
    def _hash(self) -> int:
        return hash(("RootedTree", self.brackets))

    def __hash__(self) -> int:
        return self._hash
