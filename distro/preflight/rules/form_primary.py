"""form-primary: there is an edition in the release's primary language."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    language = case.content.primary
    if language not in case.content.editions:
        why = "There is no edition in the primary language."
        yield about(language, "edition", language), why, f"Write {language}.md and add the folder again."


RULE = Rule("form-primary", Severity.STOPS, "A release in its own office's language", "no primary edition", _look)
