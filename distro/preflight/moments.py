"""When two dates, or two hours, of two languages are one. The rules of parity and of time share it."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from distro.preflight.comparing import Reader
from distro.reading.dates import DateFound, WeekdayFound, find_dates, find_weekdays
from distro.reading.hours import HourFound, find_hours
from distro.reading.hourwords import has_clock
from distro.reading.zones import ZoneWord

Day = DateFound | WeekdayFound


@lru_cache(maxsize=4096)
def dates(text: str, language: str) -> tuple[DateFound, ...]:
    return tuple(find_dates(text, language))


@lru_cache(maxsize=4096)
def hours(text: str, language: str) -> tuple[HourFound, ...]:
    return tuple(find_hours(text, language))


@lru_cache(maxsize=4096)
def _days(text: str, language: str) -> tuple[Day, ...]:
    return (*dates(text, language), *find_weekdays(text, language))


def days_of(printed: date) -> Reader[Day]:
    """`printed`: the release's own date, which "today" may stand for in a pair."""

    def weak(one: Day) -> bool:
        if isinstance(one, WeekdayFound) or one.day is None:
            return True
        return one.on(printed.year) == printed

    return Reader(_days, _same_day, weak, _alike_days)


def _same_day(one: Day, other: Day) -> bool:
    """Whether `other` bears out `one`: a date bears out its weekday, but a weekday no date."""
    if isinstance(one, WeekdayFound):
        return one.weekday == other.weekday
    if isinstance(other, WeekdayFound):
        return False
    if one.day is None or other.day is None:
        return one.month == other.month and (one.year == other.year or None in (one.year, other.year))
    if (one.month, one.day) != (other.month, other.day):
        swapped = (one.ambiguous or other.ambiguous) and (one.month, one.day) == (other.day, other.month)
        return swapped and one.year == other.year
    return (one.year == other.year or None in (one.year, other.year)) and (
        one.weekday == other.weekday or None in (one.weekday, other.weekday)
    )


def _alike_days(one: Day, other: Day) -> bool:
    """A weekday alone may stand for a date; a month for a day of it."""
    if isinstance(one, WeekdayFound) is not isinstance(other, WeekdayFound):
        return one.weekday is not None and other.weekday is not None
    return True


def hours_of(printed: date) -> Reader[HourFound]:
    """`printed`: the day whose offsets count where the text gives an hour in two zones."""

    def same(one: HourFound, other: HourFound) -> bool:
        return _same_hour(one, other, printed)

    return Reader(hours, same, _weak_hour, _always, reads=has_clock)


def _same_hour(one: HourFound, other: HourFound, printed: date) -> bool:
    half = 720 if not (one.sure and other.sure) else 1440
    if _of_one_clock(one.zone, other.zone):
        return one.minutes % half == other.minutes % half
    mine, theirs = offset(one.zone, printed), offset(other.zone, printed)
    if mine is None or theirs is None or mine == theirs:
        return one.minutes % half == other.minutes % half
    return (one.minutes - mine) % half == (other.minutes - theirs) % half


def _of_one_clock(one: ZoneWord | None, other: ZoneWord | None) -> bool:
    """EDT and "hora del Este": the place is one, and neither says another season than the other."""
    if one is None or other is None or not one.zone:
        return False
    return one.zone == other.zone and (one.season == other.season or "" in (one.season, other.season))


def offset(zone: ZoneWord | None, day: date) -> int | None:
    """Minutes east of UTC at noon of a day; None where no zone is said, or not which."""
    if zone is None or (zone.offset is None and not zone.zone):
        return None
    if zone.offset is not None:
        return zone.offset
    there = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone.zone)).utcoffset()
    return None if there is None else round(there.total_seconds() / 60)


def _weak_hour(one: HourFound) -> bool:
    """A bare "at 9" may be no hour at all."""
    return not one.sure


def _always(one: HourFound, other: HourFound) -> bool:
    return True
