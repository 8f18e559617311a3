"""The months and the days of the week as a language writes them (CLDR, through Babel), and the days of a month in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import get_date_format, get_day_names, get_month_names

_MORE_MONTHS: dict[str, dict[str, int]] = {
    "en": {"Sept": 9, "Febr": 2},
    "es": {"set": 9, "setiembre": 9, "sep": 9, "sept": 9, "agto": 8, "agosto": 8},
}
_MORE_DAYS: dict[str, dict[str, int]] = {
    "en": {"Tues": 1, "Weds": 2, "Thur": 3, "Thurs": 3},
    "es": {"miér": 2, "mié": 2, "sáb": 5},
}
_DAY_WORDS: dict[str, str] = {
    "en": "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth twenty-fifth "
    "twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first",
    "es": "primero dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho "
    "veintinueve treinta treinta_y_uno",
    "fr": "premier deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf vingt vingt_et_un vingt-deux vingt-trois vingt-quatre vingt-cinq vingt-six vingt-sept vingt-huit vingt-neuf "
    "trente trente_et_un",
    "pt": "primeiro dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete dezoito "
    "dezenove vinte vinte_e_um vinte_e_dois vinte_e_três vinte_e_quatro vinte_e_cinco vinte_e_seis vinte_e_sete "
    "vinte_e_oito vinte_e_nove trinta trinta_e_um",
}


@dataclass(frozen=True)
class Calendar:
    """Names are folded (`fold`). `capital`: the language writes its months with a capital letter, and only so are they read."""

    language: str
    locale: Locale
    months: Mapping[str, int]
    """1 to 12, whole and abbreviated"""
    weekdays: Mapping[str, int]
    """0 is Monday, whole and abbreviated"""
    whole: frozenset[str]
    """The names that are not abbreviated: "mar" is the sea, and "Sun" no Sunday, where no date is beside it."""
    days: Mapping[str, int]
    """1 to 31, in words"""
    capital: bool
    day_first: bool
    """3/5/2026 is the third of May."""


def fold(word: str) -> str:
    """Small letters, no accents, no full stop: how words are compared."""
    plain = unicodedata.normalize("NFD", word.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c)).replace(".", "").strip()


@lru_cache(maxsize=32)
def calendar(language: str) -> Calendar:
    """That of a BCP 47 tag; a language that CLDR does not know gets English names."""
    locale = _locale(language)
    name = locale.language
    months = _named(locale, get_month_names, range(1, 13)) | {fold(k): v for k, v in _MORE_MONTHS.get(name, {}).items()}
    weekdays = _named(locale, get_day_names, range(7)) | {fold(k): v for k, v in _MORE_DAYS.get(name, {}).items()}
    if name == "pt":
        weekdays |= {key.replace("-", " "): value for key, value in weekdays.items()}
    days = {fold(word.replace("_", " ")): n for n, word in enumerate(_DAY_WORDS.get(name, "").split(), 1)}
    if name == "es":
        days["uno"] = 1
    wide = get_month_names("wide", locale=locale)[1]
    whole = frozenset(fold(str(one)) for one in (*get_month_names("wide", locale=locale).values(), *_wide_days(locale)))
    short = get_date_format("short", locale=locale).pattern
    return Calendar(name, locale, months, weekdays, whole, days, wide[:1].isupper(), short.find("d") < short.find("M"))


def written(names: Iterable[str]) -> str:
    """A pattern of any of these folded names as people write them, with or without accents, stops and capitals."""
    return "(?:" + "|".join(_loose(name) for name in sorted(names, key=len, reverse=True)) + ")"


_ACCENTED = {"a": "aáàâãä", "e": "eéèêë", "i": "iíìîï", "o": "oóòôõö", "u": "uúùûü", "c": "cç", "n": "nñ"}


def _loose(name: str) -> str:
    letters = ""
    for c in name:
        if c == " ":
            letters += r"\s+"
        elif c in _ACCENTED:
            letters += f"[{_ACCENTED[c]}{_ACCENTED[c].upper()}]"
        elif c.isalpha():
            letters += f"[{c}{c.upper()}]" if c.upper() != c else c
        else:
            letters += re.escape(c)
    return letters


def _wide_days(locale: Locale) -> list[str]:
    names = [str(name) for name in get_day_names("wide", locale=locale).values()]
    return [*names, *(name.replace("-", " ") for name in names)]


def _named(locale: Locale, names: object, numbers: range) -> dict[str, int]:
    assert callable(names)
    found: dict[str, int] = {}
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            table = names(width, context, locale)
            found |= {fold(table[number]): number for number in numbers}
    return found


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")
