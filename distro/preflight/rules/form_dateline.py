"""form-dateline: a press release says where it comes from; where one edition says so, each does."""

from __future__ import annotations

import re

from distro.editorial.content import Edition, Kind
from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity

_IN_BODY = re.compile(r"\A[\s*_(]*[A-ZÁÉÍÓÚÑ][^\n.!?“\"]{2,60}?[)*_]*\s*(?:—|–|--|\s-\s)\s*\S")


def _has(edition: Edition) -> bool:
    return bool(edition.dateline.strip() or _IN_BODY.match(edition.body))


def _look(case: Case) -> Found:
    having = [language for language, edition in case.editions.items() if _has(edition)]
    for language, edition in case.editions.items():
        if language in having or not (having or case.content.kind is Kind.RELEASE) or not edition.body.strip():
            continue
        other = f"; the one in {having[0]} has" if having else ""
        why = f"The edition does not say where it comes from{other}."
        yield about(language, "dateline"), why, f"Write dateline: City at the top of {language}.md."


RULE = Rule("form-dateline", Severity.WARNS, "AP Stylebook, datelines", "missing", _look)
