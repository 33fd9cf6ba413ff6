"""Draws lines over time as SVG: a few panels, one colour a role, nothing but shapes and text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

Points = Sequence[tuple[float, float]]

COLOURS = {
    "connectors": "#4269d0",
    "clean": "#b8860b",
    "classify": "#d62728",
    "detect": "#2a9d8f",
    "index": "#7b4fb5",
    "deliver": "#8c564b",
}
OTHER = "#555555"
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 460, 210, 56, 30, 10, 26
LEGEND = 30
MAX_POINTS = 300
TICKS = 4


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart: its series by name; `dots` for single happenings instead of lines."""

    title: str
    series: Mapping[str, Points]
    dots: bool = False


def picture(panels: Sequence[Panel], title: str, columns: int = 2) -> str:
    """Return an SVG with the panels in rows; times are in seconds and shown in minutes."""
    rows = -(-len(panels) // columns)
    width, height = columns * WIDTH, rows * HEIGHT + LEGEND
    last = max((x for p in panels for s in p.series.values() for x, _ in s), default=1.0) or 1.0
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="11" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _legend(panels),
    ]
    for n, panel in enumerate(panels):
        x, y = (n % columns) * WIDTH, LEGEND + (n // columns) * HEIGHT
        parts.append(f'<g transform="translate({x},{y})">{_panel(panel, last)}</g>')
    return "\n".join([*parts, "</svg>", ""])


def _legend(panels: Sequence[Panel]) -> str:
    names = [n for n in COLOURS if any(n in p.series for p in panels)]
    return "".join(
        f'<rect x="{LEFT + i * 110}" y="10" width="12" height="12" fill="{COLOURS[name]}"/>'
        f'<text x="{LEFT + i * 110 + 17}" y="20" fill="#222">{escape(name)}</text>'
        for i, name in enumerate(names)
    )


def _panel(panel: Panel, last: float) -> str:
    top = _round_up(max((y for s in panel.series.values() for _, y in s), default=1.0))
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    parts = [f'<text x="{LEFT}" y="18" font-weight="bold" fill="#222">{escape(panel.title)}</text>']
    for tick in range(TICKS + 1):
        y = TOP + high - high * tick / TICKS
        parts.append(
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + wide}" y2="{y:.1f}" stroke="#ddd"/>'
            f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end" fill="#555">'
            f"{top * tick / TICKS:g}</text>"
        )
        x = LEFT + wide * tick / TICKS
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="middle" fill="#555">'
            f"{last / 60 * tick / TICKS:.3g} min</text>"
        )
    for name, points in panel.series.items():
        colour = COLOURS.get(name, OTHER)
        at = [
            (LEFT + wide * x / last, TOP + high - high * min(y, top) / top)
            for x, y in _thinned(points)
        ]
        if panel.dots:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{colour}"/>' for x, y in at]
        else:
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
            parts.append(
                f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.3"/>'
            )
    return "".join(parts)


def _thinned(points: Points) -> Points:
    step = -(-len(points) // MAX_POINTS)
    return points[:: max(step, 1)]


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 4, 5, 8 times a power of ten: what an axis can be divided by."""
    if value <= 0:
        return 1.0
    power = 1.0
    while power > value:
        power /= 10
    while power * 10 < value:
        power *= 10
    return next(power * n for n in (1, 2, 4, 5, 8, 10) if power * n >= value)
