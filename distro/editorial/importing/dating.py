"""Which day a page's line names, whatever language its frame is in, and how sure that is. Dates are read by distro.reading."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from distro.editorial.importing.furniture import is_chrome
from distro.reading.dates import DateFound, find_dates, find_weekdays
from distro.reading.hours import find_hours
from distro.reading.zones import find_zones

_LANGUAGES = ("en", "es", "fr", "pt", "ca", "de", "it")
_LABEL = re.compile(
    r"^(?:release date|date of release|date issued|issued|date|dated|for release(?: on)?|released(?: on)?"
    r"|posted(?: on| by [\w .]+ on)?"
    r"|published(?: on| date)?|publication date|created(?: on)?|updated(?: on)?|last (?:updated|modified)"
    r"|fecha(?: de publicaci[oó]n)?"
    r"|publicado(?: el(?: d[ií]a)?| en)?|for planning purposes(?: only)?|para (?:su )?planificaci[oó]n"
    r"|post(?:ed)? date|press date|d[ií]a de publicaci[oó]n|fecha y hora|creado(?: el)?|emitido(?: el)?|publié(?: le)?"
    r"|date de publication|publicado em|data|le|el"
    r"|on|news)\s*[:\-–—|]?\s*",
    re.IGNORECASE,
)
_ANY_LABEL = re.compile(
    r"^[^\d:]{0,24}(?:release|date|fecha|publi\w*|posted|issued|planning|emisi[oó]n"
    r"|difusi[oó]n)[^\d:]{0,12}:\s*",
    re.IGNORECASE,
)
_REST = re.compile(
    r"(?:\b(?:at|a las?|às?|a|hs?|hrs|horas|am|pm|kl|uhr|by|por|en|in|of|de|del|the|el|on)\b|[\s,.;:|/·•()\[\]–—-])+",
    re.IGNORECASE,
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
    text = re.sub(r"\b(\d{1,2})-([^\W\d_]{3,10})-(\d{4})\b", r"\1 \2 \3", text)
    for tag in _tags(language):
        for found in find_dates(text, tag):
            day = found.on(found.year) if found.year and found.day else None
            if day is None or not _EARLIEST <= day.year <= _LATEST:
                continue
            one = _meant(found, day, text, own_language=tag == language)
            if best is None or (one.start, best.end, -one.confidence) < (best.start, one.end, -best.confidence):
                best = one
            break
    return best


def _meant(found: DateFound, day: date, text: str, *, own_language: bool) -> Day:
    """Of the two ways to read 3/4/2021 the one that a weekday beside it, or points between its numbers, bears out."""
    start, end = found.span.start, found.span.end
    if not found.ambiguous:
        return Day(day, 0.95, start, end)
    other = day.replace(month=day.day, day=day.month)
    named = {one.weekday for tag in ("en", "es") for one in find_weekdays(text, tag)}
    if len(named) == 1 and (day.weekday() in named) != (other.weekday() in named):
        return Day(day if day.weekday() in named else other, 0.9, start, end)
    if "." in found.span.words:  # so Europe writes, the day first
        first = int(found.span.words.split(".")[0])
        return Day(day if day.day == first else other, 0.8, start, end)
    return Day(day, 0.6 if own_language else 0.5, start, end)


def day_comes_first(texts: Iterable[str]) -> bool | None:
    """How the numbers of a page's dates stand, by those that can be read in one way only: 26/9/2019; None: it shows none."""
    votes = {
        int(first) > 12 for text in texts for first, second in _NUMBERS.findall(text) if (int(first) > 12) != (int(second) > 12)
    }
    return votes.pop() if len(votes) == 1 else None


_NUMBERS = re.compile(r"\b(\d{1,2})[/-](\d{1,2})[/-](?:19|20)\d\d\b")


def date_line(line: str, language: str) -> Day | None:
    """The date of a line that holds nothing else but a label, an hour, a weekday, or a city before it."""
    if len(line) > 120 or not any(c.isdigit() for c in line):
        return None
    bare = re.sub(r"\s+(?:by|por)\s+[^\d,|]{2,40}$", "", line.strip(" \t.|–—-•·"))
    bare = _ANY_LABEL.sub("", bare, count=1)
    for _ in range(2):
        bare = _LABEL.sub("", bare, count=1)
    bare = re.sub(r"\b\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]\.?m\.?)?", " ", bare, flags=re.IGNORECASE)
    day = day_in(bare, language)
    if day is None:
        return None
    rest = bare[: day.start] + " " + bare[day.end :]
    for tag in dict.fromkeys((language or "en", "en", "es")):
        spans = [*(one.span for one in find_hours(rest, tag)), *(one.span for one in find_zones(rest))]
        for span in sorted(spans, key=lambda span: span.start, reverse=True):
            rest = rest[: span.start] + " " + rest[span.end :]
    rest = re.sub(
        r"\b\d{1,2}[:.h]\d{2}(?::\d{2})?\b|\b(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|\w+day)\b",
        " ",
        rest,
        flags=re.I,
    )
    left = _REST.sub(" ", rest).strip()
    if is_chrome(rest.strip(" \t|–—-•·,.:")):
        return day
    before = _REST.sub(" ", bare[: day.start]).strip()
    if not left:
        return day
    place = left == before and len(left.split()) <= 4 and left[:1].isupper() and left.replace(" ", "").isalpha()
    return day if place and bare[: day.start].rstrip().endswith((",", "-", "–", "—", ".", "a", "a,")) else None


def undated(title: str) -> tuple[str, Day | None]:
    """A title without the date before or behind it: "28 June 2012 — Ferry returns", "Trust Buys the Foghorn (19 Nov 2011)"."""
    behind = re.match(r"(?P<title>.{8,}?)\s*(?:\((?P<in>[^()]{6,40})\)|\s[–—|-]\s*(?P<after>[^–—|]{6,40}))\s*$", title)
    day = date_line(behind["in"] or behind["after"], "") if behind else None
    if behind and day:
        return behind["title"], day
    before = re.match(r"\W{0,2}(?P<date>[^–—|:]{6,40}?)(?:\s[–—|-]+\s|:\s+|\s?[—|]\s?)(?P<title>\S.{8,})$", title)
    day = date_line(before["date"], "") if before else None
    return (before["title"], day) if before and day else (title, None)


def _tags(language: str) -> list[str]:
    return [tag for tag in dict.fromkeys((language, *_LANGUAGES)) if tag]
