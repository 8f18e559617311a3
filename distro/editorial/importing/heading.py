"""The head of an item: release line, kind, date, contacts, headline, subhead, dateline; and where its text begins.

Goes down the lines until the first that is text. Does not own what stands at an item's end (ending)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from distro.editorial.importing.contact_lines import contact_line, is_loose_contact
from distro.editorial.importing.datelines import dateline_of
from distro.editorial.importing.dating import Day, date_line, day_in, undated
from distro.editorial.importing.furniture import is_chrome
from distro.editorial.importing.head_lines import Line, line_is_prose, lines_of
from distro.editorial.importing.headlines import chosen_headline, is_headline, is_letterhead, is_subhead, runs_on
from distro.editorial.importing.labels import CONTACT, OTHER_PARTS, PARTS, RELEASE_LINE, TYPE_LINE
from distro.editorial.importing.outlines import is_prose
from distro.editorial.importing.page import Block, Evidence, Shape
from distro.editorial.importing.people import MAIL, PHONE, Caller, is_caller, people_in, people_under, reaches

_BYLINE = re.compile(
    r"^(?:by|por|written by|escrito por|posted by|publicado por|author|autor|redacci[oó]n)\b[\s:].{2,60}$", re.IGNORECASE
)
_LONGEST = 320
_UPDATED = re.compile(r"(?i)\W*(?:updated|last|actualizado|modified)")
_NUMBER = re.compile(
    r"(?i)(?:(?:news |press )?release|bulletin|bolet[ií]n|comunicado|nota(?: de prensa)?|ref(?:erence"
    r"|erencia)?\.?|folio)?\s*(?:no\.?|n[ºo°]\.?|number|n[uú]mero|id|#)?\s*[:.]?"
    r"\s*(?:[A-Z]{0,4}[\d/-]{1,12})?"
)
"""The number that an office gives its releases, or the label before it."""

_RESOURCE = re.compile(r"(?i)(?:report|toolkit|(?:resource )?guide|data ?set|informe|gu[ií]a)")
"""What a list of files calls one of them. The plural is a menu's."""


@dataclass
class Head:
    """`type`: the group of TYPE_LINE that matched, "" for none. `sure`: how sure the headline is. `body`: the blocks behind."""

    release_line: str = ""
    type: str = ""
    day: Day | None = None
    callers: list[Caller] = field(default_factory=list)
    headline: str = ""
    sure: float = 0.0
    letterhead: str = ""
    subheads: list[str] = field(default_factory=list)
    dateline: str = ""
    body: list[Block] = field(default_factory=list)
    posted: bool = False
    """The day stood over the release line: it may be the site's, and one below is the release's own."""


def read_head(blocks: Sequence[Block], language: str, evidence: Evidence) -> Head:
    """`evidence.headlines` are titles that the page itself gives to this item."""
    head = Head()
    lines = [Line(text, block, n, p) for n, block in enumerate(blocks) for p, text in enumerate(lines_of(block))]
    chosen = chosen_headline(lines, evidence)
    at = 0
    while at < len(lines):
        line = lines[at]
        step = _step(head, lines, at, chosen, language)
        if step == 0:
            head.body = _rest(blocks, line)
            break
        at += step
    head.dateline = open_text(head.body, language)
    return head


def _step(head: Head, lines: Sequence[Line], at: int, chosen: Line | None, language: str) -> int:
    """How many lines the head takes in here; 0 where the text begins."""
    line = lines[at]
    text = line.text
    if line.block.shape is Shape.RULE or (not head.headline and is_chrome(text) and line is not chosen):
        return 1
    if _release_line(head, text, language) or _date(head, text, language):
        return 1
    if _NUMBER.fullmatch(text):
        return 1
    if (
        CONTACT.match(text)
        and line is not chosen
        and not (line_is_prose(line) and not MAIL.search(text) and not PHONE.search(text))
    ):
        return _contacts(head, lines, at)
    caller = is_caller(text) and is_loose_contact(lines, at)
    if line is not chosen and not head.headline and not caller and is_letterhead(line, lines, at, language):
        head.letterhead = text
        return 1
    if chosen is None and not (head.headline or caller) and len(text.split()) <= 4 and _is_menu(lines, at, language):
        return 1
    if line is chosen or (chosen is None and not head.headline and is_headline(line, lines, at, language)):
        return _headline(head, lines, at, chosen)
    if not head.headline and not caller and _is_menu(lines, at, language):
        return 1
    if line.block.shape in (Shape.ITEM, Shape.TABLE) or any(p.match(text) for p in (*PARTS.values(), OTHER_PARTS)):
        return 0
    if is_loose_contact(lines, at):
        return _contacts(head, lines, at, labelled=False)
    if _BYLINE.match(text) and len(text.split()) <= 9 and not line_is_prose(line):
        return 1
    if head.headline and head.day is None and len(text.split()) <= 4 and _date_comes(lines, at, language):
        return 1
    if chosen is not None and not head.headline and _comes(lines, at, chosen):
        return _above(head, line)
    if head.headline and len(text.split()) <= 6 and _is_said_again(lines, at):
        return 1
    if head.headline and is_subhead(line, lines, at, language):
        head.subheads.append(text)
        return 1
    return int(not head.headline and not line_is_prose(line) and _is_menu(lines, at, language))


