"""audience-fallback: contacts who read none of the release's languages, and get the primary one."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    reach = case.audience
    if reach is not None and reach.fallbacks:
        who = "contact reads none of its languages and gets" if reach.fallbacks == 1 else "contacts read none and get"
        why = f"{reach.fallbacks:,} {who} {case.content.primary}."
        yield about("", "audience"), why, "Leave them out with --exclude, or write an edition that they read."


RULE = Rule("audience-fallback", Severity.WARNS, "Who gets which language", "who gets a fallback", _look)
