"""The country that a zone of the clock belongs to, and which days nobody works there."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays

from distro.reading.zones import zone_countries

_MAIN_PARTS = {"GB": "ENG"}
"""Where a country has no holidays in common to speak of, those of its most populous part."""


@lru_cache(maxsize=64)
def _free_days(zone: str, year: int) -> holidays.HolidayBase | None:
    """Of the whole country: papers come out on a state's own."""
    country = zone_countries().get(zone, "")
    try:
        return holidays.country_holidays(country, subdiv=_MAIN_PARTS.get(country), years=year, language="en_US")
    except NotImplementedError:
        return None


def country(zone: str) -> str:
    return zone_countries().get(zone, "")


def why_free(zone: str, day: date) -> str:
    """ "Christmas Day", "a Sunday"; "" for a working day, and where nothing is known of the place."""
    free = _free_days(zone, day.year)
    if free is not None and (name := free.get(day)):
        return str(name).split("; ")[0]
    weekend = free.weekend if free is not None else {5, 6}
    return f"a {day:%A}" if day.weekday() in weekend else ""
