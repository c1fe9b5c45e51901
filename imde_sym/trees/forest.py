"""Forest: an immutable product of rooted trees, a monomial in the Hopf algebras of trees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, total_ordering
from itertools import groupby
from math import factorial, prod
from typing import Any

from ..base.errors import TreeError
from ..base.typeset import Typeset
from ..base.values import Value
from .summand import Summand
from .tree import RootedTree

EMPTY = "∅"


@total_ordering
class Forest(Typeset, Summand, Value):
    """A multiset of rooted trees, read as their commutative product; the empty forest ∅ is the unit.

    Forest("[] [[]]")         the brackets of its trees, one after the other
    Forest(["[]", "[[]]"])    trees, or what RootedTree reads, in any order
    Forest(tree)              one tree
    Forest()                  the empty forest

    Forests are ordered by order, then by their trees from the largest on; `trees` ascend. All properties
    are O(order). Raises TreeError on anything that is not a forest.

    >>> f = Forest(["[[]]", "[]", "[]"])
    >>> f, f.order, len(f), f.symmetry, f.density
    (Forest('[] [] [[]]'), 4, 3, 2, 2)
    >>> f * RootedTree("[[]]")
    Forest('[] [] [[]] [[]]')
    """

    trees: tuple[RootedTree, ...]

    def __init__(self, trees: Forest | RootedTree | str | Iterable[object] = ()):
        self.trees = _read(trees)
        self._freeze()

    @cached_property
    def order(self) -> int:
        """Number of nodes.

        >>> Forest("[] [[]]").order
        3
        """
        return sum(tree.order for tree in self.trees)

    @cached_property
    def symmetry(self) -> int:
        """Number of automorphisms: σ of every tree, and the permutations of equal trees.

        >>> Forest("[] [] [[],[]]").symmetry
        4
        """
        return prod(tree.symmetry**n * factorial(n) for tree, n in Counter(self.trees).items())

    @property
    def density(self) -> int:
        """γ, multiplicative over the trees.

        >>> Forest("[[]] [[]]").density
        4
        """
        return prod(tree.density for tree in self.trees)

    def join(self, color: int = 0) -> RootedTree:
        """B₊: the tree with these trees as the branches of a new root; Forest(t.children) undoes it.

        Raises TreeError for a colour that is not a whole number from 0 on.

        >>> Forest("[] [[]]").join()
        RootedTree('[[],[[]]]')
        """
        return RootedTree.with_children(self.trees, color)

    def __mul__(self, other: object) -> Any:
        if not isinstance(other, Forest | RootedTree):
            return super().__mul__(other)
        return Forest((*self.trees, *Forest(other).trees))

    __rmul__ = __mul__

    # -- text -----------------------------------------------------------------------------------
    @cached_property
    def brackets(self) -> str:
        """The brackets of the trees, with spaces between them.

        >>> Forest(["[[]]", "[]"]).brackets
        '[] [[]]'
        """
        return " ".join(tree.brackets for tree in self.trees)

    def __repr__(self) -> str:
        return f"Forest({self.brackets!r})" if self.trees else "Forest()"

    def __str__(self) -> str:
        return self.brackets or EMPTY

    def latex(self) -> str:
        r"""The product of the trees in Butcher's brackets, powers collected; \emptyset for the unit.

        >>> print(Forest("[] []").latex())
        \tau^{2}
        """
        if not self.trees:
            return r"\emptyset"
        counts = [(tree.latex(), len(list(group))) for tree, group in groupby(self.trees)]
        return r"\,".join(tree + (f"^{{{n}}}" if n > 1 else "") for tree, n in counts)

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    # -- values ---------------------------------------------------------------------------------
    def __iter__(self) -> Iterator[RootedTree]:
        return iter(self.trees)

    def __len__(self) -> int:
        return len(self.trees)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Forest) and self.trees == other.trees

    def __lt__(self, other: object) -> bool:
        return self._key < other._key if isinstance(other, Forest) else NotImplemented

    @cached_property
    def _key(self) -> tuple[int, tuple[RootedTree, ...]]:
        return self.order, self.trees[::-1]

    @cached_property
    def _hash(self) -> int:
        return hash(("Forest", self.trees))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return Forest, (self.brackets,)


Summand.forest_of = Forest


def _read(trees: object) -> tuple[RootedTree, ...]:
    if isinstance(trees, Forest):
        return trees.trees
    if isinstance(trees, RootedTree):
        return (trees,)
    if isinstance(trees, str):
        return _from_text(trees.strip())
    if not isinstance(trees, Iterable) or isinstance(trees, Mapping):
        accepted = "trees in a list, brackets such as '[] [[]]', a RootedTree, a Forest"
        raise TreeError(f"{str(trees)[:60]!r} is not a forest; accepted: {accepted}")
    return tuple(sorted(map(RootedTree, trees)))


def _from_text(text: str) -> tuple[RootedTree, ...]:
    if text in ("", EMPTY):
        return ()
    if not text.startswith("["):
        return (RootedTree(text),)
    try:
        return RootedTree(f"[{text}]").children
    except TreeError:
        shown = text if len(text) <= 60 else text[:57] + "..."
        raise TreeError(f"{shown!r} is not a forest in brackets; an example is '[] [[],[]]'") from None
