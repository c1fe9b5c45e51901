"""Formulas as MathML, by the package's own translation: pages need neither a script nor a net to show them."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.util import logging

from imde_sym.base.mathml import mathml

_LOGGER = logging.getLogger(__name__)
_UNKNOWN = re.compile(r"<mtext>\\(\w+)</mtext>")


def _translated(node: nodes.Element, display: bool) -> str:
    html = mathml(node.astext(), display=display)
    if unknown := _UNKNOWN.search(html):
        _LOGGER.warning("a formula has the unknown command \\%s: %s", unknown[1], node.astext()[:200], location=node)
    return html


def _inline(self: Any, node: nodes.Element) -> None:
    self.body.append(_translated(node, display=False))
    raise nodes.SkipNode


def _displayed(self: Any, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "div", CLASS="formula"))
    self.body.append(_translated(node, display=True) + "</div>\n")
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, Any]:
    """Register what happens when."""
    app.add_html_math_renderer("imde_mathml", (_inline, None), (_displayed, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
