"""The head of an item: release line, kind, date, contacts, headline, subhead, dateline; and where its text begins.

Goes down the lines until the first that is text. Does not own what stands at an item's end (ending)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from distro.editorial.importing.datelines import dateline_of
from distro.editorial.importing.dating import Day, date_line, day_in
from distro.editorial.importing.furniture import is_chrome, is_furniture
from distro.editorial.importing.labels import ABOUT, CONTACT, NOTES, OTHER_PARTS, PARTS, RELEASE_LINE, RESOURCES, TYPE_LINE
from distro.editorial.importing.page import Block, Evidence, Shape
from distro.editorial.importing.people import MAIL, PHONE, Caller, is_caller, people_in, people_under, reaches
from distro.editorial.importing.splitting import is_prose, is_title
from distro.reading.speechwords import BODIES, ROLES

_BYLINE = re.compile(
    r"^(?:by|por|written by|escrito por|posted by|publicado por|author|autor|redacci[oó]n)\b[\s:].{2,60}$", re.IGNORECASE
)
_LONGEST = 320
_NUMBER = re.compile(
    r"(?i)(?:(?:news |press )?release|bulletin|bolet[ií]n|comunicado|nota(?: de prensa)?|ref(?:erence|erencia)?\.?|folio)?\s*(?:no\.?|n[ºo°]\.?|number|n[uú]mero|id|#)?\s*[:.]?"
    r"\s*(?:[A-Z]{0,4}[\d/-]{1,12})?"
)
"""The number that an office gives its releases, or the label before it."""


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


@dataclass(frozen=True)
class _Line:
    text: str
    block: Block
    number: int
    """Of its block."""
    place: int
    """Within its block."""


def read_head(blocks: Sequence[Block], language: str, evidence: Evidence) -> Head:
    """`evidence.headlines` are titles that the page itself gives to this item."""
    head = Head()
    lines = [_Line(text, block, n, p) for n, block in enumerate(blocks) for p, text in enumerate(_head_lines(block))]
    chosen = _chosen_headline(lines, evidence)
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


def _head_lines(block: Block) -> list[str]:
    if block.shape is Shape.HEADING:
        return [" ".join(block.lines)]
    return block.lines or [""]


def _is_prose(line: _Line) -> bool:
    return is_prose(line.block if line.block.shape is Shape.HEADING else replace(line.block, text=line.text))


def _chosen_headline(lines: Sequence[_Line], evidence: Evidence) -> _Line | None:
    """The line that the page itself names as its title; else its heading of the highest rank above the text."""
    wanted = [
        _key(re.split(r"\s[|–—»·]\s(?=[^|–—»·]*$)", title)[0]) for title in (*evidence.headlines, evidence.title) if title
    ]
    wanted += [_key(title) for title in evidence.headlines]
    for line in lines[:40]:
        key = _key(line.text)
        if len(key) > 12 and key in wanted and _may_head(line.text):
            return line
    headings = []
    for line in lines:
        if line.block.shape is Shape.HEADING and _may_head(line.text):
            headings.append(line)
        elif (_is_prose(line) and not headings) or len(headings) > 3 or _is_prose(line):
            break
    return min(headings, key=lambda one: one.block.level, default=None)


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _may_head(text: str) -> bool:
    kind = TYPE_LINE.match(text)
    alone = kind is not None and len(text[kind.end() :].strip(" :.-–—#").split()) < 4
    return not (is_chrome(text) or RELEASE_LINE.match(text) or alone or CONTACT.match(text) or date_line(text, ""))


def _step(head: Head, lines: Sequence[_Line], at: int, chosen: _Line | None, language: str) -> int:
    """How many lines the head takes in here; 0 where the text begins."""
    line = lines[at]
    text = line.text
    if line.block.shape is Shape.RULE or (not head.headline and is_chrome(text) and line is not chosen):
        return 1
    if (took := _release_line(head, text, language)) or (took := _date(head, text, language)):
        return 1
    if _NUMBER.fullmatch(text):
        return 1
    if (
        CONTACT.match(text)
        and line is not chosen
        and not (_is_prose(line) and not MAIL.search(text) and not PHONE.search(text))
    ):
        return _contacts(head, lines, at)
    if line is not chosen and not head.headline and _is_letterhead(line, lines, at, language):
        head.letterhead = text
        return 1
    if line is chosen or (chosen is None and not head.headline and _is_headline(line, lines, at, language)):
        return _headline(head, lines, at, chosen)
    if line.block.shape in (Shape.ITEM, Shape.TABLE) or any(p.match(text) for p in (*PARTS.values(), OTHER_PARTS)):
        return 0
    if _is_loose_contact(lines, at):
        return _contacts(head, lines, at, labelled=False)
    if _BYLINE.match(text) and len(text.split()) <= 9 and not _is_prose(line):
        return 1
    if head.headline and head.day is None and len(text.split()) <= 4 and _date_comes(lines, at, language):
        return 1
    if chosen is not None and not head.headline and _comes(lines, at, chosen):
        return _above(head, line)
    if head.headline and _is_subhead(line, lines, at, language):
        head.subheads.append(text)
        return 1
    return 0


def _release_line(head: Head, text: str, language: str) -> bool:
    """A release line, or one that says the kind; with them the date, contact or headline on the same line."""
    if len(text) > _LONGEST:
        return False
    if (line := RELEASE_LINE.match(text)) and not head.release_line:
        rest = text[line.end() :].strip(" :.,-–—|/")
        day = None if line["embargo"] else date_line(rest, language)
        contact = re.search(r"(?i)\b(?:media |press )?contact[oa]?s?(?: de prensa)?\s*:", rest)
        head.release_line = text.strip(" *_") if not (day or contact) else text[: line.end()].strip(" *_")
        head.day = head.day or day
        if contact:
            head.callers += people_in(rest[contact.end() :])
            head.day = head.day or day_in(rest[: contact.start()], language)
        return True
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
    if head.day is None or (
        head.day.confidence < day.confidence and not re.match(r"(?i)\W*(?:updated|last|actualizado)", text)
    ):
        head.day = day
    return True


def _contacts(head: Head, lines: Sequence[_Line], at: int, *, labelled: bool = True) -> int:
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


def contact_line(ahead: Sequence[str], block: Block, taken: Sequence[str]) -> bool:
    """The first of these lines continues a contact block of which `taken` is there."""
    text = ahead[0]
    if block.shape in (Shape.HEADING, Shape.RULE, Shape.TABLE) or len(text) > 200 or not text:
        return False
    if RELEASE_LINE.match(text) or TYPE_LINE.match(text) or date_line(text, ""):
        return False
    if (reaches(text) and len(text.split()) <= 25) or CONTACT.match(text):
        return True
    near = any(reaches(line) and len(line.split()) <= 25 for line in ahead[1:4])
    empty = not "".join(taken).strip()
    words = [word.strip(".,:").lower() for word in text.split()]
    if is_caller(text.split(",")[0]) and len(words) <= 12:
        return near or empty
    if len(words) <= 12 and (any(w in ROLES or w in BODIES for w in words) or len(words) <= 4) and text[-1] not in ".!?":
        return near and (not empty or is_caller(text))
    return False


def _is_loose_contact(lines: Sequence[_Line], at: int) -> bool:
    """A name, an address or a number above the headline, without a label."""
    text = lines[at].text
    if _is_prose(lines[at]) or len(text.split()) > 14:
        return False
    if reaches(text):
        return True
    return (
        is_caller(text.split(",")[0])
        and at + 1 < len(lines)
        and any(reaches(one.text) and len(one.text.split()) < 9 for one in lines[at + 1 : at + 3])
    )


def _is_headline(line: _Line, lines: Sequence[_Line], at: int, language: str) -> bool:
    """A title where the page has no heading: a bold line, or a short one without a full stop, with text behind it."""
    text = line.text
    if not 2 <= len(text.split()) <= 45 or len(text) > _LONGEST or is_furniture(text) or _is_loose_contact(lines, at):
        return False
    if any(p.match(text) for p in (*PARTS.values(), OTHER_PARTS)) or line.block.shape in (Shape.ITEM, Shape.TABLE):
        return False
    if dateline_of(text, language)[1] and text.rstrip()[-1:] in '.”"»':
        return False
    if line.block.strong:
        return True
    return is_title(replace(line.block, text=text)) and (text[0].isupper() or text[0] in "¿¡“\"«0123456789'‘")


_LETTERHEAD = re.compile(r"(?i)^(?:news|noticias|comunicados?|press releases?)\s+(?:from|de|del)\s+")


def _is_letterhead(line: _Line, lines: Sequence[_Line], at: int, language: str) -> bool:
    """The organisation's name over everything else, and no headline: it stands in the text again, and a title follows."""
    text = line.text
    key = _key(_LETTERHEAD.sub("", text))
    if len(text.split()) > 9 or line.block.shape is Shape.HEADING and line.block.level < 2 and not _LETTERHEAD.match(text):
        return False
    again = any(key in _key(one.text) for one in lines[at + 1 :]) and len(key) > 5
    if not (_LETTERHEAD.match(text) or again):
        return False
    for number in range(at + 1, min(at + 9, len(lines))):
        below = lines[number]
        if _is_prose(below):
            return False
        plain = below.text
        if not (date_line(plain, language) or RELEASE_LINE.match(plain) or TYPE_LINE.match(plain) or CONTACT.match(plain)):
            if _is_headline(below, lines, number, language) and not reaches(plain):
                return True
    return False


