"""The content of a release: what a folder says, what a Version freezes, what a mail shows. Values, no database.

The canonical JSON of a ReleaseContent is what its SHA-256 names, so a field added here needs a default that leaves the
JSON of older content as it was (`exclude_defaults`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from distro.archive.ledger import canonical

ANY = "*"
"""The key of a text that is the same in all languages."""

Words = dict[str, str]
"""A text by language tag; `ANY` stands for all of them."""


def say(words: Words, language: str, fallback: str | None = None) -> str:
    """The text in `language`, else the one for all languages, else in `fallback`, else the first there is, else ""."""
    for key in (language, ANY, fallback):
        if key is not None and key in words:
            return words[key]
    return next(iter(words.values()), "")


class Kind(StrEnum):
    RELEASE = "release"
    ADVISORY = "advisory"
    STATEMENT = "statement"
    FACT_SHEET = "fact-sheet"
    EVENT_ROUND_UP = "event-round-up"
    RESOURCE = "resource"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Instant(_Frozen):
    """A chosen hour: the instant (UTC, with its fraction), and how it was written. `zone` is an IANA name, or "" where the
    hour was given as an instant with an offset; then it prints in the office's zone. `tzdata` is the version used."""

    utc: datetime
    wall: str
    zone: str = ""
    tzdata: str = ""

    @property
    def spoken(self) -> str:
        """For a person at the desk, as it was chosen."""
        return f"{self.wall} {self.zone}".rstrip()

    def day(self, office_zone: str) -> date:
        """The day of the calendar where it was chosen."""
        return self.utc.astimezone(ZoneInfo(self.zone or office_zone)).date()


class Organisation(_Frozen):
    name: str
    url: str = ""
    boilerplate: Words = Field(default_factory=dict)


class PressContact(_Frozen):
    """The person whom journalists call. The release's first gets the replies."""

    name: str
    role: Words = Field(default_factory=dict)
    email: str = ""
    phone: str = ""
    languages: tuple[str, ...] = ()


class Resource(_Frozen):
    """A link, or a file of the release (`file` is the path in its folder, `sha256` and `size` in octets are what it held)."""

    title: Words
    url: str = ""
    file: str = ""
    sha256: str = ""
    size: int = 0
    language: str = ""


class Event(_Frozen):
    start: Instant
    place: Words = Field(default_factory=dict)
    region: Words = Field(default_factory=dict)
    title: Words = Field(default_factory=dict)
    contact: PressContact | None = None


class Edition(_Frozen):
    """The release in one language. `body` and `notes_to_editors` are Markdown as written; the rest is plain text."""

    headline: str = ""
    subhead: str = ""
    dateline: str = ""
    what: str = ""
    when: str = ""
    where: str = ""
    who: str = ""
    notes_to_editors: str = ""
    release_line: str = ""
    body: str = ""


class ReleaseContent(_Frozen):
    """All of a release. `languages` are the editions' tags, the primary first; `editions` has one for each."""

    kind: Kind
    slug: str
    date: date
    languages: tuple[str, ...]
    embargo: Instant | None = None
    organisations: tuple[Organisation, ...]
    contacts: tuple[PressContact, ...] = ()
    resources: tuple[Resource, ...] = ()
    events: tuple[Event, ...] = ()
    editions: dict[str, Edition]

    @property
    def primary(self) -> str:
        return self.languages[0]

    def said(self, language: str) -> str:
        """All that a mail of the edition in this language says in the release's own words, part by part, one or more lines
        each: the text in the order in which it is read, then what stands around it."""
        return "\n".join(self.parts_said(language))

    def parts_said(self, language: str) -> list[str]:
        """The same, part by part."""
        return [part for part in (*self._text(language), *self._around(language)) if part]

    def _text(self, language: str) -> Iterator[str]:
        e = self.editions[language]
        yield from (e.headline, e.subhead, e.dateline, e.what, e.when, e.where, e.who, e.body, e.notes_to_editors)
        yield from (self._say(words, language) for event in self.events for words in (event.title, event.place))
        yield from (self._say(resource.title, language) for resource in self.resources)

    def _around(self, language: str) -> Iterator[str]:
        yield self.editions[language].release_line
        yield from (organisation.name for organisation in self.organisations)
        yield from (self._say(event.region, language) for event in self.events)
        for contact in (*self.contacts, *(event.contact for event in self.events if event.contact is not None)):
            yield from (contact.name, self._say(contact.role, language), contact.phone, contact.email)
        for resource in self.resources:
            yield from (resource.url, PurePosixPath(resource.file).name)
        for organisation in self.organisations:
            if organisation.boilerplate:  # without one a mail shows no address of theirs
                yield from (self._say(organisation.boilerplate, language), organisation.url)

    def _say(self, words: Words, language: str) -> str:
        return say(words, language, self.primary)

    def canonical(self) -> str:
        """Canonical JSON, in which a field at its default is not written."""
        return canonical(self.model_dump(mode="json", exclude_defaults=True))

    def sha256(self) -> str:
        """The name of the version that this content would freeze to: 64 hex digits."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> ReleaseContent:
        return cls.model_validate_json(text)
