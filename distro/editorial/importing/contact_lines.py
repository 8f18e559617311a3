"""Which lines belong to a block of people whom journalists call. Reads no names out of them (people)."""

from __future__ import annotations

from collections.abc import Sequence

from distro.editorial.importing.dating import date_line
from distro.editorial.importing.head_lines import Line, line_is_prose
from distro.editorial.importing.labels import CONTACT, RELEASE_LINE, TYPE_LINE
from distro.editorial.importing.page import Block, Shape
from distro.editorial.importing.people import is_caller, reaches
from distro.reading.speechwords import BODIES, ROLES


def contact_line(ahead: Sequence[str], block: Block, taken: Sequence[str]) -> bool:
    """The first of these lines continues a contact block of which `taken` is there."""
    text = ahead[0] if ahead else ""
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


def is_loose_contact(lines: Sequence[Line], at: int) -> bool:
    """A name, an address or a number above the headline, without a label."""
    text = lines[at].text
    if line_is_prose(lines[at]) or len(text.split()) > 14:
        return False
    if reaches(text):
        return True
    return (
        is_caller(text.split(",")[0])
        and at + 1 < len(lines)
        and any(reaches(one.text) and len(one.text.split()) < 9 for one in lines[at + 1 : at + 3])
    )
