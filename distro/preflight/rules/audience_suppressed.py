"""audience-suppressed: a segment of which many may not be written to is an old list."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity

SHARE = 0.1


def _look(case: Case) -> Found:
    for segment in case.audience.segments if case.audience else ():
        if segment.suppressed and segment.suppressed >= SHARE * segment.count:
            share = segment.suppressed / segment.count
            why = f"{segment.suppressed:,} of the {segment.count:,} in {segment.name!r} ({share:.0%}) may not be written to."
            yield about("", "audience", segment.name), why, "They get nothing; look whether the list is still the right one."


RULE = Rule("audience-suppressed", Severity.HINTS, "Senders' guidelines of large mailbox providers", "many suppressed", _look)
