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
    stack: list[Node] = []
    done: Node | None = None
    position, separated = 0, True
    for match in _TOKEN.finditer(text):
        if match.start() != position:
            break
        position = match.end()
        if done is not None:
            raise fail("something follows the last bracket")
        if match[1]:
            if len(stack) > MAX_DEPTH:
                raise fail(f"it is nested more than {MAX_DEPTH} deep")
            stack.append((int(match[2] or 0), []))
            separated = True
        elif match[3]:
            if not stack:
                raise fail("a ']' closes nothing")
            node = stack.pop()
            if separated and node[1]:
                raise fail("a branch is missing after a comma")
            if stack:
                stack[-1][1].append(node)
            else:
                done = node
            separated = False
        elif separated or not stack:
            raise fail("a comma stands where a branch is expected")
        else:
            separated = True
    if position != len(text):
        raise fail(f"unexpected {text[position]!r} at column {position + 1}")
    if done is None:
        raise fail("a '[' is not closed" if stack else "it is empty")
    return done
