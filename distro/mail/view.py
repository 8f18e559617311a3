"""What a template shows, worked out: one Part for each language of a letter, in the words and hours of that language.

Pure. Owns the choice of words; the templates own order and looks, `markdown` the body.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal
from markupsafe import Markup

from distro import hours
from distro.config import Office
from distro.editorial.content import ANY, Edition, Event, Instant, Kind, Organisation, PressContact, ReleaseContent, Resource
from distro.editorial.content import Words as Texts
from distro.mail.letter import Letter
from distro.mail.markdown import Body, plain, read_body, whole
from distro.words import Words, words

_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
"""Characters that no HTML can hold (XML 1.0 2.2) or that only trouble terminals."""

_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_PREHEADER = 140
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


@dataclass(frozen=True)
class Part:
    """The release in one language, as shown. `words` speaks its chrome, which may be in another language than the text
    (`language`) where there is no catalogue for that; `level` is that of the headline (1 on top, 2 further down)."""

    words: Words
    language: str
    direction: str
    level: int
    kind: str
    issuers: str
    embargo: str
    release_line: str
    date: str
    headline: str
    subhead: str
    dateline: str
    body: Body
    four: tuple[tuple[str, tuple[str, ...]], ...]
    events: tuple[EventView, ...]
    resources: tuple[ResourceView, ...]
    contacts: tuple[ContactView, ...]
    notes: Markup
    boilerplates: tuple[Boilerplate, ...]

    @property
    def preheader(self) -> str:
        text = plain(self.body.lede) or self.subhead
        return text if len(text) <= _PREHEADER else text[:_PREHEADER].rsplit(" ", 1)[0] + "…"


def parts(content: ReleaseContent, letter: Letter) -> tuple[Part, ...]:
    """One part for each language of the letter, the reader's own first."""
    content = readable(content)
    return tuple(_part(content, letter, language, level=1 if at == 0 else 2) for at, language in enumerate(letter.languages))


def readable(content: ReleaseContent) -> ReleaseContent:
    """The content without characters that cannot be shown, its line ends as line feeds."""
    return ReleaseContent.model_validate(_readable(json.loads(content.model_dump_json())))


