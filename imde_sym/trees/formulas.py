"""The functionals of a tree written out: its elementary differential and its elementary weight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, groupby

from ..base.arguments import checked
from ..base.errors import TreeError
from .drawing import latex_brackets
from .structure import Tree

LETTERS = "ijklmnpqrstuvwxyz"


@checked
def elementary_differential(tree: Tree, latex: bool = False, names: str = "f") -> str:
    """f''(f, f'f) and the like; in LaTeX f^{(4)} from the fourth derivative on.

    names : one letter for all colours, or as many letters as colours
    Raises TreeError if `names` is neither.

    >>> from imde_sym import RootedTree
    >>> elementary_differential(RootedTree("[[],[1]]"), names="fg")
    "f''(f, g)"
    """
    if not names or 1 < len(names) < tree.colors:
        raise TreeError(f"names {names!r} for a tree of {tree.colors} colours: give one letter, or one for each colour")
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


@checked
def elementary_weight(tree: Tree, latex: bool = False, colored: bool | None = None) -> str:
    """Φ(t) as a sum over the stages: Σ b_i a_ij c_j a_ik c_k for [[τ],[τ]]; leaves become the abscissas c.

    Every branch has its own index, so no two of them share a sum. With colours, b carries the colour of
    the root and a_ij that of the upper node j, as in Y_i = y + h Σ a_ij^[ν] f^[ν](Y_j); in text a[1]_ij.

    colored : whether to write the colours; by default where one other than 0 occurs
    Cost: O(order).
    Raises TreeError for what is not a tree.

    >>> from imde_sym import RootedTree
    >>> elementary_weight(RootedTree("[[],[],[[[]]]]"))
    'Σ b_i c_i^2 a_ij a_jk c_k'
    >>> elementary_weight(RootedTree("[[1]]"), latex=True)
    '\\\\sum_{i} b_i^{[0]} c_i^{[1]}'
    """
    indices = _indices(latex)
    root = next(indices)
    used = [root]
    marked = tree.colors > 1 if colored is None else colored

    def factor(letter: str, color: int, *index: str, power: int = 1) -> str:
        if not latex:
            return f"{letter}{f'[{color}]' if marked else ''}_{''.join(index)}" + (f"^{power}" if power > 1 else "")
        low = "".join(index)
        base = (f"{letter}_{low}" if len(low) == 1 else f"{letter}_{{{low}}}") + (f"^{{[{color}]}}" if marked else "")
        if power == 1:
            return base
        return rf"\left({base}\right)^{{{power}}}" if marked else f"{base}^{{{power}}}"

    def branches(node: Tree, i: str) -> Iterator[str]:
        for child, group in groupby(node.children):
            repeats = len(list(group))
            if not child.children:
                yield factor("c", child.color, i, power=repeats)
                continue
            for _ in range(repeats):
                j = next(indices)
                used.append(j)
                yield factor("a", child.color, i, j)
                yield from branches(child, j)

    product = " ".join([factor("b", tree.color, root), *branches(tree, root)])
    return rf"\sum_{{{','.join(used)}}} {product}" if latex else f"Σ {product}"


@checked
def formula_table(trees: Iterable[Tree], colored: bool = False) -> str:
    r"""A LaTeX array: tree, symmetry, density, elementary differential, elementary weight.

    Lines begin with {}, as a bracket after \\ would be read as a length.
    Raises TreeError for what is not a list of trees.

    >>> from imde_sym import rooted_trees
    >>> formula_table(rooted_trees(3)).count("&")
    12
    """
    head = r"t & \sigma(t) & \gamma(t) & F(t) & \Phi(t) \\ \hline"
    lines = [
        f"  {{}}{latex_brackets(t)} & {t.symmetry} & {t.density} & {elementary_differential(t, latex=True)}"
        rf" & {elementary_weight(t, latex=True, colored=colored)} \\"
        for t in trees
    ]
    return "\n".join([r"\begin{array}{lrrll}", f"  {head}", *lines, r"\end{array}"])


def _indices(latex: bool) -> Iterator[str]:
    """i, j, ..., z, then i_1, j_1, ... (in text i1, j1)."""
    yield from LETTERS
    for round_ in count(1):
        yield from (f"{letter}_{{{round_}}}" if latex else f"{letter}{round_}" for letter in LETTERS)
