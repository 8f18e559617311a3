"""mail-subject: a subject that fits into one header line is shown whole in most lists of messages."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity

MOST = 78


def _look(case: Case) -> Found:
    for language, mail in case.mails.items():
        if len(mail.subject) > MOST:
            why = f"The subject is the headline, and has {len(mail.subject)} characters; over {MOST} most programs cut it."
            yield about(language, "headline", mail.subject), why, "Put what matters first, or shorten the headline."


RULE = Rule("mail-subject", Severity.WARNS, "RFC 5322, 2.1.1", f"over {MOST} characters", _look)
