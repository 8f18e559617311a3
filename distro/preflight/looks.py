"""The looks of a mail, read back from its HTML: which colour stands on which, light and dark, and which CSS it asks for.

Not a browser: inline styles, as premailer leaves them, and for the dark look the simple selectors of one media query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

_DARK = re.compile(r"@media[^{]*prefers-color-scheme:\s*dark[^{]*\{((?:[^{}]*\{[^{}]*\})*)", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_HEX = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
_NAMES = {"white": "#ffffff", "black": "#000000", "transparent": "", "inherit": "", "red": "#ff0000", "gray": "#808080"}
Style = dict[str, str]


@dataclass(frozen=True)
class Seen:
    """A text with the colours that a reader sees it in. `large`: 24 px, or 18.66 px and bold (WCAG)."""

    words: str
    colour: str
    ground: str
    large: bool

    @property
    def ratio(self) -> float:
        one, other = sorted((_luminance(self.colour), _luminance(self.ground)), reverse=True)
        return (one + 0.05) / (other + 0.05)

    @property
    def enough(self) -> float:
        return 3.0 if self.large else 4.5


def texts(html: str, *, dark: bool = False) -> Iterator[Seen]:
    """Every text that is shown."""
    soup = BeautifulSoup(html, "html.parser")
    rules = _dark_rules(html) if dark else []
    if soup.body is not None:
        yield from _walk(soup.body, {"color": "#000000", "background-color": "#ffffff", "font-size": "16px"}, rules)


def _walk(tag: Tag, above: Mapping[str, str], rules: list[tuple[str, Style]]) -> Iterator[Seen]:
    own = declared(str(tag.get("style", "")))
    if own.get("display") == "none":
        return
    if tag.get("bgcolor"):
        own.setdefault("background-color", str(tag["bgcolor"]))
    if tag.name in ("strong", "b", "th", "h1", "h2", "h3", "h4", "h5", "h6"):
        own.setdefault("font-weight", "bold")
    for selector, style in rules:
        if _matches(tag, selector):
            own |= style
    style = dict(above)
    for key in ("color", "background-color", "font-size", "font-weight"):
        value = own.get(key) or (own.get("background") if key == "background-color" else None)
        colour = _colour(value) if value and "color" in key else value
        if colour:
            style[key] = colour
    for child in tag.children:
        if isinstance(child, Tag):
            yield from _walk(child, style, rules)
        elif type(child) is NavigableString and (words := " ".join(str(child).split())):
            yield Seen(words, style["color"], style["background-color"], _is_large(style))


def declared(style: str) -> Style:
    """The declarations of an inline style."""
    pairs = (one.partition(":") for one in style.split(";") if ":" in one)
    return {name.strip().lower(): value.replace("!important", "").strip() for name, _, value in pairs}


def _dark_rules(html: str) -> list[tuple[str, Style]]:
    found = []
    for block in _DARK.findall(html):
        for selectors, body in _RULE.findall(block):
            found += [(selector.strip(), declared(body)) for selector in selectors.split(",")]
    return found


def _matches(tag: Tag, selector: str) -> bool:
    """Of "tag", ".class", "tag.class", and two of them behind one another."""
    *above, last = selector.split()
    if not _is(tag, last):
        return False
    return all(any(_is(parent, one) for parent in tag.parents) for one in above)


def _is(tag: Tag, simple: str) -> bool:
    name, *classes = simple.split(".")
    if "[" in name or ":" in simple or (name and name != tag.name):
        return False
    having = str(tag.get("class", "")) if isinstance(tag.get("class"), str) else " ".join(tag.get("class") or ())
    return all(one in having.split() for one in classes)


def _colour(value: str) -> str:
    value = _NAMES.get(value.lower(), value)
    m = _HEX.search(value)
    if m:
        digits = m[1] if len(m[1]) == 6 else "".join(c * 2 for c in m[1])
        return f"#{digits.lower()}"
    numbers = re.match(r"rgba?\(\s*(\d+)\D+(\d+)\D+(\d+)", value)
    return "#" + "".join(f"{min(255, int(n)):02x}" for n in numbers.groups()) if numbers else ""


def _is_large(style: Mapping[str, str]) -> bool:
    m = re.match(r"([\d.]+)px", style.get("font-size", ""))
    size = float(m[1]) if m else 16.0
    bold = style.get("font-weight", "") in ("bold", "bolder", "600", "700", "800", "900")
    return size >= 24 or (bold and size >= 18.66)


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
