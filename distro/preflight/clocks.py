"""Which day and zone an hour in a text belongs to, as a reader takes it: the date beside it, the zone that the text names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from distro.preflight.case import Case
from distro.preflight.finding import Place
from distro.preflight.moments import dates, hours
from distro.preflight.parts import Piece, pieces
from distro.reading.dates import nearest
from distro.reading.hours import HourFound
from distro.reading.zones import find_zones


@dataclass(frozen=True)
class Clock:
    """An hour where it stands. `day`: of the date in its sentence, else in its piece; None where there is none. `near`: that
    date stands in its sentence."""

    piece: Piece
    hour: HourFound
    day: date | None
    near: bool

    @property
    def place(self) -> Place:
        return self.piece.at(self.hour.span)

    @property
    def words(self) -> str:
        return " ".join(self.hour.span.words.split())


def clocks(case: Case, language: str) -> Iterator[Clock]:
    """Every hour of an edition, in order."""
    for piece in pieces(case.content, language):
        days = [
            (one.span.start, one.span.end, day)
            for one in dates(piece.text, language)
            if (day := nearest(one, case.content.date)) is not None
        ]
        for hour in hours(piece.text, language):
            start, end = sentence(piece.text, hour.span.start)
            beside = [one for one in days if start <= one[0] < end]
            found = _of(hour, beside, piece.text) or max((one for one in days if one[1] <= hour.span.start), default=None)
            yield Clock(piece, hour, found[2] if found else None, bool(beside))


_Day = tuple[int, int, date]
"""A day, and where it begins and ends in the text."""


def _of(hour: HourFound, days: list[_Day], text: str) -> _Day | None:
    """The date right behind an hour ("at 9 a.m. EST on July 10"), else the last before it, else the first."""
    behind = [one for one in days if one[0] >= hour.span.end]
    if behind and re.fullmatch(
        r"[\s,(]*[A-Z]{0,4}[\s,)]*(?:(?:on|of|del?)(?:\s+d[ií]a)?\s*)?", text[hour.span.end : behind[0][0]]
    ):
        return behind[0]
    before = [one for one in days if one[1] <= hour.span.start]
    return before[-1] if before else behind[0] if behind else None


def named_zones(case: Case, language: str) -> list[str]:
    """The IANA zones that an edition's text names, in order."""
    zones = [zone.zone for piece in pieces(case.content, language) for zone in find_zones(piece.text) if zone.zone]
    zones += [one.hour.zone.zone for one in clocks(case, language) if one.hour.zone and one.hour.zone.zone]
    return list(dict.fromkeys(zone for zone in zones if zone != "UTC"))


def home_zone(case: Case) -> str:
    """That of a release whose text names none: its events', its embargo's, the office's."""
    starts = [event.start.zone for event in case.content.events]
    embargo = case.content.embargo.zone if case.content.embargo else ""
    return next((zone for zone in (*starts, embargo) if zone), case.office.timezone)


_END = re.compile(r"[.!?…](?=[\"”»’)]*\s+[^\s\da-záéíóúñ])|\n\s*\n")
_ABBREVIATED = re.compile(r"(?:\b(?:[ap]\.\s?m|Dra?|Sra?|Mrs?|Ms|St|No|[A-Z]|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec))$")


def sentence(text: str, at: int) -> tuple[int, int]:
    """Where the sentence begins and ends in which a place is."""
    ends = [m.end() for m in _END.finditer(text) if not _ABBREVIATED.search(text[: m.start()])]
    return max((end for end in ends if end <= at), default=0), min((end for end in ends if end > at), default=len(text))
