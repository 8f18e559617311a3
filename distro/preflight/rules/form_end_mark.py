"""form-end-mark: the copy says where the text ends, once, and nowhere before."""

from __future__ import annotations

import re

from distro.preflight.case import Case, about, place
from distro.preflight.rule import Found, Rule
from distro.reading.span import Span
from distro.severity import Severity

_OWN = re.compile(
    r"(?im)^[ \t*_-]*(?:#[ \t]?#[ \t]?#|[-–—][ \t]?30[ \t]?[-–—]|[-–—(]?[ \t]*(?:fin|end|ends)[ \t]*[-–—)][-–—]?)[ \t*_-]*$"
)
_MARK = re.compile(r"(?m)^\s*(?:#\s?#\s?#|-30-)\s*$")


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        for m in _OWN.finditer(text):
            why = "An end mark stands in the text; the mail prints its own, and what follows this one would be taken for notes."
            yield place(language, part, text, Span.of(text, m.start(), m.end())), why, "Take it out."
    for language, mail in case.mails.items():
        if not _MARK.search(mail.text):
            yield about(language, "mail"), "The copy does not say where the text ends.", "Put ### back into the template."


RULE = Rule("form-end-mark", Severity.WARNS, "AP style for press releases, end mark", "missing, or in the text", _look)
