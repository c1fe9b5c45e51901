"""RootedTree: one immutable, canonical, hashable rooted tree."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.checks import MAX_COLORS, check_count, whole
from ..base.errors import TreeError, shown
from ..base.libraries import library
from ..base.pictures import Pictured
from ..base.typeset import Formulated
from ..base.values import Plain, reads
from . import drawing, formulas
from .reading import MAX_DEPTH, Node, from_brackets, from_kauri, level_sequence
from .structure import Tree
from .summand import Summand
from .svg import trees_svg
from .tables import MAX_ORDER, TreeTable, tree_table, tree_total

FORMAT = "imde_sym/tree"


@checked
class RootedTree(Plain, Pictured, Formulated, Summand, Tree):
    """A rooted tree with coloured nodes (colour 0 unless said otherwise), in canonical form.

    RootedTree("[[],[[]]]")     brackets: a pair for every node, a colour after its opening bracket ("[1[],[2]]")
    RootedTree("[τ[τ]]")        Butcher's brackets, powers as τ² or τ^2, colours as indices (τ₁)
    RootedTree(((), ((),)))     nested tuples or lists, one for every node
    RootedTree(other)           itself, or a tree of kauri
    RootedTree("rootedtree([1, 2, 2])")   as RootedTrees.jl makes and prints trees
    RootedTree.from_level_sequence([0, 1, 1, 2])

    Equal trees are equal whatever order their branches were given in. Trees are ordered by order, then
    by their branches; `children` ascend in that order. All properties are O(order). Sums and multiples of trees are
    a `LinearCombination`; f"{t:butcher}" prints a tree in a style: ascii, brackets, butcher, forest, latex, levels, svg,
    tikz, upright.
    Raises TreeError on anything that is not one tree.

    >>> t = RootedTree("[[[]],[]]")
    >>> t, t.order, t.symmetry, t.density, t.alpha
    (RootedTree('[[],[[]]]'), 4, 1, 8, 3)
    """

    form = FORMAT
    view = "plot_tree"

    def __new__(cls, tree: object = (), color: int = 0) -> RootedTree:
        """The tree itself, or the one that is written."""
        if isinstance(tree, RootedTree):
            return tree
        if isinstance(tree, str):
            if found := level_sequence(tree):
                return cls.from_level_sequence(*found)
            return _build(from_brackets(tree))
        if isinstance(tree, tuple | list):
            return _from_nested(tree, color)
        if type(tree).__module__ == "kauri.trees" and type(tree).__name__ == "Tree":
            return _build(from_kauri(getattr(tree, "list_repr", None)))
        raise TreeError(f"{tree!r} is not a rooted tree; accepted: brackets such as '[[],[[]]]', nested tuples, a RootedTree")

    @classmethod
    def with_children(cls, children: Iterable[RootedTree], color: int = 0) -> RootedTree:
        """The tree whose root has this colour and these branches, in any order.

        Raises TreeError for branches that are not RootedTrees and for colours out of range.

        >>> RootedTree.with_children([RootedTree("[[]]"), RootedTree("[]")], color=1)
        RootedTree('[1[],[[]]]')
        """
        branches = list(children)
        if not all(isinstance(branch, RootedTree) for branch in branches):
            raise TreeError(f"with_children takes a list of RootedTrees, got {shown(branches)}")
        self = object.__new__(cls)
        object.__setattr__(self, "children", tuple(sorted(branches)))
        object.__setattr__(self, "color", _color(color))
        return self

    @classmethod
    def from_level_sequence(cls, levels: Sequence[int], colors: Sequence[int] | None = None) -> RootedTree:
        """The tree whose nodes, in depth-first order, lie at these levels (the root's may be any number).

        Raises TreeError where the levels, or as many colours, do not make one tree.

        >>> RootedTree.from_level_sequence([0, 1, 1, 2])
        RootedTree('[[],[[]]]')
        """
        try:
            given = [whole(x) for x in levels]
            paint = [0] * len(given) if colors is None else [whole(c) for c in colors]
        except TypeError:
            raise TreeError(f"{levels!r} is not a sequence of integers: an example is [0, 1, 1, 2]") from None
        if len(set(given)) > MAX_DEPTH:
            raise TreeError(f"a tree of height {len(set(given)) - 1}; heights below {MAX_DEPTH} are accepted")
        if not given or len(paint) != len(given):
            raise TreeError("a level sequence needs at least one node, and one colour for each if colours are given")
        root = given[0]
        path: list[tuple[int, list[RootedTree]]] = []  # the open nodes from the root to here

        def close(depth: int) -> None:
            while len(path) > depth:
                color, branches = path.pop()
                path[-1][1].append(cls.with_children(branches, color))

        for i, (level, color) in enumerate(zip(given, paint, strict=True)):
            depth = level - root
            if not min(i, 1) <= depth <= len(path):
                accepted = f"{root + 1}..{root + len(path)}"
                raise TreeError(f"{given} is not a level sequence: entry {i} must be in {accepted}, is {level}")
            close(depth)
            path.append((_color(color), []))
        close(1)
        color, branches = path.pop()
        return cls.with_children(branches, color)

    @classmethod
    def from_number(cls, number: int, colors: int = 1) -> RootedTree:
        """The tree with this number in the table of `colors` colours: they are counted from 0, by order.

        Raises TreeError for a number beyond order 20.

        >>> RootedTree.from_number(3), RootedTree.from_number(1, colors=2)
        (RootedTree('[[[]]]'), RootedTree('[1]'))
        """
        table = tree_table(colors)
        last = tree_total(MAX_ORDER, table.colors) - 1
        number = check_count(number, f"the number of a tree up to order {MAX_ORDER}", 0, last, TreeError)
        return numbered(table, number)

    def number(self, colors: int = 1) -> int:
        """This tree's number in the table of `colors` colours. Raises TreeError if a colour is out of range.

        >>> RootedTree("[[[]]]").number()
        3
        """
        return _number(self, tree_table(colors))

    # -- text -----------------------------------------------------------------------------------
    def __repr__(self) -> str:
        return f"RootedTree({self.brackets!r})"

    def __str__(self) -> str:
        return self.brackets

    def ascii(self, upright: bool = False) -> str:
        """A drawing in box characters: one node a line, the root on top; or upright, the root at the bottom.

        Raises TreeError where `upright` is not True or False.

        >>> print(RootedTree("[[],[[]]]").ascii())
        ●
        ├─●
        └─●
          └─●
        """
        return drawing.upright(self) if upright else drawing.text(self)

    def butcher(self) -> str:
        """The tree in Butcher's brackets as text, equal branches as powers; `RootedTree` reads it.

        >>> RootedTree("[[],[],[[]]]").butcher()
        '[τ²[τ]]'
        """
        return drawing.butcher_brackets(self)

    def __format__(self, style: str) -> str:
        """f"{t:butcher}": one of the STYLES, or a format of strings for the brackets."""
        write = STYLES.get(style)
        return write(self) if write else format(self.brackets, style)

    def latex(self) -> str:
        r"""The tree in Butcher's brackets, [τ,[τ]], for a formula.

        >>> print(RootedTree("[[],[[]]]").latex())
        [\tau,[\tau]]
        """
        return drawing.latex_brackets(self)

    def svg(self) -> str:
        """A picture as SVG text, the root at the bottom. Jupyter shows it: LaTeX would win over it there.

        >>> RootedTree("[[]]").svg()[:4]
        '<svg'
        """
        return trees_svg([self])

    _repr_svg_ = svg

    def tikz(self) -> str:
        r"""A tikzpicture, for LaTeX with the package tikz.

        >>> print(RootedTree("[[]]").tikz().splitlines()[-1])
        \end{tikzpicture}
        """
        return drawing.tikz(self)

    def forest(self, style: str = drawing.FOREST_STYLE) -> str:
        r"""The tree for the LaTeX package forest, with these options for all nodes.

        Raises TreeError where the style is not text.

        >>> RootedTree("[[]]").forest().startswith(r"\begin{forest}")
        True
        """
        return drawing.forest(self, style)

    def elementary_differential(self, latex: bool = False, names: str = "f") -> str:
        """F(t), such as f''(f, f'f); `names`: one letter for all colours, or as many letters as colours.

        Raises TreeError for fewer letters than colours, but one.

        >>> RootedTree("[[],[[]]]").elementary_differential()
        "f''(f, f'f)"
        """
        return formulas.elementary_differential(self, latex, names)

    def elementary_weight(self, latex: bool = False) -> str:
        """Φ(t) of a Runge-Kutta method, such as Σ b_i a_ij c_j.

        Raises TreeError where `latex` is not True or False.

        >>> RootedTree("[[],[[]]]").elementary_weight()
        'Σ b_i c_i a_ij c_j'
        """
        return formulas.elementary_weight(self, latex)

    def to_kauri(self) -> Any:
        """The tree as an object of kauri, colours as its labels. Raises MissingLibraryError without it.

        >>> RootedTree(RootedTree("[[],[[]]]").to_kauri())  # doctest: +SKIP
        RootedTree('[[],[[]]]')
        """

        def listed(t: RootedTree) -> list[Any]:
            return [*map(listed, t.children), t.color]

        return library("kauri", "a tree of kauri", "solvers").Tree(listed(self) if self.children or self.color else [])

    # -- values ---------------------------------------------------------------------------------
    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back.

        >>> RootedTree("[[]]").to_dict()
        {'format': 'imde_sym/tree', 'version': 1, 'tree': '[[]]'}
        """
        return self.head | {"tree": self.brackets}

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> RootedTree:
        """Inverse of `to_dict`. Raises TreeError for text that is not a tree.

        >>> RootedTree.from_dict({"tree": "[[]]"})
        RootedTree('[[]]')
        """
        return cls(data["tree"])

    def __copy__(self) -> RootedTree:
        return self

    def __deepcopy__(self, memo: object) -> RootedTree:
        return self

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return RootedTree, (self.brackets,)


STYLES: dict[str, Callable[[RootedTree], str]] = {
    "ascii": RootedTree.ascii,
    "brackets": str,
    "butcher": RootedTree.butcher,
    "forest": RootedTree.forest,
    "julia": lambda t: f"rootedtree({', '.join(map(str, _julia(t)))})",
    "latex": RootedTree.latex,
    "levels": lambda t: str(list(t.level_sequence)),
    "svg": RootedTree.svg,
    "tikz": RootedTree.tikz,
    "upright": lambda t: t.ascii(upright=True),
}
"""What a tree can be printed as in an f-string."""


def _julia(t: RootedTree) -> list[list[Any]]:
    """Levels counted from 1, and colours where there are some."""
    levels = [level + 1 for level in t.level_sequence]
    return [levels, list(t.color_sequence)] if t.colors > 1 else [levels]


def _color(value: int) -> int:
    return check_count(value, "the colour of a node", 0, MAX_COLORS - 1, TreeError)


def _from_nested(tree: Sequence[Any], color: int = 0) -> RootedTree:
    def build(node: object, paint: int, depth: int) -> RootedTree:
        if isinstance(node, RootedTree):
            return node
        if not isinstance(node, tuple | list) or depth > MAX_DEPTH:
            kind = type(node).__name__
            raise TreeError(f"a {kind} at depth {depth}; accepted: nested tuples, one for every node, at most {MAX_DEPTH} deep")
        return RootedTree.with_children((build(child, 0, depth + 1) for child in node), paint)

    return build(tree, _color(color), 0)


def _build(node: Node) -> RootedTree:
    color, branches = node
    return RootedTree.with_children(map(_build, branches), color)


_trees: dict[int, list[RootedTree]] = {}
_growing = threading.RLock()
_numbers: dict[int, dict[RootedTree, int]] = {}


@checked
def numbered(table: TreeTable, number: int) -> RootedTree:
    """The tree with this number. Raises TreeError if the tables of all trees up to its order would not fit in memory.

    >>> numbered(tree_table(), 1)
    RootedTree('[[]]')
    """
    known = _trees.setdefault(table.colors, [])
    if number >= len(known):
        table.hold(number)
        with _growing:
            for i in range(len(known), number + 1):
                u, w = int(table.trunk[i]), int(table.branch[i])
                tree = object.__new__(RootedTree)
                children = () if u < 0 else (*known[u].children, known[w])
                object.__setattr__(tree, "children", children)
                object.__setattr__(tree, "color", int(table.root[i]))
                known.append(tree)
    return known[number]


def _number(tree: RootedTree, table: TreeTable) -> int:
    known = _numbers.setdefault(table.colors, {})
    if tree not in known:
        if tree.color >= table.colors:
            raise TreeError(f"{tree!r} has colour {tree.color}; here colours are 0..{table.colors - 1}")
        table.grow(tree.order)
        number = tree.color
        for child in tree.children:
            number = int(table.product(np.array([number]), np.array([_number(child, table)]))[0])
        known[tree] = number
    return known[tree]
