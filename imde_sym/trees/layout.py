"""The one layout of a rooted tree, and of many side by side; every picture is drawn from it.

The root is at the bottom, as in Butcher's books and HNW. Placement is that of Reingold and Tilford (1981)
with the two-sided fitting of Kennedy (1996), its outlines held relative to the level below, so that the
overlap of two outlines is all that a merge costs: linear time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TypeAlias

from ..base.arguments import checked
from .structure import Tree

Outline: TypeAlias = "tuple[float, float, Outline | None]"
"""Leftmost and rightmost position of a level, each relative to the level below; then the levels above."""
Placed: TypeAlias = "tuple[tuple[float, Placed], ...]"
"""For every branch its offset from the parent, and its own branches."""

PALETTE = ("#000000", "#ffffff", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#d55e00", "#cc79a7")
"""Fills of the colours: black, white, then those of Okabe and Ito (2008), told apart by colour-blind readers."""
LINE = "#808080"
"""Edges and rims: legible on white paper and on a dark screen alike."""
CHARACTER = 0.3
"""Width of a label's character, in units of the layout."""


def fill(color: int) -> str:
    """The fill of a node; from colour 2 on the number is written into the node, so that fills may recur."""
    return PALETTE[color] if color < 2 else PALETTE[2 + (color - 2) % (len(PALETTE) - 2)]


@dataclass(frozen=True)
class Node:
    """A node of a layout. `y` is its level; `parent` the parent's place in the list of nodes, -1 for the root."""

    x: float
    y: int
    color: int
    parent: int


@checked
@dataclass(frozen=True)
class Layout:
    """Where the nodes of a tree go: neighbours on a level at least 1 apart, levels 1 apart, the leftmost x = 0.

    nodes : depth first, root first, branches in the order of `RootedTree.children`

    >>> from imde_sym import RootedTree
    >>> layout = tree_layout(RootedTree("[[],[]]"))
    >>> layout.width, layout.height, layout.nodes[0]
    (1.0, 1, Node(x=0.5, y=0, color=0, parent=-1))
    """

    nodes: tuple[Node, ...]

    @property
    def edges(self) -> tuple[tuple[Node, Node], ...]:
        """Parent and child of every edge.

        >>> from imde_sym import RootedTree
        >>> [(a.y, b.y) for a, b in tree_layout(RootedTree("[[[]]]")).edges]
        [(0, 1), (1, 2)]
        """
        return tuple((self.nodes[node.parent], node) for node in self.nodes[1:])

    @cached_property
    def width(self) -> float:
        """Largest x of a node: 0 for a tree without branchings.

        >>> from imde_sym import RootedTree
        >>> tree_layout(RootedTree("[[],[],[]]")).width
        2.0
        """
        return max(node.x for node in self.nodes)

    @cached_property
    def height(self) -> int:
        """Highest level of a node, in edges from the root.

        >>> from imde_sym import RootedTree
        >>> tree_layout(RootedTree("[[],[[]]]")).height
        2
        """
        return max(node.y for node in self.nodes)


@checked
def tree_layout(tree: Tree) -> Layout:
    """The layout of one tree: parents midway between their outer children. Cost: O(order).

    Raises TreeError for what is not a tree.

    >>> from imde_sym import RootedTree
    >>> [(node.x, node.y) for node in tree_layout(RootedTree("[[],[[]]]")).nodes]
    [(0.5, 0), (0.0, 1), (1.0, 1), (1.0, 2)]
    """
    placed, outline = _place(tree)
    nodes: list[Node] = []
    waiting = [(tree, placed, -_leftmost(outline), 0, -1)]
    while waiting:
        t, branches, x, y, parent = waiting.pop()
        number = len(nodes)
        nodes.append(Node(x, y, t.color, parent))
        pairs = zip(reversed(t.children), reversed(branches), strict=True)
        waiting.extend((child, inner, x + offset, y + 1, number) for child, (offset, inner) in pairs)
    return Layout(tuple(nodes))


