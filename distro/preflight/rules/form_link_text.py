"""form-link-text: a link's words say where it leads; "here" says nothing, least of all where a page lost the link itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from distro.preflight.case import Case, place
from distro.preflight.rule import Found, Rule
from distro.reading.markup import links, paragraphs, wording
from distro.reading.span import Span
from distro.severity import Severity

_GAP = r"(?:[^\S\n]|\n(?!\s*\n))+"
_HERE_ES = r"(?:aquí|acá)(?!\w)"
_PRESS_ES = r"(?:haga|haz|hacer|haciendo|dé|da|dar|pulse|pulsa|pinche|pincha|presione)"
_SAYS_NOTHING = re.compile(
    r"\W*(?:"
    r"(?:(?:click|press|tap|look|see|read|available|download|more)\s+)?(?:right\s+)?(?:here|ici|aqui)"
    rf"|(?:(?:{_PRESS_ES}|ver|vea|leer|lea|más|descargar|disponible)\s+)?(?:(?:clic|click)\s+)?(?:en\s+)?(?:aquí|acá)"
    r"|this|(?:this|the)\s+(?:link|page|site|website)|link|click|read\s+more|more|learn\s+more|more\s+info(?:rmation)?"
    r"|leer\s+más|ver\s+más|este|(?:este|el)\s+(?:enlace|sitio|vínculo)|esta\s+página|enlace|vínculo|más|saber\s+más"
    r"|más\s+información"
    r")\W*",
    re.IGNORECASE,
)
_ENGLISH = (
    r"\bclick(?:ing)?\s+(?:right\s+)?here\b",
    r"\((?:[^()\n]{0,40}\s)?here\)",  # (available here)
    r"\b(?:available|posted|found|online|up)\s+here\b(?!\s+(?:in\s+[A-Z]|at|on)\b)",
    r"\bhere\s+(?:in|as)\s+(?:an?\s+)?(?:PDF|Word|HTML|Spanish|English|ZIP)\b",
    rf"\b(?:read|see|view|watch|download|find|get|access){_GAP}(?:[\w’'“”\"-]+{_GAP}){{0,8}}here(?=\s*(?:[.;:!)]|$))",
)
_SPANISH = (
    rf"\b{_PRESS_ES}\s+(?:(?:clic|click|clik)\s+)?(?:en\s+)?{_HERE_ES}",
    r"\((?:[^()\n]{0,40}\s)?(?:aquí|acá)\)",
    rf"\b(?:disponibles?|publicad[oa]s?)\s+{_HERE_ES}",
    r"\b(?:aquí|acá)\s+en\s+(?:PDF|Word|HTML|español|inglés|ZIP)\b",
    rf"\b(?:lea|leer|vea|ver|mire|descargue|descargar|consulte|consultar|encuentre){_GAP}(?:[\w’'“”«»\"-]+{_GAP}){{0,8}}"
    r"(?:aquí|acá)(?=\s*(?:[.;:!)]|$))",
)
_LOST = {
    language: re.compile("|".join(patterns), re.IGNORECASE | re.MULTILINE)
    for language, patterns in (("en", _ENGLISH), ("es", _SPANISH))
}
_ENDS = {"en": re.compile(r"(?i)\bhere[^\w.”\"»!?]*\Z"), "es": re.compile(r"(?i)\b(?:aquí|acá)[^\w.”\"»!?]*\Z")}
_FEW = 10
"""Words of a paragraph that is but the caption of a link: "More on the plan here"."""


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        for span in _told(text, language.partition("-")[0]):
            why = "The link's words do not say where it leads, and on paper or read aloud they say nothing."
            remedy = "Let the link's words name what is there: [the letter](https://…)."
            yield place(language, part, text, span), why, remedy


def _told(text: str, language: str) -> Iterator[Span]:
    linked = [one for one in links(text) if not one.picture]
    yield from (one.span for one in linked if one.words and _SAYS_NOTHING.fullmatch(one.words))
    if language not in _LOST:
        return
    taken, words = [one.span for one in linked], wording(text)
    for m in _LOST[language].finditer(words):
        if not _within(taken, m.start(), m.end()):
            taken.append(Span.of(text, m.start(), m.end()))
            yield taken[-1]
    for paragraph in paragraphs(text):
        said = words[paragraph.start : paragraph.end]
        caption = _ENDS[language].search(said) is not None and len(said.split()) <= _FEW
        if caption and not _within(taken, paragraph.start, paragraph.end):
            yield paragraph


def _within(taken: list[Span], start: int, end: int) -> bool:
    return any(span.start < end and start < span.end for span in taken)


RULE = Rule("form-link-text", Severity.WARNS, "WCAG 2.2, 2.4.4 (link purpose)", "link text that says only “here”", _look)