def showable(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    return _UNSHOWABLE.sub("", text)


def chrome(content: ReleaseContent, language: str) -> Words:
    """The words around an edition: its own language's, else the primary language's, else English."""
    return words(language, content.primary)


def headline(content: ReleaseContent, language: str) -> str:
    """The edition's headline; a statement may lack one, then who made it and when."""
    if written := _line(content.editions[language].headline):
        return written
    _ = chrome(content, language)
    date, issuer = hours.long_date(content.date, _), content.organisations[0].name
    if content.kind is Kind.STATEMENT:
        return _("Statement by %(name)s, %(date)s", name=_line(issuer), date=date)
    return _("%(kind)s: %(name)s, %(date)s", kind=kind_name(content.kind, _), name=_line(issuer), date=date)


def kind_name(kind: Kind, _: Words) -> str:
    return {
        Kind.RELEASE: _("Press release"),
        Kind.ADVISORY: _("Media advisory"),
        Kind.STATEMENT: _("Statement"),
        Kind.FACT_SHEET: _("Fact sheet"),
        Kind.EVENT_ROUND_UP: _("Event round-up"),
        Kind.RESOURCE: _("Press resources"),
    }[kind]


def zone_and_city(instant: Instant, office: Office) -> tuple[str, str]:
    """The zone an hour is printed in, and the city said beside it ("": the zone's own)."""
    return (instant.zone, "") if instant.zone else (office.timezone, office.city)


def language_name(tag: str, _: Words) -> str:
    try:
        return Locale.parse(tag.replace("-", "_")).get_display_name(_.language) or tag
    except (ValueError, UnknownLocaleError):
        return tag


def _readable(value: object) -> object:
    if isinstance(value, str):
        return showable(value)
    if isinstance(value, list):
        return [_readable(one) for one in value]
    return {key: _readable(one) for key, one in value.items()} if isinstance(value, dict) else value


def _part(content: ReleaseContent, letter: Letter, language: str, level: int) -> Part:
    _ = chrome(content, language)
    edition = content.editions[language]
    embargo = ""
    if letter.advance and content.embargo:
        zone, city = zone_and_city(content.embargo, letter.office)
        embargo = _("EMBARGOED UNTIL %(when)s", when=hours.full_hour(content.embargo.utc, zone, _, city))
    return Part(
        words=_,
        language=language,
        direction="rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr",
        level=level,
        kind=kind_name(content.kind, _),
        issuers=" · ".join(_line(one.name) for one in content.organisations),
        embargo=embargo,
        release_line="" if embargo else _line(edition.release_line) or _("FOR IMMEDIATE RELEASE"),
        date=hours.long_date(content.date, _),
        headline=headline(content, language),
        subhead=_line(edition.subhead),
        dateline=re.sub(r"[\s:–—-]+$", "", _line(edition.dateline)),
        body=read_body(edition.body, language, level + 1),
        four=_four(edition, _) if content.kind is Kind.ADVISORY else (),
        events=tuple(_event(one, content, letter, language, _) for one in content.events),
        resources=tuple(_resource(one, content, letter, language, _) for one in content.resources),
        contacts=tuple(_contact(one, content, language, _) for one in content.contacts),
        notes=whole(read_body(edition.notes_to_editors, language, level + 2), language),
        boilerplates=tuple(_boilerplate(one, content, language, _) for one in content.organisations if one.boilerplate),
    )


def _four(edition: Edition, _: Words) -> tuple[tuple[str, tuple[str, ...]], ...]:
    rows = (_("WHAT"), edition.what), (_("WHEN"), edition.when), (_("WHERE"), edition.where), (_("WHO"), edition.who)
    return tuple((label, tuple(_line(line) for line in text.strip().split("\n"))) for label, text in rows if text.strip())


def _event(event: Event, content: ReleaseContent, letter: Letter, language: str, _: Words) -> EventView:
    zone, city = zone_and_city(event.start, letter.office)
    return EventView(
        title=_say(event.title, content, language),
        when=hours.full_hour(event.start.utc, zone, _, city),
        place=_say(event.place, content, language),
        region=_say(event.region, content, language),
        contact=_contact(event.contact, content, language, _) if event.contact else None,
    )


def _resource(resource: Resource, content: ReleaseContent, letter: Letter, language: str, _: Words) -> ResourceView:
    url = web_link(resource.url) if resource.url else asset_url(letter.public_url, resource)
    spoken = language_name(resource.language, _) if resource.language else ""
    details = [_type(resource.file or urlsplit(resource.url).path, _), spoken, _size(resource.size, _)]
    return ResourceView(_say(resource.title, content, language), url, ", ".join(one for one in details if one))


def asset_url(public_url: str, resource: Resource) -> str:
    """Where a release's file is to be had; "" while the office has no public address."""
    if not public_url or not resource.sha256:
        return ""
    return f"{public_url.rstrip('/')}/assets/{resource.sha256}/{quote(PurePosixPath(resource.file).name)}"


def web_link(url: str) -> str:
    """The address if it is one of the web's, else "": no other scheme becomes a link."""
    return url.strip() if url.strip().lower().startswith(("https://", "http://")) else ""


def _type(path: str, _: Words) -> str:
    ending = PurePosixPath(path).suffix.lower().removeprefix(".")
    if ending in {"jpg", "jpeg", "png", "gif", "tif", "tiff", "webp"}:
        return _("picture")
    if ending in {"mp3", "wav", "m4a", "ogg"}:
        return _("audio")
    if ending in {"mp4", "mov", "webm"}:
        return _("video")
    return _TYPES.get(ending) or _("web page")


def _size(octets: int, _: Words) -> str:
    """1.2 MB; decimal units, as file managers show them. "" where the size is not known."""
    if not octets:
        return ""
    size, unit = (octets / 1e6, "MB") if octets >= 1e6 else (max(1, round(octets / 1e3)), "KB")
    return f"{format_decimal(size, '#,##0.#', locale=hours.locale(_))} {unit}"


def _contact(contact: PressContact, content: ReleaseContent, language: str, _: Words) -> ContactView:
    number = re.split(r"(?i)\s*(?:ext|x|#|,)", contact.phone)[0]
    digits = re.sub(r"[^0-9+]", "", number)
    return ContactView(
        name=_line(contact.name),
        role=_say(contact.role, content, language),
        email=_line(contact.email),
        phone=_line(contact.phone),
        tel=f"tel:{digits}" if digits else "",
        languages=", ".join(language_name(tag, _) for tag in contact.languages),
    )


def _boilerplate(organisation: Organisation, content: ReleaseContent, language: str, _: Words) -> Boilerplate:
    said = _say(organisation.boilerplate, content, language, in_one_line=False)
    paragraphs = tuple(_line(one) for one in re.split(r"\n\s*\n", said.text) if one.strip())
    return Boilerplate(
        _("About %(name)s", name=_line(organisation.name)), paragraphs, said.language, web_link(organisation.url)
    )


def _say(texts: Texts, content: ReleaseContent, language: str, *, in_one_line: bool = True) -> Said:
    for key in (language, ANY, content.primary, *texts):
        if key in texts:
            text = _line(texts[key]) if in_one_line else texts[key]
            return Said(text, language if key == ANY else key)
    return Said("", language)


def _line(text: str) -> str:
    return re.sub(r"[ \t\n]+", " ", text).strip(" ")
