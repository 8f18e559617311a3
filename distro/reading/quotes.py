"""What a text quotes, and who says it: speech with its speaker and title, phrases in quotation marks. Reads English and
Spanish by their words, others by the same marks. Owns no marks (quotemarks) and no names (speakers)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from distro.reading.persons import Person, is_role, person
from distro.reading.quotemarks import Marked, Piece, bare, marked
from distro.reading.speakers import LAST, Attribution, before, behind, named_behind, titled

_SPEECH_WORDS = 8
"""So many words, and it is no term or nickname any more."""


_TWO_SENTENCES = re.compile(r"\w{3,}[.!?]\s+[¿¡]?[^\W\d_a-zà-ÿ]\S*\s\S+\s\S+.*[.!?]?$")
"""No term and no title has a full stop in it with a sentence behind."""


class Said(StrEnum):
    """`speech`: somebody's statement. `phrase`: a term, a nickname, a title of something, a few words taken over."""

    SPEECH = "speech"
    PHRASE = "phrase"


@dataclass(frozen=True)
class Quote:
    """`words`: without its marks; halves that "said Jane Roe" parts are one quote, paragraphs are parted by an empty line.

    pieces   where it stands, marks included, in order
    speaker  "" where the text names none
    opened   its first mark is there; closed: its last one is
    inner    what is quoted within it
    """

    words: str
    pieces: tuple[Piece, ...]
    kind: Said
    speaker: str = ""
    title: str = ""
    opened: bool = True
    closed: bool = True
    inner: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    marks: Marked
    lead: Person | None
    trail: Attribution | None


def find_quotes(paragraphs: Sequence[str], language: str) -> list[Quote]:
    """Every quotation of a text, in order."""
    quotations = marked(paragraphs, named_behind(language))
    quotes: list[Quote] = []
    people = _People(paragraphs)
    for group in _grouped(paragraphs, quotations, language):
        quotes.append(_quote(group, people, paragraphs))
    return quotes


def _grouped(paragraphs: Sequence[str], quotations: Sequence[Marked], language: str) -> list[list[_Found]]:
    """Quotations with what is said of their speakers; the halves of a parted one together."""
    groups: list[list[_Found]] = []
    for number, one in enumerate(quotations):
        previous = quotations[number - 1] if number else None
        following = quotations[number + 1] if number + 1 < len(quotations) else None
        found = _Found(one, _lead(paragraphs, previous, one, language), _trail(paragraphs, one, following, language))
        if groups and previous is not None and _other_half(paragraphs, groups[-1], found, language):
            groups[-1].append(found)
        else:
            groups.append([found])
    return groups


def _lead(paragraphs: Sequence[str], previous: Marked | None, one: Marked, language: str) -> Person | None:
    """Who the sentence before it names, in its own paragraph or, behind a colon, in the one before."""
    first = one.pieces[0]
    text = paragraphs[first.paragraph]
    start = previous.pieces[-1].span.end if previous and previous.pieces[-1].paragraph == first.paragraph else 0
    leading = text[start : first.span.start]
    if leading.strip():
        return before(leading, language)
    above = first.paragraph - 1
    while above >= 0 and not paragraphs[above].strip():
        above -= 1
    if start or above < 0:
        return None
    return before(paragraphs[above], language) if paragraphs[above].rstrip().endswith(":") else titled(paragraphs[above])


def _trail(paragraphs: Sequence[str], one: Marked, following: Marked | None, language: str) -> Attribution | None:
    """Who is named behind it, in its paragraph or on a line of its own that begins with a dash."""
    last = one.pieces[-1]
    text = paragraphs[last.paragraph]
    end = following.pieces[0].span.start if following and following.pieces[0].paragraph == last.paragraph else len(text)
    trailing = text[last.span.end : end]
    if trailing.strip(" .,"):
        said = bare(last.span.words).rstrip()
        over = said[-1:] == "." and trailing.lstrip()[:1] not in (",", "—", "–")
        return behind(trailing, language, sentence_over=over)
    below = last.paragraph + 1
    if below < len(paragraphs) and re.match(r"\s*[—–―-]+\s*[^\W\d_]", paragraphs[below]) and len(paragraphs[below]) < 160:
        return Attribution(person(paragraphs[below]))
    return None


