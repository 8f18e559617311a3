"""form-reading: how hard the body is to read, by the measure made for its language."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.reading.level import level
from distro.severity import Severity

GRADE = 16.0
"""Years of school (Flesch-Kincaid) above which an English text is for specialists."""
EASE = 40.0
"""Points (Fernández Huerta) below which a Spanish text is "very hard" on the INFLESZ scale."""


def _look(case: Case) -> Found:
    for language, edition in case.editions.items():
        found = level(edition.body, language)
        if found is None:
            continue
        spoken = language.partition("-")[0]
        if spoken == "en" and found > GRADE:
            why = f"It takes {found:.0f} years of school to read this with ease (Flesch-Kincaid); newspapers stay near 10."
        elif spoken == "es" and found < EASE:
            why = (
                f"It has {found:.0f} points of ease (Fernández Huerta; under {EASE:.0f} is very hard); newspapers stay near 55."
            )
        else:
            continue
        yield about(language, "body"), why, "Cut long sentences in two, and put short words for long ones."


RULE = Rule("form-reading", Severity.HINTS, "Flesch-Kincaid; Fernández Huerta with the INFLESZ scale", "hard to read", _look)
