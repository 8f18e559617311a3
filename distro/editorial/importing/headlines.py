"""Which line of an item's head is its headline, which is a subhead, and which only the organisation's name over all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from distro.editorial.importing.contact_lines import is_loose_contact
from distro.editorial.importing.datelines import dateline_of
from distro.editorial.importing.dating import date_line, day_in
from distro.editorial.importing.furniture import is_chrome, is_furniture
from distro.editorial.importing.head_lines import Line, line_is_prose
from distro.editorial.importing.labels import ABOUT, CONTACT, NOTES, OTHER_PARTS, PARTS, RELEASE_LINE, RESOURCES, TYPE_LINE
from distro.editorial.importing.outlines import is_title
from distro.editorial.importing.page import Evidence, Shape
from distro.editorial.importing.people import reaches
from distro.reading.speechwords import BODIES

_LONGEST = 320


_LETTERHEAD = re.compile(r"(?i)^(?:news|noticias|comunicados?|press releases?)\s+(?:from|de|del)\s+")


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


def chosen_headline(lines: Sequence[Line], evidence: Evidence) -> Line | None:
    """The line that the page itself names as its title; else its heading of the highest rank above the text."""
    wanted = [
        _key(re.split(r"\s[|–—»·]\s(?=[^|–—»·]*$)", title)[0]) for title in (*evidence.headlines, evidence.title) if title
    ]
    wanted += [_key(title) for title in evidence.headlines]
    for line in lines[:40]:
        key = _key(line.text)
        if len(key) > 12 and key in wanted and _may_head(line.text):
            return line
    headings: list[Line] = []
    for line in lines:
        if line.block.shape is Shape.HEADING and _may_head(line.text):
            headings.append(line)
        elif (line_is_prose(line) and not headings) or len(headings) > 3 or line_is_prose(line):
            break
    return min(headings, key=lambda one: one.block.level, default=None)


def _may_head(text: str) -> bool:
    kind = TYPE_LINE.match(text)
    alone = kind is not None and len(text[kind.end() :].strip(" :.-–—#").split()) < 4
    return not (is_chrome(text) or RELEASE_LINE.match(text) or alone or CONTACT.match(text) or date_line(text, ""))


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def is_letterhead(line: Line, lines: Sequence[Line], at: int, language: str) -> bool:
    """The organisation's name over everything else, and no headline: it stands in the text again, and a title follows."""
    text = line.text
    key = _key(_LETTERHEAD.sub("", text))
    if len(text.split()) > 9 or (line.block.shape is Shape.HEADING and line.block.level < 2 and not _LETTERHEAD.match(text)):
        return False
    if at + 1 < len(lines) and lines[at + 1].block is line.block and is_chrome(lines[at + 1].text):
        return True
    if _is_office(text) and _title_comes(lines, at, language):
        return True
    again = any(key in _key(one.text) for one in lines[at + 1 :]) and len(key) > 5
    if not (_LETTERHEAD.match(text) or again):
        return False
    for number in range(at + 1, min(at + 9, len(lines))):
        below = lines[number]
        if line_is_prose(below):
            return False
        plain = below.text
        other = date_line(plain, language) or any(one.match(plain) for one in (RELEASE_LINE, TYPE_LINE, CONTACT))
        if not other and is_headline(below, lines, number, language) and not reaches(plain):
            return True
    return False


def _is_office(text: str) -> bool:
    """A body's name, or a line of its address: "Office of the State Auditor", "P.O. Box 4410, Fort Lyle"."""
    words = [word.strip(",.").lower() for word in text.split()]
    small = ("of", "the", "and", "for", "de", "del", "la", "los", "las", "y", "&", "el")
    capital = all(word[:1].isupper() or word in small or word[0].isdigit() for word in text.split())
    return capital and (
        (len(words) <= 8 and any(word in BODIES or word in ("state", "estado", "ciudad", "municipio") for word in words))
        or bool(
            re.search(
                r"(?i)\bP\.?\s?O\.? Box\b|\bapartado\b|\b[A-Z]{2}\s+\d{5}\b|^\d+ [A-Z].*\b(?:street|st|avenue|ave"
                r"|road)\b",
                text,
            )
        )
    )


def _title_comes(lines: Sequence[Line], at: int, language: str) -> bool:
    """Before the text a better headline follows: a line of five words or more that is no label, name or address."""
    for number in range(at + 1, min(at + 14, len(lines))):
        below = lines[number]
        if line_is_prose(below) or below.block.shape in (Shape.ITEM, Shape.TABLE):
            return False
        text = below.text
        labelled = any(one.match(text) for one in (RELEASE_LINE, TYPE_LINE, CONTACT)) or date_line(text, language)
        if labelled or len(text.split()) < 5 or _is_office(text) or reaches(text):
            continue
        if is_headline(below, lines, number, language):
            return below.block is not lines[at].block or text.isupper()
    return False


def is_headline(line: Line, lines: Sequence[Line], at: int, language: str) -> bool:
    """A title where the page has no heading: a bold line, or a short one without a full stop, with text behind it."""
    text = line.text
    if not 2 <= len(text.split()) <= 45 or len(text) > _LONGEST or is_furniture(text) or is_loose_contact(lines, at):
        return False
    if any(p.match(text) for p in (*PARTS.values(), OTHER_PARTS)) or line.block.shape in (Shape.ITEM, Shape.TABLE):
        return False
    if dateline_of(text, language)[1] and text.rstrip()[-1:] in '.”"»':
        return False
    if line.block.strong:
        return True
    return is_title(replace(line.block, text=text)) and (text[0].isupper() or text[0] in "¿¡“\"«0123456789'‘")


def runs_on(so_far: str, line: Line, following: Line) -> bool:
    """The next line of the same block is the rest of a headline that was too long for one."""
    if following.block is not line.block or len(so_far) > 220:
        return False
    text = following.text
    if so_far.isupper() and text.isupper() and len(so_far) >= 30 and not date_line(text, ""):
        return True
    return len(so_far) >= 40 and (
        text[:1].islower() or so_far[-1] in ",–—-&" or so_far.rsplit(maxsplit=1)[-1].lower() in _OPEN_ENDS
    )


def is_subhead(line: Line, lines: Sequence[Line], at: int, language: str) -> bool:
    """Between the headline and the text: a heading, a bold line, or a short one without a full stop."""
    text = line.text
    if len(head_words := text.split()) > 50 or len(text) > _LONGEST or line.place > 3 or not any(c.isalpha() for c in text):
        return False
    if re.match(r"[^\W\d_][\w ]{2,28}:\s", text) and day_in(text, language):  # "Exhibition dates: May 6 to June 3, 2021"
        return False
    if dateline_of(text, language)[1] and (len(head_words) > 12 or text.rstrip()[-1:] in '.”"»'):
        return False
    below = next((one for one in lines[at + 1 :] if one.block is not line.block), None)
    follows = any(
        line_is_prose(one) or one.block.shape is Shape.ITEM or PARTS["what"].match(one.text) for one in lines[at + 1 : at + 7]
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


def _is_section(line: Line, below: Sequence[Line]) -> bool:
    """A heading of the text: further on stands another of its rank."""
    ends = (ABOUT, CONTACT, NOTES, RESOURCES)
    return any(
        one.block.shape is Shape.HEADING and one.block.level == line.block.level and not any(p.match(one.text) for p in ends)
        for one in below
    )
