"""BibTeX for a method."""

from __future__ import annotations

import re

from ..base.arguments import checked
from ..base.errors import MethodError
from ..base.tables import Text
from .gate import MethodLike

_SPECIAL = re.compile(r"([&%$#_])")


@checked
def cite(method: MethodLike) -> Text:
    """BibTeX of the reference of a method. Raises MethodError for a method without one.

    >>> print(cite("explicit_euler").splitlines()[0])
    @misc{explicit_euler,
    """
    if not method.reference:
        raise MethodError(f"{method.title} has no reference: methods of the catalogue have one")
    years = re.findall(r"\b(?:1[6-9]|20)\d\d\b", method.reference)
    entries = {"title": method.title, "note": method.reference, "year": years[0] if years else "", "doi": method.doi}
    lines = [f"  {key} = {{{_escaped(value) if key != 'doi' else value}}}" for key, value in entries.items() if value]
    key = re.sub(r"\W", "_", method.name or "method")
    return Text(f"@misc{{{key},\n" + ",\n".join(lines) + "\n}")


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.replace("{", "").replace("}", ""))
