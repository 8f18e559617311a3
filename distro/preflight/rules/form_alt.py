"""form-alt: a picture has a description: a mail shows it instead of the picture, and some readers hear nothing else."""

from __future__ import annotations

import re

from distro.preflight.case import Case, place
from distro.preflight.rule import Found, Rule
from distro.reading.markup import links
from distro.severity import Severity

_NO_WORDS = re.compile(
    r"(?i)\W*|(?:image|picture|photo|img|imagen|foto|fotografía|picture of|logo)?[\s_-]*\d*"
    r"|[\w\s.-]+\.(?:jpe?g|png|gif|webp|svg|tiff?)|(?:IMG|DSC|DSCN|P)[_-]?\d+"
)


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        for one in links(text):
            if one.picture and _NO_WORDS.fullmatch(one.words):
                why = "The picture has no description, and the mail shows its description instead of the picture."
                yield place(language, part, text, one.span), why, "Say in the brackets what is to be seen: ![…](…)."


RULE = Rule("form-alt", Severity.WARNS, "WCAG 2.2, 1.1.1 (text alternatives)", "a picture without a description", _look)
