"""Trees in brackets, as text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from ..base.errors import TreeError

MAX_DEPTH = 120
Node = tuple[int, list[Any]]
"""A node as it is read: its colour and its branches, which are Nodes."""
_LEAF = re.compile(r"[\s,]*(?:τ|\\tau|[*o])\s*")
_OPENING = re.compile(r"[\s,]*\[")
_CLOSING = re.compile(r"[\s,]*\]\s*")
_MARKS = re.compile(r"((?:[₀-₉]{1,2}|_\{?\d{1,2}\}?)?)((?:[⁰¹²³⁴-⁹]{1,3}|\^\{?\d{1,3}\}?)?)\s*")
_TOKEN = re.compile(r"\s*(?:(\[)(?:\s*(\d{1,2}))?|(\])|(,))\s*")


_LEVELS = re.compile(
    r"\s*(?:\w*RootedTree\{[^:\[\]]*\}\s*:|rootedtree\s*\()\s*\(?\s*\w*\[([\d,\s]*)\](?:\s*,\s*\w*\[([\w,\s]*)\])?\s*\)*\s*"
)
"""A tree as RootedTrees.jl prints it, RootedTree{Int64}: [1, 2, 2], or makes it, rootedtree([1, 2, 2])."""
_WORDS = {"true": 1, "false": 0}


def level_sequence(text: str) -> tuple[list[int], list[int] | None] | None:
    """Levels and colours of a tree as RootedTrees.jl writes it; None for other text, no levels for the empty tree."""
    if not (match := _LEVELS.fullmatch(text)):
        return None
    levels, words = ([x for x in re.split(r"[\s,]+", (part or "").strip()) if x] for part in match.groups())
    if not all(c in _WORDS or c.isdecimal() for c in words):
        raise TreeError(f"the colours of a tree are numbers, or true and false; got {', '.join(words)[:60]}")
    colors = [_WORDS[c] if c in _WORDS else int(c[:9]) for c in words]
    return [int(x[:9]) for x in levels], colors or None


def from_kauri(node: Any) -> Node:
    """A tree of kauri as a Node: its list_repr, in which the colour comes last. Raises TreeError for the empty tree."""
    if node is None:
        raise TreeError("the empty tree of kauri is not a rooted tree: in a series it is `empty`, in sums the empty Forest")
    *branches, color = node
    return int(color), [from_kauri(branch) for branch in branches]


def from_brackets(text: str) -> Node:
    """Read one tree, such as "[[],[[]]]" or "[1[],[2]]". Raises TreeError, saying what is wrong and where."""

    def fail(why: str) -> TreeError:
        shown = text if len(text) <= 60 else text[:57] + "..."
        return TreeError(f"{shown!r} is not a tree in brackets: {why}; an example is '[[],[[]]]'")

    if "τ" in text or r"\tau" in text or text.strip() in ("*", "o"):
        return _one_tree(text, fail)
    stack: list[Node] = [(0, [])]  # the open nodes, above what holds the root when it is closed
    position, separated = 0, True
    for match in _TOKEN.finditer(text):
        if match.start() != position:
            break
        position = match.end()
        if why := _misplaced(match, stack, separated):
            raise fail(why)
        if match[1]:
            stack.append((int(match[2] or 0), []))
        elif match[3]:
            node = stack.pop()
            stack[-1][1].append(node)
        separated = not match[3]
    if position != len(text):
        raise fail(f"unexpected {text[position]!r} at column {position + 1}")
    trees = stack[0][1]
    if not trees:
        raise fail("a '[' is not closed" if len(stack) > 1 else "it is empty")
    root: Node = trees[0]
    return root


def _one_tree(text: str, fail: Callable[[str], TreeError]) -> Node:
    nodes, end = _from_butcher(text, 0, 0)
    if len(nodes) == 1 and end == len(text):
        return nodes[0]
    if end < len(text):
        raise fail(f"unexpected {text[end]!r} at column {end + 1}")
    raise fail("a '[' is not closed" if text.count("[") > text.count("]") else f"it is {len(nodes)} trees")


def _from_butcher(text: str, start: int, depth: int) -> tuple[list[Node], int]:
    """The trees in Butcher's brackets from a column on, each as often as its power says, and where they end."""
    nodes: list[Node] = []
    branches: list[Node] = []
    at = start
    while at < len(text):
        if leaf := _LEAF.match(text, at):
            branches, at = [], leaf.end()
        elif (opening := _OPENING.match(text, at)) and depth < MAX_DEPTH:
            branches, at = _from_butcher(text, opening.end(), depth + 1)
            closing = _CLOSING.match(text, at)
            if not closing or not branches:
                break
            at = closing.end()
        else:
            break
        marks = _MARKS.match(text, at)
        at = marks.end() if marks else at
        color, power = (_digits(marks[1]), _digits(marks[2])) if marks else ("", "")
        nodes += [(int(color or 0), branches)] * min(int(power or 1), MAX_DEPTH**2)
    return nodes, at


def _digits(text: str | None) -> str:
    """The digits of an index or a power, raised or lowered ones too."""
    return "".join(str(unicodedata.digit(c)) for c in text or "" if c.isdigit())


def _misplaced(token: re.Match[str], stack: list[Node], separated: bool) -> str:
    """Why a token cannot stand here, or nothing; `separated` where it follows a comma or an opening bracket."""
    depth, branches = len(stack) - 1, stack[-1][1]
    if depth == 0 and branches:
        return "something follows the last bracket"
    if token[1]:
        return f"it is nested more than {MAX_DEPTH} deep" if depth > MAX_DEPTH else ""
    if token[3] and depth == 0:
        return "a ']' closes nothing"
    if token[3]:
        return "a branch is missing after a comma" if separated and branches else ""
    return "a comma stands where a branch is expected" if separated or depth == 0 else ""
