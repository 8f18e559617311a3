"""mail-size: Gmail cuts off what is longer, with the contacts and the way to unsubscribe; mail.standards says how long."""

from __future__ import annotations

from distro.mail.standards import size
from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    """What no mail may have; the budget below is the template check's business."""
    for language, mail in case.mails.items():
        for fault in size.look(mail.opened):
            if fault.stops:
                yield about(language, "mail"), fault.why, fault.remedy


RULE = Rule("mail-size", Severity.WARNS, "Gmail clips messages over 102 KB", "over 102 KB", _look)