def _headline(head: Head, lines: Sequence[_Line], at: int, chosen: _Line | None) -> int:
    line = lines[at]
    head.headline = line.text
    head.sure = 0.95 if chosen is not None else 0.9 if line.block.strong else 0.8
    kind = TYPE_LINE.match(line.text)
    if kind is not None and (kind["advisory"] or kind["release"]):
        rest = line.text[kind.end() :].strip(" :.-–—|")
        if len(rest.split()) >= 3:
            head.headline = rest
    step = 1
    while chosen is None and at + step < len(lines) and _runs_on(head.headline, line, lines[at + step]):
        head.headline += f" {lines[at + step].text}"
        step += 1
    return step


def _runs_on(so_far: str, line: _Line, following: _Line) -> bool:
    """The next line of the same block is the rest of a headline that was too long for one."""
    if following.block is not line.block or len(so_far) > 220:
        return False
    text = following.text
    return len(so_far) >= 40 and (
        text[:1].islower() or so_far[-1] in ",–—-&" or so_far.rsplit(maxsplit=1)[-1].lower() in _OPEN_ENDS
    )


_OPEN_ENDS = frozenset(
    [
        "a",
        "an",
        "and",
        "the",
        "of",
        "for",
        "to",
        "in",
        "on",
        "with",
        "by",
        "from",
        "at",
        "as",
        "or",
        "de",
        "del",
        "la",
        "el",
        "los",
        "las",
        "y",
        "en",
        "con",
        "por",
        "para",
        "que",
        "un",
        "una",
    ]
)


