"""Elementary weights and order conditions as code of other languages."""

from __future__ import annotations

from typing import Literal

from ..base.arguments import checked
from ..base.checks import check_order
from ..base.errors import TreeError, UnknownNameError
from .enumeration import rooted_trees
from .structure import Tree
from .tree import RootedTree

Language = Literal["python", "julia", "matlab", "mathematica", "maple"]

LANGUAGES: dict[str, dict[str, str]] = {
    "python": {"dot": "{b} @ {v}", "apply": "(A @ {v})", "times": " * ", "power": "{v}**{n}", "one": "1", "sum": "sum(b)",
               "equal": " - ", "fraction": "{p}/{q}"},
    "julia": {"dot": "dot({b}, {v})", "apply": "(A * {v})", "times": " .* ", "power": "{v}.^{n}", "one": "1", "sum": "sum(b)",
              "equal": " - ", "fraction": "{p}//{q}"},
    "matlab": {"dot": "{b}' * {v}", "apply": "(A * {v})", "times": " .* ", "power": "{v}.^{n}", "one": "1", "sum": "sum(b)",
               "equal": " - ", "fraction": "{p}/{q}"},
    "mathematica": {"dot": "{b}.{v}", "apply": "(A.{v})", "times": " ", "power": "{v}^{n}", "one": "1", "sum": "Total[b]",
                    "equal": " == ", "fraction": "{p}/{q}"},
    "maple": {"dot": "b^+ . {v}", "apply": "(A . {v})", "times": " *~ ", "power": "{v}^~{n}", "one": "1", "sum": "add(b)",
              "equal": " = ", "fraction": "{p}/{q}"},
}  # fmt: skip
"""How each language writes a product of arrays entry by entry, A times a vector, and the sum with b.

Python and Julia, MATLAB: `b`, `c` are vectors, `A` a matrix of numpy, LinearAlgebra; the conditions are differences that
vanish. Mathematica, Maple: equations of lists, Vectors.
"""

MAX_WRITTEN = 12
"""The highest order whose conditions are written: 7,813 lines."""


@checked
def elementary_weight_code(tree: RootedTree | str, language: Language = "python") -> str:
    """Φ(t) of a Runge-Kutta method with b, A and c as code: sums over the stages as products of arrays.

    language : python (numpy), julia, matlab, mathematica or maple
    Raises TreeError for trees with colours, and for what is not a tree; UnknownNameError for another language.

    >>> elementary_weight_code("[[],[[]]]")
    'b @ (c * (A @ c))'
    >>> elementary_weight_code("[[],[],[[]]]", "julia")
    'dot(b, (c.^2 .* (A * c)))'
    """
    t = RootedTree(tree)
    if t.colors > 1:
        raise TreeError(f"{t} has {t.colors} colours; the code of a weight is that of one tableau")
    words = _words(language)
    return words["dot"].format(b="b", v=_stages(t, words)) if t.children else words["sum"]


def _words(language: str) -> dict[str, str]:
    if language not in LANGUAGES:
        raise UnknownNameError("language", language, LANGUAGES)
    return LANGUAGES[language]


def _stages(node: Tree, words: dict[str, str]) -> str:
    """The product over the branches, a vector over the stages."""
    factors = []
    leaves = sum(1 for child in node.children if not child.children)
    if leaves:
        factors.append("c" if leaves == 1 else words["power"].format(v="c", n=leaves))
    factors += [words["apply"].format(v=_stages(child, words)) for child in node.children if child.children]
    product = words["times"].join(factors)
    return f"({product})" if len(factors) > 1 else product


@checked
def order_conditions_code(order: int, language: Language = "python") -> str:
    """The conditions for a Runge-Kutta method to have an order, a line each, in the order of the trees.

    order : int from 1 on; all trees up to it
    In Python, Julia and MATLAB each line is a difference that must vanish, in Mathematica and Maple an equation.
    Raises SeriesError for an order that is not a whole number from 1 to 12, UnknownNameError for another language.

    >>> print(order_conditions_code(3))
    sum(b) - 1
    b @ c - 1/2
    b @ c**2 - 1/3
    b @ (A @ c) - 1/6
    """
    words = _words(language)
    lines = []
    for k in range(1, check_order(order, MAX_WRITTEN) + 1):
        for t in rooted_trees(k):
            value = "1" if t.density == 1 else words["fraction"].format(p=1, q=t.density)
            lines.append(f"{elementary_weight_code(t, language)}{words['equal']}{value}")
    return "\n".join(lines)
