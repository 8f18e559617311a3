"""The words for a time zone beside an hour: EST, ET, Eastern time, hora del Este, hora de Los Ángeles, GMT+1."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from babel import Locale

from distro.hours import city_of
from distro.reading.calendars import fold, written
from distro.reading.span import Span
from distro.words import words


@dataclass(frozen=True)
class ZoneWord:
    """`zone` is an IANA name, "" where only `offset` (minutes east of UTC) or nothing ("local time") is known.
    `season`: "winter" and "summer" for EST and EDT; "" for ET, and for zones without seasons."""

    span: Span
    zone: str = ""
    offset: int | None = None
    season: str = ""


_EAST, _CENTRAL, _MOUNTAIN, _PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_LETTERS: dict[str, tuple[str, int | None, str]] = {
    **{
        letters + kind: (zone, offset + 60 if season == "summer" else offset if season else None, season)
        for letters, zone, offset in (("E", _EAST, -300), ("C", _CENTRAL, -360), ("M", _MOUNTAIN, -420), ("P", _PACIFIC, -480))
        for kind, season in (("ST", "winter"), ("DT", "summer"), ("T", ""))
    },
    "AKST": ("America/Anchorage", -540, "winter"),
    "AKDT": ("America/Anchorage", -480, "summer"),
    "HST": ("Pacific/Honolulu", -600, ""),
    "AST": ("America/Puerto_Rico", -240, ""),
    "CET": ("Europe/Madrid", 60, "winter"),
    "CEST": ("Europe/Madrid", 120, "summer"),
    "EET": ("Europe/Athens", 120, "winter"),
    "EEST": ("Europe/Athens", 180, "summer"),
    "BST": ("Europe/London", 60, "summer"),
}
_NAMES: dict[str, str] = {
    "eastern": _EAST,
    "central": _CENTRAL,
    "mountain": _MOUNTAIN,
    "pacific": _PACIFIC,
    "este": _EAST,
    "centro": _CENTRAL,
    "montaña": _MOUNTAIN,
    "pacífico": _PACIFIC,
    "atlantic": "America/Puerto_Rico",
    "atlántico": "America/Puerto_Rico",
    "peninsular": "Europe/Madrid",
    "insular": "Atlantic/Canary",
    "canaria": "Atlantic/Canary",
    "central european": "Europe/Madrid",
    "central europea": "Europe/Madrid",
    "british": "Europe/London",
    "britânica": "Europe/London",
    "británica": "Europe/London",
    "brasília": "America/Sao_Paulo",
    "brasilia": "America/Sao_Paulo",
    "madrid": "Europe/Madrid",
    "méxico": "America/Mexico_City",
    "washington": _EAST,
    "miami": _EAST,
    "boston": _EAST,
    "houston": _CENTRAL,
    "dallas": _CENTRAL,
    "san francisco": _PACIFIC,
    "seattle": _PACIFIC,
    "españa": "Europe/Madrid",
    "spain": "Europe/Madrid",
    "argentina": "America/Argentina/Buenos_Aires",
    "chile": "America/Santiago",
    "colombia": "America/Bogota",
    "perú": "America/Lima",
} | {
    word: zone
    for words_, zone in (
        ("argentine argentina", "America/Argentina/Buenos_Aires"),
        ("chilean chilena", "America/Santiago"),
        ("colombian colombiana", "America/Bogota"),
        ("peruvian peruana", "America/Lima"),
        ("bolivian boliviana", "America/La_Paz"),
        ("venezuelan venezolana", "America/Caracas"),
        ("uruguayan uruguaya", "America/Montevideo"),
        ("paraguayan paraguaya", "America/Asuncion"),
        ("ecuadorian ecuatoriana", "America/Guayaquil"),
        ("cuban cubana", "America/Havana"),
        ("spanish española", "Europe/Madrid"),
        ("french francesa", "Europe/Paris"),
        ("portuguese portuguesa", "Europe/Lisbon"),
    )
    for word in words_.split()
}


@lru_cache(maxsize=1)
def cities() -> Mapping[str, str]:
    """IANA zones by the folded name of their city, in English and Spanish."""
    zones = sorted(z for z in zoneinfo.available_timezones() if "/" in z and not z.startswith(("Etc/", "SystemV/", "posix")))
    named = _by_country() | {fold(z.rpartition("/")[2].replace("_", " ")): z for z in reversed(zones)}
    for language in ("en", "es"):
        for z in sorted(
            (z for z in zones if z.count("/") == 1), key=lambda z: z in zone_countries()
        ):  # US/Eastern is an old name
            named[fold(city_of(z, words(language)))] = z
    return named | {fold(name): zone for name, zone in _NAMES.items()}


@lru_cache(maxsize=1)
def zone_countries() -> Mapping[str, str]:
    """The country (ISO 3166) of each zone, by the table that comes with the time zone database."""
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {row[2].strip(): row[0] for row in rows}


def _by_country() -> dict[str, str]:
    """The first zone of each country, by its name in English and in Spanish."""
    first: dict[str, str] = {}
    for zone, country in zone_countries().items():
        first.setdefault(country, zone)
    names = [(locale, code) for locale in ("en", "es") for code in first]
    return {fold(name): first[code] for tag, code in names if (name := Locale.parse(tag).territories.get(code))}


def zone_at(text: str, at: int) -> ZoneWord | None:
    """The zone that is written right after an hour that ends at `at`, if one is."""
    match = _after().match(text, at)
    if match is None:
        return None
    if (place := match["unknown"]) and place.startswith("de "):  # "a las 18 horas de Chile", but not "18 horas de Feria"
        known = cities().get(" ".join(fold(place[3:]).split()))
        return ZoneWord(Span.of(text, *match.span("unknown")), known) if known else None
    zone = _read(match, text)
    letters = None if zone.season else _after().match(text, match.end())  # "hora del Este (EST)"
    more = _read(letters, text) if letters and letters["letters"] else None
    return more if more is not None and more.season and more.zone == zone.zone else zone


def find_zones(text: str) -> list[ZoneWord]:
    """Every zone that a text names: letters anywhere, names with their "time" or "hora"."""
    return [_read(match, text) for match in _anywhere().finditer(text)]


def _read(match: re.Match[str], text: str) -> ZoneWord:
    group = next(name for name in ("letters", "utc", "named", "english", "city", "local", "unknown") if match[name])
    span = Span.of(text, *match.span(group))
    if group == "letters":
        zone, offset, season = _LETTERS[match["letters"].upper()]
        return ZoneWord(span, zone, offset, season)
    if group == "utc":
        hours, minutes = int(match["hours"] or 0), int(match["minutes"] or 0)
        offset = hours * 60 + minutes
        return ZoneWord(span, "" if offset else "UTC", -offset if match["sign"] in ("-", "−", "–") else offset)
    if group in ("local", "unknown"):
        return ZoneWord(span)
    name = match["word"] or match["word2"] or match["word3"]
    said = fold(match[0])
    season = "summer" if re.search("daylight|verano", said) else "winter" if re.search("standard|invierno", said) else ""
    return ZoneWord(span, cities()[re.sub(r"\s+", " ", fold(name))], None, season)


@lru_cache(maxsize=1)
def _body() -> str:
    city = written(cities())
    return (
        rf"(?:(?P<letters>(?-i:{'|'.join(sorted(_LETTERS, key=len, reverse=True))}))\b"
        r"|(?P<utc>(?-i:UTC|GMT)(?:\s?(?P<sign>[+−–-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?)?)(?!\w)"
        rf"|(?P<named>(?:hora(?:rio)?|tiempo)\s+(?:est[áa]ndar\s+|de\s+verano\s+|de\s+invierno\s+)?(?:(?:del?|de\s+la)\s+)?(?:la\s+)?"
        rf"(?P<word>{city})\b(?:\s+de\s+(?:verano|invierno))?)"
        rf"|(?P<english>(?P<word2>{city})\s+(?:(?:daylight|standard|summer|winter)\s+)?time\b)"
        rf"|(?P<local>local\s+time\b|hora\s+local\b|heure\s+locale\b))"
    )


@lru_cache(maxsize=1)
def _anywhere() -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w){_body()}".replace("(?P<city>", "(?:") + r"(?P<city>(?!))?(?P<word3>(?!))?(?P<unknown>(?!))?", re.IGNORECASE
    )


_UNKNOWN = (
    r"(?P<unknown>hora\s+(?!antes|despu)(?:del?\s+|de\s+la\s+|oficial\s+)?[^\W\d_]+"
    r"|(?<=horas\s)de\s+(?-i:[A-ZÁÉÍÓÚÑ])[^\W\d_]+(?:\s(?-i:[A-ZÁÉÍÓÚÑ])[^\W\d_]+)?"
    r"|(?-i:[A-Z])[^\W\d_]+(?:\s(?-i:[A-Z])[^\W\d_]+)?\s+time\b)"
)
"""A zone whose place is not known, but one all the same."""


@lru_cache(maxsize=1)
def _after() -> re.Pattern[str]:
    """Right after an hour a bare name is enough: "10 a.m. Eastern", "9:00 AM, Los Angeles (PST, …)"."""
    bare = written(["eastern", "central", "mountain", "pacific"]) + r"|(?<=\()(?:este|pac[ií]fico|centro)(?=\))"
    return re.compile(
        rf"\s*[,(]?\s*(?:en\s+)?(?:la\s+|el\s+)?(?:{_body()}|(?P<city>(?P<word3>{bare})\b)|{_UNKNOWN})",
        re.IGNORECASE,
    )
