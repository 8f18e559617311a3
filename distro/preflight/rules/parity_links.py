"""parity-links: a link that leads to a page to which the pair's links do not, in either language."""

from __future__ import annotations

from distro.preflight.case import Case
from distro.preflight.comparing import differences, told
from distro.preflight.pages import reader
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    for difference in differences(case, reader(case)):
        yield told(difference, "link")


RULE = Rule("parity-links", Severity.WARNS, "ISO 17100, 5.3.3 (revision)", "a link that only one edition has", _look)
