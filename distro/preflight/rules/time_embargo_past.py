"""time-embargo-past: an embargo that has lifted before anything went out. It always stops."""

from __future__ import annotations

from distro.editorial.embargo import has_lifted
from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    embargo = case.content.embargo
    if embargo is not None and has_lifted(embargo.utc, case.now):
        why = f"The embargo, {embargo.spoken}, is past."
        yield about("", "embargo", embargo.spoken), why, "Set a later one, or take it out for immediate release."


RULE = Rule("time-embargo-past", Severity.STOPS, "the office's own rule of embargoes", "an embargo in the past", _look)
