"""A curve as an SVG: points by size on a logarithmic scale, above an axis that begins at zero."""

from __future__ import annotations

from html import escape
from math import floor, log10

from bench.figures import Curve, number

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 40, 50
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b")
INK = "#777"
"""Grey enough to be read on white and on black."""
FEWEST_LABELS = 40
"""Pixels between two labels of an axis."""


def svg(curve: Curve) -> str:
    """The whole picture. All sizes are above 0, and there are at least two."""
    sizes = sorted({x for points in curve.lines.values() for x, _ in points})
    top = _round_up(max(y for points in curve.lines.values() for _, y in points))
    lowest, span = log10(sizes[0]), log10(sizes[-1]) - log10(sizes[0])

    def across(x: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (log10(x) - lowest) / span

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / top

    canvas = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
    parts = [
        f'<svg {canvas} font-family="sans-serif" font-size="12" fill="{INK}">',
        _text(LEFT, 20, f"{curve.what}: {curve.y}", 'font-weight="bold"'),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, curve.x, 'text-anchor="middle"'),
    ]
    for step in range(5):
        y = top * step / 4
        parts += [
            f'<path d="M{LEFT} {up(y):.1f}H{WIDTH - RIGHT}" stroke="{INK}" opacity="0.3"/>',
            _text(LEFT - 8, up(y) + 4, number(y), 'text-anchor="end"'),
        ]
    drawn = float("-inf")
    for x in sizes:
        if across(x) - drawn >= FEWEST_LABELS:
            drawn = across(x)
            parts.append(_text(drawn, HEIGHT - BOTTOM + 18, f"{x:,.0f}", 'text-anchor="middle"'))
    for (name, points), colour in zip(curve.lines.items(), COLOURS, strict=False):
        placed = [(across(x), up(y)) for x, y in sorted(points)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
        last_x, last_y = placed[-1]
        parts.append(_text(last_x + 8, last_y + 4, name, f'fill="{colour}"'))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, words: str, attributes: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {attributes}>{escape(words)}</text>'


def _round_up(value: float) -> float:
    """The next 1, 2, 4 or 8 of a decade."""
    decade = 10.0 ** floor(log10(value))
    return next(decade * step for step in (1, 2, 4, 8, 10) if value <= decade * step)
