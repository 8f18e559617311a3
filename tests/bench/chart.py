"""The picture in docs/benchmarks.md: a bar a participant, written as SVG by hand. It reads on light and dark ground."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT, ROW, TOP = 960, 400, 90, 30, 56

STYLE = """
text { font: 14px -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 16px }
.axis { stroke: #d1d9e0 }
.faint { fill: #59636e; font-size: 12px }
.ours { fill: #0b63a5 }
.peer { fill: #8c959f }
.range { stroke: #1f2328; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .axis { stroke: #3d444d }
  .faint { fill: #9198a1 }
  .ours { fill: #4aa3e8 }
  .peer { fill: #656c76 }
  .range { stroke: #e6edf3 }
}
"""


@dataclass(frozen=True)
class Bar:
    label: str
    median: float
    lowest: float
    highest: float
    ours: bool


def draw(title: str, unit: str, bars: list[Bar]) -> str:
    """Bars from the fastest down, each with a line from the lowest to the highest round and its median written beside it."""
    bars = sorted(bars, key=lambda bar: -bar.median)
    longest = max((bar.highest for bar in bars), default=1.0)
    height = TOP + ROW * len(bars) + 16

    def x(value: float) -> float:
        return LEFT + value / longest * (WIDTH - LEFT - RIGHT)

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<text class="title" x="16" y="24">{escape(title)}</text>',
        f'<text class="faint" x="16" y="42">{escape(unit)}</text>',
        f'<line class="axis" x1="{LEFT}" y1="{TOP - 6}" x2="{LEFT}" y2="{height - 12}"/>',
    ]
    for number, bar in enumerate(bars):
        y = TOP + ROW * number
        middle = y + ROW / 2 - 3
        kind = "ours" if bar.ours else "peer"
        lines += [
            f'<text x="{LEFT - 10}" y="{middle + 5:.0f}" text-anchor="end">{escape(bar.label)}</text>',
            f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{x(bar.median) - LEFT:.1f}" height="{ROW - 8}" rx="3"/>',
            f'<line class="range" x1="{x(bar.lowest):.1f}" y1="{middle:.0f}" x2="{x(bar.highest):.1f}" y2="{middle:.0f}"/>',
            f'<text x="{x(max(bar.median, bar.highest)) + 8:.1f}" y="{middle + 5:.0f}">{bar.median:,.0f}</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"