def _release_line(head: Head, text: str, language: str) -> bool:
    """A release line, or one that says the kind; with them the date, contact or headline on the same line."""
    if len(text) > _LONGEST:
        return False
    both = [part.strip() for part in re.split(r"\s[/|·•–—-]\s", text)]
    if len(both) == 2 and not head.type and all(TYPE_LINE.fullmatch(part) or RELEASE_LINE.fullmatch(part) for part in both):
        kind = TYPE_LINE.match(both[0])  # "Press release / Comunicado de prensa"
        head.type = next((name for name in ("advisory", "statement", "facts", "release") if kind and kind[name]), "release")
        return True
    if (line := RELEASE_LINE.match(text)) and not head.release_line:
        rest = text[line.end() :].strip(" :.,-–—|/")
        day = None if line["embargo"] else date_line(rest, language)
        contact = re.search(r"(?i)\b(?:media |press )?contact[oa]?s?(?: de prensa)?\s*:", rest)
        head.release_line = text.strip(" *_") if not (day or contact) else text[: line.end()].strip(" *_")
        head.posted = head.day is not None
        head.day = day or head.day
        if contact:
            head.callers += people_in(rest[contact.end() :])
            head.day = head.day or day_in(rest[: contact.start()], language)
        return True
    if _RESOURCE.fullmatch(text) and not head.type and not head.headline:
        head.type = "resource"
        return True
    last = re.split(r"\s[–—|·-]\s|\s*:\s*", text)[-1]
    if last != text and not head.type and len(text.split()) <= 12 and (ends := TYPE_LINE.fullmatch(last.strip())):
        head.letterhead = text.rpartition(last)[0].strip(" –—|·-:")
        head.type = next(name for name in ("advisory", "statement", "facts", "release") if ends[name])
        return head.type != "statement"
    kind = TYPE_LINE.match(text)
    if kind is None or (head.type and head.headline):
        return False
    rest = text[kind.end() :].strip(" :.-–—#|()")
    group = next((name for name in ("advisory", "statement", "facts", "release") if kind[name]), "")
    number = re.fullmatch(r"(?i)(?:n[ºo°.]*\s*)?[\d/.-]+|", rest) is not None
    day = date_line(rest, language)
    if not number and day is None and not RELEASE_LINE.match(rest):
        if len(rest.split()) < 3 and rest:
            return False
        head.type = head.type or group
        return False
    head.type = head.type or group
    if RELEASE_LINE.match(rest) and not head.release_line:
        head.release_line = rest
    head.day = head.day or day
    return True


def _date(head: Head, text: str, language: str) -> bool:
    day = date_line(text, language)
    if day is None and re.search(r"\s[|·•/]\s|^by\b|^por\b", text, re.IGNORECASE) and len(text.split()) <= 14:
        parts = [one for one in re.split(r"\s[|·•/]\s", text) if one.strip()]
        found = [one for one in map(lambda part: date_line(part, language), parts) if one]
        day = replace(found[0], confidence=min(found[0].confidence, 0.9)) if found else None
    if day is None:
        return False
    if head.posted and not _UPDATED.match(text):
        head.day, head.posted = day, False
    elif head.day is None or (head.day.confidence < day.confidence and not _UPDATED.match(text)):
        head.day = day
    return True


def _contacts(head: Head, lines: Sequence[Line], at: int, *, labelled: bool = True) -> int:
    """The contact block that begins here: its label's line and all below that name people, offices, addresses, numbers."""
    label = CONTACT.match(lines[at].text) if labelled else None
    taken = [lines[at].text[label.end() :] if label else lines[at].text]
    step = 1
    while at + step < len(lines) and contact_line(
        [one.text for one in lines[at + step : at + step + 4]], lines[at + step].block, taken
    ):
        again = CONTACT.match(lines[at + step].text)
        taken.append(lines[at + step].text[again.end() :] if again else lines[at + step].text)
        step += 1
    found = people_under(label[0] if label else "", "\n".join(taken))
    head.callers += [one for one in found if one not in head.callers]
    return step


