"""time-weekday: a weekday that is not that date's, and a date that no calendar has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from distro.preflight.case import Case, place
from distro.preflight.finding import Place
from distro.preflight.moments import dates
from distro.preflight.rule import Found, Rule
from distro.reading.dates import DateFound, nearest
from distro.severity import Severity

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        for found in dates(text, language):
            if found.day is not None:
                yield from _about(found, place(language, part, text, found.span), case)


def _about(found: DateFound, where: Place, case: Case) -> Iterator[tuple[Place, str, str]]:
    day = nearest(found, case.content.date)
    if day is None:
        written = f"{_month(found.month)} {found.day}" + (f", {found.year}" if found.year else "")
        yield where, f"There is no {written}.", "Write the day that is meant."
        return
    if found.weekday is None or day.weekday() == found.weekday:
        return
    verb = "was" if day < case.now.date() else "is"
    said, true = _DAYS[found.weekday], _DAYS[day.weekday()]
    why = f"{_written(day)} {verb} a {true}, not a {said}."
    yield where, why, f"Write {true}, or the date of that {said} ({_written(_next_to(day, found.weekday))})."


def _next_to(day: date, weekday: int) -> date:
    """The nearest day that is that weekday."""
    ahead = (weekday - day.weekday()) % 7
    return day + timedelta(days=ahead if ahead <= 3 else ahead - 7)


def _written(day: date) -> str:
    return f"{_month(day.month)} {day.day}, {day.year}"


def _month(month: int) -> str:
    return f"{date(2000, month, 1):%B}"


RULE = Rule("time-weekday", Severity.WARNS, "AP Stylebook, months and days", "a weekday that is not that date's", _look)
