"""parity-numbers: a number that one edition has and its pair has not, in figures, words or Roman."""

from __future__ import annotations

from distro.preflight.case import Case
from distro.preflight.figures import look
from distro.preflight.rule import Found, Rule
from distro.reading.numbers import NumberKind
from distro.severity import Severity


def _look(case: Case) -> Found:
    return look(case, NumberKind.PLAIN)


RULE = Rule("parity-numbers", Severity.WARNS, "ISO 17100, 5.3.3 (revision)", "a number that only one edition has", _look)
