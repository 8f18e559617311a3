"""What a rule is handed: a release as it stands, and what the office knows beside it. Values; reads nothing by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import combinations

from distro.config import Office
from distro.editorial.content import Edition, ReleaseContent
from distro.mail.letter import Letter, Shown
from distro.mail.render import Rendered, render, subject
from distro.mail.standards.opened import Opened
from distro.preflight.finding import Place
from distro.preflight.reach import Reach
from distro.reading.span import Span, line_and_column

PROSE = ("headline", "subhead", "dateline", "what", "when", "where", "who", "body", "notes_to_editors", "release_line")
"""The parts of an edition that are text, by the names of their fields."""

RELEASE = "release"
"""The part of a Place that is about the release as a whole."""


@dataclass(frozen=True)
class Mail:
    """The mail of one edition as a reader gets it."""

    subject: str
    text: str
    html: str

    @cached_property
    def opened(self) -> Opened:
        """As what every mail is held to looks at it."""
        return Opened(b"", self.html, self.text)


@dataclass(frozen=True)
class Case:
    """
    edited    when each edition's text last changed in substance; a language of which that is not known is not in it, and it is
              None where nothing is known (a folder that was never added)
    audience  None where nobody asked about one
    answers   by link why it is dead, "" for one that answers; None where nobody asked
    """

    content: ReleaseContent
    office: Office
    public_url: str
    now: datetime
    edited: Mapping[str, datetime] | None = None
    audience: Reach | None = None
    answers: Mapping[str, str] | None = None

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

    @cached_property
    def mails(self) -> Mapping[str, Mail]:
        """By language, rendered when the first rule asks."""
        return {language: self._mail(language) for language in self.editions}

    def _mail(self, language: str) -> Mail:
        letter = Letter(self.office, self.public_url, "0" * 64, "general", 1, language)
        rendered: Rendered = render(self.content, letter, Shown("token", self.office.name, "reference"))
        return Mail(subject(self.content, letter), rendered.text, rendered.html)


def place(language: str, part: str, text: str, span: Span) -> Place:
    """Where `span` stands within the part whose text this is."""
    line, column = line_and_column(text, span.start)
    return Place(language, part, line, column, span.words)


def about(language: str, part: str, words: str = "") -> Place:
    """A part as a whole, or something that is missing from it."""
    return Place(language, part, words=words)
