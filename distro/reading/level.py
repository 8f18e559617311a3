"""How hard a text is to read: Flesch-Kincaid for English, Fernández Huerta for Spanish; syllables by hyphenation patterns."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from distro.reading.markup import ADDRESS, NOTHING, wording

if TYPE_CHECKING:
    from pyphen import Pyphen

FEWEST = 100
"""Words under which a number would be chance."""

_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_SENTENCE = re.compile(r"[.!?…]+(?=[\s”\"»)’]|\Z)|\n\s*\n")
_VOWELS = re.compile(r"[aeiouyáéíóúü]+", re.IGNORECASE)


def level(text: str, language: str) -> float | None:
    """Years of school for English, points of ease (100 easy, 0 hard) for Spanish; None for other languages and short texts."""
    plain = wording(text).replace(NOTHING, "").replace(ADDRESS, "")
    words = _WORD.findall(plain)
    spoken = language.partition("-")[0]
    if len(words) < FEWEST or spoken not in ("en", "es"):
        return None
    sentences = max(1, sum(1 for piece in _SENTENCE.split(plain) if _WORD.search(piece)))
    beats = sum(syllables(word, spoken) for word in words) / len(words)
    length = len(words) / sentences
    if spoken == "en":
        return 0.39 * length + 11.8 * beats - 15.59
    return 206.84 - 60.0 * beats - 1.02 * length


def syllables(word: str, language: str) -> int:
    """Patterns leave out breaks near a word's ends, so groups of vowels have a say too."""
    patterns = 1 + len(_patterns(language).positions(word.lower()))
    groups = len(_VOWELS.findall(word))
    if language == "en" and re.search(r"[^aeiouyl]e\Z|[^td]ed\Z", word.lower()) and groups > 1:
        groups -= 1  # a silent e
    return max(1, patterns, groups)


@cache
def _patterns(language: str) -> Pyphen:
    from pyphen import Pyphen

    return Pyphen(lang="en_US" if language == "en" else "es", left=1, right=1)
