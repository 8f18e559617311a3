"""time-release-line: the date on the release against the one in its dateline, its body's first words, its release line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from distro.preflight.case import Case, place
from distro.preflight.moments import dates
from distro.preflight.rule import Found, Rule
from distro.reading.dates import DateFound, nearest
from distro.severity import Severity

_PLACE = r"(?:(?!(?:On|By|In|Since|From|After|Until|El|En|Desde|Tras|Hasta)\b)[A-ZÁÉÍÓÚÑ][\w.'’-]*|del?|las?|los|of|the)"
_BEFORE = re.compile(rf"[\W_]*(?:{_PLACE}[\s,.()/–—-]*)*")
_BEHIND = re.compile(rf"[\s,.)/]*(?:{_PLACE}[\s,.)/]*){{0,6}}(?:—|–|--|\.?-(?=\s))")
"""Round a date that is part of a dateline in the body: a place, and behind it a dash."""


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
    elif part == "body":
        yield from (one for one in days[:1] if _BEFORE.fullmatch(text, 0, one.span.start) and _BEHIND.match(text, one.span.end))


def _embargo_day(case: Case) -> date | None:
    embargo = case.content.embargo
    return embargo.day(case.office.timezone) if embargo else None


RULE = Rule("time-release-line", Severity.WARNS, "AP Stylebook, datelines", "two dates for one release", _look)
