"""What a rule is handed: a release as it stands, and what the office knows beside it. Values; reads nothing by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from distro.config import Office
from distro.editorial.content import Edition, ReleaseContent
from distro.preflight.finding import Place
from distro.reading.span import Span, line_and_column

PROSE = ("headline", "subhead", "dateline", "what", "when", "where", "who", "body", "notes_to_editors", "release_line")
"""The parts of an edition that are text, by the names of their fields."""


@dataclass(frozen=True)
class Case:
    content: ReleaseContent
    office: Office
    public_url: str
    now: datetime

    @property
    def editions(self) -> dict[str, Edition]:
        return {tag: self.content.editions[tag] for tag in self.content.languages if tag in self.content.editions}

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Each two languages once, in the order of the release's."""
        return list(combinations(self.editions, 2))

    def texts(self) -> Iterator[tuple[str, str, str]]:
        """Every text of every edition that is not empty: its language, its part, and itself."""
        for language, edition in self.editions.items():
            for part in PROSE:
                if text := getattr(edition, part):
                    yield language, part, text


def place(language: str, part: str, text: str, span: Span) -> Place:
    """Where `span` stands within the part whose text this is."""
    line, column = line_and_column(text, span.start)
    return Place(language, part, line, column, span.words)
