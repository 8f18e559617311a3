"""parity-names: a person whom one edition names and its pair does not, or whose name they spell in two ways; acronyms too."""

from __future__ import annotations

from distro.preflight.case import Case
from distro.preflight.comparing import told
from distro.preflight.people import differences
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    for difference in differences(case):
        yield told(difference, "name")


RULE = Rule(
    "parity-names",
    Severity.WARNS,
    "ISO 17100, 5.3.3 (revision)",
    "a name that only one edition has, or spelt in two ways",
    _look,
)
