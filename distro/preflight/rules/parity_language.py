"""parity-language: text of an edition that is in another language; quotes in the language in which they were said are right."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.parts import language_name
from distro.preflight.rule import Found, Rule
from distro.preflight.tongues import base, in_others, is_of
from distro.severity import Severity


def _look(case: Case) -> Found:
    for language in case.editions:
        others = {base(tag): tag for tag in case.editions if base(tag) != base(language)}
        found = in_others(case, language)
        if any(is_of(case, language, other) and is_of(case, tag, language) for other, tag in others.items()):
            continue  # they were changed about, which is another rule's to say
        whole = next((spoken for _, _, spoken in found if is_of(case, language, spoken)), "")
        if whole:
            why = f"The {language_name(language)} edition is mostly in {language_name(whole)}."
            yield about(language, "body"), why, "Write it in its own language, or put it where it belongs."
            continue
        for piece, span, spoken in found:
            why = f"This part of the {language_name(language)} edition seems to be in {language_name(spoken)}."
            yield piece.at(span), why, "Translate it."


RULE = Rule("parity-language", Severity.WARNS, "BCP 47", "text in another language than its edition's", _look)
