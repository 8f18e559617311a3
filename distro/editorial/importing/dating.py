"""Which day a page's line names, whatever language its frame is in, and how sure that is. Dates are read by distro.reading."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from distro.reading.dates import DateFound, find_dates
from distro.reading.hours import find_hours
from distro.reading.zones import find_zones

_LANGUAGES = ("en", "es", "fr", "pt", "ca", "de", "it")
_LABEL = re.compile(
    r"^(?:release date|date of release|date issued|issued|date|dated|for release(?: on)?|released(?: on)?|posted(?: on| by [\w .]+ on)?"
    r"|published(?: on| date)?|publication date|created(?: on)?|updated(?: on)?|last (?:updated|modified)|fecha(?: de publicaci[oó]n)?"
    r"|publicado(?: el(?: d[ií]a)?)?|fecha y hora|creado(?: el)?|emitido(?: el)?|publié(?: le)?|date de publication|publicado em|data|le|el"
    r"|on|news)\s*[:\-–—|]?\s*",
    re.IGNORECASE,
)
_REST = re.compile(
    r"(?:\b(?:at|a las?|a|hs?|hrs|horas|am|pm|kl|uhr|by|por|en|in|of|de|del|the|el|on)\b|[\s,.;:|/·•()\[\]–—-])+", re.IGNORECASE
)
_EARLIEST, _LATEST = 1900, 2100


@dataclass(frozen=True)
class Day:
    """`confidence` is low where 3/4/2021 may be read two ways."""

    day: date
    confidence: float
    start: int
    end: int


def day_in(text: str, language: str) -> Day | None:
    """The first whole date (with its year) that the text names, read in `language` first and then in others."""
    best: Day | None = None
    for tag in _tags(language):
        for found in find_dates(text, tag):
            day = found.on(found.year) if found.year and found.day else None
            if day is None or not _EARLIEST <= day.year <= _LATEST:
                continue
            one = Day(day, _confidence(found, tag == language or not found.ambiguous), found.span.start, found.span.end)
            if best is None or (one.start, best.end, -one.confidence) < (best.start, one.end, -best.confidence):
                best = one
            break
    return best


def _confidence(found: DateFound, own_language: bool) -> float:
    if found.ambiguous:
        return 0.6 if own_language else 0.5
    return 0.95


def date_line(line: str, language: str) -> Day | None:
    """The date of a line that holds nothing else but a label, an hour, a weekday, or a city before it."""
    if len(line) > 120 or not any(c.isdigit() for c in line):
        return None
    bare = re.sub(r"\s+(?:by|por)\s+[^\d,|]{2,40}$", "", line.strip(" \t.|–—-•·"))
    for _ in range(2):
        bare = _LABEL.sub("", bare, count=1)
    day = day_in(bare, language)
    if day is None:
        return None
    rest = bare[: day.start] + " " + bare[day.end :]
    for tag in dict.fromkeys((language or "en", "en", "es")):
        spans = [one.span for one in (*find_hours(rest, tag), *find_zones(rest))]
        for span in sorted(spans, key=lambda one: one.start, reverse=True):
            rest = rest[: span.start] + " " + rest[span.end :]
    rest = re.sub(
        r"\b\d{1,2}[:.h]\d{2}(?::\d{2})?\b|\b(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|\w+day)\b",
        " ",
        rest,
        flags=re.I,
    )
    left = _REST.sub(" ", rest).strip()
    before = _REST.sub(" ", bare[: day.start]).strip()
    if not left:
        return day
    place = left == before and len(left.split()) <= 4 and left[:1].isupper() and left.replace(" ", "").isalpha()
    return day if place and bare[: day.start].rstrip().endswith((",", "-", "–", "—", ".", "a", "a,")) else None


def _tags(language: str) -> list[str]:
    return [tag for tag in dict.fromkeys((language, *_LANGUAGES)) if tag]
