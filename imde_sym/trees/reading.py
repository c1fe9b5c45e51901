"""Trees in brackets, as text."""

from __future__ import annotations

import re
from typing import Any

from ..base.errors import TreeError

MAX_DEPTH = 120
Node = tuple[int, list[Any]]
"""A node as it is read: its colour and its branches, which are Nodes."""
_TOKEN = re.compile(r"\s*(?:(\[)(?:\s*(\d{1,2}))?|(\])|(,))\s*")


def from_brackets(text: str) -> Node:
    """Read one tree, such as "[[],[[]]]" or "[1[],[2]]". Raises TreeError, saying what is wrong and where."""

    def fail(why: str) -> TreeError:
        shown = text if len(text) <= 60 else text[:57] + "..."
        return TreeError(f"{shown!r} is not a tree in brackets: {why}; an example is '[[],[[]]]'")

    if text.strip() in ("τ", "*", "o"):
        return 0, []
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
