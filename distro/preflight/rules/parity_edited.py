"""parity-edited: an edition that was edited after its pair was, so that the pair may say what no longer holds."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.parts import language_name
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    edited = case.edited or {}
    for left, right in case.pairs:
        if left not in edited or right not in edited or edited[left] == edited[right]:
            continue
        old, new = sorted((left, right), key=lambda language: edited[language])
        why = (
            f"The {language_name(new)} edition was edited on {edited[new]:%Y-%m-%d %H:%M} UTC, "
            f"and the {language_name(old)} not since {edited[old]:%Y-%m-%d %H:%M} UTC."
        )
        yield about(old, "body"), why, f"Look whether the {language_name(old)} edition still says the same."


RULE = Rule("parity-edited", Severity.WARNS, "ISO 17100, 5.3.3 (revision)", "an edition edited after its pair", _look)
