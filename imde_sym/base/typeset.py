"""What has a formula shows it: in notebooks, and where sympy's printers meet it."""

from __future__ import annotations

from typing import Any

SENTENCE = 400
"""Characters of a formula within a sentence or a repr."""


def cut(text: str, rest: str, limit: int = SENTENCE) -> str:
    """The text, cut after a term where it is longer than `limit`, with a note on how long it is and how to get the rest.

    >>> cut("x**3 + x**2 + x", "print it", 10)
    'x**3 + ... (15 characters: print it)'
    """
    if len(text) <= limit:
        return text
    end = max(text.rfind(" + ", 0, limit), text.rfind(" - ", 0, limit))
    return f"{text[: end if end > 0 else limit]} + ... ({len(text)} characters: {rest})"


class Formulated:
    """A value with `latex()`: `sympy.latex` and `sympy.sstr` take it."""

    __slots__ = ()

    def latex(self) -> str:
        """The formula in LaTeX."""
        raise NotImplementedError

    def _latex(self, *_: Any, **__: Any) -> str:
        return self.latex()

    def _sympystr(self, *_: Any, **__: Any) -> str:
        return str(self)


class Typeset(Formulated):
    """A value that a notebook shows as its formula."""

    __slots__ = ()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"
