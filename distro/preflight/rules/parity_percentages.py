"""parity-percentages: a percentage that one edition has and its pair has not."""

from __future__ import annotations

from distro.preflight.case import Case
from distro.preflight.figures import look
from distro.preflight.rule import Found, Rule
from distro.reading.numbers import NumberKind
from distro.severity import Severity


def _look(case: Case) -> Found:
    return look(case, NumberKind.PERCENT)


RULE = Rule(
    "parity-percentages", Severity.WARNS, "ISO 17100, 5.3.3 (revision)", "a percentage that only one edition has", _look
)
