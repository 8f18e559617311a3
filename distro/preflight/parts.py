"""The text of an edition in the pieces that a translation has too: each part, and of the body each paragraph, heading, item.

Says what stands where; which piece answers to which in another edition is `aligning`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from distro.editorial.content import ReleaseContent, Words, say
from distro.mail.pieces import language_name as named
from distro.preflight.case import PROSE, place
from distro.preflight.finding import Place
from distro.reading.span import Span
from distro.words import ENGLISH, words


class PieceKind(StrEnum):
    FIELD = "field"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "list item"


@dataclass(frozen=True)
class Piece:
    """`text` is `whole[start:…]`, and `whole` the text of the part. `key` names the place that it has in every edition; the
    pieces of one body share theirs."""

    language: str
    part: str
    key: str
    kind: PieceKind
    text: str
    start: int
    whole: str

    def at(self, span: Span) -> Place:
        """Where words of the piece stand in the edition."""
        there = Span(self.start + span.start, self.start + span.end, span.words)
        if self.part in PROSE:
            return place(self.language, self.part, self.whole, there)
        return Place(self.language, self.part, words=span.words)


RUNNING = ("body", "notes_to_editors")
"""The parts that are many pieces."""

_BLOCK = re.compile(r"(?:^|\n)[ \t]*(?=(?:[-*+•]|\d{1,3}[.)])[ \t]+\S)|\n[ \t]*\n\s*|\n(?=#{1,6}[ \t])|(?<=\n)(?=#{1,6}[ \t])")
_NO_TEXT = re.compile(r"[\s#*_=<>-]*")


def pieces(content: ReleaseContent, language: str) -> list[Piece]:
    """All that an edition says in its own words, in the order of reading."""
    edition = content.editions[language]
    found: list[Piece] = []
    for part in PROSE:
        text = getattr(edition, part)
        if part in RUNNING:
            found += _blocks(language, part, text)
        elif text:
            found.append(Piece(language, part, part, PieceKind.FIELD, text, 0, text))
    return [*found, *_around(content, language)]


def _blocks(language: str, part: str, text: str) -> Iterator[Piece]:
    starts = [0, *(m.end() for m in _BLOCK.finditer(text)), len(text)]
    for start, end in pairwise(starts):
        said = text[start:end].rstrip()
        if not _NO_TEXT.fullmatch(said):
            yield Piece(language, part, part, _kind(said), said, start, text)


def _kind(text: str) -> PieceKind:
    if re.match(r"#{1,6}[ \t]", text) or re.fullmatch(r"\*\*[^*\n]+\*\*", text):
        return PieceKind.HEADING
    return PieceKind.ITEM if re.match(r"(?:[-*+•]|\d{1,3}[.)])[ \t]", text) else PieceKind.PARAGRAPH


def _around(content: ReleaseContent, language: str) -> Iterator[Piece]:
    """What release.toml says: by language, and of the people to call, who are the same in all."""
    for i, contact in enumerate(content.contacts):
        text = "\n".join((contact.name, contact.email, contact.phone))
        yield Piece(language, "contacts", f"contact {i}", PieceKind.FIELD, text, 0, text)
    texts: list[tuple[str, str, Words]] = []
    texts += [("organisations", f"organisation {i}", one.boilerplate) for i, one in enumerate(content.organisations)]
    texts += [("resources", f"resource {i}", one.title) for i, one in enumerate(content.resources)]
    for i, event in enumerate(content.events):
        texts += [("events", f"event {i} title", event.title), ("events", f"event {i} place", event.place)]
    for part, key, said in texts:
        if language in said:
            text = say(said, language)
            yield Piece(language, part, key, PieceKind.FIELD, text, 0, text)


def language_name(tag: str) -> str:
    """Of a language, for sentences to officers, which are English."""
    return named(tag, words(ENGLISH))
