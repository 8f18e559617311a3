"""parity-phones: a telephone number that one edition has and its pair has not, by its digits."""

from __future__ import annotations

from distro.preflight.case import Case
from distro.preflight.comparing import Reader, differences, told
from distro.preflight.rule import Found, Rule
from distro.reading.phones import PhoneFound, find_phones, same_phone
from distro.severity import Severity


def _read(text: str, language: str) -> list[PhoneFound]:
    return find_phones(text)


def _same(one: PhoneFound, other: PhoneFound) -> bool:
    return same_phone(one.digits, other.digits)


_READER = Reader(_read, _same, lambda one: False, lambda one, other: True)


def _look(case: Case) -> Found:
    for difference in differences(case, _READER):
        yield told(difference, "telephone number")


RULE = Rule("parity-phones", Severity.WARNS, "ITU-T E.164", "a telephone number that only one edition has", _look)
