"""How large a mail may be: Gmail shows only the first 102 KB of the HTML, and takes 16 KB of style. Our budget is 80 KB."""

from __future__ import annotations

from collections.abc import Iterator

from distro.mail.standards.opened import Fault, Opened

CLIPS = 102_000
"""Octets of HTML after which Gmail cuts, and puts the unsubscribe link behind "View entire message"."""
BUDGET = 80_000
STYLE = 16_384
"""Octets of <style> after which Gmail drops all of it."""


def look(mail: Opened) -> Iterator[Fault]:
    octets = len(mail.html.encode())
    if octets >= CLIPS:
        yield Fault(
            "size",
            True,
            f"The HTML part has {_kilobytes(octets)} KB, and Gmail cuts a mail off at 102 KB: "
            "the foot with the unsubscribe link is lost.",
            "Make the text shorter, or put part of it behind a link.",
        )
    elif octets > BUDGET:
        yield Fault(
            "size",
            False,
            f"The HTML part has {_kilobytes(octets)} KB; the budget is 80 KB, since relays add "
            "to a mail and Gmail cuts it at 102 KB.",
            "Make the text shorter, or put part of it behind a link.",
        )
    style = sum(len(block.get_text().encode()) for block in mail.page.find_all("style"))
    if style > STYLE:
        yield Fault(
            "size",
            True,
            f"The style blocks have {_kilobytes(style)} KB, and Gmail ignores them over 16 KB.",
            "Keep in <style> only what cannot stand in the elements: narrow screens and dark colours.",
        )


def _kilobytes(octets: int) -> str:
    return f"{octets / 1000:,.1f}"