def _other_half(paragraphs: Sequence[str], group: list[_Found], found: _Found, language: str) -> bool:
    """Between the two stands nothing but who speaks, and nobody else is named for the second."""
    left, right = group[-1].marks.pieces[-1], found.marks.pieces[0]
    trail = group[-1].trail
    if trail is None or left.paragraph != right.paragraph or not _long(group[0].marks):
        return False
    between = paragraphs[left.paragraph][left.span.end : right.span.start]
    if between[trail.length :].strip():
        return False
    named = found.trail.who.name if found.trail else LAST
    return named in ("", LAST) or not between.rstrip().endswith(".")


def _long(one: Marked) -> bool:
    return sum(len(piece.span.words.split()) for piece in one.pieces) >= 2


class _People:
    """Who was named so far, so that a surname or a pronoun finds its person."""

    def __init__(self, paragraphs: Sequence[str]) -> None:
        self._paragraphs = paragraphs
        self._known: dict[str, Person] = {}
        self._last: Person | None = None

    def resolve(self, who: Person | None, piece: Piece) -> Person | None:
        if who is None or not who.name:
            return who
        if who.name == LAST or is_role(who.name):  # "she said", "the director said"
            return self._last or self._mentioned(piece) or (who if who.name != LAST else None)
        surname = who.name.split()[-1]
        known = self._known.get(surname)
        if known and (" " not in who.name or known.name == who.name):
            who = replace(known, title=who.title or known.title)
        elif " " not in who.name and not who.name.isupper():
            full = self._in_full(who.name, piece)
            who = Person(full.name or who.name, who.title or full.title)
        self._known[surname] = self._last = who
        return who

    def _in_full(self, surname: str, piece: Piece) -> Person:
        full = re.compile(rf"((?:[A-ZÀ-ÖØ-Þ][\w’'.-]+\s+){{1,3}}){re.escape(surname)}\b")
        for text in self._before(piece):
            for found in full.finditer(text):
                who = person(f"{found[1]}{surname}")
                if who.name.endswith(f" {surname}"):
                    return who
        return Person()

    def _mentioned(self, piece: Piece) -> Person | None:
        """Whom the text before it spoke of last, with a first name and a surname."""
        for text in self._before(piece)[:4]:
            for found in reversed(re.findall(r"(?<![.\w] )(?:[A-ZÀ-ÖØ-Þ][\w’'-]+ ){1,2}[A-ZÀ-ÖØ-Þ][\w’'-]+(?=,| |\.)", text)):
                who = person(found)
                if " " in who.name and found.endswith(who.name):  # "Sheriff Jane Roe" too
                    return who
        return None

    def _before(self, piece: Piece) -> list[str]:
        here = self._paragraphs[piece.paragraph][: piece.span.start]
        return [here, *reversed(self._paragraphs[: piece.paragraph])]


def _quote(group: list[_Found], people: _People, paragraphs: Sequence[str]) -> Quote:
    pieces = tuple(piece for one in group for piece in one.marks.pieces)
    words = bare(pieces[0].span.words)
    for left, right in pairwise(pieces):
        words += (" " if left.paragraph == right.paragraph else "\n\n") + bare(right.span.words)
    says = _who(group)
    speech = _is_speech(words, says, paragraphs, pieces)
    who = (people.resolve(says, pieces[0]) if speech else None) or Person()
    return Quote(
        words=words,
        pieces=pieces,
        kind=Said.SPEECH if speech else Said.PHRASE,
        speaker="" if who.name == LAST else who.name,
        title=who.title,
        opened=group[0].marks.opened,
        closed=all(one.marks.closed for one in group),
        inner=tuple(text for one in group for text in one.marks.inner),
    )


def _who(group: list[_Found]) -> Person | None:
    """A name before a pronoun, what leads up to it before what follows."""
    offered = [one.lead for one in group[:1]] + [one.trail.who for one in group if one.trail]
    named = [who for who in offered if who and who.name and who.name != LAST]
    return named[0] if named else next((who for who in offered if who), None)


def _is_speech(words: str, says: Person | None, paragraphs: Sequence[str], pieces: Sequence[Piece]) -> bool:
    count = len(words.split())
    first = words.lstrip("[(¿¡…. ")[:1]
    if says is not None and (says.name or count >= _SPEECH_WORDS):
        return count >= 2 and (first.isupper() or count >= 5)
    if (count < _SPEECH_WORDS and not _TWO_SENTENCES.search(words)) or _is_title_case(words):
        return False
    opens = not paragraphs[pieces[0].paragraph][: pieces[0].span.start].strip()
    return opens or first.isupper()


def _is_title_case(words: str) -> bool:
    long = [word for word in words.split() if len(word) > 3]
    return len(long) > 2 and sum(word[:1].isupper() for word in long) > 0.7 * len(long)
