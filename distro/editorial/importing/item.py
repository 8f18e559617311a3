"""One item of a page as it was read, with how sure each part is, and its JSON. Values only; a draft is made in drafts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date

from distro.editorial.content import Kind
from distro.editorial.importing.page import Link
from distro.editorial.importing.people import Caller
from distro.reading.quotes import Quote


@dataclass(frozen=True)
class Boilerplate:
    organisation: str
    text: str


@dataclass(frozen=True)
class Document:
    """A resource that a page names. `url` is "" where the saved page does not hold it."""

    title: str
    url: str = ""
    language: str = ""


@dataclass(frozen=True)
class Happening:
    """`date` ISO, `time` HH:MM, `zone` an IANA name: each "" where the page does not say. `guessed`: the zone is that of the
    place."""

    date: str = ""
    time: str = ""
    zone: str = ""
    place: str = ""
    title: str = ""
    contact: Caller | None = None
    guessed: bool = False


@dataclass(frozen=True)
class Item:
    """`confidence`: 0 to 1 by the name of the field. `notes`: sentences for the officer. `parts`: what, when,
    where, who of an advisory. `organisations`: the issuers that are named, the first of record. `body`: Markdown;
    `paragraphs`: the same, plain."""

    kind: Kind
    date: date | None = None
    headline: str = ""
    subhead: str = ""
    dateline: str = ""
    release_line: str = ""
    contacts: tuple[Caller, ...] = ()
    body: str = ""
    paragraphs: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    language: str = "en"
    boilerplates: tuple[Boilerplate, ...] = ()
    resources: tuple[Document, ...] = ()
    events: tuple[Happening, ...] = ()
    links: tuple[Link, ...] = ()
    parts: dict[str, str] = field(default_factory=dict)
    notes_to_editors: str = ""
    organisations: tuple[str, ...] = ()
    confidence: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        return {
            "kind": self.kind.value,
            "date": self.date.isoformat() if self.date else None,
            "headline": self.headline or None,
            "subhead": self.subhead or None,
            "dateline": self.dateline or None,
            "contacts": [_caller(one) for one in self.contacts],
            "quotes": [{"text": q.words, "speaker": q.speaker or None, "title": q.title or None} for q in self.quotes],
            "language": self.language,
            "boilerplates": [asdict(one) for one in self.boilerplates],
            "resources": [_or_null(asdict(one)) for one in self.resources],
            "events": [_happening(one) for one in self.events],
            "confidence": {name: round(value, 2) for name, value in self.confidence.items()},
            "release_line": self.release_line or None,
            "body": self.body,
            "notes_to_editors": self.notes_to_editors or None,
            "parts": self.parts,
            "links": [asdict(one) for one in self.links],
            "organisations": list(self.organisations),
            "notes": list(self.notes),
        }


def _caller(caller: Caller) -> dict[str, object]:
    return _or_null({"name": caller.name, "email": caller.email, "phone": caller.phone, "role": caller.role})


def _happening(event: Happening) -> dict[str, object]:
    plain = _or_null({"date": event.date, "time": event.time, "zone": event.zone, "place": event.place, "title": event.title})
    return plain | {"contact": _caller(event.contact) if event.contact else None}


def _or_null(values: dict[str, str]) -> dict[str, object]:
    return {name: value or None for name, value in values.items()}
