"""Hours in a text of a language: "9:30AM", "from 10 a.m. to noon", "a las 9 de la mañana", "de 10 a 12 h", "mediodía".

English and Spanish whole; French and Portuguese as their papers mostly write. What the words for a zone mean is `zones`'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from distro.reading.calendars import calendar, fold, written
from distro.reading.hourwords import HALVES, NUMBERS, SPOKEN, clock_words
from distro.reading.links import blanked
from distro.reading.span import Span
from distro.reading.zones import ZoneWord, zone_at

CLOCK, NOON, MIDNIGHT = "clock", "noon", "midnight"


@dataclass(frozen=True)
class HourFound:
    """`hour` 0 to 24. `kind`: whether it is said as the word for noon or midnight. `sure` False: which half of the day is
    meant is not said ("a las 9"). `ends`: it ends the range that the hour before it begins."""

    span: Span
    hour: int
    minute: int
    kind: str = CLOCK
    sure: bool = True
    zone: ZoneWord | None = None
    ends: bool = False

    @property
    def minutes(self) -> int:
        """Since midnight; of an hour whose half is not known, since noon or midnight."""
        return (self.hour * 60 + self.minute) % (24 * 60 if self.sure else 12 * 60)


def find_hours(text: str, language: str) -> list[HourFound]:
    """In their order. Of a range both ends are told; a zone written after the last is the first's, too."""
    text = blanked(text)
    patterns = _patterns(language.partition("-")[0])
    found: list[HourFound] = []
    for match in patterns.clock.finditer(text):
        if (hour := _read(match, text)) is None:
            continue
        hour = replace(hour, zone=zone_at(text, match.end()))
        before = found[-1] if found else None
        if before is not None and patterns.joint.fullmatch(text, before.span.end, match.start("begin")):
            found[-1] = _with_half(replace(before, zone=before.zone or hour.zone), hour)
            hour = replace(hour, ends=True)
        else:
            begins = list(_begins(patterns, text, match, hour))
            if not begins and _is_length(match, text):
                continue
            found += begins
            hour = replace(hour, ends=bool(begins))
        found.append(hour)
    return found


def _read(match: re.Match[str], text: str) -> HourFound | None:
    span = Span.of(text, match.start("begin"), match.end())
    if match["noon"] or match["midnight"]:
        if _in_a_name(text, match.start("begin")):
            return None
        return HourFound(span, *((12, 0, NOON) if match["noon"] else (0, 0, MIDNIGHT)))
    telephone = text[: match.start("begin")].endswith("-") and not (match["half"] or match["h"])
    if telephone or not _is_hour(match):
        return None
    hour, minute = _number(match["hour"]), int(match["minute"] or 0) + SPOKEN.get(_one_space(match["spoken"]), 0)
    half = _half(match["half"])
    if hour > (12 if half else 24) or (hour == 24 and minute) or (half and not hour and half != "am"):
        return None
    if minute < 0:
        hour, minute = hour - 1, minute + 60
    sure = bool(half or match["h"] or match["minute"]) and "clock" not in (match["h"] or "").lower()
    if match["sep"] == ":" and not half and not match["h"] and hour < 13 and len(match["hour"]) == 1:
        sure = False  # 9:30 may be either; 09:30 and 13:30 may not
    return HourFound(span, _in_half(hour, half), minute, sure=sure or not 1 <= hour <= 12)


def _is_hour(match: re.Match[str]) -> bool:
    """Something tells an hour from any other number: its half of the day, its minutes, its "h", or what stands around it."""
    if match["half"] or match["h"]:
        return True
    if match["sep"] and match["sep"].strip() in (":", "h"):
        return True
    return match["at"] is not None and (match["bare"] is not None or _dotted(match))


def _dotted(match: re.Match[str]) -> bool:
    """ "a las 8.17", where the article says that it is an hour; "at 8.17" may be a price."""
    return match["minute"] is not None and re.search(r"\blas?\s+$", match["at"], re.IGNORECASE) is not None


_LEADS_TO_HOURS = frozenset(
    ["at", "by", "from", "to", "until", "till", "after", "before", "around", "about", "since", "and", "or", "between"]
)


