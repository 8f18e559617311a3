"""Whether the people whom one edition names are those whom its pair names, and are spelt the same. Pure.

People have one name in all languages, so a name is looked for word by word. Bodies and places are translated: of those only
a slip beside a word that both editions have is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from distro.preflight.aligning import beads
from distro.preflight.case import PROSE, Case
from distro.preflight.comparing import Difference, Said
from distro.preflight.parts import Piece, pieces
from distro.preflight.spelling import is_slip
from distro.reading.names import NameFound, begins_a_sentence, capitals, find_names
from distro.reading.span import Span


@dataclass(frozen=True)
class WordFound:
    span: Span
    word: str


Name = NameFound | WordFound


@dataclass(frozen=True)
class _Side:
    """What an edition has by way of names: its runs, its words with a capital, and which of those stand side by side."""

    names: tuple[Said[NameFound], ...]
    words: Mapping[str, Said[WordFound]]
    neighbours: frozenset[tuple[str, str]]
    people: frozenset[str]
    """Every word of a person's name."""
    within: frozenset[str]
    """Words that have their capital within a sentence, too."""

    def is_first(self, word: str) -> bool:
        """Whether its capital may be the sentence's, and it no name at all."""
        return word not in self.within and word not in self.people


def differences(case: Case) -> Iterator[Difference[Name]]:
    for left, right in case.pairs:
        if not (_has_capitals(case, left) and _has_capitals(case, right)):
            continue
        both = [bead for bead in beads(case, left, right) if not bead.alone]
        one = _side([piece for bead in both for piece in bead.left])
        other = _side([piece for bead in both for piece in bead.right])
        seen: set[str] = set()
        for ours, theirs, missing in ((other, one, left), (one, other, right)):
            yield from _people(ours, theirs, missing, seen)
        yield from _slips(one, other, seen)


def _has_capitals(case: Case, language: str) -> bool:
    """Whether an edition is written in Latin letters, so that a name is the same to the eye."""
    text = "".join(piece.text for piece in pieces(case.content, language) if piece.part in PROSE)
    letters = [c for c in text if c.isalpha()]
    return sum(c < "\u0250" for c in letters) * 2 > len(letters)


def _people(ours: _Side, theirs: _Side, missing: str, seen: set[str]) -> Iterator[Difference[Name]]:
    for name in ours.names:
        words = name.found.words
        lacking = [word for word in words if len(word) > 1 and word not in theirs.words]
        if not name.found.person or not lacking or seen & set(words):
            continue
        if len(lacking) == len([w for w in words if len(w) > 1]):
            other = _slip_of(lacking, ours, theirs)
            if other is None and not name.found.sure:
                continue
            if other is None:
                seen.update(words)
                yield Difference(name, None, missing)
                continue
        else:
            other = _in_its_place(words, lacking, ours, theirs)
        if other is not None:
            seen.update({*words, *other.found.words})
            yield Difference(name, other, missing)


def _slip_of(lacking: Sequence[str], ours: _Side, theirs: _Side) -> Said[NameFound] | None:
    """A name over there with a word like one that is lacking."""
    return next(
        (
            n
            for n in theirs.names
            if any(w not in ours.words and is_slip(w, word, person=True) for w in n.found.words for word in lacking)
        ),
        None,
    )


def _in_its_place(words: Sequence[str], lacking: Sequence[str], ours: _Side, theirs: _Side) -> Said[NameFound] | None:
    """A name over there that has another word in the place of one that is lacking: Ignacio Robles, Ignacio Rodríguez. A name
    that is only shorter there, or longer, is the same."""
    found: list[Said[NameFound]] = []
    for name in theirs.names:
        there = [_instead(words, word, name.found.words) for word in lacking]
        if any(word and word not in ours.words for word in there):
            return name
        found += [name] if any(there) else []
    return found[0] if found else None


def _instead(words: Sequence[str], word: str, there: Sequence[str]) -> str:
    """What a name over there has in the place of `word`: beside the word that stands beside it here; "" for nothing."""
    at = words.index(word)
    for step in (-1, 1):
        beside = words[at + step] if 0 <= at + step < len(words) else ""
        place = there.index(beside) - step if len(beside) > 1 and beside in there else -1
        if 0 <= place < len(there) and len(there[place]) > 1 and there[place] not in words:
            return there[place]
    return ""


def _slips(one: _Side, other: _Side, seen: set[str]) -> Iterator[Difference[WordFound]]:
    """A single word: a slip for a person's name, or beside a word that stands there in both editions."""
    for ours, theirs in ((other, one), (one, other)):
        for word, said in ours.words.items():
            if word in theirs.words or word in seen or len(word) < 4:
                continue
            for like, there in theirs.words.items():
                person = like in theirs.people or word in ours.people
                if like in seen or not is_slip(word, like, person=person) or (_in_a_title(said) and _in_a_title(there)):
                    continue
                shared = _shared_neighbour(word, like, ours, theirs)
                if shared or (person and len(word) > 4 and not ours.is_first(word) and not theirs.is_first(like)):
                    seen |= {word, like}
                    yield Difference(said, there, "")
                    break


def _in_a_title(said: Said[WordFound]) -> bool:
    """Whether it stands in *emphasis* or in quotation marks, without a full sentence: titles of works are translated."""
    span = said.found.span
    return any(m.start() < span.start and span.end < m.end() for m in _TITLE.finditer(said.piece.text))


_TITLE = re.compile(r"(?<![\w*_])[*_]{1,2}\w[^*_\n]{2,80}\w[*_]{1,2}(?![\w*_])|[“«\"]\w[^“”«»\".!?\n]{2,80}\w[”»\"]")


def _shared_neighbour(word: str, like: str, ours: _Side, theirs: _Side) -> bool:
    before = {a for a, b in ours.neighbours if b == word} & {a for a, b in theirs.neighbours if b == like}
    after = {b for a, b in ours.neighbours if a == word} & {b for a, b in theirs.neighbours if a == like}
    return bool(before | after)


def _side(side: Sequence[Piece]) -> _Side:
    names = tuple(Said(piece, name) for piece in side for name in _names(piece.text, piece.language))
    words: dict[str, Said[WordFound]] = {}
    neighbours: set[tuple[str, str]] = set()
    within: set[str] = set()
    for piece in side:
        last: Span | None = None
        for span, word in _capitals(piece.text):
            words.setdefault(word, Said(piece, WordFound(span, word)))
            if last is not None and piece.text[last.end : span.start].strip(" ") == "":
                neighbours.add((_folded(piece.text, last), word))
            within |= set() if begins_a_sentence(piece.text, span.start) else {word}
            last = span
    people = frozenset(word for name in names if name.found.person for word in name.found.words)
    return _Side(names, words, frozenset(neighbours), people, frozenset(within))


def _folded(text: str, span: Span) -> str:
    return next(word for one, word in _capitals(text) if one == span)


@lru_cache(maxsize=2048)
def _names(text: str, language: str) -> tuple[NameFound, ...]:
    return tuple(find_names(text, language))


@lru_cache(maxsize=2048)
def _capitals(text: str) -> tuple[tuple[Span, str], ...]:
    return tuple(capitals(text))
