"""time-midnight-noon: "midnight", "noon", "12 a.m." and "12 p.m.", of which readers do not agree what day or half they mean."""

from __future__ import annotations

from collections.abc import Iterator

from distro.preflight.case import Case
from distro.preflight.clocks import Clock, clocks
from distro.preflight.finding import Place
from distro.preflight.rule import Found, Rule
from distro.reading.hours import MIDNIGHT, NOON
from distro.severity import Severity


def _look(case: Case) -> Found:
    """In general: "the buses run until midnight"."""
    return (found for one, found in _all(case) if not _is_appointed(one))


def _beside(case: Case) -> Found:
    """An hour to be kept: in its own part, with a day or a zone."""
    return (found for one, found in _all(case) if _is_appointed(one))


def _all(case: Case) -> Iterator[tuple[Clock, tuple[Place, str, str]]]:
    for language in case.editions:
        for one in clocks(case, language):
            if one.hour.kind == NOON:
                why, remedy = f"“{one.words}” is no hour of a clock, and is misread.", "Write 12:00, with the zone."
            elif one.hour.kind == MIDNIGHT:
                why = f"“{one.words}” may be the beginning of that day or its end."
                remedy = "Write 23:59 or 00:01, with the day and the zone."
            elif _is_twelve(one):
                why = f"“{one.words}” is read as noon by some and as midnight by others."
                remedy = f"Write {one.hour.hour:02}:00, with the day and the zone."
            else:
                continue
            yield one, (one.place, why, remedy)


def _is_appointed(one: Clock) -> bool:
    """With a zone, or in a part that is for hours, or beside a date. Noon is only hinted at: it is one hour of one day."""
    parts = ("when", "release_line")
    return one.hour.kind != NOON and (one.piece.part in parts or one.hour.zone is not None or one.near)


def _is_twelve(one: Clock) -> bool:
    said = one.words.lower().replace(".", "").replace(" ", "")
    return one.hour.hour in (0, 12) and one.hour.minute == 0 and said[-2:] in ("am", "pm")


RULE = Rule("time-midnight-noon", Severity.HINTS, "NIST, times of day FAQ", "an hour that is misread", _look, _beside)
