"""How dates and hours are said to journalists: with city, zone and UTC, never as "noon" or "midnight". Reads no clock.

The words come from the catalogues (`words`); the patterns are Babel's (CLDR) and stand in the catalogues too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_datetime, get_timezone_location

from distro.words import Words, words

_LOCALES = {"es": "es_US", "pt": "pt_BR"}
"""CLDR locale of a catalogue's language, where it is not the language itself."""

_CITIES: dict[tuple[str, str], str] = {
    ("America/Bogota", "en"): "Bogotá",
    ("America/Sao_Paulo", "en"): "São Paulo",
    ("Asia/Kolkata", "es"): "Calcuta",
    ("Atlantic/Canary", "en"): "Canary Islands",
    ("Atlantic/Canary", "es"): "Canarias",
}
"""Cities that newsrooms call otherwise than CLDR does."""

_TWELVE = re.compile("[hK]")
"""The letters of CLDR for hours that are counted to twelve twice."""


def long_date(day: date, _: Words) -> str:
    """December 1, 2026 / 1 de diciembre de 2026 / 1er décembre 2026"""
    return format_date(day, _("MMMM d, y", _first(day)), locale=locale(_))


def in_each(
    languages: Sequence[str], at: datetime, zone: str, *, primary: str, city: str = "", folder: Path | None = None
) -> tuple[str, ...]:
    """`full_hour` for a reader of each language, or of `primary` where there are no words in it. `folder`: the office's own."""
    return tuple(full_hour(at, zone, words(tag, primary, folder=folder), city) for tag in languages)


def full_hour(at: datetime, zone: str, _: Words, city: str = "") -> str:
    """Tuesday, December 1, 2026, at 9:00 a.m., Los Angeles (PST, 17:00 UTC)

    `zone` is an IANA name; `city` is said instead of the zone's own.
    """
    local = at.astimezone(ZoneInfo(zone))
    name = abbreviation(local)
    parts = {"when": _day_and_time(local, zone, _), "city": city or city_of(zone, _), "zone": name}
    if name == "UTC":
        return _("%(when)s, %(city)s (%(zone)s)", **parts) if city else f"{parts['when']} UTC"
    return _("%(when)s, %(city)s (%(zone)s, %(utc)s)", **parts, utc=_in_utc(at, local, _))


def short_hour(at: datetime, zone: str, _: Words) -> str:
    """24 Nov 10:00 EST, for a subject line."""
    local = at.astimezone(ZoneInfo(zone))
    day = format_datetime(local, "d MMM", locale=locale(_)).replace(".", "")
    return f"{day} {_twenty_four(local)} {abbreviation(local)}"


def city_of(zone: str, _: Words) -> str:
    """Los Angeles / Los Ángeles"""
    named = _CITIES.get((zone, _.language))
    if named is None and "/" in zone:
        named = get_timezone_location(zone, locale=locale(_), return_city=True)
    return named or zone.rpartition("/")[2].replace("_", " ")


def abbreviation(local: datetime) -> str:
    """PST; where a zone has no letters of its own (its tzname is "-03"), UTC-3."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    minutes = round((local.utcoffset() or UTC.utcoffset(None)).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"


def _day_and_time(local: datetime, zone: str, _: Words) -> str:
    day = format_date(local, _("EEEE, MMMM d, y", _first(local)), locale=locale(_))
    # Spanish says "a la 1:00" but "a las 2:00".
    context = "one o'clock" if local.hour == 1 or (local.hour == 13 and counts_to_twelve(zone, _)) else ""
    return _("%(day)s at %(time)s", context, day=day, time=_time(local, zone, _))


def _first(day: date) -> str:
    """The context of a pattern that writes the first of a month as an ordinal, as French and Portuguese do."""
    return "first of the month" if day.day == 1 else ""


def _time(local: datetime, zone: str, _: Words) -> str:
    """9:00 AM; in the hours after noon and midnight, which readers mistake for each other, 12:00 and 00:00.

    Where hours are counted to 24, they are written as newsrooms do there: 17:30 h in Spain, 17 h 30 in France, 17h30 in Brazil.
    """
    if not counts_to_twelve(zone, _):
        if _minutes(local) == ":00":
            return _("%(hour)s:00", hour=str(local.hour))
        return _("%(hour)s:%(minutes)s", hour=str(local.hour), minutes=_minutes(local).removeprefix(":"))
    if local.hour % 12 == 0:
        return _twenty_four(local)
    half = _("AM") if local.hour < 12 else _("PM")
    return f"{local.hour % 12}{_minutes(local)} {half}"


def counts_to_twelve(zone: str, _: Words) -> bool:
    """Whether readers of this language, in the land of this zone, count their hours to twelve twice (CLDR). English does."""
    if _.language == "en":
        return True
    land = _lands().get(zone, "")
    for tag in (f"{_.language}_{land}", locale(_), _.language):
        try:
            return bool(_TWELVE.search(str(Locale.parse(tag).time_formats["short"])))
        except (ValueError, UnknownLocaleError):
            continue
    return False


@lru_cache(maxsize=1)
def _lands() -> dict[str, str]:
    return dict(get_global("zone_territories"))


def _twenty_four(local: datetime) -> str:
    return f"{local.hour:02}{_minutes(local)}"


def _minutes(local: datetime) -> str:
    """Minutes, and seconds and their fraction only where there are some."""
    text = f":{local.minute:02}"
    if local.second or local.microsecond:
        text += f":{local.second:02}"
    if local.microsecond:
        text += f".{local.microsecond:06}".rstrip("0")
    return text


def _in_utc(at: datetime, local: datetime, _: Words) -> str:
    """17:00 UTC, with the day where it is another one there."""
    utc = at.astimezone(UTC)
    text = f"{_twenty_four(utc)} UTC"
    if utc.date() != local.date():
        text = _("%(time)s on %(day)s", time=text, day=format_date(utc, _("MMMM d", _first(utc)), locale=locale(_)))
    return text


def locale(_: Words) -> str:
    return _LOCALES.get(_.language, _.language.replace("-", "_"))
