"""Markdown as a reader of raw text meets it: links with their words, pictures, paragraphs; and the words alone, in place.

What it says of a place is of the text as written, so that a person finds it in their file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from distro.reading.span import Span

_LINK = re.compile(r"(?P<picture>!?)\[(?P<words>[^\[\]]*)\]\(\s*<?(?P<url>[^)\s>]*)>?(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)")
_BARE = re.compile(r"""(?<![\w@(])(?:https?://|www\.)[^\s<>()"“”«»]*[^\s<>()"“”«».,;:!?'’*_…]""", re.IGNORECASE)
_MAIL = re.compile(r"(?:mailto:)?[\w.+%-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_PARAGRAPH = re.compile(r"(?:[^\n]*\S[^\n]*(?:\n|$))+")
_SIGNS = re.compile(r"(?m)^[ \t]*(?:#{1,6}(?=\s)|>+|[-*+](?=\s)|\d+[.)](?=\s))|[*_`]+|\\(?=[\W_])")


@dataclass(frozen=True)
class Link:
    """`span` is all of it, `words` what a reader sees, `url` as written ("" where there is none)."""

    span: Span
    words: str
    url: str
    picture: bool = False


def links(text: str) -> list[Link]:
    """Links and pictures of Markdown, and addresses that stand in the text bare (their words are the address)."""
    found = [
        Link(Span.of(text, m.start(), m.end()), " ".join(m["words"].split()), m["url"], bool(m["picture"]))
        for m in _LINK.finditer(text)
    ]
    for m in _BARE.finditer(text):
        if not any(one.span.start <= m.start() < one.span.end for one in found):
            found.append(Link(Span.of(text, m.start(), m.end()), m[0], m[0]))
    return sorted(found, key=lambda one: one.span.start)


def paragraphs(text: str) -> list[Span]:
    """What blank lines part, without the line feeds at its ends."""
    found = []
    for m in _PARAGRAPH.finditer(text):
        words = m[0].rstrip()
        found.append(Span(m.start(), m.start() + len(words), words))
    return found


def wording(text: str) -> str:
    """The text in the same length, NOTHING for Markdown's own signs and the targets of links, ADDRESS for each character of an
    address: a place in it is the place in the text. A link's words stay."""
    out = list(text)

    def put(start: int, end: int, sign: str) -> None:
        out[start:end] = [one if one == "\n" else sign for one in out[start:end]]

    for m in _SIGNS.finditer(text):
        put(m.start(), m.end(), "\0")
    for m in (*_BARE.finditer(text), *_MAIL.finditer(text)):
        put(m.start(), m.end(), "\1")
    for m in _LINK.finditer(text):
        put(m.start(), m.start("words"), "\0")
        put(m.end("words"), m.end(), "\0")
    return "".join(out)


NOTHING = "\0"
"""Stands in `wording` for a sign of Markdown: a reader sees nothing there, not even a blank."""

ADDRESS = "\1"
"""Stands in `wording` for each character of an address."""
