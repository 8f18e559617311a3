"""mail-text-part: who reads the plain part reads the same; what that takes is mail.standards' to say."""

from __future__ import annotations

from distro.mail.standards import both
from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    for language, mail in case.mails.items():
        for fault in both.look(mail.opened):
            yield about(language, "mail", fault.words), fault.why, fault.remedy


RULE = Rule("mail-text-part", Severity.WARNS, "RFC 2046, 5.1.4 (alternatives say the same)", "says less than the HTML", _look)
