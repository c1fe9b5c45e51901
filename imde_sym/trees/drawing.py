"""Trees as text and LaTeX: box characters, brackets, TikZ, forest."""

from __future__ import annotations

from itertools import groupby

from .layout import Node, tree_layout
from .structure import Tree

DOTS = "●○◆◇■□▲△"
HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
TEX_FILLS = ("black", "white", "black!15")
FOREST_STYLE = "for tree={grow'=north, circle, draw, fill=black, inner sep=1.2pt, s sep=2.5mm, l=0, l sep=2.5mm}"


def dot(color: int) -> str:
    """The mark of a node of this colour."""
    return DOTS[color] if color < len(DOTS) else str(color)


def text(tree: Tree) -> str:
    """Box-character drawing, one node a line."""
    lines = [dot(tree.color)]
    for i, child in enumerate(tree.children):
        last = i == len(tree.children) - 1
        head, *rest = text(child).split("\n")
        lines.append(("└─" if last else "├─") + head)
        lines.extend(("  " if last else "│ ") + line for line in rest)
    return "\n".join(lines)


def butcher_brackets(tree: Tree) -> str:
    """Butcher's notation as text: τ, [τ], [τ²[τ]], ...; colours other than 0 as indices."""
    index = str(tree.color).translate(LOW) if tree.color else ""
    if not tree.children:
        return f"τ{index}"
    counts = ((child, len(list(group))) for child, group in groupby(tree.children))
    inner = "".join(butcher_brackets(child) + (str(n).translate(HIGH) if n > 1 else "") for child, n in counts)
    return f"[{inner}]{index}"


def latex_brackets(tree: Tree) -> str:
    """Butcher's notation: \\tau, [\\tau], [\\tau^{2}], ..."""
    index = f"_{{{tree.color}}}" if tree.color else ""
    if not tree.children:
        return rf"\tau{index}"
    parts = []
    for child, group in groupby(tree.children):
        n = len(list(group))
        parts.append(latex_brackets(child) + (f"^{{{n}}}" if n > 1 else ""))
    return rf"[{','.join(parts)}]{index}"


def upright(tree: Tree) -> str:
    """A picture in box characters with the root at the bottom, a branching between any two levels.

    >>> from imde_sym import RootedTree
    >>> print(upright(RootedTree("[[],[[],[]]]")))
      ●   ●
      └─┬─┘
    ●   ●
    └─┬─┘
      ●
    """
    layout = tree_layout(tree)

    def column(node: Node) -> int:
        return round(4 * node.x)

    rows = [[" "] * (round(4 * layout.width) + 2) for _ in range(2 * layout.height + 1)]
    families: dict[Node, list[int]] = {}
    for node in layout.nodes:
        mark, x = dot(node.color), column(node)
        rows[2 * node.y][x : x + len(mark)] = mark
    for parent, child in layout.edges:
        families.setdefault(parent, []).append(column(child))
    for parent, ends in families.items():
        row, x = rows[2 * parent.y + 1], column(parent)
        row[ends[0] : ends[-1] + 1] = "─" * (ends[-1] + 1 - ends[0])
        for end in ends:
            row[end] = "┴"
        row[ends[0]], row[ends[-1]] = "└", "┘"
        row[x] = "│" if len(ends) == 1 else "┼" if x in ends else "┬"
    return "\n".join("".join(row).rstrip() for row in reversed(rows))


def tikz(tree: Tree) -> str:
    """A tikzpicture, the root at the origin; needs \\usepackage{tikz} alone.

    Colour 0 is filled, colour 1 open, further ones are grey with their number.
    """
    nodes = tree_layout(tree).nodes
    root = nodes[0].x

    def at(node: Node) -> str:
        return f"({f'{node.x - root:.3f}'.rstrip('0').rstrip('.')},{node.y})"

    lines = [rf"  \draw {at(nodes[node.parent])} -- {at(node)};" for node in nodes[1:]]
    for node in nodes:
        if node.color < 2:
            lines.append(rf"  \draw[fill={TEX_FILLS[node.color]}] {at(node)} circle[radius=1.6pt];")
        else:
            lines.append(rf"  \draw[fill={TEX_FILLS[2]}] {at(node)} circle[radius=3.4pt] node {{\tiny {node.color}}};")
    return "\n".join([r"\begin{tikzpicture}[x=4mm, y=4mm]", *lines, r"\end{tikzpicture}"])


def forest(tree: Tree, style: str = FOREST_STYLE) -> str:
    """The tree for the LaTeX package forest, which places the nodes itself.

    style : the options of all nodes, any that forest reads
    """

    def node(t: Tree) -> str:
        paint = ("", ", fill=white")[t.color] if t.color < 2 else rf"\tiny {t.color}, inner sep=0.8pt, fill={TEX_FILLS[2]}"
        return "[" + paint + "".join(" " + node(child) for child in t.children) + "]"

    return f"\\begin{{forest}}\n  {style}\n  {node(tree)}\n\\end{{forest}}"
