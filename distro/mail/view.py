"""What a template shows, worked out: one Part for each language of a letter, in the words and hours of that language.

Pure. Owns the choice of words; the templates own order and looks, `markdown` the body, `pieces` what it is made of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from distro import hours
from distro.editorial.content import Edition, Kind, ReleaseContent
from distro.mail.letter import Letter
from distro.mail.markdown import Body, plain, read_body, whole
from distro.mail.notice_view import NoticeView, notice_view
from distro.mail.pieces import (
    Boilerplate,
    ContactView,
    EventView,
    ResourceView,
    boilerplate_view,
    contact_view,
    event_view,
    one_line,
    own_name,
    resource_view,
    zone_and_city,
)
from distro.mail.showable import readable
from distro.words import Words, direction, words

_PREHEADER = 140


@dataclass(frozen=True)
class Part:
    """The release in one language, as shown. `words` speaks its chrome, which may be in another language than the text
    (`language`) where there is no catalogue for that; `level` is that of the headline (1 on top, 2 further down); `named`:
    whether the edition has a headline of its own."""

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
    named: bool
    subhead: str
    dateline: str
    body: Body
    four: tuple[tuple[str, tuple[str, ...]], ...]
    events: tuple[EventView, ...]
    resources: tuple[ResourceView, ...]
    contacts: tuple[ContactView, ...]
    notes: Markup
    boilerplates: tuple[Boilerplate, ...]
    notice: NoticeView | None

    @property
    def also(self) -> str:
        """The one line, on top of a stacked copy, that leads to this part; for its readers, so in their language."""
        if self.words.language.partition("-")[0] == self.language.partition("-")[0]:
            return self.words("English version below", "also")
        return own_name(self.language)

    def turn(self, language: str) -> Markup:
        """The attribute of what is written the other way than the part around it; nothing where both go the same way."""
        way = direction(language)
        return Markup("") if way == self.direction else Markup(' dir="{}"').format(way)

    @property
    def headline_language(self) -> str:
        """Whose words the headline is: ours, where the edition has none."""
        return self.language if self.named else self.words.language

    @property
    def chrome_direction(self) -> str:
        return direction(self.words.language)

    @property
    def figures(self) -> Markup:
        """The attribute of a phone number or an address, which is written from left to right in every language."""
        return self.turn("en")

    @property
    def preheader(self) -> str:
        text = (self.notice.short if self.notice else "") or plain(self.body.lede) or self.subhead
        return text if len(text) <= _PREHEADER else text[:_PREHEADER].rsplit(" ", 1)[0] + "…"


def parts(content: ReleaseContent, letter: Letter, sent: Sequence[str] = ()) -> tuple[Part, ...]:
    """One part for each language of the letter, the reader's own first. `sent`: when the original of a notice was sent, in
    words, for each."""
    content = readable(content)
    hours_ = [*sent, *[""] * len(letter.languages)]
    return tuple(
        _part(content, letter, language, hours_[at], level=1 if at == 0 else 2) for at, language in enumerate(letter.languages)
    )


def chrome(content: ReleaseContent, letter: Letter, language: str) -> Words:
    """The words around an edition: its own language's, else the primary language's, else English."""
    return words(language, content.primary, folder=letter.folder)


def headline(content: ReleaseContent, letter: Letter, language: str) -> str:
    """The edition's headline; a statement may lack one, then who made it and when."""
    if written := one_line(content.editions[language].headline):
        return written
    _ = chrome(content, letter, language)
    date, issuer = hours.long_date(content.date, _), content.organisations[0].name
    if content.kind is Kind.STATEMENT:
        return _("Statement by %(name)s, %(date)s", name=one_line(issuer), date=date)
    return _("%(kind)s: %(name)s, %(date)s", kind=kind_name(content.kind, _), name=one_line(issuer), date=date)


def kind_name(kind: Kind, _: Words) -> str:
    return {
        Kind.RELEASE: _("Press release"),
        Kind.ADVISORY: _("Media advisory"),
        Kind.STATEMENT: _("Statement"),
        Kind.FACT_SHEET: _("Fact sheet"),
        Kind.EVENT_ROUND_UP: _("Event round-up"),
        Kind.RESOURCE: _("Press resources"),
    }[kind]


def _part(content: ReleaseContent, letter: Letter, language: str, sent: str, level: int) -> Part:
    _ = chrome(content, letter, language)
    edition = content.editions[language]
    embargo = ""
    if letter.advance and content.embargo:
        zone, city = zone_and_city(content.embargo, letter.office)
        embargo = _("EMBARGOED UNTIL %(when)s", when=hours.full_hour(content.embargo.utc, zone, _, city))
    return Part(
        words=_,
        language=language,
        direction=direction(language),
        level=level,
        kind=kind_name(content.kind, _),
        issuers=" · ".join(one_line(one.name) for one in content.organisations),
        embargo=embargo,
        release_line="" if embargo else one_line(edition.release_line) or _("FOR IMMEDIATE RELEASE"),
        date=hours.long_date(content.date, _),
        headline=headline(content, letter, language),
        named=bool(one_line(edition.headline)),
        subhead=one_line(edition.subhead),
        dateline=re.sub(r"[\s:–—-]+$", "", one_line(edition.dateline)),
        body=read_body(edition.body, language, level + 1),
        four=_four(edition, _) if content.kind is Kind.ADVISORY else (),
        events=tuple(event_view(one, content, letter, language, _) for one in content.events),
        resources=tuple(resource_view(one, content, letter, language, _) for one in content.resources),
        contacts=tuple(contact_view(one, content, language, _) for one in content.contacts),
        notes=whole(read_body(edition.notes_to_editors, language, level + 2), language),
        boilerplates=tuple(boilerplate_view(one, content, language, _) for one in content.organisations if one.boilerplate),
        notice=notice_view(letter, language, headline(content, letter, language), sent, _) if letter.notice else None,
    )


def _four(edition: Edition, _: Words) -> tuple[tuple[str, tuple[str, ...]], ...]:
    rows = (_("WHAT"), edition.what), (_("WHEN"), edition.when), (_("WHERE"), edition.where), (_("WHO"), edition.who)
    return tuple((label, tuple(one_line(line) for line in text.strip().split("\n"))) for label, text in rows if text.strip())
