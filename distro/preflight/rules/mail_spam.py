"""mail-spam: words by which filters know advertising (data/spam.toml), cries in capitals, rows of exclamation marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from distro.preflight.case import Case, place
from distro.preflight.data import words_of
from distro.preflight.rule import Found, Rule
from distro.reading.markup import wording
from distro.reading.span import Span
from distro.severity import Severity

_CRIES = re.compile(r"[!¡]{2,}|\${2,}|(?:[!?]\s?){3,}")


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        for span, why in _traps(text, part, words_of("spam", language)):
            yield place(language, part, text, span), why, "Say it in plain words."


def _traps(text: str, part: str, phrases: frozenset[str]) -> Iterator[tuple[Span, str]]:
    words = wording(text)
    if phrases:
        known = "|".join(re.escape(one).replace(r"\ ", r"\s+") for one in sorted(phrases, key=len, reverse=True))
        for m in re.finditer(rf"(?i)(?<![\w$€])(?:{known})(?!\w)", words):
            yield Span.of(text, m.start(), m.end()), f"Filters take “{m[0]}” for advertising."
    for m in _CRIES.finditer(words):
        yield Span.of(text, m.start(), m.end()), "Filters take rows of marks for advertising."
    letters = [c for c in text if c.isalpha()]
    if part == "headline" and len(letters) >= 15 and sum(c.isupper() for c in letters) > 0.8 * len(letters):
        yield Span.of(text, 0, len(text)), "The headline is in capitals: filters take that for advertising, and eyes for a cry."


RULE = Rule("mail-spam", Severity.WARNS, "Content rules of public spam filters", "trap phrases", _look)
