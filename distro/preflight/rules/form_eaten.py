"""form-eaten: where a filter or a paste took words away, what it leaves looks like this."""

from __future__ import annotations

import re
from collections.abc import Iterator

from distro.preflight.case import Case, place
from distro.preflight.rule import Found, Rule
from distro.reading.markup import ADDRESS, NOTHING, wording
from distro.reading.span import Span
from distro.severity import Severity

_GAP = r"[ \t]*[ \n][ \t]*"
_STOP = rf"(?=[ \t{NOTHING}]*(?:[.;:!?](?=[\s”\"»)]|$)|,(?=\s)))"
_ALONE_EN = r"(?-i:ing|ings|tion|tions|sion|ment|ments|ness|ity|ously|ally|ated|ating|ized|izing)"
_ALONE_ES = (
    r"(?-i:ción|ciones|mente|iendo|ando|miento|mientos|dad|dades|ado|ados|ada|adas|án|arán|erán|ará|erá"
    r"|aron|ieron|aba|aban|ían|ío|ió)"
)


def _words(words: str) -> str:
    """As alternatives."""
    return "|".join(words.split())


_ANY = (
    r"(?<=[\w,;:)”\"»])[ ]{2,}(?=[^\W\d_])",  # blanks where a word was; two behind a full stop are a typist's habit
    r"(?<=\w)[ ]+[,.](?=\s|\Z)",  # a word was before the comma
    r",[ ]*,",
    r"(?<=[\w\s])\([ ]*\)",
    r"“[ ]*”|«[ ]*»|(?<=\s)\"[ ]*\"(?=[\s.,])",
)
_NOT_STRANDED = r"(?<!ed )(?<!heard )(?<!spoken )(?<!thought )"
"""A relative clause may end with its preposition: "what nobody has heard of is"."""
_ENGLISH = (
    rf"\b\w+n[’']t{_GAP}(?:{_ALONE_EN}|ed|er|s|ting|ning)\b[^.\n]{{0,20}}",  # isn't ing the snake oil
    rf"(?<=[ \n])(?:{_ALONE_EN})(?=[ \n.,;])",
    rf"\b(?:{_words('the an our their its your my')}){_STOP}",
    rf"\b(?:{_words('of to in by with for from at on and or the')}){_GAP}(?:{_words('the an our their its')}){_STOP}",
    rf"\b(?:(?-i:a)|an){_GAP}(?-i:{_words('of for to in on at is are was were has with from by and an')})\b(?![-’'])",
    rf"\bthe{_GAP}(?-i:{_words('of for to is are was were has with from by and')})\b(?![-’'])",
    rf"{_NOT_STRANDED}\b(?:{_words('of with from')}){_GAP}(?:{_words('is are was were have has said announced')})\b",
    rf"\b(?:{_words('is are was were')}){_GAP}(?:{_words('are was were')})\b",
)
_SPANISH = (
    rf"(?<=[ \n])(?:{_ALONE_ES})(?=[ \n.,;])",
    rf"\b(?:{_words('el los las un del al su sus')}){_STOP}",
    rf"\b(?:{_words('de con para por en a')}){_GAP}(?:{_words('la el los las un')}){_STOP}",
    r"\b(?:de|con|y|desde|hacia)(?=[ \t]*[.;!?](?:\s|\Z))",
    rf"\b(?:el|un|del){_GAP}(?:{_words('es son fue fueron ha han será')})\b",
    rf"\b(?:un|del|al){_GAP}(?:en|para)\b(?!{_GAP}qué\b)",
    rf"\b(?:{_words('de con del por para')}){_GAP}(?:{_words('es son fue fueron ha han dijo')})\b",
)
_PATTERNS = {
    language: re.compile("|".join((*_ANY, *own)), re.IGNORECASE)
    for language, own in (("en", _ENGLISH), ("es", _SPANISH), ("", ()))
}


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        for span in _holes(text, language.partition("-")[0]):
            why = "Something is missing here: it reads as if words had been lost."
            yield place(language, part, text, span), why, "Compare with what was written, and put it back."


def _holes(text: str, language: str) -> Iterator[Span]:
    words = wording(text).replace(ADDRESS, "x")
    for m in _PATTERNS.get(language, _PATTERNS[""]).finditer(words):
        start, end = _around(words, m.start(), m.end())
        yield Span.of(text, start, end)


def _around(words: str, start: int, end: int) -> tuple[int, int]:
    """With the word before and the one behind, so that a person sees where it is."""
    before = re.search(r"\S*[ ]*\Z", words[max(0, start - 30) : start])
    behind = re.match(r"[ ]*\S*", words[end : end + 30])
    return start - len(before[0] if before else ""), end + len(behind[0] if behind else "")


RULE = Rule("form-eaten", Severity.WARNS, "Proofreading", "words that look eaten", _look)
