"""From a page to its items: parts it, reads each one's head and ending, judges kind, language and how sure all that is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from distro.editorial.content import Kind
from distro.editorial.fields import language_tag
from distro.editorial.importing.bodies import markdown_of, paragraphs_of
from distro.editorial.importing.dating import Day, date_line, day_comes_first, day_in
from distro.editorial.importing.documents import documents_in
from distro.editorial.importing.ending import Ending, asked_for, read_ending
from distro.editorial.importing.happenings import of_advisory, of_round_up, read_parts
from distro.editorial.importing.heading import Head, open_text, read_head
from distro.editorial.importing.html_blocks import escape
from distro.editorial.importing.item import Item
from distro.editorial.importing.kinds import Seen, is_release, kind_of
from distro.editorial.importing.months import with_years
from distro.editorial.importing.organisations import named_most, of_site, plain_name
from distro.editorial.importing.page import Block, Evidence, Page, Shape
from distro.editorial.importing.people import Caller
from distro.editorial.importing.splitting import split
from distro.editorial.importing.tongues import language_of
from distro.reading.quotes import Quote, Said, find_quotes
from distro.reading.speakers import titled

UNKNOWN = "Unknown organisation"
_NOBODY = re.compile(r"(?i)(?:webmaster|postmaster|no-?reply|do-?not-?reply)@")
_URL_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[/_-]?(0[1-9]|1[0-2])[/_-]?(0[1-9]|[12]\d|3[01])(?!\d)")


def items_of(page: Page, *, today: date, organisation: str = "") -> list[Item]:
    """The items of a page, in its order. `organisation`: whose archive it is, where the caller knows. `today`: events
    without a year, in items without a date, are near it."""
    page = _with_order(replace(page, blocks=with_years(page.blocks, page.evidence.language)))
    declared = page.evidence.language
    parts = split(_titled(page), declared)
    found = [_item(part, page.evidence, alone=len(parts) == 1, today=today) for part in parts]
    if len(found) == 1 and not is_release(found[0], page.evidence):
        return []
    issuer = organisation or of_site(page.evidence.site, page.evidence.title)
    fallback = named_most(text for item in found for text in item.paragraphs)
    return [_issued(item, issuer, fallback, given=bool(organisation)) for item in found]


def _with_order(page: Page) -> Page:
    """The page with a region of its language in which numbers of dates stand as its own unambiguous ones do."""
    first = day_comes_first(block.text for block in page.blocks)
    language = page.evidence.language.partition("-")[0].lower()
    region = {("en", True): "en-GB", ("en", False): "en-US", ("es", False): "es-PR", ("es", True): "es-ES"}.get(
        (language, first or False)
    )
    return page if first is None or region is None else replace(page, evidence=replace(page.evidence, language=region))


def _titled(page: Page) -> Sequence[Block]:
    """The blocks under the title that the file's author gave them in its front matter."""
    evidence = page.evidence
    if not (evidence.declared and evidence.headlines) or any(b.text == evidence.headlines[0] for b in page.blocks):
        return page.blocks
    return [Block(Shape.HEADING, evidence.headlines[0], escape(evidence.headlines[0]), level=1), *page.blocks]


def _item(blocks: Sequence[Block], evidence: Evidence, *, alone: bool, today: date) -> Item:
    language, sure = language_of("\n".join(block.text for block in blocks), evidence.language)
    own = evidence if alone else Evidence(language=evidence.language, headlines=evidence.headlines)
    regional = evidence.language if evidence.language.partition("-")[0].lower() == language else language
    head = read_head(blocks, language_tag(regional) or language, own)
    if alone:
        _declared(head, evidence)
    ending = read_ending(head.body)
    links = [link.url for block in blocks[:6] if block.shape is Shape.HEADING for link in block.links]
    day, day_sure = _day(head, ending, evidence, " ".join([evidence.url] if alone else links), alone=alone)
    near = day or today
    parts = read_parts(ending.body)
    quotes = _speech(paragraphs_of(ending.body), language, head.headline)
    documents = documents_in([*ending.body, *ending.notes], ending.resources, language)
    events = of_round_up(ending.body, language, near)
    kind, kind_sure = kind_of(
        Seen(head.type, head.headline, head.release_line, ending.body, parts.found, quotes, documents, events)
    )
    advisory = kind is Kind.ADVISORY and len(parts.found) >= 2
    if advisory and not head.dateline:
        head.dateline = open_text(parts.left, language)
    body = parts.left if advisory else ending.body
    if kind is not Kind.EVENT_ROUND_UP:
        title = head.headline
        events = of_advisory(parts.found, title, language, near, head.dateline) if "when" in parts.found else []
    callers = [one for one in _callers(head, ending) if one.name or not _NOBODY.match(one.email)]
    if not callers and kind is not Kind.EVENT_ROUND_UP:
        callers = asked_for(ending.body)
    item = Item(
        kind=kind,
        date=day,
        headline=head.headline,
        subhead=" / ".join(head.subheads),
        dateline=head.dateline,
        release_line=head.release_line,
        contacts=tuple(callers),
        body=markdown_of(body),
        paragraphs=tuple(paragraphs_of(ending.body)),
        quotes=tuple(quotes),
        language=language,
        boilerplates=tuple(ending.boilerplates),
        resources=tuple(documents),
        events=tuple(events),
        links=tuple(dict.fromkeys(link for block in body for link in block.links)),
        parts=parts.found if advisory else {},
        notes_to_editors=markdown_of(ending.notes),
        organisations=tuple([ending.source] if ending.source else []),
    )
    return _judged(item, head, ending, {"kind": kind_sure, "date": day_sure, "language": sure})


