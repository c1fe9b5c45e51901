"""Trees and their functionals as text and LaTeX."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .tree import RootedTree

DOTS = "●○◆◇■□▲△"


def dot(color: int) -> str:
    """The mark of a node of this colour."""
    return DOTS[color] if color < len(DOTS) else str(color)


def text(tree: RootedTree) -> str:
    """Box-character drawing, one node a line."""
    lines = [dot(tree.color)]
    for i, child in enumerate(tree.children):
        last = i == len(tree.children) - 1
        head, *rest = text(child).split("\n")
        lines.append(("└─" if last else "├─") + head)
        lines.extend(("  " if last else "│ ") + line for line in rest)
    return "\n".join(lines)


def latex_brackets(tree: RootedTree) -> str:
    """Butcher's notation: \\tau, [\\tau], [\\tau^{2}], ..."""
    index = f"_{{{tree.color}}}" if tree.color else ""
    if not tree.children:
        return rf"\tau{index}"
    parts = []
    for child, group in groupby(tree.children):
        n = len(list(group))
        parts.append(latex_brackets(child) + (f"^{{{n}}}" if n > 1 else ""))
    return rf"[{','.join(parts)}]{index}"


def elementary_differential(tree: RootedTree, latex: bool = False, names: str = "f") -> str:
    """f''(f, f'f) and the like; in LaTeX f^{(4)} from the fourth derivative on.

    names : one letter for all colours, or as many letters as colours
    """
    letter = names[tree.color] if len(names) > 1 else names
    if len(names) == 1 and tree.color:
        letter = f"{names}_{{{tree.color}}}" if latex else f"{names}{tree.color}"
    n = len(tree.children)
    if n == 0:
        return letter
    high = f"^{{({n})}}" if latex else f"({n})"
    mark = "'" * n if n <= 3 else high
    inner = [elementary_differential(child, latex, names) for child in tree.children]
    if n == 1:
        separator = " " if latex else ""
        return f"{letter}{mark}{separator}{inner[0]}"
    return f"{letter}{mark}({', '.join(inner)})"
