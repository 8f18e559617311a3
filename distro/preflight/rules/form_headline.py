"""form-headline: each edition has one; a statement may lack it."""

from __future__ import annotations

from distro.editorial.content import Kind
from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    some = any(edition.headline for edition in case.editions.values())
    for language, edition in case.editions.items():
        if edition.headline.strip() or (case.content.kind is Kind.STATEMENT and not some):
            continue
        why = "There is no headline" + (", and another edition has one." if some else ".")
        yield about(language, "headline"), why, f"Write headline: … at the top of {language}.md."


RULE = Rule("form-headline", Severity.WARNS, "AP style for press releases, headline", "missing; a statement may lack it", _look)
