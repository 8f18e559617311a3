"""From items to the content of a draft: what a release needs and the page does not have is put in so that it can be seen, and
told. Everything here passes the reader of release folders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from slugify import slugify

from distro.editorial.content import Edition, Event, Kind, Organisation, PressContact, ReleaseContent, Resource, Words
from distro.editorial.fields import plain_lines
from distro.editorial.folder import LONGEST_SLUG
from distro.editorial.importing.item import Happening, Item
from distro.editorial.importing.labels import RELEASE_LINE
from distro.editorial.importing.people import Caller
from distro.editorial.when import parse_instant
from distro.errors import Refused
from distro.headertext import UNFIT

_LINK = re.compile(r"https?://[^\s/?#<>\"\\]+[^\s<>\"\\]*")
_OPENING_WORDS = 12


@dataclass(frozen=True)
class Draft:
    """`notes`: what stands in it that the page does not say, and what the page says that does not stand in it."""

    content: ReleaseContent
    notes: tuple[str, ...]


def draft_of(items: Sequence[Item], *, office_zone: str, today: date) -> Draft:
    """One release out of its editions, the first of which is the primary."""
    first = items[0]
    notes: list[str] = []
    day = next((item.date for item in items if item.date), None)
    if day is None:
        notes.append(f"It bears the day of the import, {today}, for want of its own; set its date.")
    editions = {item.language: _edition(item, notes) for item in items}
    content = ReleaseContent(
        kind=first.kind,
        slug=_slug(first, editions[first.language], day or today),
        date=day or today,
        languages=tuple(editions),
        organisations=tuple(_organisations(items)),
        contacts=tuple(_contacts(items)),
        resources=tuple(_resources(items)),
        events=tuple(_events(items, office_zone, notes)),
        editions=editions,
    )
    if any((line := RELEASE_LINE.match(item.release_line)) and line["embargo"] for item in items):
        notes.append("Its release line speaks of an embargo; none is set.")
    return Draft(content, tuple(dict.fromkeys(notes)))


def _edition(item: Item, notes: list[str]) -> Edition:
    headline = _line(item.headline)
    if not headline and item.kind is not Kind.STATEMENT:
        text = item.paragraphs[0] if item.paragraphs else next(iter(item.parts.values()), "")
        words = _line(text).split()
        headline = (
            " ".join(words[:_OPENING_WORDS]) + ("…" if len(words) > _OPENING_WORDS else "") or f"{item.kind} of {item.date}"
        )
        notes.append("Its headline is only how its text begins; write one.")
    return Edition(
        headline=headline,
        subhead=_line(item.subhead),
        dateline=_line(item.dateline),
        what=_lines(item.parts.get("what", "")),
        when=_lines(item.parts.get("when", "")),
        where=_lines(item.parts.get("where", "")),
        who=_lines(item.parts.get("who", "")),
        notes_to_editors=_lines(item.notes_to_editors),
        release_line=_line(item.release_line),
        body=_lines(item.body),
    )


def _slug(item: Item, edition: Edition, day: date) -> str:
    made = slugify(edition.headline, max_length=LONGEST_SLUG, word_boundary=True)
    return made or f"{item.kind}-{day}"


def dated(content: ReleaseContent) -> ReleaseContent:
    """The same under a slug with its date, for where another release has the plain one."""
    plain = slugify(content.slug, max_length=LONGEST_SLUG - 11, word_boundary=True)
    return content.model_copy(update={"slug": f"{plain}-{content.date}"})


def _organisations(items: Sequence[Item]) -> list[Organisation]:
    """The issuers of the first edition; a boilerplate of a further edition goes to the one in its place."""
    texts: dict[str, Words] = {_line(name): {} for name in items[0].organisations}
    for item in items:
        for number, one in enumerate(item.boilerplates):
            name = _line(one.organisation)
            described = [_line(b.organisation) for b in items[0].boilerplates]
            if name not in texts and item is not items[0] and number < len(described):
                name = described[number]
            words = texts.setdefault(name or _line(items[0].organisations[0]), {})
            text = _lines(one.text)
            words[item.language] = f"{words[item.language]}\n\n{text}" if item.language in words else text
    return [Organisation(name=name, boilerplate=words) for name, words in texts.items() if name]


def _contacts(items: Sequence[Item]) -> list[PressContact]:
    found: dict[str, PressContact] = {}
    for item in items:
        for one in item.contacts:
            contact = _contact(one, item.language)
            known = found.get(contact.name.casefold())
            if known is None:
                found[contact.name.casefold()] = contact
            elif known.role and contact.role:
                found[contact.name.casefold()] = known.model_copy(update={"role": contact.role | known.role})
    return list(found.values())


def _contact(one: Caller, language: str) -> PressContact:
    """A contact without a name is called by what reaches it."""
    role = _line(one.role)
    return PressContact(
        name=_line(one.name) or one.email or _line(one.phone),
        role={language: role} if role else {},
        email=one.email,
        phone=_line(one.phone),
    )


def _resources(items: Sequence[Item]) -> list[Resource]:
    """Those whose address the page has; the others are told in the item's own notes."""
    found: dict[str, Resource] = {}
    for item in items:
        for one in item.resources:
            url = one.url.strip()
            title = _line(one.title)
            if not _LINK.fullmatch(url) or UNFIT.search(url) or "=?" in url or not title:
                continue
            known = found.get(url)
            words = (known.title if known else {}) | {item.language: title}
            found[url] = Resource(title=words, url=url, language=known.language if known else one.language)
    return list(found.values())


def _events(items: Sequence[Item], office_zone: str, notes: list[str]) -> list[Event]:
    first = items[0]
    found: list[Event] = []
    for number, one in enumerate(first.events):
        if not (one.date and one.time):
            notes.append(f"An event lacks its day or its hour: {one.title or one.place}.")
            continue
        zone = one.zone or office_zone
        try:
            start = parse_instant(f"{one.date} {one.time} {zone}", office_zone=office_zone)
        except Refused as refused:
            notes.append(f"An event was left out: {refused}")
            continue
        if one.guessed or not one.zone:
            notes.append(f"The page names no time zone for {one.date} {one.time}; {zone} is taken.")
        others = {item.language: item.events[number] for item in items[1:] if number < len(item.events)}
        found.append(
            Event(
                start=start,
                place=_each(first.language, one, others, "place"),
                title=_each(first.language, one, others, "title"),
                contact=_contact(one.contact, first.language) if one.contact else None,
            )
        )
    return found


def _each(language: str, one: Happening, others: dict[str, Happening], part: str) -> Words:
    words = {
        language: _lines(str(getattr(one, part))),
        **{tag: _lines(str(getattr(other, part))) for tag, other in others.items()},
    }
    return {tag: text for tag, text in words.items() if text}


def _line(text: str) -> str:
    """Text of one line that may stand in a header."""
    plain = " ".join(UNFIT.sub(" ", plain_lines(text)).split())
    while "=?" in plain:
        plain = plain.replace("=?", "= ?")
    return plain


def _lines(text: str) -> str:
    return "\n".join(UNFIT.sub(" ", line.replace("\t", " ")) for line in plain_lines(text).split("\n")).strip()
