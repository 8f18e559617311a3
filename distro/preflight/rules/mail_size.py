"""mail-size: Gmail cuts off what is longer, with the contacts and the way to unsubscribe."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity

MOST = 102 * 1024


def _look(case: Case) -> Found:
    for language, mail in case.mails.items():
        if mail.octets > MOST:
            why = f"The mail has {mail.octets // 1024} KB, and Gmail cuts off what is over 102."
            yield about(language, "mail"), why, "Shorten the text, or put a part of it on a page and link to that."


RULE = Rule("mail-size", Severity.WARNS, "Gmail clips messages over 102 KB", "over 102 KB", _look)
