"""LaTeX as MathML, which browsers typeset by themselves: no script, no fonts to be shipped."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from ..base.libraries import found

_TAGS = re.compile(
    "math|mrow|mi|mo|mn|mtext|mspace|msup|msub|msubsup|mfrac|msqrt|mroot|mover|munder|munderover|mtable|mtr|mtd|mstyle|mpadded|menclose"
)
_TAG = re.compile(r"</?([A-Za-z][\w-]*)([^>]*)>")
_ACTS = re.compile(r"(?i)\bon\w+\s*=|href|src|url")
_FUNCTION = re.compile(r"<m[io]>(sin|cos|tan|sinh|cosh|tanh|exp|log|ln|sec|csc|cot|asin|acos|atan|arctan|sech)</m[io]>")


@lru_cache(maxsize=4096)
def mathml(latex: str, display: bool = False) -> str:
    """The formula; its LaTeX as text where the library, of the extra `explore`, is not installed or cannot read it.

    >>> mathml("a < b")[:5] in ("<math", "<code")
    True
    """
    library = found("latex2mathml.converter")
    if library is not None:
        try:
            # it knows the environments of displays, not those within them
            text = str(library.convert(latex.replace("{aligned}", "{align*}"), display="block" if display else "inline"))
        except Exception:  # what it raises on LaTeX that it does not know is not documented
            text = ""
        if text and _is_clean(text):
            # a little room around names of functions, which MathML has for operators only
            text = _FUNCTION.sub(r'<mrow><mspace width="0.17em"/><mi>\1</mi></mrow>', text)
            return text.replace("<math ", '<math displaystyle="true" ', 1)
    return f"<code>{escape(latex)}</code>"


def _is_clean(text: str) -> bool:
    """Whether it is presentation and nothing else: the library lets text through as it is."""
    return all(_TAGS.fullmatch(tag) and not _ACTS.search(rest) for tag, rest in _TAG.findall(text))
