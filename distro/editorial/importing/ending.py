"""What stands behind a release's text and is not its text: the end mark, contacts, boilerplates, notes to editors, resources.

Every block of an item that is behind its head comes out in one of them; none is lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from distro.editorial.importing.contact_lines import contact_line
from distro.editorial.importing.dating import date_line
from distro.editorial.importing.item import Boilerplate
from distro.editorial.importing.labels import ABOUT, ABOUT_INLINE, CONTACT, CONTACT_SENTENCE, NOTES, RESOURCES
from distro.editorial.importing.organisations import described_in, plain_name
from distro.editorial.importing.outlines import is_prose
from distro.editorial.importing.page import Block, Shape
from distro.editorial.importing.people import MAIL, PHONE, Caller, is_desk, people_in, people_under, reaches

_SELF = re.compile(r"(?i)^(?:us|nosotros|we|who we are|qui[eé]nes somos|)$")
_SOURCE = re.compile(r"^(?:SOURCE|FUENTE|Source|Fuente)\s*:?\s+(?P<name>\S.{1,90})$")
_MOST_SENTENCE = 60
_ASKED = re.compile(
    r"(?i)\b(?:rsvp|register|confirm(?:ar)?|acreditar(?:se)?|reach|contact(?:ar|e|o)?|call|write|escrib[ae]"
    r"|llam[ae]r?)\b[^@\d]*?"
    r"\b(?:to|with|con|a)\b\s*:?\s*|\b(?:contact|call|llame a|contacte a|escriba a)\s+"
)
_FIRM = re.compile(r"\b(?:Inc|Co|Corp|Ltd|Bros|L\.?P|S\.?A|A\.?C|C\.?V|U\.?S|D\.?C)\.?$")


@dataclass
class Ending:
    body: list[Block] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)
    boilerplates: list[Boilerplate] = field(default_factory=list)
    notes: list[Block] = field(default_factory=list)
    resources: list[Block] = field(default_factory=list)
    marked: bool = False
    """An end mark stood behind the text."""
    source: str = ""
    guessed: bool = False
    """A boilerplate was taken for one by its words alone."""


def read_ending(blocks: Sequence[Block]) -> Ending:
    ending = Ending()
    section, about = "body", ""
    number = 0
    while number < len(blocks):
        block = blocks[number]
        if block.shape is Shape.RULE:
            section = _ruled(ending, block, blocks[number + 1 :], section)
            number += 1
        elif (name := _about(block, blocks[number + 1 :], section)) is not None:
            section, about = "about", name
            number += 1
        elif (inline := _about_inline(block)) is not None:
            ending.boilerplates.append(inline)
            section = "tail"
            number += 1
        elif _is_contact(block, blocks[number + 1 :]):
            number = _contacts(ending, blocks, number)
            section = "tail" if section == "about" or ending.marked else section
        elif NOTES.match(block.text):
            section = "notes"
            number += _after_label(ending.notes, block, NOTES)
        elif _is_resources(block, blocks[number + 1 :]):
            section = "resources"
            number += 1
        else:
            section = _place(ending, block, section, about)
            number += 1
    while len(ending.body) > 1 and ending.body[-1].words <= 8 and date_line(ending.body[-1].text, ""):
        ending.body.pop()  # the day once more, under the text
    _peel(ending)
    return ending


def _ruled(ending: Ending, block: Block, behind: Sequence[Block], section: str) -> str:
    """Behind an end mark comes the tail; a mere line across the page ends a text only if no more of it follows."""
    marked = bool(block.text)
    more = sum(is_prose(one) and not described_in(one.text) for one in behind)
    if marked and (more <= 3 or any(is_prose(one) for one in ending.body) is not False):
        ending.marked = True
        return "tail"
    return "tail" if section in ("about", "notes") and more == 0 else section


def _about(block: Block, behind: Sequence[Block], section: str) -> str | None:
    """The organisation of a heading such as "About Harbor Works" ("" for "About us"), or None where it is no such heading."""
    if len(block.lines) != 1 or block.shape in (Shape.ITEM, Shape.TABLE):
        return None
    match = ABOUT.match(block.text)
    if match is None:
        return None
    name = (match["name"] or "").strip(" :")
    if not (_SELF.match(name) or name[:1].isupper()) or (block.text.rstrip()[-1:] in ".!?" and not _FIRM.search(name)):
        return None
    prose = [
        one for one in behind if is_prose(one) or (one.shape is Shape.PARAGRAPH and one.words >= 6 and one.text[-1] in ".!?")
    ]
    return plain_name("" if _SELF.match(name) else name) if prose and (section != "body" or len(prose) <= 6) else None


def _about_inline(block: Block) -> Boilerplate | None:
    """ "About Harbor Works: …" in one paragraph, the heading on a line of its own or not."""
    match = ABOUT_INLINE.match(block.text) if block.shape is Shape.PARAGRAPH else None
    if match is None or not match["name"][:1].isupper() or len(match["name"].split()) > 12:
        return None
    return Boilerplate(plain_name(match["name"]), " ".join(match["text"].split("\n")))


def _is_contact(block: Block, behind: Sequence[Block]) -> bool:
    """A label over people to call, or a desk with an address or a number below it."""
    first = block.lines[0] if block.lines else ""
    if block.shape is Shape.TABLE or _is_sentence(block):
        return False
    below = [*block.lines[1:], *(line for one in behind[:1] for line in one.lines)]
    return bool(CONTACT.match(first)) or (is_desk(first) and any(reaches(line) for line in below[:2]))


def _is_sentence(block: Block) -> bool:
    """ "For more information, contact …" as a sentence within the text, which stays there."""
    return is_prose(block) and not MAIL.search(block.text) and not PHONE.search(block.text)


def _contacts(ending: Ending, blocks: Sequence[Block], number: int) -> int:
    """Take in a contact block, which may run over several blocks; the number of the first that is not of it."""
    taken: list[str] = []
    first = CONTACT.match(blocks[number].lines[0]) if blocks[number].lines else None
    desk = first[0] if first else ""
    while number < len(blocks):
        block = blocks[number]
        for place, line in enumerate(block.lines or [""]):
            label = CONTACT.match(line)
            ahead = [*block.lines[place:], *(text for one in blocks[number + 1 : number + 4] for text in one.lines)][:4]
            if not (
                ((label or (not taken and is_desk(line))) and not (taken and is_prose(block)))
                or (taken and contact_line(ahead, block, taken))
            ):
                ending.callers += people_under(desk, "\n".join(taken))
                if place:
                    rest = replace(block, text="\n".join(block.lines[place:]), rich="\n".join(block.rich.split("\n")[place:]))
                    _place(ending, rest, "tail" if ending.marked else "body", "")
                    return number + 1
                return number
            taken.append(line[label.end() :] if label else line)
        number += 1
    ending.callers += people_under(desk, "\n".join(taken))
    return number


def _after_label(place: list[Block], block: Block, label: re.Pattern[str]) -> int:
    match = label.match(block.text)
    rest = block.text[match.end() :].strip() if match else ""
    if rest:
        rich = label.sub("", block.rich, count=1).strip()
        place.append(replace(block, shape=Shape.PARAGRAPH, text=rest, rich=rich))
    return 1


def _is_resources(block: Block, behind: Sequence[Block]) -> bool:
    """A heading over links: "Resources", "Documentos"; what follows has a link or names a file."""
    if block.shape is Shape.ITEM or len(block.lines) != 1 or not RESOURCES.match(block.text.strip()):
        return False
    following = [one for one in behind[:3] if one.shape is not Shape.RULE]
    return bool(following) and (
        bool(following[0].links) or following[0].shape is Shape.ITEM or bool(_FILE.search(following[0].text))
    )


_FILE = re.compile(r"(?i)\b(?:pdf|docx?|zip|xlsx?|pptx?|download|descargar)\b")


def _place(ending: Ending, block: Block, section: str, about: str) -> str:
    """Put a block where it belongs; the section that follows it."""
    source = _SOURCE.match(block.text) if section != "body" or block.words < 12 else None
    if source and block.shape is Shape.PARAGRAPH and any(is_prose(one) for one in ending.body):
        ending.source = plain_name(source["name"])
        return "tail"
    if section == "about" and block.shape is not Shape.HEADING:
        return _describe(ending, block, about)
    if section == "resources":
        if block.links or block.shape is Shape.ITEM or _FILE.search(block.text) or block.words < 20:
            ending.resources.append(block)
            return section
        return _place(ending, block, "tail" if ending.marked else "body", "")
    if section == "notes":
        ending.notes.append(block)
        return section
    if section == "tail" and (callers := _in_tail(block)):
        ending.callers += [one for one in callers if one not in ending.callers]
    elif section == "tail" and block.shape is Shape.PARAGRAPH and (name := described_in(block.text)):
        ending.boilerplates.append(Boilerplate(name, " ".join(block.text.split("\n"))))
    elif section == "tail" and ending.marked and _is_remark(block):
        ending.notes.append(block)
    else:
        ending.body.append(block)
    return section


def _describe(ending: Ending, block: Block, about: str) -> str:
    text = " ".join(block.text.split("\n"))
    name = about or described_in(text)
    other = described_in(text)
    last = ending.boilerplates[-1] if ending.boilerplates else None
    callers = _in_tail(block)
    if callers and block.words < 40:
        ending.callers += [one for one in callers if one not in ending.callers]
    elif last is not None and about and last.organisation == about and not (other and _apart(other, about)):
        ending.boilerplates[-1] = replace(last, text=f"{last.text}\n\n{text}")
    else:
        ending.boilerplates.append(
            Boilerplate(other if other and about and last and last.organisation == about else name, text)
        )
    return "about"


def _apart(one: str, other: str) -> bool:
    a, b = set(one.lower().split()), set(other.lower().split())
    return len(a & b) < 0.5 * min(len(a), len(b))


def _in_tail(block: Block) -> list[Caller]:
    """People in a block behind the end: lines of names and numbers, or "To interview …, contact Ana Roe at …"."""
    if block.shape is Shape.TABLE or not reaches(block.text):
        return []
    sentence = CONTACT_SENTENCE.search(block.text)
    if sentence and block.words <= _MOST_SENTENCE:
        return people_in(block.text[sentence.end() :])
    return people_in(block.text) if block.words <= 30 and not is_prose(block) else []


def _is_remark(block: Block) -> bool:
    return block.shape is Shape.PARAGRAPH and block.words < 60


def asked_for(body: Sequence[Block]) -> list[Caller]:
    """Whom a sentence of the text tells reporters to call: "must RSVP to Ana Roe, 555-0101"."""
    for block in reversed(body):
        for line in block.lines:
            for sentence in re.split(r"(?<=[.!?])\s+(?=[A-ZÀ-Þ])", line):
                asked = _ASKED.search(sentence)
                found = people_in(sentence[asked.end() :]) if asked and reaches(sentence) else []
                if found and found[0].name:
                    return found[:1]
    return []


def _peel(ending: Ending) -> None:
    """Off the text's end: paragraphs that introduce an organisation, without mark or heading before them; people to call."""
    peeled: list[Boilerplate] = []
    while len(ending.body) > 1 and ending.body[-1].shape is Shape.PARAGRAPH:
        last = ending.body[-1]
        if len(last.lines) > 1 and all(map(described_in, last.lines)):
            peeled = [Boilerplate(described_in(line), line) for line in last.lines] + peeled
            ending.body.pop()
            continue
        name = described_in(last.text)
        if name and sum(one.words > 5 for one in ending.body) > 1:
            peeled.insert(0, Boilerplate(name, " ".join(last.text.split("\n"))))
            ending.body.pop()
        else:
            break
    ending.guessed = bool(peeled) and not ending.marked
    ending.boilerplates = peeled + ending.boilerplates
    if not ending.callers and ending.body:
        sentence = CONTACT_SENTENCE.search(ending.body[-1].text)
        if sentence and ending.body[-1].words <= _MOST_SENTENCE:
            reached = people_in(ending.body[-1].text[sentence.end() :])
            ending.callers = [one for one in reached if one.email or one.phone]
