"""parity-dates: a day, a month or a weekday that one edition has and its pair has not."""

from __future__ import annotations

from distro.preflight.case import Case
from distro.preflight.comparing import differences, told
from distro.preflight.moments import days_of
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    for difference in differences(case, days_of(case.content.date)):
        yield told(difference, "date")


RULE = Rule("parity-dates", Severity.WARNS, "ISO 17100, 5.3.3 (revision)", "a date that only one edition has", _look)
