"""form-boilerplate: who issues it says who they are, in each language."""

from __future__ import annotations

from distro.editorial.content import ANY
from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    for one in case.content.organisations:
        if not one.boilerplate:
            why = f"{one.name} issues it, and nothing says who they are."
            yield about("", "organisations", one.name), why, "Write boilerplate under its [[organisation]] in release.toml."
            continue
        for language in case.editions:
            if language not in one.boilerplate and ANY not in one.boilerplate:
                why = f"The boilerplate of {one.name} is not there in {language}; readers would get it in another language."
                yield about(language, "organisations", one.name), why, f"Write boilerplate.{language} in release.toml."


RULE = Rule(
    "form-boilerplate", Severity.WARNS, "AP style for press releases, boilerplate", "missing, or in one language", _look
)
