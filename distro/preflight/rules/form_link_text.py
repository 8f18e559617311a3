"""form-link-text: a link's words say where it leads; "here" says nothing, least of all where a page lost the link itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from distro.preflight.case import Case, place
from distro.preflight.rule import Found, Rule
from distro.reading.markup import links, paragraphs, wording
from distro.reading.span import Span
from distro.severity import Severity

_SAYS_NOTHING = re.compile(
    r"(?i)\W*(?:(?:click|press|tap|look|see|read|available|download|more)\s+)?(?:right\s+)?(?:here|aquí|acá|ici|aqui)\W*"
    r"|\W*(?:(?:haga|haz|hacer|dé|da|pulse|pulsa|pinche|pincha|presione)\s+(?:clic|click)?\s*)?(?:en\s+)?(?:aquí|acá)\W*"
    r"|\W*(?:this|this\s+(?:link|page|site|website)|the\s+link|link|click|read\s+more|more|learn\s+more|leer\s+más|ver\s+más)\W*"
    r"|\W*(?:este|este\s+(?:enlace|sitio|vínculo)|esta\s+página|el\s+enlace|enlace|vínculo|más|saber\s+más|más\s+información)\W*"
)
_WHOLE_WORDS = {
    "en": (
        r"\bclick(?:ing)?\s+(?:right\s+)?here\b|\((?:[^()\n]{0,40}\s)?here\)|\b(?:available|posted|found|online|up)\s+here\b(?!\s+(?:in\s+[A-Z]|at|on)\b)"
        r"|\bhere\s+(?:in|as)\s+(?:an?\s+)?(?:PDF|Word|HTML|Spanish|English|ZIP)\b"
        r"|\b(?:read|see|view|watch|download|find|get|access)\s+(?:[\w’'“”\"-]+\s+){0,8}here(?=\s*(?:[.;:!)]|$))"
    ),
    "es": (
        r"\b(?:haga|haz|hacer|haciendo|dé|dar|pulse|pulsa|pinche|pincha|presione)\s+(?:(?:clic|click|clik)\s+)?(?:en\s+)?(?:aquí|acá)(?!\w)"
        r"|\((?:[^()\n]{0,40}\s)?(?:aquí|acá)\)|\b(?:disponibles?|publicad[oa]s?)\s+(?:aquí|acá)(?!\w)"
        r"|\b(?:aquí|acá)\s+en\s+(?:PDF|Word|HTML|español|inglés|ZIP)\b"
        r"|\b(?:lea|leer|vea|ver|mire|descargue|descargar|consulte|consultar|encuentre)\s+(?:[\w’'“”«»\"-]+\s+){0,8}(?:aquí|acá)(?=\s*(?:[.;:!)]|$))"
    ),
}
_LOST = {language: re.compile(pattern, re.IGNORECASE) for language, pattern in _WHOLE_WORDS.items()}
_SHORT = {"en": re.compile(r"(?i)\bhere\W*\Z"), "es": re.compile(r"(?i)\b(?:aquí|acá)\W*\Z")}
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
    for one in linked:
        if one.words and _SAYS_NOTHING.fullmatch(one.words):
            yield one.span
    lost = _LOST.get(language)
    if lost is None:
        return
    words = wording(text)
    taken = [one.span for one in linked]
    for m in lost.finditer(words):
        if not any(span.start < m.end() and m.start() < span.end for span in taken):
            taken.append(Span.of(text, m.start(), m.end()))
            yield taken[-1]
    for paragraph in paragraphs(text):
        said = words[paragraph.start : paragraph.end]
        if (
            _SHORT[language].search(said)
            and len(said.split()) <= _FEW
            and not said.rstrip().endswith((".", "”", '"', "»", "!", "?"))
        ):
            if not any(span.start < paragraph.end and paragraph.start < span.end for span in taken):
                yield paragraph


RULE = Rule("form-link-text", Severity.WARNS, "WCAG 2.2, 2.4.4 (link purpose)", "link text that says only “here”", _look)
