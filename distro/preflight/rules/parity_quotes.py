"""parity-quotes: a quote that only one edition has, or that they give to different people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from distro.preflight.aligning import Bead, beads
from distro.preflight.case import Case
from distro.preflight.finding import Place
from distro.preflight.parts import RUNNING, Piece, language_name
from distro.preflight.rule import Found, Rule
from distro.reading.calendars import fold
from distro.reading.names import find_names
from distro.reading.persons import is_name
from distro.reading.quotes import Quote, Said, find_quotes
from distro.reading.span import Span
from distro.severity import Severity


def _look(case: Case) -> Found:
    for left, right in case.pairs:
        found = [bead for bead in beads(case, left, right) if all(p.part in RUNNING for p in (*bead.left, *bead.right))]
        ours, theirs = _quotes([p for b in found for p in b.left], left), _quotes([p for b in found for p in b.right], right)
        for bead in found:
            if not bead.alone:
                yield from _in_bead(_of(bead.left, ours), _of(bead.right, theirs), bead)


_Placed = tuple[Piece, Quote]


def _quotes(pieces: Sequence[Piece], language: str) -> list[_Placed]:
    return [(pieces[one.pieces[0].paragraph], one) for one in find_quotes([piece.text for piece in pieces], language)]


def _of(side: tuple[Piece, ...], quotes: Sequence[_Placed]) -> list[_Placed]:
    return [one for one in quotes if one[0] in side]


def _in_bead(ours: Sequence[_Placed], theirs: Sequence[_Placed], bead: Bead) -> Iterator[tuple[Place, str, str]]:
    mine, other = _speech(ours), _speech(theirs)
    if len(mine) == len(other):
        names = [{word for one in side for word in _words(one)} for side in (mine, other)]
        for one, two in zip(mine, other, strict=True):
            turned = _words(one) & names[1] and _words(two) & names[0]  # a translation may turn their order about
            if _by_others(one, two) and not turned:
                why = f"The {_name(two)} edition gives this quote to {two[1].speaker}, the {_name(one)} to {one[1].speaker}."
                yield _place(two, two[1].speaker), why, "Find out who said it, and write it in both."
        return
    more, fewer = (ours, theirs) if len(mine) > len(other) else (theirs, ours)
    if _length(fewer) > MUCH * _length(_speech(more)):
        return  # two quotes made one, or a quote that is but a phrase in quotation marks there
    alone = _speech(more)[len(fewer) :] or _speech(more)[-1:]
    missing = language_name((bead.right if more is ours else bead.left)[0].language)
    for one in alone:
        why = f"This quote stands in the {_name(one)} edition, and the {missing} has none in its place."
        yield _place(one, ""), why, f"Quote it in the {missing} edition too, or nowhere."


MUCH = 0.6
"""Where so much of the quoted words is quoted in the other edition too, nothing is missing."""


def _length(quotes: Sequence[_Placed]) -> int:
    return sum(len(one[1].words) for one in quotes)


def _words(one: _Placed) -> frozenset[str]:
    return frozenset(fold(one[1].speaker).split())


def _speech(quotes: Sequence[_Placed]) -> list[_Placed]:
    return [one for one in quotes if one[1].kind is Said.SPEECH]


def _by_others(one: _Placed, other: _Placed) -> bool:
    """Two people: an office or a body has another name in each language, and a surname alone is still the same person."""
    return not _words(one) & _words(other) and _is_person(one) and _is_person(other)


def _is_person(placed: _Placed) -> bool:
    piece, quote = placed
    named = {name.span.words for name in find_names(piece.whole, piece.language) if name.person}
    return is_name(quote.speaker) and quote.speaker in named


def _name(one: _Placed) -> str:
    return language_name(one[0].language)


def _place(one: _Placed, speaker: str) -> Place:
    """Where the speaker stands beside the quote; else where the quote begins."""
    piece, quote = one
    at = piece.text.find(speaker) if speaker else -1
    if at >= 0:
        return piece.at(Span.of(piece.text, at, at + len(speaker)))
    span = quote.pieces[0].span
    return piece.at(Span.of(piece.text, span.start, min(span.end, span.start + 100)))


RULE = Rule("parity-quotes", Severity.WARNS, "SPJ Code of Ethics, accuracy", "a quote or its speaker differs", _look)
