"""That a mail fits a screen of 320 pixels, as far as can be said without a browser: nothing in it has a fixed, larger width."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import Tag

from distro.mail.standards.opened import Fault, Opened
from distro.mail.standards.sheet import declarations

NARROW = 320
_PIXELS = re.compile(r"(\d+(?:\.\d+)?)\s*(?:px)?\Z", re.IGNORECASE)


def look(mail: Opened) -> Iterator[Fault]:
    for tag in mail.page.find_all(True):  # what stands in conditional comments is Outlook's alone, and no element
        declared, _ = declarations(str(tag.get("style", "")))
        wide = max(_pixels(declared.get("width", "")), _pixels(str(tag.get("width", ""))))
        wide = 0 if declared.get("max-width", "").endswith("%") else wide
        wide = max(wide, _pixels(declared.get("min-width", "")))
        if wide > NARROW:
            yield Fault(
                "narrow",
                True,
                f"{_named(tag)} is {round(wide)} px wide on every screen; telephones have 320.",
                "Write width 100% and a max-width.",
            )
        if declared.get("white-space", "").lower() in {"nowrap", "pre"}:
            yield Fault(
                "narrow", False, f"{_named(tag)} never breaks its lines, and may be wider than the screen.", "Let it break."
            )


def _pixels(text: str) -> float:
    found = _PIXELS.match(text.strip())
    return float(found[1]) if found else 0.0


def _named(tag: Tag) -> str:
    classes = " ".join(str(one) for one in tag.get_attribute_list("class") if one)
    return f"A <{tag.name}{f' class={classes!r}' if classes.strip() else ''}>"
