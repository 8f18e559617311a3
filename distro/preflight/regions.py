"""The country, and where it matters the state, that a zone of the clock belongs to; and which days nobody works there."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib import resources

import holidays

_PARTS = {
    "America/Los_Angeles": "CA",
    "America/New_York": "NY",
    "America/Chicago": "IL",
    "America/Denver": "CO",
    "America/Phoenix": "AZ",
    "America/Puerto_Rico": "PR",
    "Europe/Madrid": "MD",
    "Atlantic/Canary": "CN",
    "Europe/London": "ENG",
    "America/Toronto": "ON",
}
"""The most populous part of a country that shares the zone's clock."""


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """By zone, from the table that the time zone database comes with."""
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {row[2].strip(): row[0] for row in rows}


@lru_cache(maxsize=64)
def _free_days(zone: str, year: int) -> holidays.HolidayBase | None:
    country = _countries().get(zone, "")
    for part in (_PARTS.get(zone), None):
        try:
            return holidays.country_holidays(country, subdiv=part, years=year, language="en_US")
        except NotImplementedError:
            continue
    return None


def country(zone: str) -> str:
    return _countries().get(zone, "")


def why_free(zone: str, day: date) -> str:
    """ "Christmas Day", "a Sunday"; "" for a working day, and where nothing is known of the place."""
    free = _free_days(zone, day.year)
    if free is not None and (name := free.get(day)):
        return str(name).split("; ")[0]
    weekend = free.weekend if free is not None else {5, 6}
    return f"a {day:%A}" if day.weekday() in weekend else ""
