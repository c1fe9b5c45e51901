"""What has a formula shows it: in notebooks, and where sympy's printers meet it."""

from __future__ import annotations

from html import escape
from typing import Any

from .mathml import mathml

SENTENCE = 400
"""Characters of a formula within a sentence or a repr."""
_SHOWN = "display:contents!important"
_UNSEEN = r"display:n\6fne"
"""Styles that JupyterLab takes away where it does not trust: it does not know the first, nor the second (none) so written."""


def cut(text: str, rest: str, limit: int = SENTENCE) -> str:
    """The text, cut after a term where it is longer than `limit`, with a note on how long it is and how to get the rest.

    >>> cut("x**3 + x**2 + x", "print it", 10)
    'x**3 + ... (15 characters: print it)'
    """
    if len(text) <= limit:
        return text
    end = max(text.rfind(" + ", 0, limit), text.rfind(" - ", 0, limit))
    return f"{text[: end if end > 0 else limit]} + ... ({len(text)} characters: {rest})"


def typeset(latex: str, tex: str = "") -> str:
    """A formula in the HTML of a notebook: as MathML, which needs no script, or as what MathJax looks for, never as both.

    tex : what MathJax looks for, by default the formula between dollars
    Exported notebooks and editors keep the styles: MathML shows, and the LaTeX beside it does not. An untrusted notebook of
    JupyterLab loses the tags of MathML, though not their texts, and both styles: then the attribute hides what is left of
    MathML, and MathJax finds the LaTeX. So it is where all styles are taken away.
    """
    formula = f'<span hidden="hidden" style="{_SHOWN}">{mathml(latex, annotated=False)}</span>'
    return f'{formula}<span style="{_UNSEEN}">{escape(tex or f"${latex}$")}</span>'


def scrolled(markup: str) -> str:
    """HTML in its own box, which scrolls where what is in it is wider than the cell of a notebook."""
    return f'<div style="overflow-x:auto;overflow-y:hidden;padding:2px 0">{markup}</div>'


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

    def _repr_html_(self) -> str:
        """What `_repr_latex_` gives as MathML, which needs no script: notebooks are read where MathJax is not at hand."""
        tex = self._repr_latex_()
        return scrolled(typeset(tex.strip("$"), tex).replace("<math>", '<math displaystyle="true">', 1))
