"""audience-overlap: people who stand in two of the segments. Each gets one copy; the numbers do not add up."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    for (one, other), count in (case.audience.overlap if case.audience else {}).items():
        if count:
            why = f"{count:,} stand in both {one!r} and {other!r}; each gets one copy."
            yield about("", "audience", one), why, "Nothing needs to be done; count copies, not members."


RULE = Rule("audience-overlap", Severity.HINTS, "No journalist gets the same release twice", "segments overlap", _look)