def _in_a_name(text: str, at: int) -> bool:
    """ "High Noon", "Misa de Medianoche": in its capital, behind another that is no weekday's or preposition's."""
    before = re.search(r"([^\W\d_]+)[ \n]$", text[:at])
    if before is None or not (text[at].isupper() and before[1][0].isupper()) or text[at : at + 2].isupper():
        return False
    word = fold(before[1])
    return word not in _LEADS_TO_HOURS and word not in calendar("en").weekdays


def _begins(patterns: _Patterns, text: str, match: re.Match[str], end: HourFound) -> Iterator[HourFound]:
    """The bare number before an hour that begins its range: the 10 of "10–11:30 a.m." and of "de 10 a 12 h"."""
    before = patterns.begins.search(text[: match.start("begin")], max(0, match.start("begin") - 40))
    if before is None or (number := _number(before["hour"])) > 24:
        return
    span = Span.of(text, before.start("hour"), before.end("whole"))
    begin = HourFound(span, number, int(before["minute"] or 0), sure=not match["half"], zone=end.zone)
    yield _with_half(begin, end) if end.sure else replace(begin, sure=False)


def _with_half(begin: HourFound, end: HourFound) -> HourFound:
    """The start of a range has the half of the day that its end says: 10-11:30 a.m.; but 10 a.m. in 10-1 p.m."""
    if begin.sure or not end.sure or not 1 <= begin.hour <= 12:
        return begin
    late = end.hour * 60 + end.minute or 24 * 60
    hours = [begin.hour % 12, begin.hour % 12 + 12]
    return replace(begin, hour=max((h for h in hours if h * 60 + begin.minute < late), default=hours[0]), sure=True)


def _is_length(match: re.Match[str], text: str) -> bool:
    """ "24 horas" is how long, "a las 24 horas" is when."""
    if not match["h"] or match["minute"] or "clock" in match["h"].lower():
        return False
    alone = match["h"].lower() in ("h", "h.", "hs", "hrs") or re.match(r"\s*(?:[.,;)\n]|$)", text[match.end() :])
    if alone and match["h"].lower() != "hours" and re.search(r"[,;:(]\s*$", text[: match.start("begin")]):
        return False
    return not match["at"] or match["h"].lower().startswith("hour")


def _half(text: str | None) -> str:
    said = fold(text or "")
    return next((name for name, pattern in HALVES if said and re.search(rf"(?:{pattern})$", said)), "")


def _in_half(hour: int, half: str) -> int:
    if half == "night":  # "las 12 de la noche" is midnight, "las 2 de la noche" comes after it
        return hour % 12 if hour in (12, 1, 2, 3, 4) else hour + 12
    if half == "noon":
        return hour if hour > 10 else hour + 12
    return hour % 12 + (12 if half == "pm" else 0) if half else hour


def _number(text: str) -> int:
    return int(text) if text.isdigit() else NUMBERS[fold(text)]


def _one_space(text: str | None) -> str:
    return " ".join(fold(text or "").split())


@dataclass(frozen=True)
class _Patterns:
    clock: re.Pattern[str]
    joint: re.Pattern[str]
    """What stands between two hours that are one range."""
    begins: re.Pattern[str]
    """A bare number and a joint, right before an hour."""


@lru_cache(maxsize=16)
def _patterns(language: str) -> _Patterns:
    c = clock_words(language)
    words = written(c.numbers.split())
    edge = r"(?<![\w$€£:/.,])"
    minute = r"(?P<minute>[0-5]\d)(?!\d|[.,:]\d|\s*min)"
    time = rf"(?P<hour>\d{{1,2}}(?![\d%])|{words}(?!\w))(?:(?P<sep>\s?h\s?|[:.]){minute}|\s+(?P<spoken>{c.spoken}))?"
    return _Patterns(
        re.compile(
            rf"(?P<at>(?<!\w){c.at})?{edge}(?P<begin>)(?:(?:(?P<noon>{c.noon})|(?P<midnight>{c.midnight}))(?!\w)"
            rf"|{time}(?:\s*(?P<half>{c.half})|\s*(?P<h>{c.h})|(?P<bare>{c.bare}))?)",
            re.IGNORECASE,
        ),
        re.compile(rf"\s*(?:[-–—]|{c.to})\s*", re.IGNORECASE),
        re.compile(
            rf"{edge}(?P<whole>(?P<hour>\d{{1,2}}|{words})(?:[:.](?P<minute>[0-5]\d))?)\s*(?:[-–—]|\b{c.to})\s*$",
            re.IGNORECASE,
        ),
    )
