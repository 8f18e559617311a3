"""The words around an hour, by language: halves of the day, "o'clock" and "h", noon and midnight, what joins two hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from distro.reading.calendars import fold


@dataclass(frozen=True)
class Clock:
    """Each is a pattern. `at` stands before an hour and makes one of a bare number; `bare` must follow such a number."""

    at: str
    half: str
    h: str
    noon: str
    midnight: str
    to: str
    numbers: str
    """One to twelve."""
    spoken: str = r"(?!)"
    bare: str = r"(?!)"


HALVES = (
    ("am", r"a\.?\s?m|madrugada|morning|manana|manha|matin"),
    ("pm", r"p\.?\s?m|tarde|afternoon|evening|apres-midi|soir"),
    ("night", r"noche|night|noite"),
    ("noon", r"mediodia"),
)
"""Which half of the day a (folded) pattern of words means."""

SPOKEN: Mapping[str, int] = {
    "y media": 30,
    "y cuarto": 15,
    "menos cuarto": -15,
    "e meia": 30,
    "et demie": 30,
    "et quart": 15,
    "moins le quart": -15,
}

_AP = r"[ap](?:\.\s?|\s)?m\b\.?"
_THEN = r"se|nos|ya|para|por|con|cuando|hay|salen?|abren?|comienzan?|empiezan?|\w+(?:[aei]mos|r[áéa]n?|aron|ieron)"
_LATER = r"lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo"

_CLOCKS = {
    "en": Clock(
        at=r"(?:at|by|until|before|after)\s+(?:about\s+)?",
        half=rf"(?:{_AP}|in\s+the\s+(?:morning|afternoon|evening)|at\s+night)",
        h=r"(?:o['’]clock|hours?\b)",
        noon=r"(?-i:[Nn]oon|NOON|[Mm]idday)(?!\s+(?-i:[A-Z]))",
        midnight=r"(?-i:[Mm]idnight|MIDNIGHT)(?!\s+(?-i:[A-Z]))",
        to=r"(?:to|until|till|through|and|or)\b",
        numbers="one two three four five six seven eight nine ten eleven twelve",
        bare=r"(?=\s*(?:[.,;:)]?(?:\s|$)|[—–])(?:[\s—–]*$|(?<=[.,;:)—–\n])|on\b|sharp\b))",
    ),
    "es": Clock(
        at=r"(?:a|desde|hasta|entre|de|y|sobre|para|antes\s+de|después\s+de)\s+las?\s+",
        half=rf"(?:{_AP}|(?:de|por|en)\s+la\s+(?:mañana|manana|tarde|noche|madrugada)|del\s+mediod[ií]a)",
        h=r"(?:horas?\b|hrs?\b\.?|hs\b\.?|h\b\.?)",
        noon=r"mediod[ií]a",
        midnight=r"medianoche",
        to=r"(?:al?|y|o|hasta)(?:\s+(?:el|las?))?\b",
        numbers="una dos tres cuatro cinco seis siete ocho nueve diez once doce",
        spoken=r"(?:y\s+media|y\s+cuarto|menos\s+cuarto)",
        bare=rf"(?=\s*(?:[.,;:)—–]|$|\n)|\s+(?:en|frente|ante|hasta|[ay]\s+las?|{_THEN})\s|\s+del?\s+(?:el\s+)?(?:d[ií]a|{_LATER}|\d))",
    ),
    "fr": Clock(
        at=r"(?:à|de|dès|jusqu['’]à)\s+",
        half=r"(?:du\s+(?:matin|soir)|de\s+l['’]apr[eè]s-midi)",
        h=r"(?:heures?\b|h\b)",
        noon=r"midi\b",
        midnight=r"minuit\b",
        to=r"(?:à|et|ou|jusqu['’]à)",
        numbers="une deux trois quatre cinq six sept huit neuf dix onze douze",
        spoken=r"(?:et\s+demie|et\s+quart)",
    ),
    "pt": Clock(
        at=r"(?:[àa]s?|d?as|até|desde)\s+(?:as?\s+)?",
        half=rf"(?:{_AP}|da\s+(?:manh[ãa]|tarde|noite|madrugada))",
        h=r"(?:horas?\b|hs?\b)",
        noon=r"meio-dia",
        midnight=r"meia-noite",
        to=r"(?:[àa]s?|e|ou|até)(?:\s+as)?\b",
        numbers="uma duas três quatro cinco seis sete oito nove dez onze doze",
        spoken=r"(?:e\s+meia)",
    ),
}

NUMBERS: Mapping[str, int] = {fold(word): n for clock in _CLOCKS.values() for n, word in enumerate(clock.numbers.split(), 1)}


def has_clock(language: str) -> bool:
    """Whether the hours of a language (a BCP 47 tag) are read in its own words."""
    return language.partition("-")[0] in _CLOCKS


def clock_words(language: str) -> Clock:
    """Those of a language; of one that is not here the English ones, which read a clock of 24 hours anywhere."""
    return _CLOCKS.get(language, _CLOCKS["en"])
