"""That the text part says all that the HTML part shows: whoever reads the one learns what readers of the other do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from bs4 import Tag

from distro.mail.standards.opened import Fault, Opened
from distro.mail.standards.sheet import hidden

_BLOCKS = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "th", "td", "blockquote"]
_WORD = re.compile(r"\w+")
_TOLD = 3


def look(mail: Opened) -> Iterator[Fault]:
    if not mail.text.strip():
        yield Fault("text-part", True, "The mail has no text part.", "Give the template its .txt.j2 beside the .html.j2.")
        return
    left = list(_unsaid(mail))
    for words in left[:_TOLD]:
        yield Fault(
            "text-part",
            True,
            f"The text part lacks what the HTML part shows: “{words if len(words) <= 60 else words[:59] + '…'}”.",
            "Say it in the .txt.j2 too.",
            words,
        )
    if len(left) > _TOLD:
        yield Fault(
            "text-part", True, f"The text part lacks {len(left) - _TOLD} more of its blocks.", "Say them in the .txt.j2."
        )


def _unsaid(mail: Opened) -> Iterator[str]:
    """The blocks of the page with a word that the text part does not say, or says less often."""
    left = Counter(_words(mail.text))
    for block in mail.page.find_all(_BLOCKS):
        if isinstance(block, Tag) and block.find(_BLOCKS) is None and not hidden(block):
            said = Counter(_words(block.get_text(" ")))
            if said - left:
                yield " ".join(block.get_text(" ").split())
            left -= said


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
