"""audience-empty: there is somebody in each segment, and somebody gets a copy."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    reach = case.audience
    if reach is None:
        return
    for segment in reach.segments:
        if not segment.count:
            why = f"There is nobody in the segment {segment.name!r}."
            yield about("", "audience", segment.name), why, f"Look at its rule: distro segments show {segment.name!r}."
    if reach.count == 0 and any(segment.count for segment in reach.segments):
        why = "Of all who match, nobody gets a copy."
        yield about("", "audience"), why, "See who is left out and why: distro release schedule … --dry-run."


RULE = Rule("audience-empty", Severity.WARNS, "The rules of the trade, audience", "nobody in a segment", _look)
