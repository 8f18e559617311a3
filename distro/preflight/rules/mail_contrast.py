"""mail-contrast: the mail can be read by those who see less well, in light and in dark."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.looks import texts
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    for language, mail in case.mails.items():
        for dark in (False, True):
            told: set[tuple[str, str]] = set()
            for seen in texts(mail.html, dark=dark):
                if seen.ratio < seen.enough and (seen.colour, seen.ground) not in told:
                    told.add((seen.colour, seen.ground))
                    which, ratio = "dark" if dark else "light", f"{seen.ratio:.1f} to 1, under {seen.enough:g}"
                    why = f"In the {which} look {seen.colour} stands on {seen.ground}: {ratio}."
                    yield about(language, "mail", seen.words[:60]), why, "Choose another colour in the office's settings."


RULE = Rule("mail-contrast", Severity.WARNS, "WCAG 2.2, 1.4.3 (contrast)", "too little, light or dark", _look)
