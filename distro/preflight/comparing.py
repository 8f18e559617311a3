"""What one edition says and its pair does not: of anything that can be read out of a text and held against another's. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from distro.preflight.aligning import Bead, beads
from distro.preflight.case import Case
from distro.preflight.finding import Place
from distro.preflight.parts import RUNNING, Piece, language_name
from distro.reading.span import Span


class Read(Protocol):
    """Something that was read out of a text."""

    @property
    def span(self) -> Span: ...


T = TypeVar("T", bound=Read)
T_co = TypeVar("T_co", bound=Read, covariant=True)


@dataclass(frozen=True)
class Said(Generic[T_co]):
    piece: Piece
    found: T_co

    @property
    def place(self) -> Place:
        return self.piece.at(self.found.span)

    @property
    def words(self) -> str:
        return " ".join(self.found.span.words.split())

    @property
    def language(self) -> str:
        return language_name(self.piece.language)


@dataclass(frozen=True)
class Difference(Generic[T_co]):
    """Two that stand in the same place and differ; or one that the other edition, `missing_in`, has nowhere."""

    one: Said[T_co]
    other: Said[T_co] | None
    missing_in: str


@dataclass(frozen=True)
class Reader(Generic[T]):
    """
    read    everything of its sort in a text of a language
    same    whether the second bears out the first
    weak    what a translator may well say in other words, so that it counts only where both sides have something of their own
    alike   whether of two that differ one may stand where the other should
    in_place  whether two that differ say the same where they stand in one place, such as a page in two languages
    reads     whether a language can be read at all; a pair with one that cannot is passed over
    """

    read: Callable[[str, str], Sequence[T]]
    same: Callable[[T, T], bool]
    weak: Callable[[T], bool]
    alike: Callable[[T, T], bool]
    in_place: Callable[[T, T], bool] = lambda one, other: False
    reads: Callable[[str], bool] = lambda language: True


def differences(case: Case, reader: Reader[T]) -> Iterator[Difference[T]]:
    """Of every pair of editions. What stands in a piece that has no counterpart is not told: that piece is."""
    for left, right in case.pairs:
        if not (reader.reads(left) and reader.reads(right)):
            continue
        both = [bead for bead in beads(case, left, right) if not bead.alone]
        ours = [one for bead in both for one in _said(bead.left, reader)]
        theirs = [one for bead in both for one in _said(bead.right, reader)]
        for bead in both:
            yield from _in_bead(bead, reader, ours, theirs, (left, right))


def _in_bead(
    bead: Bead, reader: Reader[T], ours: Sequence[Said[T]], theirs: Sequence[Said[T]], languages: tuple[str, str]
) -> Iterator[Difference[T]]:
    here, there = _said(bead.left, reader), _said(bead.right, reader)
    left = _unmatched(here, there, reader.same)
    right = _unmatched(there, here, reader.same)
    for one in list(left):
        other = next((o for o in right if reader.in_place(one.found, o.found)), None)
        if other is not None:
            left, right = [o for o in left if o is not one], [o for o in right if o is not other]
    gone = _unmatched([*left], theirs, reader.same)
    come = _unmatched([*right], ours, reader.same)
    sure = len(left) == len(right) == 1 and bead.left[0].part in RUNNING
    for one in left:
        other = next((o for o in right if reader.alike(one.found, o.found) and (sure or one in gone or o in come)), None)
        if other is not None:
            right = [o for o in right if o is not other]
            yield Difference(other, one, languages[0])
        elif one in gone and not reader.weak(one.found):
            yield Difference(one, None, languages[1])
    for other in right:
        if other in come and not reader.weak(other.found):
            yield Difference(other, None, languages[0])


def _said(side: tuple[Piece, ...], reader: Reader[T]) -> list[Said[T]]:
    return [Said(piece, found) for piece in side for found in reader.read(piece.text, piece.language)]


def _unmatched(some: Sequence[Said[T]], others: Sequence[Said[T]], same: Callable[[T, T], bool]) -> list[Said[T]]:
    return [one for one in some if not any(same(one.found, other.found) for other in others)]


def told(difference: Difference[Read], thing: str) -> tuple[Place, str, str]:
    """Where, why and what to do about a difference, in sentences."""
    one, other = difference.one, difference.other
    if other is not None:
        why = f"The {one.language} edition says “{one.words}” where the {other.language} says “{other.words}”."
        return one.place, why, f"Find out which {thing} is right, and write it in both."
    missing = language_name(difference.missing_in)
    why = f"“{one.words}” stands in the {one.language} edition, and the {missing} has no such {thing}."
    return one.place, why, f"Write it in the {missing} edition too, or take it out here."
