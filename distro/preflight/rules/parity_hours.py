"""parity-hours: an hour, or the zone of one, that one edition has and its pair has not."""

from __future__ import annotations

from distro.preflight.case import Case
from distro.preflight.comparing import differences, told
from distro.preflight.moments import hours_of
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    for difference in differences(case, hours_of(case.content.date)):
        yield told(difference, "hour")


RULE = Rule("parity-hours", Severity.WARNS, "ISO 17100, 5.3.3 (revision)", "an hour that only one edition has", _look)
