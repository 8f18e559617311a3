"""mail-css: the mail asks for no CSS that large mail programs drop, but where it is as good without."""

from __future__ import annotations

import re

from distro.mail.standards.opened import page_of
from distro.mail.standards.sheet import declarations
from distro.preflight.case import Case, about
from distro.preflight.data import css_support
from distro.preflight.rule import Found, Rule
from distro.severity import Severity

AS_GOOD_WITHOUT = frozenset(
    {
        *("display: none", "max-height", "overflow", "max-width", "overflow-wrap", "word-break", "word-wrap", "color-scheme"),
        *("border-radius", "letter-spacing", "white-space", "border-collapse", "text-size-adjust", "vertical-align"),
    }
)
"""What a mail may lose: beside each the templates have another way (a ghost table beside max-width, mso-hide for display)."""


def _look(case: Case) -> Found:
    for language, mail in case.mails.items():
        for asked, by in dropped(mail.html).items():
            why = f"{', '.join(by)} {'drops' if len(by) == 1 else 'drop'} “{asked}”, which this mail asks for."
            yield about(language, "mail", asked), why, "Take it out of the template, or let the mail be as good without it."


def dropped(html: str) -> dict[str, list[str]]:
    """What inline styles ask for that some drop, with who does."""
    support, found = css_support(), {}
    for tag in page_of(html).find_all(style=True):
        for name, value in declarations(str(tag["style"]))[0].items():
            values = [f"{name}: {value}", *(f"{name}: {one}" for one in value.split())]
            functions = [f"{one}()" for one in re.findall(r"([a-z-]+)\(", value)]
            units = [f"{one} unit" for one in re.findall(r"\d(vh|vw|vmin|vmax|rem|ch|ex)\b", value)]
            for asked in (name, *values, *functions, *units):
                if asked in support and asked not in AS_GOOD_WITHOUT and name not in AS_GOOD_WITHOUT:
                    found[asked] = support[asked]
    return found


RULE = Rule("mail-css", Severity.HINTS, "caniemail.com", "CSS that large mail programs drop", _look)
