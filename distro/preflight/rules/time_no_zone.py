"""time-no-zone: an hour without its zone. In the `when` of an advisory, in a release line, where the other edition names one,
it warns; in running text beside a date it hints: a paper of the town need not be told which clock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from distro.preflight.case import Case
from distro.preflight.clocks import Clock, clocks, sentence
from distro.preflight.moments import hours
from distro.preflight.parts import RUNNING, pieces
from distro.preflight.rule import Found, Rule
from distro.reading.dates import find_weekdays
from distro.reading.zones import find_zones
from distro.severity import Severity


def _look(case: Case) -> Found:
    for one in _without(case):
        if not _must(case, one) and one.near and one.piece.part in RUNNING:
            yield one.place, f"“{one.words}” has no zone beside it.", _REMEDY


def _beside(case: Case) -> Found:
    for one in _without(case):
        if _must(case, one):
            yield one.place, f"“{one.words}” has no zone, and readers elsewhere will not know when that is.", _REMEDY


_REMEDY = "Write the zone behind the hour, such as ET or hora del Este, or the city."


_ALL = re.compile(r"\btimes\s+(?:are\s+)?(?:in\s+)?[A-Z]|\blas\s+horas\s+(?:son|est[áa]n|corresponden)|\bhoras?\s+locales\b")
"""It is said once for all."""


def _without(case: Case) -> Iterator[Clock]:
    """Of a range, and of a part that is no running text, the first is enough."""
    for language in case.editions:
        told: set[str] = set()
        if any(_ALL.search(piece.text) for piece in pieces(case.content, language)):
            continue
        for one in clocks(case, language):
            start, end = sentence(one.piece.text, one.hour.span.start)
            text = one.piece.text[start : end + 60]
            zoned = any(start <= other.span.start < end and other.zone for other in hours(one.piece.text, language))
            if one.hour.ends or zoned or one.piece.key in told or find_zones(text):
                continue
            told |= {one.piece.key} - set(RUNNING)
            yield one


def _must(case: Case, one: Clock) -> bool:
    """An hour to be kept; or one of which the pair names the zone, and this edition nowhere."""
    if one.piece.part in ("when", "release_line"):
        return True
    zoned = {
        other.piece.language
        for language in case.editions
        for other in clocks(case, language)
        if other.hour.zone and other.hour.minutes == one.hour.minutes and other.piece.key == one.piece.key
    }
    return (one.near or _on_a_weekday(one)) and bool(zoned) and one.piece.language not in zoned


def _on_a_weekday(one: Clock) -> bool:
    """ "Thursday, 6:30 p.m.", below a heading with the date."""
    start, end = sentence(one.piece.text, one.hour.span.start)
    return any(start <= day.span.start < end for day in find_weekdays(one.piece.text, one.piece.language))


RULE = Rule("time-no-zone", Severity.HINTS, "AP Stylebook, time zones", "an hour without its zone", _look, _beside)
