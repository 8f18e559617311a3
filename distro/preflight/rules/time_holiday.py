"""time-holiday: an embargo that lifts on a day when newsrooms of its place have few people."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.regions import country, why_free
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    embargo = case.content.embargo
    if embargo is None:
        return
    zone = embargo.zone or case.office.timezone
    day = embargo.day(zone)
    if free := why_free(zone, day):
        where = country(zone)
        there = f"in {zone.rpartition('/')[2].replace('_', ' ')}" + (f" ({where})" if where else "")
        yield about("", "embargo", embargo.spoken), f"The embargo lifts on {day:%Y-%m-%d}, which is {free} {there}.", _REMEDY


_REMEDY = "Choose a working day, unless the news itself is of that day."


RULE = Rule("time-holiday", Severity.WARNS, "the public holidays of the country", "an embargo on a holiday or weekend", _look)
