"""How far a colour stands out from its ground (WCAG 2.2, 1.4.3). Pure; knows no setting and no mail."""

from __future__ import annotations

import re

ENOUGH = 4.5
"""What letters need on their ground (WCAG 2.2, 1.4.3, level AA). Large letters may do with less; ours never do."""

Colour = tuple[int, int, int]

_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\Z", re.IGNORECASE)
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)\Z", re.IGNORECASE)
_NAMES: dict[str, Colour] = {"white": (255, 255, 255), "black": (0, 0, 0), "red": (255, 0, 0), "blue": (0, 0, 255)}


def colour(text: str) -> Colour | None:
    """The colour that CSS writes as #rgb, #rrggbb, rgb(r, g, b) or by a common name; None for anything else."""
    text = text.strip()
    if found := _HEX.match(text):
        digits = found[1] if len(found[1]) == 6 else "".join(2 * one for one in found[1])
        return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    if found := _RGB.match(text):
        red, green, blue = (min(255, int(one)) for one in found.groups())
        return red, green, blue
    return _NAMES.get(text.lower())


def ratio(one: Colour, other: Colour) -> float:
    """From 1 (the same) to 21 (black and white), whichever of them is the ground."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def shown(of: float) -> str:
    """4.4:1; cut and not rounded, so that what is too little never reads as enough."""
    return f"{int(of * 10) / 10:.1f}:1"


def _luminance(of: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in of)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