def _headline(head: Head, lines: Sequence[Line], at: int, chosen: Line | None) -> int:
    line = lines[at]
    head.headline = line.text
    head.sure = 0.95 if chosen is not None else 0.9 if line.block.strong else 0.8
    kind = TYPE_LINE.match(line.text)
    if kind is not None and (kind["advisory"] or kind["release"]):
        rest = line.text[kind.end() :].strip(" :.-–—|")
        if len(rest.split()) >= 3:
            head.headline = rest
    _dated(head)
    step = 1
    while chosen is None and at + step < len(lines) and runs_on(head.headline, line, lines[at + step]):
        head.headline += f" {lines[at + step].text}"
        step += 1
    return step


def _is_said_again(lines: Sequence[Line], at: int) -> bool:
    """The line is a name that the text below it uses: the institute's, the author's; a subhead says something of its own."""
    text = lines[at].text
    names = all(word[0].isupper() or word in ("of", "the", "and", "for", "de", "del", "la", "y") for word in text.split())
    return (
        names and not line_is_prose(lines[at]) and any(text in one.text for one in lines[at + 1 : at + 5] if line_is_prose(one))
    )


def _dated(head: Head) -> None:
    """Take a date off the headline's end: "Trust Buys the Foghorn (19 Nov 2011)"."""
    head.headline, day = undated(head.headline)
    head.day = head.day or day


def _date_comes(lines: Sequence[Line], at: int, language: str) -> bool:
    return not line_is_prose(lines[at]) and any(date_line(one.text, language) for one in lines[at + 1 : at + 4])


def _is_menu(lines: Sequence[Line], at: int, language: str) -> bool:
    """One of several short lines over a head that is still to come: behind them, before any prose, stands a release line, a
    date or a better headline."""
    here = lines[at]
    near = [one for one in (*lines[max(0, at - 1) : at], *lines[at + 1 : at + 2]) if len(one.text.split()) <= 4]
    if line_is_prose(here) or len(here.text.split()) > 8 or not near or OTHER_PARTS.match(here.text):
        return False
    if any(p.match(here.text) for p in PARTS.values()) or reaches(here.text):
        return False
    for number in range(at + 1, min(at + 30, len(lines))):
        one = lines[number]
        if line_is_prose(one) or any(p.match(one.text) for p in PARTS.values()):
            return False
        if len(one.text.split()) >= 5 and is_headline(one, lines, number, language) and number > at + 1:
            return True
        if RELEASE_LINE.match(one.text):
            return True
    return False


def _comes(lines: Sequence[Line], at: int, chosen: Line) -> bool:
    return chosen.number > lines[at].number and chosen.number - lines[at].number <= 12


def _above(head: Head, line: Line) -> int:
    """Something above the headline: text there is the item's own (a lede), a short line is a kicker."""
    return 1 if not line_is_prose(line) else 0


def _rest(blocks: Sequence[Block], line: Line) -> list[Block]:
    """The blocks from this line on; of its own block what the head has not taken."""
    block = line.block
    if line.place == 0 or block.shape is Shape.HEADING:
        return list(blocks[line.number :])
    plain, rich = block.lines, [one.strip() for one in block.rich.split("\n") if one.strip()]
    rich = rich if len(rich) == len(plain) else plain
    kept = replace(block, text="\n".join(plain[line.place :]), rich="\n".join(rich[line.place :]))
    return [kept, *blocks[line.number + 1 :]]


def open_text(body: list[Block], language: str) -> str:
    """Take the dateline off the first paragraph of `body`, and return it; "" where there is none."""
    for number, block in enumerate(body[:4]):
        if block.shape is not Shape.PARAGRAPH:
            continue
        dateline, behind = dateline_of(block.text, language)
        if behind:
            cut = dateline_of(block.rich, language)[1] if block.links else behind + len(block.rich) - len(block.text)
            plain = block.text[behind:]
            rich = (
                block.rich[cut:] if block.links and cut else block.rich[-len(plain) :] if block.rich.endswith(plain) else plain
            )
            body[number] = replace(block, text=plain, rich=rich)
            return dateline
        if is_prose(block):
            break
    return ""
