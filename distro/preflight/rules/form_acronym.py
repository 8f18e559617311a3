"""form-acronym: an acronym is spelled out once, unless everybody knows it (data/acronyms.toml)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from distro.editorial.content import Edition
from distro.preflight.case import Case, place
from distro.preflight.data import words_of
from distro.preflight.rule import Found, Rule
from distro.reading.markup import ADDRESS, wording
from distro.reading.span import Span
from distro.severity import Severity

_ACRONYM = re.compile(r"(?<![\w.@/&-])[A-ZÁÉÍÓÚÑ](?:[A-ZÁÉÍÓÚÑ]|&(?=[A-Z])){1,7}(?=s?\b)(?![\w&@-]|[’']?[A-Z]|\.\w)")
_ROMAN = re.compile(r"[IVXLC]+")
_PLACE = re.compile(r",\s*$")
_CAPITALISED = re.compile(r"[^\W\d_][\w’'-]*")
_PARTS = ("headline", "subhead", "what", "when", "where", "who", "body", "notes_to_editors")
_LINKING = {
    *("of", "the", "and", "for", "on", "in", "a", "to", "&"),
    *("de", "del", "la", "el", "los", "las", "y", "e", "en", "para"),
}


def _look(case: Case) -> Found:
    organisations = " ; ".join(one.name for one in case.content.organisations)
    for language, edition in case.editions.items():
        known = words_of("acronyms", language)
        everything = "\n\n".join(getattr(edition, part) for part in _PARTS)
        told: set[str] = set()
        for part, text, m in _acronyms(edition):
            word = m[0]
            if word in told or word in known or _is_expanded(word, f"{everything}\n\n{organisations}"):
                continue
            told.add(word)
            where = place(language, part, text, Span.of(text, m.start(), m.end()))
            yield where, f"{word} is never spelled out.", "Write the whole name the first time, with the acronym behind it."


def _acronyms(edition: Edition) -> Iterator[tuple[str, str, re.Match[str]]]:
    for part in _PARTS:
        text = getattr(edition, part)
        for line in re.finditer(r"[^\n]+", wording(text).replace(ADDRESS, "x")):
            letters = [c for c in line[0] if c.isalpha()]
            if sum(c.isupper() for c in letters) > len(letters) / 2:  # set in capitals
                continue
            for m in _ACRONYM.finditer(line.string, line.start(), line.end()):
                state = len(m[0]) == 2 and _PLACE.search(line.string[line.start() : m.start()])
                starts = not line.string[line.start() : m.start()].strip(" \0")
                label = starts and line.string[m.end() : m.end() + 1] == ":"  # WHO:
                if not state and not label and not _ROMAN.fullmatch(m[0]):
                    yield part, text, m


def _is_expanded(word: str, text: str) -> bool:
    """ "Whole Name (WN)", "WN (Whole Name)", or somewhere a name of which these are the first letters. An acronym behind a name
    may be of another language (Oficina Federal: FBI), so half of its letters do."""
    letters = word.replace("&", "").lower()
    if re.search(rf"\b{re.escape(word)}\s+\((?=[^()\d]{{4}})", text):
        return True
    for m in re.finditer(rf"\([^()]*\b{re.escape(word)}\b[^()]*\)", text):
        before = text[max(0, m.start() - 160) : m.start()] + m[0].replace(word, "")
        near = {name[0].lower() for name in _CAPITALISED.findall(before)[-12:]}
        if sum(letter in near for letter in letters) * 2 >= len(letters):
            return True
    if len(letters) < 3:
        return False
    for run in _names(text):
        firsts = "".join(one[0] for one in run).lower()
        full = "".join(one[0] for one in run if one.lower() not in _LINKING).lower()
        if letters in (firsts, full):
            return True
    return False


def _names(text: str) -> Iterator[list[str]]:
    """Runs of words that start with a capital, small linking words between them."""
    run: list[str] = []
    found = list(_CAPITALISED.finditer(text))
    for one, then in pairwise([*found, None]) if found else ():
        assert one is not None
        word = one[0]
        if (word[0].isupper() and not word.isupper()) or (run and word.lower() in _LINKING):
            run.append(word)
        elif run:
            yield from _trimmed(run)
            run = []
        if then is None or not text[one.end() : then.start()].isspace():
            yield from _trimmed(run)
            run = []


def _trimmed(run: list[str]) -> Iterator[list[str]]:
    """The run, and what is left of it without its first words: "The" or a verb may stand in front."""
    while run and run[-1].lower() in _LINKING:
        run.pop()
    for start in range(len(run)):
        if len(run) - start > 1:
            yield run[start:]


RULE = Rule("form-acronym", Severity.HINTS, "AP Stylebook, abbreviations and acronyms", "never spelled out", _look)
