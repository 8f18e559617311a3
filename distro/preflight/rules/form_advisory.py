"""form-advisory: an advisory says what, when, where and who, in each language."""

from __future__ import annotations

from distro.editorial.content import Kind
from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity

PARTS = ("what", "when", "where", "who")


def _look(case: Case) -> Found:
    if case.content.kind is not Kind.ADVISORY:
        return
    for language, edition in case.editions.items():
        for part in PARTS:
            if not getattr(edition, part).strip():
                why = f"An advisory says what, when, where and who; {part!r} is missing in {language}.md."
                yield about(language, part), why, f"Write {part}: … at the top of {language}.md."


RULE = Rule("form-advisory", Severity.STOPS, "Media advisories: the four parts", "one of the four parts is missing", _look)
