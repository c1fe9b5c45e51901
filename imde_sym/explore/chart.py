"""Charts as SVG text: axes, lines, dots, regions. Colours are attributes, which a style sheet may override by the classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np

WIDTH, HEIGHT = 440, 300
LEFT, RIGHT, TOP, BOTTOM = 58, 10, 14, 42
COLORS = {"true": "#8a8a8a", "numerical": "#d55e00", "learned": "#0072b2", "shadow": "#009e73", "mark": "#cc3377"}
"""Of Okabe and Ito's palette; each has a contrast of 3 against white and against the dark page."""
TICKS = 5
MOST = 700
"""Points of a line: more would not be seen."""


def ticks(low: float, high: float) -> list[float]:
    """Round numbers from low to high, about TICKS of them.

    >>> ticks(0, 1)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    raw = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [float(f"{k * step:.12g}") + 0.0 for k in range(first, math.floor(high / step + 1e-9) + 1)]


def span(values: Sequence[np.ndarray], margin: float = 0.06) -> tuple[float, float]:
    """The range of the finite numbers, with a margin."""
    flat = np.concatenate([np.asarray(v, float).ravel() for v in values]) if values else np.zeros(0)
    flat = flat[np.isfinite(flat)]
    if not flat.size:
        return -1.0, 1.0
    low, high = float(flat.min()), float(flat.max())
    room = margin * (high - low) if high - low > 1e-12 * max(1.0, abs(low)) else 0.5 * max(abs(low), 1e-6) + 1e-12
    return low - room, high + room


class Chart:
    """One chart. `x`, `y`: (low, high) of the axes; with `log` both are powers of ten."""

    def __init__(self, title: str, labels: tuple[str, str], x: tuple[float, float], y: tuple[float, float], log: bool = False):
        self.title, self.labels, self.x, self.y, self.log = title, labels, x, y, log
        self.body: list[str] = []
        self.legend: list[tuple[str, str]] = []

    def _place(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Points of the inner frame, (n, 2)."""
        with np.errstate(all="ignore"):
            if self.log:
                x, y = np.log10(x), np.log10(y)
            across = (np.asarray(x, float) - self.x[0]) / (self.x[1] - self.x[0]) * (WIDTH - LEFT - RIGHT)
            up = (self.y[1] - np.asarray(y, float)) / (self.y[1] - self.y[0]) * (HEIGHT - TOP - BOTTOM)
        return np.clip(np.column_stack([across, up]), -1e4, 1e4)  # nan stays nan

    def line(self, x: np.ndarray, y: np.ndarray, kind: str, label: str = "", dash: bool = False) -> None:
        """A line, broken where numbers are missing."""
        points = self._place(x, y)[:: max(1, len(x) // MOST)]
        good = np.isfinite(points).all(axis=1)
        runs = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(int)))
        text = "".join(
            "M" + ("%.1f %.1f " * (end - start) % tuple(points[start:end].ravel())) for start, end in runs.reshape(-1, 2)
        )
        style = f'stroke="{COLORS[kind]}" stroke-width="{3 if kind == "true" else 1.7}" stroke-linejoin="round"'
        style += ' stroke-dasharray="6 4"' if dash else ""
        self.body.append(f'<path class="{kind}" d="{text}" fill="none" {style}/>')
        self._name(kind, label)

    def dots(self, x: np.ndarray, y: np.ndarray, kind: str, label: str = "", radius: float = 2.2) -> None:
        """Points, as long as they can be told from each other."""
        points = self._place(x, y)
        points = points[np.isfinite(points).all(axis=1)]
        shape = f"m-{radius} 0a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0 -{2 * radius} 0"
        text = (f"M%.1f %.1f{shape}" * len(points)) % tuple(points.ravel())
        self.body.append(f'<path class="{kind} dots" d="{text}" fill="{COLORS[kind]}"/>')
        self._name(kind, label)

    def rule(self, at: float, kind: str, label: str = "", across: bool = False) -> None:
        """A straight line over the whole frame, at one x (or, across, at one y)."""
        ends = np.array([at, at]), np.array([10**v if self.log else v for v in (self.x if across else self.y)])
        (x1, y1), (x2, y2) = self._place(*(ends[::-1] if across else ends))
        style = f'stroke="{COLORS[kind]}" stroke-width="1.3" stroke-dasharray="3 3"'
        self.body.append(f'<path class="{kind}" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" fill="none" {style}/>')
        self._name(kind, label)

    def region(self, x: np.ndarray, y: np.ndarray, level: np.ndarray, kind: str) -> None:
        """Where level (len(y), len(x)) is negative, row by row, its ends interpolated."""
        rows, half = [], 0.55 * (HEIGHT - TOP - BOTTOM) / (len(y) - 1)
        with np.errstate(all="ignore"):
            for value, row in zip(y, level, strict=True):
                inside = np.concatenate([[False], row < 0, [False]])
                for start, end in np.flatnonzero(np.diff(inside.astype(int))).reshape(-1, 2):
                    a = _crossing(x, row, start - 1) if start else x[0]
                    b = _crossing(x, row, end - 1) if end < len(x) else x[-1]
                    (x1, middle), (x2, _) = self._place(np.array([a, b]), np.array([value, value]))
                    rows.append(f"M{x1:.1f} {middle - half:.1f}H{x2:.1f}v{2 * half:.1f}H{x1:.1f}z")
        self.body.append(f'<path class="{kind} region" d="{"".join(rows)}" fill="{COLORS[kind]}" fill-opacity="0.45"/>')

    def _name(self, kind: str, label: str) -> None:
        if label and (kind, label) not in self.legend:
            self.legend.append((kind, label))

    def svg(self) -> str:
        """One SVG document; text and axes have the colour of the text around it."""
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        total = HEIGHT + 16 * math.ceil(len(self.legend) / 2)
        frame = (
            f'<rect x="{LEFT}" y="{TOP}" width="{wide}" height="{high}" fill="none" stroke="currentColor" stroke-opacity="0.5"/>'
        )
        inner = f'<svg x="{LEFT}" y="{TOP}" width="{wide}" height="{high}" overflow="hidden">{"".join(self.body)}</svg>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" role="img" font-family="sans-serif" '
            f'font-size="12" color="#555"><title>{escape(self.title)}</title>{self._axes()}{inner}{frame}{self._legend()}</svg>'
        )

    def _axes(self) -> str:
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        out = []
        for value in self._ticks(self.x):
            at = LEFT + (value - self.x[0]) / (self.x[1] - self.x[0]) * wide
            out.append(_tick(at, TOP, at, TOP + high) + _label(at, TOP + high + 15, self._text(value), "middle"))
        for value in self._ticks(self.y):
            at = TOP + (self.y[1] - value) / (self.y[1] - self.y[0]) * high
            out.append(_tick(LEFT, at, LEFT + wide, at) + _label(LEFT - 5, at + 4, self._text(value), "end"))
        out.append(_label(LEFT + wide / 2, TOP + high + 33, self.labels[0], "middle"))
        turned = f'transform="rotate(-90 12 {TOP + high / 2:.0f})" '
        out.append(_label(12, TOP + high / 2, self.labels[1], "middle", turned))
        return "".join(out)

    def _ticks(self, ends: tuple[float, float]) -> list[float]:
        if not self.log:
            return ticks(*ends)
        first, last = math.ceil(ends[0] - 1e-9), math.floor(ends[1] + 1e-9)
        step = max(1, -(-(last - first) // TICKS))
        if last > first:
            return [float(k) for k in range(first, last + 1, step)]
        return [
            math.log10(m * 10.0**k)
            for k in range(first - 1, last + 1)
            for m in (1, 2, 5)
            if ends[0] <= math.log10(m * 10.0**k) <= ends[1]
        ]

    def _text(self, value: float) -> str:
        return f"{10**value:.3g}" if self.log else f"{value:.6g}"

    def _legend(self) -> str:
        out = []
        for i, (kind, label) in enumerate(self.legend):
            x, y = LEFT + (i % 2) * (WIDTH - LEFT) / 2, HEIGHT + 8 + 16 * (i // 2)
            out.append(f'<path class="{kind}" d="M{x:.0f} {y - 4}h18" stroke="{COLORS[kind]}" stroke-width="3" fill="none"/>')
            out.append(_label(x + 24, y, label, "start"))
        return "".join(out)


def _crossing(x: np.ndarray, row: np.ndarray, i: int) -> float:
    a, b = row[i], row[i + 1]
    part = a / (a - b) if np.isfinite(a) and np.isfinite(b) and a != b else 0.5
    return float(x[i] + part * (x[i + 1] - x[i]))


def _tick(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="currentColor" stroke-opacity="0.13" fill="none"/>'


def _label(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}fill="currentColor">{escape(text)}</text>'
