"""audience-changed: since the waves were approved, people joined or left."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    reach = case.audience
    if reach is not None and (reach.joined or reach.left):
        why = f"Since it was approved, the audience changed: +{reach.joined:,}/-{reach.left:,}."
        yield about("", "audience"), why, "Look whether that is meant; who left the segments gets no copy."


RULE = Rule("audience-changed", Severity.WARNS, "Approval binds the rules, not the people", "+n/-m since approval", _look)
