"""That nothing in a mail is fetched from anywhere, and nothing tells anybody that it was opened."""

from __future__ import annotations

import re
from collections.abc import Iterator

from distro.mail.standards.opened import Fault, Opened

_FOREIGN = ("script", "iframe", "object", "embed", "link", "form", "input", "audio", "video", "source", "base", "svg")
LOADS = re.compile(r"url\(|@import|@font-face", re.IGNORECASE)
"""What in a style would have a program fetch something."""
_TRACKS = re.compile(r"[?&](?:utm_[a-z]+|mc_[ce]id|fbclid|gclid|mkt_tok|_hsenc)=", re.IGNORECASE)


def look(mail: Opened) -> Iterator[Fault]:
    for name in sorted({str(tag.name) for tag in mail.page.find_all(_FOREIGN)}):
        yield Fault(
            "outside", True, f"The mail has a <{name}>, which mail programs drop or warn of.", f"Take the <{name}> out."
        )
    for tag in mail.page.find_all(src=True):
        address = str(tag["src"])
        if not address.startswith("cid:"):
            yield Fault(
                "outside",
                True,
                f"A picture would be fetched from {address[:80]!r}, which tells that host who opened the mail, and when.",
                "Take it out, or let it be the office's logo ([look] logo), which travels in the mail.",
            )
        elif not (tag.get("width") and tag.get("height")):
            yield Fault("outside", False, f"The picture {address!r} has no width and height.", "Write both, in pixels.")
        if tag.name == "img" and not str(tag.get("alt", "")).strip():
            yield Fault("outside", True, f"The picture {address[:80]!r} has no alt text.", "Say in alt what it shows.")
    if behind := mail.page.find(background=True):
        yield Fault("outside", True, f"A <{behind.name}> has a background picture.", "Use a colour ([look] in config.toml).")
    styles = [str(tag["style"]) for tag in mail.page.find_all(style=True)] + [b.get_text() for b in mail.page.find_all("style")]
    if any(LOADS.search(style) for style in styles):
        yield Fault(
            "outside",
            True,
            "The style loads something (url(…), @import or @font-face).",
            "Use colours and the fonts that readers have.",
        )
    for link in mail.page.find_all("a", href=True):
        if _TRACKS.search(str(link["href"])):
            yield Fault(
                "outside",
                False,
                f"The link {str(link['href'])[:80]!r} carries a mark that follows the reader.",
                "Cut the link off before it.",
            )
