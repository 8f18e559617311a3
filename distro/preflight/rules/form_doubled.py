"""form-doubled: a word that stands twice."""

from __future__ import annotations

import re

from distro.preflight.case import Case, place
from distro.preflight.rule import Found, Rule
from distro.reading.markup import NOTHING, wording
from distro.reading.span import Span
from distro.severity import Severity

_GAP = rf"(?:[ \t{NOTHING}]+\n?[ \t]*|[ \t]*\n[ \t]*)"
_HEADING = re.compile(r"^#{1,6}[ \t][^\n]*", re.MULTILINE)
_PHRASE = re.compile(rf"\b(?P<first>[^\W\d_]+{_GAP}[^\W\d_]+){_GAP}(?P<again>(?P=first))\b(?![’'-]\w)", re.IGNORECASE)
_TWICE = re.compile(rf"\b(?P<first>[^\W\d_]+)(?:{_GAP}(?P<again>(?P=first))\b)+(?![’'-]\w)", re.IGNORECASE)
_MAY = {
    "en": {"that", "had", "bye", "no", "so", "very", "ha", "hear", "knock", "there", "yes"},
    "es": {"no", "sí", "muy", "casi", "así", "ya", "poco", "luego", "bla"},
}
"""Words that are said twice in good sentences."""
_NAMES = {
    *("walla", "pago", "bora", "duran", "sing", "baden", "yo", "ciel", "lang", "gaga", "zsa", "berber", "titi", "chi"),
}
"""Names that say a word twice."""
_LETTERS = {"a", "y", "o", "e"}
_SMALL = {
    *("the", "a", "an", "of", "to", "in", "and", "for", "on", "at", "by", "with", "from", "is", "are", "will", "our", "we"),
    *("el", "la", "los", "las", "de", "del", "en", "un", "una", "y", "a", "para", "por", "con", "se", "su"),
}


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        may = _MAY.get(language.partition("-")[0], set())
        for m in _TWICE.finditer(_in_blocks(text)):
            word, again = m["first"], m["again"]
            name = word[0].isupper() and again[0].isupper() and word.lower() in _NAMES
            song = len(m[0].split()) > 2  # la la la: nobody's hand slips twice
            if word.lower() in may or name or song or (len(word) == 1 and word.lower() not in _LETTERS):
                continue
            span = Span.of(text, m.start(), m.end())
            yield place(language, part, text, span), f"“{word}” stands twice.", "Take one out."
        yield from _phrases(language, part, text)


def _in_blocks(text: str) -> str:
    """The words of a text, of the same length; a sign where a heading ends, for what follows begins anew."""
    shown = list(wording(text))
    for heading in _HEADING.finditer(text):
        if heading.end() < len(text):
            shown[heading.end()] = "."
    return "".join(shown)


def _phrases(language: str, part: str, text: str) -> Found:
    """Two words that stand twice, one of them small: of the of the. Not: step by step by."""
    for m in _PHRASE.finditer(_in_blocks(text)):
        one, other = m["first"].lower().split()[0], m["first"].lower().split()[-1]
        if one != other and {one, other} & _SMALL:
            span = Span.of(text, m.start(), m.end())
            yield place(language, part, text, span), f"“{' '.join(m['first'].split())}” stands twice.", "Take one out."


RULE = Rule("form-doubled", Severity.WARNS, "Proofreading", "a word that stands twice", _look)
