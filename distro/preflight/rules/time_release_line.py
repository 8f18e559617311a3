"""time-release-line: the date on the release against the one in its dateline, its body's first words, its release line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from distro.preflight.case import Case, place
from distro.preflight.moments import dates
from distro.preflight.rule import Found, Rule
from distro.reading.dates import DateFound, nearest
from distro.severity import Severity

_OPENING = re.compile(r"[^.!?\n]{0,120}?(?:—|–|--|\s-\s)|(?:[^.!?\n]|\.(?=\s?[\da-z,(]|[A-Z]\.)){0,100}?\.?[—–]")
"""What stands before the dash of a dateline that is part of the body."""


def _look(case: Case) -> Found:
    printed = case.content.date
    embargo = _embargo_day(case)
    for language, part, text in case.texts():
        for found in _own_dates(part, text, language):
            day = nearest(found, printed)
            allowed = {printed, embargo} if part == "release_line" else {printed}
            if day is not None and day not in allowed:
                said = embargo if part == "release_line" and embargo else printed
                why = f"The release is dated {said:%Y-%m-%d}, and here it says {day:%Y-%m-%d}."
                remedy = "Write one date in both: here, or `date` in release.toml."
                yield place(language, part, text, found.span), why, remedy


def _own_dates(part: str, text: str, language: str) -> Iterator[DateFound]:
    """The dates that say when the release is of."""
    days = [one for one in dates(text, language) if one.day is not None]
    if part in ("dateline", "release_line"):
        yield from days
    elif part == "body" and (opening := _OPENING.match(text)):
        yield from (one for one in days[:1] if one.span.end <= opening.end() and _stands_alone(text[: one.span.start]))


def _stands_alone(before: str) -> bool:
    """A place and nothing else before the date: no sentence that merely has a dash later on."""
    return re.fullmatch(r"[\W\d]*(?:[A-ZÁÉÍÓÚÑ][\w.'’-]*[\s,(]*|(?:de|del|la|los|las|el|of|the|y)\s+)*\W*", before) is not None


def _embargo_day(case: Case) -> date | None:
    embargo = case.content.embargo
    return embargo.utc.astimezone(ZoneInfo(embargo.zone or case.office.timezone)).date() if embargo else None


RULE = Rule("time-release-line", Severity.WARNS, "AP Stylebook, datelines", "two dates for one release", _look)
