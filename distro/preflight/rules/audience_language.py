"""audience-language: contacts who prefer a language that the release does not have."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    for language, count in (case.audience.unread if case.audience else {}).items():
        who = "contact prefers" if count == 1 else "contacts prefer"
        why = f"{count:,} {who} {language}, and there is no edition in it."
        yield about("", "audience", language), why, f"Write {language}.md, or let them have another language that they read."


RULE = Rule("audience-language", Severity.HINTS, "Who gets which language", "a language that the release lacks", _look)
