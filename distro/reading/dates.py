"""Dates in a text of a language: "Wednesday, June 16, 2015", "el 5 y el 7 de marzo", "2026-03-05", "in November 2014".

Says what is written, not whether it is so: the weekday may not be that date's. Names come from `calendars`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from distro.reading.calendars import Calendar, calendar, fold, written
from distro.reading.links import blanked
from distro.reading.span import Span


@dataclass(frozen=True)
class DateFound:
    """`day` None: a month alone ("in November 2014"). `ambiguous`: 3/5/2026, read the way of the language. What is written
    in words may be a day that no calendar has ("June 31")."""

    span: Span
    year: int | None
    month: int
    day: int | None
    weekday: int | None = None
    ambiguous: bool = False

    def on(self, year: int) -> date | None:
        """The day of the calendar in its own year, else in `year`; None for a month alone and for what never was."""
        try:
            return date(self.year or year, self.month, self.day) if self.day else None
        except ValueError:
            return None


@dataclass(frozen=True)
class WeekdayFound:
    """A weekday that stands without a date."""

    span: Span
    weekday: int


def find_dates(text: str, language: str) -> list[DateFound]:
    """In their order. Of a range ("March 5-7") both ends are told."""
    patterns = _patterns(language)
    text = blanked(text)
    taken: list[tuple[int, int]] = []
    found: list[DateFound] = []
    for pattern, read in (
        (_ISO, _numeric),
        (_NUMBERS, _numeric),
        (_NINE_ELEVEN, _nine_eleven),
        (patterns.day_first, _in_words),
        (patterns.month_first, _in_words),
        (patterns.month_alone, _month_alone),
    ):
        for match in pattern.finditer(text):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                if pattern is patterns.month_first and _counts_what_follows(match, text, patterns.calendar):
                    continue
                dates = read(match, text, patterns.calendar)
                found += dates
                taken += [match.span()] if dates else []
    return sorted(found, key=lambda one: one.span.start)


def find_weekdays(text: str, language: str) -> list[WeekdayFound]:
    """Weekdays that belong to no date."""
    patterns = _patterns(language)
    dates = find_dates(text, language)
    return [
        WeekdayFound(Span.of(text, m.start(), m.end()), patterns.calendar.weekdays[fold(m[0])])
        for m in patterns.weekday_alone.finditer(blanked(text))
        if not any(one.span.start < m.end() and m.start() < one.span.end for one in dates)
    ]


def nearest(found: DateFound, to: date) -> date | None:
    """The day that is meant where no year is written: of three years the one nearest to `to`."""
    if found.year:
        return found.on(found.year)
    days = [day for year in (to.year - 1, to.year, to.year + 1) if (day := found.on(year))]
    return min(days, key=lambda day: abs(day - to), default=None)


_ISO = re.compile(r"(?<![\w/.-])(?P<y>\d{4})-(?P<a>\d{2})-(?P<b>\d{2})(?![\d-])")
_NUMBERS = re.compile(r"(?<![\w/.,-])(?P<a>\d{1,2})(?P<sep>[/.-])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})(?![\w/-])")


_NINE_ELEVEN = re.compile(r"(?<![\w/.,-])9/11(?![\w/]|-\d)")


def _nine_eleven(match: re.Match[str], text: str, calendar: Calendar) -> list[DateFound]:
    """Which other languages write out."""
    return [DateFound(Span.of(text, *match.span()), None, 9, 11)] if calendar.language == "en" else []


def _numeric(match: re.Match[str], text: str, calendar: Calendar) -> list[DateFound]:
    a, b, year = int(match["a"]), int(match["b"]), int(match["y"])
    span = Span.of(text, *match.span())
    if match.re is _ISO:
        return [DateFound(span, year, a, b)] if _possible(a, b) else []
    if len(match["y"]) == 2:
        if match["sep"] != "/":
            return []  # a telephone number or a version more often than a date
        year += 2000
    month, day = (b, a) if calendar.day_first else (a, b)
    if not _possible(month, day):
        month, day = day, month
    return (
        [DateFound(span, year, month, day, None, ambiguous=_possible(day, month) and a != b)] if _possible(month, day) else []
    )


def _in_words(match: re.Match[str], text: str, calendar: Calendar) -> list[DateFound]:
    """One date, or the ends of a range, or each of a list; the first span holds what stands before the list, too."""
    if match["month"] and not _is_month(match["month"], calendar):
        return []
    month = calendar.months[fold(match["month"])]
    year = int(match["year"]) if match["year"] else None
    patterns = _patterns(calendar.language)
    begin = match.start("days")
    days = [(m, begin + m.start(), begin + m.end()) for m in patterns.day.finditer(match["days"])]
    weekdays = _weekdays(match, days, calendar)
    found: list[DateFound] = []
    for i, (m, start, end) in enumerate(days):
        number = int(m["n"]) if m["n"] else calendar.days[fold(re.sub(r"\s+", " ", m["word"]))]
        first, last = i == 0, i == len(days) - 1
        span = Span.of(text, match.start() if first else start, match.end() if last else end)
        found.append(DateFound(span, year, month, number, weekdays[i]))
    return found


def _weekdays(match: re.Match[str], days: list[tuple[re.Match[str], int, int]], calendar: Calendar) -> list[int | None]:
    """To each day its weekday: the one beside it, else one of as many that stand before. Who can tell, else?"""
    own = [calendar.weekdays[fold(m["wd"])] if m["wd"] else None for m, _, _ in days]
    pattern = _patterns(calendar.language).weekday
    before = [calendar.weekdays[fold(m[0])] for m in pattern.finditer(match["before"] or "")]
    if match["after"]:
        before = before or [calendar.weekdays[fold(m[0])] for m in pattern.finditer(match["after"])]
    if len(before) == len(days) and not any(w is not None for w in own):
        return list(before)
    if len(before) == 1 and own[0] is None:
        return [before[0], *own[1:]]
    return own


def _counts_what_follows(match: re.Match[str], text: str, calendar: Calendar) -> bool:
    """ "desde agosto 31 fincas": in a language that writes the day first, a noun behind it says that the number is its own."""
    return calendar.day_first and not match["year"] and _NOUN.match(text, match.end()) is not None


_NOUN = re.compile(
    r"\s(?!(?:de[l]?|al?|y|e|o|en|para|por|con|hasta|se|las?|los|el|que|como|desde|du|et|do|da|até)\b)[a-zà-ÿ]{3,}(?<!r[áé])\b"
)


def _month_alone(match: re.Match[str], text: str, calendar: Calendar) -> list[DateFound]:
    if not _is_month(match["month"], calendar):
        return []
    year = int(match["year"]) if match["year"] else None
    return [DateFound(Span.of(text, match.start("month"), match.end()), year, calendar.months[fold(match["month"])], None)]


def _is_month(word: str, calendar: Calendar) -> bool:
    """ "may" and "march" are verbs where the language gives its months a capital letter."""
    return not calendar.capital or word[:1].isupper()


def _possible(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= (date(2000 + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day


@dataclass(frozen=True)
class _Patterns:
    calendar: Calendar
    day: re.Pattern[str]
    weekday: re.Pattern[str]
    weekday_alone: re.Pattern[str]
    day_first: re.Pattern[str]
    month_first: re.Pattern[str]
    month_alone: re.Pattern[str]


_AND = {
    "en": r"(?:to|through|thru|until|till|and|&|or)",
    "es": r"(?:al?|y|e|o|hasta)",
    "fr": r"(?:au|et|à|ou|jusqu['’]au)",
    "pt": r"(?:a|ao|e|até|ou)",
}
_THE = {"en": r"the\s+", "es": r"(?:el\s+|los\s+)?(?:día\s+|días\s+)?", "fr": r"le\s+", "pt": r"(?:o\s+)?(?:dia\s+|dias\s+)?"}
_OF = {"en": r"(?:of\s+)?", "es": r"(?:de\s+)?", "fr": "", "pt": r"(?:de\s+)?"}
_OF_YEAR = {"en": r",?\s+(?:of\s+)?", "es": r"(?:,\s*|\s+(?:de\s+|del\s+)?)", "fr": r"\s+", "pt": r"(?:,\s*|\s+(?:de\s+)?)"}
_IN = {
    "en": r"(?:in|by|since|until|last|next|early|late|mid|this|of|between|from|through|during|and|to|before|after)",
    "es": r"(?:en|de|desde|hasta|para|entre|a|y|durante|pasado|próximo|antes|después)",
    "fr": r"(?:en|de|depuis|fin|début|mi)",
    "pt": r"(?:em|de|desde|até|para)",
}
_EDGE, _END = r"(?<![^\W_])(?<![^\W_][-/.])", r"(?![^\W_])"
_NUMBER = r"(?:3[01]|[12]\d|0?[1-9])(?!\d)"
_ORDINAL = r"(?:st|nd|rd|th|er|\.?[ºª°])?"
_BEFORE_YEAR = r",?\s+"
_YEAR = r"(?P<year>(?:1[5-9]|2[0-2])\d\d)(?!\d|[.,/]\d|-\d{2}-|\s*%)"


@lru_cache(maxsize=32)
def _patterns(language: str) -> _Patterns:
    c = calendar(language)
    name = c.language
    wd = rf"{written(c.weekdays)}\b\.?"
    months = rf"{written(c.months)}\b\.?"
    month = f"(?P<month>{months})"
    the, and_, of_year = _THE.get(name, ""), _AND.get(name, "(?!)"), _OF_YEAR.get(name, _BEFORE_YEAR)
    word = written(c.days) if c.days else r"(?!)"
    number = rf"{_NUMBER}(?![.,:/]\d|\s*%|\s*[ap]\.?\s?m\b|\s*h\b)"
    ordinal = _ORDINAL if name in _THE else r"\.?"
    plain = rf"(?:{the})?(?:{wd},?\s+)?(?:{the})?(?:{number}{ordinal}|{word}){_END}"
    days = rf"(?P<days>{plain}(?:(?:,\s+{plain})*,?\s*(?:[-–—/]|\b{and_}\s)\s*{plain})?)"
    before = rf"(?P<before>(?:{wd}(?:\s*(?:[-–—]|{and_})\s*{wd})*),?\s+)?"
    after = rf"(?P<after>\s*\(\s*{wd}\s*\)|,\s+(?:an?\s+|un\s+)?{wd}(?=\s*[,.;:)]|\s*$))?"
    year = f"(?:{of_year}{_YEAR})?"
    # "may" and "march" are other words too: a month alone has a year, or a preposition where the language has such months.
    # So are "mar" and "set", which are abbreviations of one only where a year follows.
    whole = rf"(?={written(one for one in c.whole if one in c.months)}\b)"
    led = rf"(?:{_IN.get(name, '(?!)')})\s+" if c.capital else whole
    alone = f"(?:{led}|(?={months}{of_year}{_YEAR.replace('year', 'ahead')})){month}{year}"
    return _Patterns(
        c,
        day=re.compile(rf"(?:(?P<wd>{wd}),?\s+)?(?:{the})?(?:(?P<n>{_NUMBER}){ordinal}|(?P<word>{word})){_END}", re.IGNORECASE),
        weekday=re.compile(f"{_EDGE}{wd}{_END}", 0 if c.capital else re.IGNORECASE),
        weekday_alone=re.compile(f"{_EDGE}{written(w for w in c.whole if w in c.weekdays)}{_END}", 0 if c.capital else re.I),
        day_first=re.compile(rf"{_EDGE}{before}(?:{the})?{days}(?:\s+|-){_OF.get(name, '')}{month}{year}{_END}{after}", re.I),
        month_first=re.compile(rf"{_EDGE}{before}(?:{the})?{month}\s+(?:{the})?{days}{year}{_END}{after}", re.I),
        month_alone=re.compile(f"{_EDGE}{alone}{_END}", re.I),
    )
