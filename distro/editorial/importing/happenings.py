"""Events: the four parts of an advisory, and the entries of a round-up with day, hour, zone, place and contact. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from distro.editorial.importing.item import Happening
from distro.editorial.importing.labels import CONTACT, OTHER_PARTS, PARTS
from distro.editorial.importing.page import Block, Shape
from distro.editorial.importing.people import MAIL, PHONE, Caller, is_phone, people_in
from distro.reading.calendars import fold
from distro.reading.dates import find_dates, nearest
from distro.reading.hours import find_hours
from distro.reading.zones import cities, find_zones

_MOST_WORDS = 140
_STATES = {
    "America/Los_Angeles": "CA WA OR NV California Washington Oregon Nevada",
    "America/New_York": "NY NJ CT MA PA FL GA VA MD NC SC OH MI VT NH ME RI DE DC",
    "America/Chicago": "IL TX MN WI IA MO LA AL MS TN OK KS NE AR",
    "America/Denver": "CO UT NM MT WY",
    "America/Phoenix": "AZ",
}
_NO_CITIES = {
    *("central", "centro", "este", "mountain", "pacific", "eastern", "insular", "peninsular", "canaria", "british", "center"),
}
_BY_STATE = {state: zone for zone, states in _STATES.items() for state in states.split()}


@dataclass
class Parts:
    """`found`: what, when, where, who. `left`: the blocks that are none of them."""

    found: dict[str, str] = field(default_factory=dict)
    left: list[Block] = field(default_factory=list)


def read_parts(blocks: Sequence[Block]) -> Parts:
    """The labelled parts of an advisory. One goes on over lists and short lines up to the next label or a long paragraph."""
    parts = Parts()
    part = ""
    for block in blocks:
        if block.shape is Shape.TABLE:
            parts.left.append(block)
            part = ""
            continue
        kept: list[str] = []
        for line in block.lines:
            name = next((one for one, label in PARTS.items() if label.match(f"{line} ")), "")
            if not name and block.shape is Shape.HEADING:
                name = next((one for one, label in PARTS.items() if label.match(f"{line.rstrip(' :')}: ")), "")
            if name and name not in parts.found:
                part = name
                parts.found[part] = PARTS[name].sub("", f"{line} ").strip() if PARTS[name].match(f"{line} ") else ""
            elif part and not _leaves(block, line, parts.found[part]):
                mark = "- " if block.shape is Shape.ITEM else ""
                parts.found[part] = f"{parts.found[part]}\n{mark}{line}".strip()
            else:
                part = ""
                kept.append(line)
        if len(kept) == len(block.lines):
            parts.left.append(block)
        elif kept:
            parts.left.append(replace(block, text="\n".join(kept), rich="\n".join(kept)))
    return parts


def _leaves(block: Block, line: str, so_far: str) -> bool:
    if OTHER_PARTS.match(line) or CONTACT.match(line) or block.shape in (Shape.HEADING, Shape.RULE):
        return True
    return bool(so_far) and block.shape is not Shape.ITEM and len(line.split()) >= 25


def of_advisory(found: dict[str, str], title: str, language: str, near: date, dateline: str) -> list[Happening]:
    """The event of an advisory."""
    when = found.get("when", "")
    place = " ".join(found.get("where", "").split())
    at = _at(when, language, near)
    if at is None:
        return []
    return [_zoned(replace(at, place=place, title=found.get("what", "").split("\n")[0] or title), f"{place} {dateline}")]


def of_round_up(blocks: Sequence[Block], language: str, near: date) -> list[Happening]:
    """Every entry that has a day and an hour, or an hour under a day that stands above it."""
    found: list[Happening] = []
    day, heading = "", ""
    for group in _entries(blocks):
        text = "\n".join(line for block in group for line in block.lines)
        at = _at(text, language, near)
        if at is None or not at.time or len(text.split()) > _MOST_WORDS:
            alone = at.date if at and len(text.split()) <= 8 else ""
            day = alone or day
            heading = "" if alone else group[-1].text if group[-1].shape is Shape.HEADING else heading
            continue
        if not at.date:
            at = replace(at, date=day)
        if at.date:
            found.append(_described(at, text, group, heading, language))
    return found


def _entries(blocks: Sequence[Block]) -> list[list[Block]]:
    """Blocks that belong together: a heading or a bold line with the short ones under it, each item of a list alone."""
    groups: list[list[Block]] = []
    for block in blocks:
        opens = block.shape in (Shape.HEADING, Shape.ITEM) or block.strong or not groups
        long = block.words > 45 or (groups and groups[-1][-1].words > 45)
        after_item = bool(groups) and groups[-1][-1].shape is Shape.ITEM
        labelled = bool(block.lines) and (
            any(p.match(block.lines[0]) for p in (PARTS["when"], PARTS["where"], OTHER_PARTS))
            or bool(CONTACT.match(block.lines[0]))
        )
        if groups and labelled and not (PARTS["when"].match(block.lines[0]) and _has(groups[-1], "when")):
            groups[-1].append(block)
        elif opens or long or after_item or (len(block.lines) > 1 and not _is_head(groups[-1])) or _begins(block, groups[-1]):
            groups.append([block])
        else:
            groups[-1].append(block)
    return groups


def _is_head(group: Sequence[Block]) -> bool:
    """So far only the title of an entry: a bold line without a day."""
    return len(group) == 1 and (group[0].strong or group[0].shape is Shape.HEADING) and not _day(group[0].text, "en", date.min)


def _has(group: Sequence[Block], part: str) -> bool:
    return any(PARTS[part].match(line) for block in group for line in block.lines)


def _begins(block: Block, group: Sequence[Block]) -> bool:
    """A line with a day or an hour of its own, under an entry that has one."""
    return bool(find_hours(block.text, "en")) and any(find_hours(one.text, "en") for one in group)


def _at(text: str, language: str, near: date) -> Happening | None:
    hours = [one for one in find_hours(text, language) if not one.ends]
    day = _day(text, language, near)
    if not hours and not day:
        return None
    clock = f"{hours[0].hour % 24:02}:{hours[0].minute:02}" if hours else ""
    zone = hours[0].zone.zone if hours and hours[0].zone else next((z.zone for z in find_zones(text) if z.zone), "")
    return Happening(date=day, time=clock, zone=zone)


def _day(text: str, language: str, near: date) -> str:
    for tag in dict.fromkeys((language, "en", "es")):
        for one in find_dates(text, tag):
            day = nearest(one, near) if one.day else None
            if day:
                return day.isoformat()
    return ""


def _described(at: Happening, text: str, group: Sequence[Block], heading: str, language: str) -> Happening:
    """With place, title and contact: by their labels, else by what is left between the hour and the contact."""
    contact = re.search(
        r"(?im)(?:^|[\s.;(–—|-])(?:media |press |local )?(?:contact[oa]?s?(?: de prensa)?|info(?:rmation"
        r"|rmaci[oó]n)?|rsvp)\s*:\s*",
        text,
    )
    people = people_in(text[contact.end() :]) if contact else _reached_in(text)
    body = text[: contact.start()] if contact else text
    where = re.search(rf"(?im){PARTS['where'].pattern[1:]}(.+)$", body)
    what = re.search(rf"(?im){PARTS['what'].pattern[1:]}(.+)$", body)
    first = group[0]
    title = what[1] if what else (first.lines[0] if first.shape is Shape.HEADING or first.strong else heading)
    place = where[1] if where else _place(body, title, language)
    if not title or find_hours(title, language):
        title = _title(body, place, language) or heading
    return _zoned(
        replace(at, place=place.strip(" .,;"), title=title.strip(" .,;:"), contact=people[0] if people else None),
        f"{place} {heading}",
    )


def _reached_in(text: str) -> list[Caller]:
    marks = [m for m in (MAIL.search(text), next((p for p in PHONE.finditer(text) if is_phone(p[0])), None)) if m]
    if not marks:
        return []
    start = min(m.start() for m in marks)
    line = text[text.rfind("\n", 0, start) + 1 :]
    return [
        one
        for one in people_in(re.split(r"[.;]\s", line[: start - text.rfind("\n", 0, start)])[-1] + text[start:])
        if one.email or one.phone
    ]


def _pieces(body: str, language: str) -> list[str]:
    """What stands between the marks of a line, without days and hours."""
    pieces = []
    for piece in re.split(r"\s*(?:\n|[;|]|\s[–—-]+\s|:\s|,\s(?=(?:at|en|in)\s)|\.\s+(?=[A-ZÀ-Þ]))\s*", body):
        plain = re.sub(
            r"(?i)\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado"
            r"|domingo)\b",
            " ",
            _timeless(piece, language),
        )
        bare = re.sub(
            r"(?i)^(?:\s*(?:at|on|from|a|en|el|las|,|\.|–|—|-|\(|\)))+\s|[\s,.(–—-]+$", "", " ".join(plain.split())
        ).strip(" ,.()–—-")
        if len(bare) > 2:
            pieces.append(bare)
    return pieces


def _timeless(piece: str, language: str) -> str:
    spans = [one.span for one in find_dates(piece, language)] + [one.span for one in find_hours(piece, language)]
    for span in sorted([*spans, *(one.span for one in find_zones(piece))], key=lambda span: span.start, reverse=True):
        piece = f"{piece[: span.start]} {piece[span.end :]}"
    return piece


_PLACE = re.compile(
    r"(?i)\b(?:street|st\.|avenue|ave\.?|blvd|boulevard|road|rd\.|plaza|park|hall|center|centre|square|library"
    r"|church|courthouse|building|steps|room|campus|school|hospital|office|calle|avenida|av\.|parque|sal[oó]n"
    r"|centro|biblioteca|iglesia|edificio|escuela|ayuntamiento|palacio|zoom|online|virtual)\b|\d{2,5}\s+[A-ZÀ-Þ]"
    r"|,\s[A-Z]{2}\b"
)


def _place(body: str, title: str, language: str) -> str:
    pieces = [one for one in _pieces(body, language) if fold(one) != fold(title)]
    placed = [one for one in pieces if _PLACE.search(one) and len(one.split()) <= 22]
    return (
        placed[0]
        if placed
        else next((one for one in pieces if len(one.split()) <= 8 and one[0].isupper()), "")
        if len(pieces) > 1
        else ""
    )


def _title(body: str, place: str, language: str) -> str:
    pieces = [one for one in _pieces(body, language) if one != place]
    return max(pieces, key=lambda one: len(one.split()), default="") if pieces else ""


def _zoned(event: Happening, around: str) -> Happening:
    """With the zone of its place where none is written."""
    if event.zone or not event.time:
        return event
    for piece in [part.strip(" .()") for part in re.split(r"[,\n;–—]|\s(?=\d)", around)]:
        for name in (
            piece,
            " ".join(piece.split()[-2:]),
            " ".join(piece.split()[-3:]),
            piece.split()[-1] if piece.split() else "",
        ):
            zone = _BY_STATE.get(name) or (
                cities().get(fold(name)) if len(name) > 3 and name[:1].isupper() and fold(name) not in _NO_CITIES else None
            )
            if zone:
                return replace(event, zone=zone, guessed=True)
    state = re.search(r"\b([A-Z]{2})\b(?:\s+\d{5})?", around)
    zone = _BY_STATE.get(state[1]) if state else None
    return replace(event, zone=zone, guessed=True) if zone else event
