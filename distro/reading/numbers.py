"""Numbers in a text of a language, as values: plain ones, amounts of money, percentages, ordinals, years, parts of a whole.

Not those of dates, hours, telephones, addresses, or of names such as COVID-19. How figures and words are read is `numerals`'
and `numberwords`' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from distro.reading.calendars import fold, written
from distro.reading.currencies import LETTERS, NAMES, SIGNS, scales
from distro.reading.dates import find_dates
from distro.reading.hours import find_hours
from distro.reading.links import blanked
from distro.reading.numberwords import Numerals, numerals, value_of, words_pattern
from distro.reading.numerals import FIGURES, GROUPED_BY_SPACES, SPACES, readings, roman
from distro.reading.phones import find_phones
from distro.reading.span import Span


class NumberKind(StrEnum):
    PLAIN = "plain"
    PERCENT = "percent"
    AMOUNT = "amount"
    ORDINAL = "ordinal"
    YEAR = "year"
    FRACTION = "fraction"


@dataclass(frozen=True)
class NumberFound:
    """`readings`: what it may mean, the likeliest first. `currency`: ISO 4217, or "$", "dollar" and "peso" for those of no
    country, "¢" for their hundredths. `unit`: the word behind it, folded. `scale`: that of its "million"."""

    span: Span
    kind: NumberKind
    readings: tuple[Decimal, ...]
    currency: str = ""
    unit: str = ""
    in_words: bool = False
    scale: Decimal = Decimal(1)

    @property
    def value(self) -> Decimal:
        return self.readings[0]


def find_numbers(text: str, language: str) -> list[NumberFound]:
    """In their order. An article ("one", "un", "una") is no number."""
    name = language.partition("-")[0]
    shown = _without(blanked(text), language)
    found: list[NumberFound] = []
    at = 0
    for match in _pattern(name).finditer(shown):
        if match.start() >= at and (number := _read(match, text, language)):
            found.append(number)
            at = number.span.end
    special = list(_years_and_centuries(shown, text))
    rest = [one for one in found if not any(s.span.start <= one.span.start < s.span.end for s in special)]
    return _shared(sorted([*special, *rest], key=lambda one: one.span.start), text)


def _without(text: str, language: str) -> str:
    """The same length, blank where dates, hours and telephones stand, and where a list counts its items."""
    out = list(text)
    spans = [one.span for one in find_dates(text, language)] + [one.span for one in find_hours(text, language)]
    spans += [one.span for one in find_phones(text)]
    places = [(span.start, span.end) for span in spans]
    places += [m.span() for m in re.finditer(r"^[ \t]*\d+[.)](?=\s)", text, re.MULTILINE)]
    for start, end in places:
        out[start:end] = "\0" * (end - start)
    return "".join(out)


def _read(match: re.Match[str], text: str, language: str) -> NumberFound | None:
    name = language.partition("-")[0]
    n = numerals(name)
    whole = Span.of(text, *match.span())
    if match["fraction"]:
        return NumberFound(whole, NumberKind.FRACTION, (n.fractions[_plain(match[0])],), in_words=True)
    if match["ordinal"]:
        return NumberFound(whole, NumberKind.ORDINAL, (Decimal(_ordinal(match["ordinal"], n)),), in_words=True)
    if match["th"] and match["figures"]:
        return NumberFound(whole, NumberKind.ORDINAL, readings(match["figures"], language)[:1])
    values, end = _values(match, language)
    if not values:
        return None
    currency = _currency(match)
    kind = NumberKind.AMOUNT if currency else NumberKind.PERCENT if match["percent"] else NumberKind.PLAIN
    if kind is NumberKind.PLAIN and _is_year(match, values[0]):
        kind = NumberKind.YEAR
    unit = _UNIT.match(text, end)
    span = Span.of(text, match.start(), end)
    scale = _scale(match, name) or Decimal(1)
    return NumberFound(span, kind, values, currency, _plain(unit[1]) if unit else "", bool(match["words"]), scale)


_UNIT = re.compile(
    r"[\s-]*(?:de\s+)?((?:square|cubic)[\s-]+[a-z]+|[^\W\d_]+\s+(?:cuadrad|c[úu]bic)[oa]s?|[°º]\s?[CF]\b|k?m[²2]\b|km/h|[^\W\d_]+)"
)


def _values(match: re.Match[str], language: str) -> tuple[tuple[Decimal, ...], int]:
    """What the figures or words come to with their scale, and where that ends; nothing where they are no number."""
    name = language.partition("-")[0]
    last = Decimal(1)
    values: tuple[Decimal, ...]
    if match["words"]:
        summed = value_of(match["words"], name)
        if summed is None or (summed.value == 1 and _is_article(match)) or _in_a_name(match):
            return (), 0
        values, last = (summed.value,), summed.last
        if summed.taken < len(match["words"]):
            return values, match.start("words") + summed.taken
    else:
        values = readings(re.sub(r"\s+mil\s+(\d+)", lambda m: m[1].zfill(3), match["figures"]), language)
    if match["first_half"]:
        values = tuple(value + last / 2 for value in values)
    scale = _scale(match, name)
    if match["scale"] and scale is None:
        return values, match.end("figures" if match["figures"] else "words")
    if scale is not None:
        values, last = tuple(value * scale for value in values), scale
    if match["half"]:
        values = tuple(value + last / 2 for value in values)
    elif last == 1 and _AND_A_HALF.match(match.string, match.end()):
        values = (*values, *(value + Decimal("0.5") for value in values))
    return values, match.end()


_AND_A_HALF = re.compile(r"\s+[^\W\d_]+\s+(?:y\s+medi[oa]|and\s+a\s+half)\b")
"""Of the "seis horas y media" the six alone is read, and six and a half as what it may mean."""


def _plain(text: str) -> str:
    return " ".join(fold(text.replace("-", " ")).split())


def _ordinal(text: str, n: Numerals) -> int:
    tens, _, unit = fold(text).rpartition("-")
    return n.small.get(tens, 0) + {"first": 1, "second": 2}.get(unit, 0) or n.small.get(tens, 0) + n.ordinals[unit]


def _is_article(match: re.Match[str]) -> bool:
    return not (match["percent"] or match["behind"] or match["name"] or match["scale"])


def _in_a_name(match: re.Match[str]) -> bool:
    """ "Four Corners", "Dr. Díez": a capital within a sentence, beside another; but a whole headline may have capitals."""
    text, start, end = match.string, match.start("words"), match.end("words")
    if not text[start].isupper() or not re.search(r"(?:[\w,;]|\b(?:Dra?|Sra?|Mrs?|Ms|St)\.)\s$", text[:start]):
        return False
    before = re.search(r"([^\W\d_]+)\.?\s$", text[:start])
    after = re.match(r"\s([^\W\d_])", text[end:])
    beside = (before is not None and before[1][0].isupper()) or (after is not None and after[1].isupper())
    around = text[max(0, start - 60) : start] + text[end : end + 60]
    return beside and re.search(r"(?<![^\W_])[^\W\d_A-ZÁÉÍÓÚÑ][^\W\d_]{4,}", around) is not None


def _currency(match: re.Match[str]) -> str:
    if sign := match["sign"] or match["behind"]:
        return SIGNS[sign.upper()]
    return NAMES[_plain(match["name"])] if match["name"] else ""


def _scale(match: re.Match[str], name: str) -> Decimal | None:
    """Letters scale only money, or stand close and large: "3M", "$3m", but "5 m" is a length."""
    if not match["scale"]:
        return None
    word = _plain(match["scale"])
    close = match["gap"] == "" and match["scale"] in ("K", "M")
    return scales(name)[word] if word not in LETTERS or _currency(match) or close else None


def _is_year(match: re.Match[str], value: Decimal) -> bool:
    return bool(match["figures"]) and len(match["figures"]) == 4 and match["figures"].isdigit() and 1500 <= value < 2200


_CENTURY = re.compile(
    r"\b(?:siglos?|si[èe]cles?|s[ée]culos?)\s+(?P<roman>[IVX]+)\b|\b(?P<roman2>[IVX]+)e\s+si[èe]cle", re.IGNORECASE
)
_NAMED = re.compile(r"[A-ZÁÉÍÓÚÑ][^\W\d_]+\s+(?P<roman>[IVX]{2,})\b")
_SEASON = re.compile(r"(?<![\w-])(?P<first>(?:19|20)\d\d)[-–/](?P<last>\d\d)(?![\w-])")
_RACE = re.compile(r"(?<![\d:])(\d{1,2}):([0-5]\d):([0-5]\d)(?![\d:])")
_LAP = re.compile(r"(?<![\d:.,])(\d{1,2}):([0-5]\d)[.,](\d{1,3})(?![\d:])")
SECONDS = "h:mm:ss"
"""The unit of a time that somebody took, in seconds."""
_DECADE = re.compile(r"(?<![\w-])(?P<decade>(?:1[5-9]|20)\d0)s\b")


def _years_and_centuries(shown: str, text: str) -> Iterator[NumberFound]:
    for match in (*_CENTURY.finditer(shown), *_NAMED.finditer(shown)):
        group = "roman" if match["roman"] else "roman2"
        if (value := roman(match[group].upper())) and value > 1:
            yield NumberFound(Span.of(text, *match.span(group)), NumberKind.ORDINAL, (Decimal(value),))
    for match in _RACE.finditer(shown):
        hours, minutes, seconds = (int(n) for n in match.groups())
        taken = Decimal(hours * 3600 + minutes * 60 + seconds)
        yield NumberFound(Span.of(text, *match.span()), NumberKind.PLAIN, (taken,), unit=SECONDS)
    for match in _LAP.finditer(shown):
        taken = int(match[1]) * 60 + Decimal(f"{match[2]}.{match[3]}")
        yield NumberFound(Span.of(text, *match.span()), NumberKind.PLAIN, (taken,), unit=SECONDS)
    for match in _SEASON.finditer(shown):
        first = int(match["first"])
        yield NumberFound(Span.of(text, *match.span("first")), NumberKind.YEAR, (Decimal(first),))
        last = first // 100 * 100 + int(match["last"])
        yield NumberFound(Span.of(text, *match.span("last")), NumberKind.YEAR, (Decimal(last), Decimal(match["last"])))
    for match in _DECADE.finditer(shown):
        yield NumberFound(
            Span.of(text, *match.span()), NumberKind.YEAR, (Decimal(match["decade"]), Decimal(match["decade"][2:]))
        )


_WHOSE = "american|canadian|australian|mexican|colombian|chilean|argentine|dominican|cuban|uruguayan|british"
"""Whose dollars or pesos, or pounds: "190 million US dollars"."""
_JOINT = re.compile(r"\s*(?:,|-|–|—|to|and|or|a|y|o|al|et|à|ou|e|ou)\s*(?:el|los|las|the|un|le)?\s*", re.IGNORECASE)


def _shared(found: list[NumberFound], text: str) -> list[NumberFound]:
    """Those before the last of a range or a list are of its kind: "20, 25 or 30 percent", "entre 3 y 5 millones de dólares"."""
    told: list[NumberFound] = []
    for number in reversed(found):
        one, after = number, (told[-1] if told else None)
        if after is not None and _JOINT.fullmatch(text[one.span.end : after.span.start]):
            kind, plain = after.kind, one.kind is NumberKind.PLAIN and after.kind in (NumberKind.PERCENT, NumberKind.AMOUNT)
            if plain or one.kind is kind:
                currency = after.currency if plain else one.currency
                one = replace(number, kind=kind, currency=currency, readings=_scaled(number, after))
        told.append(one)
    return told[::-1]


def _scaled(one: NumberFound, after: NumberFound) -> tuple[Decimal, ...]:
    """The 3 of "3 to 5 million" may be three million."""
    return (one.value * after.scale, *one.readings) if one.scale == 1 < after.scale and one.value < 1000 else one.readings


@lru_cache(maxsize=16)
def _pattern(name: str) -> re.Pattern[str]:
    n = numerals(name)
    spaced = GROUPED_BY_SPACES if name != "en" else r"(?!)"
    if name == "es":
        spaced = rf"{GROUPED_BY_SPACES}|\d{{1,3}}\s+mil\s+\d{{1,3}}(?![\d.,]\d)"  # Mexico's "2 mil 500 millones"
    signs = "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True))
    scale = written(scales(name))
    ordinal = written(n.ordinals) if n.ordinals else r"(?!)"
    if name == "en":
        tens = written(word for word, value in n.small.items() if 20 <= value < 100)
        ordinal = rf"(?:{tens}-(?:first|second|{ordinal})|{ordinal})"
    fractions = written(n.fractions).replace(r"\s+", r"[\s-]+") if n.fractions else r"(?!)"
    space = rf"[ \n{SPACES}]"
    return re.compile(
        rf"(?P<fraction>(?<![^\W_])(?:{fractions})(?![^\W_]))"
        rf"|(?P<ordinal>(?<![^\W_])(?<!-){ordinal}(?![^\W_]))"
        rf"|(?:(?P<sign>(?<![^\W_])(?:{signs}))\s?)?"
        rf"(?:(?<![^\W\d_])(?<![^\W\d_][-.])(?<!\d)(?<!\d[.,:/])(?P<figures>{spaced}|{FIGURES})(?!/\d)"
        rf"|(?<![^\W_])(?<![^\W_]-)(?P<words>{words_pattern(name)})(?![^\W_]))"
        rf"(?P<th>(?:st|nd|rd|th|er|\.?[ºª°])(?![^\W_]|\s?[CF]\b))?"
        rf"(?P<first_half>{space}+(?:y\s+medi[oa]|and\s+a\s+half)(?={space}+{scale}))?"
        rf"(?:(?P<gap>-|{space}*)(?P<scale>{scale})(?![^\W_]))?"
        rf"(?P<half>{space}+(?:y\s+medi[oa]|and\s+a\s+half)\b)?"
        rf"(?:(?:{space}|-)?(?P<percent>%|(?:percent|per\s+cent|por\s+ciento|pour\s+cent|por\s+cento)\b)"
        rf"|{space}?(?P<behind>{signs})(?![^\W_])"
        rf"|(?:{space}|-)(?:de\s+|d['’])?(?:(?:U\.?S\.?|{_WHOSE})\s+)?(?P<name>{written(NAMES)})(?![^\W_]))?"
        r"(?![^\W_])",
        re.IGNORECASE,
    )
