"""Trees as SVG text, without any library: small, and legible on light and dark backgrounds."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from .layout import CHARACTER, Layout, fill, grid
from .structure import Tree

UNIT = 20
INK = "currentColor"
"""Edges, rims and nodes of the first colour: as the text around them, in dark themes too."""
RADIUS = 4.5
MARGIN = 8


def trees_svg(trees: Sequence[Tree], labels: Sequence[str] = (), columns: int = 1) -> str:
    """One SVG document with these trees in rows of `columns`, each titled with its brackets.

    labels : a line of plain text below each tree, or none at all

    >>> from imde_sym import RootedTree
    >>> trees_svg([RootedTree("[]")])[:69]
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBo'
    """
    label_widths = [CHARACTER * len(label) for label in labels]
    page = grid(trees, label_widths, columns)
    width, height = (2 * MARGIN + UNIT * size for size in (page.width, page.height))
    parts = []
    for i, (tree, layout, (x, y)) in enumerate(zip(trees, page.layouts, page.origins, strict=True)):
        left, base = MARGIN + UNIT * x, height - MARGIN - UNIT * y
        title = f"<title>{tree.brackets}</title>" if len(trees) > 1 else ""
        label = ""
        if labels:
            middle = left + UNIT * layout.width / 2
            style = f'text-anchor="middle" font-family="serif" font-size="12" fill="{INK}"'
            label = f'<text x="{_n(middle)}" y="{_n(base + 0.95 * UNIT)}" {style}>{escape(labels[i])}</text>'
        parts.append(f"<g>{title}{_marks(layout, left, base)}{label}</g>")
    size = f'width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}"'
    name = trees[0].brackets if len(trees) == 1 else f"{len(trees)} rooted trees"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><title>{name}</title>{"".join(parts)}</svg>'


def _marks(layout: Layout, left: float, base: float) -> str:
    """Edges, then nodes, so that the nodes cover the ends of the edges."""

    def at(x: float, y: float) -> tuple[str, str]:
        return _n(left + UNIT * x), _n(base - UNIT * y)

    lines = [f"M{' '.join(at(a.x, a.y))}L{' '.join(at(b.x, b.y))}" for a, b in layout.edges]
    out = [f'<path d="{"".join(lines)}" stroke="{INK}" stroke-width="1.5"/>'] if lines else []
    for node in layout.nodes:
        x, y = at(node.x, node.y)
        radius = RADIUS if node.color < 2 else 1.35 * RADIUS
        out.append(
            f'<circle cx="{x}" cy="{y}" r="{_n(radius)}" fill="{fill(node.color) if node.color else INK}" stroke="{INK}"/>'
        )
        if node.color >= 2:
            style = 'text-anchor="middle" font-family="sans-serif" font-size="8" fill="#000000"'
            out.append(f'<text x="{x}" y="{y}" dy="2.8" {style}>{node.color}</text>')
    return "".join(out)


def _n(value: float) -> str:
    """A coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