def _date_comes(lines: Sequence[_Line], at: int, language: str) -> bool:
    return not _is_prose(lines[at]) and any(date_line(one.text, language) for one in lines[at + 1 : at + 4])


def _comes(lines: Sequence[_Line], at: int, chosen: _Line) -> bool:
    return chosen.number > lines[at].number and chosen.number - lines[at].number <= 12


def _above(head: Head, line: _Line) -> int:
    """Something above the headline: text there is the item's own (a lede), a short line is a kicker."""
    return 1 if not _is_prose(line) else 0


def _is_subhead(line: _Line, lines: Sequence[_Line], at: int, language: str) -> bool:
    """Between the headline and the text: a heading, a bold line, or a short one without a full stop."""
    text = line.text
    if len(head_words := text.split()) > 50 or len(text) > _LONGEST or line.place > 3 or not any(c.isalpha() for c in text):
        return False
    if dateline_of(text, language)[1] and (len(head_words) > 12 or text.rstrip()[-1:] in '.”"»'):
        return False
    below = next((one for one in lines[at + 1 :] if one.block is not line.block), None)
    follows = any(
        _is_prose(one) or one.block.shape is Shape.ITEM or PARTS["what"].match(one.text) for one in lines[at + 1 : at + 7]
    )
    if not follows:
        return False
    if line.block.shape is Shape.HEADING:
        return (
            below is not None and not _is_section(line, lines[at + 1 :]) and not (line.block.level > 3 and len(head_words) <= 2)
        )
    if line.block.strong:
        return text.rstrip()[-1:] != ":"
    return (
        text.rstrip()[-1:] not in '.:;,”"»'
        and (text[0].isupper() or text[0] in "¿¡“\"«0123456789'‘•-–—")
        and len(head_words) >= 3
    )


def _is_section(line: _Line, below: Sequence[_Line]) -> bool:
    """A heading of the text: further on stands another of its rank."""
    ends = (ABOUT, CONTACT, NOTES, RESOURCES)
    return any(
        one.block.shape is Shape.HEADING and one.block.level == line.block.level and not any(p.match(one.text) for p in ends)
        for one in below
    )


def _rest(blocks: Sequence[Block], line: _Line) -> list[Block]:
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
