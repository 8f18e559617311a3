"""parity-addresses: a mail address, or a building's, that one edition has and its pair has not."""

from __future__ import annotations

from distro.preflight.case import Case
from distro.preflight.comparing import Reader, differences, told
from distro.preflight.rule import Found, Rule
from distro.reading.links import LinkFound, find_mails
from distro.reading.streets import StreetFound, find_streets
from distro.severity import Severity


def _mails(text: str, language: str) -> list[LinkFound]:
    return find_mails(text)


def _same_mail(one: LinkFound, other: LinkFound) -> bool:
    return one.target.casefold() == other.target.casefold()


def _streets(text: str, language: str) -> list[StreetFound]:
    return find_streets(text)


def _same_street(one: StreetFound, other: StreetFound) -> bool:
    """Streets keep their names or have translated ones; but East is not West."""
    return one.number == other.number and not (one.name ^ other.name) & _TURNED


_TURNED = frozenset(("north", "south", "east", "west"))
_MAILS = Reader(_mails, _same_mail, lambda one: False, lambda one, other: True)
_STREETS = Reader(_streets, _same_street, lambda one: True, lambda one, other: True)
"""A street that only one edition seems to have may be written in a way that is not read."""


def _look(case: Case) -> Found:
    for mail in differences(case, _MAILS):
        yield told(mail, "mail address")
    for street in differences(case, _STREETS):
        yield told(street, "street address")


RULE = Rule("parity-addresses", Severity.WARNS, "RFC 5321, 4.1.2", "an address that only one edition has", _look)
