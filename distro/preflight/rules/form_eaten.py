"""form-eaten: where a filter or a paste took words away, what it leaves looks like this."""

from __future__ import annotations

import re
from collections.abc import Iterator

from distro.preflight.case import Case, place
from distro.preflight.rule import Found, Rule
from distro.reading.markup import ADDRESS, NOTHING, wording
from distro.reading.span import Span
from distro.severity import Severity

_STOP = rf"[ \t{NOTHING}]*(?:[.;:!?](?=[\s”\"»)]|$)|,(?=\s))"
_ANY = (
    r"(?<=[\w,;:)”\"»])[ ]{2,}(?=[^\W\d_])"  # blanks where a word was; two behind a full stop are a typist's habit
    r"|(?<=\w)[ ]+[,.](?=\s|\Z)"  # a word was before the comma
    r"|,[ ]*,|(?<=\w)\(\s*\)|\s\(\s*\)|“\s*”|«\s*»|(?<=\s)\"\s*\"(?=[\s.,])"
)
_BY_LANGUAGE = {
    "en": (
        r"\b\w+n[’']t[ \n]+(?:ing|ed|er|tion|s|ting|ning)\b[^.\n]{0,20}"
        r"|(?<=[ \n])(?:ing|tion|sion|ment|ness|ings|tions|ments|ity|ously)(?=[ \n.,;])"
        rf"|\b(?:the|an|our|their|its|your|my)(?={_STOP})|\b(?:of|to|in|by|with|for|from|at|on|and|or|the)[ \n]+(?:the|an|our|their|its)(?={_STOP})"
        r"|\b(?:the|a|an)[ \n]+(?:of|is|are|was|were|has|have|will|from|with|by|and|that|a|an)\b(?! (?:fortiori|priori|la)\b)"
        r"|\b(?:of|with|from)[ \n]+(?:is|are|was|were|has|have|will|said|announced|and)\b"
        r"|\b(?:is|are|was|were)[ \n]+(?:is|are|was|were)\b(?![’'])"
    ),
    "es": (
        r"(?<=[ \n])(?:ción|ciones|mente|iendo|ando|miento|dad|dades|ado|ados)(?=[ \n.,;])"
        rf"|\b(?:el|los|las|un|unos|unas|del|al|nuestr[oa]s?|su|sus)(?={_STOP})"
        rf"|\b(?:de|con|para|por|en|a)[ \n]+(?:la|el|los|las|un|una)(?={_STOP})|\b(?:de|con|y|e|desde|hacia|sobre)(?=[ \t]*[.;:!?](?:\s|\Z))"
        r"|\b(?:el|los|las|un|unos|unas|la|una)[ \n]+(?:de[ \n]+(?:es|son|fue|ha|han|y)|es|son|fue|fueron|ha|han|será|y|con|por|para|en)\b(?<!lo que)"
        r"|\b(?:de|con|del|por)[ \n]+(?:es|son|fue|fueron|ha|han|dijo|y|e)\b"
    ),
}


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        for span in _holes(text, language.partition("-")[0]):
            why = "Something is missing here: it reads as if words had been lost."
            yield place(language, part, text, span), why, "Compare with what was written, and put it back."


def _holes(text: str, language: str) -> Iterator[Span]:
    words = wording(text).replace(ADDRESS, "x")
    pattern = "|".join(filter(None, (_ANY, _BY_LANGUAGE.get(language, ""))))
    for m in re.finditer(pattern, words, re.IGNORECASE):
        start, end = _around(words, m.start(), m.end())
        yield Span.of(text, start, end)


def _around(words: str, start: int, end: int) -> tuple[int, int]:
    """With the word before and the one behind, so that a person sees where it is."""
    before = re.search(r"\S*[ ]*\Z", words[max(0, start - 30) : start])
    behind = re.match(r"[ ]*[^\s]*", words[end : end + 30])
    return start - len(before[0] if before else ""), end + len(behind[0] if behind else "")


RULE = Rule("form-eaten", Severity.WARNS, "Proofreading", "words that look eaten", _look)
