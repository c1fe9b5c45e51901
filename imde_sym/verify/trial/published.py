r"""Claims as papers print them: with a remainder, dots, tildes on the variables, and another name for the step."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_LETTER = r"\\Delta\s*t|Δ\s*t|\\tau(?![A-Za-z])|τ|(?<![\w\\])tau(?!\w)|(?<![/{\w\\])(?<!/ )dt(?!\w)"
STEP = re.compile(_LETTER)
"""What is read as the step where its own name does not occur."""
ACCENT = re.compile(r"\\(?:wide)?(?:tilde|hat)(?![A-Za-z])|\\(?:bar|overline)(?![A-Za-z])")
ACCENTED = re.compile(rf"(?:{ACCENT.pattern})\s*(?:\{{\s*(\\?[^\W\d]\w*)\s*\}}|(\\[A-Za-z]+|[^\W\d_]))")
BIG_O = r"(?:\\(?:mathcal|mathrm|cal)\s*\{?\s*O\s*\}?|\{\s*\\(?:cal|mathcal)\s*O\s*\}|(?<![\w\\])O)"
DOTS = re.compile(
    r"(?:\+|\\pm|±|-)?\s*(?:\\(?:cdots|dots|ldots|dotsb)(?![A-Za-z])|\.\.\.|…)(?=\s*(?:$|[;,\n&}\]]|\\\\|\\end|\\right|\$))"
)
"""At the end of an equation; terms left out in the middle are not claimed in so many words."""


@dataclass(frozen=True)
class Published:
    """The formula that is left; the power of h in the remainder, where it says one; and what was taken for granted."""

    text: str
    remainder: int | None = None
    notes: tuple[str, ...] = ()


def published(text: str, step: str, names: Collection[str]) -> Published:
    r"""The formula without what only papers write. `names` are those of the equation, which keep their meaning.

    >>> published(r"\dot{\tilde y} = \tilde y^2 - \Delta t\,\tilde y^3 + \mathcal{O}(\Delta t^2)", "h", ["y"]).text
    '\\dot{y} = y^2 - h\\,y^3'
    >>> published("y**2 - h*y**3 + O(h**2)", "h", ["y"]).remainder, published("y^2 - h y^3 + ...", "h", ["y"]).text
    (2, 'y^2 - h y^3')
    """
    notes = []
    text = ACCENTED.sub(lambda m: m[1] or (f"{m[2]} " if m[2].startswith("\\") else m[2]), text)
    if not re.search(rf"(?<![\w\\]){re.escape(step)}(?!\w)", text):
        found = {m[0] for m in STEP.finditer(text) if m[0].lstrip("\\") not in names}
        if len(found) == 1:
            (word,) = found
            text = STEP.sub(lambda m: step if m[0] == word else m[0], text)
            notes.append(f"{word} is read as the step {step}")
    power = rf"\s*\{{?\s*\(?\s*{re.escape(step)}\s*\)?\s*(?:(?:\^|\*\*)\s*\{{?\s*(\d+)\s*\}}?|([²³⁴⁵⁶⁷⁸⁹]))?\s*\}}?"
    remainder = re.compile(rf"(?:\+|\\pm|±|-)?\s*{BIG_O}\s*(?:\\left|\\!|\\,)?\s*\({power}\s*(?:\\right)?\s*\)")
    if "O" in names:  # a variable, times h
        remainder = re.compile(r"(?!)")
    powers = [int(m[1] or "²³⁴⁵⁶⁷⁸⁹".find(m[2] or "¹") + 2) if m[1] or m[2] else 1 for m in remainder.finditer(text)]
    return Published(DOTS.sub("", remainder.sub("", text)).rstrip(), min(powers, default=None), tuple(notes))
