"""The pieces that a part of a mail is made of, worked out in its language: contacts, resources, events, boilerplates.

Pure. A text that a release lacks in the language stands in another, and says so (`Said`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

from babel.numbers import format_decimal

from distro import hours
from distro.config import Office
from distro.editorial.content import ANY, Event, Instant, Organisation, PressContact, ReleaseContent, Resource
from distro.editorial.content import Words as Texts
from distro.editorial.language_names import language_called
from distro.mail.letter import Letter
from distro.words import Words

_TYPES = {"pdf": "PDF", "zip": "ZIP", "doc": "Word", "docx": "Word", "xls": "Excel", "xlsx": "Excel", "csv": "CSV"}


@dataclass(frozen=True)
class Said:
    """A text, and the language that it is really in."""

    text: str
    language: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class ContactView:
    name: str
    role: Said
    email: str
    phone: str
    tel: str
    languages: str


@dataclass(frozen=True)
class ResourceView:
    """`details`: type, language and size, such as "PDF, Spanish, 1.2 MB"."""

    title: Said
    url: str
    details: str


@dataclass(frozen=True)
class EventView:
    title: Said
    when: str
    place: Said
    region: Said
    contact: ContactView | None


@dataclass(frozen=True)
class Boilerplate:
    heading: str
    paragraphs: tuple[str, ...]
    language: str
    url: str


def zone_and_city(instant: Instant, office: Office) -> tuple[str, str]:
    """The zone an hour is printed in, and the city said beside it ("": the zone's own)."""
    return (instant.zone, "") if instant.zone else (office.timezone, office.city)


def language_name(tag: str, _: Words) -> str:
    return language_called(tag, _.language)


def own_name(tag: str) -> str:
    """What a language is called by those who speak it."""
    return language_called(tag)


def event_view(event: Event, content: ReleaseContent, letter: Letter, language: str, _: Words) -> EventView:
    zone, city = zone_and_city(event.start, letter.office)
    return EventView(
        title=_say(event.title, content, language),
        when=_capital(hours.full_hour(event.start.utc, zone, _, city)),
        place=_say(event.place, content, language),
        region=_say(event.region, content, language),
        contact=contact_view(event.contact, content, language, _) if event.contact else None,
    )


def resource_view(resource: Resource, content: ReleaseContent, letter: Letter, language: str, _: Words) -> ResourceView:
    url = web_link(resource.url) if resource.url else asset_url(letter.public_url, resource)
    spoken = language_name(resource.language, _) if resource.language else ""
    details = [_type(resource, _), spoken, _size(resource.size, _)]
    return ResourceView(_say(resource.title, content, language), url, ", ".join(one for one in details if one))


def asset_url(public_url: str, resource: Resource) -> str:
    """Where a release's file is to be had; "" while the office has no public address."""
    if not public_url or not resource.sha256:
        return ""
    return f"{public_url.rstrip('/')}/assets/{resource.sha256}/{quote(PurePosixPath(resource.file).name)}"


def web_link(url: str) -> str:
    """The address if it is one of the web's, else "": no other scheme becomes a link."""
    return url.strip() if url.strip().lower().startswith(("https://", "http://")) else ""


def _type(resource: Resource, _: Words) -> str:
    ending = PurePosixPath(resource.file or urlsplit(resource.url).path).suffix.lower().removeprefix(".")
    if ending in {"jpg", "jpeg", "png", "gif", "tif", "tiff", "webp"}:
        return _("picture")
    if ending in {"mp3", "wav", "m4a", "ogg"}:
        return _("audio")
    if ending in {"mp4", "mov", "webm"}:
        return _("video")
    return _TYPES.get(ending) or (ending.upper() if resource.file else _("web page"))


def _size(octets: int, _: Words) -> str:
    """1.2 MB; decimal units, as file managers show them. "" where the size is not known."""
    if not octets:
        return ""
    size, unit = (octets / 1e6, _("MB")) if octets >= 1e6 else (max(1, round(octets / 1e3)), _("KB"))
    return f"{format_decimal(size, '#,##0.#', locale=hours.locale(_))} {unit}"


def contact_view(contact: PressContact, content: ReleaseContent, language: str, _: Words) -> ContactView:
    number = re.split(r"(?i)\s*(?:ext|x|#|,)", contact.phone)[0]
    digits = re.sub(r"[^0-9+]", "", number)
    return ContactView(
        name=one_line(contact.name),
        role=_say(contact.role, content, language),
        email=one_line(contact.email),
        phone=one_line(contact.phone),
        tel=f"tel:{digits}" if digits else "",
        languages=", ".join(language_name(tag, _) for tag in contact.languages),
    )


def boilerplate_view(organisation: Organisation, content: ReleaseContent, language: str, _: Words) -> Boilerplate:
    said = _say(organisation.boilerplate, content, language, in_one_line=False)
    paragraphs = tuple(one_line(one) for one in re.split(r"\n\s*\n", said.text) if one.strip())
    return Boilerplate(
        _("About %(name)s", name=one_line(organisation.name)), paragraphs, said.language, web_link(organisation.url)
    )


def _say(texts: Texts, content: ReleaseContent, language: str, *, in_one_line: bool = True) -> Said:
    for key in (language, ANY, content.primary, *texts):
        if key in texts:
            text = one_line(texts[key]) if in_one_line else texts[key]
            return Said(text, language if key == ANY else key)
    return Said("", language)


def _capital(text: str) -> str:
    """A line of its own starts with a capital in Spanish, French and Portuguese too, where a weekday has none."""
    return text[:1].upper() + text[1:]


def one_line(text: str) -> str:
    return re.sub(r"[ \t\n]+", " ", text).strip(" ")