def _place(tree: Tree) -> tuple[Placed, Outline]:
    if not tree.children:
        return (), (0.0, 0.0, None)
    parts = [_place(child) for child in tree.children]
    outlines = [outline for _, outline in parts]
    offsets = _fit(outlines)
    total = outlines[0]
    for offset, outline in zip(offsets[1:], outlines[1:], strict=True):
        total = _merge(total, outline, offset - offsets[0])
    above = (total[0] + offsets[0], total[1] + offsets[0], total[2])
    return tuple((offset, inner) for offset, (inner, _) in zip(offsets, parts, strict=True)), (0.0, 0.0, above)


def _fit(outlines: list[Outline]) -> list[float]:
    """Offsets of the branches about their parent: the mean of packing to the left and packing to the right.

    Both packings have the least total width, and where two of them keep all distances so does their mean.
    """
    left, forest = [0.0], outlines[0]
    for outline in outlines[1:]:
        left.append(_distance(forest, outline))
        forest = _merge(forest, outline, left[-1])
    right, forest = [left[-1]], outlines[-1]
    for outline in reversed(outlines[:-1]):
        step = _distance(outline, forest)
        right.append(right[-1] - step)
        forest = _merge(outline, forest, step)
    return [(a + b - left[-1]) / 2 for a, b in zip(left, reversed(right), strict=True)]


def _distance(a: Outline | None, b: Outline | None) -> float:
    """How far b's origin must lie to the right of a's."""
    found, end, start = 0.0, 0.0, 0.0
    while a and b:
        end, start = end + a[1], start + b[0]
        found = max(found, end - start + 1)
        a, b = a[2], b[2]
    return found


def _merge(a: Outline, b: Outline, shift: float) -> Outline:
    """The outline of both, b's origin lying `shift` to the right of a's."""
    common: list[tuple[float, float]] = []
    p: Outline | None = a
    q: Outline | None = b
    pl, pr, ql, qr = 0.0, 0.0, shift, shift
    while p and q:
        pl, pr, ql, qr = pl + p[0], pr + p[1], ql + q[0], qr + q[1]
        common.append((pl, qr))
        p, q = p[2], q[2]
    merged: Outline | None = None
    if p:
        merged = (p[0], p[1] + pr - qr, p[2])
    elif q:
        merged = (q[0] + ql - pl, q[1], q[2])
    below = [(0.0, 0.0), *common]
    for i in reversed(range(len(common))):
        merged = (common[i][0] - below[i][0], common[i][1] - below[i][1], merged)
    assert merged is not None
    return merged


def _leftmost(outline: Outline | None) -> float:
    found, x = 0.0, 0.0
    while outline:
        x += outline[0]
        found, outline = min(found, x), outline[2]
    return found


@dataclass(frozen=True)
class Grid:
    """Layouts in rows and columns, y upwards from the bottom of the last row.

    origins : where to put each layout's leftmost x and root; labels go `1` below the middle of the layout
    """

    layouts: tuple[Layout, ...]
    origins: tuple[tuple[float, float], ...]
    width: float
    height: float


def grid(trees: Sequence[Tree], label_widths: Sequence[float] = (), columns: int = 1) -> Grid:
    """Trees in rows of `columns`, the roots of a row on one line, each tree in the middle of its column.

    label_widths : of the labels below the trees, where there are any
    """
    layouts = tuple(map(tree_layout, trees))
    columns = min(columns, len(layouts))
    widths = [max(pair) for pair in zip((t.width for t in layouts), label_widths or [0.0] * len(layouts), strict=True)]
    column_widths = [max(widths[j::columns]) for j in range(columns)]
    starts = [0.0, *accumulate(w + 1.5 for w in column_widths)]
    rows = [layouts[i : i + columns] for i in range(0, len(layouts), columns)]
    room = 1.0 if label_widths else 0.0
    bottom, bases = room, []
    for row in reversed(rows):
        bases.append(bottom)
        bottom += max(t.height for t in row) + 1.5 + room
    bases.reverse()
    origins = []
    for i, t in enumerate(layouts):
        line, column = divmod(i, columns)
        origins.append((starts[column] + (column_widths[column] - t.width) / 2, bases[line]))
    return Grid(layouts, tuple(origins), starts[-1] - 1.5, bottom - 1.5 - room)