def _declared(head: Head, evidence: Evidence) -> None:
    """What the page's own metadata names, where its text does not."""
    if not head.headline and evidence.headlines:
        title = evidence.headlines[-1]
        head.headline, head.sure = re.split(r"\s[|»·]\s", title)[0], 0.95 if evidence.declared else 0.7
    if not head.subheads and evidence.subhead:
        head.subheads = [evidence.subhead]


def _day(head: Head, ending: Ending, evidence: Evidence, url: str, *, alone: bool) -> tuple[date | None, float]:
    """The day in the head; else the dateline's; else that of the metadata or the address; else a line at the end that is a
    date; else that to which it was embargoed."""
    declared = date.fromisoformat(evidence.dates[0]) if alone and evidence.dates and _is_day(evidence.dates[0]) else None
    found: Day | None = head.day
    if found:
        if declared == found.day:
            return found.day, 0.99
        if declared and found.confidence < 0.7 and (declared.day, declared.month) == (found.day.month, found.day.day):
            return declared, 0.9
        return found.day, found.confidence
    if head.dateline and not evidence.declared and (found := _of_dateline(head.dateline)):
        return found.day, min(found.confidence, 0.9 if declared in (None, found.day) else 0.8)
    if declared:
        return declared, 0.97 if evidence.declared else 0.85
    if written := _URL_DAY.search(url):
        iso = "-".join(part.zfill(2) for part in written.groups())
        if _is_day(iso):
            return date.fromisoformat(iso), 0.75
    for block in reversed(ending.body[-3:]):
        if block.lines and (found := date_line(block.lines[-1], "")):
            return found.day, 0.6
    if head.release_line and (found := _of_dateline(head.release_line)):
        return found.day, 0.5
    return None, 0.0


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _of_dateline(dateline: str) -> Day | None:
    return day_in(dateline, "")


def _speech(paragraphs: Sequence[str], language: str, headline: str) -> list[Quote]:
    """What is said; what nobody is named for is the one's whose statement the headline announces."""
    source = titled(headline)
    found = [quote for quote in find_quotes(paragraphs, language) if quote.kind is Said.SPEECH]
    return [replace(q, speaker=source.name, title=source.title) if source and not q.speaker else q for q in found]


def _callers(head: Head, ending: Ending) -> list[Caller]:
    """Each person once; what one block lacks the other may have."""
    found: dict[str, Caller] = {}
    for one in (*head.callers, *ending.callers):
        key = one.name.casefold() or one.email or one.phone
        known = found.get(key)
        found[key] = (
            one
            if known is None
            else replace(known, email=known.email or one.email, phone=known.phone or one.phone, role=known.role or one.role)
        )
    return list(found.values())


def _judged(item: Item, head: Head, ending: Ending, sure: dict[str, float]) -> Item:
    """With a confidence for each field, and a sentence for what an officer should look at."""
    words = sum(len(text.split()) for text in item.paragraphs)
    named = [one for one in item.contacts if one.name]
    speakers = [quote for quote in item.quotes if quote.speaker]
    reached = [one for one in item.contacts if one.email or one.phone]
    confidence = sure | {
        "headline": head.sure if item.headline else 0.85 if item.kind is Kind.STATEMENT else 0.4,
        "subhead": 0.8 if item.subhead else 0.9,
        "dateline": 0.9 if item.dateline else 0.8,
        "contacts": (0.95 if reached else 0.7) if named else 0.6 if item.contacts else 0.8,
        "body": 0.95 if words > 80 else 0.7 if words > 25 else 0.4,
        "quotes": 0.9 if len(speakers) == len(item.quotes) else 0.6,
        "boilerplates": 0.7 if ending.guessed else 0.9 if all(one.organisation for one in item.boilerplates) else 0.6,
        "resources": 0.8 if all(one.url for one in item.resources) else 0.6,
        "events": (0.9 if all(e.date and e.time and e.place for e in item.events) else 0.6) if item.events else 0.85,
        "release_line": 0.95 if item.release_line else 0.8,
    }
    return replace(item, confidence=confidence, notes=(*item.notes, *_notes(item, words)))


def _notes(item: Item, words: int) -> list[str]:
    found = []
    if item.date is None:
        found.append("The page names no date for it.")
    if not item.headline and item.kind is not Kind.STATEMENT:
        found.append("It has no headline.")
    if not item.contacts:
        found.append("It names no press contact.")
    found += [
        f"{one.name or one.phone} has no mail address: the page hides it, or never had it."
        for one in item.contacts
        if not one.email
    ]
    if words < 25 and not item.parts:
        found.append("There is hardly any text: the page may show only its beginning.")
    found += [f"The address of {one.title!r} is not in the saved page." for one in item.resources if not one.url]
    unsaid = sum(1 for quote in item.quotes if not quote.speaker)
    if unsaid:
        found.append(f"{unsaid} of {len(item.quotes)} quotes name no speaker.")
    return found


def _issued(item: Item, issuer: str, fallback: str, *, given: bool) -> Item:
    """With its organisations: the one that is known, those that its end describes, its source."""
    described = [one.organisation for one in item.boilerplates if one.organisation]
    named = list(
        dict.fromkeys(plain_name(one) for one in (*([issuer] if given else []), *described, *item.organisations) if one)
    )
    if issuer and not named:
        named = [issuer]
    sure = 0.95 if given else 0.85 if described or item.organisations else 0.75 if issuer else 0.3 if fallback else 0.0
    if not named:
        named = [fallback or UNKNOWN]
    boilerplates = tuple(replace(one, organisation=one.organisation or named[0]) for one in item.boilerplates)
    notes = item.notes if sure >= 0.7 else (*item.notes, "Who issued it is a guess; give --organisation NAME.")
    return replace(
        item,
        organisations=tuple(named),
        boilerplates=boilerplates,
        confidence=item.confidence | {"organisations": sure},
        notes=notes,
    )
