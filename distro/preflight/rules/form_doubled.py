"""form-doubled: a word that stands twice."""

from __future__ import annotations

import re

from distro.preflight.case import Case, place
from distro.preflight.rule import Found, Rule
from distro.reading.markup import NOTHING, wording
from distro.reading.span import Span
from distro.severity import Severity

_GAP = rf"(?:[ \t{NOTHING}]+\n?[ \t]*|[ \t]*\n[ \t]*)"
_TWICE = re.compile(rf"\b(?P<first>[^\W\d_]+)(?:{_GAP}(?P<again>(?P=first))\b)+(?![’'-]\w)", re.IGNORECASE)
_MAY = {
    "en": {"that", "had", "bye", "no", "so", "very", "ha", "hear", "is", "knock", "there", "now", "well", "yes"},
    "es": {"no", "sí", "muy", "casi", "así", "ya", "poco", "luego", "nos", "tan", "bla", "justo"},
}
"""Words that are said twice in good sentences."""
_SMALL = {
    *("the", "a", "an", "of", "to", "in", "and", "for", "on", "at", "by", "with", "from", "is", "are", "will", "our", "we"),
    *("el", "la", "los", "las", "de", "del", "en", "un", "una", "y", "a", "para", "por", "con", "se", "su"),
}


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        may = _MAY.get(language.partition("-")[0], set())
        for m in _TWICE.finditer(wording(text)):
            word, again = m["first"], m["again"]
            small = word.lower() in _SMALL
            name = word[0].isupper() and again[0].isupper() and not small  # Walla Walla
            song = len(m[0].split()) > 2  # la la la: nobody's hand slips twice
            if word.lower() in may or name or song or (len(word) == 1 and not small):
                continue
            span = Span.of(text, m.start(), m.end())
            yield place(language, part, text, span), f"“{word}” stands twice.", "Take one out."


RULE = Rule("form-doubled", Severity.WARNS, "Proofreading", "a word that stands twice", _look)
