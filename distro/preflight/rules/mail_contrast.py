"""mail-contrast: the mail can be read by those who see less well, in light and in dark. mail.standards says what is enough."""

from __future__ import annotations

from distro.mail.standards import contrast
from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    for language, mail in case.mails.items():
        for fault in contrast.look(mail.opened):
            yield about(language, "mail", fault.words), fault.why, "Choose another colour in the office's settings."


RULE = Rule("mail-contrast", Severity.WARNS, "WCAG 2.2, 1.4.3 (contrast)", "too little, light or dark", _look)
