"""How dates and hours are said to journalists: with city, zone and UTC, never as "noon" or "midnight". Reads no clock.

The words come from the catalogues (`words`); the patterns are Babel's (CLDR) and stand in the catalogues too.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from distro.words import Words

_LOCALES = {"es": "es_US"}
"""CLDR locale of a catalogue's language, where it is not the language itself."""

_CITIES: dict[str, dict[str, str]] = {
    "America/Asuncion": {"": "Asunción"},
    "America/Bogota": {"": "Bogotá"},
    "America/Cancun": {"": "Cancún"},
    "America/Havana": {"es": "La Habana"},
    "America/Los_Angeles": {"es": "Los Ángeles"},
    "America/Mexico_City": {"es": "Ciudad de México"},
    "America/New_York": {"es": "Nueva York"},
    "America/Panama": {"es": "Panamá"},
    "America/Sao_Paulo": {"": "São Paulo"},
    "Africa/Cairo": {"es": "El Cairo"},
    "Africa/Johannesburg": {"es": "Johannesburgo"},
    "Asia/Jerusalem": {"es": "Jerusalén"},
    "Asia/Kolkata": {"es": "Calcuta"},
    "Asia/Seoul": {"es": "Seúl"},
    "Asia/Shanghai": {"es": "Shanghái"},
    "Asia/Singapore": {"es": "Singapur"},
    "Asia/Tokyo": {"es": "Tokio"},
    "Atlantic/Canary": {"en": "Canary Islands", "es": "Canarias"},
    "Australia/Sydney": {"es": "Sídney"},
    "Europe/Athens": {"es": "Atenas"},
    "Europe/Berlin": {"es": "Berlín"},
    "Europe/Brussels": {"es": "Bruselas"},
    "Europe/Copenhagen": {"es": "Copenhague"},
    "Europe/Dublin": {"es": "Dublín"},
    "Europe/Istanbul": {"es": "Estambul"},
    "Europe/Lisbon": {"es": "Lisboa"},
    "Europe/London": {"es": "Londres"},
    "Europe/Moscow": {"es": "Moscú"},
    "Europe/Paris": {"es": "París"},
    "Europe/Prague": {"es": "Praga"},
    "Europe/Rome": {"es": "Roma"},
    "Europe/Stockholm": {"es": "Estocolmo"},
    "Europe/Vienna": {"es": "Viena"},
    "Europe/Warsaw": {"es": "Varsovia"},
    "Europe/Zurich": {"en": "Zurich", "es": "Zúrich"},
    "Pacific/Honolulu": {"": "Honolulu"},
}
"""Cities whose name is not the last part of their zone. "" stands for every language."""


def long_date(day: date, _: Words) -> str:
    """December 1, 2026 / 1 de diciembre de 2026"""
    return format_date(day, _("MMMM d, y"), locale=locale(_))


def full_hour(at: datetime, zone: str, _: Words, city: str = "") -> str:
    """Tuesday, December 1, 2026 at 9:00 AM, Los Angeles (PST, 17:00 UTC)

    `zone` is an IANA name; `city` is said instead of the zone's own.
    """
    local = at.astimezone(ZoneInfo(zone))
    name = abbreviation(local)
    parts = {"when": _day_and_time(local, _), "city": city or city_of(zone, _), "zone": name}
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
    names = _CITIES.get(zone, {})
    return names.get(_.language) or names.get("") or zone.rpartition("/")[2].replace("_", " ")


def abbreviation(local: datetime) -> str:
    """PST; where a zone has no letters of its own (its tzname is "-03"), UTC-3."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    minutes = round((local.utcoffset() or UTC.utcoffset(None)).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"


def _day_and_time(local: datetime, _: Words) -> str:
    day = format_date(local, _("EEEE, MMMM d, y"), locale=locale(_))
    # Spanish says "a la 1:00" but "a las 2:00".
    context = "one o'clock" if local.hour in (1, 13) else ""
    return _("%(day)s at %(time)s", context, day=day, time=_time(local, _))


def _time(local: datetime, _: Words) -> str:
    """9:00 AM; in the hours after noon and midnight, which readers mistake for each other, 12:00 and 00:00."""
    if local.hour % 12 == 0:
        return _twenty_four(local)
    half = _("AM") if local.hour < 12 else _("PM")
    return f"{local.hour % 12}{_minutes(local)} {half}"


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
        text = _("%(time)s on %(day)s", time=text, day=format_date(utc, _("MMMM d"), locale=locale(_)))
    return text


def locale(_: Words) -> str:
    return _LOCALES.get(_.language, _.language)
